/*
 * A run of bytes that somebody else owns.
 *
 * Text crosses module borders as (pointer, length): bytes that come from tracees, rule files and captures may hold
 * NUL bytes and invalid UTF-8. A `struct text` never owns its bytes and is passed by value.
 */
#ifndef TERCEL_BASE_TEXT_H
#define TERCEL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	const char *bytes; /* may be NULL only when length is 0 */
	size_t length;
};

/* For string literals; usable in static initialisers. */
#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
#define TEXT_EMPTY ((struct text){"", 0})

/* For printf("%.*s"): lengths above INT_MAX are cut. */
#define TEXT_FORMAT "%.*s"
#define TEXT_ARGUMENTS(t) text_format_length(t), (t).bytes

static inline struct text text_of(const char *bytes, size_t length)
{
	return (struct text){bytes, length};
}

static inline struct text text_from_string(const char *string)
{
	return (struct text){string, strlen(string)};
}

static inline bool text_equal(struct text a, struct text b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static inline bool text_is(struct text a, const char *string)
{
	return text_equal(a, text_from_string(string));
}

/* The same but for the case of ASCII letters. */
bool text_equal_but_case(struct text a, struct text b);

static inline bool text_starts_with(struct text t, struct text prefix)
{
	return t.length >= prefix.length && (prefix.length == 0 || memcmp(t.bytes, prefix.bytes, prefix.length) == 0);
}

static inline bool text_ends_with(struct text t, struct text suffix)
{
	return t.length >= suffix.length &&
	       (suffix.length == 0 || memcmp(t.bytes + t.length - suffix.length, suffix.bytes, suffix.length) == 0);
}

/* A string of its own, to be freed; NULL when there is no memory. */
char *text_duplicate(struct text t);

/* The part from `start` on, at most `length` bytes; out-of-range values are cut to what is there. */
struct text text_slice(struct text t, size_t start, size_t length);

/* Without leading and trailing bytes that are in the NUL-terminated set `blanks`. */
struct text text_trim(struct text t, const char *blanks);

/* <0, 0, >0 by unsigned bytes, then by length: the order of every sorted listing. */
int text_compare(struct text a, struct text b);

/* Offset of the first occurrence, or SIZE_MAX. */
size_t text_find(struct text t, struct text needle);
size_t text_find_byte(struct text t, char byte);
size_t text_find_last_byte(struct text t, char byte);

/* SipHash-1-3 with a key made of `seed`: safe for hostile keys as long as the seed is secret and random. */
uint64_t text_hash(struct text t, uint64_t seed);

/*
 * The whole of `t` as a decimal number without sign. False, and *ret_number untouched, when it is empty, holds another
 * byte or does not fit.
 */
bool text_to_u64(struct text t, uint64_t *ret_number);

int text_format_length(struct text t);

#endif
