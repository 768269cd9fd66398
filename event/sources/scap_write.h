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
};

struct scap_write_counters {
	uint64_t events, state_only_events, left_out_events;
};

/* The file appears under its name when it is closed. 0 or a negative errno. */
int scap_writer_open(const char *path, const struct scap_write_options *options, struct scap_writer **ret_writer);

/*
 * Begins a capture, or one behind the other: the section header, and the state as `first`, the first event of it, finds
 * it. Settles the state (snapshot.h). 0 or a negative errno.
 */
int scap_writer_begin_section(struct scap_writer *writer, struct state *state, const struct event *first);

enum scap_write_mode {
	SCAP_WRITE_SHOWN,      /* as it is; hidden events stay hidden */
	SCAP_WRITE_STATE_ONLY, /* for what it does to the state: hidden from rules, left out if it does nothing */
};

/*
 * Writes the event with all its parameters; those that a source fetches on demand are fetched, what is not known is left
 * empty. After state_apply(), which tells whether the event did anything to the state. 0 or a negative errno.
 */
int scap_writer_add(struct scap_writer *writer, struct event *event, enum scap_write_mode mode);

const struct scap_write_counters *scap_writer_counters(const struct scap_writer *writer);

/* Completes the file and frees the writer; after a fault the file is thrown away and the fault is returned. */
int scap_writer_close(struct scap_writer *writer);
void scap_writer_discard(struct scap_writer *writer); /* throws the file away; accepts NULL */

#endif
