/* What the files of the capture writer share: blocks as they are built. */
#ifndef TERCEL_EVENT_SOURCES_SCAP_WRITER_H
#define TERCEL_EVENT_SOURCES_SCAP_WRITER_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "event/sources/byte_sink.h"
#include "event/sources/scap_write.h"
#include "event/state/snapshot.h"

struct scap_writer {
	struct byte_sink *sink;
	struct buffer block; /* the one being built */
	struct buffer found; /* details of what was looked up since the last event; empty: nothing */
	struct scap_write_counters counters;
	int fault; /* what every later call returns */
};

/* Starts a block in the empty buffer. Its body is appended to writer->block. */
void scap_begin_block(struct scap_writer *writer, uint32_t type);
/* Pads the block, completes its lengths and writes it. 0 or a negative errno. */
int scap_end_block(struct scap_writer *writer);

/* ---- entries of lists ---- */

/* Begins an entry with its length, which scap_end_entry() fills in. Where it starts. */
static inline size_t scap_begin_entry(struct buffer *block)
{
	size_t start = block->length;

	buffer_append_u32(block, 0);
	return start;
}

/* length_includes_itself: whether the length counts its own four bytes. */
static inline void scap_end_entry(struct buffer *block, size_t start, bool length_includes_itself)
{
	if (!block->failed)
		store_u32(block->bytes + start, (uint32_t)(block->length - start) - (length_includes_itself ? 0 : 4));
}

/* As much of a text as the limit (at most UINT16_MAX) allows, behind its length. */
static inline void scap_append_text(struct buffer *block, struct text t, size_t limit_bytes)
{
	t = text_slice(t, 0, limit_bytes);
	buffer_append_u16(block, (uint16_t)t.length);
	buffer_append_text(block, t);
}

/* A row of a process list of version 9, without its length. */
void scap_append_process(struct buffer *block, const struct process_entry *entry);

/* Machine, interfaces, users of the host, processes, descriptors, details: all blocks before the events. */
int scap_write_lists(struct scap_writer *writer, struct state *state, const struct snapshot *snapshot,
		     const struct event *first);

#endif
