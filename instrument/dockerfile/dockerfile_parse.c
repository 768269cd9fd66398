#include "instrument/dockerfile/dockerfile_parse.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "instrument/document/node.h"

#define BLANKS " \t\r\v\f"
#define HEREDOCS_MAX 64 /* of one instruction */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const struct {
	const char *name;
	bool takes_heredocs;
} instructions[] = {
#define INSTRUCTION(name, takes_heredocs) {#name, takes_heredocs},
#include "instrument/dockerfile/dockerfile_instructions.def"
#undef INSTRUCTION
};

struct parser {
	struct text source;
	struct text marker;
	size_t at; /* the start of a line */
	struct arena *arena;
	struct report *report;
	struct dockerfile *dockerfile;
	bool has_from;
};

static bool fault(struct parser *parser, size_t offset, const char *message)
{
	report_at(parser->report, SEVERITY_ERROR, offset, "%s", message);
	return false;
}

/* ---- lines and words ---- */

/* The line at `at` without its newline; *ret_next is the start of the next one. */
static struct text line_at(struct text source, size_t at, size_t *ret_next)
{
	struct text rest = text_slice(source, at, SIZE_MAX);
	size_t end = text_find_byte(rest, '\n');
	struct text line = text_slice(rest, 0, end);

	*ret_next = end == SIZE_MAX ? source.length : at + end + 1;
	return text_ends_with(line, TEXT("\r")) ? text_slice(line, 0, line.length - 1) : line;
}

static bool is_blank(char byte)
{
	return byte != '\0' && strchr(BLANKS, byte);
}

static bool is_comment(struct text line)
{
	return text_starts_with(text_trim(line, BLANKS), TEXT("#"));
}

static void skip_blanks(struct text *rest)
{
	while (rest->length > 0 && is_blank(rest->bytes[0]))
		*rest = text_slice(*rest, 1, SIZE_MAX);
}

struct text dockerfile_next_word(struct text *rest)
{
	struct text word;
	size_t end = 0;

	skip_blanks(rest);
	while (end < rest->length && !is_blank(rest->bytes[end]))
		end++;
	word = text_slice(*rest, 0, end);
	*rest = text_slice(*rest, end, SIZE_MAX);
	return word;
}

struct text dockerfile_next_quoted_word(struct text *rest, char escape)
{
	struct text word;
	size_t end = 0;
	char quote = '\0';

	skip_blanks(rest);
	for (; end < rest->length && (quote || !is_blank(rest->bytes[end])); end++) {
		char byte = rest->bytes[end];

		if (byte == escape && quote != '\'' && end + 1 < rest->length)
			end++;
		else if (quote ? byte == quote : byte == '"' || byte == '\'')
			quote = quote ? '\0' : byte;
	}
	word = text_slice(*rest, 0, end);
	*rest = text_slice(*rest, end, SIZE_MAX);
	return word;
}

static enum instruction_kind kind_of(struct text word)
{
	for (size_t i = 0; i < INSTRUCTION_COUNT; i++)
		if (word.length == strlen(instructions[i].name) &&
		    strncasecmp(word.bytes, instructions[i].name, word.length) == 0)
			return (enum instruction_kind)i;
	return INSTRUCTION_COUNT;
}

/* ---- parser directives ---- */

/* "# name=value"; false when the line is none. */
static bool read_directive(struct text line, struct text *ret_name, struct text *ret_value)
{
	struct text rest = text_trim(line, BLANKS), name;
	size_t equals;

	if (!text_starts_with(rest, TEXT("#")))
		return false;
	rest = text_slice(rest, 1, SIZE_MAX);
	equals = text_find_byte(rest, '=');
	name = text_trim(text_slice(rest, 0, equals), BLANKS);
	if (equals == SIZE_MAX || name.length == 0 || !isalpha((unsigned char)name.bytes[0]))
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (!isalnum((unsigned char)name.bytes[i]))
			return false;
	*ret_name = name;
	*ret_value = text_trim(text_slice(rest, equals + 1, SIZE_MAX), BLANKS);
	return ret_value->length > 0;
}

static bool is_name(struct text text, const char *name)
{
	return text_equal_but_case(text, text_from_string(name));
}

/* Those stand before everything else, each once; what is none of them, a comment too, ends them. */
static bool parse_directives(struct parser *parser)
{
	bool seen_escape = false;

	for (;;) {
		size_t next;
		struct text name, value, line = line_at(parser->source, parser->at, &next);

		if (parser->at >= parser->source.length || !read_directive(line, &name, &value))
			return true;
		if (is_name(name, "escape")) {
			if (!text_is(value, "\\") && !text_is(value, "`"))
				return fault(parser, parser->at, "the escape directive takes \\ or `");
			if (seen_escape)
				return fault(parser, parser->at, "a second escape directive");
			seen_escape = true;
			parser->dockerfile->escape = value.bytes[0];
		} else if (!is_name(name, "syntax") && !is_name(name, "check")) {
			return true;
		}
		parser->at = next;
	}
}

