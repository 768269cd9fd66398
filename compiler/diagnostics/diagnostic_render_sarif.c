/* SARIF 2.1.0 (OASIS), the subset that code scanning services read. */
#include "compiler/diagnostics/diagnostic_render.h"

#include "base/json_writer.h"

static void write_message(struct json_writer *json, const char *key, struct text message)
{
	json_key(json, text_from_string(key));
	json_begin_object(json);
	json_key(json, TEXT("text"));
	json_string(json, message);
	json_end_object(json);
}

static void write_location(struct json_writer *json, struct source_range range, struct text message)
{
	struct source_position start, end;

	json_begin_object(json);
	if (range.file) {
		start = source_file_position(range.file, range.start);
		end = source_file_position(range.file, range.end > range.start ? range.end : range.start);
		json_key(json, TEXT("physicalLocation"));
		json_begin_object(json);
		json_key(json, TEXT("artifactLocation"));
		json_begin_object(json);
		json_key(json, TEXT("uri"));
		json_string(json, range.file->name);
		json_end_object(json);
		json_key(json, TEXT("region"));
		json_begin_object(json);
		json_key(json, TEXT("startLine"));
		json_unsigned(json, start.line);
		json_key(json, TEXT("startColumn"));
		json_unsigned(json, start.column);
		json_key(json, TEXT("endLine"));
		json_unsigned(json, end.line);
		json_key(json, TEXT("endColumn"));
		json_unsigned(json, end.column);
		json_end_object(json);
		json_end_object(json);
	}
	if (message.length)
		write_message(json, "message", message);
	json_end_object(json);
}

/* Only the rules that have results; ret_indexes: their places in the array. */
static void write_rules(struct json_writer *json, const struct diagnostics *diagnostics,
			unsigned ret_indexes[DIAGNOSTIC_COUNT])
{
	bool is_written[DIAGNOSTIC_COUNT] = {false};
	unsigned count = 0;

	json_key(json, TEXT("rules"));
	json_begin_array(json);
	for (uint32_t i = 0; i < diagnostics->count; i++) {
		enum diagnostic_id id = diagnostics->items[i]->id;
		const struct diagnostic_info *info = diagnostic_info(id);

		if (is_written[id] || !diagnostic_is_shown(diagnostics->items[i]))
			continue;
		is_written[id] = true;
		ret_indexes[id] = count++;
		json_begin_object(json);
		json_key(json, TEXT("id"));
		json_string(json, text_from_string(info->name));
		json_key(json, TEXT("name"));
		json_string(json, text_from_string(load_code_info(info->load_code)->name));
		write_message(json, "shortDescription", text_from_string(info->meaning));
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_result(struct json_writer *json, const struct diagnostic *diagnostic, unsigned rule_index)
{
	struct text message = diagnostic->message;

	if (message.length == 0)
		message = text_from_string(load_code_info(diagnostic->code)->long_text);
	json_begin_object(json);
	json_key(json, TEXT("ruleId"));
	json_string(json, text_from_string(diagnostic_info(diagnostic->id)->name));
	json_key(json, TEXT("ruleIndex"));
	json_unsigned(json, rule_index);
	json_key(json, TEXT("level"));
	json_string(json, diagnostic->severity == SEVERITY_ERROR ? TEXT("error") : TEXT("warning"));
	write_message(json, "message", message);
	json_key(json, TEXT("locations"));
	json_begin_array(json);
	if (diagnostic->range.file)
		write_location(json, diagnostic->range, TEXT_EMPTY);
	json_end_array(json);
	json_key(json, TEXT("relatedLocations"));
	json_begin_array(json);
	for (uint32_t i = 0; i < diagnostic->note_count; i++)
		write_location(json, diagnostic->notes[i].range, diagnostic->notes[i].message);
	json_end_array(json);
	json_end_object(json);
}

void diagnostic_render_sarif(struct buffer *buffer, const struct compilation *compilation)
{
	const struct diagnostics *diagnostics = &compilation->diagnostics;
	unsigned rule_indexes[DIAGNOSTIC_COUNT] = {0};
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_begin_object(&json);
	json_key(&json, TEXT("$schema"));
	json_string(&json, TEXT("https://json.schemastore.org/sarif-2.1.0.json"));
	json_key(&json, TEXT("version"));
	json_string(&json, TEXT("2.1.0"));
	json_key(&json, TEXT("runs"));
	json_begin_array(&json);
	json_begin_object(&json);
	json_key(&json, TEXT("tool"));
	json_begin_object(&json);
	json_key(&json, TEXT("driver"));
	json_begin_object(&json);
	json_key(&json, TEXT("name"));
	json_string(&json, TEXT("tercelc"));
	json_key(&json, TEXT("version"));
	json_string(&json, TEXT(TERCEL_VERSION));
	write_rules(&json, diagnostics, rule_indexes);
	json_end_object(&json);
	json_end_object(&json);
	json_key(&json, TEXT("columnKind"));
	json_string(&json, TEXT("unicodeCodePoints"));
	json_key(&json, TEXT("results"));
	json_begin_array(&json);
	for (uint32_t i = 0; i < diagnostics->count; i++)
		if (diagnostic_is_shown(diagnostics->items[i]))
			write_result(&json, diagnostics->items[i], rule_indexes[diagnostics->items[i]->id]);
	json_end_array(&json);
	json_end_object(&json);
	json_end_array(&json);
	json_end_object(&json);
	buffer_append_byte(buffer, '\n');
}
