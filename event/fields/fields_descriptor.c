/*
 * The descriptor that the event works on, makes or closes: fd.* without the parts of sockets. They have a value only for
 * events that are flagged so; some fall back to the event's parameters when the table has no entry (event-model
 * reference, section 9).
 */
#include "event/fields/prediction.h"

#include <stdlib.h>

#define ENTRY_FIELD(constant, expression)                                                                              \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		const struct descriptor *descriptor = context_entry(context);                                                  \
                                                                                                                       \
		return descriptor ? (expression) : value_absent();                                                     \
	}

/* ---- without an entry: what the parameters tell ---- */

static struct text tuple_text(struct field_context *context, unsigned index, char buffer[SOCKET_TEXT_BYTES_MAX])
{
	const struct event_parameter *parameter = context_parameter(context, index);
	struct socket_tuple tuple;

	if (!parameter)
		return TEXT_EMPTY;
	if (!socket_tuple_decode(parameter->bytes, parameter->length, &tuple))
		return TEXT("NULL");
	return socket_tuple_text(&tuple, buffer);
}

static struct text opened_path(struct field_context *context, int dirfd_parameter, unsigned path_parameter, bool is_raw,
			       char buffer[PATH_BYTES_MAX])
{
	struct text path = context_path(context, path_parameter);
	int64_t dirfd = PATH_AT_FDCWD;

	if (is_raw)
		return path;
	if (path_is_absolute(path) || !context->event->thread)
		return path_join(TEXT_EMPTY, path, buffer);
	if (dirfd_parameter >= 0)
		dirfd = context_signed(context, (unsigned)dirfd_parameter, PATH_AT_FDCWD);
	return state_resolve_path(context->event->thread, PATH_BASE_DIRFD, dirfd, path, buffer);
}

/* is_raw: fd.nameraw, which differs for openat and openat2 only. The result lies in `buffer` or in a parameter. */
static struct text name_from_parameters(struct field_context *context, bool is_raw, char buffer[SOCKET_TEXT_BYTES_MAX])
{
	_Static_assert(SOCKET_TEXT_BYTES_MAX >= PATH_BYTES_MAX, "one buffer for both");

	switch (context->event->type) {
	case EVENT_SYSCALL_OPEN_X:
		return opened_path(context, -1, PARAMETER_INDEX(SYSCALL_OPEN_X, name), false, buffer);
	case EVENT_SYSCALL_CREAT_X:
		return opened_path(context, -1, PARAMETER_INDEX(SYSCALL_CREAT_X, name), false, buffer);
	case EVENT_SYSCALL_OPENAT_2_X:
		return opened_path(context, PARAMETER_INDEX(SYSCALL_OPENAT_2_X, dirfd),
				   PARAMETER_INDEX(SYSCALL_OPENAT_2_X, name), is_raw, buffer);
	case EVENT_SYSCALL_OPENAT2_X:
		return opened_path(context, PARAMETER_INDEX(SYSCALL_OPENAT2_X, dirfd),
				   PARAMETER_INDEX(SYSCALL_OPENAT2_X, name), is_raw, buffer);
	case EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X:
		return context_path(context, PARAMETER_INDEX(SYSCALL_OPEN_BY_HANDLE_AT_X, path));
	case EVENT_SOCKET_ACCEPT_5_X:
		return tuple_text(context, PARAMETER_INDEX(SOCKET_ACCEPT_5_X, tuple), buffer);
	case EVENT_SOCKET_ACCEPT4_6_X:
		return tuple_text(context, PARAMETER_INDEX(SOCKET_ACCEPT4_6_X, tuple), buffer);
	case EVENT_SOCKET_CONNECT_X:
		return tuple_text(context, PARAMETER_INDEX(SOCKET_CONNECT_X, tuple), buffer);
	default:
		return TEXT_EMPTY;
	}
}

