/* What state keeps besides its tables, and what the apply_*.c share. For the files of event/state alone. */
#ifndef TERCEL_EVENT_STATE_STATE_PRIVATE_H
#define TERCEL_EVENT_STATE_STATE_PRIVATE_H

#include "base/clock.h"
#include "event/state/descriptor_table.h"
#include "event/state/state.h"
#include "event/state/thread_table.h"

/* Within this time an id is taken for the same thread's, later for a reused one (section 6). */
#define REUSE_AFTER_NS (2 * NS_PER_S)

/* Threads that ended lately, by the low bits of their ids: consecutive ids do not meet. */
#define RECENT_EXITS 4096

struct recent_exit {
	int64_t tid, ptid;
	uint64_t time_ns;
};

struct state_private {
	struct state_limits limits;
	const struct state_lookup *lookup;
	struct state_observer *observer; /* NULL: none */
	struct shared_text *fixed_container_id;
	bool container_is_fixed;
	uint64_t seed;	    /* of descriptor tables */
	bool lists_are_new; /* processes were added that are not connected yet */

	/* Delayed clean-ups: what the last event removes, and still shows. */
	bool has_closed, has_ended;
	int64_t closed_tid, closed_number, ended_tid;
	struct shared_text *removed_container_id;

	const struct container *event_container; /* of a container event, while it is the last one */
	struct descriptor *prediction;
	struct recent_exit recent_exits[RECENT_EXITS];
	uint8_t server_ports[65536 / 8]; /* bits: ports on which listed sockets listen */
};

/*
 * The copy of a call's arguments made at its entry (section 16), or of execve's file name in old captures; kept for the
 * thread's next event.
 */
#define STATE_ENTER_BYTES_MAX 8192

struct pending_enter {
	uint16_t type; /* enum event_id of the enter event; 0: none */
	int64_t directory; /* dirfd */
	uint32_t flags;
	uint32_t length, capacity;
	uint8_t bytes[]; /* path without NUL, or SOCKADDR */
};

/* Counts what went wrong; `error` 0 is fine. */
void state_count_error(struct state *state, int error);

/* The drivers' limit for any text (section 4, "Payload limits"); longer ones, which only a made-up file has, are cut. */
#define STATE_TEXT_BYTES_MAX 4096

/* A working directory as it is kept, `path` seen from `base`: ends in '/'. The result lies in `buffer`. */
#define CWD_BYTES_MAX (PATH_BYTES_MAX + 1)
struct text state_cwd_text(struct text base, struct text path, char buffer[static CWD_BYTES_MAX]);
/* Its working directory becomes that. */
void state_set_cwd(struct state *state, struct thread *owner, struct text base, struct text path);
void state_set_text(struct state *state, struct shared_text **slot, struct text t);
/* And with them the container that they belong to. */
void state_set_cgroups(struct state *state, struct thread *thread, struct text cgroups);
/* A thread outside of any cgroup; NULL (counted) when there is no memory. */
struct thread *state_new_thread(struct state *state, int64_t tid);
/* Into the table, not yet connected. 0, or an error that was counted; then the thread is gone. */
int state_add_thread(struct state *state, struct thread *thread);

/* A thread by id, from the table or through the look-up; NULL when nobody knows it. */
struct thread *state_find_thread(struct state *state, int64_t tid);
/* The same, and a placeholder where nobody knows it; NULL only at the limit or without memory. */
struct thread *state_make_thread(struct state *state, int64_t tid);

/* A descriptor of a thread, from its table or through the look-up. */
const struct descriptor *state_find_descriptor(struct state *state, struct thread *thread, int64_t number);
/* Takes `descriptor` over. NULL when it could not be stored. */
const struct descriptor *state_put_descriptor(struct state *state, struct thread *thread, int64_t number,
					      struct descriptor *descriptor);
/* A socket from a list whose direction is not known: by the ports on which the host listens (section 10). */
void state_direct_socket(struct state *state, struct descriptor *descriptor);

/* Gives `descriptor` the text of its addresses as name, the protocol deciding over its form (section 10). */
void descriptor_name_by_addresses(struct state *state, struct descriptor *descriptor);
void descriptor_swap_ends(struct descriptor *descriptor);

#endif
