/* Files that exist only while the test runs: /proc/self/fd/N of a memory file. */
#ifndef TERCEL_TESTS_SUPPORT_MEMORY_FILE_H
#define TERCEL_TESTS_SUPPORT_MEMORY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct memory_file {
	int descriptor;
	char path[40];
};

struct memory_file memory_file_new(const void *bytes, size_t length);
void memory_file_close(struct memory_file *file);

/* Appends the bytes as one gzip member. */
void gzip_append(struct buffer *buffer, const void *bytes, size_t length);

#endif
