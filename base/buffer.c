#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"

#define LEAST_CAPACITY_BYTES ((size_t)64)

void buffer_release(struct buffer *buffer)
{
	free(buffer->bytes);
	buffer->bytes = NULL;
	buffer->length = 0;
	buffer->capacity = 0;
	buffer->failed = false;
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->failed = false;
}

static bool grow(struct buffer *buffer, size_t needed)
{
	size_t capacity = buffer->capacity ? buffer->capacity : LEAST_CAPACITY_BYTES;
	uint8_t *bytes;

	while (capacity < needed)
		capacity *= 2;
	if (buffer->limit_bytes && capacity > buffer->limit_bytes)
		capacity = buffer->limit_bytes;
	bytes = realloc(buffer->bytes, capacity);
	if (!bytes)
		return false;
	buffer->bytes = bytes;
	buffer->capacity = capacity;
	return true;
}

bool buffer_reserve(struct buffer *buffer, size_t more_bytes)
{
	size_t needed;

	if (buffer->failed)
		return false;
	if (__builtin_add_overflow(buffer->length, more_bytes, &needed) || needed > PTRDIFF_MAX / 2 ||
	    (buffer->limit_bytes && needed > buffer->limit_bytes) ||
	    (needed > buffer->capacity && !grow(buffer, needed))) {
		buffer->failed = true;
		return false;
	}
	return true;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	if (length == 0 || !buffer_reserve(buffer, length))
		return;
	memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
}

void buffer_append_text(struct buffer *buffer, struct text t)
{
	buffer_append(buffer, t.bytes, t.length);
}

void buffer_append_string(struct buffer *buffer, const char *string)
{
	buffer_append(buffer, string, strlen(string));
}

void buffer_append_byte(struct buffer *buffer, uint8_t byte)
{
	buffer_append(buffer, &byte, 1);
}

void buffer_append_zeros(struct buffer *buffer, size_t count)
{
	if (count == 0 || !buffer_reserve(buffer, count))
		return;
	memset(buffer->bytes + buffer->length, 0, count);
	buffer->length += count;
}

void buffer_append_u16(struct buffer *buffer, uint16_t number)
{
	uint8_t bytes[2];

	store_u16(bytes, number);
	buffer_append(buffer, bytes, sizeof bytes);
}

void buffer_append_u32(struct buffer *buffer, uint32_t number)
{
	uint8_t bytes[4];

	store_u32(bytes, number);
	buffer_append(buffer, bytes, sizeof bytes);
}

void buffer_append_u64(struct buffer *buffer, uint64_t number)
{
	uint8_t bytes[8];

	store_u64(bytes, number);
	buffer_append(buffer, bytes, sizeof bytes);
}

void buffer_append_decimal(struct buffer *buffer, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buffer_append(buffer, digits + at, sizeof digits - at);
}

void buffer_append_signed(struct buffer *buffer, int64_t number)
{
	if (number < 0) {
		buffer_append_byte(buffer, '-');
		buffer_append_decimal(buffer, 0 - (uint64_t)number);
	} else {
		buffer_append_decimal(buffer, (uint64_t)number);
	}
}

void buffer_align(struct buffer *buffer, size_t alignment_bytes)
{
	size_t over = buffer->length % alignment_bytes;

	if (over)
		buffer_append_zeros(buffer, alignment_bytes - over);
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
{
	va_list again;
	size_t room = buffer->capacity - buffer->length;
	int length;

	if (buffer->failed)
		return;
	va_copy(again, arguments);
	length = vsnprintf(buffer->bytes ? (char *)buffer->bytes + buffer->length : NULL, room, format, arguments);
	if (length < 0) {
		buffer->failed = true;
	} else if (buffer->limit_bytes && (size_t)length > buffer->limit_bytes - buffer->length) {
		buffer->failed = true;
	} else if ((size_t)length < room) {
		buffer->length += (size_t)length;
	} else {
		uint64_t with_terminator = (uint64_t)length + 1;
		size_t limit_bytes = buffer->limit_bytes;

		/* vsnprintf writes a NUL that is not part of the text; the limit is about the text only. */
		if (limit_bytes)
			buffer->limit_bytes = limit_bytes + 1;
		if (buffer_reserve(buffer, with_terminator)) {
			vsnprintf((char *)buffer->bytes + buffer->length, with_terminator, format, again);
			buffer->length += (size_t)length;
		}
		buffer->limit_bytes = limit_bytes;
	}
	va_end(again);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_vprintf(buffer, format, arguments);
	va_end(arguments);
}

struct text buffer_text(const struct buffer *buffer)
{
	return (struct text){buffer->bytes ? (const char *)buffer->bytes : "", buffer->length};
}
