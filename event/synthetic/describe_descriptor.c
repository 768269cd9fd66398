/* Descriptors: what is said of them, what follows from it, and how they come to be open. */
#include <sys/socket.h>

#include "event/synthetic/synthetic_internal.h"

/* Types as fd.type and fd.typechar show them. */
static const struct {
	const char *name, *letter;
	uint8_t list_type;
	uint8_t domain; /* enum socket_family */
} types[] = {
    {"file", "f", LIST_TYPE_FILE, 0},
    {"directory", "d", LIST_TYPE_DIRECTORY, 0},
    {"ipv4", "4", LIST_TYPE_IPV4, SOCKET_FAMILY_IPV4},
    {"ipv6", "6", LIST_TYPE_IPV6, SOCKET_FAMILY_IPV6},
    {"pipe", "p", LIST_TYPE_PIPE, 0},
    {"unix", "u", LIST_TYPE_UNIX, SOCKET_FAMILY_UNIX},
    {"event", "e", LIST_TYPE_EVENTFD, 0},
    {"signalfd", "s", LIST_TYPE_SIGNALFD, 0},
    {"eventpoll", "l", LIST_TYPE_EVENTPOLL, 0},
    {"inotify", "i", LIST_TYPE_INOTIFY, 0},
    {"timerfd", "t", LIST_TYPE_TIMERFD, 0},
    {"netlink", "n", LIST_TYPE_NETLINK, SOCKET_FAMILY_NETLINK},
    {"bpf", "b", LIST_TYPE_BPF, 0},
    {"userfaultfd", "", LIST_TYPE_USERFAULTFD, 0},
    {"io_uring", "r", LIST_TYPE_IO_URING, 0},
    {"memfd", "m", LIST_TYPE_MEMFD, 0},
    {"pidfd", "P", LIST_TYPE_PIDFD, 0},
};

#define CLIENT_PORT 40000
#define SERVER_PORT 443
#define OWN_ADDRESS TEXT("10.0.2.15")
#define OWN_ADDRESS_IPV6 TEXT("fd00::15")
#define FOREIGN_ADDRESS TEXT("192.0.2.1") /* TEST-NET-1 */
#define FOREIGN_ADDRESS_IPV6 TEXT("2001:db8::1")

static const char *type_at(size_t index, const void *context)
{
	(void)context;
	return index < sizeof types / sizeof types[0] ? types[index].name : NULL;
}

static bool set_type(struct descriptor_model *descriptor, struct text name)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (!text_is(name, types[i].name) && (name.length == 0 || !text_is(name, types[i].letter)))
			continue;
		descriptor->list_type = types[i].list_type;
		descriptor->domain = types[i].domain;
		return true;
	}
	return false;
}

/* Calls that work on nothing but sockets. */
static bool is_network_call(unsigned event_type)
{
	unsigned count = event_parameter_count(event_type);

	if (event_info(event_type)->category == CATEGORY_NET)
		return true;
	for (unsigned i = 0; i < count; i++)
		if (event_parameter_info(event_type, i)->type == TYPE_SOCKTUPLE)
			return true;
	return false;
}

/* What the call and the name suggest. */
static const char *suggested_type(const struct descriptor_model *descriptor, unsigned event_type)
{
	const struct descriptor_object *object = &descriptor->object;
	enum socket_family family;
	struct socket_tuple tuple;
	struct socket_end end;

	if (HAS_KEY(object, DESCRIPTOR_KEY_SIP) && address_of_text(object->sip, &family, &end))
		return family == SOCKET_FAMILY_IPV4 ? "ipv4" : "ipv6";
	if (HAS_KEY(object, DESCRIPTOR_KEY_CIP) && address_of_text(object->cip, &family, &end))
		return family == SOCKET_FAMILY_IPV4 ? "ipv4" : "ipv6";
	if (HAS_KEY(object, DESCRIPTOR_KEY_NAME) && tuple_of_text(object->name, &tuple))
		return tuple.family == SOCKET_FAMILY_IPV4 ? "ipv4" : "ipv6";
	if (HAS_KEY(object, DESCRIPTOR_KEY_NAME) && endpoint_of_text(object->name, &family, &end))
		return family == SOCKET_FAMILY_IPV4 ? "ipv4" : "ipv6";
	if (is_network_call(event_type) && HAS_KEY(object, DESCRIPTOR_KEY_NAME) && path_is_absolute(object->name))
		return "unix";
	if (is_network_call(event_type) || HAS_KEY(object, DESCRIPTOR_KEY_SPORT) ||
	    HAS_KEY(object, DESCRIPTOR_KEY_CPORT))
		return "ipv4";
	return "file";
}

