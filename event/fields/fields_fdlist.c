/* The descriptors of a poll set: fdlist.*, one element per descriptor (or per socket), joined by commas. */
#include "event/fields/field_context.h"

enum list_column { LIST_NUMBERS, LIST_NAMES, LIST_CLIENT_ADDRESSES, LIST_SERVER_ADDRESSES, LIST_CLIENT_PORTS, LIST_SERVER_PORTS };

/* The parameter with the list; -1: the event has none. */
static int list_parameter(unsigned event_type)
{
	switch (event_type) {
	case EVENT_SYSCALL_POLL_X:
		return PARAMETER_INDEX(SYSCALL_POLL_X, fds);
	case EVENT_SYSCALL_PPOLL_X:
		return PARAMETER_INDEX(SYSCALL_PPOLL_X, fds);
	default:
		return -1;
	}
}

/*
 * The end that the column shows; NULL: the descriptor has none. No role is needed. Of a listening socket only the address
 * is there, not the port, and it is read as IPv4 whatever it is.
 */
static const struct socket_end *list_end(const struct descriptor *descriptor, enum list_column column,
					 enum socket_family *ret_family)
{
	if (descriptor_is_ip(descriptor)) {
		*ret_family = descriptor_family(descriptor);
		return column == LIST_SERVER_ADDRESSES || column == LIST_SERVER_PORTS ? &descriptor->destination
										      : &descriptor->source;
	}
	*ret_family = SOCKET_FAMILY_IPV4;
	return descriptor_is_listening(descriptor) && column == LIST_SERVER_ADDRESSES ? &descriptor->source : NULL;
}

static void append_separator(struct buffer *out)
{
	if (out->length > 0)
		buffer_append_byte(out, ',');
}

static void append_element(struct buffer *out, enum list_column column, int64_t number, const struct descriptor *descriptor)
{
	const struct socket_end *end;
	enum socket_family family;
	struct text name;
	char text[46];

	switch (column) {
	case LIST_NUMBERS:
		append_separator(out);
		buffer_append_signed(out, number);
		return;
	case LIST_NAMES:
		name = descriptor ? descriptor_name(descriptor) : TEXT_EMPTY;
		append_separator(out);
		buffer_append_text(out, name.length > 0 ? name : TEXT("<NA>"));
		return;
	default:
		end = descriptor ? list_end(descriptor, column, &family) : NULL;
	}
	if (!end)
		return;
	append_separator(out);
	if (column == LIST_CLIENT_PORTS || column == LIST_SERVER_PORTS)
		buffer_append_decimal(out, end->port);
	else
		buffer_append_text(out, socket_end_text(end, family, text));
}

static struct value list_value(struct field_context *context, enum list_column column)
{
	int index = list_parameter(context->event->type);
	const struct thread *thread = context->event->thread;
	const struct event_parameter *parameter;
	const struct descriptor *descriptor;
	uint32_t position = 0;
	int64_t number;
	int16_t events;

	if (index < 0 || !thread)
		return value_absent();
	parameter = context_parameter(context, (unsigned)index);
	if (!parameter)
		return value_absent();
	while (descriptor_list_next(parameter->bytes, parameter->length, &position, &number, &events)) {
		descriptor = thread_descriptor(thread, number);
		append_element(context->work, column, number, descriptor);
	}
	return context->work->length > 0 ? value_built(context) : value_absent();
}

#define LIST_FIELD(constant, column)                                                                                   \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return list_value(context, column);                                                                    \
	}

LIST_FIELD(FDLIST_NUMS, LIST_NUMBERS)
LIST_FIELD(FDLIST_NAMES, LIST_NAMES)
LIST_FIELD(FDLIST_CIPS, LIST_CLIENT_ADDRESSES)
LIST_FIELD(FDLIST_SIPS, LIST_SERVER_ADDRESSES)
LIST_FIELD(FDLIST_CPORTS, LIST_CLIENT_PORTS)
LIST_FIELD(FDLIST_SPORTS, LIST_SERVER_PORTS)
