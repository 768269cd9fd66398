/*
 * SOCKADDR, SOCKTUPLE and FDLIST parameters: decoding and text (scap-format reference, section 10; event-model, 4 and 10).
 * Addresses are network-order bytes, ports host-order numbers.
 */
#ifndef TERCEL_EVENT_STATE_SOCKET_ADDRESS_H
#define TERCEL_EVENT_STATE_SOCKET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum socket_family {
	SOCKET_FAMILY_NONE = 0,
	SOCKET_FAMILY_UNIX = 1,
	SOCKET_FAMILY_IPV4 = 2,
	SOCKET_FAMILY_IPV6 = 10,
	SOCKET_FAMILY_NETLINK = 16,
};

/* One end of an IP socket. IPv4: the first four bytes, the others are zero. */
struct socket_end {
	uint8_t address[16];
	uint16_t port;
};

struct socket_address {
	uint8_t family; /* as delivered; enum socket_family for those that are decoded */
	struct socket_end end; /* IPv4, IPv6 */
	struct text path;      /* unix; points into the parameter */
};

struct socket_tuple {
	uint8_t family;
	struct socket_end source, destination;		/* IPv4, IPv6 */
	uint64_t source_pointer, destination_pointer;	/* unix: kernel addresses */
	struct text path;				/* unix; points into the parameter */
};

/* Bytes that any text below needs; longer unix paths are cut by the driver. */
#define SOCKET_TEXT_BYTES_MAX 4400

/* False when the bytes are empty or too short for their family. Unknown families succeed with nothing but the family. */
bool socket_address_decode(const uint8_t *bytes, uint32_t length, struct socket_address *ret_address);
bool socket_tuple_decode(const uint8_t *bytes, uint32_t length, struct socket_tuple *ret_tuple);

/* An IPv4-mapped address (::ffff:0:0/96) or the all-zero one. */
bool socket_end_is_mapped(const struct socket_end *end);
bool socket_end_is_zero(const struct socket_end *end, enum socket_family family); /* the address, not the port */

/* IPv6 with both ends mapped (or all-zero) becomes IPv4; everything else is left as it is. True when it was changed. */
bool socket_tuple_unmap(struct socket_tuple *tuple);

/* Only the address: "10.0.0.1", "::1". The result lies in `buffer` (at least 46 bytes). */
struct text socket_end_text(const struct socket_end *end, enum socket_family family, char buffer[46]);

/*
 * Text as in evt.arg: "ip:port", the unix path, "family N"; "a:p->b:p" (IPv6 with both ends mapped as IPv4), "hex->hex
 * path". The results lie in `buffer`.
 */
struct text socket_address_text(const struct socket_address *address, char buffer[SOCKET_TEXT_BYTES_MAX]);
struct text socket_tuple_text(const struct socket_tuple *tuple, char buffer[SOCKET_TEXT_BYTES_MAX]);

/* An FDLIST parameter: start with *position = 0; false at the end. A list that is cut short ends early. */
bool descriptor_list_next(const uint8_t *bytes, uint32_t length, uint32_t *position, int64_t *ret_number,
			  int16_t *ret_events);

#endif
