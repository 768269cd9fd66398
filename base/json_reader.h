/*
 * A strict JSON reader (RFC 8259) that walks a text without building a tree. The text may come from outside: nesting is
 * bounded, nothing is allocated but strings with escapes, and those come from the caller's arena.
 *
 * Usage:
 *	struct json_reader reader = json_reader_of(text, arena);
 *
 *	json_enter(&reader, '{');
 *	while (json_next_member(&reader, &key)) {
 *		if (text_is(key, "name"))
 *			name = json_read_string(&reader);
 *		else
 *			json_skip(&reader);
 *	}
 *	if (json_reader_finish(&reader)) ...
 *
 * The first fault sets `failed`; from then on every function returns nothing (false, an empty text, 0), so it is enough
 * to check at the end.
 */
#ifndef TERCEL_BASE_JSON_READER_H
#define TERCEL_BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

#define JSON_READER_DEPTH 32

struct json_reader {
	const char *at, *end;
	struct arena *arena;
	unsigned depth;
	bool is_first[JSON_READER_DEPTH + 1]; /* nothing was read at this depth yet: no comma is due */
	bool failed;
};

struct json_reader json_reader_of(struct text text, struct arena *arena);

/* What stands next: '{', '[', '"', '0' (a number), 't', 'f', 'n', or '\0' for the end and for anything else. */
char json_peek(struct json_reader *reader);

/* Enters an object ('{') or array ('['); fails when something else stands there. */
bool json_enter(struct json_reader *reader, char bracket);
/* The next member's key, and the reader stands before its value; false at the end of the object, which is then left. */
bool json_next_member(struct json_reader *reader, struct text *ret_key);
/* The reader stands before the next element; false at the end of the array, which is then left. */
bool json_next_element(struct json_reader *reader);

/*
 * Values. A string lies in the text itself or in the arena; escapes are decoded, "\u0000" and lone surrogates to U+FFFD.
 * Bytes that are not UTF-8 are passed on as they are.
 */
struct text json_read_string(struct json_reader *reader);
bool json_read_bool(struct json_reader *reader);
/* Integers only; fails when the number has a fraction or exponent or does not fit. */
int64_t json_read_integer(struct json_reader *reader);
/* Any value, whatever is in it. */
void json_skip(struct json_reader *reader);
/* The next value's own bytes, skipped. */
struct text json_read_raw(struct json_reader *reader);

/* True when the whole text was read and was well-formed. */
bool json_reader_finish(struct json_reader *reader);

#endif
