/* How a place in a file is shown to people: FILE:LINE:COLUMN, and the line with carets under the place. */
#ifndef TERCEL_BASE_SOURCE_EXCERPT_H
#define TERCEL_BASE_SOURCE_EXCERPT_H

#include "base/buffer.h"
#include "base/source_file.h"

/* Text from files and command lines must not steer the terminal: control characters become "?". */
void source_append_shown(struct buffer *buffer, struct text text);

/* "FILE:LINE:COLUMN: "; nothing for a range without a file. */
void source_append_place(struct buffer *buffer, struct source_range range);

/* The line and the caret line under it, each with its line break; long lines are shown around the place. */
void source_append_excerpt(struct buffer *buffer, struct source_range range);

#endif
