/*
 * One file that people write, as it was read: its bytes, and the way from a byte offset to line and column. Files live in
 * an arena, so that messages can point into them to the end.
 */
#ifndef TERCEL_BASE_SOURCE_FILE_H
#define TERCEL_BASE_SOURCE_FILE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

#define SOURCE_FILE_BYTES_MAX (16U << 20)

struct source_file {
	struct text name;  /* as named on the command line; "<condition>" and the like for texts without a file */
	struct text bytes; /* without a byte order mark */
	const uint32_t *line_starts;
	uint32_t line_count; /* at least 1 */
};

/* Bytes [start, end) of a file; file NULL: no place. */
struct source_range {
	const struct source_file *file;
	uint32_t start, end;
};

#define SOURCE_RANGE_NONE ((struct source_range){0})

/* Both from 1; columns count code points. */
struct source_position {
	uint32_t line, column;
};

/* Copies both texts. -EFBIG above SOURCE_FILE_BYTES_MAX, -ENOMEM. */
int source_file_new(struct arena *arena, struct text name, struct text bytes, const struct source_file **ret_file);

/* Reads `path` ("-": standard input). Negative errno of reading as well. */
int source_file_load(struct arena *arena, const char *path, const struct source_file **ret_file);

/* Offsets past the end count as the end. */
struct source_position source_file_position(const struct source_file *file, uint32_t offset);

/* The text of a line (from 1) without its line break; empty when there is none. */
struct text source_file_line(const struct source_file *file, uint32_t line);
uint32_t source_file_line_start(const struct source_file *file, uint32_t line);

#endif
