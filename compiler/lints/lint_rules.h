/*
 * The lints: what is doubtful in rules that have no errors, found by analysis of all rules together. One family a file:
 * lint_never_matches, lint_constant_checks, lint_shadowed, lint_exceptions, lint_outputs, lint_na, lint_patterns,
 * lint_deprecated. docs/lints.md says what each reports.
 */
#ifndef TERCEL_COMPILER_LINTS_LINT_RULES_H
#define TERCEL_COMPILER_LINTS_LINT_RULES_H

#include "compiler/compile_rules.h"
#include "compiler/diagnostics/diagnostic_levels.h"

/* For commands: lints, then hides and promotes by the levels. An exit status, after a message unless it is OK. */
int lint_compilation(struct compilation *compilation, const struct diagnostic_levels *levels, bool matches_all);

/*
 * Adds to the diagnostics of a finished compilation without errors; only what `levels` has not off. Rules shadow others
 * only when the first match ends the search (`matches_all` false). 0 or -ENOMEM.
 */
int lint_rules(struct compilation *compilation, const struct diagnostic_levels *levels, bool matches_all);

#endif
