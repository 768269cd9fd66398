/*
 * Addresses, ports, protocols and roles of the event's socket (event-model reference, section 10; language reference,
 * section 4.10).
 */
#include "event/fields/prediction.h"

enum socket_side { SIDE_CLIENT, SIDE_SERVER, SIDE_LOCAL, SIDE_REMOTE };

/*
 * The end of the socket on that side; NULL: no value. Client and server are known only with the role; of a listening socket
 * there is but the server.
 */
static const struct socket_end *socket_side(struct field_context *context, const struct descriptor *descriptor,
					    enum socket_side side)
{
	bool source_is_local;

	if (descriptor->role == ROLE_NONE)
		return NULL;
	if (descriptor_is_listening(descriptor))
		return side == SIDE_SERVER ? &descriptor->source : NULL;
	if (!descriptor_is_ip(descriptor))
		return NULL;
	switch (side) {
	case SIDE_CLIENT:
		return &descriptor->source;
	case SIDE_SERVER:
		return &descriptor->destination;
	default:
		/* The kernel has not chosen the local end yet; whether it will pass for local depends on which it is. */
		if (context->is_predicted && socket_end_is_zero(&descriptor->source, descriptor_family(descriptor)))
			context->is_unknown = true;
		source_is_local = state_address_is_local(context->state, context->event->thread,
							 descriptor_family(descriptor), &descriptor->source);
		return source_is_local == (side == SIDE_LOCAL) ? &descriptor->source : &descriptor->destination;
	}
}

/* ---- addresses ---- */

static struct value address_value(const struct descriptor *descriptor, const struct socket_end *end, enum value_type type)
{
	size_t length = descriptor_family(descriptor) == SOCKET_FAMILY_IPV4 ? 4 : 16;

	return value_of_text(type, text_of((const char *)end->address, length));
}

static struct value side_address(struct field_context *context, enum socket_side side, enum value_type type)
{
	const struct descriptor *descriptor = context_entry(context);
	const struct socket_end *end = descriptor ? socket_side(context, descriptor, side) : NULL;

	return end ? address_value(descriptor, end, type) : value_absent();
}

static struct value side_port(struct field_context *context, enum socket_side side)
{
	const struct descriptor *descriptor = context_entry(context);
	const struct socket_end *end = descriptor ? socket_side(context, descriptor, side) : NULL;

	/* The port on which it listens needs no role. */
	if (descriptor && descriptor_is_listening(descriptor) && side == SIDE_SERVER)
		end = &descriptor->source;
	return end ? value_of_number(TYPE_PORT, end->port) : value_absent();
}

/* Ports are not translated to service names, so this is the number as a text. */
static struct value side_protocol(struct field_context *context, enum socket_side side)
{
	const struct descriptor *descriptor = context_entry(context);
	const struct socket_end *end;

	if (!descriptor || descriptor->role == ROLE_NONE)
		return value_absent();
	if (!descriptor_is_ip(descriptor)) {
		if (side == SIDE_CLIENT || (side == SIDE_SERVER && descriptor_is_listening(descriptor)))
			return value_string(TEXT_EMPTY);
		return value_absent();
	}
	end = socket_side(context, descriptor, side);
	buffer_append_decimal(context->work, end->port);
	return value_built(context);
}

/* fd.Xip, fd.Xnet, fd.Xport, fd.Xproto. */
#define SIDE_FIELDS(letter, side)                                                                                      \
	struct value field_FD_##letter##IP(struct field_context *context)                                              \
	{                                                                                                              \
		return side_address(context, side, TYPE_IPADDR);                                                       \
	}                                                                                                              \
                                                                                                                       \
	struct value field_FD_##letter##NET(struct field_context *context)                                             \
	{                                                                                                              \
		return side_address(context, side, TYPE_IPNET);                                                        \
	}                                                                                                              \
                                                                                                                       \
	struct value field_FD_##letter##PORT(struct field_context *context)                                            \
	{                                                                                                              \
		return side_port(context, side);                                                                       \
	}                                                                                                              \
                                                                                                                       \
	struct value field_FD_##letter##PROTO(struct field_context *context)                                           \
	{                                                                                                              \
		return side_protocol(context, side);                                                                   \
	}

