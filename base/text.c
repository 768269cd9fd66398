#include "base/text.h"

#include <limits.h>
#include <stdlib.h>

/* Not strndup(3): a sanitizer that checks strings strictly wants a NUL at their end. */
char *text_duplicate(struct text t)
{
	char *copy = malloc(t.length + 1);

	if (copy) {
		if (t.length > 0)
			memcpy(copy, t.bytes, t.length);
		copy[t.length] = '\0';
	}
	return copy;
}

struct text text_slice(struct text t, size_t start, size_t length)
{
	if (start > t.length)
		start = t.length;
	if (length > t.length - start)
		length = t.length - start;
	return (struct text){t.length ? t.bytes + start : t.bytes, length};
}

struct text text_trim(struct text t, const char *blanks)
{
	struct text set = text_from_string(blanks);

	while (t.length > 0 && text_find_byte(set, t.bytes[0]) != SIZE_MAX) {
		t.bytes++;
		t.length--;
	}
	while (t.length > 0 && text_find_byte(set, t.bytes[t.length - 1]) != SIZE_MAX)
		t.length--;
	return t;
}

static char lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

bool text_equal_but_case(struct text a, struct text b)
{
	for (size_t i = 0; i < a.length && a.length == b.length; i++)
		if (lower(a.bytes[i]) != lower(b.bytes[i]))
			return false;
	return a.length == b.length;
}

int text_compare(struct text a, struct text b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common ? memcmp(a.bytes, b.bytes, common) : 0;

	if (order)
		return order;
	return (a.length > b.length) - (a.length < b.length);
}

size_t text_find(struct text t, struct text needle)
{
	const char *found;

	if (needle.length == 0)
		return 0;
	if (t.length < needle.length)
		return SIZE_MAX;
	found = memmem(t.bytes, t.length, needle.bytes, needle.length);
	return found ? (size_t)(found - t.bytes) : SIZE_MAX;
}

size_t text_find_byte(struct text t, char byte)
{
	const char *found = t.length ? memchr(t.bytes, byte, t.length) : NULL;

	return found ? (size_t)(found - t.bytes) : SIZE_MAX;
}

size_t text_find_last_byte(struct text t, char byte)
{
	const char *found = t.length ? memrchr(t.bytes, byte, t.length) : NULL;

	return found ? (size_t)(found - t.bytes) : SIZE_MAX;
}

static inline uint64_t rotate_left(uint64_t number, unsigned bits)
{
	return number << bits | number >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

/*
 * One compression and three final rounds, the strength that hash tables of other systems settled on. FNV would not do:
 * only the lowest byte of its seed decides which additive differences collide.
 */
uint64_t text_hash(struct text t, uint64_t seed)
{
	uint64_t v[4] = {seed ^ UINT64_C(0x736f6d6570736575), rotate_left(seed, 32) ^ UINT64_C(0x646f72616e646f6d),
			 seed ^ UINT64_C(0x6c7967656e657261), rotate_left(seed, 32) ^ UINT64_C(0x7465646279746573)};
	uint64_t last = (uint64_t)t.length << 56;
	size_t position = 0;

	for (; t.length - position >= 8; position += 8) {
		uint64_t word;

		memcpy(&word, t.bytes + position, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	for (unsigned shift = 0; position < t.length; position++, shift += 8)
		last |= (uint64_t)(uint8_t)t.bytes[position] << shift;
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

bool text_to_u64(struct text t, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (t.length == 0)
		return false;
	for (size_t i = 0; i < t.length; i++) {
		if (t.bytes[i] < '0' || t.bytes[i] > '9')
			return false;
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(t.bytes[i] - '0'), &number))
			return false;
	}
	*ret_number = number;
	return true;
}

int text_format_length(struct text t)
{
	return t.length > INT_MAX ? INT_MAX : (int)t.length;
}
