/* Reads and writes, and what messages tell about sockets (event-model reference, section 10, "Messages"). */
#include <string.h>

#include "base/bytes.h"
#include "event/state/apply.h"

/* A transfer in either direction shows that the socket is connected. */
static struct descriptor *mark_connected(struct application *application)
{
	const struct descriptor *descriptor = application->event->descriptor;
	struct descriptor *edited;

	if (!descriptor_is_ip(descriptor) || descriptor->is_connected)
		return NULL;
	edited = application_edit(application);
	if (edited)
		edited->is_connected = true;
	return edited;
}

void apply_transfer(struct application *application)
{
	if (application->event->descriptor && has_succeeded(application))
		mark_connected(application);
}

/* The protocol as fields see it: without a role only a raw one is known. */
static bool is_tcp(const struct descriptor *descriptor)
{
	if (descriptor_is_listening(descriptor))
		return descriptor->protocol == PROTOCOL_TCP;
	return descriptor_is_ip(descriptor) && descriptor->role != ROLE_NONE && descriptor->protocol == PROTOCOL_TCP;
}

static bool end_equals(const struct socket_end *a, const struct socket_end *b)
{
	return a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* In either direction. */
static bool holds_tuple(const struct descriptor *descriptor, const struct socket_tuple *tuple)
{
	return (end_equals(&descriptor->source, &tuple->source) &&
		end_equals(&descriptor->destination, &tuple->destination)) ||
	       (end_equals(&descriptor->source, &tuple->destination) &&
		end_equals(&descriptor->destination, &tuple->source));
}

/*
 * The two ports that Falco's guess compares. For IPv6 it takes the bytes where those of an IPv4 tuple would stand: 8 to 11
 * of the source address.
 */
static void guessed_ports(const struct descriptor *descriptor, uint16_t *ret_source, uint16_t *ret_destination)
{
	if (descriptor->kind == DESCRIPTOR_IPV6) {
		*ret_source = load_u16(descriptor->source.address + 8);
		*ret_destination = load_u16(descriptor->source.address + 10);
	} else {
		*ret_source = descriptor->source.port;
		*ret_destination = descriptor->destination.port;
	}
}

static enum socket_role guess_role(const struct thread *thread, const struct descriptor *descriptor, bool is_received)
{
	const struct descriptor_table *table = thread_descriptors(thread);
	const struct descriptor *other;
	bool is_bound = false, is_client_port = false;
	uint16_t source, destination;
	size_t position = 0;
	int64_t number;

	guessed_ports(descriptor, &source, &destination);
	while (descriptor_table_next(table, &position, &number, &other)) {
		if (other->kind == DESCRIPTOR_IPV4) {
			is_bound |= other->destination.port == destination;
			is_client_port |= other->source.port == source;
		} else if (other->kind == DESCRIPTOR_IPV4_LISTENING) {
			is_bound |= other->source.port == destination;
		}
	}
	if (!is_bound)
		return ROLE_CLIENT;
	if (!is_client_port)
		return ROLE_SERVER;
	return is_received ? ROLE_SERVER : ROLE_CLIENT;
}

/*
 * An IPv6 message leaves a listening entry listening, but writes over its address, port and protocol what stands in those
 * places of the tuple: Falco keeps both in one union, and rules see it.
 */
static void overwrite_listening(struct descriptor *descriptor, const struct socket_tuple *tuple)
{
	struct socket_end end = {0};

	if (descriptor->kind == DESCRIPTOR_IPV6_LISTENING) {
		memcpy(end.address, tuple->source.address, 16);
		end.port = load_u16(tuple->destination.address);
		descriptor->protocol = tuple->destination.address[2];
	} else {
		memcpy(end.address, tuple->source.address, 4);
		end.port = load_u16(tuple->source.address + 4);
		descriptor->protocol = tuple->source.address[6];
	}
	if (descriptor->protocol > PROTOCOL_RAW)
		descriptor->protocol = PROTOCOL_UNKNOWN;
	descriptor->source = end;
}

/* Takes the tuple's ends; false when the entry holds them already. */
static bool take_tuple(struct application *application, struct descriptor *descriptor, struct socket_tuple *tuple)
{
	socket_tuple_unmap(tuple);
	if (tuple->family == SOCKET_FAMILY_IPV6 && descriptor_is_listening(descriptor)) {
		overwrite_listening(descriptor, tuple);
		return true;
	}
	if (tuple->family == SOCKET_FAMILY_IPV4 && descriptor->kind != DESCRIPTOR_IPV4) {
		descriptor->kind = DESCRIPTOR_IPV4;
		descriptor->source = descriptor->destination = (struct socket_end){0};
	}
	if (descriptor_is_ip(descriptor) && holds_tuple(descriptor, tuple))
		return false;
	if (descriptor_is_ip(descriptor)) {
		if (descriptor->protocol == PROTOCOL_UNKNOWN)
			descriptor->protocol = PROTOCOL_UDP;
		interface_list_replace_wildcard(&application->state->interfaces, tuple);
	}
	descriptor->source = tuple->source;
	descriptor->destination = tuple->destination;
	return true;
}

static void take_message(struct application *application, unsigned tuple_index, bool is_received)
{
	const struct event_parameter *parameter = event_parameter(application->event, tuple_index);
	struct descriptor *descriptor;
	struct socket_tuple tuple, shown;
	char buffer[SOCKET_TEXT_BYTES_MAX];
	struct shared_text *name;

	mark_connected(application);
	if (is_tcp(application->event->descriptor) && descriptor_name(application->event->descriptor).length > 0)
		return;
	if (!has_value(application->event, tuple_index))
		return;
	if (!socket_tuple_decode(parameter->bytes, parameter->length, &tuple)) {
		application->state->counters.malformed_parameters++;
		return;
	}
	shown = tuple;
	socket_tuple_unmap(&shown);
	/* The usual case, a connected socket: nothing is new. */
	if (descriptor_is_ip(application->event->descriptor) &&
	    shown.family == descriptor_family(application->event->descriptor) &&
	    holds_tuple(application->event->descriptor, &shown))
		return;
	descriptor = application_edit(application);
	if (!descriptor)
		return;
	if (tuple.family == SOCKET_FAMILY_UNIX) {
		descriptor->kind = DESCRIPTOR_UNIX;
		descriptor->source_pointer = tuple.source_pointer;
		descriptor->destination_pointer = tuple.destination_pointer;
	} else if ((tuple.family != SOCKET_FAMILY_IPV4 && tuple.family != SOCKET_FAMILY_IPV6) ||
		   !take_tuple(application, descriptor, &tuple)) {
		return;
	}
	if (!descriptor_is_ip(descriptor)) {
		application_rename(application, descriptor, socket_tuple_text(&shown, buffer));
		return;
	}
	if (descriptor->role == ROLE_NONE)
		descriptor->role = (uint8_t)guess_role(application->thread, descriptor, is_received);
	if (descriptor->role == (is_received ? ROLE_CLIENT : ROLE_SERVER))
		descriptor_swap_ends(descriptor);
	name = shared_text_share(descriptor->name);
	descriptor_name_by_addresses(application->state, descriptor);
	if (!text_equal(shared_text_get(name), descriptor_name(descriptor)))
		application->event->descriptor_name_changed = true;
	shared_text_release(&name);
}

/* A socket whose making was missed is taken for a datagram one. */
static void make_missed_socket(struct application *application, unsigned tuple_index)
{
	const struct event_parameter *parameter = event_parameter(application->event, tuple_index);
	struct descriptor *made;

	if (!has_value(application->event, tuple_index) || application->event->descriptor_number < 0)
		return;
	if (parameter->bytes[0] != SOCKET_FAMILY_IPV4 && parameter->bytes[0] != SOCKET_FAMILY_IPV6)
		return;
	made = descriptor_new(parameter->bytes[0] == SOCKET_FAMILY_IPV4 ? DESCRIPTOR_IPV4 : DESCRIPTOR_IPV6);
	if (made)
		made->protocol = PROTOCOL_UDP;
	application_put(application, application->event->descriptor_number, made);
}

void apply_send(struct application *application)
{
	/* send, sendto and sendmsg have the tuple in the same place. */
	unsigned tuple_index = PARAMETER_INDEX(SOCKET_SENDTO_X, tuple);

	if (!has_succeeded(application))
		return;
	if (!application->event->descriptor)
		make_missed_socket(application, tuple_index);
	if (application->event->descriptor)
		take_message(application, tuple_index, false);
}

void apply_sendmmsg(struct application *application)
{
	if (has_succeeded(application) && application->event->descriptor)
		take_message(application, PARAMETER_INDEX(SOCKET_SENDMMSG_X, tuple), false);
}

static void receive(struct application *application, unsigned tuple_index)
{
	if (has_succeeded(application) && application->event->descriptor)
		take_message(application, tuple_index, true);
}

void apply_recv(struct application *application)
{
	receive(application, PARAMETER_INDEX(SOCKET_RECV_X, tuple));
}

void apply_recvfrom(struct application *application)
{
	receive(application, PARAMETER_INDEX(SOCKET_RECVFROM_X, tuple));
}

/* ---- descriptors in messages ---- */

/* struct cmsghdr of a 64-bit Linux: u64 length with the header, i32 level, i32 type; aligned to 8. */
#define CONTROL_HEADER_BYTES 16
#define CONTROL_ALIGNMENT 8
#define LEVEL_SOCKET 1
#define TYPE_RIGHTS 1
#define RIGHTS_MAX 253 /* the kernel's limit */

/*
 * The received numbers are new entries of the process whose objects only the system knows: what the table has under them
 * is stale. Replay has nobody to ask and keeps what it has.
 */
static void learn_rights(struct application *application, struct text control)
{
	struct state *state = application->state;
	struct byte_reader reader = byte_reader_of(control.bytes, control.length);
	struct descriptor_table **slot = thread_descriptor_slot(application->thread);

	if (!state->private->lookup || !slot)
		return;
	while (byte_reader_left(&reader) >= CONTROL_HEADER_BYTES) {
		uint64_t length = byte_reader_u64(&reader);
		uint32_t level = byte_reader_u32(&reader), type = byte_reader_u32(&reader);
		const uint8_t *data;

		if (length < CONTROL_HEADER_BYTES || length - CONTROL_HEADER_BYTES > byte_reader_left(&reader))
			return;
		length -= CONTROL_HEADER_BYTES;
		data = byte_reader_take(&reader, length);
		for (uint64_t i = 0; level == LEVEL_SOCKET && type == TYPE_RIGHTS && i < length / 4 && i < RIGHTS_MAX; i++) {
			int64_t number = (int32_t)load_u32(data + 4 * i);

			state_count_error(state, descriptor_table_remove(slot, number));
			state_find_descriptor(state, application->thread, number);
		}
		byte_reader_take(&reader, (CONTROL_ALIGNMENT - length % CONTROL_ALIGNMENT) % CONTROL_ALIGNMENT);
		if (reader.failed)
			return;
	}
}

static void receive_with_control(struct application *application, unsigned tuple_index, unsigned control_index)
{
	receive(application, tuple_index);
	if (!has_succeeded(application) || !application->event->descriptor ||
	    application->event->descriptor->kind != DESCRIPTOR_UNIX)
		return;
	learn_rights(application, bytes_parameter(application->event, control_index));
	/* Putting entries may have replaced the table. */
	application->event->descriptor =
		thread_descriptor(application->thread, application->event->descriptor_number);
}

void apply_recvmsg(struct application *application)
{
	receive_with_control(application, PARAMETER_INDEX(SOCKET_RECVMSG_X, tuple),
			     PARAMETER_INDEX(SOCKET_RECVMSG_X, msgcontrol));
}

void apply_recvmmsg(struct application *application)
{
	receive_with_control(application, PARAMETER_INDEX(SOCKET_RECVMMSG_X, tuple),
			     PARAMETER_INDEX(SOCKET_RECVMMSG_X, msgcontrol));
}