/* ---- addresses ---- */

/* Which of the two ends: the keys that hold its parts. */
struct end_keys {
	const char *address, *port;
};

static bool read_end(struct synthetic_reader *reader, const struct yaml_node *node, struct end_keys keys,
		     struct text address, uint32_t port, uint8_t family, struct socket_end *ret_end)
{
	enum socket_family own_family;

	if (!address_of_text(address, &own_family, ret_end) || own_family != family) {
		report_error(&reader->report, range_of_key(node, keys.address), "'" TEXT_FORMAT "' is no %s address",
			     TEXT_ARGUMENTS(address), family == SOCKET_FAMILY_IPV4 ? "IPv4" : "IPv6");
		return false;
	}
	if (port > UINT16_MAX) {
		report_error(&reader->report, range_of_key(node, keys.port), "a port is a number up to 65535");
		return false;
	}
	ret_end->port = (uint16_t)port;
	return true;
}

static bool is_loopback(struct text address)
{
	return text_starts_with(address, TEXT("127.")) || text_is(address, "::1");
}

static bool describe_ends(struct synthetic_reader *reader, const struct yaml_node *node,
			  struct descriptor_model *descriptor)
{
	struct descriptor_object *object = &descriptor->object;
	bool is_ipv4 = descriptor->domain == SOCKET_FAMILY_IPV4;
	struct text own = is_ipv4 ? OWN_ADDRESS : OWN_ADDRESS_IPV6;
	struct text foreign = is_ipv4 ? FOREIGN_ADDRESS : FOREIGN_ADDRESS_IPV6;
	struct text client = descriptor->is_server ? foreign : own, server = descriptor->is_server ? own : foreign;
	enum socket_family family;

	descriptor->tuple.family = (uint8_t)descriptor->domain;
	if (HAS_KEY(object, DESCRIPTOR_KEY_NAME)) {
		if (tuple_of_text(object->name, &descriptor->tuple) && descriptor->tuple.family == descriptor->domain)
			return true;
		/* A socket that listens has one end. */
		if (endpoint_of_text(object->name, &family, &descriptor->tuple.destination) &&
		    (int)family == descriptor->domain) {
			descriptor->tuple.family = (uint8_t)family;
			return true;
		}
		report_error(&reader->report, range_of_key(node, "name"),
			     "the name of a socket is client:port->server:port, or address:port");
		return false;
	}
	if (HAS_KEY(object, DESCRIPTOR_KEY_SIP))
		server = object->sip;
	if (is_loopback(server))
		client = server;
	if (HAS_KEY(object, DESCRIPTOR_KEY_CIP))
		client = object->cip;
	return read_end(reader, node, (struct end_keys){"cip", "cport"}, client,
			HAS_KEY(object, DESCRIPTOR_KEY_CPORT) ? object->cport : CLIENT_PORT, descriptor->tuple.family,
			&descriptor->tuple.source) &&
	       read_end(reader, node, (struct end_keys){"sip", "sport"}, server,
			HAS_KEY(object, DESCRIPTOR_KEY_SPORT) ? object->sport : SERVER_PORT, descriptor->tuple.family,
			&descriptor->tuple.destination);
}

static const char *word_of_list(size_t index, const void *context)
{
	return ((const char *const *)context)[index];
}

static bool describe_socket(struct synthetic_reader *reader, const struct yaml_node *node, unsigned event_type,
			    struct descriptor_model *descriptor)
{
	static const char *const roles[] = {"client", "server", NULL};
	static const char *const protocols[] = {"tcp", "udp", "icmp", "raw", NULL};
	struct descriptor_object *object = &descriptor->object;

	descriptor->is_server = event_type == EVENT_SOCKET_ACCEPT_5_X || event_type == EVENT_SOCKET_ACCEPT4_6_X ||
				event_type == EVENT_SOCKET_BIND_X || event_type == EVENT_SOCKET_LISTEN_X;
	if (HAS_KEY(object, DESCRIPTOR_KEY_ROLE)) {
		descriptor->is_server = text_is(object->role, "server");
		if (!descriptor->is_server && !text_is(object->role, "client")) {
			report_unknown_word(reader, range_of_key(node, "role"), "role", object->role, word_of_list,
					    roles);
			return false;
		}
	}
	descriptor->protocol = PROTOCOL_TCP;
	if (HAS_KEY(object, DESCRIPTOR_KEY_L4PROTO)) {
		unsigned i = 0;

		while (protocols[i] && !text_is(object->l4proto, protocols[i]))
			i++;
		if (!protocols[i]) {
			report_unknown_word(reader, range_of_key(node, "l4proto"), "protocol", object->l4proto,
					    word_of_list, protocols);
			return false;
		}
		descriptor->protocol = (uint8_t)(PROTOCOL_TCP + i);
	}
	if (descriptor->domain != SOCKET_FAMILY_IPV4 && descriptor->domain != SOCKET_FAMILY_IPV6)
		return true;
	return describe_ends(reader, node, descriptor);
}

