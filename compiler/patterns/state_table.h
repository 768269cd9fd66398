/*
 * A deterministic automaton as a plain table, on the heap: the intermediate form of build_dfa. Every state has a
 * successor for every class of symbols.
 */
#ifndef TERCEL_COMPILER_PATTERNS_STATE_TABLE_H
#define TERCEL_COMPILER_PATTERNS_STATE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct state_table {
	uint32_t state_count, class_count, start;
	uint32_t *next; /* [state * class_count + class] */
	uint8_t *accepting;
};

void state_table_release(struct state_table *table);

/* The smallest automaton that accepts the same, states numbered in the order in which a search from the start meets them. */
int state_table_minimise(const struct state_table *table, struct state_table *ret_table);

/*
 * For every class the first class with the same successors in all states (itself, when it is the first): classes that the
 * automaton cannot tell apart. `representatives` has class_count entries.
 */
void state_table_equal_classes(const struct state_table *table, uint32_t *representatives);

#endif
