/* Header, time and kind of the event: evt.num, evt.time, evt.type, evt.category, evt.is_io ... */
#include "base/clock.h"
#include "event/fields/prediction.h"
#include "event/render/parameter_text.h"

/* ---- number, time ---- */

struct value field_EVT_NUM(struct field_context *context)
{
	return value_of_number(TYPE_UINT64, context->event->number);
}

static struct value time_value(struct field_context *context, enum time_style style)
{
	char text[TIME_TEXT_MAX_BYTES];
	size_t length = time_text(&context->times, context->event->timestamp_ns, style, text);

	return value_copied(context, text_of(text, length));
}

struct value field_EVT_TIME(struct field_context *context)
{
	return time_value(context, TIME_CLOCK);
}

struct value field_EVT_TIME_S(struct field_context *context)
{
	return time_value(context, TIME_CLOCK_SECONDS);
}

struct value field_EVT_TIME_ISO8601(struct field_context *context)
{
	return time_value(context, TIME_ISO8601);
}

struct value field_EVT_DATETIME(struct field_context *context)
{
	return time_value(context, TIME_DATE);
}

struct value field_EVT_DATETIME_S(struct field_context *context)
{
	return time_value(context, TIME_DATE_SECONDS);
}

struct value field_EVT_OUTPUTTIME(struct field_context *context)
{
	return time_value(context, TIME_CLOCK);
}

/* A duration or time stamp, its whole seconds, and the nanoseconds beside them. */
#define TIME_FIELDS(constant, type, nanoseconds)                                                                       \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return value_of_number(type, nanoseconds);                                                             \
	}                                                                                                              \
                                                                                                                       \
	struct value field_##constant##_S(struct field_context *context)                                               \
	{                                                                                                              \
		return value_of_number(type, (nanoseconds) / NS_PER_S);                                                \
	}                                                                                                              \
                                                                                                                       \
	struct value field_##constant##_NS(struct field_context *context)                                              \
	{                                                                                                              \
		return value_of_number(type, (nanoseconds) % NS_PER_S);                                                \
	}

static uint64_t since_section_start(const struct field_context *context)
{
	/* Meta events that come before the first other one count from themselves. */
	return context->has_section_start ? context->event->timestamp_ns - context->section_start_ns : 0;
}

/* ns since this use was asked before; unsigned, so a step back in time gives a number just below 2^64. */
static uint64_t since_previous_use(struct field_context *context)
{
	struct field_slot *slot = context->slot;
	uint64_t now = context->event->timestamp_ns;
	uint64_t elapsed;

	if (!slot)
		return 0;
	elapsed = slot->is_ready ? now - slot->number : 0;
	slot->number = now;
	slot->is_ready = true;
	return elapsed;
}

TIME_FIELDS(EVT_RAWTIME, TYPE_ABSTIME, context->event->timestamp_ns)
TIME_FIELDS(EVT_RELTIME, TYPE_RELTIME, since_section_start(context))
TIME_FIELDS(EVT_DELTATIME, TYPE_RELTIME, since_previous_use(context))

/* The distance to the argument in milliseconds, rounded up (field_source.h says what for). */
struct value field_EVT_AROUND(struct field_context *context)
{
	uint64_t now = context->event->timestamp_ns;
	uint64_t then = (uint64_t)context->request->argument_number;
	uint64_t distance = now > then ? now - then : then - now;

	if (!context->request->argument_is_number)
		return value_absent();
	return value_of_number(TYPE_UINT64, distance / NS_PER_MS + (distance % NS_PER_MS != 0));
}

/* ---- latencies: zero ever since calls give one event, at their end ---- */

#define CONSTANT_FIELD(constant, expression)                                                                           \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		(void)context;                                                                                         \
		return expression;                                                                                     \
	}

CONSTANT_FIELD(EVT_LATENCY, value_of_number(TYPE_RELTIME, 0))
CONSTANT_FIELD(EVT_LATENCY_S, value_of_number(TYPE_RELTIME, 0))
CONSTANT_FIELD(EVT_LATENCY_NS, value_of_number(TYPE_RELTIME, 0))
CONSTANT_FIELD(EVT_LATENCY_HUMAN, value_of_string("0ns"))
CONSTANT_FIELD(EVT_WAIT_LATENCY, value_of_number(TYPE_RELTIME, 0))

/* ---- where it comes from ---- */

CONSTANT_FIELD(EVT_SOURCE, value_of_string("syscall"))
CONSTANT_FIELD(EVT_COUNT, value_of_number(TYPE_UINT32, 1))

struct value field_EVT_IS_ASYNC(struct field_context *context)
{
	return value_boolean(context_event_info(context)->event_class == EVENT_CLASS_METAEVENT);
}

struct value field_EVT_ASYNCTYPE(struct field_context *context)
{
	if (context->event->type != EVENT_ASYNCEVENT_E)
		return value_absent();
	return value_string(context_event_name(context));
}

