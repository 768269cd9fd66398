#include "base/source_excerpt.h"

/* What is shown of a long line: at most this many columns before and behind the place. */
#define CONTEXT_COLUMNS 80

struct code_point {
	uint32_t value; /* 0xfffd for what is no UTF-8 */
	unsigned bytes;
};

static struct code_point code_point_at(struct text text, size_t at)
{
	unsigned char lead = (unsigned char)text.bytes[at];
	unsigned bytes = lead < 0x80 ? 1 : lead >= 0xf0 && lead < 0xf8 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
	uint32_t value = bytes == 1 ? lead : bytes == 2 ? lead & 0x1f : bytes == 3 ? lead & 0x0f : lead & 0x07;

	if (bytes == 0 || lead >= 0xf8 || at + bytes > text.length)
		return (struct code_point){0xfffd, 1};
	for (unsigned i = 1; i < bytes; i++) {
		unsigned char next = (unsigned char)text.bytes[at + i];

		if ((next & 0xc0) != 0x80)
			return (struct code_point){0xfffd, 1};
		value = value << 6 | (next & 0x3f);
	}
	return (struct code_point){value, bytes};
}

/* Columns that a terminal gives to a character: the main ranges of Unicode's East Asian Width and combining marks. */
static unsigned column_width(uint32_t value)
{
	static const struct {
		uint32_t first, last;
		unsigned width;
	} ranges[] = {
	    {0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x064b, 0x065f, 0},
	    {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x200b, 0x200f, 0},
	    {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},
	    {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},
	    {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2},
	    {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
	};

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (value >= ranges[i].first && value <= ranges[i].last)
			return ranges[i].width;
	return 1;
}

static bool is_control(uint32_t value)
{
	return value < 0x20 || (value >= 0x7f && value < 0xa0);
}

void source_append_shown(struct buffer *buffer, struct text text)
{
	for (size_t at = 0; at < text.length;) {
		struct code_point c = code_point_at(text, at);

		if (c.value == '\t')
			buffer_append_byte(buffer, '\t');
		else if (is_control(c.value) || (c.value == 0xfffd && c.bytes == 1))
			buffer_append_byte(buffer, '?');
		else
			buffer_append_text(buffer, text_slice(text, at, c.bytes));
		at += c.bytes;
	}
}

/* Blanks as wide as the text; tabs stay, so that the caret keeps its place whatever their width is. */
static void append_blanks(struct buffer *buffer, struct text text)
{
	for (size_t at = 0; at < text.length;) {
		struct code_point c = code_point_at(text, at);

		if (c.value == '\t')
			buffer_append_byte(buffer, '\t');
		else
			for (unsigned i = column_width(c.value); i > 0; i--)
				buffer_append_byte(buffer, ' ');
		at += c.bytes;
	}
}

static size_t width_of(struct text text)
{
	size_t width = 0;

	for (size_t at = 0; at < text.length;) {
		struct code_point c = code_point_at(text, at);

		width += column_width(c.value);
		at += c.bytes;
	}
	return width;
}

static bool is_boundary(struct text text, size_t at)
{
	return at >= text.length || ((unsigned char)text.bytes[at] & 0xc0) != 0x80;
}

void source_append_place(struct buffer *buffer, struct source_range range)
{
	struct source_position position;

	if (!range.file)
		return;
	position = source_file_position(range.file, range.start);
	source_append_shown(buffer, range.file->name);
	buffer_printf(buffer, ":%u:%u: ", position.line, position.column);
}

void source_append_excerpt(struct buffer *buffer, struct source_range range)
{
	struct source_position position = source_file_position(range.file, range.start);
	struct text line = source_file_line(range.file, position.line);
	size_t start = range.start - source_file_line_start(range.file, position.line);
	size_t end = start + (range.end > range.start ? range.end - range.start : 0);
	size_t from, to, carets;

	if (start > line.length)
		start = line.length;
	if (end > line.length)
		end = line.length;
	if (end < start)
		end = start;
	from = start > CONTEXT_COLUMNS ? start - CONTEXT_COLUMNS : 0;
	to = start + CONTEXT_COLUMNS < line.length ? start + CONTEXT_COLUMNS : line.length;
	while (!is_boundary(line, from))
		from--;
	while (!is_boundary(line, to))
		to++;
	if (end > to)
		end = to;
	buffer_printf(buffer, "%5u | %s", position.line, from ? "..." : "");
	source_append_shown(buffer, text_slice(line, from, to - from));
	buffer_printf(buffer, "%s\n      | %s", to < line.length ? "..." : "", from ? "   " : "");
	append_blanks(buffer, text_slice(line, from, start - from));
	buffer_append_byte(buffer, '^');
	carets = width_of(text_slice(line, start, end - start));
	for (size_t i = 1; i < carets; i++)
		buffer_append_byte(buffer, '~');
	buffer_append_byte(buffer, '\n');
}
