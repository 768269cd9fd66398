/*
 * The first of the agent's processes: what PID 1 of a container has to do, and what keeps the others going. Starts capture
 * and uplink, forwards signals to the workload, reaps orphans, replaces an uplink that died or froze, holds the ring of
 * alerts and at the end waits for their acknowledgement.
 */
#ifndef TERCEL_AGENT_INIT_INIT_H
#define TERCEL_AGENT_INIT_INIT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/capture/capture.h"

struct init_options {
	/* Of capture; the descriptors in it are filled by init. */
	struct capture_options capture;
	const char *orchestrator_url, *proxy_url; /* NULL: none */
	struct text token, authorities; /* empty: none */
	uint64_t start_id;
	const char *container_id, *channel;
	const char *const *labels; /* "key=value" */
	size_t label_count;
	const char *spool_directory; /* NULL: alerts wait in memory only */
};

/* Runs the workload to its end. Its exit status, or our own. */
int init_run(struct init_options *options);

#endif
