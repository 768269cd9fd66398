/*
 * Falco's result objects (rule language reference §2.3, §2.4): positions from 0, members in alphabetical order, one
 * error at most. The schema check (§1.17) is not made, so its members are not there.
 */
#include "compiler/diagnostics/diagnostic_render.h"

#include "base/json_writer.h"

/* Bytes shown on either side of a place. */
#define SNIPPET_BYTES 80
/* Length beyond which the text of a condition is cut, and what is left of it then. */
#define EXPRESSION_NAME_MAX 20
#define EXPRESSION_NAME_CUT 17

/* A text that could not be put together makes the whole output fail. */
static void finish_part(struct json_writer *json, struct buffer *part)
{
	json->buffer->failed |= part->failed;
	buffer_release(part);
}

static void write_position(struct json_writer *json, struct text name, struct source_range range)
{
	struct source_position position = source_file_position(range.file, range.start);

	json_begin_object(json);
	json_key(json, TEXT("column"));
	json_unsigned(json, position.column - 1);
	json_key(json, TEXT("line"));
	json_unsigned(json, position.line - 1);
	json_key(json, TEXT("name"));
	json_string(json, name);
	json_key(json, TEXT("offset"));
	json_unsigned(json, range.start);
	json_end_object(json);
}

static void write_location(struct json_writer *json, const char *item_type, struct text item_name, struct text name,
			   struct source_range range)
{
	json_begin_object(json);
	json_key(json, TEXT("item_name"));
	json_string(json, item_name);
	json_key(json, TEXT("item_type"));
	json_string(json, text_from_string(item_type));
	json_key(json, TEXT("position"));
	write_position(json, name, range);
	json_end_object(json);
}

static void write_context(struct json_writer *json, const struct load_context *context)
{
	if (!context)
		return;
	write_context(json, context->outer);
	write_location(json, context->item_type, context->item_name, context->range.file->name, context->range);
}

/* The condition in quotes, CR and LF as spaces, cut when it is long. */
static void write_expression_location(struct json_writer *json, const struct diagnostic *diagnostic)
{
	struct buffer name = BUFFER_INIT;
	struct text text = diagnostic->span.text->text;

	buffer_append_byte(&name, '"');
	for (size_t i = 0; i < text.length && i < EXPRESSION_NAME_MAX; i++)
		buffer_append_byte(&name,
				   text.bytes[i] == '\n' || text.bytes[i] == '\r' ? ' ' : (uint8_t)text.bytes[i]);
	buffer_append_byte(&name, '"');
	if (text.length + 2 > EXPRESSION_NAME_MAX && !name.failed) {
		name.length = EXPRESSION_NAME_CUT;
		buffer_append_string(&name, "...");
	}
	write_location(json, "condition expression", TEXT_EMPTY, buffer_text(&name), diagnostic->range);
	finish_part(json, &name);
}

static void write_snippet(struct json_writer *json, struct source_range range)
{
	struct source_position position = source_file_position(range.file, range.start);
	struct text line = source_file_line(range.file, position.line);
	size_t at = range.start - source_file_line_start(range.file, position.line);
	size_t from, to;
	struct buffer snippet = BUFFER_INIT;

	if (at > line.length)
		at = line.length;
	from = at > SNIPPET_BYTES ? at - SNIPPET_BYTES : 0;
	to = at + SNIPPET_BYTES < line.length ? at + SNIPPET_BYTES : line.length;
	while (from > 0 && ((unsigned char)line.bytes[from] & 0xc0) == 0x80)
		from--;
	if (from)
		buffer_append_string(&snippet, "...");
	buffer_append_text(&snippet, text_slice(line, from, to - from));
	if (to < line.length)
		buffer_append_string(&snippet, "...");
	buffer_printf(&snippet, "\n%*s^\n", (int)(at - from + (from ? 3 : 0)), "");
	json_string(json, buffer_text(&snippet));
	finish_part(json, &snippet);
}

static bool is_in_condition(const struct diagnostic *diagnostic)
{
	return diagnostic->span.text &&
	       (diagnostic->code == LOAD_ERR_COMPILE_CONDITION || diagnostic->code == LOAD_ERR_VALIDATE ||
		diagnostic->code == LOAD_COMPILE_CONDITION);
}

static void write_one(struct json_writer *json, const struct diagnostic *diagnostic)
{
	const struct load_code_info *info = load_code_info(diagnostic->code);
	struct buffer description = BUFFER_INIT;

	if (diagnostic->deprecated_field.length)
		buffer_printf(&description, "%s: field '" TEXT_FORMAT "'", info->short_text,
			      TEXT_ARGUMENTS(diagnostic->deprecated_field));
	else
		buffer_append_string(&description,
				     info->severity == SEVERITY_ERROR ? info->short_text : info->long_text);
	json_begin_object(json);
	json_key(json, TEXT("code"));
	json_string(json, text_from_string(info->name));
	json_key(json, TEXT("codedesc"));
	json_string(json, buffer_text(&description));
	json_key(json, TEXT("context"));
	json_begin_object(json);
	json_key(json, TEXT("locations"));
	json_begin_array(json);
	write_context(json, diagnostic->context);
	if (is_in_condition(diagnostic))
		write_expression_location(json, diagnostic);
	json_end_array(json);
	json_key(json, TEXT("snippet"));
	if (diagnostic->range.file)
		write_snippet(json, diagnostic->range);
	else
		json_string(json, TEXT("<No context available>\n"));
	json_end_object(json);
	if (diagnostic->deprecated_field.length) {
		json_key(json, TEXT("deprecated_field"));
		json_string(json, diagnostic->deprecated_field);
	}
	json_key(json, TEXT("message"));
	json_string(json, diagnostic->message);
	json_end_object(json);
	finish_part(json, &description);
}

static void write_severity(struct json_writer *json, const struct compilation *compilation,
			   const struct file_load *load, enum severity severity)
{
	json_begin_array(json);
	for (uint32_t i = load->first_diagnostic; i < load->end_diagnostic; i++) {
		const struct diagnostic *diagnostic = compilation->diagnostics.items[i];

		/* What was promoted to an error is none of Falco's, and lints are not Falco's at all. */
		if (load_code_info(diagnostic->code)->severity != severity || diagnostic->code == TERCEL_LINT)
			continue;
		write_one(json, diagnostic);
		if (severity == SEVERITY_ERROR)
			break;
	}
	json_end_array(json);
}

void diagnostic_render_falco_json(struct buffer *buffer, const struct compilation *compilation)
{
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_begin_object(&json);
	json_key(&json, TEXT("falco_load_results"));
	json_begin_array(&json);
	for (uint32_t i = 0; i < compilation->load_count; i++) {
		const struct file_load *load = &compilation->loads[i];

		json_begin_object(&json);
		json_key(&json, TEXT("errors"));
		write_severity(&json, compilation, load, SEVERITY_ERROR);
		json_key(&json, TEXT("name"));
		json_string(&json, load->file->name);
		json_key(&json, TEXT("successful"));
		json_bool(&json, !load->has_errors);
		json_key(&json, TEXT("warnings"));
		write_severity(&json, compilation, load, SEVERITY_WARNING);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
	buffer_append_byte(buffer, '\n');
}
