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
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/capture/proc_status.h"
#include "agent/capture/tracee_memory.h"
#include "agent/capture/workload_start.h"
#include "base/clock.h"
#include "base/hash_table.h"

#define TRACE_OPTIONS                                                                                                  \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |                    \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)
#define SYSCALL_STOP (SIGTRAP | 0x80)
#define TRACEES_MAX 262144
/*
 * waitpid(2) looks at the newest tracees first, so that busy ones could keep the oldest waiting for ever. So everything that
 * is there is taken in between, before any of it is handled.
 */
#define STEPS_BETWEEN_SWEEPS 32
#define SWEEP_MAX 512
/* What pthread_create(3) asks for, where the real flags were not to be had. */
#define THREAD_FLAGS ((uint64_t)(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM))

struct tracee {
	pid_t tid;
	pid_t process; /* its leader */
	pid_t parent;  /* the process that it was made by, or for (CLONE_PARENT); 0: not known */
	bool is_announced; /* its maker's event came, or it is the first */
	bool is_held;	   /* stopped at its beginning until it is announced */
	bool has_ended;	   /* before it was announced */
	int end_status;
	bool awaits_exit;
	struct engine_call call; /* while awaits_exit */
	bool is_untraced_clone; /* CLONE_UNTRACED was taken out of the call that it is in */
};

struct engine_trace {
	struct engine base;
	struct engine_handler *handler;
	struct number_table *tracees;
	struct engine_counters counters;
	struct workload_start start;
	pid_t first;
	bool first_is_stopped;
	bool has_executed;
	int start_error;
	size_t held_count;
	unsigned steps_since_sweep;
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
	struct tracee *tracee = calloc(1, sizeof(*tracee));

	if (!tracee)
		return NULL;
	tracee->tid = tracee->process = tid;
	if (number_table_set(engine->tracees, (uint64_t)tid, tracee) < 0) {
		free(tracee);
		return NULL;
	}
	engine->counters.threads_seen++;
	engine->counters.threads_now++;
	return tracee;
}

static void remove_tracee(struct engine_trace *engine, struct tracee *tracee)
{
	number_table_remove(engine->tracees, (uint64_t)tracee->tid);
	engine->held_count -= tracee->is_held;
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
	bool wants_exit = tracee->awaits_exit || tracee->is_untraced_clone;

	request(wants_exit ? PTRACE_SYSCALL : PTRACE_CONT, tracee->tid, 0, (uintptr_t)signal);
}

static bool read_call_info(pid_t tid, struct __ptrace_syscall_info *info)
{
	return request(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*info), (uintptr_t)info) > 0;
}

/* ---- system calls ---- */

/*
 * CLONE_UNTRACED would take the child away from us and leave it with calls that fail for ever. The bit is taken out at
 * enter, and put back at exit.
 */
static void set_untraced(struct tracee *tracee, bool is_untraced)
{
	struct user_regs_struct registers;
	uint64_t flags;

	if (request(PTRACE_GETREGS, tracee->tid, 0, (uintptr_t)&registers) < 0)
		return;
	if (registers.orig_rax == SYS_clone) {
		flags = registers.rdi;
	} else if (registers.orig_rax != SYS_clone3 ||
		   tracee_read(&TRACEE_MEMORY(tracee->tid), registers.rdi, &flags, sizeof flags) != (ssize_t)sizeof flags) {
		return;
	}
	if (!is_untraced && !(flags & CLONE_UNTRACED))
		return;
	tracee->is_untraced_clone = !is_untraced;
	flags = is_untraced ? flags | CLONE_UNTRACED : flags & ~(uint64_t)CLONE_UNTRACED;
	if (registers.orig_rax == SYS_clone3) {
		request(PTRACE_POKEDATA, tracee->tid, registers.rdi, flags); /* works on read-only memory as well */
	} else {
		registers.rdi = flags;
		request(PTRACE_SETREGS, tracee->tid, 0, (uintptr_t)&registers);
	}
}