bool describe_descriptor(struct synthetic_reader *reader, const struct yaml_node *node, unsigned event_type,
			 struct descriptor_model *ret_descriptor)
{
	struct descriptor_model descriptor = {.object = {.number = -1, .name = TEXT_EMPTY}, .open_flags = OPEN_READ};
	uint64_t flags;

	if (!node) {
		*ret_descriptor = descriptor;
		return set_type(ret_descriptor, text_from_string(suggested_type(ret_descriptor, event_type))) &&
		       describe_socket(reader, NULL, event_type, ret_descriptor);
	}
	if (!read_object(reader, node, OBJECT_DESCRIPTOR, &descriptor.object))
		return false;
	descriptor.is_described = (descriptor.object.given & ~(UINT64_C(1) << DESCRIPTOR_KEY_NUM)) != 0;
	if (HAS_KEY(&descriptor.object, DESCRIPTOR_KEY_TYPE)) {
		if (!set_type(&descriptor, descriptor.object.type)) {
			report_unknown_word(reader, range_of_key(node, "type"), "type of descriptor",
					    descriptor.object.type, type_at, NULL);
			return false;
		}
	} else {
		set_type(&descriptor, text_from_string(suggested_type(&descriptor, event_type)));
	}
	if (descriptor.object.flags) {
		if (!read_flags(reader, descriptor.object.flags, FLAG_TABLE_file_flags, UINT32_MAX, &flags))
			return false;
		descriptor.open_flags = (uint32_t)flags;
	}
	if (!describe_socket(reader, node, event_type, &descriptor))
		return false;
	*ret_descriptor = descriptor;
	return true;
}

/* ---- how it came to be open ---- */

static bool set_number(struct synthetic_reader *reader, struct event_step *event, unsigned index, uint64_t number)
{
	enum value_type type = (enum value_type)event_parameter_info(event->type, index)->type;

	return encode_number(reader->arena, type, number, &event->parameters[index]);
}

/* An event before the one that the file describes: rules do not see it. */
static struct event_step *add_hidden(struct synthetic_reader *reader, unsigned type, uint64_t time_ns,
				     int64_t thread_id)
{
	struct event_step *event = add_event(reader, type, time_ns, thread_id);

	if (event)
		event->is_hidden = true;
	return event;
}

unsigned socket_type_of(const struct descriptor_model *descriptor)
{
	switch (descriptor->protocol) {
	case PROTOCOL_UDP:
	case PROTOCOL_ICMP:
		return SOCK_DGRAM;
	case PROTOCOL_RAW:
		return SOCK_RAW;
	default:
		return SOCK_STREAM;
	}
}

unsigned ip_protocol_of(const struct descriptor_model *descriptor)
{
	switch (descriptor->protocol) {
	case PROTOCOL_UDP:
		return 17;
	case PROTOCOL_ICMP:
		return 1;
	case PROTOCOL_RAW:
		return 255;
	default:
		return descriptor->domain == SOCKET_FAMILY_UNIX ? 0 : 6;
	}
}

static bool add_socket(struct synthetic_reader *reader, int64_t thread_id, const struct descriptor_model *descriptor,
		       int64_t number, uint64_t time_ns)
{
	struct event_step *event = add_hidden(reader, EVENT_SOCKET_SOCKET_X, time_ns, thread_id);

	return event && set_number(reader, event, PARAMETER_INDEX(SOCKET_SOCKET_X, fd), (uint64_t)number) &&
	       set_number(reader, event, PARAMETER_INDEX(SOCKET_SOCKET_X, domain), (uint64_t)descriptor->domain) &&
	       set_number(reader, event, PARAMETER_INDEX(SOCKET_SOCKET_X, type), socket_type_of(descriptor)) &&
	       set_number(reader, event, PARAMETER_INDEX(SOCKET_SOCKET_X, proto), ip_protocol_of(descriptor));
}

