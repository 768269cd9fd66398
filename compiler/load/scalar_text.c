#include "compiler/load/scalar_text.h"

#include <string.h>

/* Block scalars whose indentation is given by a number relative to an indentation that we do not know. */
#define INDENT_TRIES 64

/* Reads the raw text and says what it means, piece by piece; every piece must be what the value has next. */
struct reading {
	struct mapped_text_builder builder;
	const struct source_file *file;
	struct text raw; /* the whole text: offsets are those of the file */
	uint32_t at, end;
	struct text value;
	size_t done; /* bytes of the value */
	bool differs;
};

static void give(struct reading *reading, struct text bytes, uint32_t start, uint32_t end)
{
	if (!text_starts_with(text_slice(reading->value, reading->done, SIZE_MAX), bytes)) {
		reading->differs = true;
		return;
	}
	reading->done += bytes.length;
	mapped_text_add(&reading->builder, bytes, (struct source_range){reading->file, start, end}, NULL);
}

static void give_run(struct reading *reading, uint32_t start, uint32_t end)
{
	struct text bytes = text_slice(reading->raw, start, end - start);

	if (!text_starts_with(text_slice(reading->value, reading->done, SIZE_MAX), bytes)) {
		reading->differs = true;
		return;
	}
	reading->done += bytes.length;
	mapped_text_add_run(&reading->builder, bytes, reading->file, start, NULL);
}

