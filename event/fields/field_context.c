#include "event/fields/field_context.h"

#include <string.h>

#include "event/render/parameter_text.h"

struct value value_copied(struct field_context *context, struct text t)
{
	struct text copy;

	if (t.length == 0)
		return value_string(TEXT_EMPTY);
	copy = arena_copy_text(context->scratch, t);
	if (!copy.bytes) {
		context->counters.memory_failures++;
		return value_absent();
	}
	return value_string(copy);
}

struct value value_built(struct field_context *context)
{
	if (context->work->failed) {
		context->counters.memory_failures++;
		return value_absent();
	}
	return value_copied(context, buffer_text(context->work));
}

struct value value_without_nul(struct value value)
{
	const uint8_t *end;

	if ((value.state != VALUE_PRESENT && value.state != VALUE_PREDICTED) || value.is_list || value.length == 0 ||
	    type_kind((enum value_type)value.type) != KIND_STRING)
		return value;
	end = memchr(value.bytes, 0, value.length);
	if (end)
		value.length = (uint32_t)(end - value.bytes);
	return value;
}

struct value value_bounded(struct field_context *context, struct value value)
{
	uint32_t bytes_max = field_info(context->request->field)->value_bytes_max;
	enum value_kind kind = type_kind((enum value_type)value.type);

	if ((value.state != VALUE_PRESENT && value.state != VALUE_PREDICTED) || value.is_list ||
	    (kind != KIND_STRING && kind != KIND_BYTES) || value.length <= bytes_max)
		return value;
	value.length = bytes_max;
	context->counters.values_cut++;
	return value;
}

struct value *value_elements(struct field_context *context, size_t count)
{
	struct value *elements = arena_allocate_array(context->scratch, count > 0 ? count : 1, sizeof *elements);

	if (!elements)
		context->counters.memory_failures++;
	return elements;
}

struct value value_list(enum value_type type, const struct value *elements, size_t count)
{
	return (struct value){.state = VALUE_PRESENT,
			      .type = (uint8_t)type,
			      .is_list = true,
			      .length = (uint32_t)count,
			      .elements = elements};
}

const struct event_parameter *context_parameter(struct field_context *context, unsigned index)
{
	const struct event_parameter *parameter = event_parameter(context->event, index);

	switch (parameter->state) {
	case PARAMETER_PREDICTED:
		context->is_predicted = true;
		return parameter;
	case PARAMETER_PRESENT:
		return parameter;
	case PARAMETER_UNKNOWN:
		context->is_unknown = true;
		return NULL;
	default:
		return NULL;
	}
}

bool context_result(struct field_context *context, int64_t *ret_result)
{
	const struct event_info *info = context_event_info(context);
	const struct event_parameter_info *parameter = event_parameter_info(context->event->type, 0);
	struct parameter_view view;
	uint64_t number;

	if (info->direction != DIRECTION_EXIT || !parameter || parameter->source != PARAMETER_SOURCE_RESULT)
		return false;
	/* bpf returns one of two types of number, so this cannot be event_result(). */
	if (!context_parameter(context, 0) || !parameter_view_of(context->event, 0, &view) ||
	    !parameter_view_number(&view, &number))
		return false;
	*ret_result = (int64_t)number;
	return true;
}

bool context_result_or_success(struct field_context *context, int64_t *ret_result)
{
	bool was_unknown = context->is_unknown;

	if (context_result(context, ret_result))
		return true;
	if (was_unknown || !context->is_unknown)
		return false;
	context->is_unknown = false;
	context->is_predicted = true;
	*ret_result = 0;
	return true;
}

uint64_t context_unsigned(struct field_context *context, unsigned index, uint64_t otherwise)
{
	return context_parameter(context, index) ? event_parameter_unsigned(context->event, index, otherwise) : otherwise;
}

int64_t context_signed(struct field_context *context, unsigned index, int64_t otherwise)
{
	return context_parameter(context, index) ? event_parameter_signed(context->event, index, otherwise) : otherwise;
}

struct text context_text(struct field_context *context, unsigned index)
{
	return context_parameter(context, index) ? event_parameter_text(context->event, index) : TEXT_EMPTY;
}

struct text context_path(struct field_context *context, unsigned index)
{
	const struct event_parameter *parameter = context_parameter(context, index);

	if (!parameter)
		return TEXT_EMPTY;
	return parameter->length == 0 ? TEXT("<NA>") : event_parameter_text(context->event, index);
}

/* The name of a call without an event of its own. */
static struct text generic_name(struct field_context *context)
{
	uint64_t code = context_unsigned(context, PARAMETER_INDEX(GENERIC_X, ID), 0);
	const struct syscall_info *call = syscall_by_code((unsigned)code);
	uint64_t number;

	if (code == 0) { /* unknown to the driver that recorded it */
		number = context_unsigned(context, PARAMETER_INDEX(GENERIC_X, nativeID), UINT64_MAX);
		call = number <= INT64_MAX ? syscall_by_number_x86_64((int64_t)number) : NULL;
	}
	return call ? text_from_string(call->event_name) : TEXT("unknown");
}

struct text context_event_name(struct field_context *context)
{
	switch (context->event->type) {
	case EVENT_GENERIC_E:
	case EVENT_GENERIC_X:
		return generic_name(context);
	case EVENT_ASYNCEVENT_E:
		return context_text(context, PARAMETER_INDEX(ASYNCEVENT_E, name));
	default:
		return text_from_string(context_event_info(context)->name);
	}
}
