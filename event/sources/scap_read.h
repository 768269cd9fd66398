/*
 * Capture files (.scap): plain or gzip, all versions of their blocks, events of older schemas converted to current ones.
 * Memory is bounded whatever the file claims. A damaged or truncated file gives all events before the damage, then the
 * fault; captures that are appended to each other are read as sections.
 */
#ifndef TERCEL_EVENT_SOURCES_SCAP_READ_H
#define TERCEL_EVENT_SOURCES_SCAP_READ_H

#include <stdint.h>

#include "event/sources/event_source.h"

/*
 * `path` "-": standard input. 0 and *ret_source; or a negative errno of opening and reading the file, or -ENOMEM. What is
 * wrong with the contents is reported by the source's next() as -EBADMSG.
 */
int scap_source_open(const char *path, struct event_source **ret_source);

/* What was read and not given on. */
struct scap_read_counters {
	uint64_t sections;
	uint64_t events_unknown;   /* of a newer schema */
	uint64_t events_dropped;   /* of an older schema: not used any more, or remembered until the exit event comes */
	uint64_t blocks_unknown;
	uint64_t enters_forgotten; /* remembered enter events that had to give way to newer ones */
};

const struct scap_read_counters *scap_source_counters(const struct event_source *source);

/* How far the file has been read, in bytes as they are on disk; *ret_total_bytes is 0 when that is not known. */
void scap_source_progress(const struct event_source *source, uint64_t *ret_done_bytes, uint64_t *ret_total_bytes);

#endif
