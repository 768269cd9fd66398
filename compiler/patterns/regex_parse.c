#include "compiler/patterns/regex_parse.h"

#include <errno.h>

#define REPEAT_MAX 1000u /* RE2's bound on counted repetition */
#define NESTING_MAX 1000u

struct regex_parser {
	struct arena *arena;
	struct text source;
	size_t at;
	unsigned depth;
	int status; /* 0, -EINVAL, -ENOMEM */
	struct text error;
};

static struct pattern *fail(struct regex_parser *parser, const char *what, struct text argument)
{
	if (parser->status != 0)
		return NULL;
	parser->status = -EINVAL;
	parser->error = argument.length > 0
				? arena_format(parser->arena, "%s: " TEXT_FORMAT, what, TEXT_ARGUMENTS(argument))
				: text_from_string(what);
	if (!parser->error.bytes)
		parser->status = -ENOMEM;
	return NULL;
}

static struct pattern *made(struct regex_parser *parser, struct pattern *pattern)
{
	if (!pattern && parser->status == 0)
		parser->status = -ENOMEM;
	return pattern;
}

static bool at_end(const struct regex_parser *parser)
{
	return parser->at == parser->source.length;
}

static char peek(const struct regex_parser *parser, size_t ahead)
{
	return parser->at + ahead < parser->source.length ? parser->source.bytes[parser->at + ahead] : '\0';
}

static bool next_is(const struct regex_parser *parser, size_t ahead, char c)
{
	return parser->at + ahead < parser->source.length && parser->source.bytes[parser->at + ahead] == c;
}

/* The well-formed UTF-8 character at `at`; its length in bytes, or 0. */
static size_t decode(struct text t, size_t at, uint32_t *ret_code_point)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t lead;
	size_t length;
	uint32_t code_point;

	if (at >= t.length)
		return 0;
	lead = (uint8_t)t.bytes[at];
	if (lead < 0x80) {
		*ret_code_point = lead;
		return 1;
	}
	length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
	if (length == 0 || lead >= 0xf8 || t.length - at < length)
		return 0;
	code_point = lead & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		uint8_t byte = (uint8_t)t.bytes[at + i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		code_point = code_point << 6 | (byte & 0x3f);
	}
	if (code_point < least[length] || code_point > SYMBOL_CODE_POINT_MAX)
		return 0;
	*ret_code_point = code_point;
	return length;
}

static bool take_character(struct regex_parser *parser, uint32_t *ret_code_point)
{
	size_t length = decode(parser->source, parser->at, ret_code_point);

	if (length == 0) {
		fail(parser, "invalid UTF-8", TEXT_EMPTY);
		return false;
	}
	parser->at += length;
	return true;
}

static int hex_digit(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (int)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (int)(c - 'A' + 10);
	return -1;
}

static bool bad_escape(struct regex_parser *parser, size_t start)
{
	fail(parser, "invalid escape sequence", text_slice(parser->source, start, parser->at - start));
	return false;
}

/* Behind "\x". */
static bool parse_hex_escape(struct regex_parser *parser, size_t start, uint32_t *ret_code_point)
{
	uint32_t first, second, code_point = 0;
	bool has_digit = false;

	if (at_end(parser))
		return bad_escape(parser, start);
	if (!take_character(parser, &first))
		return false;
	if (first != '{') {
		if (at_end(parser))
			return bad_escape(parser, start);
		if (!take_character(parser, &second))
			return false;
		if (hex_digit(first) < 0 || hex_digit(second) < 0)
			return bad_escape(parser, start);
		*ret_code_point = (uint32_t)hex_digit(first) * 16 + (uint32_t)hex_digit(second);
		return true;
	}
	for (;;) {
		if (has_digit && at_end(parser))
			return bad_escape(parser, start);
		if (!take_character(parser, &first))
			return false;
		if (hex_digit(first) < 0)
			break;
		has_digit = true;
		code_point = code_point * 16 + (uint32_t)hex_digit(first);
		if (code_point > SYMBOL_CODE_POINT_MAX)
			return bad_escape(parser, start);
	}
	if (first != '}' || !has_digit)
		return bad_escape(parser, start);
	*ret_code_point = code_point;
	return true;
}

