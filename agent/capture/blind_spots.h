/*
 * Alerts of the agent's own about what its rules cannot see, and why.
 */
#ifndef TERCEL_AGENT_CAPTURE_BLIND_SPOTS_H
#define TERCEL_AGENT_CAPTURE_BLIND_SPOTS_H

#include "agent/capture/alert_output.h"
#include "agent/capture/engine.h"
#include "event/state/thread.h"

/* The filter was installed before the bundle came whose rules ask for these calls (names, separated by blanks). */
void blind_spots_tell_calls(struct alert_output *output, const struct buffer *calls);

/*
 * Before a call runs by which a process gets around the filter: a seccomp listener of its own, whose "continue" hides calls
 * from every earlier filter; io_uring, whose operations are no system calls. thread NULL: not known.
 */
void blind_spots_look_at(struct alert_output *output, const struct engine_call *call, const struct thread *thread);

#endif
