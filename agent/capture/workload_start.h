/*
 * The workload's first process, up to its exec: forked by capture, held until an engine has it under its eyes, then made
 * what it is to be. It writes why that failed, if it did, to a pipe that a successful exec closes.
 */
#ifndef TERCEL_AGENT_CAPTURE_WORKLOAD_START_H
#define TERCEL_AGENT_CAPTURE_WORKLOAD_START_H

#include "agent/capture/engine.h"
#include "agent/capture/seccomp_filter.h"

struct workload_start {
	pid_t pid;
	int go_pipe, status_pipe; /* our ends; -1: closed */
};

#define WORKLOAD_START_INIT ((struct workload_start){.go_pipe = -1, .status_pipe = -1})

/* Forks. 0 or a negative errno. */
int workload_fork(const struct engine_workload *workload, const struct seccomp_filter *filter,
		  struct workload_start *ret_start);

/* Lets it go on to its exec. 0 or a negative errno. */
int workload_go(struct workload_start *start);

/*
 * Once it is gone without having executed anything: the errno of exec, the negative errno of what was ours (prepare, the
 * filter), or -ECHILD when it was killed before it could say.
 */
int workload_start_error(struct workload_start *start);

/* Closes our ends; a process that waits for its go ends. */
void workload_start_release(struct workload_start *start);

#endif
