/* Socket calls: addresses from the caller's memory, the other ends from the socket itself. */
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/capture/borrowed_descriptor.h"
#include "agent/capture/decode_internal.h"
#include "agent/capture/proc_files.h"
#include "agent/capture/tracee_memory.h"
#include "base/bytes.h"

#define TUPLE_BYTES_MAX (1 + 16 + sizeof(struct sockaddr_un))

/* A sockaddr of any family, as far as it was there. */
struct address {
	int family; /* AF_UNSPEC: none */
	struct socket_end end;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
};

/* ---- reading ---- */

static void parse_address(const void *bytes, size_t length, struct address *ret_address)
{
	struct address address = {0};
	struct sockaddr_in in = {0};
	struct sockaddr_in6 in6 = {0};
	sa_family_t family;

	*ret_address = address;
	if (length < sizeof family)
		return;
	memcpy(&family, bytes, sizeof family);
	switch (family) {
	case AF_INET:
		if (length < offsetof(struct sockaddr_in, sin_zero))
			return;
		memcpy(&in, bytes, offsetof(struct sockaddr_in, sin_zero));
		memcpy(address.end.address, &in.sin_addr, sizeof in.sin_addr);
		address.end.port = ntohs(in.sin_port);
		break;
	case AF_INET6:
		if (length < offsetof(struct sockaddr_in6, sin6_scope_id))
			return;
		memcpy(&in6, bytes, offsetof(struct sockaddr_in6, sin6_scope_id));
		memcpy(address.end.address, &in6.sin6_addr, sizeof in6.sin6_addr);
		address.end.port = ntohs(in6.sin6_port);
		break;
	case AF_UNIX: {
		const char *path = (const char *)bytes + offsetof(struct sockaddr_un, sun_path);
		size_t path_length = length - offsetof(struct sockaddr_un, sun_path);

		if (length <= offsetof(struct sockaddr_un, sun_path))
			path_length = 0;
		if (path_length >= sizeof address.path)
			path_length = sizeof address.path - 1;
		/* Abstract names lose the NUL in front; everything ends at the next one. */
		if (path_length > 0 && path[0] == '\0') {
			path++;
			path_length--;
		}
		memcpy(address.path, path, strnlen(path, path_length));
		break;
	}
	default:
		break;
	}
	address.family = family;
	*ret_address = address;
}

static void read_address(struct decoder *decoder, uint64_t pointer, uint64_t length, struct address *ret_address)
{
	struct sockaddr_storage storage = {0};
	size_t wanted = length < sizeof storage ? (size_t)length : sizeof storage;
	ssize_t got = 0;

	if (pointer != 0 && wanted > 0) {
		got = tracee_read(&decoder->memory, pointer, &storage, wanted);
		if (got < 0)
			decoder->unreadable++;
	}
	parse_address(&storage, got > 0 ? (size_t)got : 0, ret_address);
}

/* Either end may be AF_UNSPEC: not connected, or not to be learned. */
static void read_ends(struct decoder *decoder, pid_t tid, int64_t number, struct address *ret_local,
		      struct address *ret_remote)
{
	struct sockaddr_storage storage;
	struct descriptor_entry entry;
	socklen_t length = sizeof storage;
	/* The leader's are the same, and it is found at once. */
	int copy = borrow_descriptor(decoder->thread && decoder->thread->pid > 0 ? (pid_t)decoder->thread->pid : tid, number);

