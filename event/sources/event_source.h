/* A stream of events: a capture file, a file of synthetic events, a live engine. */
#ifndef TERCEL_EVENT_SOURCES_EVENT_SOURCE_H
#define TERCEL_EVENT_SOURCES_EVENT_SOURCE_H

#include "event/event.h"

struct state;

struct event_source {
	/*
	 * The next event, after everything before it (process lists and other state of a capture) was put into `state`.
	 * 1: *ret_event is filled and lives until the next call; 0: the end; negative errno: a fault, which
	 * event_source_error() explains.
	 */
	int (*next)(struct event_source *source, struct state *state, struct event *ret_event);
	const char *(*error)(const struct event_source *source); /* a sentence, with the offset */
	struct event_source *(*free)(struct event_source *source);
};

#endif
