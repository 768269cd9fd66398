/* What is wrong with a file of synthetic events, as text for its author: place, sentence, the line with carets, hint. */
#ifndef TERCEL_EVENT_SYNTHETIC_REPORT_H
#define TERCEL_EVENT_SYNTHETIC_REPORT_H

#include "base/buffer.h"
#include "base/source_file.h"

#define REPORT_ERRORS_MAX 50 /* what comes after them is only counted */

struct report {
	struct buffer text;
	unsigned error_count;
};

void report_error(struct report *report, struct source_range range, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A way out, for the error that was reported last. */
void report_hint(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
