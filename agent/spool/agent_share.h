/*
 * What the agent's processes tell each other without asking: counters and signs of life in shared memory (a memfd that
 * init holds). Every member is written by one process only.
 */
#ifndef TERCEL_AGENT_SPOOL_AGENT_SHARE_H
#define TERCEL_AGENT_SPOOL_AGENT_SHARE_H

#include <stdatomic.h>
#include <stdint.h>

enum agent_counter {
#define COUNTER(constant, name, meaning) AGENT_COUNTER_##constant,
#include "agent/counters.def"
#undef COUNTER
	AGENT_COUNTER_COUNT,
};

struct agent_share {
	_Atomic uint64_t counters[AGENT_COUNTER_COUNT]; /* written by capture */
	_Atomic uint64_t uplink_alive_ns;		 /* monotonic; written by uplink before everything that may hang */
	_Atomic uint32_t uplink_is_connected;		 /* the orchestrator has answered; written by uplink */
};

const char *agent_counter_name(enum agent_counter counter);

/* Gives the file behind `descriptor` the right size and maps it. 0 or a negative errno. The descriptor stays open. */
int agent_share_map(int descriptor, struct agent_share **ret_share);

#endif
