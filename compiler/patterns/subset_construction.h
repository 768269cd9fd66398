/* From a nondeterministic automaton to a deterministic one over classes of symbols. Second step of build_dfa. */
#ifndef TERCEL_COMPILER_PATTERNS_SUBSET_CONSTRUCTION_H
#define TERCEL_COMPILER_PATTERNS_SUBSET_CONSTRUCTION_H

#include "compiler/patterns/pattern.h"
#include "compiler/patterns/state_table.h"

/*
 * Symbols that the pattern cannot tell apart: class i is [lows[i], lows[i + 1] - 1], the last one ends at symbol_max.
 */
struct symbol_classes {
	uint32_t *lows; /* on the heap; lows[0] is 0 */
	uint32_t count;
	uint32_t symbol_max;
};

uint32_t symbol_class_of(const struct symbol_classes *classes, uint32_t symbol);
void symbol_classes_release(struct symbol_classes *classes);

/* -ENOMEM, or -E2BIG when it takes more than states_max states or very long. */
int subset_construction(const struct pattern *pattern, uint32_t symbol_max, uint32_t states_max,
			struct symbol_classes *ret_classes, struct state_table *ret_table);

#endif
