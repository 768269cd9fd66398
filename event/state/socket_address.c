#include "event/state/socket_address.h"

#include <arpa/inet.h>
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

/*
 * Texts are put together by hand: each new connection needs one, and printf costs more than all the rest of an event.
 * Every function returns the end of what it wrote.
 */
static char *put_decimal(char *out, uint32_t number)
{
	char digits[10];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (count > 0)
		*out++ = digits[--count];
	return out;
}

static char *put_hexadecimal(char *out, uint64_t number)
{
	unsigned shift = 60;

	while (shift > 0 && number >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		*out++ = "0123456789abcdef"[number >> shift & 0xf];
		if (shift == 0)
			return out;
	}
}

static char *put_text(char *out, struct text t)
{
	if (t.length > 0)
		memcpy(out, t.bytes, t.length);
	return out + t.length;
}

static char *put_address(char *out, const struct socket_end *end, enum socket_family family)
{
	if (family == SOCKET_FAMILY_IPV6) {
		/* 46 bytes at most, so it does not fail. */
		inet_ntop(AF_INET6, end->address, out, INET6_ADDRSTRLEN);
		return out + strlen(out);
	}
	for (size_t i = 0; i < 4; i++) {
		out = put_decimal(out, end->address[i]);
		if (i < 3)
			*out++ = '.';
	}
	return out;
}

static char *put_end(char *out, const struct socket_end *end, enum socket_family family)
{
	out = put_address(out, end, family);
	*out++ = ':';
	return put_decimal(out, end->port);
}

static char *put_family(char *out, uint8_t family)
{
	return put_decimal(put_text(out, TEXT("family ")), family);
}

struct text socket_end_text(const struct socket_end *end, enum socket_family family, char buffer[46])
{
	return text_of(buffer, (size_t)(put_address(buffer, end, family) - buffer));
}

struct text socket_address_text(const struct socket_address *address, char buffer[SOCKET_TEXT_BYTES_MAX])
{
	char *end;

	switch (address->family) {
	case SOCKET_FAMILY_IPV4:
	case SOCKET_FAMILY_IPV6:
		end = put_end(buffer, &address->end, address->family);
		break;
	case SOCKET_FAMILY_UNIX:
		return text_slice(address->path, 0, SOCKET_TEXT_BYTES_MAX);
	default:
		end = put_family(buffer, address->family);
		break;
	}
	return text_of(buffer, (size_t)(end - buffer));
}

/* Before the path of a unix socket: two pointers, "->" and a blank. */
#define UNIX_PREFIX_BYTES_MAX 36

struct text socket_tuple_text(const struct socket_tuple *tuple, char buffer[SOCKET_TEXT_BYTES_MAX])
{
	struct socket_tuple shown = *tuple;
	char *end;

	socket_tuple_unmap(&shown);
	switch (shown.family) {
	case SOCKET_FAMILY_IPV4:
	case SOCKET_FAMILY_IPV6:
		end = put_end(buffer, &shown.source, shown.family);
		end = put_text(end, TEXT("->"));
		end = put_end(end, &shown.destination, shown.family);
		break;
	case SOCKET_FAMILY_UNIX:
		end = put_hexadecimal(buffer, shown.source_pointer);
		end = put_text(end, TEXT("->"));
		end = put_hexadecimal(end, shown.destination_pointer);
		*end++ = ' ';
		end = put_text(end, text_slice(shown.path, 0, SOCKET_TEXT_BYTES_MAX - UNIX_PREFIX_BYTES_MAX));
		break;
	default:
		end = put_family(buffer, shown.family);
		break;
	}
	return text_of(buffer, (size_t)(end - buffer));
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
