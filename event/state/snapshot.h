/*
 * The state as rows: the reverse of state_add_process() and its kin, for who writes captures. The rows of the capture
 * format do not hold everything; what is missing in them are details, which come back through the functions below.
 */
#ifndef TERCEL_EVENT_STATE_SNAPSHOT_H
#define TERCEL_EVENT_STATE_SNAPSHOT_H

#include "event/state/state.h"

/*
 * Does what the next event would do first: what the last one removed goes, listed processes are connected. Afterwards the
 * state is what that event will find.
 */
void state_settle(struct state *state);

/* All threads by their ids, all users and groups by container and number, all containers by id. */
struct snapshot {
	struct thread **threads;
	struct user_row *users;
	const struct container **containers;
	size_t thread_count, user_count, container_count;
};

/* Settles. The rows live until the state changes; snapshot_release() frees the arrays. 0 or -ENOMEM. */
int snapshot_take(struct state *state, struct snapshot *ret_snapshot);
void snapshot_release(struct snapshot *snapshot);

/* The descriptors in the table that belongs to this thread alone, by number. *ret_entries is for free(). 0 or -ENOMEM. */
struct snapshot_descriptor {
	int64_t number;
	const struct descriptor *descriptor;
};
int snapshot_descriptors(const struct thread *thread, struct snapshot_descriptor **ret_entries, size_t *ret_count);

/* As an fd list has it: the ends of sockets are local and remote, whoever is the client. */
struct descriptor_entry snapshot_descriptor_entry(const struct snapshot_descriptor *entry);

/* ---- details ---- */

enum thread_text {
	THREAD_TEXT_COMM,
	THREAD_TEXT_EXE,
	THREAD_TEXT_EXEPATH,
	THREAD_TEXT_ROOT,
	THREAD_TEXT_CGROUPS,
	THREAD_TEXT_CMDLINE,
	THREAD_TEXT_CONTAINER_ID,
	THREAD_TEXT_CWD,
	THREAD_TEXT_COUNT,
};

/* What a process list does not tell of a thread. */
struct thread_details {
	int64_t tid;
	bool is_placeholder, is_dead, is_reaper;
	uint8_t pipeline;
	uint64_t clone_time_ns, exe_ctime_to_clone_ns, pidns_start_to_exe_ctime_ns;
	uint8_t text_mask; /* 1 << enum thread_text: those that are told */
	struct text texts[THREAD_TEXT_COUNT];
	/* A copy of arguments made at a call's entry, whose exit comes later; type 0: none. */
	uint16_t enter_type;
	int64_t enter_directory;
	uint32_t enter_flags;
	struct text enter_bytes;
};

/* False: the process list tells everything. */
bool snapshot_thread_details(const struct thread *thread, struct thread_details *ret_details);
/* Settles first. 0, -ENOMEM, -ESRCH (no such thread), -EINVAL (details that no thread can have). */
int state_add_thread_details(struct state *state, const struct thread_details *details);

/*
 * A process that was looked up while events came, as that look-up put it into the state: connected at once. Settles first.
 * 0, -ENOMEM, -ENOSPC, -EEXIST (threads hold on to an older one of that id).
 */
int state_add_found_process(struct state *state, const struct process_entry *entry);

/* Whether an fd list cannot tell everything about it. */
bool snapshot_needs_details(const struct descriptor *descriptor);
/*
 * Puts a descriptor as it was into the thread's own table, as it is: names are texts of their own here. Settles first.
 * 0, -ENOMEM, -ENOSPC, -ESRCH, -EINVAL (a kind, role or protocol that does not exist).
 */
int state_add_descriptor_details(struct state *state, int64_t tid, int64_t number, const struct descriptor *descriptor,
				 struct text name, struct text raw_name);

/* Threads that ended lately: their ids are not taken again by an event that comes late. */
struct recent_exit_row {
	int64_t tid, ptid;
	uint64_t time_ns;
};

/* Those that still count at `now_ns`. Start with *position = 0; false at the end. */
bool snapshot_next_exit(const struct state *state, uint64_t now_ns, size_t *position, struct recent_exit_row *ret_row);
void state_add_recent_exit(struct state *state, const struct recent_exit_row *row);

#endif
