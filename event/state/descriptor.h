/*
 * Open descriptors and the tables that hold them (event-model reference, sections 9 and 10).
 *
 * fork copies a whole table, so tables and entries are shared by reference count and copied when they are written: a
 * pointer from descriptor_table_find() is for reading only and valid until the next change of the state. `state` alone
 * writes.
 */
#ifndef TERCEL_EVENT_STATE_DESCRIPTOR_H
#define TERCEL_EVENT_STATE_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "event/state/shared_text.h"
#include "event/state/socket_address.h"

enum descriptor_kind {
#define KIND(constant, letter, type, meaning) DESCRIPTOR_##constant,
#include "event/state/descriptor_kinds.def"
#undef KIND
	DESCRIPTOR_KIND_COUNT,
};

/* How fd lists of captures number what they hold. */
enum descriptor_list_type {
#define LIST_TYPE(constant, kind) LIST_TYPE_##constant,
#include "event/state/descriptor_list_types.def"
#undef LIST_TYPE
	LIST_TYPE_COUNT,
};

enum descriptor_kind descriptor_kind_of_list_type(uint8_t type); /* DESCRIPTOR_UNSUPPORTED for a type that is not known */
enum descriptor_list_type descriptor_list_type_of_kind(enum descriptor_kind kind); /* LIST_TYPE_UNSUPPORTED: none is its own */

enum socket_protocol { /* numbers as in fd lists of captures */
	PROTOCOL_UNKNOWN,
	PROTOCOL_NONE, /* not applicable */
	PROTOCOL_TCP,
	PROTOCOL_UDP,
	PROTOCOL_ICMP,
	PROTOCOL_RAW,
};

enum socket_role { ROLE_NONE, ROLE_CLIENT, ROLE_SERVER };

/* Open flags as delivered in events (flag table file_flags): the ones that the state looks at. */
enum open_flag {
	OPEN_READ = 1,
	OPEN_WRITE = 2,
	OPEN_CREATE = 4,
	OPEN_DIRECTORY = 1024,
	OPEN_CLOSE_ON_EXEC = 4096,
	OPEN_TEMPORARY = 8192,
	OPEN_CREATED = 16384,
	OPEN_UPPER_LAYER = 32768,
	OPEN_LOWER_LAYER = 65536,
};

struct descriptor {
	uint32_t references;
	uint8_t kind;	  /* enum descriptor_kind */
	uint8_t protocol; /* enum socket_protocol; sockets */
	uint8_t role;	  /* enum socket_role; sockets */
	bool is_connected;
	bool close_on_exec;
	bool is_upper_layer, is_lower_layer; /* overlay file system: files */
	uint32_t open_flags;		     /* enum open_flag and the others of file_flags */
	uint32_t device;		     /* 0: not known */
	uint64_t inode;			     /* 0: not known */
	struct shared_text *name;	     /* fd.name */
	struct shared_text *raw_name;	     /* fd.nameraw: path as given to the open family */
	union {
		/*
		 * IPV4, IPV6: client side (or the local end of a new socket) and server side. Listening kinds: the bound
		 * address is `source`; an IPv6 message on a listening entry can have changed it (section 10). Both ends are
		 * zero on a socket that was only created.
		 */
		struct {
			struct socket_end source, destination;
		};
		struct {
			uint64_t source_pointer, destination_pointer; /* UNIX */
		};
		int64_t process_id; /* PIDFD */
	};
};

char descriptor_letter(enum descriptor_kind kind);	     /* 'f' */
const char *descriptor_type_name(enum descriptor_kind kind); /* "file", "<NA>" */

static inline bool descriptor_is_ip(const struct descriptor *d) /* not the listening kinds */
{
	return d->kind == DESCRIPTOR_IPV4 || d->kind == DESCRIPTOR_IPV6;
}

static inline bool descriptor_is_listening(const struct descriptor *d)
{
	return d->kind == DESCRIPTOR_IPV4_LISTENING || d->kind == DESCRIPTOR_IPV6_LISTENING;
}

static inline bool descriptor_is_socket(const struct descriptor *d)
{
	return (d->kind >= DESCRIPTOR_IPV4 && d->kind <= DESCRIPTOR_NETLINK);
}

static inline enum socket_family descriptor_family(const struct descriptor *d)
{
	switch (d->kind) {
	case DESCRIPTOR_IPV4:
	case DESCRIPTOR_IPV4_LISTENING:
		return SOCKET_FAMILY_IPV4;
	case DESCRIPTOR_IPV6:
	case DESCRIPTOR_IPV6_LISTENING:
		return SOCKET_FAMILY_IPV6;
	case DESCRIPTOR_UNIX:
		return SOCKET_FAMILY_UNIX;
	case DESCRIPTOR_NETLINK:
		return SOCKET_FAMILY_NETLINK;
	default:
		return SOCKET_FAMILY_NONE;
	}
}

static inline struct text descriptor_name(const struct descriptor *d)
{
	return shared_text_get(d->name);
}

static inline struct text descriptor_raw_name(const struct descriptor *d)
{
	return shared_text_get(d->raw_name);
}

struct descriptor_table;

/* All of these accept NULL: an empty table. */
const struct descriptor *descriptor_table_find(const struct descriptor_table *table, int64_t number);
size_t descriptor_table_count(const struct descriptor_table *table);
/* Start with *position = 0; false at the end. Order is not specified. */
bool descriptor_table_next(const struct descriptor_table *table, size_t *position, int64_t *ret_number,
			   const struct descriptor **ret_descriptor);

/* The longest name that fd lists hold. */
#define DESCRIPTOR_ENTRY_NAME_BYTES_MAX 1023u

/*
 * One row of a capture's fd list, or of /proc/PID/fd: what a source hands to state_add_descriptor(). Texts are copied.
 */
struct descriptor_entry {
	int64_t number;
	uint8_t list_type; /* enum descriptor_list_type */
	uint8_t protocol;  /* enum socket_protocol */
	uint32_t open_flags, device;
	uint64_t inode;
	struct text name; /* unix: the path */
	struct socket_end source, destination;	      /* listening: the address is `source` */
	uint64_t source_pointer, destination_pointer; /* unix */
	/*
	 * An IPv4 socket that is known to be the server side; its ends are then swapped, so that `source` is the client.
	 * Without it the ports on which the host listens, as far as entries told them, decide (section 10).
	 */
	bool is_server;
	bool is_unconnected; /* an ip socket that has no peer, nor listens: as socket(2) made it, without a name */
};

#endif
