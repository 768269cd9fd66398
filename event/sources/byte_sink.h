/*
 * Writes a file piece by piece, compressed by gzip or as it is, in one of two ways: under its name there is the old file or
 * the whole new one, never a part; or it grows and is complete after every flush, whatever happens next.
 */
#ifndef TERCEL_EVENT_SOURCES_BYTE_SINK_H
#define TERCEL_EVENT_SOURCES_BYTE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_sink;

/* The file appears when it is closed; devices and pipes are written to directly. 0 or a negative errno. */
int byte_sink_open(const char *path, bool is_compressed, struct byte_sink **ret_sink);

/*
 * A file that grows, from where `descriptor` stands; it is taken over on success. Compressed, each flush ends a member of
 * the gzip file. What would make it longer than `limit_bytes` (0: no limit) is refused with -EFBIG. 0 or -ENOMEM.
 */
int byte_sink_open_growing(int descriptor, bool is_compressed, uint64_t limit_bytes, struct byte_sink **ret_sink);

/*
 * The bytes of one call are never torn apart: a file that grows ends behind those of some call. 0 or a negative errno, which
 * every later call gives, too.
 */
int byte_sink_write(struct byte_sink *sink, const void *bytes, size_t length);

/* Of a file that grows: what was written so far is in it; after a fault it is as it was after the last flush. As write. */
int byte_sink_flush(struct byte_sink *sink);

/*
 * Completes the file and frees the sink. After a fault a file that was to be whole is thrown away, one that grows stays as
 * it is; the fault is returned.
 */
int byte_sink_close(struct byte_sink *sink);
/* Throws away what was written, but for what is in a file that grows; accepts NULL. */
void byte_sink_discard(struct byte_sink *sink);

#endif
