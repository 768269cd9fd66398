/*
 * Deprecated fields where Falco does not look: on the right-hand side, and those that it forgets. The code is the one
 * that its own warnings have, but not in its format.
 */
#include "compiler/lints/lint_internal.h"

/* Falco warns of the left-hand sides of conditions, and by name of what stands in outputs. */
static bool is_seen_by_falco(int field)
{
	return field != FIELD_EVT_LATENCY_QUANTIZED;
}

static void judge(struct lint *lint, const struct condition *check, const struct expression *expression, bool is_right)
{
	const struct condition *place = check;
	struct condition at;
	struct diagnostic *diagnostic;

	for (uint32_t i = 0; i < expression->child_count; i++)
		judge(lint, check, expression->children[i], is_right);
	if (expression->kind != EXPRESSION_FIELD ||
	    (field_info((unsigned)expression->field)->flags & FIELD_FLAG_DEPRECATED) == 0 ||
	    (!is_right && is_seen_by_falco(expression->field)))
		return;
	at = *place;
	at.span = expression_name_span(expression);
	diagnostic =
	    lint_report(lint, DIAGNOSTIC_DEPRECATED_FIELD, &at,
			"field '" TEXT_FORMAT "' is deprecated: since there are no enter events, it has no meaning",
			TEXT_ARGUMENTS(expression->name));
	diagnostic->code = TERCEL_LINT;
	diagnostic_set_hint(lint->diagnostics, diagnostic, "remove the comparison");
}

static void judge_check(struct lint *lint, const struct condition *check, void *context)
{
	(void)context;
	judge(lint, check, check->left, false);
	if (check->right)
		judge(lint, check, check->right, true);
}

static void judge_output(struct lint *lint, const struct expression *item)
{
	struct diagnostic *diagnostic;

	for (uint32_t i = 0; i < item->child_count; i++)
		judge_output(lint, item->children[i]);
	if (item->kind != EXPRESSION_FIELD || is_seen_by_falco(item->field) ||
	    (field_info((unsigned)item->field)->flags & FIELD_FLAG_DEPRECATED) == 0)
		return;
	diagnostic =
	    diagnostics_add(lint->diagnostics, DIAGNOSTIC_DEPRECATED_FIELD, item->span,
			    "field '" TEXT_FORMAT "' is deprecated: since there are no enter events, it has no meaning",
			    TEXT_ARGUMENTS(item->name));
	diagnostic->code = TERCEL_LINT;
	diagnostic_set_hint(lint->diagnostics, diagnostic, "remove it from the output");
}

void lint_deprecated(struct lint *lint, const struct lint_rule *rule)
{
	const struct output_template *output = rule->rule->output;

	lint_each_check(lint, rule->rule->condition, NULL, judge_check);
	for (uint32_t i = 0; i < output->piece_count; i++)
		if (!output->pieces[i].is_literal)
			judge_output(lint, output->pieces[i].item);
}
