/* What the files of the capture writer share: blocks as they are built. */
#ifndef TERCEL_EVENT_SOURCES_SCAP_WRITER_H
#define TERCEL_EVENT_SOURCES_SCAP_WRITER_H

#include "base/buffer.h"
#include "event/sources/byte_sink.h"
#include "event/sources/scap_write.h"
#include "event/state/snapshot.h"

struct scap_writer {
	struct byte_sink *sink;
	struct buffer block; /* the one being built */
	struct scap_write_counters counters;
	int fault; /* what every later call returns */
};

/* Starts a block in the empty buffer. Its body is appended to writer->block. */
void scap_begin_block(struct scap_writer *writer, uint32_t type);
/* Pads the block, completes its lengths and writes it. 0 or a negative errno. */
int scap_end_block(struct scap_writer *writer);

/* Machine, interfaces, users of the host, processes, descriptors, details: all blocks before the events. */
int scap_write_lists(struct scap_writer *writer, struct state *state, const struct snapshot *snapshot,
		     const struct event *first);

#endif
