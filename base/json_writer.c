#include "base/json_writer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

void json_writer_init(struct json_writer *writer, struct buffer *buffer)
{
	*writer = (struct json_writer){.buffer = buffer};
}

/* Beyond the deepest level the buffer has failed already: what is kept for that level does not matter any more. */
static unsigned level_of(const struct json_writer *writer)
{
	return writer->depth < JSON_WRITER_DEPTH ? writer->depth : JSON_WRITER_DEPTH - 1;
}

static void begin_value(struct json_writer *writer)
{
	unsigned level = level_of(writer);

	if (!writer->after_key && writer->has_member[level])
		buffer_append_byte(writer->buffer, ',');
	writer->has_member[level] = true;
	writer->after_key = false;
}

static void begin_scalar(struct json_writer *writer)
{
	assert(writer->buffer->failed || !writer->in_object[level_of(writer)] || writer->after_key);
	begin_value(writer);
}

static void open_level(struct json_writer *writer, uint8_t bracket, bool is_object)
{
	begin_scalar(writer);
	buffer_append_byte(writer->buffer, bracket);
	writer->depth++;
	if (writer->depth >= JSON_WRITER_DEPTH)
		writer->buffer->failed = true;
	writer->has_member[level_of(writer)] = false;
	writer->in_object[level_of(writer)] = is_object;
}

static void close_level(struct json_writer *writer, uint8_t bracket)
{
	assert(writer->depth > 0 && !writer->after_key);
	assert(writer->buffer->failed || writer->in_object[writer->depth] == (bracket == '}'));
	writer->depth--;
	buffer_append_byte(writer->buffer, bracket);
}

void json_begin_object(struct json_writer *writer)
{
	open_level(writer, '{', true);
}

void json_end_object(struct json_writer *writer)
{
	close_level(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
	open_level(writer, '[', false);
}

void json_end_array(struct json_writer *writer)
{
	close_level(writer, ']');
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void escape_control(struct buffer *buffer, uint8_t byte)
{
	switch (byte) {
	case '"':
		buffer_append(buffer, "\\\"", 2);
		break;
	case '\\':
		buffer_append(buffer, "\\\\", 2);
		break;
	case '\b':
		buffer_append(buffer, "\\b", 2);
		break;
	case '\f':
		buffer_append(buffer, "\\f", 2);
		break;
	case '\n':
		buffer_append(buffer, "\\n", 2);
		break;
	case '\r':
		buffer_append(buffer, "\\r", 2);
		break;
	case '\t':
		buffer_append(buffer, "\\t", 2);
		break;
	default:
		buffer_printf(buffer, "\\u%04x", byte);
	}
}

void json_escape(struct buffer *buffer, struct text value)
{
	const uint8_t *at = (const uint8_t *)value.bytes;
	size_t left = value.length;

	while (left > 0) {
		size_t plain = 0;
		int length;

		while (plain < left && is_plain(at[plain]))
			plain++;
		buffer_append(buffer, at, plain);
		at += plain;
		left -= plain;
		if (left == 0)
			break;
		length = utf8_sequence(at, left);
		if (length == 1)
			escape_control(buffer, *at);
		else if (length > 1)
			buffer_append(buffer, at, (size_t)length);
		else
			buffer_append(buffer, "\xef\xbf\xbd", 3); /* U+FFFD */
		length = abs(length);
		at += length;
		left -= (size_t)length;
	}
}

static void append_quoted(struct json_writer *writer, struct text value)
{
	buffer_append_byte(writer->buffer, '"');
	json_escape(writer->buffer, value);
	buffer_append_byte(writer->buffer, '"');
}

void json_key(struct json_writer *writer, struct text key)
{
	assert(writer->buffer->failed || (writer->in_object[level_of(writer)] && !writer->after_key));
	begin_value(writer);
	append_quoted(writer, key);
	buffer_append_byte(writer->buffer, ':');
	writer->after_key = true;
}

void json_string(struct json_writer *writer, struct text value)
{
	begin_scalar(writer);
	append_quoted(writer, value);
}

void json_unsigned(struct json_writer *writer, uint64_t value)
{
	begin_scalar(writer);
	buffer_append_decimal(writer->buffer, value);
}

void json_signed(struct json_writer *writer, int64_t value)
{
	begin_scalar(writer);
	buffer_append_signed(writer->buffer, value);
}

void json_double(struct json_writer *writer, double value)
{
	char digits[40] = "null";

	begin_scalar(writer);
	if (isfinite(value)) {
		for (int precision = 1; precision <= 17; precision++) {
			snprintf(digits, sizeof digits, "%.*g", precision, value);
			if (strtod(digits, NULL) == value)
				break;
		}
	}
	buffer_append_string(writer->buffer, digits);
}

void json_bool(struct json_writer *writer, bool value)
{
	begin_scalar(writer);
	buffer_append_string(writer->buffer, value ? "true" : "false");
}

void json_null(struct json_writer *writer)
{
	begin_scalar(writer);
	buffer_append_string(writer->buffer, "null");
}

void json_raw(struct json_writer *writer, struct text bytes)
{
	begin_scalar(writer);
	buffer_append_text(writer->buffer, bytes);
}
