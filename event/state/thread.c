#include "event/state/thread.h"

#include <stdlib.h>

struct thread *thread_parent(const struct thread *thread)
{
	const struct thread *leader = thread_leader(thread);

	return leader && leader->parent ? thread_leader(leader->parent) : NULL;
}

struct thread *thread_ancestor(const struct thread *thread, uint64_t distance)
{
	struct thread *at = thread_leader(thread);

	if (distance > ANCESTORS_MAX)
		return NULL;
	while (at && distance-- > 0)
		at = thread_parent(at);
	return at;
}

struct ancestor_walk ancestor_walk_of(const struct thread *thread)
{
	return (struct ancestor_walk){.at = thread_leader(thread)};
}

struct thread *ancestor_walk_next(struct ancestor_walk *walk)
{
	if (walk->at)
		walk->at = walk->steps++ < ANCESTORS_MAX ? thread_parent(walk->at) : NULL;
	return walk->at;
}

bool thread_is_in_nested_pidns(const struct thread *thread)
{
	return (thread->flags & CLONE_FLAG_CHILD_IN_PIDNS) || (thread->vtid != -1 && thread->vtid != thread->tid);
}

static int64_t session_id(const struct thread *thread)
{
	return thread->sid;
}

static int64_t vpgid(const struct thread *thread)
{
	return thread->vpgid;
}

static int64_t pgid(const struct thread *thread)
{
	return thread->pgid;
}

/* The last of the threads above, starting at ptid, that have the same id without interruption. */
static struct thread *topmost_of_same_id(const struct thread *thread, int64_t (*id_of)(const struct thread *))
{
	struct thread *found = NULL;
	unsigned steps = 0;

	for (struct thread *at = thread->parent; at && id_of(at) == id_of(thread) && steps < ANCESTORS_MAX; steps++) {
		found = at;
		at = at->parent;
	}
	return found;
}

static struct thread *find_leader_of_id(const struct thread_table *table, const struct thread *thread,
					int64_t (*id_of)(const struct thread *), bool is_host_id)
{
	struct thread *found = NULL;

	if (id_of(thread) == -1)
		return NULL;
	if (is_host_id)
		found = thread_find(table, id_of(thread));
	return found ? found : topmost_of_same_id(thread, id_of);
}

struct thread *thread_session_leader(const struct thread_table *table, const struct thread *thread)
{
	return find_leader_of_id(table, thread, session_id, !thread_is_in_nested_pidns(thread));
}

struct thread *thread_vpgid_leader(const struct thread_table *table, const struct thread *thread)
{
	return find_leader_of_id(table, thread, vpgid, !thread_is_in_nested_pidns(thread));
}

struct thread *thread_pgid_leader(const struct thread_table *table, const struct thread *thread)
{
	return find_leader_of_id(table, thread, pgid, true);
}

uint32_t thread_live_threads(const struct thread *thread)
{
	return thread->group ? thread->group->alive_count : 0;
}

uint32_t thread_live_children(const struct thread *thread)
{
	const struct thread *leader = thread_leader(thread);
	uint32_t live = thread_live_threads(thread);

	return live > 0 && leader && !leader->is_dead ? live - 1 : live;
}

/* ---- attributes ---- */

static struct shared_text *build_cmdline(const struct thread *thread)
{
	struct text comm = thread_comm(thread);
	struct text arguments = thread_arguments(thread);
	size_t room = comm.length + arguments.length + 1;
	struct shared_text *cmdline = malloc(sizeof *cmdline + room + 1);
	struct text argument;
	size_t position = 0;
	size_t length;

	if (!cmdline)
		return NULL;
	memcpy(cmdline->bytes, comm.bytes, comm.length);
	length = comm.length;
	while (strings_next(arguments, &position, &argument)) {
		cmdline->bytes[length++] = ' ';
		memcpy(cmdline->bytes + length, argument.bytes, argument.length);
		length += argument.length;
	}
	cmdline->bytes[length] = '\0';
	cmdline->references = 1;
	cmdline->length = (uint32_t)length;
	return cmdline;
}

struct text thread_cmdline(struct thread *thread)
{
	if (!thread->cmdline) {
		thread->cmdline = build_cmdline(thread);
		if (!thread->cmdline)
			return thread_comm(thread);
	}
	return shared_text_get(thread->cmdline);
}

