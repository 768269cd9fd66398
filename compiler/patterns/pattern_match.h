/* Matches a pattern over code points by walking its tree: what the oracle trusts instead of an automaton. */
#ifndef TERCEL_COMPILER_PATTERNS_PATTERN_MATCH_H
#define TERCEL_COMPILER_PATTERNS_PATTERN_MATCH_H

#include <stdbool.h>

#include "compiler/patterns/pattern.h"

/* The whole text, read as UTF-8 with U+FFFD for maximal ill-formed parts. -ENOMEM or 0. */
int pattern_match(struct arena *scratch, const struct pattern *pattern, struct text value, bool *ret_matches);

#endif
