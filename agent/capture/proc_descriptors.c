/* Descriptors from /proc/PID/fd, sockets with their addresses from /proc/PID/net. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/capture/borrowed_descriptor.h"
#include "agent/capture/proc_files.h"
#include "base/buffer.h"
#include "catalog/catalog.h"

#define LINK_BYTES 4096
#define NET_FILE_BYTES_MAX ((size_t)8 << 20)
#define TCP_LISTEN 0x0a
#define USERS_FILE_BYTES_MAX ((size_t)1 << 20)

static const struct {
	const char *link;
	uint8_t type;
} anonymous_links[] = {
	{"anon_inode:[eventfd]", LIST_TYPE_EVENTFD},
	{"anon_inode:[signalfd]", LIST_TYPE_SIGNALFD},
	{"anon_inode:[eventpoll]", LIST_TYPE_EVENTPOLL},
	{"anon_inode:inotify", LIST_TYPE_INOTIFY},
	{"anon_inode:[timerfd]", LIST_TYPE_TIMERFD},
	{"anon_inode:bpf-map", LIST_TYPE_BPF},
	{"anon_inode:bpf-prog", LIST_TYPE_BPF},
	{"anon_inode:[userfaultfd]", LIST_TYPE_USERFAULTFD},
	{"anon_inode:[io_uring]", LIST_TYPE_IO_URING},
	{"anon_inode:[pidfd]", LIST_TYPE_PIDFD},
};

static bool inode_in_brackets(struct text link, const char *kind, uint64_t *ret_inode)
{
	size_t length = strlen(kind);

	return text_starts_with(link, text_of(kind, length)) && link.length > length + 2 &&
	       link.bytes[length] == '[' && link.bytes[link.length - 1] == ']' &&
	       text_to_u64(text_slice(link, length + 1, link.length - length - 2), ret_inode);
}

static struct text read_descriptor_link(pid_t tid, int64_t number, char buffer[LINK_BYTES])
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof path, "/proc/%d/fd/%lld", tid, (long long)number);
	length = readlink(path, buffer, LINK_BYTES);
	return length < 0 ? TEXT_EMPTY : text_of(buffer, (size_t)length);
}

bool proc_read_descriptor_identity(pid_t tid, int64_t number, struct descriptor_identity *ret_identity)
{
	struct stat status = {0};
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%lld", tid, (long long)number);
	if (stat(path, &status) < 0 && errno != ENOENT)
		return false;
	*ret_identity = (struct descriptor_identity){status.st_ino, (uint32_t)status.st_dev, S_ISSOCK(status.st_mode)};
	return true;
}

/* ---- sockets ---- */

/* "0100007F:1F90" or 32 digits: words in the machine's byte order, the port as a number. */
static bool parse_end(const char *text, bool is_ipv6, struct socket_end *ret_end)
{
	struct socket_end end = {0};
	unsigned words = is_ipv6 ? 4 : 1, port;

	for (unsigned i = 0; i < words; i++) {
		uint32_t word;

		if (sscanf(text + (size_t)8 * i, "%8x", &word) != 1)
			return false;
		memcpy(end.address + (size_t)4 * i, &word, sizeof word);
	}
	if (text[(size_t)8 * words] != ':' || sscanf(text + (size_t)8 * words + 1, "%4x", &port) != 1)
		return false;
	end.port = (uint16_t)port;
	*ret_end = end;
	return true;
}

struct net_file {
	const char *name;
	bool is_ipv6;
	uint8_t protocol; /* enum socket_protocol */
};

static const struct net_file net_files[] = {
	{"net/tcp", false, PROTOCOL_TCP},	{"net/tcp6", true, PROTOCOL_TCP},  {"net/udp", false, PROTOCOL_UDP},
	{"net/udp6", true, PROTOCOL_UDP},	{"net/raw", false, PROTOCOL_RAW},  {"net/raw6", true, PROTOCOL_RAW},
	{"net/icmp", false, PROTOCOL_ICMP},
};