/* What the call would have made. `open` is not among them: a failed one prints 'o'. */
static char letter_from_type(unsigned event_type)
{
	switch (event_type) {
	case EVENT_SYSCALL_OPENAT_2_X:
	case EVENT_SYSCALL_OPENAT2_X:
	case EVENT_SYSCALL_CREAT_X:
		return 'f';
	case EVENT_SOCKET_SOCKET_X:
	case EVENT_SOCKET_ACCEPT_5_X:
	case EVENT_SOCKET_ACCEPT4_6_X:
		return '4';
	case EVENT_SYSCALL_PIPE_X:
	case EVENT_SYSCALL_PIPE2_X:
		return 'p';
	case EVENT_SYSCALL_EVENTFD_X:
	case EVENT_SYSCALL_EVENTFD2_X:
		return 'e';
	case EVENT_SYSCALL_SIGNALFD_X:
	case EVENT_SYSCALL_SIGNALFD4_X:
		return 's';
	case EVENT_SYSCALL_TIMERFD_CREATE_X:
		return 't';
	case EVENT_SYSCALL_INOTIFY_INIT_X:
	case EVENT_SYSCALL_INOTIFY_INIT1_X:
		return 'i';
	default:
		return 'o';
	}
}

/* ---- name and type ---- */

struct value field_FD_NUM(struct field_context *context)
{
	if (!context_has_descriptor(context))
		return value_absent();
	return value_of_number(TYPE_INT64, (uint64_t)context_descriptor_number(context));
}

struct value field_FD_UID(struct field_context *context)
{
	if (!context_has_descriptor(context))
		return value_absent();
	buffer_append_signed(context->work, context->event->thread_id);
	buffer_append_signed(context->work, context_descriptor_number(context));
	return value_built(context);
}

ENTRY_FIELD(FD_TYPE, value_of_string(descriptor_type_name((enum descriptor_kind)descriptor->kind)))

struct value field_FD_TYPECHAR(struct field_context *context)
{
	const struct descriptor *descriptor;
	char letter;

	if (!context_has_descriptor(context))
		return value_absent();
	descriptor = context_descriptor(context);
	letter = descriptor ? descriptor_letter((enum descriptor_kind)descriptor->kind)
			    : letter_from_type(context->event->type);
	return value_copied(context, text_of(&letter, 1));
}

/* The name of the entry, else what the parameters tell. Lies in `buffer`, in a parameter or in the state. */
static struct text any_name(struct field_context *context, char buffer[SOCKET_TEXT_BYTES_MAX])
{
	const struct descriptor *descriptor = context_descriptor(context);

	return descriptor ? descriptor_name(descriptor) : name_from_parameters(context, false, buffer);
}

struct value field_FD_NAME(struct field_context *context)
{
	char buffer[SOCKET_TEXT_BYTES_MAX];
	const struct descriptor *descriptor;

	if (!context_has_descriptor(context))
		return value_absent();
	descriptor = context_descriptor(context);
	if (descriptor)
		return value_string(descriptor_name(descriptor));
	return value_copied(context, name_from_parameters(context, false, buffer));
}

struct value field_FD_NAMERAW(struct field_context *context)
{
	char buffer[SOCKET_TEXT_BYTES_MAX];
	const struct descriptor *descriptor;

	if (!context_has_descriptor(context))
		return value_absent();
	descriptor = context_descriptor(context);
	if (descriptor)
		return value_string(descriptor_raw_name(descriptor));
	return value_copied(context, name_from_parameters(context, true, buffer));
}

/* "/" for a file in the root and for a text without separators; a path that ends in one stays as it is. */
static struct text directory_part(struct text path)
{
	size_t position = text_find_last_byte(path, '/');

	if (position == SIZE_MAX || position == 0)
		return TEXT("/");
	return position + 1 < path.length ? text_slice(path, 0, position) : path;
}

/* False: neither a file nor a directory. */
static bool directory(struct field_context *context, char buffer[SOCKET_TEXT_BYTES_MAX], struct text *ret_directory)
{
	const struct descriptor *descriptor;

	if (!context_has_descriptor(context))
		return false;
	descriptor = context_descriptor(context);
	if (descriptor && descriptor->kind != DESCRIPTOR_FILE && descriptor->kind != DESCRIPTOR_DIRECTORY)
		return false;
	if (descriptor && descriptor->kind == DESCRIPTOR_DIRECTORY)
		*ret_directory = descriptor_name(descriptor);
	else
		*ret_directory = directory_part(any_name(context, buffer));
	return true;
}

struct value field_FD_DIRECTORY(struct field_context *context)
{
	char buffer[SOCKET_TEXT_BYTES_MAX];
	struct text text;

	return directory(context, buffer, &text) ? value_copied(context, text) : value_absent();
}

