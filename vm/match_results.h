/*
 * What matchers have found out in a run: predicate bits, one pass over a slot's value for all predicates of a matcher.
 *
 * A pass costs what the value hits, not what there is: a word of bits is written only when one of its bits differs from its
 * default, and each word that is not zero has a bit in a word above it, so that one look tells that nothing was hit.
 */
#ifndef TERCEL_VM_MATCH_RESULTS_H
#define TERCEL_VM_MATCH_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/value.h"
#include "vm/program_internal.h"

/* What a matcher's run came to; in the low bits of its key. */
enum matcher_state {
	MATCHER_ANSWERED, /* by the words */
	MATCHER_ABSENT,	  /* no value: every predicate is false */
	MATCHER_UNKNOWN,  /* not yet known: every predicate may hold */
	MATCHER_STATE_MASK = 3,
	MATCHER_PREDICTED = 4, /* the answers may change with the result */
};

#define MATCHER_KEY_SHIFT 3

struct match_results {
	const struct program *program;
	uint32_t *matcher_keys; /* epoch and enum matcher_state; another epoch: did not run */
	uint32_t *word_keys;	/* epoch: the word was written in this run */
	uint32_t *words;
};

/*
 * Runs a matcher over the slot's value. A list of which an element is unknown or predicted is left to the predicates
 * themselves: the matcher then counts as not run. `hash`: of a byte string, or 0. Returns the cost.
 */
uint64_t match_results_run(struct match_results *results, uint32_t epoch, const struct matcher *matcher,
			   const struct value *value, uint32_t hash);

/* The bits of a word: predicates that are true or may be. All ones when its matcher did not run. */
static inline uint32_t match_results_may(const struct match_results *results, uint32_t epoch, uint32_t word)
{
	uint32_t key;

	if (results->word_keys[word] == epoch)
		return results->words[word];
	key = results->matcher_keys[results->program->word_matchers[word]];
	if (key >> MATCHER_KEY_SHIFT != epoch)
		return UINT32_MAX;
	switch (key & MATCHER_STATE_MASK) {
	case MATCHER_ANSWERED:
		return results->program->word_defaults[word];
	case MATCHER_ABSENT:
		return 0;
	default:
		return UINT32_MAX;
	}
}

#endif