/* Looks for the inode in one table; true when it is there. A port on which somebody listens makes it a server's. */
static bool find_in_net_file(pid_t tid, const struct net_file *file, uint64_t inode, struct descriptor_entry *entry)
{
	char path[64], line[512], local[64], remote[64];
	uint8_t listening_ports[65536 / 8] = {0};
	bool is_found = false;
	size_t read_bytes = 0;
	FILE *stream;

	snprintf(path, sizeof path, "/proc/%d/%s", tid, file->name);
	stream = fopen(path, "re");
	if (!stream)
		return false;
	while (fgets(line, sizeof line, stream) && (read_bytes += strlen(line)) < NET_FILE_BYTES_MAX) {
		unsigned long long line_inode;
		unsigned state;
		struct socket_end source, destination;

		if (sscanf(line, " %*u: %63s %63s %x %*s %*s %*s %*u %*u %llu", local, remote, &state, &line_inode) != 4 ||
		    !parse_end(local, file->is_ipv6, &source) || !parse_end(remote, file->is_ipv6, &destination))
			continue;
		if (line_inode == inode) {
			bool is_listening = file->protocol == PROTOCOL_TCP && state == TCP_LISTEN;

			is_found = true;
			entry->protocol = file->protocol;
			entry->source = source;
			entry->destination = destination;
			entry->list_type = file->is_ipv6 ? (is_listening ? LIST_TYPE_IPV6_LISTENING : LIST_TYPE_IPV6)
							 : (is_listening ? LIST_TYPE_IPV4_LISTENING : LIST_TYPE_IPV4);
		}
		if (file->protocol == PROTOCOL_TCP && state == TCP_LISTEN)
			listening_ports[source.port / 8] |= (uint8_t)(1u << source.port % 8);
	}
	fclose(stream);
	if (is_found)
		entry->is_server = listening_ports[entry->source.port / 8] >> entry->source.port % 8 & 1;
	return is_found;
}

/* unix: "address: refcount protocol flags type state inode path" */
static bool find_unix(pid_t tid, uint64_t inode, struct arena *arena, struct descriptor_entry *entry)
{
	char path[64], line[512], name[256];
	bool is_found = false;
	FILE *stream;

	snprintf(path, sizeof path, "/proc/%d/net/unix", tid);
	stream = fopen(path, "re");
	if (!stream)
		return false;
	while (!is_found && fgets(line, sizeof line, stream)) {
		unsigned long long pointer, line_inode;
		int fields = sscanf(line, "%llx: %*x %*x %*x %*x %*x %llu %255[^\n]", &pointer, &line_inode, name);

		if (fields < 2 || line_inode != inode)
			continue;
		is_found = true;
		entry->list_type = LIST_TYPE_UNIX;
		entry->source_pointer = pointer;
		if (fields == 3) {
			/* Abstract names lose their first character, as everywhere. */
			entry->name = arena_copy_text(arena, text_from_string(name[0] == '@' ? name + 1 : name));
			entry->is_server = true;
		}
	}
	fclose(stream);
	return is_found;
}

/* By the tables of all protocols, one after the other. */
static void find_socket(pid_t tid, uint64_t inode, struct arena *arena, struct descriptor_entry *entry)
{
	for (size_t i = 0; i < sizeof net_files / sizeof net_files[0]; i++)
		if (find_in_net_file(tid, &net_files[i], inode, entry))
			return;
	if (!find_unix(tid, inode, arena, entry))
		entry->list_type = LIST_TYPE_UNSUPPORTED;
}

static int socket_option(int socket, int option)
{
	int value = -1;
	socklen_t length = sizeof value;

	return getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

static bool read_end(int socket, int (*get)(int, struct sockaddr *, socklen_t *), struct socket_end *end)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage room;
	} address = {0};
	socklen_t length = sizeof address;

	if (get(socket, &address.any, &length) < 0)
		return false;
	if (address.any.sa_family == AF_INET) {
		memcpy(end->address, &address.in.sin_addr, sizeof address.in.sin_addr);
		end->port = ntohs(address.in.sin_port);
	} else if (address.any.sa_family == AF_INET6) {
		memcpy(end->address, &address.in6.sin6_addr, sizeof address.in6.sin6_addr);
		end->port = ntohs(address.in6.sin6_port);
	}
	return true;
}

