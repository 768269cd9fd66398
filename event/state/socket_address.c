#include "event/state/socket_address.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static struct text rest_up_to_nul(struct byte_reader *reader)
{
	size_t left = byte_reader_left(reader);

	return text_of((const char *)reader->at, strnlen((const char *)reader->at, left));
}

static void read_end(struct byte_reader *reader, size_t address_bytes, struct socket_end *ret_end)
{
	const uint8_t *address = byte_reader_take(reader, address_bytes);

	if (address)
		memcpy(ret_end->address, address, address_bytes);
	ret_end->port = byte_reader_u16(reader);
}

bool socket_address_decode(const uint8_t *bytes, uint32_t length, struct socket_address *ret_address)
{
	struct byte_reader reader = byte_reader_of(bytes, length);
	struct socket_address address = {.family = byte_reader_u8(&reader)};

	switch (address.family) {
	case SOCKET_FAMILY_IPV4:
		read_end(&reader, 4, &address.end);
		break;
	case SOCKET_FAMILY_IPV6:
		read_end(&reader, 16, &address.end);
		break;
	case SOCKET_FAMILY_UNIX:
		address.path = rest_up_to_nul(&reader);
		break;
	default:
		break;
	}
	if (reader.failed)
		return false;
	*ret_address = address;
	return true;
}

bool socket_tuple_decode(const uint8_t *bytes, uint32_t length, struct socket_tuple *ret_tuple)
{
	struct byte_reader reader = byte_reader_of(bytes, length);
	struct socket_tuple tuple = {.family = byte_reader_u8(&reader)};
	size_t address_bytes = tuple.family == SOCKET_FAMILY_IPV4 ? 4 : 16;

	switch (tuple.family) {
	case SOCKET_FAMILY_IPV4:
	case SOCKET_FAMILY_IPV6:
		read_end(&reader, address_bytes, &tuple.source);
		read_end(&reader, address_bytes, &tuple.destination);
		break;
	case SOCKET_FAMILY_UNIX:
		tuple.source_pointer = byte_reader_u64(&reader);
		tuple.destination_pointer = byte_reader_u64(&reader);
		tuple.path = rest_up_to_nul(&reader);
		break;
	default:
		break;
	}
	if (reader.failed)
		return false;
	*ret_tuple = tuple;
	return true;
}

static bool is_all_zero(const uint8_t *bytes, size_t length)
{
	while (length > 0 && bytes[length - 1] == 0)
		length--;
	return length == 0;
}

bool socket_end_is_mapped(const struct socket_end *end)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(end->address, prefix, sizeof prefix) == 0 || is_all_zero(end->address, 16);
}

bool socket_end_is_zero(const struct socket_end *end, enum socket_family family)
{
	return is_all_zero(end->address, family == SOCKET_FAMILY_IPV6 ? 16 : 4);
}

static void unmap(struct socket_end *end)
{
	struct socket_end ipv4 = {.port = end->port};

	memcpy(ipv4.address, end->address + 12, 4);
	*end = ipv4;
}

bool socket_tuple_unmap(struct socket_tuple *tuple)
{
	if (tuple->family != SOCKET_FAMILY_IPV6 || !socket_end_is_mapped(&tuple->source) ||
	    !socket_end_is_mapped(&tuple->destination))
		return false;
	unmap(&tuple->source);
	unmap(&tuple->destination);
	tuple->family = SOCKET_FAMILY_IPV4;
	return true;
}

struct text socket_end_text(const struct socket_end *end, enum socket_family family, char buffer[46])
{
	if (!inet_ntop(family == SOCKET_FAMILY_IPV6 ? AF_INET6 : AF_INET, end->address, buffer, 46))
		return TEXT_EMPTY;
	return text_from_string(buffer);
}

static struct text family_text(uint8_t family, char *buffer, size_t size)
{
	snprintf(buffer, size, "family %u", (unsigned)family);
	return text_from_string(buffer);
}

struct text socket_address_text(const struct socket_address *address, char buffer[SOCKET_TEXT_BYTES_MAX])
{
	char ip[46];

	switch (address->family) {
	case SOCKET_FAMILY_IPV4:
	case SOCKET_FAMILY_IPV6:
		snprintf(buffer, SOCKET_TEXT_BYTES_MAX, TEXT_FORMAT ":%u",
			 TEXT_ARGUMENTS(socket_end_text(&address->end, address->family, ip)), (unsigned)address->end.port);
		return text_from_string(buffer);
	case SOCKET_FAMILY_UNIX:
		return text_slice(address->path, 0, SOCKET_TEXT_BYTES_MAX);
	default:
		return family_text(address->family, buffer, SOCKET_TEXT_BYTES_MAX);
	}
}

struct text socket_tuple_text(const struct socket_tuple *tuple, char buffer[SOCKET_TEXT_BYTES_MAX])
{
	struct socket_tuple shown = *tuple;
	char source[46], destination[46];

	socket_tuple_unmap(&shown);
	switch (shown.family) {
	case SOCKET_FAMILY_IPV4:
	case SOCKET_FAMILY_IPV6:
		snprintf(buffer, SOCKET_TEXT_BYTES_MAX, TEXT_FORMAT ":%u->" TEXT_FORMAT ":%u",
			 TEXT_ARGUMENTS(socket_end_text(&shown.source, shown.family, source)), (unsigned)shown.source.port,
			 TEXT_ARGUMENTS(socket_end_text(&shown.destination, shown.family, destination)),
			 (unsigned)shown.destination.port);
		return text_from_string(buffer);
	case SOCKET_FAMILY_UNIX:
		snprintf(buffer, SOCKET_TEXT_BYTES_MAX, "%" PRIx64 "->%" PRIx64 " " TEXT_FORMAT, shown.source_pointer,
			 shown.destination_pointer, TEXT_ARGUMENTS(shown.path));
		return text_from_string(buffer);
	default:
		return family_text(shown.family, buffer, SOCKET_TEXT_BYTES_MAX);
	}
}

bool descriptor_list_next(const uint8_t *bytes, uint32_t length, uint32_t *position, int64_t *ret_number,
			  int16_t *ret_events)
{
	struct byte_reader reader = byte_reader_of(bytes, length);
	uint16_t count = byte_reader_u16(&reader);
	int64_t number;
	int16_t events;

	if (*position >= count)
		return false;
	byte_reader_take(&reader, (size_t)*position * 10);
	number = (int64_t)byte_reader_u64(&reader);
	events = (int16_t)byte_reader_u16(&reader);
	if (reader.failed)
		return false;
	*ret_number = number;
	*ret_events = events;
	++*position;
	return true;
}
