/*
 * Writes a file piece by piece, compressed by gzip or as it is. Under its name there is the old file or the whole new
 * one, never a part; devices and pipes are written to directly.
 */
#ifndef TERCEL_EVENT_SOURCES_BYTE_SINK_H
#define TERCEL_EVENT_SOURCES_BYTE_SINK_H

#include <stdbool.h>
#include <stddef.h>

struct byte_sink;

/* 0 or a negative errno. */
int byte_sink_open(const char *path, bool is_compressed, struct byte_sink **ret_sink);
/* 0 or a negative errno, which every later call gives, too. */
int byte_sink_write(struct byte_sink *sink, const void *bytes, size_t length);
/* Completes the file and frees the sink. After a fault the file is thrown away and the fault is returned. */
int byte_sink_close(struct byte_sink *sink);
/* Throws away what was written; accepts NULL. */
void byte_sink_discard(struct byte_sink *sink);

#endif
