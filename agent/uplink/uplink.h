/*
 * The process that speaks to the orchestrator: registers, delivers alerts from the ring and frees what is acknowledged,
 * sends heartbeats, waits for bundles and hands their bytes to capture. The only process of the agent with nng in it: it
 * may crash, freeze or be killed at any moment, init starts another, and nothing is lost.
 */
#ifndef TERCEL_AGENT_UPLINK_UPLINK_H
#define TERCEL_AGENT_UPLINK_UPLINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct uplink_options {
	const char *url;
	const char *proxy_url;	 /* NULL: none */
	struct text authorities; /* PEM; empty: none */
	struct text token;	 /* empty: none */
	const char *agent_id;
	uint64_t start_id;
	const char *container_id, *engine, *channel;
	const char *const *labels; /* "key=value" */
	size_t label_count;
	int ring_descriptor, share_descriptor, control_socket; /* made by init */
	int stop_descriptor; /* readable: send what is there, then the last heartbeat, then end */
};

/* Runs until it is told to stop. An exit status. */
int uplink_run(const struct uplink_options *options);

#endif
