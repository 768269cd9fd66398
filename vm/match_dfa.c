#include "vm/match_dfa.h"

#include <assert.h>

/* One body for both widths of a transition. Sinks end the loop: most values leave every pattern within a few bytes. */
#define RUN(type)                                                                                                      \
	do {                                                                                                           \
		const type *next = (const type *)(const void *)transitions;                                            \
                                                                                                                       \
		for (uint32_t i = 0; i < length && state < first_sink; i++)                                            \
			state = next[state * class_count + byte_class[bytes[i]]];                                      \
	} while (0)

uint32_t dfa_run(const struct format_dfa *dfa, const uint8_t *transitions, const uint8_t *bytes, uint32_t length)
{
	const uint8_t *byte_class = dfa->byte_class;
	uint32_t first_sink = dfa->first_sink, class_count = dfa->class_count;
	uint32_t state = dfa->start;

	if (dfa_is_narrow(dfa))
		RUN(uint8_t);
	else
		RUN(uint16_t);
	assert(state < dfa->state_count);
	return state;
}

bool dfa_accepts(const struct format_dfa *dfa, const uint8_t *bytes, uint32_t length)
{
	const uint8_t *accepting = (const uint8_t *)(dfa + 1);
	uint32_t state = dfa_run(dfa, accepting + dfa_accept_bitmap_bytes(dfa), bytes, length);

	return accepting[state / 8] >> state % 8 & 1;
}