/* At a backslash. */
static bool parse_escape(struct regex_parser *parser, uint32_t *ret_code_point)
{
	size_t start = parser->at;
	uint32_t c;

	parser->at++;
	if (at_end(parser)) {
		fail(parser, "trailing \\", TEXT_EMPTY);
		return false;
	}
	if (!take_character(parser, &c))
		return false;
	switch (c) {
	case 'a':
		*ret_code_point = '\a';
		return true;
	case 'f':
		*ret_code_point = '\f';
		return true;
	case 'n':
		*ret_code_point = '\n';
		return true;
	case 'r':
		*ret_code_point = '\r';
		return true;
	case 't':
		*ret_code_point = '\t';
		return true;
	case 'v':
		*ret_code_point = '\v';
		return true;
	case 'x':
		return parse_hex_escape(parser, start, ret_code_point);
	default:
		break;
	}
	if (c >= '0' && c <= '7') {
		uint32_t code_point = c - '0';

		/* A single digit other than 0 would be a back-reference. */
		if (c != '0' && (at_end(parser) || peek(parser, 0) < '0' || peek(parser, 0) > '7'))
			return bad_escape(parser, start);
		for (int i = 0; i < 2 && !at_end(parser) && peek(parser, 0) >= '0' && peek(parser, 0) <= '7'; i++)
			code_point = code_point * 8 + (uint32_t)(parser->source.bytes[parser->at++] - '0');
		*ret_code_point = code_point;
		return true;
	}
	if (c < 0x80 && !(c >= '8' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z')) {
		*ret_code_point = c;
		return true;
	}
	return bad_escape(parser, start);
}

static const struct {
	const char *name;
	struct symbol_range ranges[4];
	uint32_t range_count;
} posix_classes[] = {
	{"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, 3},
	{"alpha", {{'A', 'Z'}, {'a', 'z'}}, 2},
	{"ascii", {{0, 0x7f}}, 1},
	{"blank", {{'\t', '\t'}, {' ', ' '}}, 2},
	{"cntrl", {{0, 0x1f}, {0x7f, 0x7f}}, 2},
	{"digit", {{'0', '9'}}, 1},
	{"graph", {{'!', '~'}}, 1},
	{"lower", {{'a', 'z'}}, 1},
	{"print", {{' ', '~'}}, 1},
	{"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, 4},
	{"space", {{'\t', '\r'}, {' ', ' '}}, 2},
	{"upper", {{'A', 'Z'}}, 1},
	{"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}, 4},
	{"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, 3},
};

struct range_list {
	struct symbol_range *ranges; /* room for five per byte of the class: no element of a class adds more */
	uint32_t count;
};

/* "[:alpha:]" or "[:^alpha:]" inside a class. False when it is none, or is unknown (then the parser failed). */
static bool parse_posix_class(struct regex_parser *parser, struct range_list *list)
{
	struct text rest = text_slice(parser->source, parser->at, SIZE_MAX);
	size_t end = text_find(text_slice(rest, 2, SIZE_MAX), TEXT(":]"));
	struct text whole, name;
	bool is_negated;

	if (end == SIZE_MAX)
		return false;
	whole = text_slice(rest, 0, end + 4);
	name = text_slice(rest, 2, end);
	is_negated = text_starts_with(name, TEXT("^"));
	if (is_negated)
		name = text_slice(name, 1, SIZE_MAX);
	for (size_t i = 0; i < sizeof posix_classes / sizeof posix_classes[0]; i++) {
		struct pattern *symbols;

		if (!text_is(name, posix_classes[i].name))
			continue;
		symbols = made(parser, pattern_symbols(parser->arena, posix_classes[i].ranges,
						       posix_classes[i].range_count, is_negated,
						       SYMBOL_CODE_POINT_MAX));
		if (!symbols)
			return false;
		memcpy(list->ranges + list->count, symbols->ranges, symbols->range_count * sizeof *list->ranges);
		list->count += symbols->range_count;
		parser->at += whole.length;
		return true;
	}
	fail(parser, "invalid character class range", whole);
	return false;
}

/* One character of a class, perhaps escaped; `class_start` is where the class began. */
static bool parse_class_character(struct regex_parser *parser, size_t class_start, uint32_t *ret_code_point)
{
	if (at_end(parser)) {
		fail(parser, "missing ]", text_slice(parser->source, class_start, SIZE_MAX));
		return false;
	}
	if (next_is(parser, 0, '\\'))
		return parse_escape(parser, ret_code_point);
	return take_character(parser, ret_code_point);
}

static bool parse_class_range(struct regex_parser *parser, size_t class_start, struct range_list *list)
{
	size_t start = parser->at;
	uint32_t low, high;

	if (!parse_class_character(parser, class_start, &low))
		return false;
	high = low;
	if (next_is(parser, 0, '-') && parser->at + 1 < parser->source.length && !next_is(parser, 1, ']')) {
		parser->at++;
		if (!parse_class_character(parser, class_start, &high))
			return false;
		if (high < low) {
			fail(parser, "invalid character class range",
			     text_slice(parser->source, start, parser->at - start));
			return false;
		}
	}
	list->ranges[list->count++] = (struct symbol_range){low, high};
	return true;
}

/* At "[". */
static struct pattern *parse_class(struct regex_parser *parser)
{
	size_t class_start = parser->at++;
	struct range_list list = {0};
	bool is_negated = false, is_first = true;

	list.ranges = arena_allocate_array(parser->arena, parser->source.length - class_start, 5 * sizeof *list.ranges);
	if (!list.ranges) {
		parser->status = -ENOMEM;
		return NULL;
	}
	if (next_is(parser, 0, '^')) {
		parser->at++;
		is_negated = true;
	}
	while (!at_end(parser) && (is_first || !next_is(parser, 0, ']'))) {
		/* A hyphen that is not part of a range may stand first or last only. */
		if (next_is(parser, 0, '-') && !is_first && !next_is(parser, 1, ']')) {
			size_t start = parser->at++;
			uint32_t ignored;

			if (at_end(parser) || !take_character(parser, &ignored))
				return fail(parser, "invalid UTF-8", TEXT_EMPTY);
			return fail(parser, "invalid character class range",
				    text_slice(parser->source, start, parser->at - start));
		}
		is_first = false;
		if (parser->source.length - parser->at > 2 && next_is(parser, 0, '[') && next_is(parser, 1, ':')) {
			if (parse_posix_class(parser, &list))
				continue;
			if (parser->status != 0)
				return NULL;
		}
		if (!parse_class_range(parser, class_start, &list))
			return NULL;
	}
	if (at_end(parser))
		return fail(parser, "missing ]", text_slice(parser->source, class_start, SIZE_MAX));
	parser->at++;
	return made(parser, pattern_symbols(parser->arena, list.ranges, list.count, is_negated, SYMBOL_CODE_POINT_MAX));
}

/* Digits without a leading zero. */
static bool parse_count(struct text t, size_t *position, uint32_t *ret_count)
{
	size_t at = *position;
	uint32_t count = 0;

	if (at >= t.length || t.bytes[at] < '0' || t.bytes[at] > '9')
		return false;
	if (t.bytes[at] == '0' && at + 1 < t.length && t.bytes[at + 1] >= '0' && t.bytes[at + 1] <= '9')
		return false;
	for (; at < t.length && t.bytes[at] >= '0' && t.bytes[at] <= '9'; at++) {
		if (count >= 100000000)
			return false;
		count = count * 10 + (uint32_t)(t.bytes[at] - '0');
	}
	*position = at;
	*ret_count = count;
	return true;
}

/* "{m}", "{m,}" or "{m,n}" at the parser's place; false (nothing read) when it is none: then "{" is a literal. */
static bool take_counts(struct regex_parser *parser, uint32_t *ret_min, uint32_t *ret_max)
{
	size_t at = parser->at + 1;
	uint32_t min, max;

	if (!parse_count(parser->source, &at, &min) || at >= parser->source.length)
		return false;
	max = min;
	if (parser->source.bytes[at] == ',') {
		at++;
		if (at >= parser->source.length)
			return false;
		max = REPEAT_UNBOUNDED;
		if (parser->source.bytes[at] != '}' && !parse_count(parser->source, &at, &max))
			return false;
	}
	if (at >= parser->source.length || parser->source.bytes[at] != '}')
		return false;
	parser->at = at + 1;
	*ret_min = min;
	*ret_max = max;
	return true;
}

/* How often the pattern may be repeated before repetitions inside it multiply to more than REPEAT_MAX. */
static uint32_t repetitions_left(const struct pattern *pattern, uint32_t budget)
{
	uint32_t least;

	if (pattern->kind == PATTERN_REPEAT) {
		uint32_t most = pattern->repeat_max == REPEAT_UNBOUNDED ? pattern->repeat_min : pattern->repeat_max;

		if (most > 1)
			budget /= most;
	}
	least = budget;
	for (uint32_t i = 0; i < pattern->child_count; i++) {
		uint32_t left = repetitions_left(pattern->children[i], budget);

		if (left < least)
			least = left;
	}
	return least;
}

/* Whatever follows an atom: operators are applied until none is left. `atom` NULL: there is nothing to repeat. */
static struct pattern *parse_repetitions(struct regex_parser *parser, struct pattern *atom)
{
	while (parser->status == 0 && !at_end(parser)) {
		size_t start = parser->at;
		char sign = peek(parser, 0);
		uint32_t min, max;
		struct text operator_text;

		if (sign == '*' || sign == '+' || sign == '?') {
			parser->at++;
			min = sign == '+' ? 1 : 0;
			max = sign == '?' ? 1 : REPEAT_UNBOUNDED;
		} else if (sign != '{' || !take_counts(parser, &min, &max)) {
			break;
		}
		operator_text = text_slice(parser->source, start, parser->at - start);
		if (sign == '{' && (min > REPEAT_MAX || (max != REPEAT_UNBOUNDED && (max > REPEAT_MAX || max < min))))
			return fail(parser, "invalid repetition size", operator_text);
		if (!atom)
			return fail(parser, "no argument for repetition operator", operator_text);
		atom = made(parser, pattern_repeat(parser->arena, atom, min, max));
		if (!atom)
			return NULL;
		if (sign == '{' && (min >= 2 || (max != REPEAT_UNBOUNDED && max >= 2)) &&
		    repetitions_left(atom, REPEAT_MAX) == 0)
			return fail(parser, "invalid repetition size", operator_text);
	}
	return atom;
}

static struct pattern *parse_choice(struct regex_parser *parser);

static struct pattern *parse_atom(struct regex_parser *parser)
{
	uint32_t code_point;

	switch (peek(parser, 0)) {
	case '(': {
		struct pattern *inner;

		if (++parser->depth > NESTING_MAX)
			return fail(parser, "expression nests too deeply", TEXT_EMPTY);
		parser->at++;
		inner = parse_choice(parser);
		parser->depth--;
		if (!inner)
			return NULL;
		if (!next_is(parser, 0, ')'))
			return fail(parser, "missing )", parser->source);
		parser->at++;
		return inner;
	}
	case '[':
		return parse_class(parser);
	case '.':
		parser->at++;
		return made(parser, pattern_symbols(parser->arena, &(struct symbol_range){'\n', '\n'}, 1, true,
						    SYMBOL_CODE_POINT_MAX));
	case '^':
		parser->at++;
		return made(parser, pattern_new(parser->arena, PATTERN_LINE_START));
	case '$':
		parser->at++;
		return made(parser, pattern_new(parser->arena, PATTERN_LINE_END));
	case '\\':
		if (!parse_escape(parser, &code_point))
			return NULL;
		return made(parser, pattern_symbol(parser->arena, code_point));
	default:
		if (!take_character(parser, &code_point))
			return NULL;
		return made(parser, pattern_symbol(parser->arena, code_point));
	}
}

/* Up to "|", ")" or the end. */
static struct pattern *parse_sequence(struct regex_parser *parser)
{
	size_t room = parser->source.length - parser->at + 1;
	struct pattern **parts = arena_allocate_array(parser->arena, room, sizeof(struct pattern *));
	uint32_t count = 0;

	if (!parts) {
		parser->status = -ENOMEM;
		return NULL;
	}
	parse_repetitions(parser, NULL);
	while (parser->status == 0 && !at_end(parser) && peek(parser, 0) != '|' && peek(parser, 0) != ')') {
		struct pattern *atom = parse_atom(parser);

		if (atom)
			parts[count++] = parse_repetitions(parser, atom);
	}
	if (parser->status != 0)
		return NULL;
	return made(parser, pattern_list(parser->arena, PATTERN_SEQUENCE, parts, count));
}

static struct pattern *parse_choice(struct regex_parser *parser)
{
	struct pattern **branches;
	uint32_t count = 0, room = 2; /* one more than the bars from here on */

	for (size_t i = parser->at; i < parser->source.length; i++)
		room += parser->source.bytes[i] == '|';
	branches = arena_allocate_array(parser->arena, room, sizeof(struct pattern *));
	if (!branches) {
		parser->status = -ENOMEM;
		return NULL;
	}
	for (;;) {
		branches[count] = parse_sequence(parser);
		if (!branches[count])
			return NULL;
		count++;
		if (!next_is(parser, 0, '|'))
			break;
		parser->at++;
	}
	return made(parser, pattern_list(parser->arena, PATTERN_CHOICE, branches, count));
}

int regex_parse(struct arena *arena, struct text source, struct pattern **ret_pattern, struct text *ret_error)
{
	struct regex_parser parser = {.arena = arena, .source = source};
	struct pattern *pattern = parse_choice(&parser);

	if (pattern && !at_end(&parser))
		pattern = fail(&parser, "unexpected )", source);
	if (!pattern) {
		if (parser.status == -EINVAL)
			*ret_error = parser.error;
		return parser.status;
	}
	*ret_pattern = pattern;
	return 0;
}
