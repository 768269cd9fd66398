/*
 * Exceptions whose values the rule's own condition excludes: what they except can never happen. Each value, or each
 * tuple of values, is put beside the condition without exceptions.
 */
#include "compiler/check_constants.h"
#include "compiler/lint_internal.h"

struct exception_check {
	struct lint *lint;
	const struct lint_rule *rule;
	uint32_t base; /* node of the condition without exceptions */
};

static bool may_apply(const struct exception_check *exceptions, const struct condition *values)
{
	struct lint *lint = exceptions->lint;
	uint32_t nodes[2] = {exceptions->base, lower_condition(lint->ir, values, exceptions->rule->number)};

	return lint->ir->failed || solver_may_hold(lint->solver, nodes, 2, &exceptions->rule->events);
}

static void report(const struct exception_check *exceptions, struct text name, const struct condition *part,
		   struct span span)
{
	struct condition at = *part;
	struct text shown = lint_text(exceptions->lint, span);
	struct diagnostic *diagnostic;

	at.span = span;
	diagnostic = lint_report(exceptions->lint, DIAGNOSTIC_EXCEPTION_NEVER_APPLIES, &at,
				 "exception '" TEXT_FORMAT "' can never apply with '" TEXT_FORMAT
				 "': the rule's condition excludes it",
				 TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(shown));
	diagnostic_set_hint(exceptions->lint->diagnostics, diagnostic, "remove the values, or change the condition");
}

/* `field in (a, b)`: value by value, or the whole when no value can apply. */
static void judge_values(const struct exception_check *exceptions, struct text name, const struct condition *check)
{
	if (!may_apply(exceptions, check)) {
		report(exceptions, name, check, check->span);
		return;
	}
	/* Lists are there to be changed, and `pmatch` and modifiers do not take values one by one. */
	if (check->operator!= OPERATOR_IN || check->modifier != MODIFIER_NONE || check->constant_count<2 ||
	    check->left->is_list)
		return;
	for (uint32_t i = 0; i < check->constant_count; i++) {
		struct condition *one; /* the IR keeps it */
		const struct insertion *insertion = mapped_text_insertion(constant_span(check, &check->constants[i]));

		if (insertion && insertion->kind == INSERTION_LIST)
			continue;
		one = arena_allocate(exceptions->lint->arena, sizeof *one);
		if (!one) {
			exceptions->lint->failed = true;
			return;
		}
		*one = *check;
		one->constants = &check->constants[i];
		one->typed = &check->typed[i];
		one->constant_count = 1;
		if (!may_apply(exceptions, one))
			report(exceptions, name, check, constant_span(check, &check->constants[i]));
	}
}

/* Tuples are joined by `or`; one tuple is an `and` or a single comparison. */
static void judge_exception(const struct exception_check *exceptions, struct text name, const struct condition *values)
{
	if (values->kind == CONDITION_CHECK) {
		judge_values(exceptions, name, values);
		return;
	}
	if (!may_apply(exceptions, values)) {
		report(exceptions, name, values, values->span);
		return;
	}
	for (uint32_t i = 0; values->kind == CONDITION_OR && i < values->child_count; i++)
		if (!may_apply(exceptions, values->children[i]))
			report(exceptions, name, values->children[i], values->children[i]->span);
}

/* The name of the exception that put the part in; empty: none did. */
static struct text exception_of(const struct condition *part)
{
	const struct insertion *insertion = mapped_text_insertion(part->span);

	for (; insertion; insertion = insertion->outer)
		if (insertion->kind == INSERTION_EXCEPTION)
			return insertion->name;
	return TEXT_EMPTY;
}

void lint_exceptions(struct lint *lint, const struct lint_rule *rule)
{
	const struct condition *root = rule->rule->condition;
	struct exception_check exceptions = {.lint = lint, .rule = rule};

	/* (condition) and not (...) and not (...) */
	if (rule->collected->content.exceptions.count == 0 || root->kind != CONDITION_AND)
		return;
	exceptions.base = lowered_part(lint->parts, root->children[0], true);
	for (uint32_t i = 1; i < root->child_count && !lint->failed; i++) {
		const struct condition *part = root->children[i];
		struct text name = exception_of(part);

		if (part->kind == CONDITION_NOT && name.length > 0)
			judge_exception(&exceptions, name, part->children[0]);
	}
}