/* A filter of the workload's own said RET_TRACE. Without a tracer, as it would be without us, such a call fails. */
static void refuse_call(pid_t tid)
{
	struct user_regs_struct registers;

	if (request(PTRACE_GETREGS, tid, 0, (uintptr_t)&registers) < 0)
		return;
	registers.orig_rax = UINT64_MAX;
	registers.rax = (uint64_t)-ENOSYS;
	request(PTRACE_SETREGS, tid, 0, (uintptr_t)&registers);
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
	tracee->awaits_exit = tracee->is_untraced_clone = false;
	if (!read_call_info(tracee->tid, &info) || info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return; /* dead, or at another stop: is_at_stop() tells why */
	if (info.seccomp.ret_data != FILTER_TRACE_DATA) {
		refuse_call(tracee->tid);
		resume(tracee, 0);
		return;
	}
	tracee->call = (struct engine_call){.tid = tracee->tid,
					    .entered_tid = tracee->tid,
					    .number = (int64_t)info.seccomp.nr,
					    .entered_ns = coarse_time_ns()};
	for (size_t i = 0; i < 6; i++)
		tracee->call.arguments[i] = info.seccomp.args[i];
	if (tracee->call.number == SYS_clone || tracee->call.number == SYS_clone3)
		set_untraced(tracee, false);
	tracee->awaits_exit = engine->handler->enter(engine->handler, &tracee->call) == ENGINE_RESULT;
	resume(tracee, 0);
}

/* What our own child does before it has become the workload is nobody's business: failed looks into PATH. */
static bool is_not_yet_workload(const struct engine_trace *engine, const struct tracee *tracee)
{
	return tracee->process == engine->first && !engine->has_executed;
}

static void give_result(struct engine_trace *engine, struct tracee *tracee, int64_t result)
{
	engine->counters.exit_stops++;
	tracee->awaits_exit = false;
	tracee->call.tid = tracee->tid;
	tracee->call.has_result = true;
	tracee->call.result = result;
	if (!is_not_yet_workload(engine, tracee))
		engine->handler->exit(engine->handler, &tracee->call);
}

static void at_exit(struct engine_trace *engine, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;

	if (!read_call_info(tracee->tid, &info) || info.op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	if (tracee->is_untraced_clone)
		set_untraced(tracee, true);
	if (tracee->awaits_exit)
		give_result(engine, tracee, info.exit.rval);
	else
		engine->counters.other_stops++;
	tracee->awaits_exit = tracee->is_untraced_clone = false;
	resume(tracee, 0);
}

static void lose_call(struct engine_trace *engine, struct tracee *tracee)
{
	if (tracee->awaits_exit && !is_not_yet_workload(engine, tracee))
		engine->handler->lost(engine->handler, &tracee->call);
	tracee->awaits_exit = false;
}

/* When another thread than the leader called execve, it goes on under the leader's id; its old id is in the message. */
static void at_exec(struct engine_trace *engine, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;
	unsigned long former = 0;

	if (request(PTRACE_GETEVENTMSG, tracee->tid, 0, (uintptr_t)&former) == 0 && former != 0 &&
	    (pid_t)former != tracee->tid) {
		struct tracee *caller = find_tracee(engine, (pid_t)former);

		lose_call(engine, tracee); /* of the leader that was */
		if (caller) {
			tracee->call = caller->call;
			tracee->awaits_exit = caller->awaits_exit;
			tracee->process = caller->process;
			tracee->parent = caller->parent;
			tracee->is_announced = true;
			remove_tracee(engine, caller);
		}
	}
	if (tracee->tid == engine->first)
		engine->has_executed = true;
	if (tracee->awaits_exit) {
		if (read_call_info(tracee->tid, &info))
			tracee->call.stack_pointer = info.stack_pointer;
		give_result(engine, tracee, 0);
	} else {
		engine->counters.other_stops++;
	}
	resume(tracee, 0);
}

/* ---- births and deaths ---- */

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
		if (tracee_read(&TRACEE_MEMORY(parent), registers.rdi, arguments, sizeof arguments) == (ssize_t)sizeof arguments)
			return arguments[0] | (arguments[4] & CSIGNAL);
		return SIGCHLD;
	case SYS_vfork:
		return CLONE_VFORK | CLONE_VM | SIGCHLD;
	default:
		return SIGCHLD;
	}
}

/* clone3's flags are in memory that others may have changed meanwhile; whether it is a thread the kernel knows. */
static uint64_t correct_thread_flag(pid_t child, uint64_t flags)
{
	bool is_leader = syscall(SYS_tgkill, child, child, 0) == 0 || errno != ESRCH;

	return is_leader ? flags & ~(uint64_t)CLONE_THREAD : flags | CLONE_THREAD;
}

static void announce(struct engine_trace *engine, struct tracee *child, pid_t maker_tid, uint64_t flags)
{
	const struct tracee *maker = find_tracee(engine, maker_tid);

	child->is_announced = true;
	child->process = flags & CLONE_THREAD ? (maker ? maker->process : maker_tid) : child->tid;
	if (maker)
		child->parent = flags & (CLONE_THREAD | CLONE_PARENT) ? maker->parent : maker->process;
	engine->handler->new_thread(engine->handler, maker_tid, child->tid, flags);
	if (child->is_held) {
		child->is_held = false;
		engine->held_count--;
		resume(child, 0);
	}
}

