/* Runs the DFAs of a program (format_dfa) over values. They are verified: nothing is checked here. */
#ifndef TERCEL_VM_MATCH_DFA_H
#define TERCEL_VM_MATCH_DFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/program_format.h"

/* ---- the parts of a DFA behind its header, in bytes; saturating sizes are not needed: the limits keep them small ---- */

static inline uint64_t dfa_padded(uint64_t bytes)
{
	return (bytes + PROGRAM_ALIGNMENT - 1) & ~(uint64_t)(PROGRAM_ALIGNMENT - 1);
}

static inline uint64_t dfa_accept_bitmap_bytes(const struct format_dfa *dfa)
{
	return dfa_padded(((uint64_t)dfa->state_count + 7) / 8);
}

static inline bool dfa_is_narrow(const struct format_dfa *dfa)
{
	return dfa->state_count <= 256;
}

static inline uint64_t dfa_transition_bytes(const struct format_dfa *dfa)
{
	return dfa_padded((uint64_t)dfa->first_sink * dfa->class_count * (dfa_is_narrow(dfa) ? 1 : 2));
}

/* The accept part of a DFA in a matcher: `starts` are behind its header, the last one is the number of bits. */
static inline uint64_t matcher_accept_bytes(const struct format_dfa *dfa, const uint32_t *starts)
{
	return dfa_padded(((uint64_t)dfa->state_count + 1 + starts[dfa->state_count]) * sizeof(uint32_t));
}

/* The state after the whole value; `transitions` are those of `dfa`. */
uint32_t dfa_run(const struct format_dfa *dfa, const uint8_t *transitions, const uint8_t *bytes, uint32_t length);

/* A DFA as an operand: whether it accepts the whole value. */
bool dfa_accepts(const struct format_dfa *dfa, const uint8_t *bytes, uint32_t length);

#endif