struct text thread_cwd(const struct thread *thread)
{
	const struct thread *leader = thread_leader(thread);

	return leader ? shared_text_get(leader->own_cwd) : TEXT_EMPTY;
}

struct text thread_environment(const struct thread *thread)
{
	const struct thread *leader = thread_leader(thread);

	return leader ? shared_text_get(leader->own_environment) : TEXT_EMPTY;
}

struct text thread_cgroups(const struct thread *thread)
{
	return shared_text_get(thread->cgroups);
}

bool thread_cgroup(const struct thread *thread, struct text subsystem, struct text *ret_path)
{
	struct text cgroups = thread_cgroups(thread);
	struct text cgroup;
	size_t position = 0;

	while (strings_next(cgroups, &position, &cgroup)) {
		if (cgroup.length > subsystem.length && cgroup.bytes[subsystem.length] == '=' &&
		    text_starts_with(cgroup, subsystem)) {
			*ret_path = text_slice(cgroup, subsystem.length + 1, SIZE_MAX);
			return true;
		}
	}
	return false;
}

const struct descriptor_table *thread_descriptors(const struct thread *thread)
{
	if (!(thread->flags & CLONE_FLAG_FILES))
		return thread->own_descriptors;
	return thread_leader_descriptors(thread);
}

const struct descriptor_table *thread_leader_descriptors(const struct thread *thread)
{
	const struct thread *leader = thread_leader(thread);

	return leader ? leader->own_descriptors : NULL;
}

int64_t thread_leader_fd_limit(const struct thread *thread)
{
	const struct thread *leader = thread_leader(thread);

	return leader ? leader->fd_limit : 0;
}

const struct descriptor *thread_descriptor(const struct thread *thread, int64_t number)
{
	return descriptor_table_find(thread_descriptors(thread), number);
}

struct process_entry thread_process_entry(const struct thread *thread)
{
	return (struct process_entry){
		.tid = thread->tid,
		.pid = thread->pid,
		.ptid = thread->ptid,
		.sid = thread->sid,
		.vpgid = thread->vpgid,
		.pgid = thread->pgid,
		.vtid = thread->vtid,
		.vpid = thread->vpid,
		.comm = thread_comm(thread),
		.exe = thread_exe(thread),
		.exepath = thread_exepath(thread),
		.arguments = thread_arguments(thread),
		.environment = shared_text_get(thread->own_environment),
		.cgroups = thread_cgroups(thread),
		.cwd = shared_text_get(thread->own_cwd),
		.root = thread_root(thread),
		.fd_limit = thread->fd_limit,
		.flags = thread->flags,
		.uid = thread->uid,
		.gid = thread->gid,
		.loginuid = thread->loginuid,
		.tty = thread->tty,
		.vm_size_kb = thread->vm_size_kb,
		.vm_rss_kb = thread->vm_rss_kb,
		.vm_swap_kb = thread->vm_swap_kb,
		.page_faults_major = thread->page_faults_major,
		.page_faults_minor = thread->page_faults_minor,
		.clone_time_ns = thread->clone_time_ns,
		.pidns_init_start_ns = thread->pidns_init_start_ns,
		.cap_inheritable = thread->cap_inheritable,
		.cap_permitted = thread->cap_permitted,
		.cap_effective = thread->cap_effective,
		.exe_is_writable = thread->exe_is_writable,
		.exe_is_upper_layer = thread->exe_is_upper_layer,
		.exe_is_lower_layer = thread->exe_is_lower_layer,
		.exe_is_from_memfd = thread->exe_is_from_memfd,
		.exe_inode = thread->exe_inode,
		.exe_ctime_ns = thread->exe_ctime_ns,
		.exe_mtime_ns = thread->exe_mtime_ns,
	};
}

uint64_t process_entry_execve_flags(const struct process_entry *entry)
{
	return (entry->exe_is_writable ? (uint64_t)EXECVE_WRITABLE : 0) |
	       (entry->exe_is_upper_layer ? EXECVE_UPPER_LAYER : 0) |
	       (entry->exe_is_from_memfd ? EXECVE_FROM_MEMFD : 0) |
	       (entry->exe_is_lower_layer ? EXECVE_LOWER_LAYER : 0);
}
