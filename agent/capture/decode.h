/*
 * System calls of a stopped thread as events: what the schema's rows say about where a parameter comes from (register,
 * memory, result) is enough for most; what only the kernel knows is looked up, in decode_*.c.
 *
 * Parameters live until the next call of a decode function.
 */
#ifndef TERCEL_AGENT_CAPTURE_DECODE_H
#define TERCEL_AGENT_CAPTURE_DECODE_H

#include "agent/capture/engine.h"
#include "agent/capture/proc_files.h"
#include "agent/capture/tracee_memory.h"
#include "base/arena.h"
#include "base/hash_table.h"
#include "event/event.h"
#include "event/state/thread.h"

struct decoder {
	struct arena *scratch; /* parameters of the current event */
	uint64_t unreadable;   /* arguments that could not be read */
	/* Set by the caller: the state's entry of the thread whose call is decoded, as it was before the call; NULL: none. */
	const struct thread *thread;
	/*
	 * Path of the program that a thread is about to execute, read at enter: after the call the old memory is gone. One
	 * slot per call under way is enough, since a call's exit follows its enter for each thread; keyed by thread.
	 */
	struct number_table *program_paths;
	const struct proc_view *view;
	/*
	 * How the memory of the current call's thread is read. Without CAP_SYS_PTRACE a process that changes its user closes
	 * its memory to us: its file is opened before it does, and kept until its next execve; by process, number + 1.
	 */
	struct tracee_memory memory;
	struct number_table *memory_files;
	bool may_read_all; /* CAP_SYS_PTRACE */
};

/* view: borrowed. 0 or -ENOMEM. */
int decoder_init(struct decoder *decoder, const struct proc_view *view);
void decoder_release(struct decoder *decoder);

/*
 * Fills type, stage, thread_id and parameters of the event. 0; -ENOENT when the call has no event. At STAGE_ENTER what is not
 * known yet is PARAMETER_UNKNOWN, what the kernel may change PARAMETER_PREDICTED.
 */
int decode_call(struct decoder *decoder, const struct engine_call *call, enum event_stage stage, struct event *ret_event);

/* At enter, for a call whose event is only decoded at exit: keeps what is gone by then. */
void decode_keep(struct decoder *decoder, const struct engine_call *call);

/*
 * The two events of a call that made `child`: the caller's (as_child false) and the child's. `parent` is the state's entry of
 * the caller; clone_flags are those of clone(2).
 */
int decode_clone(struct decoder *decoder, const struct thread *parent, pid_t child, uint64_t clone_flags, bool as_child,
		 struct event *ret_event);

/* The end of a thread; wait_status as of waitpid(2). */
void decode_end(struct decoder *decoder, pid_t tid, int wait_status, struct event *ret_event);

/* Forgets what is kept for a thread that has ended. */
void decoder_forget(struct decoder *decoder, pid_t tid);

#endif
