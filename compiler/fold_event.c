#include "compiler/fold_event.h"

#include <errno.h>

#include "catalog/value.h"
#include "compiler/evaluate_ast.h"

/* Fields whose value is known for a type of event. */
static bool is_known_by_type(const struct expression *expression)
{
	return expression->kind == EXPRESSION_FIELD &&
	       (expression->field == FIELD_EVT_TYPE || expression->field == FIELD_SYSCALL_TYPE ||
		expression->field == FIELD_EVT_DIR || expression->field == FIELD_EVT_TYPE_IS);
}

static bool is_parameter(const struct expression *expression)
{
	return expression->kind == EXPRESSION_FIELD &&
	       (expression->field == FIELD_EVT_ARG || expression->field == FIELD_EVT_RAWARG);
}

static bool has_parameter_field(const struct expression *expression)
{
	bool has = is_parameter(expression);

	for (uint32_t i = 0; i < expression->child_count; i++)
		has |= has_parameter_field(expression->children[i]);
	return has;
}

bool check_may_fold(const struct condition *check)
{
	return is_known_by_type(check->left) || has_parameter_field(check->left) ||
	       (check->right && has_parameter_field(check->right));
}

/* No event of the type gives the expression a value. What is made of something absent is absent. */
static bool is_absent(const struct expression *expression, unsigned event)
{
	for (uint32_t i = 0; i < expression->child_count; i++)
		if (is_absent(expression->children[i], event))
			return true;
	if (!is_parameter(expression))
		return false;
	if (expression->field_argument_is_number)
		return expression->field_argument_number < 0 ||
		       expression->field_argument_number >= event_parameter_count(event);
	return event_parameter_index(event, expression->field_argument) < 0;
}

/* Their names are those of system calls and of whoever made them. */
static bool has_name_of_its_own(unsigned event)
{
	return event == EVENT_GENERIC_E || event == EVENT_GENERIC_X || event == EVENT_ASYNCEVENT_E;
}

/* False when the type does not decide the field's value. */
static bool value_by_type(const struct expression *field, unsigned event, struct value *ret_value)
{
	const struct event_info *info = event_info(event);

	switch (field->field) {
	case FIELD_EVT_DIR:
		*ret_value = value_of_text(TYPE_CHARBUF, info->direction == DIRECTION_EXIT ? TEXT("<") : TEXT(">"));
		return true;
	case FIELD_EVT_TYPE_IS:
		*ret_value = value_of_number(TYPE_UINT32, field->field_argument_number == event ||
								  field->field_argument_number + 1 == event);
		return true;
	case FIELD_EVT_TYPE:
	case FIELD_SYSCALL_TYPE:
		if (has_name_of_its_own(event) ||
		    (field->field == FIELD_SYSCALL_TYPE && info->event_class != EVENT_CLASS_SYSCALL))
			return false;
		*ret_value = value_of_text(TYPE_CHARBUF, text_from_string(info->name));
		return true;
	default:
		return false;
	}
}

int fold_check(struct arena *scratch, const struct condition *check, unsigned event, enum folded *ret_folded)
{
	struct value value;
	bool holds;

	*ret_folded = FOLDED_NOT;
	if (is_absent(check->left, event) || (check->right && is_absent(check->right, event))) {
		*ret_folded = FOLDED_FALSE;
		return 0;
	}
	if (check->right || !is_known_by_type(check->left) || !value_by_type(check->left, event, &value))
		return 0;
	if (evaluate_comparison(scratch, check, &value, &holds) != 0)
		return -ENOMEM;
	*ret_folded = holds ? FOLDED_TRUE : FOLDED_FALSE;
	return 0;
}
