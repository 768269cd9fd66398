/*
 * What is known about the machine between events: threads, descriptors, users, containers, interfaces. Kept up by the
 * events alone, the same for replay and live capture; only where missing things come from differs (struct state_lookup).
 *
 * Per event: state_apply() first, then fields and rules. Nothing here is shared between system threads.
 */
#ifndef TERCEL_EVENT_STATE_STATE_H
#define TERCEL_EVENT_STATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "event/state/container.h"
#include "event/state/descriptor.h"
#include "event/state/interface_list.h"
#include "event/state/path.h"
#include "event/state/thread.h"
#include "event/state/user.h"

/* Everything that was dropped, cut or made up; exported as metrics. */
struct state_counters {
	uint64_t threads_added, threads_removed;
	uint64_t threads_dropped;     /* thread limit */
	uint64_t placeholders_made;   /* events of threads that nobody knew */
	uint64_t descriptors_dropped; /* descriptor limit of a process */
	uint64_t descriptors_unknown; /* uses of a descriptor that is not in the table */
	uint64_t users_dropped, containers_dropped; /* limits */
	uint64_t lookups, lookups_failed;	    /* struct state_lookup */
	uint64_t allocation_failures;		    /* something was not stored */
	uint64_t malformed_parameters;		    /* texts and tuples that did not decode */
};

/* 0 in a member: the default. */
struct state_limits {
	size_t threads;			/* 262144 */
	size_t descriptors_per_process; /* 65536 */
	size_t containers;		/* 4096 */
	size_t users;			/* 65536: users and groups of all containers */
};

/*
 * Where what the events did not tell comes from. NULL on replay: there the process list of the file is all there is.
 * Both functions return 0, or a negative errno when there is no such thing.
 */
struct state_lookup {
	/* Texts in *ret_entry must live until the next call of either function. */
	int (*find_process)(const struct state_lookup *lookup, int64_t tid, struct process_entry *ret_entry);
	int (*find_descriptor)(const struct state_lookup *lookup, const struct thread *thread, int64_t number,
			       struct descriptor_entry *ret_entry);
};

/*
 * Is told what was looked up and is in the state now, before the event that asked for it changes anything: who records it
 * for a replay, which can look up nothing. `owner` is the thread to whose table the descriptor belongs.
 */
struct state_observer {
	void (*process_found)(struct state_observer *observer, const struct thread *thread);
	void (*descriptor_found)(struct state_observer *observer, const struct thread *owner, int64_t number,
				 const struct descriptor *descriptor);
};

/* The machine that was recorded or is watched. */
struct state_machine {
	char host_name[129];
	uint64_t boot_time_ns; /* 0: not known; replay leaves it 0, as Falco does (section 6, "pid-namespace start") */
	uint64_t recorded_boot_time_ns; /* what the capture says; only for who writes another one */
	uint64_t memory_bytes, highest_pid;
	uint32_t cpu_count;
};

struct state {
	struct thread_table *threads;
	struct user_table *users;
	struct container_table *containers;
	struct interface_list interfaces;
	struct state_machine machine; /* filled by the source */
	struct state_counters counters;
	struct state_private *private;
};

/* limits NULL: defaults. lookup NULL: replay; else it must outlive the state. NULL when there is no memory. */
struct state *state_new(const struct state_limits *limits, const struct state_lookup *lookup);
struct state *state_free(struct state *state); /* returns NULL; accepts NULL */

/* NULL: nobody. Must outlive the state or be taken away. */
void state_set_observer(struct state *state, struct state_observer *observer);

/* Forgets everything but the counters: before the metadata of an appended capture section. */
void state_reset(struct state *state);

/*
 * Every thread belongs to this container from now on, whatever its cgroups say (the agent inside a container, which often
 * cannot see them); an empty id: to the host. Before the first process. 0 or -ENOMEM.
 */
int state_fix_container(struct state *state, struct text id);
/* False: containers are those of the cgroups. */
bool state_container_is_fixed(const struct state *state, struct text *ret_id);