	*ret_local = *ret_remote = (struct address){0};
	if (copy >= 0) {
		if (getsockname(copy, (struct sockaddr *)&storage, &length) == 0)
			parse_address(&storage, length < sizeof storage ? length : sizeof storage, ret_local);
		length = sizeof storage;
		if (getpeername(copy, (struct sockaddr *)&storage, &length) == 0)
			parse_address(&storage, length < sizeof storage ? length : sizeof storage, ret_remote);
		close(copy);
		return;
	}
	if (proc_read_descriptor(tid, number, decoder->scratch, &entry) < 0)
		return;
	if (entry.list_type == LIST_TYPE_IPV4 || entry.list_type == LIST_TYPE_IPV6) {
		ret_local->family = ret_remote->family = entry.list_type == LIST_TYPE_IPV4 ? AF_INET : AF_INET6;
		ret_local->end = entry.source;
		ret_remote->end = entry.destination;
		if (ret_remote->end.port == 0)
			ret_remote->family = AF_UNSPEC;
	} else if (entry.list_type == LIST_TYPE_UNIX) {
		ret_local->family = AF_UNIX;
	}
}

/* ---- writing ---- */

static size_t put_end(uint8_t *bytes, const struct address *address, bool is_ipv6)
{
	size_t address_bytes = is_ipv6 ? 16 : 4;

	memcpy(bytes, address->end.address, address_bytes);
	store_u16(bytes + address_bytes, address->end.port);
	return address_bytes + 2;
}

/* SOCKADDR: family, then the address (scap-format reference, section 10). */
static void set_address(struct decoder *decoder, struct event *event, unsigned index, const struct address *address)
{
	uint8_t *bytes = arena_allocate(decoder->scratch, TUPLE_BYTES_MAX);
	size_t length = 1;

	if (!bytes || address->family == AF_UNSPEC) {
		set_empty(event, index);
		return;
	}
	bytes[0] = (uint8_t)address->family;
	if (address->family == AF_INET || address->family == AF_INET6) {
		length += put_end(bytes + length, address, address->family == AF_INET6);
	} else if (address->family == AF_UNIX) {
		memcpy(bytes + length, address->path, strlen(address->path) + 1);
		length += strlen(address->path) + 1;
	}
	set_bytes(event, index, bytes, length);
}

/* SOCKTUPLE; the family is that of the ends. Kernel pointers of unix sockets are not to be had: zero. */
static void set_tuple(struct decoder *decoder, struct event *event, unsigned index, const struct address *source,
		      const struct address *destination)
{
	int family = source->family != AF_UNSPEC ? source->family : destination->family;
	uint8_t *bytes = arena_allocate(decoder->scratch, TUPLE_BYTES_MAX);
	const char *path;
	size_t length = 1;

	if (!bytes || (family != AF_INET && family != AF_INET6 && family != AF_UNIX)) {
		set_empty(event, index);
		return;
	}
	bytes[0] = (uint8_t)family;
	if (family == AF_UNIX) {
		path = destination->path[0] ? destination->path : source->path;
		memset(bytes + 1, 0, 16);
		memcpy(bytes + 17, path, strlen(path) + 1);
		length = 17 + strlen(path) + 1;
	} else {
		length += put_end(bytes + length, source, family == AF_INET6);
		length += put_end(bytes + length, destination, family == AF_INET6);
	}
	set_bytes(event, index, bytes, length);
}

/* ---- the calls ---- */

void decode_socket(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	uint64_t type = call->arguments[1] & UINT32_MAX;

	set_number(decoder, event, PARAMETER_INDEX(SOCKET_SOCKET_X, type), type);
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_SOCKET_X, flags),
		   descriptor_flags_from_kernel(type & (SOCK_CLOEXEC | SOCK_NONBLOCK), ARCHITECTURE_X86_64));
}

void decode_bind(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct address address;

	read_address(decoder, call->arguments[1], call->arguments[2] & UINT32_MAX, &address);
	set_address(decoder, event, PARAMETER_INDEX(SOCKET_BIND_X, addr), &address);
}

