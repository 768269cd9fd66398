#include "compiler/condition/output_template.h"

#include <errno.h>

#include "base/buffer.h"
#include "compiler/check/check_types.h"
#include "compiler/condition/condition_parse.h"

/* Names longer than this are no fields; it bounds the search for the longest prefix that is one. */
#define NAME_BYTES_MAX 1024

struct template_parser {
	struct arena *arena;
	const struct mapped_text *text;
	struct output_error_sink *sink;
	struct buffer pieces; /* struct output_piece */
	bool has_error;
};

/* What the check says about the longest candidate is what the author wants to know. */
struct first_finding {
	struct finding_sink sink;
	struct text message, hint;
};

static void keep_first(struct finding_sink *sink, const struct finding *finding)
{
	struct first_finding *first = (struct first_finding *)sink;

	if (first->message.length)
		return;
	first->message = finding->message;
	first->hint = finding->hint;
}

/* Findings cost a search for similar names: only the first is asked for. */
static struct finding_sink *sink_of(struct first_finding *first)
{
	return first->message.length ? NULL : &first->sink;
}

static int report(struct template_parser *parser, enum diagnostic_id id, uint32_t start, uint32_t end,
		  struct text message, struct text hint)
{
	if (!message.bytes)
		return -ENOMEM;
	parser->has_error = true;
	parser->sink->report(parser->sink, id, (struct span){parser->text, start, end}, message, hint);
	return 0;
}

static int add_piece(struct template_parser *parser, struct output_piece piece)
{
	buffer_append(&parser->pieces, &piece, sizeof piece);
	return parser->pieces.failed ? -ENOMEM : 0;
}

static int add_literal(struct template_parser *parser, uint32_t start, uint32_t end)
{
	if (start == end)
		return 0;
	return add_piece(parser, (struct output_piece){.is_literal = true,
						       .literal = text_slice(parser->text->text, start, end - start),
						       .span = {parser->text, start, end}});
}

/* Parses and checks the text from `start` on; -EINVAL when it is no item. */
static int try_expression(struct template_parser *parser, uint32_t start, bool takes_argument,
			  struct first_finding *first, struct expression **ret_item, uint32_t *ret_end)
{
	int status = expression_parse(parser->arena, parser->text, start, takes_argument, ret_item, ret_end);

	return status ? status : check_expression(parser->arena, *ret_item, sink_of(first));
}

/* A field without argument, of `length` bytes. */
static int try_field(struct template_parser *parser, uint32_t start, size_t length, struct first_finding *first,
		     struct expression **ret_item)
{
	struct expression *item = arena_allocate(parser->arena, sizeof *item);

	if (!item)
		return -ENOMEM;
	item->kind = EXPRESSION_FIELD;
	item->name = text_slice(parser->text->text, start, length);
	item->span = (struct span){parser->text, start, start + (uint32_t)length};
	item->field = item->transformer = -1;
	item->type = TYPE_NONE;
	*ret_item = item;
	return check_expression(parser->arena, item, sink_of(first));
}

/* The longest prefix of what follows that parses and passes the checks. 0, -EINVAL or -ENOMEM. */
static int longest_item(struct template_parser *parser, uint32_t start, struct first_finding *first,
			struct expression **ret_item, uint32_t *ret_end)
{
	struct text rest = text_slice(parser->text->text, start, SIZE_MAX);
	size_t length = field_name_length(rest);
	int status = try_expression(parser, start, true, first, ret_item, ret_end);

	if (status == -EINVAL && length == 0)
		status = try_expression(parser, start, false, first, ret_item, ret_end);
	if (status != -EINVAL)
		return status;
	for (length = length < NAME_BYTES_MAX ? length : NAME_BYTES_MAX; length > 0; length--) {
		if (field_name_length(text_slice(rest, 0, length)) != length)
			continue;
		status = try_field(parser, start, length, first, ret_item);
		*ret_end = start + (uint32_t)length;
		if (status != -EINVAL)
			return status;
	}
	return -EINVAL;
}

/* How far the thing goes that was meant to be an item: for the caret, and for going on behind it. */
static uint32_t word_end(const struct template_parser *parser, uint32_t start)
{
	struct text text = parser->text->text;
	uint32_t at = start;

	while (at < text.length && !strchr(" \t\n\r%", text.bytes[at]))
		at++;
	return at;
}

