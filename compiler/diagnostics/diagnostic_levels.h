/*
 * Which warnings are given, and which count as errors: the options --warn, --no-warn and --error-on.
 *
 * Names are ids of diagnostics.def ("unused-macro") or Falco's codes, which stand for all ids that have them. `all` is
 * applied before names. Among equals --warn comes first, then --error-on, then --no-warn.
 */
#ifndef TERCEL_COMPILER_DIAGNOSTICS_DIAGNOSTIC_LEVELS_H
#define TERCEL_COMPILER_DIAGNOSTICS_DIAGNOSTIC_LEVELS_H

#include "base/option_table.h"
#include "compiler/compile_rules.h"

enum diagnostic_level { LEVEL_OFF, LEVEL_WARNING, LEVEL_ERROR };

struct diagnostic_levels {
	uint8_t of[DIAGNOSTIC_COUNT]; /* enum diagnostic_level */
};

struct level_arguments {
	struct option_list warn, no_warn, error_on;
};

#define LEVEL_OPTION_ROWS(arguments)                                                                                   \
	{                                                                                                              \
	    "warn",                                                                                                    \
	    0,                                                                                                         \
	    OPTION_LIST,                                                                                               \
	    &(arguments)->warn,                                                                                        \
	    "CODE|all",                                                                                                \
	    NULL,                                                                                                      \
	    "Give this warning (tercelc list diagnostics)."},                                                          \
	    {"no-warn", 0, OPTION_LIST, &(arguments)->no_warn, "CODE|all", NULL, "Do not give this warning."},         \
	{                                                                                                              \
		"error-on", 0, OPTION_LIST, &(arguments)->error_on, "CODE|all", NULL, "Give this warning as an error." \
	}

/* EXIT_STATUS_OK and the levels, or EXIT_STATUS_USAGE after a message on standard error. */
int level_arguments_read(const struct level_arguments *arguments, struct diagnostic_levels *ret_levels);
void level_arguments_release(struct level_arguments *arguments);

/* Hides and promotes the compilation's warnings, and counts anew. */
void diagnostic_levels_apply(const struct diagnostic_levels *levels, struct compilation *compilation);

#endif
