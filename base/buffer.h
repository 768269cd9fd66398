/*
 * A growable run of bytes that it owns. The first failed append sets `failed` and later appends do nothing, so a writer
 * checks once at its end. All integers are written little-endian.
 */
#ifndef TERCEL_BASE_BUFFER_H
#define TERCEL_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct buffer {
	uint8_t *bytes;
	size_t length;
	size_t capacity;
	size_t limit_bytes; /* 0: no limit */
	bool failed;
};

#define BUFFER_INIT ((struct buffer){0})

void buffer_release(struct buffer *buffer); /* frees the bytes, ready for use again */
void buffer_clear(struct buffer *buffer);   /* length 0 and not failed, keeps the memory */

/* Makes room for `more_bytes`; false when that fails. */
bool buffer_reserve(struct buffer *buffer, size_t more_bytes);
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_append_text(struct buffer *buffer, struct text t);
void buffer_append_string(struct buffer *buffer, const char *string);
void buffer_append_byte(struct buffer *buffer, uint8_t byte);
void buffer_append_zeros(struct buffer *buffer, size_t count);
void buffer_append_u16(struct buffer *buffer, uint16_t number);
void buffer_append_u32(struct buffer *buffer, uint32_t number);
void buffer_append_u64(struct buffer *buffer, uint64_t number);
void buffer_append_decimal(struct buffer *buffer, uint64_t number);
void buffer_append_signed(struct buffer *buffer, int64_t number);
void buffer_align(struct buffer *buffer, size_t alignment_bytes); /* pads with zeros */
void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

struct text buffer_text(const struct buffer *buffer);

#endif
