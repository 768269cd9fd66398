/*
 * /proc: what events do not tell about processes, descriptors and users of the workload. Implements the state's lookup for
 * live capture, and gives execve events what only the kernel knows.
 *
 * Files of /proc are as hostile as their owner: every read is bounded, every number checked.
 */
#ifndef TERCEL_AGENT_CAPTURE_PROC_FILES_H
#define TERCEL_AGENT_CAPTURE_PROC_FILES_H

#include <sys/types.h>

#include "base/arena.h"
#include "event/state/state.h"

/*
 * What the container's processes are shown as, whatever the machine says: the workload's first process is pid 1, without a
 * parent; the agent's processes are not there, and whoever has one of them for a parent has the first process for one.
 */
struct proc_view {
	pid_t first;	   /* 0: not started */
	pid_t agents[2];   /* init and capture */
	struct text container_id; /* empty: the host */
	uint64_t started_ns;	  /* of the container, as file times say it (coarse clock) */
};

struct proc_lookup {
	struct state_lookup base;
	const struct proc_view *view;
	struct arena *arena; /* texts of the last answer */
};

int proc_lookup_init(struct proc_lookup *lookup, const struct proc_view *view);
void proc_lookup_release(struct proc_lookup *lookup);

/*
 * The process as /proc and the view show it, texts in `arena`. 0; -ESRCH when it is gone; -ENOMEM. What cannot be read (a
 * process of another user, no tracing rights) keeps its default.
 */
int proc_read_process(const struct proc_view *view, pid_t tid, struct arena *arena, struct process_entry *ret_entry);
/* What an execve changes alone: no cgroups, directories, limits, login. */
int proc_read_program(const struct proc_view *view, pid_t tid, struct arena *arena, struct process_entry *ret_entry);

/* The executable's part of the entry, from its file at `path`. False when there is no such file. */
bool proc_read_executable_file(const struct proc_view *view, const char *path, struct process_entry *entry);

/* The descriptor as /proc shows it; sockets with their addresses. 0 or a negative errno. */
int proc_read_descriptor(pid_t tid, int64_t number, struct arena *arena, struct descriptor_entry *ret_entry);

/* What is behind the descriptor. False when it cannot be told (a process of another user, no tracing rights). */
bool proc_read_descriptor_identity(pid_t tid, int64_t number, struct descriptor_identity *ret_identity);

/* The machine's name, size and boot time. */
void proc_read_machine(struct state_machine *machine);

/* The host's interfaces and users, at start: getifaddrs(3), /etc/passwd and /etc/group below the workload's root. */
void proc_read_interfaces(struct interface_list *interfaces);
void proc_read_users(struct user_table *users, struct text container_id);

#endif
