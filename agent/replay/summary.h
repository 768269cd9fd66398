/* What a replay says at its end with --summary: what was read, dropped, evicted and found. */
#ifndef TERCEL_AGENT_REPLAY_SUMMARY_H
#define TERCEL_AGENT_REPLAY_SUMMARY_H

#include "base/buffer.h"
#include "event/event.h"
#include "event/state/state.h"
#include "vm/program.h"

struct scap_read_counters;

struct replay_summary {
	uint64_t events, shown_events, alerts;
	uint64_t first_time_ns, last_time_ns; /* of the events; 0: there was none */
	uint64_t events_by_type[EVENT_ID_COUNT];
	uint64_t *alerts_by_rule;      /* as many as the program has rules; NULL: no rules */
	const struct program *program; /* NULL: no rules */
};

void replay_summary_count(struct replay_summary *summary, const struct event *event);

/* Beside what was counted above. */
struct replay_totals {
	const struct state *state;
	const struct scap_read_counters *reader; /* NULL: the events are no capture's */
	uint64_t values_cut;			 /* longer than the field's bound */
	uint64_t elapsed_ns;
};

/* Lines, or one JSON object (and no line end). */
void replay_summary_text(struct buffer *out, const struct replay_summary *summary, const struct replay_totals *totals);
void replay_summary_json(struct buffer *out, const struct replay_summary *summary, const struct replay_totals *totals);

#endif
