/* Whole files in and out. Every function returns 0 or a negative errno; outputs are untouched on failure. */
#ifndef TERCEL_BASE_FILE_IO_H
#define TERCEL_BASE_FILE_IO_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"

/* Appends the file to `buffer`; "-" is standard input. -EFBIG when it is larger than limit_bytes. */
int file_read(const char *path, size_t limit_bytes, struct buffer *buffer);

/* A temporary file beside `path`, fsync, rename, fsync of the directory: the old or the new file, never a part. */
int file_write_atomic(const char *path, const void *bytes, size_t length, mode_t mode);

/*
 * The same for files that are written piece by piece: begin, write(2) to ->descriptor, then commit or abort, either of
 * which ends it. A device or a pipe is written to as it is.
 */
struct file_replacement {
	int descriptor;
	int directory; /* -1: the file itself is written to */
	char name[NAME_MAX + 1], temporary[NAME_MAX + 1];
};

int file_replacement_begin(const char *path, mode_t mode, struct file_replacement *ret_replacement);
int file_replacement_commit(struct file_replacement *replacement);
void file_replacement_abort(struct file_replacement *replacement);

/* Creates the file; -EEXIST when there is one. For keys, which must not be overwritten. */
int file_write_new(const char *path, const void *bytes, size_t length, mode_t mode);

/*
 * write(2) until all is written. A descriptor that somebody else made non-blocking is waited for; -EAGAIN when nothing can be
 * written to it for ten seconds.
 */
int write_all(int descriptor, const void *bytes, size_t length);

#endif
