/*
 * From matches to what leaves capture: alerts as JSON lines to a file, and as records to the ring. Numbers them.
 */
#ifndef TERCEL_AGENT_CAPTURE_ALERT_OUTPUT_H
#define TERCEL_AGENT_CAPTURE_ALERT_OUTPUT_H

#include "agent/spool/agent_share.h"
#include "agent/spool/alert_ring.h"
#include "detect/alert_build.h"

struct alert_output {
	struct alert_builder *builder;
	struct alert_ring *ring;   /* NULL: no orchestrator */
	int file_descriptor;	   /* JSON lines; -1: none */
	int file_error;		   /* the first failed write: told once by the caller, 0 otherwise */
	struct agent_share *share;
	const char *agent_id;
	uint64_t sequence; /* of the last alert */
	uint64_t lost_untold; /* lost since the last alert that said so */
	struct buffer line, record;
};

/* host_name, agent_id: borrowed. 0 or -ENOMEM. */
int alert_output_init(struct alert_output *output, struct text host_name, const char *agent_id, struct alert_ring *ring,
		      int file_descriptor, struct agent_share *share);
void alert_output_release(struct alert_output *output);

/* The alert of a rule that matches the event for which ruleset_run() was called last. */
void alert_output_raise(struct alert_output *output, struct ruleset_runner *runner, const struct event *event, uint32_t rule,
			bool is_unconfirmed);

/* An alert of the agent itself (source "internal"), with the fields of the text alone. */
void alert_output_raise_internal(struct alert_output *output, struct text rule, uint8_t priority, struct text message,
				 uint64_t time_ns);

#endif
