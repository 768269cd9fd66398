/* "Did you mean": the nearest known word to one that is not known. */
#ifndef TERCEL_BASE_SUGGEST_H
#define TERCEL_BASE_SUGGEST_H

#include <stdint.h>

#include "base/text.h"

#define SUGGEST_LENGTH_MAX 64

/*
 * Edits (insert, delete, change, swap of neighbours, ASCII case for free) that lead from one to the other; UINT32_MAX
 * when one is longer than SUGGEST_LENGTH_MAX or there are more than `most`.
 */
uint32_t edit_distance(struct text from, struct text to, uint32_t most);

/* How many edits a suggestion may be away from a word of that length. */
uint32_t suggest_reach(size_t length);

/* The nearest of a NULL-terminated array of words within reach, or NULL. */
const char *suggest_among(struct text word, const char *const *words);

#endif
