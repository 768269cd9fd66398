/*
 * The capture file that a live run writes (`run --write`): the state at its start, then the events in the order in which the
 * rules saw them, and what was looked up for them, so that a replay comes to the same alerts. The file grows and is whole
 * after every flush; a failed write ends the recording, never the workload.
 */
#ifndef TERCEL_AGENT_CAPTURE_RECORDING_H
#define TERCEL_AGENT_CAPTURE_RECORDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "event/event.h"
#include "event/sources/scap_write.h"
#include "event/state/state.h"

struct recording_options {
	int descriptor; /* an empty file; -1: nothing is recorded */
	bool is_compressed;
	bool alerts_only;     /* of events without an alert only what they do to the state */
	uint64_t limit_bytes; /* 0: none */
};

struct recording {
	struct state_observer observer; /* first: the state gives it back to us */
	struct scap_writer *writer;	/* NULL: nothing is recorded, or not any more */
	const struct recording_options *options;
	struct state *state;
	timer_t flush_timer; /* rings when what waits has waited long enough */
	bool has_timer, is_flush_awaited, has_begun;
};

/*
 * `options`, `state` are borrowed; takes the options' descriptor over. `signal_number` is sent to this process when
 * recording_flush() is due. 0 or a negative errno.
 */
int recording_open(struct recording *recording, const struct recording_options *options, struct state *state,
		   int signal_number);

static inline bool recording_is_on(const struct recording *recording)
{
	return recording->writer != NULL;
}

/*
 * Around state_apply() of each event that was captured whole. Before the first one, the state is completed: all descriptors
 * of the first process are looked up.
 */
void recording_before(struct recording *recording, pid_t first, const struct event *event);
void recording_after(struct recording *recording, struct event *event, bool gave_alert);

/* Writes what waits, if it is time. */
void recording_flush_if_due(struct recording *recording);

/* Completes the file. */
void recording_close(struct recording *recording);

#endif
