/* The difference of two texts by lines, as `diff -u` shows it. */
#ifndef TERCEL_INSTRUMENT_DOCUMENT_UNIFIED_DIFF_H
#define TERCEL_INSTRUMENT_DOCUMENT_UNIFIED_DIFF_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

/*
 * Appends nothing when the texts are equal. The difference is the shortest one, unless there are more than some
 * thousand lines of difference: then it is correct, but not the shortest. False without memory.
 */
bool unified_diff(struct text old_text, const char *old_name, struct text new_text, const char *new_name,
		  struct buffer *buffer);

#endif
