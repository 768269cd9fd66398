/*
 * What comparisons of one value say about each other: whether several can be true together, whether one implies
 * another. For the lints; answers are exact or err towards "may be", never towards a claim.
 *
 * A comparison with constants stands for the set of values for which it is true: some constants, a range of numbers, or
 * the language of an automaton. A comparison that is true says that there is a value; one that is not true may say that
 * there is none.
 */
#ifndef TERCEL_COMPILER_LINTS_PREDICATE_FACTS_H
#define TERCEL_COMPILER_LINTS_PREDICATE_FACTS_H

#include "catalog/value.h"
#include "compiler/emit/rule_ir.h"

struct literal {
	uint32_t predicate; /* of the IR */
	bool polarity;
};

struct predicate_facts;

/* The IR may grow afterwards; both must outlive the facts. NULL when there is no memory. */
struct predicate_facts *predicate_facts_new(struct arena *arena, struct ir *ir);
struct predicate_facts *predicate_facts_free(struct predicate_facts *facts);
bool predicate_facts_failed(const struct predicate_facts *facts); /* out of memory: answers are worthless */

#define SLOT_NONE UINT32_MAX

/* The number of what the predicate compares: equal for predicates on the same value. SLOT_NONE: nothing is known of it.
 */
uint32_t predicate_slot(struct predicate_facts *facts, uint32_t predicate);

/*
 * Whether some value, or none, makes them all true. They are of different predicates on one slot, and all but the last
 * are known to be possible together.
 */
bool literals_may_hold(struct predicate_facts *facts, const struct literal *literals, uint32_t count);

/* Whether `b` is true whenever `a` is. */
bool literal_implies(struct predicate_facts *facts, struct literal a, struct literal b);

/* Whether the predicate is true for every value: it only asks whether there is one. */
bool predicate_is_true_of_all(struct predicate_facts *facts, uint32_t predicate);
/* Whether it is false for every value. */
bool predicate_is_false_of_all(struct predicate_facts *facts, uint32_t predicate);

/* The constants that the predicate is true for, when it is an equality with some; else 0. */
uint32_t predicate_values(struct predicate_facts *facts, uint32_t predicate, const struct value **ret_values);

#endif
