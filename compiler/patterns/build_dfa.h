/*
 * From a pattern to the smallest complete DFA over bytes: Thompson's construction, subsets, Hopcroft's minimisation.
 *
 * Patterns over code points read their input as UTF-8 in which every maximal ill-formed part counts as one U+FFFD (Unicode
 * 15, section 3.9, "U+FFFD substitution of maximal subparts").
 */
#ifndef TERCEL_COMPILER_PATTERNS_BUILD_DFA_H
#define TERCEL_COMPILER_PATTERNS_BUILD_DFA_H

#include "compiler/patterns/pattern.h"
#include "vm/program_writer.h"

#define DFA_STATES_MAX 16384u /* before minimisation */

enum dfa_alphabet { DFA_BYTES, DFA_CODE_POINTS };

/*
 * The tables live in the arena. -ENOMEM, or -E2BIG when the pattern needs more than DFA_STATES_MAX states; *ret_dfa is
 * untouched then.
 */
int build_dfa(struct arena *arena, const struct pattern *pattern, enum dfa_alphabet alphabet, struct program_dfa *ret_dfa);

bool built_dfa_accepts(const struct program_dfa *dfa, struct text value);

#endif
