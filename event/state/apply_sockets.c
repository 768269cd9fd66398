/* socket, socketpair, bind, connect, accept (event-model reference, section 10). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "event/state/apply.h"

#define UNSIGNED(constant, name) ((uint32_t)event_parameter_unsigned(event, PARAMETER_INDEX(constant, name), 0))
#define SIGNED(constant, name) (event_parameter_signed(event, PARAMETER_INDEX(constant, name), -1))

/* IP protocol numbers (RFC 1700), as the protocol argument of socket has them. */
enum { IP_PROTOCOL_DEFAULT = 0, IP_PROTOCOL_ICMP = 1, IP_PROTOCOL_TCP = 6, IP_PROTOCOL_UDP = 17, IP_PROTOCOL_RAW = 255 };

void descriptor_swap_ends(struct descriptor *descriptor)
{
	struct socket_end source = descriptor->source;

	descriptor->source = descriptor->destination;
	descriptor->destination = source;
}

void descriptor_name_by_addresses(struct state *state, struct descriptor *descriptor)
{
	struct socket_tuple tuple = {.family = (uint8_t)descriptor_family(descriptor),
				     .source = descriptor->source,
				     .destination = descriptor->destination};
	char buffer[SOCKET_TEXT_BYTES_MAX], source[46], destination[46];
	struct text name;

	switch (descriptor->protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
		name = socket_tuple_text(&tuple, buffer);
		break;
	case PROTOCOL_ICMP:
	case PROTOCOL_RAW:
		socket_tuple_unmap(&tuple);
		/* Without ports. Rare enough for printf. */
		snprintf(buffer, sizeof buffer, TEXT_FORMAT "->" TEXT_FORMAT,
			 TEXT_ARGUMENTS(socket_end_text(&tuple.source, tuple.family, source)),
			 TEXT_ARGUMENTS(socket_end_text(&tuple.destination, tuple.family, destination)));
		name = text_from_string(buffer);
		break;
	default:
		name = TEXT("<unknown>");
		break;
	}
	state_set_text(state, &descriptor->name, name);
}

static enum socket_protocol protocol_of(uint32_t type, uint32_t protocol)
{
	bool is_raw = type == SOCK_RAW;

	switch (protocol) {
	case IP_PROTOCOL_TCP:
		return is_raw ? PROTOCOL_RAW : PROTOCOL_TCP;
	case IP_PROTOCOL_UDP:
		return is_raw ? PROTOCOL_RAW : PROTOCOL_UDP;
	case IP_PROTOCOL_ICMP:
		return is_raw ? PROTOCOL_RAW : PROTOCOL_ICMP;
	case IP_PROTOCOL_RAW:
		return PROTOCOL_RAW;
	case IP_PROTOCOL_DEFAULT:
		if ((type & 0xff) == SOCK_STREAM)
			return PROTOCOL_TCP;
		return (type & 0xff) == SOCK_DGRAM ? PROTOCOL_UDP : PROTOCOL_UNKNOWN;
	default:
		return PROTOCOL_UNKNOWN;
	}
}

static enum descriptor_kind kind_of_domain(uint32_t domain)
{
	switch (domain) {
	case SOCKET_FAMILY_UNIX:
		return DESCRIPTOR_UNIX;
	case SOCKET_FAMILY_IPV4:
		return DESCRIPTOR_IPV4;
	case SOCKET_FAMILY_IPV6:
		return DESCRIPTOR_IPV6;
	case SOCKET_FAMILY_NETLINK:
		return DESCRIPTOR_NETLINK;
	default:
		return DESCRIPTOR_UNKNOWN;
	}
}

static struct descriptor *new_socket(struct event *event)
{
	struct descriptor *made = descriptor_new(kind_of_domain(UNSIGNED(SOCKET_SOCKET_X, domain)));

	if (!made)
		return NULL;
	made->open_flags = UNSIGNED(SOCKET_SOCKET_X, flags);
	made->close_on_exec = made->open_flags & OPEN_CLOSE_ON_EXEC;
	if (descriptor_is_ip(made))
		made->protocol = (uint8_t)protocol_of(UNSIGNED(SOCKET_SOCKET_X, type), UNSIGNED(SOCKET_SOCKET_X, proto));
	return made;
}

void apply_socket(struct application *application)
{
	if (has_succeeded(application))
		application_put(application, application->result, new_socket(application->event));
}

struct descriptor *predict_socket(struct application *application)
{
	return new_socket(application->event);
}

