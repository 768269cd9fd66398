/* What the families of lints share. */
#ifndef TERCEL_COMPILER_LINTS_LINT_INTERNAL_H
#define TERCEL_COMPILER_LINTS_LINT_INTERNAL_H

#include "compiler/lints/condition_solver.h"
#include "compiler/diagnostics/diagnostic_levels.h"
#include "compiler/emit/lower_to_ir.h"
#include "compiler/load/rule_collection.h"

struct lint_rule {
	const struct rule *rule;
	const struct collected_rule *collected;
	uint32_t number; /* as lower_condition() takes it */
	uint32_t node;
	struct event_codes events; /* those of the rule index that reach rules */
	bool never_matches;
};

struct lint {
	struct arena *arena; /* the compilation's */
	struct diagnostics *diagnostics;
	const struct diagnostic_levels *levels;
	struct rule_collection *collection;
	struct ir *ir;
	struct predicate_facts *facts;
	struct solver *solver;
	struct number_table *parts; /* lowered_part(), of the rule at hand */
	struct lint_rule *rules;
	uint32_t rule_count;
	struct event_codes all_events;  /* that reach rules */
	struct hash_table *seen_checks; /* checks of macros that were judged, by their place */
	bool failed;
};

static inline bool lint_is_on(const struct lint *lint, enum diagnostic_id id)
{
	return lint->levels->of[id] != LEVEL_OFF;
}

/* Sets never_matches. */
void lint_never_matches(struct lint *lint, struct lint_rule *rule);
void lint_constant_checks(struct lint *lint, const struct lint_rule *rule);
void lint_exceptions(struct lint *lint, const struct lint_rule *rule);
void lint_outputs(struct lint *lint, const struct lint_rule *rule);
void lint_na_comparisons(struct lint *lint, const struct lint_rule *rule);
void lint_patterns(struct lint *lint, const struct lint_rule *rule);
void lint_deprecated(struct lint *lint, const struct lint_rule *rule);
/* After all others: over all rules. */
void lint_shadowed_rules(struct lint *lint);

/* ---- helpers ---- */

/* The text of a part of a condition for a message: one line, cut when it is long. */
struct text lint_text(struct lint *lint, struct span span);

/* Calls `visit` for every check below, in the order of the text. */
void lint_each_check(struct lint *lint, const struct condition *condition, void *context,
		     void (*visit)(struct lint *lint, const struct condition *check, void *context));

/* Whether an exception put the check in. */
bool lint_is_of_exception(const struct condition *check);
/* Whether a list gave some of the constants that the check compares with, or could have. */
bool lint_has_list(const struct condition *check);
/* A check that is constant on purpose, to be replaced: the idiom evt.num=0 in a macro, a list that is empty. */
bool lint_is_placeholder(const struct condition *check);

/* Reports at a check or part, with the macros that brought it in. Never NULL. */
struct diagnostic *lint_report(struct lint *lint, enum diagnostic_id id, const struct condition *part,
			       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The names of the events, for a message: "open, openat", cut after some. */
struct text lint_event_names(struct lint *lint, const struct event_codes *events);

#endif
