/* Little-endian loads and stores at any alignment, and a checked reader over a run of bytes. */
#ifndef TERCEL_BASE_BYTES_H
#define TERCEL_BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

static inline uint16_t load_u16(const void *bytes)
{
	uint16_t number;

	memcpy(&number, bytes, sizeof number);
	return le16toh(number);
}

static inline uint32_t load_u32(const void *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof number);
	return le32toh(number);
}

static inline uint64_t load_u64(const void *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof number);
	return le64toh(number);
}

static inline void store_u16(void *bytes, uint16_t number)
{
	number = htole16(number);
	memcpy(bytes, &number, sizeof number);
}

static inline void store_u32(void *bytes, uint32_t number)
{
	number = htole32(number);
	memcpy(bytes, &number, sizeof number);
}

static inline void store_u64(void *bytes, uint64_t number)
{
	number = htole64(number);
	memcpy(bytes, &number, sizeof number);
}

/*
 * Reads forward and never past the end. A read that does not fit returns 0 (or an empty text), moves nothing and sets
 * `failed`; the caller checks once after a group of reads.
 */
struct byte_reader {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

static inline struct byte_reader byte_reader_of(const void *bytes, size_t length)
{
	/* NULL + 0 is undefined in C. */
	return (struct byte_reader){bytes, length ? (const uint8_t *)bytes + length : bytes, false};
}

static inline size_t byte_reader_left(const struct byte_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static inline const uint8_t *byte_reader_take(struct byte_reader *reader, size_t length)
{
	const uint8_t *taken = reader->at;

	if (reader->failed || byte_reader_left(reader) < length) {
		reader->failed = true;
		return NULL;
	}
	reader->at += length;
	return taken;
}

static inline uint8_t byte_reader_u8(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_take(reader, 1);

	return bytes ? *bytes : 0;
}

static inline uint16_t byte_reader_u16(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_take(reader, 2);

	return bytes ? load_u16(bytes) : 0;
}

static inline uint32_t byte_reader_u32(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_take(reader, 4);

	return bytes ? load_u32(bytes) : 0;
}

static inline uint64_t byte_reader_u64(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_take(reader, 8);

	return bytes ? load_u64(bytes) : 0;
}

static inline struct text byte_reader_text(struct byte_reader *reader, size_t length)
{
	const uint8_t *bytes = byte_reader_take(reader, length);

	return bytes ? text_of((const char *)bytes, length) : TEXT_EMPTY;
}

#endif