void apply_socketpair(struct application *application)
{
	struct event *event = application->event;
	int64_t first = SIGNED(SOCKET_SOCKETPAIR_X, fd1), second = SIGNED(SOCKET_SOCKETPAIR_X, fd2);
	struct descriptor *made;

	if (!has_succeeded(application) || first == second)
		return;
	made = descriptor_new(DESCRIPTOR_UNIX);
	if (made) {
		made->source_pointer = event_parameter_unsigned(event, PARAMETER_INDEX(SOCKET_SOCKETPAIR_X, source), 0);
		made->destination_pointer = event_parameter_unsigned(event, PARAMETER_INDEX(SOCKET_SOCKETPAIR_X, peer), 0);
		application_put(application, first, descriptor_copy(made));
	}
	application_put(application, second, made);
}

struct descriptor *predict_socketpair(struct application *application)
{
	(void)application;
	return descriptor_new(DESCRIPTOR_UNIX);
}

/* ---- bind ---- */

static bool read_address(struct application *application, unsigned index, struct socket_address *ret_address)
{
	const struct event_parameter *parameter = event_parameter(application->event, index);

	if (!has_value(application->event, index))
		return false;
	if (socket_address_decode(parameter->bytes, parameter->length, ret_address))
		return true;
	application->state->counters.malformed_parameters++;
	return false;
}

static bool read_tuple(struct application *application, unsigned index, struct socket_tuple *ret_tuple)
{
	const struct event_parameter *parameter = event_parameter(application->event, index);

	if (!has_value(application->event, index))
		return false;
	if (socket_tuple_decode(parameter->bytes, parameter->length, ret_tuple))
		return true;
	application->state->counters.malformed_parameters++;
	return false;
}

/* A port makes it a listening socket, whatever its protocol. */
static void fill_bound(struct descriptor *descriptor, const struct socket_address *address)
{
	struct socket_end end = address->end;
	bool is_ip = address->family == SOCKET_FAMILY_IPV4 || address->family == SOCKET_FAMILY_IPV6;

	if (!is_ip || end.port == 0)
		return;
	descriptor->kind = DESCRIPTOR_IPV4_LISTENING;
	if (address->family == SOCKET_FAMILY_IPV6 && !socket_end_is_mapped(&end)) {
		descriptor->kind = DESCRIPTOR_IPV6_LISTENING;
	} else if (address->family == SOCKET_FAMILY_IPV6) {
		memmove(end.address, end.address + 12, 4);
		memset(end.address + 4, 0, 12);
	}
	descriptor->source = end;
	descriptor->destination = (struct socket_end){0};
	descriptor->role = ROLE_SERVER;
}

void apply_bind(struct application *application)
{
	struct socket_address address;
	struct descriptor *descriptor;
	char buffer[SOCKET_TEXT_BYTES_MAX];

	if (!has_succeeded(application) || !application->event->descriptor ||
	    !read_address(application, PARAMETER_INDEX(SOCKET_BIND_X, addr), &address))
		return;
	descriptor = application_edit(application);
	if (!descriptor)
		return;
	fill_bound(descriptor, &address);
	/* The text of the parameter, not of what became of it. */
	application_rename(application, descriptor, socket_address_text(&address, buffer));
}

struct descriptor *predict_bind(struct application *application)
{
	const struct descriptor *socket = application->event->descriptor;
	struct socket_address address;
	struct descriptor *copy;
	char buffer[SOCKET_TEXT_BYTES_MAX];

	if (!socket || !read_address(application, PARAMETER_INDEX(SOCKET_BIND_X, addr), &address))
		return NULL;
	copy = descriptor_copy(socket);
	if (copy) {
		fill_bound(copy, &address);
		state_set_text(application->state, &copy->name, socket_address_text(&address, buffer));
	}
	return copy;
}

/* ---- connect ---- */

static void take_client_role(struct descriptor *descriptor)
{
	if (descriptor->role == ROLE_NONE || (descriptor->role == ROLE_SERVER && descriptor->protocol == PROTOCOL_UDP))
		descriptor->role = ROLE_CLIENT;
}

