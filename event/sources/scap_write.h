/*
 * Writes captures that Falco and its kin read, in the current version of every block: a recording of live events, or a
 * piece of another capture with the state that it needs.
 *
 *	scap_writer_open("out.scap", &options, &writer);
 *	for every event, before state_apply():
 *		if it is the first one, or event.starts_section: scap_writer_begin_section(writer, state, &event);
 *	after state_apply(): scap_writer_add(writer, &event, SCAP_WRITE_...);
 *	scap_writer_close(writer);
 *
 * A live recording is opened with scap_writer_open_growing(), and flushed now and then.
 *
 * What lists cannot hold goes into a block of our own (scap_details.h), so that a capture that begins in the middle of
 * another one replays to the same alerts. Different are only: evt.num, which begins at 1 and counts what was written;
 * evt.reltime, which counts from the first event; and fields that count over events before the first one (evt.deltatime,
 * util.cnt, thread.exectime, thread.totexectime).
 */
#ifndef TERCEL_EVENT_SOURCES_SCAP_WRITE_H
#define TERCEL_EVENT_SOURCES_SCAP_WRITE_H

#include <stdbool.h>

#include "event/event.h"

struct state;
struct scap_writer;

struct scap_write_options {
	bool is_compressed;
	uint64_t limit_bytes; /* of a file that grows, as it is on disk; 0: none */
};

struct scap_write_counters {
	uint64_t events, state_only_events, left_out_events;
};

/* The file appears under its name when it is closed. 0 or a negative errno. */
int scap_writer_open(const char *path, const struct scap_write_options *options, struct scap_writer **ret_writer);

/*
 * A recording: the file grows, and after each flush is a whole capture, whatever ends the process. Takes the descriptor of
 * an empty file over. 0 or -ENOMEM.
 */
int scap_writer_open_growing(int descriptor, const struct scap_write_options *options, struct scap_writer **ret_writer);

/*
 * Begins a capture, or one behind the other: the section header, and the state as `first`, the first event of it, finds
 * it. Settles the state (snapshot.h). 0 or a negative errno.
 */
int scap_writer_begin_section(struct scap_writer *writer, struct state *state, const struct event *first);

/*
 * What the state learned from elsewhere than the events (struct state_lookup), as it was when it was found: it is written
 * before the next event. What the state knew when the section began needs not be told.
 */
void scap_writer_note_process(struct scap_writer *writer, const struct thread *thread);
void scap_writer_note_descriptor(struct scap_writer *writer, const struct thread *owner, int64_t number,
				 const struct descriptor *descriptor);

enum scap_write_mode {
	SCAP_WRITE_SHOWN,      /* as it is; hidden events stay hidden */
	SCAP_WRITE_STATE_ONLY, /* for what it does to the state: hidden from rules, left out if it does nothing */
};

/*
 * Writes the event with all its parameters; those that a source fetches on demand are fetched, what is not known is left
 * empty. After state_apply(), which tells whether the event did anything to the state. 0 or a negative errno.
 */
int scap_writer_add(struct scap_writer *writer, struct event *event, enum scap_write_mode mode);

/* Of a recording: all that was added is in the file. 0 or a negative errno; -EFBIG: the limit would be exceeded. */
int scap_writer_flush(struct scap_writer *writer);

const struct scap_write_counters *scap_writer_counters(const struct scap_writer *writer);

/*
 * Completes the file and frees the writer. After a fault the file is thrown away, a recording stays as it was flushed; the
 * fault is returned.
 */
int scap_writer_close(struct scap_writer *writer);
/* Throws the file away, of a recording what is not flushed; accepts NULL. */
void scap_writer_discard(struct scap_writer *writer);

#endif