static int report_item(struct template_parser *parser, uint32_t percent, uint32_t start,
		       const struct first_finding *first)
{
	struct text text = parser->text->text, rest = text_slice(text, start, SIZE_MAX);
	size_t name = field_name_length(rest);
	uint32_t end = name ? start + (uint32_t)name : word_end(parser, start);
	struct text hint = first->hint;
	struct text message;

	if (first->message.length)
		message = arena_format(parser->arena, "unknown filter: " TEXT_FORMAT, TEXT_ARGUMENTS(first->message));
	else
		message =
		    arena_format(parser->arena, "unknown filter: '%%" TEXT_FORMAT "' is no field and no transformer",
				 TEXT_ARGUMENTS(text_slice(text, start, end - start)));
	if (hint.length == 0 && name == 0)
		hint = TEXT("a % starts a field, there is no way to write a plain one");
	return report(parser, DIAGNOSTIC_OUTPUT_ITEM, percent, end, message, hint);
}

/* What follows a percent sign; *ret_end: where the text goes on. */
static int parse_item(struct template_parser *parser, uint32_t percent, uint32_t *ret_end)
{
	struct first_finding first = {.sink = {keep_first}, .message = TEXT_EMPTY, .hint = TEXT_EMPTY};
	struct text text = parser->text->text;
	uint32_t start = percent + 1;
	struct expression *item;
	uint64_t width = 0;
	int status;

	*ret_end = start;
	if (start == text.length)
		return report(parser, DIAGNOSTIC_OUTPUT_SYNTAX, percent, start,
			      TEXT("invalid formatting syntax: formatting cannot end with a %"), TEXT_EMPTY);
	for (; start < text.length && text.bytes[start] >= '0' && text.bytes[start] <= '9'; start++)
		width = width > OUTPUT_WIDTH_MAX ? width : width * 10 + (uint64_t)(text.bytes[start] - '0');
	*ret_end = start;
	if (start == text.length)
		return report(parser, DIAGNOSTIC_OUTPUT_SYNTAX, percent, start,
			      TEXT("invalid formatting syntax: formatting cannot end with a number"), TEXT_EMPTY);
	if (width > OUTPUT_WIDTH_MAX)
		return report(parser, DIAGNOSTIC_OUTPUT_SYNTAX, percent, start,
			      arena_format(parser->arena, "a width must not be greater than %u", OUTPUT_WIDTH_MAX),
			      TEXT_EMPTY);
	status = longest_item(parser, start, &first, &item, ret_end);
	if (status == -EINVAL) {
		*ret_end = word_end(parser, start);
		return report_item(parser, percent, start, &first);
	}
	if (status)
		return status;
	return add_piece(parser, (struct output_piece){.item = item,
						       .width_bytes = (uint32_t)width,
						       .span = {parser->text, percent, *ret_end}});
}

static int parse(struct template_parser *parser)
{
	struct text bytes = parser->text->text;
	uint32_t at = 0;
	int status = 0;

	if (bytes.length == 0)
		status = report(parser, DIAGNOSTIC_OUTPUT_SYNTAX, 0, 0, TEXT("empty formatting token"), TEXT_EMPTY);
	/* "print even if values are missing", which alerts always do. */
	if (bytes.length && bytes.bytes[0] == '*')
		at++;
	while (status == 0 && at < bytes.length) {
		size_t distance = text_find_byte(text_slice(bytes, at, SIZE_MAX), '%');
		uint32_t percent = distance == SIZE_MAX ? (uint32_t)bytes.length : at + (uint32_t)distance;

		status = add_literal(parser, at, percent);
		at = percent;
		if (status == 0 && at < bytes.length)
			status = parse_item(parser, percent, &at);
	}
	if (status)
		return status;
	return parser->has_error ? -EINVAL : 0;
}

/* NULL when there is no memory. */
static struct output_template *template_of(const struct template_parser *parser)
{
	struct output_template *output = arena_allocate(parser->arena, sizeof *output);

	if (!output)
		return NULL;
	output->pieces = arena_allocate(parser->arena, parser->pieces.length);
	if (!output->pieces)
		return NULL;
	output->piece_count = (uint32_t)(parser->pieces.length / sizeof *output->pieces);
	if (output->piece_count)
		memcpy(output->pieces, parser->pieces.bytes, parser->pieces.length);
	return output;
}

int output_template_parse(struct arena *arena, const struct mapped_text *text, struct output_error_sink *sink,
			  struct output_template **ret_template)
{
	struct template_parser parser = {.arena = arena, .text = text, .sink = sink, .pieces = BUFFER_INIT};
	int status = parse(&parser);

	if (status == 0) {
		*ret_template = template_of(&parser);
		status = *ret_template ? 0 : -ENOMEM;
	}
	buffer_release(&parser.pieces);
	return status;
}