static bool add_connect(struct synthetic_reader *reader, int64_t thread_id, const struct descriptor_model *descriptor,
			int64_t number, uint64_t time_ns)
{
	struct event_step *event = add_hidden(reader, EVENT_SOCKET_CONNECT_X, time_ns, thread_id);

	return event && set_number(reader, event, PARAMETER_INDEX(SOCKET_CONNECT_X, fd), (uint64_t)number) &&
	       encode_tuple(reader->arena, &descriptor->tuple,
			    &event->parameters[PARAMETER_INDEX(SOCKET_CONNECT_X, tuple)]);
}

static bool add_bind(struct synthetic_reader *reader, int64_t thread_id, const struct descriptor_model *descriptor,
		     int64_t number, uint64_t time_ns)
{
	struct event_step *event = add_hidden(reader, EVENT_SOCKET_BIND_X, time_ns, thread_id);
	struct socket_address address = {.family = descriptor->tuple.family, .end = descriptor->tuple.destination};

	return event && set_number(reader, event, PARAMETER_INDEX(SOCKET_BIND_X, fd), (uint64_t)number) &&
	       encode_address(reader->arena, &address, &event->parameters[PARAMETER_INDEX(SOCKET_BIND_X, addr)]);
}

static bool add_accepted(struct synthetic_reader *reader, int64_t thread_id, const struct descriptor_model *descriptor,
			 int64_t number, uint64_t time_ns)
{
	struct event_step *event = add_hidden(reader, EVENT_SOCKET_ACCEPT4_6_X, time_ns, thread_id);

	return event && set_number(reader, event, PARAMETER_INDEX(SOCKET_ACCEPT4_6_X, fd), (uint64_t)number) &&
	       encode_tuple(reader->arena, &descriptor->tuple,
			    &event->parameters[PARAMETER_INDEX(SOCKET_ACCEPT4_6_X, tuple)]);
}

/*
 * The calls that make a socket such as the event finds it: role, protocol and name come of them as in a capture. A
 * socket of datagrams is connected by its messages.
 */
static bool add_ip_socket(struct synthetic_reader *reader, int64_t thread_id, unsigned event_type,
			  const struct descriptor_model *descriptor, int64_t number, uint64_t time_ns)
{
	bool is_stream = descriptor->protocol == PROTOCOL_TCP;

	if (event_type == EVENT_SOCKET_CONNECT_X || event_type == EVENT_SOCKET_BIND_X)
		return add_socket(reader, thread_id, descriptor, number, time_ns);
	if (event_type == EVENT_SOCKET_LISTEN_X || (descriptor->is_server && !is_stream))
		return add_socket(reader, thread_id, descriptor, number, time_ns) &&
		       add_bind(reader, thread_id, descriptor, number, time_ns);
	if (descriptor->is_server)
		return add_accepted(reader, thread_id, descriptor, number, time_ns);
	if (!is_stream && is_network_call(event_type))
		return add_socket(reader, thread_id, descriptor, number, time_ns);
	return add_socket(reader, thread_id, descriptor, number, time_ns) &&
	       add_connect(reader, thread_id, descriptor, number, time_ns);
}

bool add_descriptor(struct synthetic_reader *reader, struct process_model *process, unsigned event_type,
		    const struct descriptor_model *descriptor, int64_t number, uint64_t time_ns)
{
	struct step *step;

	if (descriptor->domain == SOCKET_FAMILY_IPV4 || descriptor->domain == SOCKET_FAMILY_IPV6)
		return add_ip_socket(reader, process->entry.tid, event_type, descriptor, number, time_ns);
	if (descriptor->domain == SOCKET_FAMILY_UNIX &&
	    (event_type == EVENT_SOCKET_CONNECT_X || event_type == EVENT_SOCKET_BIND_X))
		return add_socket(reader, process->entry.tid, descriptor, number, time_ns);
	step = synthetic_add_step(reader, STEP_DESCRIPTOR);
	if (!step)
		return false;
	/* Threads have the table of their leader. */
	step->descriptor.thread_id = process->entry.flags & CLONE_FLAG_FILES ? process->entry.pid : process->entry.tid;
	step->descriptor.entry = (struct descriptor_entry){
	    .number = number,
	    .list_type = descriptor->list_type == LIST_TYPE_FILE ? LIST_TYPE_FILE_WITH_FLAGS : descriptor->list_type,
	    .open_flags = descriptor->open_flags,
	    .device = descriptor->object.device,
	    .inode = descriptor->object.inode,
	    .name = descriptor->object.name,
	};
	return true;
}