/* ---- heredocs ---- */

struct heredoc {
	struct text name;
	bool strips_tabs;
};

/* Digits, "<<", perhaps "-", and a name that may be quoted. */
static bool read_heredoc(struct arena *arena, struct text word, struct heredoc *ret_heredoc)
{
	size_t at = 0, length = 0;
	char *name;

	while (at < word.length && isdigit((unsigned char)word.bytes[at]))
		at++;
	if (!text_starts_with(text_slice(word, at, SIZE_MAX), TEXT("<<")))
		return false;
	at += 2;
	ret_heredoc->strips_tabs = at < word.length && word.bytes[at] == '-';
	at += ret_heredoc->strips_tabs;
	word = text_slice(word, at, SIZE_MAX);
	if (word.length == 0 || text_find_byte(word, '<') != SIZE_MAX)
		return false;
	name = arena_allocate(arena, word.length);
	for (size_t i = 0; name && i < word.length; i++)
		if (word.bytes[i] != '"' && word.bytes[i] != '\'')
			name[length++] = word.bytes[i];
	ret_heredoc->name = text_of(name, length);
	return length > 0;
}

static bool skip_heredoc(struct parser *parser, const struct heredoc *heredoc, size_t place)
{
	while (parser->at < parser->source.length) {
		struct text line = line_at(parser->source, parser->at, &parser->at);

		while (heredoc->strips_tabs && text_starts_with(line, TEXT("\t")))
			line = text_slice(line, 1, SIZE_MAX);
		if (text_equal(line, heredoc->name))
			return true;
	}
	report_at(parser->report, SEVERITY_ERROR, place, "the here-document <<" TEXT_FORMAT " does not end",
		  TEXT_ARGUMENTS(heredoc->name));
	return false;
}

static bool skip_heredocs(struct parser *parser, const struct instruction *instruction)
{
	struct text rest = instruction->arguments;
	struct heredoc heredocs[HEREDOCS_MAX];
	size_t count = 0;

	if (instruction->kind == INSTRUCTION_ONBUILD) {
		enum instruction_kind kind = kind_of(dockerfile_next_word(&rest));

		if (kind == INSTRUCTION_COUNT || !instructions[kind].takes_heredocs)
			return true;
	} else if (!instructions[instruction->kind].takes_heredocs) {
		return true;
	}
	while (rest.length > 0) {
		struct text word = dockerfile_next_quoted_word(&rest, parser->dockerfile->escape);

		if (count == HEREDOCS_MAX)
			return fault(parser, instruction->start, "too many here-documents");
		count += read_heredoc(parser->arena, word, &heredocs[count]);
	}
	for (size_t i = 0; i < count; i++)
		if (!skip_heredoc(parser, &heredocs[i], instruction->start))
			return false;
	return true;
}

/* ---- instructions ---- */

/* Without the escape character at its end, if there is one that is not escaped itself; blanks may stand behind it. */
static bool is_continued(char escape, struct text *line)
{
	struct text trimmed = *line;

	while (trimmed.length > 0 &&
	       (trimmed.bytes[trimmed.length - 1] == ' ' || trimmed.bytes[trimmed.length - 1] == '\t'))
		trimmed.length--;
	if (trimmed.length == 0 || trimmed.bytes[trimmed.length - 1] != escape)
		return false;
	if (trimmed.length > 1 && trimmed.bytes[trimmed.length - 2] == escape)
		return false;
	*line = text_slice(trimmed, 0, trimmed.length - 1);
	return true;
}

/* The lines of one instruction, joined; comments and blank lines between them are left out, as Docker does. */
static struct text join_lines(struct parser *parser, struct text line)
{
	char escape = parser->dockerfile->escape;
	struct buffer joined = BUFFER_INIT;
	bool continued = is_continued(escape, &line);
	struct text result;

	buffer_append_text(&joined, line);
	while (continued && parser->at < parser->source.length) {
		line = line_at(parser->source, parser->at, &parser->at);
		if (is_comment(line) || text_trim(line, BLANKS).length == 0)
			continue;
		continued = is_continued(escape, &line);
		buffer_append_text(&joined, line);
	}
	parser->dockerfile->ends_open = continued;
	result = arena_copy_text(parser->arena, text_trim(buffer_text(&joined), BLANKS));
	if (joined.failed)
		result = TEXT_EMPTY;
	buffer_release(&joined);
	return result;
}

