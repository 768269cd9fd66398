#include "event/synthetic/report.h"

#include "base/source_excerpt.h"

/* Sentences quote what the file says, which must not steer the terminal. */
static void append_formatted(struct report *report, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void append_formatted(struct report *report, const char *format, va_list arguments)
{
	struct buffer sentence = BUFFER_INIT;

	buffer_vprintf(&sentence, format, arguments);
	source_append_shown(&report->text, buffer_text(&sentence));
	buffer_append_byte(&report->text, '\n');
	report->text.failed |= sentence.failed;
	buffer_release(&sentence);
}

void report_error(struct report *report, struct source_range range, const char *format, ...)
{
	va_list arguments;

	if (report->error_count++ >= REPORT_ERRORS_MAX)
		return;
	source_append_place(&report->text, range);
	buffer_append_string(&report->text, "error: ");
	va_start(arguments, format);
	append_formatted(report, format, arguments);
	va_end(arguments);
	if (range.file)
		source_append_excerpt(&report->text, range);
}

void report_hint(struct report *report, const char *format, ...)
{
	va_list arguments;

	if (report->error_count > REPORT_ERRORS_MAX)
		return;
	buffer_append_string(&report->text, "hint: ");
	va_start(arguments, format);
	append_formatted(report, format, arguments);
	va_end(arguments);
}
