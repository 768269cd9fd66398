#include "compiler/check/resolve_field.h"

#include "compiler/check/check_constants.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, with a sign when allowed, and nothing else. Numbers that do not fit are cut to the range. */
static bool is_index(struct text t, bool takes_sign, int64_t *ret_number)
{
	size_t start = takes_sign && t.length > 0 && (t.bytes[0] == '+' || t.bytes[0] == '-');

	if (t.length == start)
		return false;
	for (size_t i = start; i < t.length; i++)
		if (!is_digit(t.bytes[i]))
			return false;
	return text_to_signed(t, ret_number);
}

/* "[argument]" at the start of `rest`; `rest` is moved behind it. False when there is none. */
static bool take_bracket(struct text *rest, struct text *ret_argument)
{
	size_t end;

	if (!text_starts_with(*rest, TEXT("[")))
		return false;
	end = text_find_byte(*rest, ']');
	if (end == SIZE_MAX)
		return false;
	*ret_argument = text_slice(*rest, 1, end - 1);
	*rest = text_slice(*rest, end + 1, SIZE_MAX);
	return true;
}

/* The longest name of a parameter, of any event, that the text begins with; its length, 0 when there is none. */
static size_t longest_parameter_name(struct text t, enum value_type *ret_type)
{
	size_t longest = 0;

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
		for (unsigned i = 0; i < event_parameter_count(event); i++) {
			const struct event_parameter_info *parameter = event_parameter_info(event, i);
			struct text name = text_from_string(parameter->name);

			if (name.length > longest && text_starts_with(t, name)) {
				longest = name.length;
				*ret_type = parameter->type;
			}
		}
	}
	return longest;
}

static enum field_fault take_parameter(struct text *rest, bool takes_index, struct field_reference *reference,
				       struct text *ret_culprit)
{
	struct text name;
	enum value_type type = reference->type;

	reference->has_argument = true;
	if (take_bracket(rest, &reference->argument)) {
		if (!takes_index)
			return FIELD_FAULT_NOT_EXPLICIT;
		*ret_culprit = reference->argument;
		reference->argument_is_number = true;
		return is_index(reference->argument, true, &reference->argument_number) ? FIELD_FAULT_NONE
											 : FIELD_FAULT_NOT_A_NUMBER;
	}
	if (!text_starts_with(*rest, TEXT(".")))
		return FIELD_FAULT_SYNTAX;
	name = text_slice(*rest, 1, SIZE_MAX);
	reference->argument = text_slice(name, 0, longest_parameter_name(name, &type));
	if (reference->argument.length == 0) {
		*ret_culprit = name;
		return FIELD_FAULT_UNKNOWN_PARAMETER;
	}
	if (!takes_index) /* evt.rawarg has the parameter's own type, evt.arg is text */
		reference->type = type;
	*rest = text_slice(name, reference->argument.length, SIZE_MAX);
	return FIELD_FAULT_NONE;
}

static enum field_fault take_index(struct text *rest, struct field_reference *reference, struct text *ret_culprit,
				   enum field_fault otherwise)
{
	if (!take_bracket(rest, &reference->argument))
		return FIELD_FAULT_NONE;
	reference->has_argument = true;
	reference->argument_is_number = true;
	*ret_culprit = reference->argument;
	return is_index(reference->argument, true, &reference->argument_number) ? FIELD_FAULT_NONE : otherwise;
}

static enum field_fault take_subsystem(struct text *rest, struct field_reference *reference)
{
	size_t length = 1;

	if (!text_starts_with(*rest, TEXT(".")))
		return FIELD_FAULT_SYNTAX;
	while (length < rest->length && (rest->bytes[length] == '_' || (rest->bytes[length] >= 'a' && rest->bytes[length] <= 'z') ||
					 (rest->bytes[length] >= 'A' && rest->bytes[length] <= 'Z')))
		length++;
	reference->has_argument = length > 1;
	reference->argument = text_slice(*rest, 1, length - 1);
	*rest = text_slice(*rest, length, SIZE_MAX);
	return length > 1 ? FIELD_FAULT_NONE : FIELD_FAULT_SYNTAX;
}

static enum field_fault take_event_name(struct text *rest, struct field_reference *reference)
{
	int event;

	if (!text_starts_with(*rest, TEXT(".")))
		return FIELD_FAULT_SYNTAX;
	reference->argument = text_slice(*rest, 1, SIZE_MAX);
	event = event_next_by_name(reference->argument, 0);
	if (event < 0)
		return FIELD_FAULT_NONEXISTENT;
	reference->has_argument = true;
	reference->argument_is_number = true;
	reference->argument_number = event;
	*rest = TEXT_EMPTY;
	return FIELD_FAULT_NONE;
}

static enum field_fault take_timestamp(struct text *rest, struct field_reference *reference, struct text *ret_culprit)
{
	uint64_t number;

	if (!take_bracket(rest, &reference->argument))
		return FIELD_FAULT_SYNTAX;
	*ret_culprit = reference->argument;
	if (!text_to_unsigned(reference->argument, &number))
		return FIELD_FAULT_NOT_A_NUMBER;
	reference->has_argument = true;
	reference->argument_is_number = true;
	reference->argument_number = (int64_t)number;
	return FIELD_FAULT_NONE;
}

