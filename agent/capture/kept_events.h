/*
 * Events of calls that are under way, as they were decoded before the call ran: a thread that is killed meanwhile takes its
 * memory with it, and what it attempted is still to be judged.
 */
#ifndef TERCEL_AGENT_CAPTURE_KEPT_EVENTS_H
#define TERCEL_AGENT_CAPTURE_KEPT_EVENTS_H

#include <sys/types.h>

#include "base/hash_table.h"
#include "event/event.h"

struct kept_events {
	struct number_table *by_thread;
};

int kept_events_init(struct kept_events *kept); /* -ENOMEM */
void kept_events_release(struct kept_events *kept);

/* Copies the event with its parameters, in place of an earlier one of the thread. When there is no memory nothing is kept. */
void kept_events_put(struct kept_events *kept, pid_t tid, const struct event *event);

/* Fills *ret_event; its parameters live until kept_events_drop(). False when there is none. */
bool kept_events_get(const struct kept_events *kept, pid_t tid, struct event *ret_event);
void kept_events_drop(struct kept_events *kept, pid_t tid);

#endif
