/* Fields in outputs that print <NA> at every event of the rule. */
#include "compiler/lints/lint_internal.h"

/* Fields with a value for each end of a socket are for conditions: which one should be printed? */
static bool is_never_printed(const struct expression *field)
{
	return field->field == FIELD_EVT_AROUND ||
	       (field_info((unsigned)field->field)->flags & FIELD_FLAG_EITHER_END) != 0;
}

static void judge(struct lint *lint, const struct lint_rule *rule, const struct expression *expression)
{
	struct diagnostic *diagnostic;
	struct text shown, events;

	for (uint32_t i = 0; i < expression->child_count; i++)
		judge(lint, rule, expression->children[i]);
	if (expression->kind != EXPRESSION_FIELD)
		return;
	if (!is_never_printed(expression) && !expression_is_never_present(expression, &rule->events))
		return;
	shown = lint_text(lint, expression->span);
	if (is_never_printed(expression)) {
		diagnostic = diagnostics_add(lint->diagnostics, DIAGNOSTIC_OUTPUT_WITHOUT_VALUE, expression->span,
					     "'" TEXT_FORMAT "' is for conditions: in an output it always prints <NA>",
					     TEXT_ARGUMENTS(shown));
		diagnostic_set_hint(
		    lint->diagnostics, diagnostic,
		    "print the client's and the server's side: %%fd.cip %%fd.sip, %%fd.cport %%fd.sport");
		return;
	}
	events = lint_event_names(lint, &rule->events);
	diagnostic = diagnostics_add(
	    lint->diagnostics, DIAGNOSTIC_OUTPUT_WITHOUT_VALUE, expression->span,
	    "'" TEXT_FORMAT "' always prints <NA>: it has no value at the events of the rule (" TEXT_FORMAT ")",
	    TEXT_ARGUMENTS(shown), TEXT_ARGUMENTS(events));
	diagnostic_set_hint(lint->diagnostics, diagnostic,
			    "remove it, or print what these events have (tercelc list events)");
}

void lint_outputs(struct lint *lint, const struct lint_rule *rule)
{
	const struct output_template *output = rule->rule->output;

	for (uint32_t i = 0; i < output->piece_count; i++)
		if (!output->pieces[i].is_literal)
			judge(lint, rule, output->pieces[i].item);
}
