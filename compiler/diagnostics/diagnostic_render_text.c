#include "compiler/diagnostics/diagnostic_render.h"

#include "base/source_excerpt.h"

static void append_context(struct buffer *buffer, const struct diagnostic *diagnostic)
{
	for (const struct load_context *context = diagnostic->context; context; context = context->outer) {
		if (context->item_name.length == 0)
			continue;
		source_append_place(buffer, context->range);
		buffer_printf(buffer, "note: in %s '", context->item_type);
		source_append_shown(buffer, context->item_name);
		buffer_append_string(buffer, "'\n");
	}
}

static void append_one(struct buffer *buffer, const struct diagnostic *diagnostic)
{
	source_append_place(buffer, diagnostic->range);
	buffer_append_string(buffer, diagnostic->severity == SEVERITY_ERROR ? "error: " : "warning: ");
	if (diagnostic->message.length)
		source_append_shown(buffer, diagnostic->message);
	else
		buffer_append_string(buffer, load_code_info(diagnostic->code)->long_text);
	buffer_printf(buffer, " [%s: %s]\n", load_code_info(diagnostic->code)->name,
		      diagnostic_info(diagnostic->id)->name);
	if (diagnostic->range.file)
		source_append_excerpt(buffer, diagnostic->range);
	for (uint32_t i = 0; i < diagnostic->note_count; i++) {
		source_append_place(buffer, diagnostic->notes[i].range);
		buffer_append_string(buffer, "note: ");
		source_append_shown(buffer, diagnostic->notes[i].message);
		buffer_append_byte(buffer, '\n');
	}
	append_context(buffer, diagnostic);
	if (diagnostic->hint.length) {
		buffer_append_string(buffer, "hint: ");
		source_append_shown(buffer, diagnostic->hint);
		buffer_append_byte(buffer, '\n');
	}
}

void diagnostic_render_text(struct buffer *buffer, const struct diagnostics *diagnostics)
{
	for (uint32_t i = 0; i < diagnostics->count; i++)
		if (diagnostic_is_shown(diagnostics->items[i]))
			append_one(buffer, diagnostics->items[i]);
}
