/*
 * Threads, their groups and their ancestry (event-model reference, sections 6 and 7).
 *
 * Every thread that was seen has an entry, keyed by its id on the host. What processes have in common - descriptors,
 * working directory, environment - belongs to the leader of the group: use the functions, not the members, for these.
 * Pointers to threads are valid until the next state_apply() or state_reset().
 */
#ifndef TERCEL_EVENT_STATE_THREAD_H
#define TERCEL_EVENT_STATE_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "event/state/descriptor.h"
#include "event/state/shared_text.h"

/* Clone flags as delivered in events (flag table clone_flags): the ones that the state looks at. */
enum clone_flag {
	CLONE_FLAG_FILES = 1 << 0,
	CLONE_FLAG_NEWPID = 1 << 6,
	CLONE_FLAG_PARENT = 1 << 8,
	CLONE_FLAG_THREAD = 1 << 13,
	CLONE_FLAG_INVERTED = 1 << 16, /* internal: the child's event came before the caller's */
	CLONE_FLAG_NEWUSER = 1 << 20,
	CLONE_FLAG_VFORK = 1 << 27,
	CLONE_FLAG_CHILD_IN_PIDNS = 1 << 29,
};

#define THREAD_ID_NONE UINT32_C(0xffffffff) /* user, group or login id that is unset or not known */

enum pipeline_part { PIPELINE_NONE = 0, PIPELINE_RECEIVER = 1, PIPELINE_SENDER = 2 }; /* a mask */

struct thread_group {
	int64_t pid;
	struct thread *leader;	 /* NULL: not in the table */
	struct thread *first, *last; /* its threads, oldest first, through group_next */
	uint32_t alive_count;	 /* threads that have not ended; one counts as gone in its own procexit */
	uint64_t mark;		 /* scratch of a search for loops */
	bool is_reaper;		 /* init of a namespace, or child subreaper */
};

struct thread {
	/* Identity; -1: not known. Ids with a v are those of the innermost namespace. */
	int64_t tid, pid, ptid, vtid, vpid, sid, vpgid, pgid;
	struct thread_group *group; /* NULL: placeholder */
	struct thread *group_next, *group_previous;
	struct thread *children, *child_next, *child_previous; /* threads whose ptid is this thread */
	struct thread *parent; /* whose list of children this thread is in; NULL: none */
	uint32_t flags;	       /* enum clone_flag and the others of clone_flags */
	bool is_placeholder;   /* made for an event of an unknown thread: comm, exe, cmdline are "<NA>" */
	bool is_dead;	       /* procexit was seen */
	uint8_t pipeline;      /* mask of enum pipeline_part */

	/* The program. */
	struct shared_text *comm, *exe, *exepath;
	struct shared_text *arguments; /* without argv[0], NUL-separated: strings_next() */
	struct shared_text *cgroups;   /* NUL-separated "subsystem=path", subsystem names rewritten (section 7) */
	struct shared_text *root;
	struct shared_text *container_id; /* empty: host */
	bool exe_is_writable, exe_is_upper_layer, exe_is_lower_layer, exe_is_from_memfd;
	uint64_t exe_inode, exe_ctime_ns, exe_mtime_ns;			  /* 0: not known */
	uint64_t exe_ctime_to_clone_ns;	 /* proc.exe_ino.ctime_duration_proc_start; 0: no value */
	uint64_t pidns_start_to_exe_ctime_ns; /* proc.exe_ino.ctime_duration_pidns_start; 0: no value */

	/* Credentials and session. */
	uint32_t uid, gid, loginuid; /* effective ids; THREAD_ID_NONE */
	uint32_t tty;		     /* 0: none */
	uint64_t cap_inheritable, cap_permitted, cap_effective;

	/* Resources. */
	int64_t fd_limit;
	uint32_t vm_size_kb, vm_rss_kb, vm_swap_kb;
	uint64_t page_faults_major, page_faults_minor;

	/* Times, ns since the epoch; 0: not known. */
	uint64_t clone_time_ns;
	uint64_t pidns_init_start_ns;

	/* Kept for section 16 and for execve without a trusted path. Private to state. */
	struct pending_enter *pending_enter;

	/* Of the leader, or of the thread itself: use the functions below. */
	struct shared_text *own_cwd;
	struct shared_text *own_environment;
	struct descriptor_table *own_descriptors;
	struct shared_text *cmdline; /* NULL: not built yet */
};

struct thread_table;

/* NULL when it is not in the table. */
struct thread *thread_find(const struct thread_table *table, int64_t tid);
size_t thread_count(const struct thread_table *table);
/* Every thread, in no particular order. Start with *position = 0; false at the end. */
bool thread_next(const struct thread_table *table, size_t *position, struct thread **ret_thread);

static inline bool thread_is_leader(const struct thread *thread)
{
	return thread->tid == thread->pid;
}

/* The leader of its group: the process. NULL when it is not in the table (always so for a placeholder). */
static inline struct thread *thread_leader(const struct thread *thread)
{
	return thread->group ? thread->group->leader : NULL;
}

/* ---- ancestry: a parent is a process, that is the leader of the thread named by the leader's ptid ---- */

struct thread *thread_parent(const struct thread *thread); /* NULL: none */
/* 0: the process itself, 1: the parent ... NULL beyond the chain. */
struct thread *thread_ancestor(const struct thread *thread, uint64_t distance);

/* Chains longer than this are cut: hostile process trees must not make an event expensive. */
#define ANCESTORS_MAX 4096