static bool ends_equal(const struct socket_end *a, const struct socket_end *b)
{
	return a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

/*
 * A destination that is what the caller's memory held at exit could have been swapped: then the copy made at entry counts.
 * One that differs came from the kernel (section 16).
 */
static void prefer_enter(struct application *application, struct socket_tuple *tuple)
{
	const struct pending_enter *pending = application_enter(application, EVENT_SOCKET_CONNECT_E);
	struct socket_address enter, exit;

	if (!pending || !socket_address_decode(pending->bytes, pending->length, &enter) ||
	    !read_address(application, PARAMETER_INDEX(SOCKET_CONNECT_X, addr), &exit))
		return;
	if (enter.family != tuple->family || exit.family != tuple->family)
		return;
	if (tuple->family == SOCKET_FAMILY_UNIX && text_equal(tuple->path, exit.path))
		tuple->path = enter.path;
	else if (tuple->family != SOCKET_FAMILY_UNIX && ends_equal(&tuple->destination, &exit.end))
		tuple->destination = enter.end;
}

static void fill_connected(struct state *state, struct descriptor *descriptor, struct socket_tuple *tuple)
{
	socket_tuple_unmap(tuple);
	descriptor->kind = tuple->family == SOCKET_FAMILY_IPV4 ? DESCRIPTOR_IPV4 : DESCRIPTOR_IPV6;
	descriptor->source = tuple->source;
	descriptor->destination = tuple->destination;
	take_client_role(descriptor);
	descriptor_name_by_addresses(state, descriptor);
}

/* Without a tuple (TCP fast open) only the destination that was asked for is known. */
static void fill_destination(struct descriptor *descriptor, const struct socket_address *address)
{
	struct socket_tuple tuple = {.family = address->family, .destination = address->end};

	if (tuple.family != SOCKET_FAMILY_IPV4 && tuple.family != SOCKET_FAMILY_IPV6)
		return;
	socket_tuple_unmap(&tuple);
	descriptor->kind = tuple.family == SOCKET_FAMILY_IPV4 ? DESCRIPTOR_IPV4 : DESCRIPTOR_IPV6;
	descriptor->destination = tuple.destination;
}

void apply_connect(struct application *application)
{
	const struct pending_enter *pending = application_enter(application, EVENT_SOCKET_CONNECT_E);
	struct descriptor *descriptor;
	struct socket_address address;
	struct socket_tuple tuple;
	char buffer[SOCKET_TEXT_BYTES_MAX];
	struct shared_text *name;

	if (!application->event->descriptor || (!has_succeeded(application) && application->result != -EINPROGRESS))
		return;
	descriptor = application_edit(application);
	if (!descriptor)
		return;
	descriptor->is_connected = true;
	if (!read_tuple(application, PARAMETER_INDEX(SOCKET_CONNECT_X, tuple), &tuple)) {
		if (pending && socket_address_decode(pending->bytes, pending->length, &address))
			fill_destination(descriptor, &address);
		return;
	}
	prefer_enter(application, &tuple);
	if (tuple.family == SOCKET_FAMILY_IPV4 || tuple.family == SOCKET_FAMILY_IPV6) {
		name = shared_text_share(descriptor->name);
		fill_connected(application->state, descriptor, &tuple);
		application->event->descriptor_name_changed =
			!text_equal(shared_text_get(name), descriptor_name(descriptor));
		shared_text_release(&name);
	} else if (tuple.family == SOCKET_FAMILY_UNIX && descriptor->kind == DESCRIPTOR_UNIX) {
		descriptor->source_pointer = tuple.source_pointer;
		descriptor->destination_pointer = tuple.destination_pointer;
		take_client_role(descriptor);
		application_rename(application, descriptor, socket_tuple_text(&tuple, buffer));
	}
}

struct descriptor *predict_connect(struct application *application)
{
	const struct descriptor *socket = application->event->descriptor;
	struct socket_address address;
	struct descriptor *copy;

	if (!socket || !read_address(application, PARAMETER_INDEX(SOCKET_CONNECT_X, addr), &address))
		return NULL;
	copy = descriptor_copy(socket);
	if (!copy)
		return NULL;
	copy->is_connected = true;
	fill_destination(copy, &address);
	take_client_role(copy);
	shared_text_release(&copy->name);
	return copy;
}

/* ---- accept ---- */

void apply_accept(struct application *application)
{
	struct event *event = application->event;
	struct descriptor *made;
	struct socket_tuple tuple, shown;
	char buffer[SOCKET_TEXT_BYTES_MAX];

	if (!has_succeeded(application))
		return;
	event->descriptor_number = application->result;
	/* Both versions of the event have the tuple in the same place. */
	if (!read_tuple(application, PARAMETER_INDEX(SOCKET_ACCEPT_5_X, tuple), &tuple))
		return;
	shown = tuple;
	socket_tuple_unmap(&tuple);
	if (kind_of_domain(tuple.family) > DESCRIPTOR_UNIX)
		return;
	made = descriptor_new(kind_of_domain(tuple.family));
	if (made) {
		if (made->kind == DESCRIPTOR_UNIX) {
			made->source_pointer = tuple.source_pointer;
			made->destination_pointer = tuple.destination_pointer;
		} else {
			made->source = tuple.source;
			made->destination = tuple.destination;
			made->protocol = PROTOCOL_TCP;
		}
		made->role = ROLE_SERVER;
		made->is_connected = true;
		/* Delivered as open flags, although the flag table names none. */
		if (event->type == EVENT_SOCKET_ACCEPT4_6_X)
			made->open_flags = UNSIGNED(SOCKET_ACCEPT4_6_X, flags);
		made->close_on_exec = made->open_flags & OPEN_CLOSE_ON_EXEC;
		state_set_text(application->state, &made->name, socket_tuple_text(&shown, buffer));
	}
	application_put(application, application->result, made);
}