static char byte_at(const struct reading *reading, uint32_t at)
{
	return at < reading->end ? reading->raw.bytes[at] : '\0';
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Length of the line break at `at`, or 0. (NEL, LS and PS break lines too; such scalars are not mapped.) */
static uint32_t break_length(const struct reading *reading, uint32_t at)
{
	char byte = byte_at(reading, at);

	if (at >= reading->end)
		return 0;
	if (byte == '\r')
		return byte_at(reading, at + 1) == '\n' ? 2 : 1;
	return byte == '\n' ? 1 : 0;
}

/*
 * Blanks and line breaks inside a plain or quoted scalar: without a break they stay, one break is a space, more are all
 * but the first of them; blanks around breaks vanish. `is_continued`: the break before was escaped and counts for
 * nothing.
 */
static void read_white(struct reading *reading, bool is_continued)
{
	uint32_t start = reading->at, at = start, length;
	unsigned breaks = 0;

	while (at < reading->end) {
		length = break_length(reading, at);
		if (length)
			breaks++;
		else if (is_blank(byte_at(reading, at)))
			length = 1;
		else
			break;
		at += length;
	}
	reading->at = at;
	if (breaks == 0) {
		if (!is_continued)
			give_run(reading, start, at);
		return;
	}
	if (breaks == 1 && !is_continued) {
		give(reading, TEXT(" "), start, at);
		return;
	}
	for (unsigned i = is_continued ? 0 : 1; i < breaks && !reading->differs; i++)
		give(reading, TEXT("\n"), start, at);
}

static bool is_white(const struct reading *reading, uint32_t at)
{
	return is_blank(byte_at(reading, at)) || break_length(reading, at) > 0;
}

static void read_plain(struct reading *reading)
{
	while (reading->at < reading->end && !reading->differs) {
		uint32_t start = reading->at;

		while (reading->at < reading->end && !is_white(reading, reading->at))
			reading->at++;
		if (reading->at > start)
			give_run(reading, start, reading->at);
		if (reading->at < reading->end)
			read_white(reading, false);
	}
}

static void read_single_quoted(struct reading *reading)
{
	reading->at++;
	reading->end--;
	while (reading->at < reading->end && !reading->differs) {
		uint32_t start = reading->at;

		while (reading->at < reading->end && !is_white(reading, reading->at) &&
		       byte_at(reading, reading->at) != '\'')
			reading->at++;
		if (reading->at > start)
			give_run(reading, start, reading->at);
		if (byte_at(reading, reading->at) == '\'') {
			give(reading, TEXT("'"), reading->at, reading->at + 2);
			reading->at += 2;
		} else if (reading->at < reading->end) {
			read_white(reading, false);
		}
	}
}

static size_t encode_utf8(uint32_t value, char *bytes)
{
	if (value < 0x80) {
		bytes[0] = (char)value;
		return 1;
	}
	if (value < 0x800) {
		bytes[0] = (char)(0xc0 | value >> 6);
		bytes[1] = (char)(0x80 | (value & 0x3f));
		return 2;
	}
	if (value < 0x10000) {
		bytes[0] = (char)(0xe0 | value >> 12);
		bytes[1] = (char)(0x80 | (value >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (value & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | (value >> 18 & 7));
	bytes[1] = (char)(0x80 | (value >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (value >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (value & 0x3f));
	return 4;
}

static uint32_t hex_value(const struct reading *reading, uint32_t at, unsigned digits)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < digits; i++) {
		char byte = byte_at(reading, at + i);
		unsigned digit =
		    byte >= '0' && byte <= '9' ? (unsigned)(byte - '0') : ((unsigned)byte | 0x20) - 'a' + 10;

		value = value << 4 | (digit & 15);
	}
	return value;
}

/* A backslash of a double-quoted scalar and what follows it. */
static void read_escape(struct reading *reading)
{
	static const struct {
		char letter;
		uint32_t value;
	} escapes[] = {
	    {'0', 0},   {'a', 7},     {'b', 8},    {'t', 9},    {'\t', 9},     {'n', 10},
	    {'v', 11},  {'f', 12},    {'r', 13},   {'e', 27},   {' ', ' '},    {'"', '"'},
	    {'/', '/'}, {'\\', '\\'}, {'N', 0x85}, {'_', 0xa0}, {'L', 0x2028}, {'P', 0x2029},
	};
	uint32_t start = reading->at, value = 0;
	char letter = byte_at(reading, start + 1), bytes[4];
	unsigned digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;

	if (break_length(reading, start + 1)) {
		reading->at += 1 + break_length(reading, start + 1);
		read_white(reading, true);
		return;
	}
	if (digits) {
		value = hex_value(reading, start + 2, digits);
	} else {
		for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
			if (escapes[i].letter == letter)
				value = escapes[i].value;
	}
	reading->at += 2 + digits;
	give(reading, text_of(bytes, encode_utf8(value, bytes)), start, reading->at);
}

static void read_double_quoted(struct reading *reading)
{
	reading->at++;
	reading->end--;
	while (reading->at < reading->end && !reading->differs) {
		uint32_t start = reading->at;

		while (reading->at < reading->end && !is_white(reading, reading->at) &&
		       byte_at(reading, reading->at) != '\\')
			reading->at++;
		if (reading->at > start)
			give_run(reading, start, reading->at);
		if (byte_at(reading, reading->at) == '\\')
			read_escape(reading);
		else if (reading->at < reading->end)
			read_white(reading, false);
	}
}

/* Where the first content line of a block scalar starts; *ret_chomping: '-', '+' or 0. */
static uint32_t block_content(const struct reading *reading, char *ret_chomping)
{
	uint32_t at = reading->at + 1;

	*ret_chomping = '\0';
	while (at < reading->end && break_length(reading, at) == 0) {
		char byte = byte_at(reading, at);

		if (byte == '#')
			break;
		if (byte == '-' || byte == '+')
			*ret_chomping = byte;
		at++;
	}
	while (at < reading->end && break_length(reading, at) == 0)
		at++;
	return at + break_length(reading, at);
}

static uint32_t line_end(const struct reading *reading, uint32_t at)
{
	while (at < reading->end && break_length(reading, at) == 0)
		at++;
	return at;
}

/* The indentation of the first line that is not blank. */
static uint32_t detect_indent(const struct reading *reading, uint32_t at)
{
	while (at < reading->end) {
		uint32_t start = at;

		while (byte_at(reading, at) == ' ')
			at++;
		if (at < reading->end && break_length(reading, at) == 0)
			return at - start;
		at += break_length(reading, at);
	}
	return 0;
}

static void give_breaks(struct reading *reading, unsigned count, uint32_t start, uint32_t end)
{
	for (unsigned i = 0; i < count && !reading->differs; i++)
		give(reading, TEXT("\n"), start, end);
}

static void read_block(struct reading *reading, bool is_folded, uint32_t indent, uint32_t at, char chomping)
{
	unsigned breaks = 0; /* since the last content line, its own included */
	uint32_t breaks_start = at;
	bool has_line = false, was_blank = false; /* the last content line started with a blank */

	while (at < reading->end && !reading->differs) {
		uint32_t column = 0, start, stop;
		bool starts_blank;

		while (column < indent && byte_at(reading, at + column) == ' ')
			column++;
		start = at + column;
		if (break_length(reading, start)) {
			breaks++;
			at = start + break_length(reading, start);
			continue;
		}
		if (column < indent || start >= reading->end)
			break;
		starts_blank = is_blank(byte_at(reading, start));
		if (is_folded && has_line && !was_blank && !starts_blank) {
			if (breaks == 1)
				give(reading, TEXT(" "), breaks_start, start);
			else
				give_breaks(reading, breaks - 1, breaks_start, start);
		} else {
			give_breaks(reading, breaks, breaks_start, start);
		}
		stop = line_end(reading, start);
		if (!reading->differs)
			give_run(reading, start, stop);
		has_line = true;
		was_blank = starts_blank;
		breaks = break_length(reading, stop) ? 1 : 0;
		breaks_start = stop;
		at = stop + break_length(reading, stop);
	}
	if (chomping == '+')
		give_breaks(reading, breaks, breaks_start, at);
	else if (chomping == '\0' && breaks > 0 && has_line)
		give(reading, TEXT("\n"), breaks_start, breaks_start + 1);
}

static void begin(struct reading *reading, struct arena *arena, const struct document_node *node)
{
	*reading = (struct reading){
	    .file = node->range.file,
	    .raw = text_of(node->raw, node->range.file->bytes.length),
	    .at = node->range.start,
	    .end = node->range.end,
	    .value = node->value,
	};
	mapped_text_begin(&reading->builder, arena);
}

static bool is_whole(const struct reading *reading)
{
	return !reading->differs && reading->done == reading->value.length;
}

static bool read_block_scalar(struct reading *reading, struct arena *arena, const struct document_node *node)
{
	bool is_folded = node->style == NODE_STYLE_FOLDED;
	char chomping;
	uint32_t at;

	begin(reading, arena, node);
	at = block_content(reading, &chomping);
	read_block(reading, is_folded, detect_indent(reading, at), at, chomping);
	for (uint32_t indent = 1; indent <= INDENT_TRIES && !is_whole(reading); indent++) {
		mapped_text_abandon(&reading->builder);
		begin(reading, arena, node);
		read_block(reading, is_folded, indent, at, chomping);
	}
	return is_whole(reading);
}

static bool read_flow_scalar(struct reading *reading, struct arena *arena, const struct document_node *node)
{
	begin(reading, arena, node);
	if (node->style == NODE_STYLE_PLAIN)
		read_plain(reading);
	else if (node->range.end - node->range.start < 2)
		reading->differs = true;
	else if (node->style == NODE_STYLE_SINGLE_QUOTED)
		read_single_quoted(reading);
	else
		read_double_quoted(reading);
	return is_whole(reading);
}

/* The event of a tagged or anchored scalar starts at the tag or anchor. */
static struct document_node without_properties(const struct document_node *node)
{
	struct document_node bare = *node;
	const char *raw = node->raw;
	uint32_t at = node->range.start;

	while (at < node->range.end && (raw[at] == '!' || raw[at] == '&')) {
		while (at < node->range.end && !strchr(" \t\r\n", raw[at]))
			at++;
		while (at < node->range.end && strchr(" \t\r\n", raw[at]))
			at++;
	}
	bare.range.start = at;
	return bare;
}

struct source_range scalar_range(const struct document_node *node)
{
	struct source_range range = node->range;
	struct document_node bare;
	struct reading reading;
	char chomping;

	if (node->kind != NODE_SCALAR)
		return range;
	bare = without_properties(node);
	range = bare.range;
	if (node->style != NODE_STYLE_LITERAL && node->style != NODE_STYLE_FOLDED)
		return range;
	begin(&reading, NULL, &bare);
	range.start = block_content(&reading, &chomping);
	while (range.start < range.end && strchr(" \t\r\n", reading.raw.bytes[range.start]))
		range.start++;
	while (range.end > range.start && strchr(" \t\r\n", reading.raw.bytes[range.end - 1]))
		range.end--;
	return range;
}

const struct mapped_text *scalar_text(struct arena *arena, const struct document_node *node)
{
	bool is_block = node->style == NODE_STYLE_LITERAL || node->style == NODE_STYLE_FOLDED;
	struct source_range whole = scalar_range(node);
	struct reading reading;
	struct document_node bare;

	if (node->kind == NODE_SCALAR) {
		bare = without_properties(node);
		if (is_block ? read_block_scalar(&reading, arena, &bare) : read_flow_scalar(&reading, arena, &bare))
			return mapped_text_finish(&reading.builder, whole);
		mapped_text_abandon(&reading.builder);
	}
	mapped_text_begin(&reading.builder, arena);
	if (node->kind == NODE_SCALAR)
		mapped_text_add(&reading.builder, node->value, whole, NULL);
	return mapped_text_finish(&reading.builder, whole);
}