/* The socket itself knows; only whether it is the server's end of a connection stands in the table, where listeners are. */
static void ask_socket(int socket, pid_t tid, uint64_t inode, struct arena *arena, struct descriptor_entry *entry)
{
	int domain = socket_option(socket, SO_DOMAIN), type = socket_option(socket, SO_TYPE);
	int protocol = socket_option(socket, SO_PROTOCOL);
	bool is_ipv6 = domain == AF_INET6, is_listening = socket_option(socket, SO_ACCEPTCONN) == 1;

	switch (domain) {
	case AF_INET:
	case AF_INET6:
		entry->protocol = type == SOCK_RAW					      ? PROTOCOL_RAW
				  : protocol == IPPROTO_TCP				      ? PROTOCOL_TCP
				  : protocol == IPPROTO_UDP				      ? PROTOCOL_UDP
				  : protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6 ? PROTOCOL_ICMP
											      : PROTOCOL_UNKNOWN;
		entry->list_type = is_ipv6 ? (is_listening ? LIST_TYPE_IPV6_LISTENING : LIST_TYPE_IPV6)
					   : (is_listening ? LIST_TYPE_IPV4_LISTENING : LIST_TYPE_IPV4);
		read_end(socket, getsockname, &entry->source);
		if (!read_end(socket, getpeername, &entry->destination))
			entry->is_unconnected = !is_listening;
		else if (entry->protocol == PROTOCOL_TCP)
			find_in_net_file(tid, &net_files[is_ipv6 ? 1 : 0], inode, entry);
		break;
	case AF_UNIX:
		if (!find_unix(tid, inode, arena, entry))
			entry->list_type = LIST_TYPE_UNIX;
		break;
	case AF_NETLINK:
		entry->list_type = LIST_TYPE_NETLINK;
		break;
	default:
		entry->list_type = LIST_TYPE_UNSUPPORTED;
	}
}

static void read_socket(pid_t tid, int64_t number, uint64_t inode, struct arena *arena, struct descriptor_entry *entry)
{
	int copy = borrow_descriptor(tid, number);

	entry->inode = inode;
	if (copy < 0) {
		find_socket(tid, inode, arena, entry);
		return;
	}
	ask_socket(copy, tid, inode, arena, entry);
	close(copy);
}

/* ---- files ---- */

/* fdinfo: "flags:\t0100002" (octal, the kernel's values) */
static uint32_t read_open_flags(pid_t tid, int64_t number)
{
	char path[64], text[256];
	unsigned long flags = 0;
	const char *found;
	ssize_t got;
	int descriptor;

	snprintf(path, sizeof path, "/proc/%d/fdinfo/%lld", tid, (long long)number);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return 0;
	got = read(descriptor, text, sizeof text - 1);
	close(descriptor);
	text[got > 0 ? got : 0] = '\0';
	found = strstr(text, "flags:");
	if (found)
		flags = strtoul(found + sizeof "flags:" - 1, NULL, 8);
	return (uint32_t)flags_from_kernel(FLAG_TABLE_file_flags, flags, ARCHITECTURE_X86_64);
}

static void read_file_descriptor(pid_t tid, int64_t number, struct descriptor_entry *entry)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof path, "/proc/%d/fd/%lld", tid, (long long)number);
	entry->list_type = LIST_TYPE_FILE_WITH_FLAGS;
	entry->open_flags = read_open_flags(tid, number);
	if (stat(path, &status) == 0) {
		entry->inode = status.st_ino;
		entry->device = (uint32_t)status.st_dev;
		if (S_ISDIR(status.st_mode))
			entry->list_type = LIST_TYPE_DIRECTORY;
	}
}

