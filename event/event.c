#include "event/event.h"

#include "base/bytes.h"

static const struct event_parameter missing = {.state = PARAMETER_MISSING};

const struct event_parameter *event_parameter(struct event *event, unsigned index)
{
	const struct event_parameter *parameter;

	if (index >= event->parameter_count)
		return &missing;
	parameter = &event->parameters[index];
	if (parameter->state == PARAMETER_ON_DEMAND)
		event->fetcher->fetch(event->fetcher, event, index);
	return parameter;
}

/* A parameter with a value of `size_bytes`, or NULL. */
static const struct event_parameter *with_value(struct event *event, unsigned index, unsigned size_bytes)
{
	const struct event_parameter *parameter = event_parameter(event, index);

	if (parameter->state != PARAMETER_PRESENT && parameter->state != PARAMETER_PREDICTED)
		return NULL;
	return parameter->length == size_bytes ? parameter : NULL;
}

uint64_t event_parameter_unsigned(struct event *event, unsigned index, uint64_t otherwise)
{
	const struct event_parameter_info *info = event_parameter_info(event->type, index);
	const struct event_parameter *parameter;

	if (!info)
		return otherwise;
	parameter = with_value(event, index, type_size_bytes(info->type));
	if (!parameter)
		return otherwise;
	switch (parameter->length) {
	case 1:
		return parameter->bytes[0];
	case 2:
		return load_u16(parameter->bytes);
	case 4:
		return load_u32(parameter->bytes);
	case 8:
		return load_u64(parameter->bytes);
	default:
		return otherwise;
	}
}

int64_t event_parameter_signed(struct event *event, unsigned index, int64_t otherwise)
{
	const struct event_parameter_info *info = event_parameter_info(event->type, index);
	const struct event_parameter *parameter;

	if (!info)
		return otherwise;
	parameter = with_value(event, index, type_size_bytes(info->type));
	if (!parameter)
		return otherwise;
	switch (parameter->length) {
	case 1:
		return (int8_t)parameter->bytes[0];
	case 2:
		return (int16_t)load_u16(parameter->bytes);
	case 4:
		return (int32_t)load_u32(parameter->bytes);
	case 8:
		return (int64_t)load_u64(parameter->bytes);
	default:
		return otherwise;
	}
}

struct text event_parameter_text(struct event *event, unsigned index)
{
	const struct event_parameter *parameter = event_parameter(event, index);
	const char *bytes = (const char *)parameter->bytes;

	if (parameter->state != PARAMETER_PRESENT && parameter->state != PARAMETER_PREDICTED)
		return TEXT_EMPTY;
	if (parameter->length == 0)
		return TEXT_EMPTY;
	return text_of(bytes, strnlen(bytes, parameter->length));
}

bool event_result(struct event *event, int64_t *ret_result)
{
	const struct event_info *info = event_info(event->type);
	const struct event_parameter_info *parameter = event_parameter_info(event->type, 0);

	if (info->direction != DIRECTION_EXIT || !parameter || parameter->source != PARAMETER_SOURCE_RESULT)
		return false;
	if (!with_value(event, 0, type_size_bytes(parameter->type)))
		return false;
	/* Results that are ids (getuid) are unsigned numbers of 32 bits. */
	if (type_kind(parameter->type) == KIND_UNSIGNED)
		*ret_result = (int64_t)event_parameter_unsigned(event, 0, 0);
	else
		*ret_result = event_parameter_signed(event, 0, 0);
	return true;
}
