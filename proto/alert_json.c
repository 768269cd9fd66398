#include "proto/alert_json.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_writer.h"

#define REPLACEMENT_CHARACTER 0xfffdu

static void append_utf8(struct buffer *buffer, uint32_t character)
{
	uint8_t bytes[4];
	size_t length;

	if (character < 0x80) {
		bytes[0] = (uint8_t)character;
		length = 1;
	} else if (character < 0x800) {
		bytes[0] = (uint8_t)(0xc0 | character >> 6);
		length = 2;
	} else if (character < 0x10000) {
		bytes[0] = (uint8_t)(0xe0 | character >> 12);
		length = 3;
	} else {
		bytes[0] = (uint8_t)(0xf0 | character >> 18);
		length = 4;
	}
	for (size_t i = 1; i < length; i++)
		bytes[i] = (uint8_t)(0x80 | (character >> (6 * (length - 1 - i)) & 0x3f));
	buffer_append(buffer, bytes, length);
}

/* The character at `at` (a byte above 7F) and how many bytes it takes. */
static uint32_t lax_character(const uint8_t *at, size_t left, size_t *ret_length)
{
	size_t length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf8 ? 4 : 1;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t character;

	*ret_length = 1;
	if (length == 1 || left < length)
		return REPLACEMENT_CHARACTER;
	character = at[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++)
		character = character << 6 | (at[i] & 0x3f);
	*ret_length = length;
	if (character < least[length] || (character >= 0xd800 && character <= 0xdfff))
		return REPLACEMENT_CHARACTER;
	/* Written as two halves of ten bits each by the original: what is above them is lost. */
	if (character > 0x10ffff)
		character = 0x10000 + ((character - 0x10000) & 0xfffff);
	return character;
}

void alert_lax_utf8(struct buffer *buffer, struct text t)
{
	const uint8_t *at = (const uint8_t *)t.bytes;
	size_t left = t.length;

	while (left > 0) {
		size_t length = 0;

		while (length < left && at[length] < 0x80)
			length++;
		buffer_append(buffer, at, length);
		at += length;
		left -= length;
		if (left == 0)
			break;
		append_utf8(buffer, lax_character(at, left, &length));
		at += length;
		left -= length;
	}
}

static bool is_ascii(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		if ((uint8_t)t.bytes[i] >= 0x80)
			return false;
	}
	return true;
}

static void append_field_string(struct json_writer *writer, struct text t)
{
	struct buffer decoded = BUFFER_INIT;

	if (is_ascii(t)) {
		json_string(writer, t);
		return;
	}
	alert_lax_utf8(&decoded, t);
	json_string(writer, buffer_text(&decoded));
	if (decoded.failed)
		writer->buffer->failed = true;
	buffer_release(&decoded);
}

static void append_value(struct json_writer *writer, const struct alert_value *value)
{
	switch ((enum alert_value_kind)value->kind) {
	case ALERT_VALUE_SIGNED:
		json_signed(writer, value->signed_number);
		break;
	case ALERT_VALUE_UNSIGNED:
		json_unsigned(writer, value->unsigned_number);
		break;
	case ALERT_VALUE_REAL:
		json_double(writer, value->real);
		break;
	case ALERT_VALUE_BOOLEAN:
		json_bool(writer, value->boolean);
		break;
	case ALERT_VALUE_STRING:
		append_field_string(writer, value->text);
		break;
	case ALERT_VALUE_ARRAY:
		json_begin_array(writer);
		for (size_t i = 0; i < value->element_count; i++)
			append_value(writer, &value->elements[i]);
		json_end_array(writer);
		break;
	case ALERT_VALUE_NULL:
		json_null(writer);
		break;
	}
}

static void append_text_member(struct json_writer *writer, struct text key, struct text value)
{
	json_key(writer, key);
	json_string(writer, value);
}

/* "2019-08-19T16:00:00.010000000Z" */
static void append_time(struct json_writer *writer, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / NS_PER_S);
	char text[64];
	struct tm tm;
	size_t length;

	gmtime_r(&seconds, &tm); /* cannot fail: the year of the largest time_ns is 2554 */
	length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	length += (size_t)snprintf(text + length, sizeof text - length, ".%09uZ", (unsigned)(time_ns % NS_PER_S));
	append_text_member(writer, TEXT("time"), text_of(text, length));
}

void alert_json_append(struct buffer *buffer, const struct alert *alert)
{
	struct json_writer writer;

	json_writer_init(&writer, buffer);
	json_begin_object(&writer);
	append_text_member(&writer, TEXT("hostname"), alert->host_name);
	append_text_member(&writer, TEXT("output"), alert->output);
	json_key(&writer, TEXT("output_fields"));
	json_begin_object(&writer);
	for (size_t i = 0; i < alert->field_count; i++) {
		json_key(&writer, alert->fields[i].name);
		append_value(&writer, &alert->fields[i].value);
	}
	json_end_object(&writer);
	append_text_member(&writer, TEXT("priority"), alert->priority_name);
	append_text_member(&writer, TEXT("rule"), alert->rule);
	append_text_member(&writer, TEXT("source"), alert->source);
	json_key(&writer, TEXT("tags"));
	json_begin_array(&writer);
	for (size_t i = 0; i < alert->tag_count; i++)
		json_string(&writer, alert->tags[i]);
	json_end_array(&writer);
	append_time(&writer, alert->time_ns);
	json_end_object(&writer);
}

void alert_text_append(struct buffer *buffer, const struct alert *alert)
{
	json_escape(buffer, alert->output);
}
