/*
 * Membership in the sets of a program (format_bytes_set, format_number_set). Sets are verified: nothing is checked here.
 */
#ifndef TERCEL_VM_MATCH_SET_H
#define TERCEL_VM_MATCH_SET_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "vm/program_format.h"

#define SET_NO_MEMBER UINT32_MAX

/*
 * The hash of the format: eight bytes at a time, the rest filled up with zeros. Without a seed, because the table is built
 * ahead of time; a hostile value can only walk the longest bucket, whose length is part of the stated cost.
 */
static inline uint32_t hash_bytes(const uint8_t *bytes, uint32_t length)
{
	const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = length * factor;
	uint64_t tail = 0;
	unsigned shift = 0;

	for (; length >= 8; bytes += 8, length -= 8) {
		hash = (hash ^ load_u64(bytes)) * factor;
		hash ^= hash >> 32;
	}
	if (length & 4) {
		tail = load_u32(bytes);
		bytes += 4;
		shift = 32;
	}
	if (length & 2) {
		tail |= (uint64_t)load_u16(bytes) << shift;
		bytes += 2;
		shift += 16;
	}
	if (length & 1)
		tail |= (uint64_t)*bytes << shift;
	hash = (hash ^ tail) * factor;
	return (uint32_t)(hash ^ hash >> 32);
}

static inline const uint32_t *bytes_set_members(const struct format_bytes_set *set)
{
	return (const uint32_t *)(set + 1);
}

static inline uint32_t bytes_set_start_bytes(const struct format_bytes_set *set)
{
	return set->member_count < 256 ? 1 : set->member_count < 65536 ? 2 : 4;
}

/* Where the members of a bucket begin. */
static inline uint32_t bytes_set_start(const struct format_bytes_set *set, uint32_t bucket)
{
	const uint8_t *starts = (const uint8_t *)(bytes_set_members(set) + set->member_count);

	if (set->member_count < 256)
		return starts[bucket];
	return set->member_count < 65536 ? load_u16(starts + 2 * (size_t)bucket) : load_u32(starts + 4 * (size_t)bucket);
}

/* The bit of a filter that a member with that hash sets. */
static inline uint64_t set_filter_bit(uint32_t hash)
{
	return UINT64_C(1) << (hash >> 26);
}

/* The number of the member, or SET_NO_MEMBER. `constants` is the section BYTES. */
static inline uint32_t bytes_set_find(const struct format_bytes_set *set, const uint8_t *constants, const uint8_t *bytes,
				      uint32_t length, uint32_t hash)
{
	const uint32_t *members = bytes_set_members(set);
	uint32_t bucket = hash & (set->bucket_count - 1), end;

	if ((set->filter & set_filter_bit(hash)) == 0)
		return SET_NO_MEMBER;
	end = bytes_set_start(set, bucket + 1);
	assert(bytes_set_start(set, bucket) <= end && end <= set->member_count);
	for (uint32_t i = bytes_set_start(set, bucket); i < end; i++) {
		const uint8_t *member = constants + members[i];

		if (member[-1] == length && (length == 0 || memcmp(member, bytes, length) == 0))
			return i;
	}
	return SET_NO_MEMBER;
}

static inline const uint64_t *number_set_numbers(const struct format_number_set *set)
{
	return (const uint64_t *)(set + 1);
}

/* The position of the number, or SET_NO_MEMBER. */
static inline uint32_t number_set_find(const struct format_number_set *set, uint64_t number)
{
	const uint64_t *numbers = number_set_numbers(set);
	uint32_t low = 0, high = set->member_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (numbers[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->member_count && numbers[low] == number ? low : SET_NO_MEMBER;
}

#endif
