/*
 * The engine `trace`: seccomp stops the calls that the filter names (RET_TRACE), ptrace tells us.
 *
 * Stops of one tracee, in the kernel's order (ptrace(2), 4.8 and later):
 *
 *	seccomp stop ── handler says done ──────────► PTRACE_CONT ── runs on
 *	     │
 *	     └── result wanted ► PTRACE_SYSCALL ► syscall-exit stop ► PTRACE_CONT
 *	                              │
 *	                              └─ execve that succeeds: exec event stop instead ► PTRACE_CONT
 *
 *	fork, vfork, clone: an event stop of the parent; the child begins with a stop of its own, which may come first.
 *	signals: a stop before delivery; the signal is passed on. Job control: group stops, answered by PTRACE_LISTEN, so that
 *	the tracee stays stopped as its parent expects.
 *
 * A tracee may die at any moment: every ptrace request may answer ESRCH, which is no error; waitpid(2) tells the rest.
 */
#include "agent/capture/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/capture/tracee_memory.h"
#include "base/clock.h"
#include "base/hash_table.h"

#define TRACE_OPTIONS                                                                                                  \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |                    \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)
#define SYSCALL_STOP (SIGTRAP | 0x80)
#define TRACEES_MAX 262144

struct tracee {
	pid_t tid;
	bool is_announced; /* its parent's event came, or it is the first */
	bool is_held;	   /* stopped at its beginning until it is announced */
	bool awaits_exit;
	struct engine_call call; /* while awaits_exit */
};

struct engine_trace {
	struct engine base;
	struct engine_handler *handler;
	struct number_table *tracees;
	struct engine_counters counters;
	pid_t first;
	bool first_is_stopped;
	bool has_executed;
	int status_pipe; /* the first process writes why it could not exec */
	int start_error;
};

static struct engine_trace *trace_of(struct engine *engine)
{
	return (struct engine_trace *)(void *)engine;
}

static struct tracee *find_tracee(const struct engine_trace *engine, pid_t tid)
{
	return number_table_get(engine->tracees, (uint64_t)tid);
}

static struct tracee *add_tracee(struct engine_trace *engine, pid_t tid)
{
	struct tracee *tracee = find_tracee(engine, tid);

	if (tracee)
		return tracee;
	tracee = calloc(1, sizeof(*tracee));
	if (!tracee)
		return NULL;
	tracee->tid = tid;
	if (number_table_set(engine->tracees, (uint64_t)tid, tracee) < 0) {
		free(tracee);
		return NULL;
	}
	engine->counters.threads_seen++;
	engine->counters.threads_now++;
	return tracee;
}

static void remove_tracee(struct engine_trace *engine, pid_t tid)
{
	struct tracee *tracee = number_table_remove(engine->tracees, (uint64_t)tid);

	if (tracee)
		engine->counters.threads_now--;
	free(tracee);
}

/* `pointer_sized`: ptrace's data argument is a number or an address, depending on the request. */
static long request(int what, pid_t tid, uintptr_t address, uintptr_t pointer_sized)
{
	return ptrace((enum __ptrace_request)what, tid, address, pointer_sized);
}

static void resume(const struct tracee *tracee, int signal)
{
	request(tracee->awaits_exit ? PTRACE_SYSCALL : PTRACE_CONT, tracee->tid, 0, (uintptr_t)signal);
}

static bool read_call_info(pid_t tid, struct __ptrace_syscall_info *info)
{
	return request(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*info), (uintptr_t)info) > 0;
}

/* ---- the stops ---- */

/* CLONE_UNTRACED would take the child away from us and leave it with calls that fail for ever: the bit is taken out. */
static void keep_child_traced(const struct engine_call *call)
{
	struct user_regs_struct registers;

	if (call->number != SYS_clone || !(call->arguments[0] & CLONE_UNTRACED) ||
	    request(PTRACE_GETREGS, call->tid, 0, (uintptr_t)&registers) < 0)
		return;
	registers.rdi &= ~(uint64_t)CLONE_UNTRACED;
	request(PTRACE_SETREGS, call->tid, 0, (uintptr_t)&registers);
}

static uint64_t coarse_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void at_enter(struct engine_trace *engine, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;

	engine->counters.enter_stops++;
	tracee->awaits_exit = false;
	if (read_call_info(tracee->tid, &info) && info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		tracee->call = (struct engine_call){.tid = tracee->tid, .number = (int64_t)info.seccomp.nr,
						     .entered_ns = coarse_time_ns()};
		for (size_t i = 0; i < 6; i++)
			tracee->call.arguments[i] = info.seccomp.args[i];
		keep_child_traced(&tracee->call);
		tracee->awaits_exit = engine->handler->enter(engine->handler, &tracee->call) == ENGINE_RESULT;
	}
	resume(tracee, 0);
}

static void give_result(struct engine_trace *engine, struct tracee *tracee, int64_t result)
{
	engine->counters.exit_stops++;
	tracee->awaits_exit = false;
	tracee->call.tid = tracee->tid;
	tracee->call.has_result = true;
	tracee->call.result = result;
	engine->handler->exit(engine->handler, &tracee->call);
}