/* Walks the ancestors, parent first. Chains never loop: a link that would close a loop is not made. */
struct ancestor_walk {
	struct thread *at;
	unsigned steps;
};

struct ancestor_walk ancestor_walk_of(const struct thread *thread);
struct thread *ancestor_walk_next(struct ancestor_walk *walk); /* NULL at the end */

/*
 * The leaders behind proc.sname, proc.vpgid.name, proc.pgid.name and their kin (section 7); NULL: no match, or the id is
 * -1.
 */
struct thread *thread_session_leader(const struct thread_table *table, const struct thread *thread);
struct thread *thread_vpgid_leader(const struct thread_table *table, const struct thread *thread);
struct thread *thread_pgid_leader(const struct thread_table *table, const struct thread *thread);

/* proc.nthreads and proc.nchilds. */
uint32_t thread_live_threads(const struct thread *thread);
uint32_t thread_live_children(const struct thread *thread);

/* True for a process in another pid namespace than the host's: ids seen by it are not host ids. */
bool thread_is_in_nested_pidns(const struct thread *thread);

/* ---- attributes ---- */

static inline struct text thread_comm(const struct thread *thread)
{
	return shared_text_get(thread->comm);
}

static inline struct text thread_exe(const struct thread *thread)
{
	return shared_text_get(thread->exe);
}

static inline struct text thread_exepath(const struct thread *thread)
{
	return shared_text_get(thread->exepath);
}

static inline struct text thread_arguments(const struct thread *thread) /* NUL-separated */
{
	return shared_text_get(thread->arguments);
}

static inline struct text thread_root(const struct thread *thread)
{
	return shared_text_get(thread->root);
}

static inline struct text thread_container_id(const struct thread *thread) /* empty: host */
{
	return shared_text_get(thread->container_id);
}

/* comm, and each argument after a blank; as it was at the last clone or execve. Built on first use, then kept. */
struct text thread_cmdline(struct thread *thread);
/* Of the process; ends in '/'. Empty when its leader is not known. */
struct text thread_cwd(const struct thread *thread);
/* Of the process, NUL-separated "NAME=value". */
struct text thread_environment(const struct thread *thread);
/* NUL-separated "subsystem=path". */
struct text thread_cgroups(const struct thread *thread);
bool thread_cgroup(const struct thread *thread, struct text subsystem, struct text *ret_path);

/* ---- descriptors ---- */

/* The table that fd.*, proc.stdin.* and dirfd parameters look at (section 9); NULL: empty or none. */
const struct descriptor_table *thread_descriptors(const struct thread *thread);
/* The leader's table: proc.fdopencount and proc.fdusage. */
const struct descriptor_table *thread_leader_descriptors(const struct thread *thread);
/* The leader's limit of open descriptors, which setrlimit of any thread changes; 0 when the leader is not known. */
int64_t thread_leader_fd_limit(const struct thread *thread);
/* NULL: not known. */
const struct descriptor *thread_descriptor(const struct thread *thread, int64_t number);

/* What process lists hold at most: longer texts make a file that others refuse. */
#define PROCESS_ENTRY_NAME_BYTES_MAX 1024u /* comm, exe, exepath, cwd, root */
#define PROCESS_ENTRY_LIST_BYTES_MAX 4096u /* arguments, environment, cgroups */

/*
 * One row of a capture's process list, or of /proc: what a source hands to state_add_process(). Texts are copied.
 * PROCESS_ENTRY_INIT holds the defaults of fields that an old list does not have.
 */
struct process_entry {
	int64_t tid, pid, ptid, sid, vpgid, pgid, vtid, vpid;
	struct text comm, exe, exepath, arguments, environment, cgroups, cwd, root; /* lists: NUL-separated */
	int64_t fd_limit;
	uint32_t flags; /* enum clone_flag */
	uint32_t uid, gid, loginuid, tty;
	uint32_t vm_size_kb, vm_rss_kb, vm_swap_kb;
	uint64_t page_faults_major, page_faults_minor;
	uint64_t clone_time_ns, pidns_init_start_ns;
	uint64_t cap_inheritable, cap_permitted, cap_effective;
	bool exe_is_writable, exe_is_upper_layer, exe_is_lower_layer, exe_is_from_memfd;
	uint64_t exe_inode, exe_ctime_ns, exe_mtime_ns;
};

/* Parameter `flags` of execve's events: flag table execve_flags of the catalogue. */
enum execve_flag { EXECVE_WRITABLE = 1, EXECVE_UPPER_LAYER = 2, EXECVE_FROM_MEMFD = 4, EXECVE_LOWER_LAYER = 8 };

#define PROCESS_ENTRY_INIT                                                                                             \
	((struct process_entry){.tid = -1, .pid = -1, .ptid = -1, .sid = -1, .vpgid = -1, .pgid = -1, .vtid = -1,      \
				.vpid = -1, .comm = TEXT_EMPTY, .exe = TEXT_EMPTY, .exepath = TEXT_EMPTY,              \
				.arguments = TEXT_EMPTY, .environment = TEXT_EMPTY, .cgroups = TEXT_EMPTY,             \
				.cwd = TEXT_EMPTY, .root = TEXT_EMPTY, .loginuid = THREAD_ID_NONE})

/*
 * A thread as a process list has it: environment and working directory are those that belong to it alone. Texts point into
 * the thread and are as long as they are there.
 */
struct process_entry thread_process_entry(const struct thread *thread);

/* What execve's events say of the executable: enum execve_flag. */
uint64_t process_entry_execve_flags(const struct process_entry *entry);

#endif