struct value field_EVT_HOSTNAME(struct field_context *context)
{
	return value_of_string(context->state->machine.host_name);
}

struct value field_EVT_CPU(struct field_context *context)
{
	return value_of_number(TYPE_INT16, (uint64_t)(int16_t)context->event->cpu);
}

/* ---- kind ---- */

static bool is_exit(const struct field_context *context)
{
	return context_event_info(context)->direction == DIRECTION_EXIT;
}

struct value field_EVT_DIR(struct field_context *context)
{
	return value_of_string(is_exit(context) ? "<" : ">");
}

struct value field_EVT_TYPE(struct field_context *context)
{
	return value_string(context_event_name(context));
}

struct value field_SYSCALL_TYPE(struct field_context *context)
{
	if (context_event_info(context)->event_class != EVENT_CLASS_SYSCALL)
		return value_absent();
	return value_string(context_event_name(context));
}

/* The first id of that name in the table, and the one after it: versions that came later do not count. */
struct value field_EVT_TYPE_IS(struct field_context *context)
{
	struct field_slot *slot = context->slot;
	uint64_t id;

	if (slot && slot->is_ready) {
		id = slot->number;
	} else {
		id = (uint64_t)(int64_t)event_next_by_name(context->request->argument, 0);
		if (slot) {
			slot->number = id;
			slot->is_ready = true;
		}
	}
	return value_of_number(TYPE_UINT32, context->event->type == id || context->event->type == id + 1);
}

static bool is_io_category(enum event_category category)
{
	return category == CATEGORY_IO_READ || category == CATEGORY_IO_WRITE || category == CATEGORY_IO_OTHER;
}

/* What kind of thing an I/O event works on. */
static const char *io_category(const struct descriptor *descriptor)
{
	if (!descriptor)
		return "unknown";
	switch (descriptor->kind) {
	case DESCRIPTOR_FILE:
	case DESCRIPTOR_DIRECTORY:
		return "file";
	case DESCRIPTOR_IPV4:
	case DESCRIPTOR_IPV6:
	case DESCRIPTOR_IPV4_LISTENING:
	case DESCRIPTOR_IPV6_LISTENING:
		return "net";
	case DESCRIPTOR_PIPE:
	case DESCRIPTOR_UNIX:
	case DESCRIPTOR_EVENTFD:
	case DESCRIPTOR_SIGNALFD:
	case DESCRIPTOR_INOTIFY:
	case DESCRIPTOR_USERFAULTFD:
		return "ipc";
	default:
		return "unknown";
	}
}

struct value field_EVT_CATEGORY(struct field_context *context)
{
	enum event_category category = (enum event_category)context_event_info(context)->category;

	if (is_io_category(category))
		return value_of_string(io_category(context_descriptor(context)));
	return value_of_string(event_category_name(category));
}

static bool has_flags(const struct field_context *context, unsigned mask)
{
	return (context_event_info(context)->flags & mask) != 0;
}

struct value field_EVT_IS_IO(struct field_context *context)
{
	return value_boolean(has_flags(context, EVENT_FLAG_READS_FROM_FD | EVENT_FLAG_WRITES_TO_FD));
}

struct value field_EVT_IS_IO_READ(struct field_context *context)
{
	return value_boolean(has_flags(context, EVENT_FLAG_READS_FROM_FD));
}

struct value field_EVT_IS_IO_WRITE(struct field_context *context)
{
	return value_boolean(has_flags(context, EVENT_FLAG_WRITES_TO_FD));
}

struct value field_EVT_IO_DIR(struct field_context *context)
{
	if (has_flags(context, EVENT_FLAG_READS_FROM_FD))
		return value_of_string("read");
	if (has_flags(context, EVENT_FLAG_WRITES_TO_FD))
		return value_of_string("write");
	return value_absent();
}

struct value field_EVT_IS_WAIT(struct field_context *context)
{
	return value_boolean(has_flags(context, EVENT_FLAG_WAITS));
}

struct value field_EVT_IS_SYSLOG(struct field_context *context)
{
	const struct descriptor *descriptor = has_flags(context, EVENT_FLAG_WRITES_TO_FD) ? context_descriptor(context) : NULL;

	return value_boolean(descriptor && text_find(descriptor_name(descriptor), TEXT("/dev/log")) != SIZE_MAX);
}

/* ---- what came out ---- */

struct value field_EVT_RAWRES(struct field_context *context)
{
	int64_t result;

	return context_result(context, &result) ? value_of_number(TYPE_INT64, (uint64_t)result) : value_absent();
}

struct value field_EVT_FAILED(struct field_context *context)
{
	int64_t result;

	return context_result(context, &result) ? value_boolean(result < 0) : value_absent();
}

/* A failure as evt.arg has the result: an error's name, but the number where a process id is wanted (clone, setsid). */
struct value field_EVT_RES(struct field_context *context)
{
	const struct parameter_renderer renderer = {
		.state = context->state, .event = context->event, .times = &context->times};
	int64_t result;

