/* Workflow commands of GitHub Actions: ::error file=…,line=…,col=…::message */
#include "compiler/diagnostics/diagnostic_render.h"

#include <string.h>

/* What would end a message or, in a property, the property. */
static void append_escaped(struct buffer *buffer, struct text text, const char *special)
{
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.bytes[i];

		if (byte && strchr(special, byte))
			buffer_printf(buffer, "%%%02X", (unsigned)byte);
		else
			buffer_append_byte(buffer, (uint8_t)byte);
	}
}

static void append_one(struct buffer *buffer, const struct diagnostic *diagnostic)
{
	struct source_range range = diagnostic->range;

	buffer_append_string(buffer, diagnostic->severity == SEVERITY_ERROR ? "::error " : "::warning ");
	if (range.file) {
		struct source_position start = source_file_position(range.file, range.start);
		struct source_position end =
		    source_file_position(range.file, range.end > range.start ? range.end : range.start);

		buffer_append_string(buffer, "file=");
		append_escaped(buffer, range.file->name, "%\r\n:,");
		buffer_printf(buffer, ",line=%u,col=%u,endLine=%u", start.line, start.column, end.line);
		/* GitHub takes an end column only within one line. */
		if (end.line == start.line)
			buffer_printf(buffer, ",endColumn=%u", end.column);
		buffer_append_byte(buffer, ',');
	}
	buffer_printf(buffer, "title=%s::", load_code_info(diagnostic->code)->name);
	if (diagnostic->message.length)
		append_escaped(buffer, diagnostic->message, "%\r\n");
	else
		buffer_append_string(buffer, load_code_info(diagnostic->code)->long_text);
	if (diagnostic->hint.length) {
		buffer_append_string(buffer, " (");
		append_escaped(buffer, diagnostic->hint, "%\r\n");
		buffer_append_byte(buffer, ')');
	}
	buffer_append_byte(buffer, '\n');
}

void diagnostic_render_github(struct buffer *buffer, const struct compilation *compilation)
{
	for (uint32_t i = 0; i < compilation->diagnostics.count; i++)
		if (diagnostic_is_shown(compilation->diagnostics.items[i]))
			append_one(buffer, compilation->diagnostics.items[i]);
}
