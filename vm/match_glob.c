#include "vm/match_glob.h"

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static uint8_t fold(uint8_t byte, bool any_case)
{
	return any_case ? lower(byte) : byte;
}

static bool is_upper(uint8_t b)
{
	return b >= 'A' && b <= 'Z';
}

static bool is_lower(uint8_t b)
{
	return b >= 'a' && b <= 'z';
}

static bool is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

static bool is_graph(uint8_t b)
{
	return b > 0x20 && b < 0x7f;
}

static bool is_alnum(uint8_t b)
{
	return is_upper(b) || is_lower(b) || is_digit(b);
}

/* The character classes of the C locale. False for an unknown name as well. */
static bool class_has(struct text name, uint8_t b)
{
	if (text_is(name, "alpha"))
		return is_upper(b) || is_lower(b);
	if (text_is(name, "digit"))
		return is_digit(b);
	if (text_is(name, "alnum"))
		return is_alnum(b);
	if (text_is(name, "upper"))
		return is_upper(b);
	if (text_is(name, "lower"))
		return is_lower(b);
	if (text_is(name, "space"))
		return b == ' ' || (b >= '\t' && b <= '\r');
	if (text_is(name, "blank"))
		return b == ' ' || b == '\t';
	if (text_is(name, "punct"))
		return is_graph(b) && !is_alnum(b);
	if (text_is(name, "print"))
		return is_graph(b) || b == ' ';
	if (text_is(name, "graph"))
		return is_graph(b);
	if (text_is(name, "cntrl"))
		return b < 0x20 || b == 0x7f;
	if (text_is(name, "xdigit"))
		return is_digit(b) || (lower(b) >= 'a' && lower(b) <= 'f');
	return false;
}

#define CLASS_NAME_MAX 16 /* looking for the end of a longer one would cost the square of the pattern */

enum bracket_item { ITEM_BYTE, ITEM_CLASS, ITEM_BROKEN };

/*
 * One item of a bracket expression at *position: a byte (plain, quoted, [.x.] or [=x=]), or a class. BROKEN: the expression
 * ends before it is closed.
 */
static enum bracket_item bracket_item(struct text pattern, size_t *position, uint8_t *ret_byte, struct text *ret_class)
{
	size_t at = *position;
	char kind;

	if (pattern.bytes[at] == '\\') {
		if (at + 1 >= pattern.length)
			return ITEM_BROKEN;
		*ret_byte = (uint8_t)pattern.bytes[at + 1];
		*position = at + 2;
		return ITEM_BYTE;
	}
	kind = at + 1 < pattern.length ? pattern.bytes[at + 1] : 0;
	if (pattern.bytes[at] == '[' && (kind == ':' || kind == '.' || kind == '=')) {
		for (size_t end = at + 2; end + 1 < pattern.length && end < at + 2 + CLASS_NAME_MAX; end++) {
			if (pattern.bytes[end] != kind || pattern.bytes[end + 1] != ']')
				continue;
			*ret_class = text_slice(pattern, at + 2, end - at - 2);
			if (kind == ':') {
				*position = end + 2;
				return ITEM_CLASS;
			}
			if (ret_class->length != 1)
				break;
			*ret_byte = (uint8_t)ret_class->bytes[0];
			*position = end + 2;
			return ITEM_BYTE;
		}
	}
	*ret_byte = (uint8_t)pattern.bytes[at];
	*position = at + 1;
	return ITEM_BYTE;
}

/*
 * The bracket expression whose '[' is at *position. False when it is not one (unclosed): the '[' stands for itself. Else
 * *position is behind it and *ret_has says whether it has the byte.
 */
static bool bracket(struct text pattern, size_t *position, uint8_t byte, bool any_case, bool *ret_has)
{
	size_t at = *position + 1;
	bool is_negated = false, has = false;
	uint8_t wanted = fold(byte, any_case);

	if (at < pattern.length && (pattern.bytes[at] == '!' || pattern.bytes[at] == '^')) {
		is_negated = true;
		at++;
	}
	for (bool is_first = true;; is_first = false) {
		struct text class_name = TEXT_EMPTY;
		uint8_t low, high;
		enum bracket_item item;

		if (at >= pattern.length)
			return false;
		if (pattern.bytes[at] == ']' && !is_first)
			break;
		item = bracket_item(pattern, &at, &low, &class_name);
		if (item == ITEM_BROKEN)
			return false;
		if (item == ITEM_CLASS) {
			has |= class_has(class_name, byte); /* as glibc: classes are not folded */
			continue;
		}
		high = low;
		if (at + 1 < pattern.length && pattern.bytes[at] == '-' && pattern.bytes[at + 1] != ']') {
			at++;
			item = bracket_item(pattern, &at, &high, &class_name);
			if (item != ITEM_BYTE)
				return false;
		}
		has |= fold(low, any_case) <= wanted && wanted <= fold(high, any_case);
	}
	*position = at + 1;
	*ret_has = has != is_negated;
	return true;
}

/*
 * Matches one element of the pattern that is not a star; moves *position behind it. From *unclosed_from on every '[' stands
 * for itself: looking for the end of each of them again would cost the square of the pattern.
 */
static bool match_one(struct text pattern, size_t *position, uint8_t byte, bool any_case, size_t *unclosed_from)
{
	uint8_t literal = (uint8_t)pattern.bytes[*position];
	bool has;

	if (literal == '?') {
		++*position;
		return true;
	}
	if (literal == '[' && *position < *unclosed_from) {
		if (bracket(pattern, position, byte, any_case, &has))
			return has;
		*unclosed_from = *position;
	}
	if (literal == '\\') {
		if (++*position >= pattern.length)
			return false;
		literal = (uint8_t)pattern.bytes[*position];
	}
	++*position;
	return fold(literal, any_case) == fold(byte, any_case);
}

bool glob_match(struct text pattern, struct text value, bool any_case)
{
	size_t p = 0, v = 0;
	size_t star = SIZE_MAX, star_value = 0; /* the last star, and how far it reaches so far */
	size_t unclosed_from = SIZE_MAX;

	while (v < value.length) {
		size_t next = p;

		if (p < pattern.length && pattern.bytes[p] == '*') {
			star = ++p;
			star_value = v;
			continue;
		}
		if (p < pattern.length && match_one(pattern, &next, (uint8_t)value.bytes[v], any_case, &unclosed_from)) {
			p = next;
			v++;
			continue;
		}
		if (star == SIZE_MAX)
			return false;
		p = star;
		v = ++star_value;
	}
	while (p < pattern.length && pattern.bytes[p] == '*')
		p++;
	return p == pattern.length;
}