void decode_connect(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct address wanted, local, remote;

	read_address(decoder, call->arguments[1], call->arguments[2] & UINT32_MAX, &wanted);
	set_address(decoder, event, PARAMETER_INDEX(SOCKET_CONNECT_X, addr), &wanted);
	if (!call->has_result)
		return;
	if (call->result != 0 && call->result != -EINPROGRESS) {
		set_empty(event, PARAMETER_INDEX(SOCKET_CONNECT_X, tuple));
		return;
	}
	read_ends(decoder, call->tid, (int64_t)(int32_t)call->arguments[0], &local, &remote);
	/* The kernel's word counts: the caller's memory may have been changed since it was read there. */
	if (remote.family == AF_INET || remote.family == AF_INET6)
		wanted = remote;
	if (local.family != wanted.family)
		local = (struct address){.family = wanted.family};
	set_tuple(decoder, event, PARAMETER_INDEX(SOCKET_CONNECT_X, tuple), &local, &wanted);
}

_Static_assert(PARAMETER_INDEX(SOCKET_ACCEPT_5_X, tuple) == PARAMETER_INDEX(SOCKET_ACCEPT4_6_X, tuple) &&
		       PARAMETER_INDEX(SOCKET_ACCEPT_5_X, queuemax) == PARAMETER_INDEX(SOCKET_ACCEPT4_6_X, queuemax),
	       "both events have the same parameters up to the flags");

void decode_accept(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct address local, remote;

	if (event->type == EVENT_SOCKET_ACCEPT4_6_X)
		set_number(decoder, event, PARAMETER_INDEX(SOCKET_ACCEPT4_6_X, flags),
			   descriptor_flags_from_kernel(call->arguments[3] & UINT32_MAX, ARCHITECTURE_X86_64));
	if (!call->has_result)
		return;
	/* The backlog is known to the kernel alone. */
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_ACCEPT_5_X, queuepct), 0);
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_ACCEPT_5_X, queuelen), 0);
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_ACCEPT_5_X, queuemax), 0);
	if (!succeeded(call))
		return;
	read_ends(decoder, call->tid, call->result, &local, &remote);
	set_tuple(decoder, event, PARAMETER_INDEX(SOCKET_ACCEPT_5_X, tuple), &remote, &local);
}

/* Sent to `wanted`, or where the socket is connected to. */
static void set_sent_tuple(struct decoder *decoder, const struct engine_call *call, struct event *event, unsigned index,
			   const struct address *wanted)
{
	struct address local, remote;

	if (!succeeded(call))
		return;
	read_ends(decoder, call->tid, (int64_t)(int32_t)call->arguments[0], &local, &remote);
	if (wanted->family != AF_UNSPEC)
		remote = *wanted;
	if (remote.family == AF_UNSPEC)
		return;
	if (local.family != remote.family)
		local = (struct address){.family = remote.family};
	set_tuple(decoder, event, index, &local, &remote);
}

static void set_received_tuple(struct decoder *decoder, const struct engine_call *call, struct event *event, unsigned index,
			       const struct address *from)
{
	struct address local, remote;

	if (!succeeded(call))
		return;
	read_ends(decoder, call->tid, (int64_t)(int32_t)call->arguments[0], &local, &remote);
	if (from->family != AF_UNSPEC)
		remote = *from;
	if (remote.family == AF_UNSPEC)
		return;
	if (local.family != remote.family)
		local = (struct address){.family = remote.family};
	set_tuple(decoder, event, index, &remote, &local);
}

static uint64_t data_length(const struct engine_call *call, uint64_t asked)
{
	return call->has_result ? (call->result >= 0 ? (uint64_t)call->result : asked) : asked;
}

void decode_sendto(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct address wanted;

	set_data_at(decoder, event, PARAMETER_INDEX(SOCKET_SENDTO_X, data), call->arguments[1],
		    data_length(call, call->arguments[2]));
	read_address(decoder, call->arguments[4], call->arguments[5] & UINT32_MAX, &wanted);
	set_sent_tuple(decoder, call, event, PARAMETER_INDEX(SOCKET_SENDTO_X, tuple), &wanted);
}

