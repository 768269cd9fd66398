#include "event/event.h"

const struct event_parameter event_parameter_missing = {.state = PARAMETER_MISSING};

struct text event_parameter_text(struct event *event, unsigned index)
{
	const struct event_parameter *parameter = event_parameter(event, index);
	const char *bytes = (const char *)parameter->bytes;

	if (!event_parameter_is_known(parameter) || parameter->length == 0)
		return TEXT_EMPTY;
	return text_of(bytes, strnlen(bytes, parameter->length));
}

bool event_result(struct event *event, int64_t *ret_result)
{
	const struct event_parameter_info *info = event_parameter_info(event->type, 0);
	const struct event_parameter *parameter;

	if (!info || info->source != PARAMETER_SOURCE_RESULT)
		return false;
	parameter = event_parameter(event, 0);
	if (!event_parameter_is_known(parameter) || parameter->length != type_size_bytes(info->type))
		return false;
	/* Results that are ids (getuid) are unsigned numbers of 32 bits. */
	if (parameter->length == 8 || type_kind(info->type) != KIND_UNSIGNED)
		*ret_result = event_parameter_signed(event, 0, 0);
	else
		*ret_result = (int64_t)event_parameter_unsigned(event, 0, 0);
	return true;
}