static void at_new_thread(struct engine_trace *engine, struct tracee *tracee)
{
	unsigned long child_tid = 0;
	uint64_t flags = read_clone_flags(tracee->tid);
	struct tracee *child;

	engine->counters.other_stops++;
	if (request(PTRACE_GETEVENTMSG, tracee->tid, 0, (uintptr_t)&child_tid) < 0 || child_tid == 0) {
		resume(tracee, 0);
		return;
	}
	child = find_tracee(engine, (pid_t)child_tid);
	if (child && child->has_ended && proc_read_tracer((pid_t)child_tid) == getpid()) {
		/* Another one, long ago, whose maker died before it could tell: its id is in use again. */
		remove_tracee(engine, child);
		child = NULL;
	}
	if (!child)
		child = add_tracee(engine, (pid_t)child_tid);
	if (!child) {
		/* No memory to follow it: it must run on all the same. */
		engine->handler->new_thread(engine->handler, tracee->tid, (pid_t)child_tid, flags);
		request(PTRACE_CONT, (pid_t)child_tid, 0, 0);
	} else if (child->has_ended) {
		int status = child->end_status;

		announce(engine, child, tracee->tid, flags);
		remove_tracee(engine, child);
		engine->handler->gone(engine->handler, (pid_t)child_tid, status);
	} else if (!child->is_announced) {
		announce(engine, child, tracee->tid, correct_thread_flag(child->tid, flags));
	}
	resume(tracee, 0);
}

/*
 * The maker of a held child may die, by SIGKILL or another thread's execve, before it could stop for its event: then nobody
 * would ever let the child go. So whenever a thread ends, the held children that it may have made are let go.
 */
static void release_held(struct engine_trace *engine, pid_t ended_process, pid_t ended_parent)
{
	size_t position = 0;
	uint64_t tid;
	void *value;

	while (engine->held_count > 0 && number_table_next(engine->tracees, &position, &tid, &value)) {
		struct tracee *child = value;
		pid_t process, parent;

		if (!child->is_held || proc_read_family(child->tid, &process, &parent) < 0)
			continue;
		if (process != child->tid) {
			if (process == ended_process)
				announce(engine, child, process, THREAD_FLAGS);
		} else if (parent == ended_process || parent == ended_parent || !find_tracee(engine, parent)) {
			announce(engine, child, parent, SIGCHLD);
		}
	}
}

static void at_end(struct engine_trace *engine, pid_t tid, int status)
{
	struct tracee *tracee = find_tracee(engine, tid);
	pid_t process = tid, parent = 0;

	if (tid == engine->first && !engine->has_executed)
		engine->start_error = workload_start_error(&engine->start);
	if (tracee && !tracee->is_announced) {
		/* Its maker's event is still to come, most likely. */
		engine->held_count -= tracee->is_held;
		tracee->is_held = false;
		tracee->has_ended = true;
		tracee->end_status = status;
		return;
	}
	if (tracee) {
		process = tracee->process;
		parent = tracee->parent;
		lose_call(engine, tracee);
		remove_tracee(engine, tracee);
	}
	engine->handler->gone(engine->handler, tid, status);
	if (engine->held_count > 0)
		release_held(engine, process, parent);
}

/* ---- signals and job control ---- */

