/* Tells, by an alert, that the bundle that runs has expired. It runs on: old rules are better than none. */
#ifndef TERCEL_AGENT_CAPTURE_BUNDLE_EXPIRY_H
#define TERCEL_AGENT_CAPTURE_BUNDLE_EXPIRY_H

#include <stdbool.h>
#include <time.h>

#include "agent/capture/alert_output.h"
#include "proto/bundle_seal.h"

struct bundle_expiry {
	timer_t timer; /* on the real-time clock: it rings when the time comes, also if somebody sets the clock */
	bool is_awaited;
};

/* `signal_number` is sent to this process when a bundle expires. 0 or a negative errno. */
int bundle_expiry_init(struct bundle_expiry *expiry, int signal_number);

/* This bundle runs from now on. */
void bundle_expiry_watch(struct bundle_expiry *expiry, const struct bundle_manifest *manifest);

/* Raises the alert, once a bundle, when it is time. `manifest`: of the one that is watched. */
void bundle_expiry_look(struct bundle_expiry *expiry, const struct bundle_manifest *manifest, struct alert_output *output);

#endif