int proc_read_descriptor(pid_t tid, int64_t number, struct arena *arena, struct descriptor_entry *ret_entry)
{
	struct descriptor_entry entry = {.number = number, .name = TEXT_EMPTY};
	char buffer[LINK_BYTES];
	struct text link;
	uint64_t inode;

	if (number < 0 || number > INT32_MAX)
		return -EBADF;
	link = read_descriptor_link(tid, number, buffer);
	if (link.length == 0)
		return -EBADF;
	entry.name = arena_copy_text(arena, link);
	if (!entry.name.bytes)
		return -ENOMEM;
	if (inode_in_brackets(link, "socket:", &inode)) {
		entry.name = TEXT_EMPTY;
		read_socket(tid, number, inode, arena, &entry);
	} else if (inode_in_brackets(link, "pipe:", &inode)) {
		entry.list_type = LIST_TYPE_PIPE;
		entry.inode = inode;
	} else if (text_starts_with(link, TEXT("/memfd:"))) {
		entry.list_type = LIST_TYPE_MEMFD;
		entry.name = text_slice(entry.name, sizeof "/memfd:" - 1, SIZE_MAX);
		if (text_ends_with(entry.name, TEXT(" (deleted)")))
			entry.name.length -= sizeof " (deleted)" - 1;
	} else if (link.bytes[0] == '/') {
		read_file_descriptor(tid, number, &entry);
	} else {
		entry.list_type = LIST_TYPE_UNSUPPORTED;
		for (size_t i = 0; i < sizeof anonymous_links / sizeof anonymous_links[0]; i++)
			if (text_is(link, anonymous_links[i].link))
				entry.list_type = anonymous_links[i].type;
	}
	*ret_entry = entry;
	return 0;
}

/* ---- the machine ---- */

void proc_read_interfaces(struct interface_list *interfaces)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return;
	for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
		if (!at->ifa_addr || !at->ifa_netmask)
			continue;
		if (at->ifa_addr->sa_family == AF_INET)
			interface_list_add(interfaces, SOCKET_FAMILY_IPV4,
					   (const uint8_t *)&((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr,
					   (const uint8_t *)&((const struct sockaddr_in *)(const void *)at->ifa_netmask)
						   ->sin_addr);
		else if (at->ifa_addr->sa_family == AF_INET6)
			interface_list_add(
				interfaces, SOCKET_FAMILY_IPV6,
				((const struct sockaddr_in6 *)(const void *)at->ifa_addr)->sin6_addr.s6_addr,
				((const struct sockaddr_in6 *)(const void *)at->ifa_netmask)->sin6_addr.s6_addr);
	}
	freeifaddrs(list);
}

/* Calls `add` with the fields of each line "a:b:c:..." of a file. */
static void each_database_line(const char *path, void (*add)(void *context, char *fields[8], unsigned count), void *context)
{
	FILE *stream = fopen(path, "re");
	size_t read_bytes = 0;
	char line[1024];

	if (!stream)
		return;
	while (fgets(line, sizeof line, stream) && (read_bytes += strlen(line)) < USERS_FILE_BYTES_MAX) {
		char *fields[8] = {line};
		unsigned count = 1;

		line[strcspn(line, "\n")] = '\0';
		for (char *at = line; *at && count < 8; at++) {
			if (*at == ':') {
				*at = '\0';
				fields[count++] = at + 1;
			}
		}
		add(context, fields, count);
	}
	fclose(stream);
}

struct user_reading {
	struct user_table *users;
	struct text container_id;
};

static void add_user(void *context, char *fields[8], unsigned count)
{
	const struct user_reading *reading = context;

	if (count >= 7)
		user_table_add(reading->users, reading->container_id, (uint32_t)strtoul(fields[2], NULL, 10),
			       (uint32_t)strtoul(fields[3], NULL, 10), text_from_string(fields[0]),
			       text_from_string(fields[5]), text_from_string(fields[6]));
}

static void add_group(void *context, char *fields[8], unsigned count)
{
	const struct user_reading *reading = context;

	if (count >= 3)
		user_table_add_group(reading->users, reading->container_id, (uint32_t)strtoul(fields[2], NULL, 10),
				     text_from_string(fields[0]));
}

void proc_read_users(struct user_table *users, struct text container_id)
{
	struct user_reading reading = {users, container_id};

	each_database_line("/etc/passwd", add_user, &reading);
	each_database_line("/etc/group", add_group, &reading);
}
