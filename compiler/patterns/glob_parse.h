/*
 * Patterns over bytes: shell globs as fnmatch(3) without flags has them in the C locale, substrings without regard to
 * case, and path prefixes (language reference 4.5, 4.6, 4.8). NULL when the arena is exhausted.
 */
#ifndef TERCEL_COMPILER_PATTERNS_GLOB_PARSE_H
#define TERCEL_COMPILER_PATTERNS_GLOB_PARSE_H

#include <stdbool.h>

#include "compiler/patterns/pattern.h"

/* `fold_case`: FNM_CASEFOLD. */
struct pattern *glob_parse(struct arena *arena, struct text glob, bool fold_case);

/* Anything that has the bytes inside, ASCII case ignored. */
struct pattern *substring_pattern(struct arena *arena, struct text bytes);

/* Whether a component of the path holds one of ? * [, so that pmatch takes it as a glob. */
bool path_has_wildcard(struct text path);

/* Values that have one of the paths as a prefix, component by component (pmatch). */
struct pattern *path_prefix_pattern(struct arena *arena, const struct text *paths, uint32_t count);

#endif