static void at_exit(struct engine_trace *engine, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;

	if (!tracee->awaits_exit)
		engine->counters.other_stops++;
	else if (read_call_info(tracee->tid, &info) && info.op == PTRACE_SYSCALL_INFO_EXIT)
		give_result(engine, tracee, info.exit.rval);
	tracee->awaits_exit = false;
	resume(tracee, 0);
}

/* When another thread than the leader called execve, it goes on under the leader's id; its old id is in the message. */
static void at_exec(struct engine_trace *engine, struct tracee *tracee)
{
	unsigned long former = 0;

	if (request(PTRACE_GETEVENTMSG, tracee->tid, 0, (uintptr_t)&former) == 0 && former != 0 &&
	    (pid_t)former != tracee->tid) {
		const struct tracee *caller = find_tracee(engine, (pid_t)former);

		if (caller) {
			tracee->call = caller->call;
			tracee->awaits_exit = caller->awaits_exit;
		}
		remove_tracee(engine, (pid_t)former);
	}
	if (tracee->tid == engine->first)
		engine->has_executed = true;
	if (tracee->awaits_exit)
		give_result(engine, tracee, 0);
	else
		engine->counters.other_stops++;
	resume(tracee, 0);
}

static uint64_t read_clone_flags(pid_t parent)
{
	struct user_regs_struct registers;
	uint64_t arguments[5] = {0}; /* struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal */

	if (request(PTRACE_GETREGS, parent, 0, (uintptr_t)&registers) < 0)
		return SIGCHLD;
	switch (registers.orig_rax) {
	case SYS_clone:
		return registers.rdi;
	case SYS_clone3:
		if (tracee_read(parent, registers.rdi, arguments, sizeof arguments) == (ssize_t)sizeof arguments)
			return arguments[0] | (arguments[4] & CSIGNAL);
		return SIGCHLD;
	case SYS_vfork:
		return CLONE_VFORK | CLONE_VM | SIGCHLD;
	default:
		return SIGCHLD;
	}
}

static void at_new_thread(struct engine_trace *engine, struct tracee *tracee)
{
	unsigned long child_tid = 0;
	struct tracee *child;

	engine->counters.other_stops++;
	if (request(PTRACE_GETEVENTMSG, tracee->tid, 0, (uintptr_t)&child_tid) == 0 && child_tid != 0) {
		child = add_tracee(engine, (pid_t)child_tid);
		engine->handler->new_thread(engine->handler, tracee->tid, (pid_t)child_tid, read_clone_flags(tracee->tid));
		if (child) {
			child->is_announced = true;
			if (child->is_held) {
				child->is_held = false;
				resume(child, 0);
			}
		} else {
			request(PTRACE_CONT, (pid_t)child_tid, 0, 0);
		}
	}
	resume(tracee, 0);
}

static bool stops_a_group(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void at_group_stop(struct engine_trace *engine, struct tracee *tracee, int signal)
{
	engine->counters.other_stops++;
	if (stops_a_group(signal)) {
		if (tracee->tid == engine->first && !engine->first_is_stopped) {
			engine->first_is_stopped = true;
			engine->handler->job_control(engine->handler, signal);
		}
		request(PTRACE_LISTEN, tracee->tid, 0, 0);
		return;
	}
	if (tracee->tid == engine->first && engine->first_is_stopped) {
		engine->first_is_stopped = false;
		engine->handler->job_control(engine->handler, 0);
	}
	if (!tracee->is_announced)
		tracee->is_held = true; /* a new thread whose parent's event has not come yet */
	else
		resume(tracee, 0);
}

static void at_stop(struct engine_trace *engine, pid_t tid, int status)
{
	int event = status >> 16, signal = WSTOPSIG(status);
	struct tracee *tracee = add_tracee(engine, tid);

	if (!tracee) {
		/* No memory to follow it: it must run on all the same. */
		request(event == PTRACE_EVENT_STOP && stops_a_group(signal) ? PTRACE_LISTEN : PTRACE_CONT, tid, 0,
			event || signal == SYSCALL_STOP ? 0 : (uintptr_t)signal);
		return;
	}
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		at_enter(engine, tracee);
		break;
	case PTRACE_EVENT_EXEC:
		at_exec(engine, tracee);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		at_new_thread(engine, tracee);
		break;
	case PTRACE_EVENT_STOP:
		at_group_stop(engine, tracee, signal);
		break;
	default:
		if (event == 0 && signal == SYSCALL_STOP) {
			at_exit(engine, tracee);
		} else {
			engine->counters.other_stops++;
			resume(tracee, event == 0 ? signal : 0);
		}
	}
}

