/*
 * An engine stops the workload's threads at system calls and tells a handler. All engines look the same from here: enter,
 * a decision, and perhaps the result.
 *
 * Everything runs in one thread, the one that made the engine. While a handler function runs, the thread it speaks of is
 * stopped and its memory may be read.
 */
#ifndef TERCEL_AGENT_CAPTURE_ENGINE_H
#define TERCEL_AGENT_CAPTURE_ENGINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/capture/seccomp_filter.h"

/* A system call of the native ABI. */
struct engine_call {
	pid_t tid;
	pid_t entered_tid; /* that of its entry: another one after an execve by a thread that was no leader */
	int64_t number;
	uint64_t arguments[6];
	uint64_t entered_ns; /* coarse real time (4 ms): the clock of file times */
	bool has_result;
	int64_t result; /* negative errno on failure */
	uint64_t stack_pointer; /* after an execve: arguments and environment are there, as the ABI says; else 0 */
};

enum engine_decision {
	ENGINE_DONE,   /* let it run; nothing more is wanted */
	ENGINE_RESULT, /* let it run and come back with the result */
};

struct engine_handler {
	/* A trapped call is about to run. */
	enum engine_decision (*enter)(struct engine_handler *handler, const struct engine_call *call);
	/* It has run. After a successful execve the thread is the surviving leader and its memory the new image. */
	void (*exit)(struct engine_handler *handler, const struct engine_call *call);
	/* The thread ended before a result that was wanted: has_result is false and its memory is gone. */
	void (*lost)(struct engine_handler *handler, const struct engine_call *call);
	/*
	 * `child` was made by `parent` and has not run yet. flags: those of clone(2), CSIGNAL bits included; fork and vfork
	 * give what their clone would.
	 */
	void (*new_thread)(struct engine_handler *handler, pid_t parent, pid_t child, uint64_t clone_flags);
	/* A thread is gone; wait_status as of waitpid(2). */
	void (*gone)(struct engine_handler *handler, pid_t tid, int wait_status);
	/* The first process stopped (stop_signal) or went on (0): what its parent would see. */
	void (*job_control)(struct engine_handler *handler, int stop_signal);
	/*
	 * A signal is about to reach the first process, which may be told another sender (true: *info was changed).
	 * si_signo 0 afterwards: the signal is dropped.
	 */
	bool (*signal)(struct engine_handler *handler, siginfo_t *info);
};

/* The workload's first process, as exec is to see it. Descriptors and signals are those of the caller. */
struct engine_workload {
	char *const *arguments; /* NULL-terminated; arguments[0] is looked up in PATH, as execvp(3) does */
	char *const *environment;
	/* Runs in the child before the filter is installed; 0 or a negative errno, which ends it. May be NULL. */
	int (*prepare)(void *context);
	void *context;
};

struct engine_counters {
	uint64_t enter_stops, exit_stops, other_stops;
	uint64_t threads_seen, threads_now;
};

struct engine;

struct engine_operations {
	const char *name; /* "trace" */
	/*
	 * Starts the workload under the filter; it runs as far as its exec in the steps that follow. 0 and *ret_pid, or a
	 * negative errno.
	 */
	int (*start)(struct engine *engine, const struct engine_workload *workload, const struct filter_row *rows,
		     size_t row_count, pid_t *ret_pid);
	/*
	 * Waits for what happens next and handles it. 1; 0 when no thread of the workload is left; -EINTR when a signal came
	 * (so that the caller can look at other things); another negative errno when the engine is broken.
	 */
	int (*step)(struct engine *engine);
	/*
	 * Once the first process is gone: 0 when its exec had succeeded; else the errno of what failed, negative when it was
	 * ours (prepare, the filter).
	 */
	int (*start_error)(const struct engine *engine);
	/* Sends the signal to every process of the workload. */
	void (*signal_all)(struct engine *engine, int signal);
	const struct engine_counters *(*counters)(const struct engine *engine);
	struct engine *(*free)(struct engine *engine);
};

struct engine {
	const struct engine_operations *operations;
};

/* seccomp RET_TRACE and ptrace stops. NULL when there is no memory. */
struct engine *engine_trace_new(struct engine_handler *handler);

#endif
