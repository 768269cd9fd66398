#include "base/json_reader.h"

#include <string.h>

struct json_reader json_reader_of(struct text text, struct arena *arena)
{
	return (struct json_reader){
		.at = text.length ? text.bytes : "",
		.end = text.length ? text.bytes + text.length : "",
		.arena = arena,
		.is_first[0] = true,
	};
}

static void fail(struct json_reader *reader)
{
	reader->failed = true;
	reader->at = reader->end;
}

static void skip_blanks(struct json_reader *reader)
{
	while (reader->at < reader->end &&
	       (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r'))
		reader->at++;
}

/* The next byte that is not blank, or 0. */
static char next_byte(struct json_reader *reader)
{
	skip_blanks(reader);
	return reader->at < reader->end ? *reader->at : '\0';
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

char json_peek(struct json_reader *reader)
{
	char byte = next_byte(reader);

	if (byte == '-' || is_digit(byte))
		return '0';
	return byte && strchr("{[\"tfn", byte) ? byte : '\0';
}

static bool expect(struct json_reader *reader, char byte)
{
	if (next_byte(reader) != byte || reader->at == reader->end) {
		fail(reader);
		return false;
	}
	reader->at++;
	return true;
}

bool json_enter(struct json_reader *reader, char bracket)
{
	if (reader->depth == JSON_READER_DEPTH)
		fail(reader);
	if (!expect(reader, bracket))
		return false;
	reader->is_first[++reader->depth] = true;
	return true;
}

/* Moves to the next thing inside the innermost brackets, over the comma; false behind the closing one. */
static bool next_inside(struct json_reader *reader, char closing)
{
	if (reader->failed || reader->depth == 0)
		return false;
	if (next_byte(reader) == closing) {
		reader->at++;
		reader->depth--;
		return false;
	}
	if (!reader->is_first[reader->depth] && !expect(reader, ','))
		return false;
	reader->is_first[reader->depth] = false;
	return true;
}

bool json_next_member(struct json_reader *reader, struct text *ret_key)
{
	struct text key;

	if (!next_inside(reader, '}'))
		return false;
	key = json_read_string(reader);
	if (!expect(reader, ':'))
		return false;
	*ret_key = key;
	return true;
}

bool json_next_element(struct json_reader *reader)
{
	return next_inside(reader, ']');
}

/* ---- strings ---- */

static int hex_digit(char byte)
{
	if (is_digit(byte))
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* Four hexadecimal digits at `at`; -1 when they are not there. */
static int32_t read_hex4(const struct json_reader *reader, const char *at)
{
	int32_t code = 0;

	if (reader->end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

static char *put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	}
	return out;
}

/* The code behind "\u", perhaps a pair of surrogates; moves behind it. U+FFFD for what is no character. */
static bool read_code(struct json_reader *reader, uint32_t *ret_code)
{
	int32_t code = read_hex4(reader, reader->at);

	if (code < 0)
		return false;
	reader->at += 4;
	if (code >= 0xd800 && code < 0xdc00 && reader->end - reader->at >= 6 && reader->at[0] == '\\' &&
	    reader->at[1] == 'u') {
		int32_t low = read_hex4(reader, reader->at + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			reader->at += 6;
			*ret_code = 0x10000 + ((uint32_t)(code - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
			return true;
		}
	}
	*ret_code = code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : (uint32_t)code;
	return true;
}

/* Decodes from reader->at to the closing quote into `out`, which has room for as many bytes; false for a fault. */
static bool decode(struct json_reader *reader, char *out, size_t *ret_length)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *start = out;

	while (*reader->at != '"') {
		const char *escape;
		uint32_t code;

		if (*reader->at != '\\') {
			*out++ = *reader->at++;
			continue;
		}
		reader->at++;
		if (*reader->at == 'u') {
			reader->at++;
			if (!read_code(reader, &code))
				return false;
			out = put_utf8(out, code);
			continue;
		}
		escape = *reader->at ? strchr(escapes, *reader->at) : NULL;
		if (!escape)
			return false;
		*out++ = meanings[escape - escapes];
		reader->at++;
	}
	*ret_length = (size_t)(out - start);
	return true;
}

struct text json_read_string(struct json_reader *reader)
{
	const char *start, *at;
	bool has_escapes = false;
	size_t length;
	char *decoded;

	if (!expect(reader, '"'))
		return TEXT_EMPTY;
	start = reader->at;
	for (at = start; at < reader->end && *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			break;
		if (*at == '\\') {
			has_escapes = true;
			at++;
			if (at == reader->end)
				break;
		}
	}
	if (at >= reader->end || *at != '"') {
		fail(reader);
		return TEXT_EMPTY;
	}
	length = (size_t)(at - start);
	if (!has_escapes) {
		reader->at = at + 1;
		return text_of(start, length);
	}
	/* An escape is never shorter than what it stands for. */
	decoded = arena_allocate(reader->arena, length + 1);
	if (!decoded || !decode(reader, decoded, &length)) {
		fail(reader);
		return TEXT_EMPTY;
	}
	reader->at++;
	return text_of(decoded, length);
}

/* ---- other values ---- */

static bool take_word(struct json_reader *reader, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(reader);
	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
		return false;
	reader->at += length;
	return true;
}

bool json_read_bool(struct json_reader *reader)
{
	if (take_word(reader, "true"))
		return true;
	if (!take_word(reader, "false"))
		fail(reader);
	return false;
}

static bool take_digits(struct json_reader *reader)
{
	const char *start = reader->at;

	while (reader->at < reader->end && is_digit(*reader->at))
		reader->at++;
	return reader->at > start;
}

/* A number by the grammar; *ret_is_integer: without fraction and exponent. */
static struct text take_number(struct json_reader *reader, bool *ret_is_integer)
{
	const char *start;
	bool is_well_formed;

	skip_blanks(reader);
	start = reader->at;
	*ret_is_integer = true;
	if (reader->at < reader->end && *reader->at == '-')
		reader->at++;
	if (reader->at < reader->end && *reader->at == '0') {
		reader->at++;
		is_well_formed = true;
	} else {
		is_well_formed = take_digits(reader);
	}
	if (is_well_formed && reader->at < reader->end && *reader->at == '.') {
		reader->at++;
		*ret_is_integer = false;
		is_well_formed = take_digits(reader);
	}
	if (is_well_formed && reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) {
		reader->at++;
		*ret_is_integer = false;
		if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-'))
			reader->at++;
		is_well_formed = take_digits(reader);
	}
	if (!is_well_formed) {
		fail(reader);
		return TEXT_EMPTY;
	}
	return text_of(start, (size_t)(reader->at - start));
}

int64_t json_read_integer(struct json_reader *reader)
{
	bool is_integer;
	struct text digits = take_number(reader, &is_integer);
	bool is_negative = digits.length > 0 && digits.bytes[0] == '-';
	uint64_t magnitude;

	if (reader->failed)
		return 0;
	if (!is_integer || !text_to_u64(text_slice(digits, is_negative, SIZE_MAX), &magnitude) ||
	    magnitude > (uint64_t)INT64_MAX + is_negative) {
		fail(reader);
		return 0;
	}
	return is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
}

void json_skip(struct json_reader *reader)
{
	unsigned outside = reader->depth;
	bool is_object[JSON_READER_DEPTH + 1];
	struct text key;
	bool is_integer;

	/* One value; while brackets are open, whatever is inside them first. */
	do {
		if (reader->depth > outside &&
		    !(is_object[reader->depth] ? json_next_member(reader, &key) : json_next_element(reader)))
			continue;
		switch (json_peek(reader)) {
		case '{':
			if (json_enter(reader, '{'))
				is_object[reader->depth] = true;
			break;
		case '[':
			if (json_enter(reader, '['))
				is_object[reader->depth] = false;
			break;
		case '"':
			json_read_string(reader);
			break;
		case '0':
			take_number(reader, &is_integer);
			break;
		case 't':
		case 'f':
			json_read_bool(reader);
			break;
		default:
			if (!take_word(reader, "null"))
				fail(reader);
			break;
		}
	} while (!reader->failed && reader->depth > outside);
}

struct text json_read_raw(struct json_reader *reader)
{
	const char *start;

	skip_blanks(reader);
	start = reader->at;
	json_skip(reader);
	return reader->failed ? TEXT_EMPTY : text_of(start, (size_t)(reader->at - start));
}

bool json_reader_finish(struct json_reader *reader)
{
	return !reader->failed && reader->depth == 0 && next_byte(reader) == '\0' && reader->at == reader->end;
}
