#include "compiler/diagnostics/diagnostic_render.h"

#include "base/json_writer.h"

static void write_range(struct json_writer *json, struct source_range range)
{
	struct source_position start, end;

	if (!range.file)
		return;
	start = source_file_position(range.file, range.start);
	end = source_file_position(range.file, range.end > range.start ? range.end : range.start);
	json_key(json, TEXT("file"));
	json_string(json, range.file->name);
	json_key(json, TEXT("line"));
	json_unsigned(json, start.line);
	json_key(json, TEXT("column"));
	json_unsigned(json, start.column);
	json_key(json, TEXT("end_line"));
	json_unsigned(json, end.line);
	json_key(json, TEXT("end_column"));
	json_unsigned(json, end.column);
	json_key(json, TEXT("offset"));
	json_unsigned(json, range.start);
}

static void write_item(struct json_writer *json, const struct load_context *context)
{
	for (; context; context = context->outer) {
		if (context->item_name.length == 0)
			continue;
		json_begin_object(json);
		json_key(json, TEXT("type"));
		json_string(json, text_from_string(context->item_type));
		json_key(json, TEXT("name"));
		json_string(json, context->item_name);
		write_range(json, context->range);
		json_end_object(json);
	}
}

static void write_one(struct json_writer *json, const struct diagnostic *diagnostic)
{
	json_begin_object(json);
	json_key(json, TEXT("severity"));
	json_string(json, diagnostic->severity == SEVERITY_ERROR ? TEXT("error") : TEXT("warning"));
	json_key(json, TEXT("code"));
	json_string(json, text_from_string(load_code_info(diagnostic->code)->name));
	json_key(json, TEXT("id"));
	json_string(json, text_from_string(diagnostic_info(diagnostic->id)->name));
	json_key(json, TEXT("message"));
	json_string(json, diagnostic->message);
	write_range(json, diagnostic->range);
	if (diagnostic->hint.length) {
		json_key(json, TEXT("hint"));
		json_string(json, diagnostic->hint);
	}
	json_key(json, TEXT("items"));
	json_begin_array(json);
	write_item(json, diagnostic->context);
	json_end_array(json);
	json_key(json, TEXT("notes"));
	json_begin_array(json);
	for (uint32_t i = 0; i < diagnostic->note_count; i++) {
		json_begin_object(json);
		json_key(json, TEXT("message"));
		json_string(json, diagnostic->notes[i].message);
		write_range(json, diagnostic->notes[i].range);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

void diagnostic_render_json(struct buffer *buffer, const struct compilation *compilation)
{
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_begin_object(&json);
	json_key(&json, TEXT("files"));
	json_begin_array(&json);
	for (uint32_t i = 0; i < compilation->load_count; i++)
		json_string(&json, compilation->loads[i].file->name);
	json_end_array(&json);
	json_key(&json, TEXT("errors"));
	json_unsigned(&json, compilation->error_count);
	json_key(&json, TEXT("warnings"));
	json_unsigned(&json, compilation->warning_count);
	json_key(&json, TEXT("diagnostics"));
	json_begin_array(&json);
	for (uint32_t i = 0; i < compilation->diagnostics.count; i++)
		if (diagnostic_is_shown(compilation->diagnostics.items[i]))
			write_one(&json, compilation->diagnostics.items[i]);
	json_end_array(&json);
	json_end_object(&json);
	buffer_append_byte(buffer, '\n');
}