struct value field_FD_FILENAME(struct field_context *context)
{
	const struct descriptor *descriptor = context_entry(context);
	struct text name;
	size_t position;

	if (!descriptor || descriptor->kind != DESCRIPTOR_FILE)
		return value_absent();
	name = descriptor_name(descriptor);
	position = text_find_last_byte(name, '/');
	if (position == SIZE_MAX)
		return value_of_string("/");
	return value_string(position + 1 < name.length ? text_slice(name, position + 1, SIZE_MAX) : name);
}

/* The container id that the thread carries, which is empty on the host, and a colon before the text. */
static struct value with_container(struct field_context *context, struct text text)
{
	const struct thread *thread = context->event->thread;

	if (thread)
		buffer_append_text(context->work, thread_container_id(thread));
	buffer_append_byte(context->work, ':');
	buffer_append_text(context->work, text);
	return value_built(context);
}

struct value field_FD_CONTAINERNAME(struct field_context *context)
{
	char buffer[SOCKET_TEXT_BYTES_MAX];

	if (!context_has_descriptor(context))
		return value_absent();
	return with_container(context, any_name(context, buffer));
}

struct value field_FD_CONTAINERDIRECTORY(struct field_context *context)
{
	char buffer[SOCKET_TEXT_BYTES_MAX];
	struct text text;

	return directory(context, buffer, &text) ? with_container(context, text) : value_absent();
}

/* Set by state_apply() for the event, so there is nothing to predict. */
struct value field_FD_NAME_CHANGED(struct field_context *context)
{
	return context_entry(context) ? value_boolean(context->event->descriptor_name_changed) : value_absent();
}

/* ---- the file ---- */

ENTRY_FIELD(FD_DEV, value_of_number(TYPE_INT32, (uint64_t)(int32_t)descriptor->device))
ENTRY_FIELD(FD_DEV_MAJOR, value_of_number(TYPE_INT32, (descriptor->device & 0xfff00) >> 8))
ENTRY_FIELD(FD_DEV_MINOR, value_of_number(TYPE_INT32, (descriptor->device & 0xff) | ((descriptor->device >> 12) & 0xfff00)))
ENTRY_FIELD(FD_INO, value_of_number(TYPE_INT64, descriptor->inode))
ENTRY_FIELD(FD_IS_UPPER_LAYER, value_boolean(descriptor->is_upper_layer))
ENTRY_FIELD(FD_IS_LOWER_LAYER, value_boolean(descriptor->is_lower_layer))

/* ---- all open descriptors ---- */

static int compare_elements(const void *a, const void *b)
{
	return text_compare(value_text(a), value_text(b));
}

static struct value types_of_all(struct field_context *context, const struct descriptor_table *table)
{
	bool is_present[DESCRIPTOR_KIND_COUNT] = {false};
	const struct descriptor *descriptor;
	struct value *elements;
	size_t position = 0, count = 0, unique = 0;
	int64_t number;

	while (descriptor_table_next(table, &position, &number, &descriptor))
		is_present[descriptor->kind] = true;
	elements = value_elements(context, DESCRIPTOR_KIND_COUNT);
	if (!elements)
		return value_absent();
	for (unsigned kind = 0; kind < DESCRIPTOR_KIND_COUNT; kind++)
		if (is_present[kind])
			elements[count++] = value_of_string(descriptor_type_name((enum descriptor_kind)kind));
	qsort(elements, count, sizeof *elements, compare_elements);
	/* Listening and connected sockets, among others, have one name. */
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !text_equal(value_text(&elements[i]), value_text(&elements[unique - 1])))
			elements[unique++] = elements[i];
	return value_list(TYPE_CHARBUF, elements, unique);
}

struct value field_FD_TYPES(struct field_context *context)
{
	const struct thread *thread = context->event->thread;
	const struct descriptor *descriptor;
	struct value *element;

	if (!context_has_descriptor(context) || !thread)
		return value_absent();
	if (!context->request->has_argument)
		return types_of_all(context, thread_descriptors(thread));
	descriptor = thread_descriptor(thread, context->request->argument_number);
	element = descriptor ? value_elements(context, 1) : NULL;
	if (!element)
		return value_absent();
	*element = value_of_string(descriptor_type_name((enum descriptor_kind)descriptor->kind));
	return value_list(TYPE_CHARBUF, element, 1);
}
