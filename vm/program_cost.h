/*
 * What evaluating costs, in units of about a nanosecond (tests/vm/bench_vm measures them). The same functions give the
 * stated worst case, from declared greatest lengths, and what test builds of the interpreter count, from actual lengths.
 */
#ifndef TERCEL_VM_PROGRAM_COST_H
#define TERCEL_VM_PROGRAM_COST_H

#include <stdint.h>

#include "vm/program_internal.h"

#define COST_INSTRUCTION 1
#define COST_PREDICATE 2 /* finding its slot and comparison */
#define COST_FETCH 20	 /* asking the source for a field */
#define COST_TRANSFORM 10
#define COST_ELEMENT 2
#define COST_BIT 2 /* a predicate bit that a matcher sets, with the words above it */

/*
 * A program whose worst case for one event is above this is refused: 100 ms. Far above any honest program (10,000 rules
 * with a search in a value of 4 KiB each come to 40 ms), far below a stopped workload.
 */
#define PROGRAM_COST_MAX UINT64_C(100000000)

static inline uint64_t saturating_add(uint64_t a, uint64_t b)
{
	return a + b >= a ? a + b : UINT64_MAX;
}

/* One comparison with a value (or element) of that length. */
uint64_t comparison_cost(unsigned comparison, const struct operand *operand, uint64_t length);

/* The result of a transformer or list: `bytes` are read or written, `elements` handled. */
static inline uint64_t transform_cost(uint64_t bytes, uint64_t elements)
{
	return COST_TRANSFORM + bytes + elements * COST_ELEMENT;
}

/* One pass of a matcher over a value (or element) of that length. */
uint64_t matcher_cost(const struct matcher *matcher, uint64_t length);

/* The members of all predicates' modifier lists together: bounds the time that computing costs takes. */
#define PROGRAM_LIST_MEMBERS_MAX (1u << 24)

/*
 * Fills program->block_costs; slots, predicates and matchers are decoded. `marks`: scratch, one per slot and predicate.
 * 0, -ENOMEM, or -E2BIG when there are more than PROGRAM_LIST_MEMBERS_MAX members. Sums saturate.
 */
int program_compute_costs(struct program *program, uint32_t *marks);

#endif
