#include "compiler/emit/fold_event.h"

#include <errno.h>

#include "base/seeded_bug.h"
#include "catalog/value.h"
#include "compiler/oracle/evaluate_ast.h"

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
		       expression->field_argument_number + SEEDED_BUG(LAST_PARAMETER_ABSENT) >= event_parameter_count(event);
	return event_parameter_index(event, expression->field_argument) < 0;
}

static bool is_syscall_name(struct text name)
{
	int event = event_next_by_name(name, 0);

	return event >= 0 ? event_info((unsigned)event)->event_class == EVENT_CLASS_SYSCALL : syscall_is_generic_name(name);
}

/*
 * Every rule is evaluated for asynchronous events, whose names come with them. Nobody names one like a system call: a
 * comparison of their names with such names only is decided.
 */
static enum folded fold_name_of_async_event(const struct condition *check)
{
	bool is_equality = check->operator == OPERATOR_EQUAL || check->operator == OPERATOR_NOT_EQUAL ||
			   check->operator == OPERATOR_IN;

	if (check->left->field == FIELD_SYSCALL_TYPE)
		return FOLDED_FALSE;
	if (check->left->field != FIELD_EVT_TYPE || check->modifier != MODIFIER_NONE || !is_equality)
		return FOLDED_NOT;
	for (uint32_t i = 0; i < check->constant_count; i++)
		if (!is_syscall_name(check->constants[i].value))
			return FOLDED_NOT;
	return check->operator == OPERATOR_NOT_EQUAL ? FOLDED_TRUE : FOLDED_FALSE;
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
		/* The name of a generic event is that of the system call. */
		if (event == EVENT_GENERIC_E || event == EVENT_GENERIC_X ||
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
	if (check->right || !is_known_by_type(check->left))
		return 0;
	if (event == EVENT_ASYNCEVENT_E && (check->left->field == FIELD_EVT_TYPE || check->left->field == FIELD_SYSCALL_TYPE)) {
		*ret_folded = fold_name_of_async_event(check);
		return 0;
	}
	if (!value_by_type(check->left, event, &value))
		return 0;
	if (evaluate_comparison(scratch, check, &value, &holds) != 0)
		return -ENOMEM;
	*ret_folded = holds ? FOLDED_TRUE : FOLDED_FALSE;
	return 0;
}
