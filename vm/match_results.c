#include "vm/match_results.h"

#include <assert.h>

#include "vm/match_dfa.h"
#include "vm/match_set.h"
#include "vm/match_trie.h"
#include "vm/program_cost.h"

/* A run of one matcher. */
struct pass {
	struct match_results *results;
	const struct matcher *matcher;
	uint32_t epoch;
};

/* Gives a predicate bit the answer that it does not have by default, in its word and in the words above. */
static void hit(const struct pass *pass, uint32_t bit)
{
	const struct match_results *results = pass->results;
	uint32_t first = pass->matcher->first_word, count = pass->matcher->bit_word_count;
	bool becomes_true = true;

	for (uint32_t index = bit, level = 0;; level++) {
		uint32_t word = first + index / 32, mask = 1u << index % 32, before, after;

		assert(index / 32 < count);
		if (results->word_keys[word] != pass->epoch) {
			results->word_keys[word] = pass->epoch;
			results->words[word] = results->program->word_defaults[word];
		}
		before = results->words[word];
		if (level == 0)
			becomes_true = (results->program->word_defaults[word] & mask) == 0;
		after = becomes_true ? before | mask : before & ~mask;
		results->words[word] = after;
		if (count == 1 || (before != 0) == (after != 0))
			return;
		becomes_true = after != 0;
		first += count;
		count = (count + 31) / 32;
		index /= 32;
	}
}

static void hit_member(const struct pass *pass, uint32_t member)
{
	const struct matcher *matcher = pass->matcher;

	if (member == SET_NO_MEMBER)
		return;
	for (uint32_t i = matcher->member_starts[member]; i < matcher->member_starts[member + 1]; i++)
		hit(pass, matcher->member_bits[i]);
}

static void hit_bits(void *context, const uint32_t *bits, uint32_t count)
{
	const struct pass *pass = context;

	for (uint32_t i = 0; i < count; i++)
		hit(pass, bits[i]);
}

static void run_dfas(struct pass *pass, const struct value *value)
{
	const struct format_matcher_dfas *header = pass->matcher->table;
	const uint8_t *at = (const uint8_t *)(header + 1);

	for (uint32_t i = 0; i < header->dfa_count; i++) {
		const struct format_dfa *dfa = (const void *)at;
		const uint32_t *starts = (const uint32_t *)(dfa + 1);
		const uint32_t *bits = starts + dfa->state_count + 1;
		const uint8_t *transitions = (const uint8_t *)starts + matcher_accept_bytes(dfa, starts);
		uint32_t state = dfa_run(dfa, transitions, value->bytes, value->length);

		hit_bits(pass, bits + starts[state], starts[state + 1] - starts[state]);
		at = transitions + dfa_transition_bytes(dfa);
	}
}

/* One value, which is known. */
static void run_value(struct pass *pass, const struct value *value, uint32_t hash)
{
	const struct matcher *matcher = pass->matcher;
	const uint8_t *constants = pass->results->program->constants;

	switch ((enum matcher_kind)matcher->kind) {
	case MATCHER_BYTES:
		if (hash == 0)
			hash = hash_bytes(value->bytes, value->length);
		hit_member(pass, bytes_set_find(matcher->set, constants, value->bytes, value->length, hash));
		break;
	case MATCHER_NUMBERS:
		hit_member(pass, number_set_find(matcher->set, value->number));
		break;
	case MATCHER_DFA:
		run_dfas(pass, value);
		break;
	case MATCHER_TRIE:
		trie_collect(matcher->table, constants, value->bytes, value->length, hit_bits, pass);
		break;
	case MATCHER_KIND_COUNT:
		break;
	}
}

/* Whether every element is present or absent: then "some element satisfies it" is what the bits say. */
static bool is_settled(const struct value *list)
{
	for (uint32_t i = 0; i < list->length; i++)
		if (list->elements[i].state == VALUE_UNKNOWN || list->elements[i].state == VALUE_PREDICTED)
			return false;
	return true;
}

uint64_t match_results_run(struct match_results *results, uint32_t epoch, const struct matcher *matcher,
			   const struct value *value, uint32_t hash)
{
	struct pass pass = {results, matcher, epoch};
	uint32_t *key = &results->matcher_keys[matcher - results->program->matchers];
	uint64_t cost = COST_PREDICATE;

	if (*key >> MATCHER_KEY_SHIFT == epoch)
		return cost; /* it ran before, on the same value */
	if (value->state == VALUE_ABSENT || value->state == VALUE_UNKNOWN) {
		*key = epoch << MATCHER_KEY_SHIFT | (value->state == VALUE_ABSENT ? MATCHER_ABSENT : MATCHER_UNKNOWN);
		return cost;
	}
	if (!value->is_list) {
		cost += matcher_cost(matcher, value->length);
		run_value(&pass, value, hash);
	} else {
		cost += value->length * COST_ELEMENT;
		if (!is_settled(value))
			return cost;
		for (uint32_t i = 0; i < value->length; i++) {
			if (value->elements[i].state == VALUE_ABSENT)
				continue;
			cost += matcher_cost(matcher, value->elements[i].length);
			run_value(&pass, &value->elements[i], 0);
		}
	}
	*key = epoch << MATCHER_KEY_SHIFT | MATCHER_ANSWERED | (value->state == VALUE_PREDICTED ? MATCHER_PREDICTED : 0);
	return cost;
}
