/*
 * Exceptions whose values the rule's own condition excludes: what they except can never happen. Each value, or each
 * tuple of values, is put beside the condition without exceptions. An exception is told once, however many there are.
 */
#include "compiler/check/check_constants.h"
#include "compiler/lints/lint_internal.h"

#define SHOWN_VALUES 3u

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

/* The values of one exception that can never apply. */
struct dead_values {
	struct span spans[SHOWN_VALUES]; /* of the first */
	uint32_t count;
};

static void add_dead(struct dead_values *dead, struct span span)
{
	if (dead->count < SHOWN_VALUES)
		dead->spans[dead->count] = span;
	dead->count++;
}

/* `part`: what brought them in; `all_count`: those that can apply too. */
static void report(const struct exception_check *exceptions, struct text name, const struct condition *part,
		   const struct dead_values *dead, uint32_t all_count)
{
	struct lint *lint = exceptions->lint;
	struct condition at = *part;
	struct text shown[SHOWN_VALUES] = {TEXT_EMPTY};
	struct diagnostic *diagnostic;

	if (dead->count == 0)
		return;
	for (uint32_t i = 0; i < SHOWN_VALUES && i < dead->count; i++)
		shown[i] = lint_text(lint, dead->spans[i]);
	at.span = dead->spans[0];
	if (dead->count == 1)
		diagnostic = lint_report(lint, DIAGNOSTIC_EXCEPTION_NEVER_APPLIES, &at,
					 "exception '" TEXT_FORMAT "' can never apply with '" TEXT_FORMAT
					 "': the rule's condition excludes it",
					 TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(shown[0]));
	else
		diagnostic = lint_report(lint, DIAGNOSTIC_EXCEPTION_NEVER_APPLIES, &at,
					 "exception '" TEXT_FORMAT "' can never apply with %u of its %u values ('" TEXT_FORMAT
					 "', '" TEXT_FORMAT "'%s" TEXT_FORMAT "%s): the rule's condition excludes them",
					 TEXT_ARGUMENTS(name), dead->count, all_count, TEXT_ARGUMENTS(shown[0]),
					 TEXT_ARGUMENTS(shown[1]), dead->count > 2 ? ", '" : "", TEXT_ARGUMENTS(shown[2]),
					 dead->count > SHOWN_VALUES ? "', ..." : dead->count > 2 ? "'" : "");
	diagnostic_set_hint(lint->diagnostics, diagnostic, "remove the values, or change the condition");
}

static void report_whole(const struct exception_check *exceptions, struct text name, const struct condition *part)
{
	struct dead_values whole = {.spans = {part->span}, .count = 1};

	report(exceptions, name, part, &whole, 1);
}

/* `field in (a, b)`: value by value, or the whole when no value can apply. */
static void judge_values(const struct exception_check *exceptions, struct text name, const struct condition *check)
{
	struct dead_values dead = {.count = 0};

	if (!may_apply(exceptions, check)) {
		report_whole(exceptions, name, check);
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
			add_dead(&dead, constant_span(check, &check->constants[i]));
	}
	report(exceptions, name, check, &dead, check->constant_count);
}

/* Tuples are joined by `or`; one tuple is an `and` or a single comparison. */
static void judge_exception(const struct exception_check *exceptions, struct text name, const struct condition *values)
{
	struct dead_values dead = {.count = 0};

	if (values->kind == CONDITION_CHECK) {
		judge_values(exceptions, name, values);
		return;
	}
	if (!may_apply(exceptions, values)) {
		report_whole(exceptions, name, values);
		return;
	}
	for (uint32_t i = 0; values->kind == CONDITION_OR && i < values->child_count; i++)
		if (!may_apply(exceptions, values->children[i]))
			add_dead(&dead, values->children[i]->span);
	if (values->kind == CONDITION_OR)
		report(exceptions, name, values, &dead, values->child_count);
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
