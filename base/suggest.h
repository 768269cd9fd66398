/* "Did you mean": the nearest known word to one that is not known. */
#ifndef TERCEL_BASE_SUGGEST_H
#define TERCEL_BASE_SUGGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define SUGGEST_LENGTH_MAX 64

/*
 * Edits (insert, delete, change, swap of neighbours, ASCII case for free) that lead from one to the other; UINT32_MAX
 * when one is longer than SUGGEST_LENGTH_MAX or there are more than `most`.
 */
uint32_t edit_distance(struct text from, struct text to, uint32_t most);

/* The search for the nearest of many words: begin, offer each, read `nearest`. The candidates' bytes are not copied. */
struct suggestion {
	struct text word;
	uint32_t distance; /* of the nearest so far; UINT32_MAX: none is within reach */
	struct text nearest;
};

struct suggestion suggestion_begin(struct text word);
void suggestion_offer(struct suggestion *suggestion, struct text candidate);
bool suggestion_exists(const struct suggestion *suggestion);

/* The nearest of a NULL-terminated array of words within reach, or NULL. */
const char *suggest_among(struct text word, const char *const *words);

#endif
