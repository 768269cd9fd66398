#include "detect/append_field.h"

/* A sign and digits: proc.aname[-1] is a number too, which fits no ancestor. */
static bool parse_number(struct text t, int64_t *ret_number)
{
	bool is_negative = t.length > 0 && t.bytes[0] == '-';
	uint64_t number;

	if (!text_to_u64(is_negative ? text_slice(t, 1, SIZE_MAX) : t, &number) || number > INT64_MAX)
		return false;
	*ret_number = is_negative ? -(int64_t)number : (int64_t)number;
	return true;
}

static bool takes_argument(enum field_argument argument, bool is_indexed, bool is_number)
{
	switch (argument) {
	case ARGUMENT_NONE:
		return false;
	case ARGUMENT_INDEX:
	case ARGUMENT_TIMESTAMP:
	case ARGUMENT_DESCRIPTOR:
		return is_indexed && is_number;
	case ARGUMENT_NAME:
	case ARGUMENT_INDEX_OR_NAME:
		return is_indexed;
	case ARGUMENT_PARAMETER:
		return is_indexed == is_number;
	case ARGUMENT_KEY:
	case ARGUMENT_INDEX_OR_KEY:
		return true;
	case ARGUMENT_EVENT_NAME:
	case ARGUMENT_PARAMETER_NAME:
	case ARGUMENT_SOURCE_OR_TARGET:
	case ARGUMENT_SUBSYSTEM:
		return !is_indexed;
	}
	return false;
}

bool append_field_parse(struct text text, struct append_field *ret_field)
{
	struct append_field field = {.name = text};
	const struct field_info *info;
	size_t name_bytes = 0;
	int id = field_by_prefix(text, &name_bytes);
	struct text rest = text_slice(text, name_bytes, SIZE_MAX);
	bool is_indexed;

	if (id < 0)
		return false;
	info = field_info((unsigned)id);
	field.request.field = (uint16_t)id;
	if (rest.length == 0) {
		/* evt.abspath is flagged as needing one, but does without. */
		if ((info->flags & FIELD_FLAG_ARG_REQUIRED) && info->argument != ARGUMENT_SOURCE_OR_TARGET)
			return false;
		*ret_field = field;
		return true;
	}
	is_indexed = rest.length > 2 && rest.bytes[0] == '[' && rest.bytes[rest.length - 1] == ']';
	if (is_indexed)
		field.request.argument = text_slice(rest, 1, rest.length - 2);
	else if (rest.length > 1 && rest.bytes[0] == '.')
		field.request.argument = text_slice(rest, 1, SIZE_MAX);
	else
		return false;
	field.request.has_argument = true;
	field.request.argument_is_number = parse_number(field.request.argument, &field.request.argument_number);
	if (!takes_argument((enum field_argument)info->argument, is_indexed, field.request.argument_is_number))
		return false;
	*ret_field = field;
	return true;
}
