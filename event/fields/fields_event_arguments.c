/* The event's parameters: evt.args, evt.arg, evt.rawarg, evt.buffer, and the booleans that are computed from them. */
#include "event/fields/field_context.h"

#include <stdlib.h>
#include <string.h>

#include "event/render/parameter_text.h"

static struct parameter_renderer renderer_of(struct field_context *context)
{
	return (struct parameter_renderer){.state = context->state, .event = context->event, .times = &context->times};
}

/* Position by event id of the parameters called `name`; looked up once for each use of a field. */
static int8_t *parameter_indexes(struct text name)
{
	int8_t *indexes = malloc(EVENT_ID_COUNT);

	for (unsigned id = 0; indexes && id < EVENT_ID_COUNT; id++)
		indexes[id] = (int8_t)event_parameter_index(id, name);
	return indexes;
}

/* The parameter that the argument names, by position or by name; -1: the event has none. */
static int requested_parameter(struct field_context *context)
{
	const struct field_request *request = context->request;
	unsigned type = context->event->type;

	if (!request->has_argument)
		return -1;
	if (request->argument_is_number) {
		if (request->argument_number < 0 || request->argument_number >= event_parameter_count(type))
			return -1;
		return (int)request->argument_number;
	}
	if (context->slot && !context->slot->parameter_indexes)
		context->slot->parameter_indexes = parameter_indexes(request->argument);
	if (context->slot && context->slot->parameter_indexes)
		return context->slot->parameter_indexes[type];
	return event_parameter_index(type, request->argument);
}

struct value field_EVT_ARGS(struct field_context *context)
{
	struct parameter_renderer renderer = renderer_of(context);

	for (unsigned i = 0; i < context->event->parameter_count; i++)
		context_parameter(context, i); /* notes what is not known yet */
	parameter_list_text_append(&renderer, context->work);
	return value_built(context);
}

struct value field_EVT_INFO(struct field_context *context)
{
	return field_EVT_ARGS(context);
}

struct value field_EVT_ARG(struct field_context *context)
{
	struct parameter_renderer renderer = renderer_of(context);
	int index = requested_parameter(context);

	if (index < 0 || !context_parameter(context, (unsigned)index))
		return value_absent();
	if (!parameter_text_append(&renderer, (unsigned)index, context->work))
		return value_absent();
	return value_built(context);
}

/* The parameter as it is: numbers as numbers, texts up to their NUL. */
static struct value raw_value(const struct parameter_view *view)
{
	enum value_type type = (enum value_type)view->type;
	uint64_t number;

	if (parameter_view_number(view, &number))
		return value_of_number(type, number);
	if (view->length == 0)
		return value_absent();
	switch (type_kind(type)) {
	case KIND_STRING:
		return value_of_text(type, text_of((const char *)view->bytes,
						   strnlen((const char *)view->bytes, view->length)));
	case KIND_ADDRESS:
		if (view->length != type_size_bytes(type))
			return value_absent();
		return value_of_text(type, text_of((const char *)view->bytes, view->length));
	case KIND_BYTES:
	case KIND_OPAQUE:
		return value_of_text(type, text_of((const char *)view->bytes, view->length));
	default: /* a number of another size */
		return value_absent();
	}
}

struct value field_EVT_RAWARG(struct field_context *context)
{
	int index = requested_parameter(context);
	struct parameter_view view;

	if (index < 0 || !context_parameter(context, (unsigned)index) ||
	    !parameter_view_of(context->event, (unsigned)index, &view))
		return value_absent();
	return raw_value(&view);
}

enum value_format field_rawarg_format(struct field_context *context)
{
	int index = requested_parameter(context);
	struct parameter_view view;

	if (index < 0 || !parameter_view_of(context->event, (unsigned)index, &view))
		return FORMAT_NONE;
	return (enum value_format)view.format;
}

struct value field_EVT_BUFFER(struct field_context *context)
{
	int index = event_parameter_index(context->event->type, TEXT("data"));
	const struct event_parameter *parameter;

	if (index < 0 || event_parameter_info(context->event->type, (unsigned)index)->type != TYPE_BYTEBUF)
		return value_absent();
	parameter = context_parameter(context, (unsigned)index);
	if (!parameter)
		return value_absent();
	return value_of_text(TYPE_BYTEBUF, text_of((const char *)parameter->bytes, parameter->length));
}

/* ---- open ---- */

/* Where the calls that open files have their flags and mode; -1: none. */
static void open_parameters(const struct event *event, int *ret_flags, int *ret_mode)
{
	*ret_flags = -1;
	*ret_mode = -1;
	switch (event->type) {
	case EVENT_SYSCALL_OPEN_X:
		*ret_flags = PARAMETER_INDEX(SYSCALL_OPEN_X, flags);
		*ret_mode = PARAMETER_INDEX(SYSCALL_OPEN_X, mode);
		break;
	case EVENT_SYSCALL_OPENAT_2_X:
		*ret_flags = PARAMETER_INDEX(SYSCALL_OPENAT_2_X, flags);
		*ret_mode = PARAMETER_INDEX(SYSCALL_OPENAT_2_X, mode);
		break;
	case EVENT_SYSCALL_OPENAT2_X:
		*ret_flags = PARAMETER_INDEX(SYSCALL_OPENAT2_X, flags);
		*ret_mode = PARAMETER_INDEX(SYSCALL_OPENAT2_X, mode);
		break;
	case EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X:
		*ret_flags = PARAMETER_INDEX(SYSCALL_OPEN_BY_HANDLE_AT_X, flags);
		break;
	case EVENT_SYSCALL_CREAT_X:
		*ret_mode = PARAMETER_INDEX(SYSCALL_CREAT_X, mode);
		break;
	default:
		break;
	}
}

static uint64_t open_flags(struct field_context *context)
{
	int flags, mode;

	open_parameters(context->event, &flags, &mode);
	return flags >= 0 ? context_unsigned(context, (unsigned)flags, 0) : 0;
}

struct value field_EVT_IS_OPEN_READ(struct field_context *context)
{
	return value_boolean((open_flags(context) & OPEN_READ) != 0);
}

struct value field_EVT_IS_OPEN_WRITE(struct field_context *context)
{
	return value_boolean((open_flags(context) & OPEN_WRITE) != 0);
}

struct value field_EVT_IS_OPEN_EXEC(struct field_context *context)
{
	int flags, mode;
	bool may_create = context->event->type == EVENT_SYSCALL_CREAT_X;

	open_parameters(context->event, &flags, &mode);
	if (flags >= 0)
		may_create = (context_unsigned(context, (unsigned)flags, 0) & (OPEN_CREATE | OPEN_TEMPORARY)) != 0;
	return value_boolean(may_create && mode >= 0 && (context_unsigned(context, (unsigned)mode, 0) & 0111) != 0);
}

struct value field_EVT_IS_OPEN_CREATE(struct field_context *context)
{
	uint64_t flags = open_flags(context);
	int64_t result;

	if ((flags & (OPEN_CREATED | OPEN_TEMPORARY)) == 0)
		return value_boolean(false);
	return value_boolean(context_result(context, &result) && result >= 0);
}
