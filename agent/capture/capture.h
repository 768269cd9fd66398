/*
 * The capture process: ancestor of the workload; stops it at system calls, keeps the state, runs the rules, writes alerts.
 * No threads but its own, no network.
 */
#ifndef TERCEL_AGENT_CAPTURE_CAPTURE_H
#define TERCEL_AGENT_CAPTURE_CAPTURE_H

#include <stdint.h>
#include <sys/types.h>

#include "agent/capture/inheritance.h"
#include "agent/capture/recording.h"
#include "base/text.h"
#include "proto/bundle_seal.h"
#include "vm/program.h"

enum start_policy { START_AT_ONCE, START_AFTER_WAITING, START_REFUSED };

struct capture_options {
	char *const *arguments, *const *environment; /* of the workload */
	const struct inheritance *inheritance;
	const struct trust_set *trust;
	struct text bundle; /* bytes of a bundle given at the start; empty: none */
	const char *state_directory; /* for the versions that were seen; NULL: only in memory */
	enum rule_matching matching;
	struct text container_id; /* empty: the host */
	const char *agent_id;
	int alerts_descriptor; /* -1: none */
	int ring_descriptor;   /* -1: no orchestrator, as control_socket */
	int share_descriptor, control_socket;
	int report_descriptor, init_message_descriptor; /* struct capture_report, struct init_message (init_link.h) */
	struct recording_options recording;
	pid_t init;
	enum start_policy policy;
	uint32_t wait_ms;
};

/* The body of the process. Its exit status is that of the workload, or our own (1, 2, 3, 126, 127). */
int capture_run(const struct capture_options *options);

#endif