/*
 * From process lists and fd lists (start of a capture, start-up scan). A process replaces an older entry of its tid;
 * descriptors go to the table of thread `tid` and are dropped when there is none. Parents and groups are connected when
 * the first event comes. 0, -ENOMEM, -ENOSPC (limit), -ESRCH (descriptor of an unknown thread).
 */
int state_add_process(struct state *state, const struct process_entry *entry);
int state_add_descriptor(struct state *state, int64_t tid, const struct descriptor_entry *entry);

/* What is behind a descriptor now, as fstat(2) tells it; inode 0: nothing. */
struct descriptor_identity {
	uint64_t inode;
	uint32_t device;
	bool is_socket;
};

/*
 * Live capture only, before state_apply() of an event that uses the descriptor: calls that were not watched may have closed
 * or replaced it. An entry that is not this very file or socket is forgotten and looked up anew.
 */
void state_check_descriptor(struct state *state, int64_t tid, int64_t number, const struct descriptor_identity *identity);

/*
 * Applies an event: delayed clean-ups of the previous event, thread, descriptor, changes. Fills event->thread,
 * ->descriptor, ->descriptor_number, ->descriptor_name_changed. Events must come in the order in which they were made.
 *
 * At STAGE_EXIT everything that rules see is the state after the call; what the call removes (close, procexit) is still
 * there and goes when the next event comes. At STAGE_ENTER nothing is changed but the delayed clean-ups: thread and
 * descriptor are what the call will use; descriptor_number is the number that it was given.
 *
 * Never fails: what could not be stored is counted.
 */
void state_apply(struct state *state, struct event *event);

/*
 * For predictions at STAGE_ENTER (and only there): the descriptor as it will be for fd.* fields if the call succeeds -
 * open, openat, openat2, creat, socket, connect, bind, dup family and the makers of anonymous descriptors. NULL when it
 * cannot be told (accept, messages: only the kernel knows the peer). What only the kernel knows is zero or empty: inode,
 * layers, local address and port of a connection, the pointers of unix sockets, and therefore the name after connect.
 * *ret_number: fd.num if it is known before (dup2, dup3), else -1. Lives until the next call.
 */
const struct descriptor *state_predict_descriptor(struct state *state, struct event *event, int64_t *ret_number);

/* ---- paths as rules see them (section 8) ---- */

/* How a relative path finds its directory: rows of the table in section 8. */
enum path_base {
	PATH_BASE_CWD,		   /* working directory, whatever dirfd says */
	PATH_BASE_DIRFD,	   /* AT_FDCWD: working directory; unknown descriptor: "<UNKNOWN>" in front (names of descriptors) */
	PATH_BASE_DIRFD_OR_NOTHING, /* as before, but nothing in front when the descriptor is unknown: evt.arg */
	PATH_BASE_DIRFD_ABSPATH,   /* '/' is always added: evt.abspath; unknown: "<UNKNOWN>/" */
	PATH_BASE_DIRECTORY_ENTRY, /* the entry must be of kind directory; AT_FDCWD and all else: "<UNKNOWN>": fs.path.* */
};

/*
 * `path` made absolute for that consumer. An absolute path ignores the base; an empty one stays empty. The result lies in
 * `buffer` or is constant.
 */
struct text state_resolve_path(const struct thread *thread, enum path_base base, int64_t dirfd, struct text path,
			       char buffer[PATH_BYTES_MAX]);

/* True when the address belongs to the host or container in which `thread` runs (section 10, "Local address"). */
bool state_address_is_local(const struct state *state, const struct thread *thread, enum socket_family family,
			    const struct socket_end *end);

/*
 * The container of a thread; or, when the event is a container event itself, that container (thread may be NULL then).
 * NULL: no metadata, or the thread is unknown.
 */
const struct container *state_container(const struct state *state, const struct event *event);

/* The user and group tables' key for a thread: its container id, empty for the host. */
const struct user *state_user(const struct state *state, const struct thread *thread, uint32_t uid);
const struct group *state_group(const struct state *state, const struct thread *thread, uint32_t gid);

#endif
