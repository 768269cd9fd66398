/*
 * Writes JSON into a buffer: compact, members in the order in which they are given. Commas and nesting are kept here;
 * misuse (a value without a key inside an object) is an assertion in debug builds. Nesting deeper than
 * JSON_WRITER_DEPTH - 1 marks the buffer as failed.
 */
#ifndef TERCEL_BASE_JSON_WRITER_H
#define TERCEL_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

#define JSON_WRITER_DEPTH 128

struct json_writer {
	struct buffer *buffer;
	unsigned depth;                     /* of open objects and arrays */
	bool has_member[JSON_WRITER_DEPTH]; /* something was written at this depth: a comma is due */
	bool in_object[JSON_WRITER_DEPTH];
	bool after_key;
};

void json_writer_init(struct json_writer *writer, struct buffer *buffer);
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_key(struct json_writer *writer, struct text key);
/* Invalid UTF-8: each maximal ill-formed subsequence becomes U+FFFD (Unicode's recommended practice). */
void json_string(struct json_writer *writer, struct text value);
void json_unsigned(struct json_writer *writer, uint64_t value);
void json_signed(struct json_writer *writer, int64_t value);
void json_double(struct json_writer *writer, double value); /* shortest form that reads back equal; not finite: null */
void json_bool(struct json_writer *writer, bool value);
void json_null(struct json_writer *writer);
/* `bytes` are a complete JSON value already. */
void json_raw(struct json_writer *writer, struct text bytes);

/* The escaped text without the quotes around it, as in Falco's text alerts (rule language reference, section 6.4). */
void json_escape(struct buffer *buffer, struct text value);

#endif