static bool add_instruction(struct parser *parser, struct instruction *instruction, struct text line, size_t place)
{
	struct text keyword = dockerfile_next_word(&line);

	instruction->kind = kind_of(keyword);
	instruction->arguments = text_trim(line, BLANKS);
	if (instruction->kind == INSTRUCTION_COUNT) {
		if (text_find(keyword, TEXT("{{")) != SIZE_MAX || text_starts_with(keyword, TEXT("<%")))
			return fault(parser, place, "no instruction: this looks like an unrendered template");
		report_at(parser->report, SEVERITY_ERROR, place, "there is no instruction \"" TEXT_FORMAT "\"",
			  TEXT_ARGUMENTS(text_slice(keyword, 0, 40)));
		return false;
	}
	parser->has_from |= instruction->kind == INSTRUCTION_FROM;
	if (!parser->has_from && instruction->kind != INSTRUCTION_ARG)
		return fault(parser, place, "only ARG may stand before the first FROM");
	if (instruction->arguments.length == 0) {
		report_at(parser->report, SEVERITY_ERROR, place, "%s needs arguments",
			  instructions[instruction->kind].name);
		return false;
	}
	instruction->previous = parser->dockerfile->last;
	if (parser->dockerfile->last)
		parser->dockerfile->last->next = instruction;
	else
		parser->dockerfile->first = instruction;
	parser->dockerfile->last = instruction;
	return skip_heredocs(parser, instruction);
}

static bool add_marker(struct parser *parser, struct text line, size_t start, size_t end)
{
	struct marker *marker;

	if (!text_starts_with(line, parser->marker))
		return true;
	marker = arena_allocate(parser->arena, sizeof *marker);
	if (!marker)
		return fault(parser, SIZE_MAX, "no memory");
	*marker = (struct marker){.text = line, .start = start, .end = end};
	if (parser->dockerfile->last_marker)
		parser->dockerfile->last_marker->next = marker;
	else
		parser->dockerfile->first_marker = marker;
	parser->dockerfile->last_marker = marker;
	return true;
}

static bool parse_line(struct parser *parser)
{
	size_t start = parser->at;
	struct text joined, line = line_at(parser->source, start, &parser->at), trimmed = text_trim(line, BLANKS);
	struct instruction *instruction;

	parser->dockerfile->ends_open = false;
	if (trimmed.length == 0)
		return true;
	if (is_comment(line))
		return add_marker(parser, line, start, parser->at);
	joined = join_lines(parser, line);
	instruction = arena_allocate(parser->arena, sizeof *instruction);
	if (!instruction || (trimmed.length > 0 && !joined.bytes))
		return fault(parser, SIZE_MAX, "no memory");
	instruction->start = start;
	if (joined.length == 0) /* an escape character alone */
		return true;
	if (!add_instruction(parser, instruction, joined, start + (size_t)(trimmed.bytes - line.bytes)))
		return false;
	instruction->end = parser->at;
	return true;
}

/* Offset of the first byte that a Dockerfile cannot hold, or SIZE_MAX. */
static size_t find_bad_byte(struct text source)
{
	for (size_t at = 0; at < source.length;) {
		int length = utf8_sequence((const uint8_t *)source.bytes + at, source.length - at);

		if (length < 0 || source.bytes[at] == '\0')
			return at;
		at += (size_t)length;
	}
	return SIZE_MAX;
}

bool dockerfile_parse(struct text source, struct text marker, struct arena *arena, struct report *report,
		      struct dockerfile *ret_dockerfile)
{
	struct parser parser = {
	    .source = source, .marker = marker, .arena = arena, .report = report, .dockerfile = ret_dockerfile};
	size_t bad;

	*ret_dockerfile = (struct dockerfile){.source = source, .escape = '\\'};
	if (source.length > DOCUMENT_BYTES_MAX)
		return fault(&parser, SIZE_MAX, "the document is larger than 1 MiB");
	bad = find_bad_byte(source);
	if (bad != SIZE_MAX)
		return fault(&parser, bad, source.bytes[bad] ? "this byte is not UTF-8" : "a NUL byte");
	if (text_starts_with(source, TEXT(BYTE_ORDER_MARK)))
		parser.at = strlen(BYTE_ORDER_MARK);
	if (!parse_directives(&parser))
		return false;
	while (parser.at < source.length)
		if (!parse_line(&parser))
			return false;
	return parser.has_from || fault(&parser, source.length, "there is no FROM");
}

bool is_dockerfile(struct text source)
{
	size_t at = text_starts_with(source, TEXT(BYTE_ORDER_MARK)) ? strlen(BYTE_ORDER_MARK) : 0;

	while (at < source.length) {
		struct text line = line_at(source, at, &at);
		enum instruction_kind kind;

		if (text_trim(line, BLANKS).length == 0 || is_comment(line))
			continue;
		kind = kind_of(dockerfile_next_word(&line));
		return (kind == INSTRUCTION_FROM || kind == INSTRUCTION_ARG) && text_trim(line, BLANKS).length > 0;
	}
	return false;
}