SIDE_FIELDS(C, SIDE_CLIENT)
SIDE_FIELDS(S, SIDE_SERVER)
SIDE_FIELDS(L, SIDE_LOCAL)
SIDE_FIELDS(R, SIDE_REMOTE)

/* ---- either end ---- */

/* The ends as they are stored, whatever the role. 0 for what is not an IP socket. */
static size_t stored_ends(const struct descriptor *descriptor, const struct socket_end *ret_ends[2])
{
	if (!descriptor_is_ip(descriptor) && !descriptor_is_listening(descriptor))
		return 0;
	ret_ends[0] = &descriptor->source;
	ret_ends[1] = &descriptor->destination;
	return descriptor_is_listening(descriptor) ? 1 : 2;
}

/* A list for comparisons, empty (though it exists) for files and the like. These fields never print. */
static struct value either_end(struct field_context *context, enum value_type type)
{
	const struct descriptor *descriptor = context_entry(context);
	const struct socket_end *ends[2];
	struct value *elements;
	size_t count;

	if (!descriptor || (context->request->flags & SLOT_FLAG_EACH) == 0)
		return value_absent();
	elements = value_elements(context, 2);
	if (!elements)
		return value_absent();
	count = stored_ends(descriptor, ends);
	for (size_t i = 0; i < count; i++)
		elements[i] = type == TYPE_PORT ? value_of_number(type, ends[i]->port)
						: address_value(descriptor, ends[i], type);
	return value_list(type, elements, count);
}

struct value field_FD_IP(struct field_context *context)
{
	return either_end(context, TYPE_IPADDR);
}

struct value field_FD_NET(struct field_context *context)
{
	return either_end(context, TYPE_IPNET);
}

struct value field_FD_PORT(struct field_context *context)
{
	return either_end(context, TYPE_PORT);
}

struct value field_FD_PROTO(struct field_context *context)
{
	return either_end(context, TYPE_PORT);
}

/* ---- the socket ---- */

static const char *transport_name(const struct descriptor *descriptor)
{
	if (!descriptor_is_ip(descriptor) && !descriptor_is_listening(descriptor))
		return "<NA>";
	if (descriptor->protocol == PROTOCOL_RAW)
		return "raw";
	if (descriptor->role == ROLE_NONE)
		return "<NA>";
	switch (descriptor->protocol) {
	case PROTOCOL_TCP:
		return "tcp";
	case PROTOCOL_UDP:
		return "udp";
	case PROTOCOL_ICMP:
		return "icmp";
	default:
		return "<NA>";
	}
}

struct value field_FD_L4PROTO(struct field_context *context)
{
	const struct descriptor *descriptor = context_entry(context);

	return descriptor ? value_of_string(transport_name(descriptor)) : value_absent();
}

struct value field_FD_SOCKFAMILY(struct field_context *context)
{
	const struct descriptor *descriptor = context_entry(context);

	if (!descriptor)
		return value_absent();
	switch (descriptor_family(descriptor)) {
	case SOCKET_FAMILY_IPV4:
	case SOCKET_FAMILY_IPV6:
		return value_of_string("ip");
	case SOCKET_FAMILY_UNIX:
		return value_of_string("unix");
	default:
		return value_absent();
	}
}

struct value field_FD_IS_SERVER(struct field_context *context)
{
	const struct descriptor *descriptor = context_entry(context);

	if (!descriptor)
		return value_absent();
	if (descriptor_is_ip(descriptor))
		return value_boolean(state_address_is_local(context->state, context->event->thread,
							    descriptor_family(descriptor), &descriptor->destination));
	return value_boolean(descriptor_is_listening(descriptor));
}

struct value field_FD_CONNECTED(struct field_context *context)
{
	const struct descriptor *descriptor = context_entry(context);

	return descriptor ? value_boolean(descriptor->is_connected) : value_absent();
}