void decode_recvfrom(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct address from = {0};
	uint32_t length = 0;

	if (!succeeded(call))
		return;
	set_data_at(decoder, event, PARAMETER_INDEX(SOCKET_RECVFROM_X, data), call->arguments[1],
		    (uint64_t)call->result);
	if (call->arguments[5] != 0 &&
	    tracee_read(&decoder->memory, call->arguments[5], &length, sizeof length) == (ssize_t)sizeof length)
		read_address(decoder, call->arguments[4], length, &from);
	set_received_tuple(decoder, call, event, PARAMETER_INDEX(SOCKET_RECVFROM_X, tuple), &from);
}

/* The first part of a message's data, and the sum of all parts' lengths. */
struct message {
	uint64_t name, name_length, first_address, first_length, total_length, control, control_length;
};

#define PARTS_MAX 16 /* more are counted by what these hold: the size is only printed */

static bool read_message(struct decoder *decoder, uint64_t pointer, struct message *ret_message)
{
	uint64_t header[7]; /* struct msghdr: name, namelen, iov, iovlen, control, controllen, flags */
	uint64_t parts[PARTS_MAX][2];
	size_t count;

	*ret_message = (struct message){0};
	if (tracee_read(&decoder->memory, pointer, header, sizeof header) != (ssize_t)sizeof header) {
		decoder->unreadable++;
		return false;
	}
	ret_message->name = header[0];
	ret_message->name_length = header[1] & UINT32_MAX;
	ret_message->control = header[4];
	ret_message->control_length = header[5];
	count = header[3] < PARTS_MAX ? (size_t)header[3] : PARTS_MAX;
	if (count > 0 && tracee_read(&decoder->memory, header[2], parts, count * sizeof parts[0]) == (ssize_t)(count * sizeof parts[0])) {
		ret_message->first_address = parts[0][0];
		ret_message->first_length = parts[0][1];
		for (size_t i = 0; i < count; i++)
			ret_message->total_length += parts[i][1];
	}
	return true;
}

void decode_sendmsg(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct address wanted = {0};
	struct message message;
	uint64_t length;

	if (!read_message(decoder, call->arguments[1], &message))
		return;
	length = data_length(call, message.total_length);
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_SENDMSG_X, size), message.total_length);
	set_data_at(decoder, event, PARAMETER_INDEX(SOCKET_SENDMSG_X, data), message.first_address,
		    length < message.first_length ? length : message.first_length);
	read_address(decoder, message.name, message.name_length, &wanted);
	set_sent_tuple(decoder, call, event, PARAMETER_INDEX(SOCKET_SENDMSG_X, tuple), &wanted);
}

#define CONTROL_BYTES_MAX 4096 /* the kernel gives at most 253 descriptors at a time */

/* What came beside the data, descriptors among it: the kernel has written its length into the header. */
static void set_control(struct decoder *decoder, struct event *event, unsigned index, const struct message *message)
{
	size_t length = message->control_length < CONTROL_BYTES_MAX ? (size_t)message->control_length : CONTROL_BYTES_MAX;
	char *bytes = length ? arena_allocate(decoder->scratch, length) : NULL;
	ssize_t got = bytes ? tracee_read(&decoder->memory, message->control, bytes, length) : 0;

	if (got < 0)
		decoder->unreadable++;
	set_bytes(event, index, got > 0 ? bytes : NULL, got > 0 ? (size_t)got : 0);
}

void decode_recvmsg(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct address from = {0};
	struct message message;
	uint64_t length;

	if (!call->has_result || !read_message(decoder, call->arguments[1], &message))
		return;
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_RECVMSG_X, size), message.total_length);
	if (!succeeded(call))
		return;
	length = (uint64_t)call->result;
	set_data_at(decoder, event, PARAMETER_INDEX(SOCKET_RECVMSG_X, data), message.first_address,
		    length < message.first_length ? length : message.first_length);
	set_control(decoder, event, PARAMETER_INDEX(SOCKET_RECVMSG_X, msgcontrol), &message);
	read_address(decoder, message.name, message.name_length, &from);
	set_received_tuple(decoder, call, event, PARAMETER_INDEX(SOCKET_RECVMSG_X, tuple), &from);
}
