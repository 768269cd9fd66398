#include "compiler/patterns/glob_parse.h"

#include <ctype.h>

#include "base/seeded_bug.h"

/* The set of bytes that one place of a glob matches. */
struct byte_set {
	bool has[SYMBOL_BYTE_MAX + 1];
};

static struct pattern *set_pattern(struct arena *arena, const struct byte_set *set)
{
	struct symbol_range ranges[SYMBOL_BYTE_MAX + 1];
	uint32_t count = 0;

	for (uint32_t byte = 0; byte <= SYMBOL_BYTE_MAX; byte++)
		if (set->has[byte])
			ranges[count++] = (struct symbol_range){byte, byte};
	return pattern_symbols(arena, ranges, count, false, SYMBOL_BYTE_MAX);
}

static uint8_t fold(uint8_t byte, bool fold_case)
{
	return fold_case && byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static const struct {
	const char *name;
	int (*has)(int byte);
} classes[] = {
	{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
	{"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
	{"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};

/* ASCII is all that the C locale knows; <ctype.h> must not ask the environment's. */
static bool class_has(size_t class, uint8_t byte)
{
	return byte < 0x80 && classes[class].has(byte) != 0;
}

/* What a bracket expression is made of, one element at a time. */
enum element_kind { ELEMENT_BYTE, ELEMENT_CLASS, ELEMENT_NONE /* the pattern can match nothing */, ELEMENT_END_OF_TEXT };

struct element {
	enum element_kind kind;
	uint8_t byte;
	bool is_named;	     /* FNM_CASEFOLD does not touch it */
	bool is_equivalence; /* no range begins with it */
	size_t class;
};

/* "[:alpha:]", "[=a=]" or "[.a.]" at `at`, which is behind the inner "["; false when it is an ordinary "[". */
static bool take_named_element(struct text glob, size_t *position, struct element *ret_element)
{
	size_t at = *position;
	char mark = at < glob.length ? glob.bytes[at] : '\0';

	if (mark == ':') {
		size_t length = 0;

		while (at + 1 + length < glob.length && islower((uint8_t)glob.bytes[at + 1 + length]))
			length++;
		if (at + 2 + length >= glob.length || glob.bytes[at + 1 + length] != ':' ||
		    glob.bytes[at + 2 + length] != ']')
			return false;
		*position = at + 3 + length;
		ret_element->kind = ELEMENT_NONE;
		for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
			if (text_is(text_slice(glob, at + 1, length), classes[i].name))
				*ret_element = (struct element){.kind = ELEMENT_CLASS, .class = i};
		return true;
	}
	if (mark == '=' && at + 3 < glob.length && glob.bytes[at + 2] == '=' && glob.bytes[at + 3] == ']') {
		*position = at + 4;
		*ret_element = (struct element){ELEMENT_BYTE, (uint8_t)glob.bytes[at + 1], true, true, 0};
		return true;
	}
	if (mark == '.') {
		size_t length = text_find(text_slice(glob, at + 1, SIZE_MAX), TEXT(".]"));

		/* The C locale has no names of characters. */
		ret_element->kind = ELEMENT_NONE;
		if (length == 1)
			*ret_element = (struct element){ELEMENT_BYTE, (uint8_t)glob.bytes[at + 1], true, false, 0};
		*position = length == SIZE_MAX ? glob.length : at + 1 + length + 2;
		return true;
	}
	return false;
}

/* The end of a range is a byte or "[.a.]", nothing else. */
static struct element take_element(struct text glob, size_t *position, bool is_range_end)
{
	struct element element = {.kind = ELEMENT_END_OF_TEXT};
	size_t at = *position;

	if (at >= glob.length)
		return element;
	if (glob.bytes[at] == '[' && !(is_range_end && !(at + 1 < glob.length && glob.bytes[at + 1] == '.'))) {
		*position = at + 1;
		if (take_named_element(glob, position, &element))
			return element;
		*position = at;
	}
	if (glob.bytes[at] == '\\' && ++at >= glob.length)
		return element;
	element.kind = ELEMENT_BYTE;
	element.byte = (uint8_t)glob.bytes[at];
	*position = at + 1;
	return element;
}

/*
 * At "[". False when the bracket is not closed: then it is a literal. fnmatch() looks at the elements from left to right
 * and gives up at one that it does not know (an unknown class): only what matched before that still does.
 */
static bool parse_bracket(struct text glob, size_t *position, bool fold_case, struct byte_set *ret_set)
{
	struct byte_set set = {0};
	size_t at = *position + 1;
	bool is_negated = false, is_first = true, gives_up = false;

	if (at < glob.length && (glob.bytes[at] == '!' || glob.bytes[at] == '^')) {
		is_negated = true;
		at++;
	}
	for (;; is_first = false) {
		struct element low, high;
		bool is_named_alone;

		if (at >= glob.length)
			return false;
		if (glob.bytes[at] == ']' && !is_first)
			break;
		low = take_element(glob, &at, false);
		if (low.kind == ELEMENT_END_OF_TEXT)
			return false;
		if (low.kind == ELEMENT_NONE)
			gives_up = true;
		if (gives_up)
			continue;
		if (low.kind == ELEMENT_CLASS) {
			for (unsigned byte = 0; byte <= SYMBOL_BYTE_MAX; byte++)
				set.has[byte] |= class_has(low.class, (uint8_t)byte);
			continue;
		}
		high = low;
		is_named_alone = low.is_named;
		if (!low.is_equivalence && at + 1 < glob.length && glob.bytes[at] == '-' &&
		    glob.bytes[at + 1] != ']') {
			at++;
			is_named_alone = false;
			high = take_element(glob, &at, true);
			if (high.kind == ELEMENT_END_OF_TEXT)
				return false;
		}
		if (high.kind == ELEMENT_NONE) {
			gives_up = true;
			continue;
		}
		if (is_named_alone) {
			set.has[low.byte] = true;
			continue;
		}
		for (unsigned byte = 0; byte <= SYMBOL_BYTE_MAX; byte++) {
			uint8_t folded = fold((uint8_t)byte, fold_case);

			set.has[byte] |= folded >= fold(low.byte, fold_case) && folded <= fold(high.byte, fold_case);
		}
	}
	for (unsigned byte = 0; byte <= SYMBOL_BYTE_MAX; byte++)
		ret_set->has[byte] = set.has[byte] != (is_negated && !SEEDED_BUG(NO_GLOB_NEGATION)) && !(is_negated && gives_up);
	*position = at + 1;
	return true;
}

/*
 * One glob without regard to what surrounds it. `excluded`: a byte that no wildcard matches ('/' inside a path component),
 * or -1. `needs_byte`: a glob that could match nothing must match a byte at least.
 */
static struct pattern *parse(struct arena *arena, struct text glob, bool fold_case, int excluded, bool needs_byte)
{
	struct pattern **parts = arena_allocate_array(arena, glob.length + 1, sizeof *parts);
	struct byte_set any;
	uint32_t count = 0;
	bool is_star_only = true;

	if (!parts)
		return NULL;
	for (unsigned byte = 0; byte <= SYMBOL_BYTE_MAX; byte++)
		any.has[byte] = (int)byte != excluded;
	for (size_t at = 0; at < glob.length;) {
		char c = glob.bytes[at];
		struct byte_set set;

		if (c == '*') {
			at++;
			/* Several in a row are one. */
			if (count == 0 || parts[count - 1]->kind != PATTERN_REPEAT)
				parts[count++] = pattern_repeat(arena, set_pattern(arena, &any), 0, REPEAT_UNBOUNDED);
		} else if (c == '?') {
			at++;
			is_star_only = false;
			parts[count++] = set_pattern(arena, &any);
		} else if (c == '[' && parse_bracket(glob, &at, fold_case, &set)) {
			is_star_only = false;
			if (excluded >= 0)
				set.has[excluded] = false;
			parts[count++] = set_pattern(arena, &set);
		} else {
			is_star_only = false;
			/* A backslash at the end matches nothing at all. */
			if (c == '\\' && ++at == glob.length)
				return pattern_symbols(arena, NULL, 0, false, SYMBOL_BYTE_MAX);
			parts[count++] = pattern_literal(arena, text_slice(glob, at, 1), fold_case);
			at++;
		}
		if (!parts[count - 1])
			return NULL;
	}
	if (needs_byte && is_star_only && count > 0)
		parts[0] = pattern_repeat(arena, set_pattern(arena, &any), 1, REPEAT_UNBOUNDED);
	return pattern_list(arena, PATTERN_SEQUENCE, parts, count);
}

struct pattern *glob_parse(struct arena *arena, struct text glob, bool fold_case)
{
	return parse(arena, glob, fold_case, -1, false);
}

static struct pattern *anything(struct arena *arena)
{
	return pattern_repeat(arena, pattern_any_byte(arena), 0, REPEAT_UNBOUNDED);
}

struct pattern *substring_pattern(struct arena *arena, struct text bytes)
{
	struct pattern *parts[] = {anything(arena), pattern_literal(arena, bytes, true), anything(arena)};

	return pattern_list(arena, PATTERN_SEQUENCE, parts, 3);
}

static bool has_wildcard(struct text component)
{
	return text_find_byte(component, '?') != SIZE_MAX || text_find_byte(component, '*') != SIZE_MAX ||
	       text_find_byte(component, '[') != SIZE_MAX;
}

bool path_has_wildcard(struct text path)
{
	return has_wildcard(path);
}

static struct pattern *slashes(struct arena *arena, uint32_t min)
{
	return pattern_repeat(arena, pattern_symbol(arena, '/'), min, REPEAT_UNBOUNDED);
}

/* "/"* component ("/"+ component)* ("/" anything)? */
static struct pattern *one_path(struct arena *arena, struct text path)
{
	struct pattern **parts = arena_allocate_array(arena, path.length + 4, sizeof *parts);
	struct pattern *rest;
	uint32_t count = 0;

	if (!parts)
		return NULL;
	for (size_t at = 0; at < path.length;) {
		struct text left = text_slice(path, at, SIZE_MAX);
		size_t length = text_find_byte(left, '/');
		struct text component = text_slice(left, 0, length);

		at += component.length + 1;
		if (component.length == 0)
			continue;
		parts[count] = slashes(arena, count == 0 ? 0 : 1);
		parts[count + 1] = has_wildcard(component) ? parse(arena, component, false, '/', true)
							   : pattern_literal(arena, component, false);
		count += 2;
	}
	if (count == 0)
		return anything(arena);
	rest = pattern_list(arena, PATTERN_SEQUENCE, (struct pattern *const[]){slashes(arena, 1), anything(arena)}, 2);
	parts[count++] = pattern_repeat(arena, rest, 0, 1);
	return pattern_list(arena, PATTERN_SEQUENCE, parts, count);
}

struct pattern *path_prefix_pattern(struct arena *arena, const struct text *paths, uint32_t count)
{
	struct pattern **choices = arena_allocate_array(arena, (size_t)count + 1, sizeof *choices);

	if (!choices)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		choices[i] = one_path(arena, paths[i]);
	/* No path at all: nothing matches. */
	if (count == 0)
		return pattern_symbols(arena, NULL, 0, false, SYMBOL_BYTE_MAX);
	return pattern_list(arena, PATTERN_CHOICE, choices, count);
}