	if (!context_result(context, &result))
		return value_absent();
	if (result >= 0)
		return value_of_string("SUCCESS");
	parameter_text_append(&renderer, 0, context->work);
	return value_built(context);
}

enum buffer_class { BUFFER_ANY, BUFFER_FILE, BUFFER_NET };

/* Bytes moved; for calls like close or ioctl whatever they return. */
static struct value buffer_length(struct field_context *context, enum event_category category, enum buffer_class wanted)
{
	enum event_category own = (enum event_category)context_event_info(context)->category;
	const struct descriptor *descriptor;
	int64_t result;

	if (category == CATEGORY_UNKNOWN ? !is_io_category(own) : own != category)
		return value_absent();
	descriptor = context_descriptor(context);
	if (!descriptor || (wanted == BUFFER_FILE && descriptor->kind != DESCRIPTOR_FILE) ||
	    (wanted == BUFFER_NET && !descriptor_is_ip(descriptor) && !descriptor_is_listening(descriptor)))
		return value_absent();
	if (!context_result(context, &result) || result < 0)
		return value_absent();
	return value_of_number(TYPE_UINT64, (uint64_t)result);
}

#define BUFFER_LENGTH_FIELD(constant, category, wanted)                                                                \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return buffer_length(context, category, wanted);                                                       \
	}

BUFFER_LENGTH_FIELD(EVT_BUFLEN, CATEGORY_UNKNOWN, BUFFER_ANY)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_IN, CATEGORY_IO_READ, BUFFER_ANY)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_OUT, CATEGORY_IO_WRITE, BUFFER_ANY)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_FILE, CATEGORY_UNKNOWN, BUFFER_FILE)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_FILE_IN, CATEGORY_IO_READ, BUFFER_FILE)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_FILE_OUT, CATEGORY_IO_WRITE, BUFFER_FILE)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_NET, CATEGORY_UNKNOWN, BUFFER_NET)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_NET_IN, CATEGORY_IO_READ, BUFFER_NET)
BUFFER_LENGTH_FIELD(EVT_BUFLEN_NET_OUT, CATEGORY_IO_WRITE, BUFFER_NET)

/* ---- counters ---- */

enum error_class { ERROR_FILE, ERROR_NET, ERROR_MEMORY, ERROR_OTHER };

static enum error_class error_class(struct field_context *context)
{
	const struct descriptor *descriptor = context_descriptor(context);

	if (descriptor) {
		if (descriptor->kind == DESCRIPTOR_FILE || descriptor->kind == DESCRIPTOR_DIRECTORY)
			return ERROR_FILE;
		if (descriptor_is_ip(descriptor) || descriptor_is_listening(descriptor) ||
		    descriptor->kind == DESCRIPTOR_UNIX)
			return ERROR_NET;
	} else {
		switch (context->event->type) {
		case EVENT_SYSCALL_OPEN_X:
		case EVENT_SYSCALL_CREAT_X:
		case EVENT_SYSCALL_OPENAT_2_X:
		case EVENT_SYSCALL_OPENAT2_X:
		case EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X:
			return ERROR_FILE;
		case EVENT_SOCKET_ACCEPT_5_X:
		case EVENT_SOCKET_ACCEPT4_6_X:
		case EVENT_SOCKET_CONNECT_X:
			return ERROR_NET;
		default:
			break;
		}
	}
	return context_event_info(context)->category == CATEGORY_MEMORY ? ERROR_MEMORY : ERROR_OTHER;
}

struct value field_EVT_COUNT_ERROR(struct field_context *context)
{
	int64_t result;

	return context_result(context, &result) ? value_of_number(TYPE_UINT32, result < 0) : value_absent();
}

#define ERROR_COUNT_FIELD(constant, wanted)                                                                            \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return error_class(context) == (wanted) ? field_EVT_COUNT_ERROR(context) : value_absent();             \
	}

ERROR_COUNT_FIELD(EVT_COUNT_ERROR_FILE, ERROR_FILE)
ERROR_COUNT_FIELD(EVT_COUNT_ERROR_NET, ERROR_NET)
ERROR_COUNT_FIELD(EVT_COUNT_ERROR_MEMORY, ERROR_MEMORY)
ERROR_COUNT_FIELD(EVT_COUNT_ERROR_OTHER, ERROR_OTHER)

struct value field_EVT_COUNT_EXIT(struct field_context *context)
{
	return is_exit(context) ? value_of_number(TYPE_UINT32, 1) : value_absent();
}

struct value field_EVT_COUNT_PROCINFO(struct field_context *context)
{
	const struct thread *thread = context->event->thread;

	return value_of_number(TYPE_UINT32, context->event->type == EVENT_PROCINFO_E && thread && thread_is_leader(thread));
}

struct value field_EVT_COUNT_THREADINFO(struct field_context *context)
{
	return value_of_number(TYPE_UINT32, context->event->type == EVENT_PROCINFO_E);
}
