/* What the files of the capture reader share: the reader, and blocks that hold lists. */
#ifndef TERCEL_EVENT_SOURCES_SCAP_READER_H
#define TERCEL_EVENT_SOURCES_SCAP_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "event/sources/byte_stream.h"
#include "event/sources/event_convert.h"
#include "event/sources/event_source.h"
#include "event/sources/scap_read.h"
#include "event/state/thread.h"

enum scap_block_kind {
	BLOCK_KIND_SECTION_HEADER,
	BLOCK_KIND_MACHINE_INFO,
	BLOCK_KIND_PROCESS_LIST,
	BLOCK_KIND_FD_LIST,
	BLOCK_KIND_EVENT,
	BLOCK_KIND_INTERFACE_LIST,
	BLOCK_KIND_USER_LIST,
	BLOCK_KIND_DETAILS,
};

struct scap_block_info {
	uint32_t id, former_id;
	uint8_t kind; /* enum scap_block_kind */
	uint8_t version;
	bool is_large, has_flags;
	const char *name;
};

struct scap_block {
	const struct scap_block_info *info; /* NULL: of no known type */
	uint32_t id;
	uint64_t offset;	/* of its first byte in the uncompressed file */
	uint64_t body_bytes_left; /* not read yet; the trailing length is not counted */
};

struct scap_reader {
	struct event_source source;
	struct byte_stream stream;
	struct event_converter *converter;
	struct scap_block block; /* the one being read */
	enum { PLACE_SECTION, PLACE_LISTS, PLACE_EVENTS } place;
	struct scap_read_counters counters;
	uint64_t event_number;	   /* the last one given */
	bool is_section_start;	   /* no event of the section has been given */
	bool is_leading;	   /* only state events were seen in the section */
	int fault;		   /* what every later next() returns */
	char error[256];
};

/* Keeps the explanation, which names the current block and its place; returns `error`, for the caller to return. */
int scap_fault(struct scap_reader *reader, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Explains an error of the byte stream. */
int scap_stream_fault(struct scap_reader *reader, int error);

/*
 * Looks at the next `length` bytes of the block's body, at most what is left of it. 0 or a negative errno, already
 * explained.
 */
int scap_block_peek(struct scap_reader *reader, uint64_t length, struct byte_reader *ret_bytes);
/* Passes over bytes that were looked at. */
void scap_block_take(struct scap_reader *reader, size_t length);

/*
 * The next entry of a list whose entries begin with their length: *ret_bytes is the entry without the length field.
 * length_includes_itself: whether the field counts its own four bytes.
 */
int scap_block_entry(struct scap_reader *reader, bool length_includes_itself, struct byte_reader *ret_bytes);

/* Whether another entry follows; what is left else is padding. */
static inline bool scap_block_has_entry(const struct scap_reader *reader)
{
	return reader->block.body_bytes_left >= 4;
}

/* A text behind its length (u16). Longer than `limit_bytes` marks the reader as failed. */
struct text scap_text(struct byte_reader *bytes, size_t limit_bytes);

int scap_read_machine_info(struct scap_reader *reader, struct state *state);
int scap_read_process_list(struct scap_reader *reader, struct state *state);
int scap_read_fd_list(struct scap_reader *reader, struct state *state);
int scap_read_interface_list(struct scap_reader *reader, struct state *state);
int scap_read_user_list(struct scap_reader *reader, struct state *state);
int scap_read_details(struct scap_reader *reader, struct state *state);

/* Details among events (scap_details.h). */
bool scap_is_details_event(struct event *event);
int scap_read_details_event(struct scap_reader *reader, struct state *state, struct event *event);

/* The fields of a process list's entry, without its length. What does not fit marks the reader as failed. */
struct process_entry scap_process_entry(struct byte_reader *bytes, unsigned version);

#endif