static void at_end(struct engine_trace *engine, pid_t tid, int status)
{
	struct tracee *tracee;

	if (tid == engine->first && !engine->has_executed) {
		int error = 0;

		/* Empty when it was killed before it could say anything. */
		if (read(engine->status_pipe, &error, sizeof error) == (ssize_t)sizeof error)
			engine->start_error = error;
		else
			engine->start_error = -ECHILD;
	}
	tracee = find_tracee(engine, tid);
	if (tracee && tracee->awaits_exit)
		engine->handler->lost(engine->handler, &tracee->call);
	remove_tracee(engine, tid);
	engine->handler->gone(engine->handler, tid, status);
}

static int trace_step(struct engine *base)
{
	struct engine_trace *engine = trace_of(base);
	int status;
	pid_t tid = waitpid(-1, &status, __WALL);

	if (tid < 0)
		return errno == ECHILD ? 0 : -errno;
	if (WIFSTOPPED(status))
		at_stop(engine, tid, status);
	else if (WIFEXITED(status) || WIFSIGNALED(status))
		at_end(engine, tid, status);
	return 1;
}

/* ---- starting ---- */

static void tell_failure_and_exit(int status_pipe, int error)
{
	ssize_t written = write(status_pipe, &error, sizeof error);

	(void)written; /* nobody left to tell */
	_exit(127);
}

/* In the child: waits until it is traced, then becomes the workload. */
static void run_workload(const struct engine_workload *workload, const struct seccomp_filter *filter, int go_pipe,
			 int status_pipe)
{
	char go;
	int error = 0;

	if (read(go_pipe, &go, 1) != 1)
		_exit(127);
	if (workload->prepare)
		error = workload->prepare(workload->context);
	if (error == 0)
		error = seccomp_filter_install(filter);
	if (error < 0)
		tell_failure_and_exit(status_pipe, error);
	execvpe(workload->arguments[0], workload->arguments, workload->environment);
	tell_failure_and_exit(status_pipe, errno);
}

static int trace_start(struct engine *base, const struct engine_workload *workload, const struct filter_row *rows,
		       size_t row_count, pid_t *ret_pid)
{
	struct engine_trace *engine = trace_of(base);
	struct seccomp_filter filter;
	int go_pipe[2] = {-1, -1}, status_pipe[2] = {-1, -1}, error;
	struct tracee *first;
	pid_t pid;

	error = seccomp_filter_build(rows, row_count, FILTER_TRACE, &filter);
	if (error < 0)
		return error;
	if (pipe2(go_pipe, O_CLOEXEC) < 0 || pipe2(status_pipe, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		error = -errno;
		goto done;
	}
	if (pid == 0) {
		close(go_pipe[1]);
		run_workload(workload, &filter, go_pipe[0], status_pipe[1]);
	}
	first = add_tracee(engine, pid);
	if (!first || request(PTRACE_SEIZE, pid, 0, TRACE_OPTIONS) < 0) {
		error = first ? -errno : -ENOMEM;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		remove_tracee(engine, pid);
		goto done;
	}
	first->is_announced = true;
	engine->first = pid;
	engine->status_pipe = status_pipe[0];
	status_pipe[0] = -1;
	if (write(go_pipe[1], "g", 1) != 1)
		error = -errno;
	else
		*ret_pid = pid;
done:
	for (int i = 0; i < 2; i++) {
		if (go_pipe[i] >= 0)
			close(go_pipe[i]);
		if (status_pipe[i] >= 0)
			close(status_pipe[i]);
	}
	seccomp_filter_release(&filter);
	return error;
}

/* ---- the rest ---- */

static int trace_start_error(const struct engine *base)
{
	return ((const struct engine_trace *)(const void *)base)->start_error;
}

/* Threads that are no leaders answer ESRCH: their process gets the signal once, by its leader's id. */
static void trace_signal_all(struct engine *base, int signal)
{
	struct engine_trace *engine = trace_of(base);
	size_t position = 0;
	uint64_t tid;
	void *tracee;

	while (number_table_next(engine->tracees, &position, &tid, &tracee))
		syscall(SYS_tgkill, (pid_t)tid, (pid_t)tid, signal);
}

static const struct engine_counters *trace_counters(const struct engine *base)
{
	return &((const struct engine_trace *)(const void *)base)->counters;
}

static struct engine *trace_free(struct engine *base)
{
	struct engine_trace *engine = trace_of(base);
	size_t position = 0;
	uint64_t tid;
	void *tracee;

	while (number_table_next(engine->tracees, &position, &tid, &tracee))
		free(tracee);
	number_table_free(engine->tracees);
	if (engine->status_pipe >= 0)
		close(engine->status_pipe);
	free(engine);
	return NULL;
}

static const struct engine_operations trace_operations = {
	.name = "trace",
	.start = trace_start,
	.step = trace_step,
	.start_error = trace_start_error,
	.signal_all = trace_signal_all,
	.counters = trace_counters,
	.free = trace_free,
};

struct engine *engine_trace_new(struct engine_handler *handler)
{
	struct engine_trace *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->base.operations = &trace_operations;
	engine->handler = handler;
	engine->status_pipe = -1;
	engine->tracees = number_table_new(TRACEES_MAX);
	if (!engine->tracees) {
		free(engine);
		return NULL;
	}
	return &engine->base;
}
