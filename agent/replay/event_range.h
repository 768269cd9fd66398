/* Which events of a capture are meant: from and to, by number or by time. */
#ifndef TERCEL_AGENT_REPLAY_EVENT_RANGE_H
#define TERCEL_AGENT_REPLAY_EVENT_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "event/event.h"

enum event_bound_kind {
	BOUND_NONE,
	BOUND_NUMBER, /* evt.num */
	BOUND_TIME,   /* ns since the epoch */
	BOUND_OFFSET, /* ns since the first event, as evt.reltime */
	BOUND_CLOCK,  /* ns since midnight, local time: of the day on which the capture begins, or the next */
};

struct event_bound {
	enum event_bound_kind kind;
	uint64_t value;
};

/*
 * "5000": a number; "1566230400010000000" (15 digits and more): ns since the epoch; "16:00:00.01": as evt.time prints;
 * "2019-08-19 16:00:00.01", with "T" and "Z" or "+0200", too: local time where no zone is given; "+1.5s", "+300ms",
 * "+2m30s": behind the first event. False for anything else.
 */
bool event_bound_parse(struct text t, struct event_bound *ret_bound);

struct event_range {
	struct event_bound from, to; /* both ends belong to it */
	bool is_resolved;	     /* the capture's first time is known, and so are offsets and clocks */
};

/* Every event, before the questions below: the first one that has a time of its own says what offsets and clocks mean. */
void event_range_see(struct event_range *range, const struct event *event);

bool event_range_has(const struct event_range *range, const struct event *event);

/* No later event can belong to it. Times of different processors are out of order by a little. */
bool event_range_is_over(const struct event_range *range, const struct event *event);

#endif