static bool stops_a_group(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void at_group_stop(struct engine_trace *engine, struct tracee *tracee, int signal)
{
	engine->counters.other_stops++;
	if (stops_a_group(signal)) {
		if (tracee->process == engine->first && !engine->first_is_stopped) {
			engine->first_is_stopped = true;
			engine->handler->job_control(engine->handler, signal);
		}
		request(PTRACE_LISTEN, tracee->tid, 0, 0);
		return;
	}
	if (tracee->process == engine->first && engine->first_is_stopped) {
		engine->first_is_stopped = false;
		engine->handler->job_control(engine->handler, 0);
	}
	if (tracee->is_announced) {
		resume(tracee, 0);
	} else if (!tracee->is_held) {
		tracee->is_held = true; /* a new thread whose maker's event has not come yet */
		engine->held_count++;
	}
}

static void at_signal(struct engine_trace *engine, struct tracee *tracee, int signal)
{
	siginfo_t info;

	engine->counters.other_stops++;
	if (tracee->process == engine->first && request(PTRACE_GETSIGINFO, tracee->tid, 0, (uintptr_t)&info) == 0 &&
	    engine->handler->signal(engine->handler, &info)) {
		if (info.si_signo == 0)
			signal = 0;
		else
			request(PTRACE_SETSIGINFO, tracee->tid, 0, (uintptr_t)&info);
	}
	resume(tracee, signal);
}

/*
 * False when the stop that waitpid(2) told of is over: a leader may have been killed in it by another thread's execve, and
 * the stop that its id is in now is that thread's. To go on from there would lose the exec event, which comes next.
 */
static bool is_at_stop(pid_t tid, int event, int signal)
{
	siginfo_t info;

	if (event == PTRACE_EVENT_SECCOMP || event == PTRACE_EVENT_EXEC || signal == SYSCALL_STOP)
		return true; /* at_enter() and at_exit() look for themselves */
	if (request(PTRACE_GETSIGINFO, tid, 0, (uintptr_t)&info) < 0)
		return errno != ESRCH;
	return event ? info.si_code >> 8 == event : info.si_code != (SIGTRAP | PTRACE_EVENT_EXEC << 8);
}

static void at_stop(struct engine_trace *engine, pid_t tid, int status)
{
	int event = status >> 16, signal = WSTOPSIG(status);
	struct tracee *tracee = find_tracee(engine, tid);

	if (!is_at_stop(tid, event, signal))
		return;
	if (tracee && tracee->has_ended) {
		remove_tracee(engine, tracee);
		tracee = NULL;
	}
	if (!tracee)
		tracee = add_tracee(engine, tid);
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
	case 0:
		if (signal == SYSCALL_STOP)
			at_exit(engine, tracee);
		else
			at_signal(engine, tracee, signal);
		break;
	default:
		engine->counters.other_stops++;
		resume(tracee, 0);
	}
}

static void at_news(struct engine_trace *engine, pid_t tid, int status)
{
	if (WIFSTOPPED(status))
		at_stop(engine, tid, status);
	else if (WIFEXITED(status) || WIFSIGNALED(status))
		at_end(engine, tid, status);
}

static void sweep(struct engine_trace *engine)
{
	struct {
		pid_t tid;
		int status;
	} news[SWEEP_MAX];
	size_t count = 0;

	while (count < SWEEP_MAX && (news[count].tid = waitpid(-1, &news[count].status, __WALL | WNOHANG)) > 0)
		count++;
	for (size_t i = 0; i < count; i++)
		at_news(engine, news[i].tid, news[i].status);
}

static int trace_step(struct engine *base)
{
	struct engine_trace *engine = trace_of(base);
	int status;
	pid_t tid = waitpid(-1, &status, __WALL);

	if (tid < 0)
		return errno == ECHILD ? 0 : -errno;
	at_news(engine, tid, status);
	if (++engine->steps_since_sweep >= STEPS_BETWEEN_SWEEPS) {
		engine->steps_since_sweep = 0;
		sweep(engine);
	}
	return 1;
}

/* ---- the rest ---- */

static int trace_start(struct engine *base, const struct engine_workload *workload, const struct filter_row *rows,
		       size_t row_count, pid_t *ret_pid)
{
	struct engine_trace *engine = trace_of(base);
	struct seccomp_filter filter;
	struct tracee *first;
	int error;

	error = seccomp_filter_build(rows, row_count, FILTER_TRACE, &filter);
	if (error < 0)
		return error;
	error = workload_fork(workload, &filter, &engine->start);
	seccomp_filter_release(&filter);
	if (error < 0)
		return error;
	engine->first = engine->start.pid;
	first = add_tracee(engine, engine->first);
	if (!first)
		error = -ENOMEM;
	else if (request(PTRACE_SEIZE, engine->first, 0, TRACE_OPTIONS) < 0)
		error = -errno;
	else
		error = workload_go(&engine->start);
	if (error < 0) {
		kill(engine->first, SIGKILL);
		waitpid(engine->first, NULL, 0);
		return error;
	}
	first->is_announced = true;
	*ret_pid = engine->first;
	return 0;
}

static int trace_start_error(const struct engine *base)
{
	return ((const struct engine_trace *)(const void *)base)->start_error;
}

static void trace_signal_all(struct engine *base, int signal)
{
	struct engine_trace *engine = trace_of(base);
	size_t position = 0;
	uint64_t tid;
	void *value;

	while (number_table_next(engine->tracees, &position, &tid, &value)) {
		const struct tracee *tracee = value;

		/* Once a process: its leader's id stays until all its threads are gone. */
		if (!tracee->has_ended && (tracee->process == tracee->tid || !tracee->is_announced))
			kill((pid_t)tid, signal);
	}
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
	workload_start_release(&engine->start);
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
	engine->start = WORKLOAD_START_INIT;
	engine->tracees = number_table_new(TRACEES_MAX);
	if (!engine->tracees) {
		free(engine);
		return NULL;
	}
	return &engine->base;
}
