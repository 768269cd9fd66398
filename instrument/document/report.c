#include "instrument/document/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_writer.h"

static const char *const severity_names[] = {"error", "warning"};
static const char *const outcome_names[] = {"instrumented", "restored", "skipped", "refused"};

struct report report_of(struct arena *arena, struct text source)
{
	return (struct report){.arena = arena, .source = source, .resource = TEXT_EMPTY};
}

bool report_map_pieces(struct report *report, const struct source_piece *pieces, size_t count)
{
	struct source_map *map = arena_allocate(report->arena, sizeof *map);
	struct source_piece *copy = arena_allocate_array(report->arena, count, sizeof *copy);

	if (!map || !copy)
		return false;
	memcpy(copy, pieces, count * sizeof *copy);
	*map = (struct source_map){.earlier = report->map, .pieces = copy, .count = count};
	report->map = map;
	return true;
}

void source_position(struct text source, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
	uint32_t line = 1, column = 1;

	for (size_t i = 0; i < offset && i < source.length; i++) {
		unsigned char byte = (unsigned char)source.bytes[i];

		if (byte == '\n') {
			line++;
			column = 1;
		} else if ((byte & 0xc0) != 0x80) { /* not the rest of a character */
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

static void add_diagnostic(struct report *report, enum severity severity, size_t offset, const char *format,
			   va_list arguments) __attribute__((format(printf, 4, 0)));

static size_t original_offset(const struct source_map *map, size_t offset)
{
	for (; map && offset != SIZE_MAX; map = map->earlier) {
		const struct source_piece *piece = NULL;

		for (size_t i = 0; i < map->count && map->pieces[i].start <= offset; i++)
			piece = &map->pieces[i];
		if (piece)
			offset = piece->origin == SIZE_MAX ? SIZE_MAX : piece->origin + (offset - piece->start);
	}
	return offset;
}

void report_position(const struct report *report, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
	offset = original_offset(report->map, offset);
	*ret_line = *ret_column = 0;
	if (offset != SIZE_MAX)
		source_position(report->source, offset, ret_line, ret_column);
}

static void add_diagnostic(struct report *report, enum severity severity, size_t offset, const char *format,
			   va_list arguments)
{
	struct diagnostic *diagnostic = arena_allocate(report->arena, sizeof *diagnostic);
	char *message = NULL;
	int length = vasprintf(&message, format, arguments);

	/* An error counts even when there is no memory to say which. */
	if (severity == SEVERITY_ERROR)
		report->error_count++;
	else
		report->warning_count++;
	if (!diagnostic || length < 0) {
		report->failed = true;
		if (length >= 0)
			free(message);
		return;
	}
	diagnostic->severity = severity;
	diagnostic->resource = report->resource;
	diagnostic->message = arena_copy_text(report->arena, text_of(message, (size_t)length));
	free(message);
	if (!diagnostic->message.bytes) {
		report->failed = true;
		return;
	}
	diagnostic->offset = original_offset(report->map, offset);
	report_position(report, offset, &diagnostic->line, &diagnostic->column);
	if (report->last_diagnostic)
		report->last_diagnostic->next = diagnostic;
	else
		report->first_diagnostic = diagnostic;
	report->last_diagnostic = diagnostic;
}

void report_at(struct report *report, enum severity severity, size_t offset, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_diagnostic(report, severity, offset, format, arguments);
	va_end(arguments);
}

void report_node(struct report *report, enum severity severity, const struct node *node, const char *format, ...)
{
	const struct node *place = node && node->key ? node->key : node;
	va_list arguments;

	va_start(arguments, format);
	add_diagnostic(report, severity, place && !place->is_new ? place->start : SIZE_MAX, format, arguments);
	va_end(arguments);
}

struct decision *report_decision(struct report *report, const struct decision *decision)
{
	struct decision *copy = arena_allocate(report->arena, sizeof *copy);

	report->instrumented_count += decision->outcome == OUTCOME_INSTRUMENTED;
	if (!copy) {
		report->failed = true;
		return NULL;
	}
	*copy = *decision;
	copy->next = NULL;
	if (report->last_decision)
		report->last_decision->next = copy;
	else
		report->first_decision = copy;
	report->last_decision = copy;
	return copy;
}

/* Names and messages hold text of the document: control characters must not reach a terminal. */
static void append_printable(struct buffer *buffer, struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.bytes[i];

		if (byte < 0x20 || byte == 0x7f)
			buffer_printf(buffer, "\\x%02x", byte);
		else
			buffer_append_byte(buffer, byte);
	}
}

static void render_decision(const struct decision *decision, struct buffer *buffer)
{
	buffer_append_string(buffer, "  ");
	if (decision->resource.length > 0) {
		append_printable(buffer, decision->resource);
		buffer_append_byte(buffer, '/');
	}
	append_printable(buffer, decision->container);
	buffer_printf(buffer, ": %s", outcome_names[decision->outcome]);
	if (decision->reason.length > 0) {
		buffer_append_string(buffer, ", ");
		append_printable(buffer, decision->reason);
	}
	buffer_append_byte(buffer, '\n');
	if (decision->before.length > 0) {
		buffer_append_string(buffer, "    before: ");
		append_printable(buffer, decision->before);
		buffer_append_byte(buffer, '\n');
	}
	if (decision->after.length > 0) {
		buffer_append_string(buffer, "    after:  ");
		append_printable(buffer, decision->after);
		buffer_append_byte(buffer, '\n');
	}
}

void report_render_text(const struct report *report, const char *file_name, bool with_decisions, struct buffer *buffer)
{
	for (const struct diagnostic *diagnostic = report->first_diagnostic; diagnostic;
	     diagnostic = diagnostic->next) {
		buffer_append_string(buffer, file_name);
		if (diagnostic->line > 0)
			buffer_printf(buffer, ":%u:%u", diagnostic->line, diagnostic->column);
		buffer_printf(buffer, ": %s: ", severity_names[diagnostic->severity]);
		append_printable(buffer, diagnostic->message);
		buffer_append_byte(buffer, '\n');
	}
	if (!with_decisions)
		return;
	for (const struct decision *decision = report->first_decision; decision; decision = decision->next)
		render_decision(decision, buffer);
}

static void write_text(struct json_writer *writer, const char *key, struct text value)
{
	if (value.length == 0)
		return;
	json_key(writer, text_from_string(key));
	json_string(writer, value);
}

void report_render_json(const struct report *report, const char *file_name, struct buffer *buffer)
{
	struct json_writer writer;

	json_writer_init(&writer, buffer);
	json_begin_object(&writer);
	write_text(&writer, "file", text_from_string(file_name));
	json_key(&writer, TEXT("diagnostics"));
	json_begin_array(&writer);
	for (const struct diagnostic *diagnostic = report->first_diagnostic; diagnostic;
	     diagnostic = diagnostic->next) {
		json_begin_object(&writer);
		write_text(&writer, "severity", text_from_string(severity_names[diagnostic->severity]));
		if (diagnostic->line > 0) {
			json_key(&writer, TEXT("line"));
			json_unsigned(&writer, diagnostic->line);
			json_key(&writer, TEXT("column"));
			json_unsigned(&writer, diagnostic->column);
		}
		write_text(&writer, "resource", diagnostic->resource);
		write_text(&writer, "message", diagnostic->message);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_key(&writer, TEXT("containers"));
	json_begin_array(&writer);
	for (const struct decision *decision = report->first_decision; decision; decision = decision->next) {
		json_begin_object(&writer);
		write_text(&writer, "resource", decision->resource);
		write_text(&writer, "container", decision->container);
		write_text(&writer, "outcome", text_from_string(outcome_names[decision->outcome]));
		write_text(&writer, "reason", decision->reason);
		write_text(&writer, "before", decision->before);
		write_text(&writer, "after", decision->after);
		write_text(&writer, "image_digest", decision->digest);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_end_object(&writer);
	buffer_append_byte(buffer, '\n');
}