/* The argument in the field's form; `rest` is moved behind what was read. */
static enum field_fault take_argument(struct text *rest, enum field_argument form, struct field_reference *reference,
				      struct text *ret_culprit)
{
	switch (form) {
	case ARGUMENT_NONE:
		break;
	case ARGUMENT_INDEX:
		return take_index(rest, reference, ret_culprit, FIELD_FAULT_NONEXISTENT);
	case ARGUMENT_DESCRIPTOR:
		return take_index(rest, reference, ret_culprit, FIELD_FAULT_NOT_A_NUMBER);
	case ARGUMENT_NAME:
		reference->has_argument = take_bracket(rest, &reference->argument);
		break;
	case ARGUMENT_INDEX_OR_NAME:
	case ARGUMENT_INDEX_OR_KEY:
		reference->has_argument = take_bracket(rest, &reference->argument);
		reference->argument_is_number = reference->has_argument &&
						is_index(reference->argument, false, &reference->argument_number);
		break;
	case ARGUMENT_KEY:
		reference->has_argument = take_bracket(rest, &reference->argument);
		if (!reference->has_argument && rest->length > 1 && rest->bytes[0] == '.') {
			reference->has_argument = true;
			reference->argument = text_slice(*rest, 1, text_find_byte(*rest, '[') - 1);
			*rest = text_slice(*rest, 1 + reference->argument.length, SIZE_MAX);
		}
		break;
	case ARGUMENT_EVENT_NAME:
		return take_event_name(rest, reference);
	case ARGUMENT_PARAMETER:
		return take_parameter(rest, true, reference, ret_culprit);
	case ARGUMENT_PARAMETER_NAME:
		return take_parameter(rest, false, reference, ret_culprit);
	case ARGUMENT_TIMESTAMP:
		return take_timestamp(rest, reference, ret_culprit);
	case ARGUMENT_SOURCE_OR_TARGET:
		reference->has_argument = text_starts_with(*rest, TEXT(".src")) || text_starts_with(*rest, TEXT(".dst"));
		if (reference->has_argument) {
			reference->argument = text_slice(*rest, 1, 3);
			*rest = text_slice(*rest, 4, SIZE_MAX);
		}
		break;
	case ARGUMENT_SUBSYSTEM:
		return take_subsystem(rest, reference);
	}
	return FIELD_FAULT_NONE;
}

enum field_fault resolve_field(struct text whole, struct field_reference *ret_reference, struct text *ret_culprit)
{
	struct field_reference reference = {0};
	struct text rest;
	size_t length;
	int field = field_by_prefix(whole, &length);
	const struct field_info *info;
	enum field_fault fault;

	if (field < 0)
		return FIELD_FAULT_NONEXISTENT;
	info = field_info((unsigned)field);
	reference.field = (enum field_id)field;
	reference.type = info->type;
	rest = text_slice(whole, length, SIZE_MAX);
	fault = take_argument(&rest, info->argument, &reference, ret_culprit);
	if (fault != FIELD_FAULT_NONE)
		return fault;
	if (rest.length > 0)
		return FIELD_FAULT_NONEXISTENT;
	/* evt.abspath is listed with a mandatory argument and used without. */
	if ((info->flags & FIELD_FLAG_ARG_REQUIRED) && !reference.has_argument && info->argument != ARGUMENT_SOURCE_OR_TARGET)
		return FIELD_FAULT_ARGUMENT_REQUIRED;
	*ret_reference = reference;
	return FIELD_FAULT_NONE;
}

/* Damerau's distance with adjacent swaps, up to `limit`; limit + 1 when it is more. */
static unsigned name_distance(struct text a, struct text b, unsigned limit)
{
	enum { NAME_MAX = 64 };
	unsigned rows[3][NAME_MAX + 1];
	unsigned *before = rows[0], *previous = rows[1], *current = rows[2];

	if (a.length > NAME_MAX || b.length > NAME_MAX)
		return limit + 1;
	for (size_t j = 0; j <= b.length; j++)
		previous[j] = (unsigned)j;
	for (size_t i = 1; i <= a.length; i++) {
		unsigned *last = before;

		current[0] = (unsigned)i;
		for (size_t j = 1; j <= b.length; j++) {
			unsigned best = previous[j - 1] + (a.bytes[i - 1] != b.bytes[j - 1]);

			if (previous[j] + 1 < best)
				best = previous[j] + 1;
			if (current[j - 1] + 1 < best)
				best = current[j - 1] + 1;
			if (i > 1 && j > 1 && a.bytes[i - 1] == b.bytes[j - 2] && a.bytes[i - 2] == b.bytes[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			current[j] = best;
		}
		before = previous;
		previous = current;
		current = last;
	}
	return previous[b.length] > limit ? limit + 1 : previous[b.length];
}

int field_with_similar_name(struct text name)
{
	unsigned limit = name.length < 6 ? 1 : 3, best = limit + 1;
	int found = -1;

	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		unsigned distance = name_distance(name, text_from_string(field_info(field)->name), limit);

		if (distance < best) {
			best = distance;
			found = (int)field;
		}
	}
	return found;
}
