#include "event/state/interface_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t ipv4_loopback[4] = {127, 0, 0, 1};
static const uint8_t ipv6_loopback[16] = {[15] = 1};

static size_t address_bytes(enum socket_family family)
{
	return family == SOCKET_FAMILY_IPV6 ? 16 : 4;
}

void interface_list_release(struct interface_list *list)
{
	free(list->interfaces);
	*list = (struct interface_list){0};
}

int interface_list_add(struct interface_list *list, enum socket_family family, const uint8_t *address,
		       const uint8_t *netmask)
{
	struct interface *interface;
	size_t length = address_bytes(family);

	if (family != SOCKET_FAMILY_IPV4 && family != SOCKET_FAMILY_IPV6)
		return -EINVAL;
	if (list->count >= INTERFACES_MAX)
		return -ENOSPC;
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 8;
		struct interface *grown = reallocarray(list->interfaces, capacity, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		list->interfaces = grown;
		list->capacity = capacity;
	}
	interface = &list->interfaces[list->count++];
	*interface = (struct interface){.family = (uint8_t)family};
	memcpy(interface->address, address, length);
	memcpy(interface->netmask, netmask, length);
	interface->is_loopback = memcmp(address, family == SOCKET_FAMILY_IPV4 ? ipv4_loopback : ipv6_loopback, length) == 0;
	return 0;
}

bool interface_list_has(const struct interface_list *list, enum socket_family family, const struct socket_end *end)
{
	size_t length = family == SOCKET_FAMILY_IPV4 ? 4 : 8;

	for (size_t i = 0; i < list->count; i++) {
		const struct interface *interface = &list->interfaces[i];

		if (interface->family == family && memcmp(interface->address, end->address, length) == 0)
			return true;
	}
	return false;
}

static bool is_same_subnet(const struct interface *interface, const uint8_t *address)
{
	if (interface->family == SOCKET_FAMILY_IPV6)
		return memcmp(interface->address, address, 8) == 0;
	for (size_t i = 0; i < 4; i++) {
		if ((interface->address[i] ^ address[i]) & interface->netmask[i])
			return false;
	}
	return true;
}

/* The address of this host that would speak to `other`: itself, one in its subnet, any but the loopback; else NULL. */
static const uint8_t *address_towards(const struct interface_list *list, enum socket_family family, const uint8_t *other)
{
	const struct interface *same_subnet = NULL, *outside = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct interface *interface = &list->interfaces[i];

		if (interface->family != family)
			continue;
		if (memcmp(interface->address, other, address_bytes(family)) == 0)
			return interface->address;
		if (!same_subnet && is_same_subnet(interface, other))
			same_subnet = interface;
		if (!outside && !interface->is_loopback)
			outside = interface;
	}
	if (same_subnet)
		return same_subnet->address;
	return outside ? outside->address : NULL;
}

void interface_list_replace_wildcard(const struct interface_list *list, struct socket_tuple *tuple)
{
	enum socket_family family = tuple->family;
	struct socket_end *wild = &tuple->source, *other = &tuple->destination;
	const uint8_t *address;

	if (!socket_end_is_zero(wild, family)) {
		wild = &tuple->destination;
		other = &tuple->source;
	}
	if (!socket_end_is_zero(wild, family))
		return;
	address = address_towards(list, family, other->address);
	if (!address)
		return;
	/* Never make both ends the same socket. */
	if (wild->port == other->port && memcmp(address, other->address, address_bytes(family)) == 0)
		return;
	memcpy(wild->address, address, address_bytes(family));
}
