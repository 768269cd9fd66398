#include "compiler/condition/canonical_text.h"

#include <string.h>

static const char *const modifier_names[] = {
    [MODIFIER_NONE] = "",
    [MODIFIER_ONEOF] = " oneof",
    [MODIFIER_ANYOF] = " anyof",
    [MODIFIER_ALLOF] = " allof",
};

static const char quoted_bytes[] = " \b\f\n\r\t=\\\"'";

static bool needs_quotes(struct text value)
{
	for (size_t i = 0; i < value.length; i++)
		if (value.bytes[i] == '\0' || strchr(quoted_bytes, value.bytes[i]))
			return true;
	return false;
}

static void append_value(struct buffer *buffer, struct text value)
{
	static const char escaped[] = "\b\f\n\r\t\\\"", letters[] = "bfnrt\\\"";

	if (!needs_quotes(value)) {
		buffer_append_text(buffer, value);
		return;
	}
	buffer_append_byte(buffer, '"');
	for (size_t i = 0; i < value.length; i++) {
		const char *at = value.bytes[i] ? strchr(escaped, value.bytes[i]) : NULL;

		if (at) {
			buffer_append_byte(buffer, '\\');
			buffer_append_byte(buffer, (uint8_t)letters[at - escaped]);
		} else {
			buffer_append_byte(buffer, (uint8_t)value.bytes[i]);
		}
	}
	buffer_append_byte(buffer, '"');
}

static void append_argument(struct buffer *buffer, struct text argument)
{
	buffer_append_byte(buffer, '[');
	if (argument.length == 0)
		buffer_append_string(buffer, "\"\"");
	else
		append_value(buffer, argument);
	buffer_append_byte(buffer, ']');
}

/* Nesting is bounded by CONDITION_DEPTH_MAX. */
void canonical_expression(struct buffer *buffer, const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_FIELD:
		buffer_append_text(buffer, expression->name);
		break;
	case EXPRESSION_CONSTANT:
		append_value(buffer, expression->name);
		break;
	case EXPRESSION_TRANSFORMER:
		buffer_append_text(buffer, expression->name);
		__attribute__((fallthrough));
	case EXPRESSION_LIST:
		buffer_append_byte(buffer, '(');
		for (uint32_t i = 0; i < expression->child_count; i++) {
			if (i)
				buffer_append_byte(buffer, ',');
			canonical_expression(buffer, expression->children[i]);
		}
		buffer_append_byte(buffer, ')');
		break;
	}
	if (expression->has_argument)
		append_argument(buffer, expression->argument);
}

static void append_right(struct buffer *buffer, const struct condition *check)
{
	switch (check->right_side) {
	case RIGHT_NONE:
		break;
	case RIGHT_VALUE:
	case RIGHT_IDENTIFIER:
		buffer_append_byte(buffer, ' ');
		append_value(buffer, check->constants[0].value);
		break;
	case RIGHT_LIST:
		buffer_append_string(buffer, " (");
		for (uint32_t i = 0; i < check->constant_count; i++) {
			if (i)
				buffer_append_string(buffer, ", ");
			append_value(buffer, check->constants[i].value);
		}
		buffer_append_byte(buffer, ')');
		break;
	case RIGHT_FIELD:
		buffer_append_string(buffer, " val(");
		canonical_expression(buffer, check->right);
		buffer_append_byte(buffer, ')');
		break;
	case RIGHT_TRANSFORMER:
		buffer_append_byte(buffer, ' ');
		canonical_expression(buffer, check->right);
		break;
	}
}

void canonical_condition(struct buffer *buffer, const struct condition *condition)
{
	switch (condition->kind) {
	case CONDITION_AND:
	case CONDITION_OR:
		buffer_append_byte(buffer, '(');
		for (uint32_t i = 0; i < condition->child_count; i++) {
			if (i)
				buffer_append_string(buffer, condition->kind == CONDITION_AND ? " and " : " or ");
			canonical_condition(buffer, condition->children[i]);
		}
		buffer_append_byte(buffer, ')');
		break;
	case CONDITION_NOT:
		buffer_append_string(buffer, "not ");
		canonical_condition(buffer, condition->children[0]);
		break;
	case CONDITION_MACRO:
		buffer_append_text(buffer, condition->macro_name);
		break;
	case CONDITION_CHECK:
		canonical_expression(buffer, condition->left);
		buffer_append_byte(buffer, ' ');
		buffer_append_text(buffer, condition->operator_text);
		buffer_append_string(buffer, modifier_names[condition->modifier]);
		append_right(buffer, condition);
		break;
	}
}

void canonical_output(struct buffer *buffer, const struct output_template *output)
{
	for (uint32_t i = 0; i < output->piece_count; i++) {
		const struct output_piece *piece = &output->pieces[i];

		if (piece->is_literal) {
			buffer_append_text(buffer, piece->literal);
			continue;
		}
		buffer_append_byte(buffer, '%');
		if (piece->width_bytes)
			buffer_append_decimal(buffer, piece->width_bytes);
		canonical_expression(buffer, piece->item);
	}
}
