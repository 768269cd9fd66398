/*
 * Puts UTF-8 decoding in front of an automaton over classes of code points. Every maximal ill-formed part of the input
 * counts as U+FFFD. Third step of build_dfa, for patterns over code points.
 */
#ifndef TERCEL_COMPILER_PATTERNS_UTF8_AUTOMATON_H
#define TERCEL_COMPILER_PATTERNS_UTF8_AUTOMATON_H

#include "compiler/patterns/subset_construction.h"

/* A table over 256 classes: the bytes. -ENOMEM, or -E2BIG when it takes more than states_max states. */
int utf8_automaton(const struct symbol_classes *classes, const struct state_table *code_points, uint32_t states_max,
		   struct state_table *ret_bytes);

#endif
