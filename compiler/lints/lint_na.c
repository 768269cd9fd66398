/*
 * Comparisons with the text <NA>. Where a field has no value, `=` and `in` are false, so that `not field in ("<NA>")`
 * is true for just what it is meant to keep out. Fields that do hold this text are in catalog/na_texts.def.
 */
#include "compiler/lints/lint_internal.h"

static const struct expression *field_below(const struct expression *expression)
{
	while (expression->kind == EXPRESSION_TRANSFORMER && expression->child_count == 1)
		expression = expression->children[0];
	return expression->kind == EXPRESSION_FIELD ? expression : NULL;
}

static const struct constant *na_constant(const struct condition *check)
{
	switch (check->operator) {
	case OPERATOR_EQUAL:
	case OPERATOR_NOT_EQUAL:
	case OPERATOR_IN:
	case OPERATOR_INTERSECTS:
		break;
	default:
		return NULL;
	}
	for (uint32_t i = 0; i < check->constant_count; i++)
		if (text_is(check->constants[i].value, "<NA>"))
			return &check->constants[i];
	return NULL;
}

/* The comparisons of one text are one cause: the first is reported, the others are noted. */
struct reported {
	struct diagnostic *diagnostic;
	const struct macro_use *used_by;
	const struct mapped_text *text;
};

static void judge(struct lint *lint, const struct condition *check, void *context)
{
	struct reported *last = context;
	const struct expression *field = field_below(check->left);
	const struct constant *constant = na_constant(check);
	struct condition at = *check;
	struct text shown;

	if (!constant || !field || field_may_be_na_text((unsigned)field->field))
		return;
	shown = lint_text(lint, check->left->span);
	if (last->diagnostic && last->used_by == check->used_by && last->text == check->span.text) {
		diagnostic_add_note(lint->diagnostics, last->diagnostic, mapped_text_range(constant_span(check, constant)),
				    "'" TEXT_FORMAT "' as well", TEXT_ARGUMENTS(shown));
		return;
	}
	at.span = constant_span(check, constant);
	last->used_by = check->used_by;
	last->text = check->span.text;
	last->diagnostic = lint_report(
	    lint, DIAGNOSTIC_NA_COMPARISON, &at,
	    "'" TEXT_FORMAT "' is never the text <NA>: without a value every comparison is false, this one too",
	    TEXT_ARGUMENTS(shown));
	if (field->field == FIELD_PROC_ENV || field->field == FIELD_PROC_AENV)
		diagnostic_set_hint(lint->diagnostics, last->diagnostic,
				    "a variable that is not set is an empty text: compare with ''");
	else
		diagnostic_set_hint(lint->diagnostics, last->diagnostic,
				    "to ask whether there is a value, write '" TEXT_FORMAT
				    " exists' or 'not " TEXT_FORMAT " exists'",
				    TEXT_ARGUMENTS(shown), TEXT_ARGUMENTS(shown));
}

void lint_na_comparisons(struct lint *lint, const struct lint_rule *rule)
{
	struct reported last = {0};

	lint_each_check(lint, rule->rule->condition, &last, judge);
}
