/*
 * Network interfaces of the host that was recorded or is watched, taken at start: what "local" means (event-model
 * reference, section 10).
 */
#ifndef TERCEL_EVENT_STATE_INTERFACE_LIST_H
#define TERCEL_EVENT_STATE_INTERFACE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "event/state/socket_address.h"

#define INTERFACES_MAX 4096

struct interface {
	uint8_t family; /* SOCKET_FAMILY_IPV4 (first four bytes of the addresses) or SOCKET_FAMILY_IPV6 */
	uint8_t address[16], netmask[16];
	bool is_loopback; /* by address: 127.0.0.0/8, ::1 */
};

struct interface_list {
	struct interface *interfaces; /* in the order in which they were added */
	size_t count, capacity;
};

void interface_list_release(struct interface_list *list);
/* 0, -ENOMEM, -ENOSPC (more than INTERFACES_MAX), -EINVAL (family). `address`, `netmask`: 4 or 16 bytes. */
int interface_list_add(struct interface_list *list, enum socket_family family, const uint8_t *address,
		       const uint8_t *netmask);

/* IPv4: equal to an interface address. IPv6: the first 8 bytes equal to those of an interface address. */
bool interface_list_has(const struct interface_list *list, enum socket_family family, const struct socket_end *end);

/*
 * Replaces the all-zero source (else destination) of a message tuple by an address of this host, as section 10 says
 * ("Wildcard addresses"). IPv4 or IPv6 tuples.
 */
void interface_list_replace_wildcard(const struct interface_list *list, struct socket_tuple *tuple);

#endif
