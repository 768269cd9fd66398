/*
 * clone, clone3, fork and vfork (event-model reference, section 6): one event in the caller, with the child's id as result,
 * and one in the child, with result 0, in either order.
 *
 * All four events have the parameters of clone.
 */
#include <errno.h>

#include "event/state/apply.h"

#define INDEX(name) PARAMETER_INDEX(SYSCALL_CLONE_20_X, name)
#define UNSIGNED(name) (event_parameter_unsigned(event, INDEX(name), 0))
#define SIGNED(name, otherwise) (event_parameter_signed(event, INDEX(name), otherwise))

_Static_assert(PARAMETER_INDEX(SYSCALL_FORK_20_X, vpid) == INDEX(vpid) &&
		       PARAMETER_INDEX(SYSCALL_VFORK_20_X, vpid) == INDEX(vpid) &&
		       PARAMETER_INDEX(SYSCALL_CLONE3_X, vpid) == INDEX(vpid),
	       "the four events have one layout");

static void set_program(struct application *application, struct thread *thread)
{
	struct event *event = application->event;
	struct state *state = application->state;

	state_set_text(state, &thread->exe, name_parameter(event, INDEX(exe)));
	state_set_text(state, &thread->comm,
		       has_value(event, INDEX(comm)) ? event_parameter_text(event, INDEX(comm)) : thread_exe(thread));
	state_set_text(state, &thread->arguments, bytes_parameter(event, INDEX(args)));
}

/* A placeholder becomes a real entry by what the event of another thread of it tells. */
static void complete_placeholder(struct application *application, struct thread *thread, int64_t pid, int64_t ptid,
				 int64_t vtid, int64_t vpid)
{
	thread->pid = pid;
	thread->ptid = ptid;
	thread->vtid = vtid;
	thread->vpid = vpid;
	set_program(application, thread);
	if (pid < 0)
		return;
	thread->is_placeholder = false;
	if (thread_table_connect(application->state->threads, thread))
		application->state->counters.allocation_failures++;
}

/* What a child has in common with the thread that it is made from; by reference, so this costs little. */
static void inherit(struct thread *child, struct thread *from)
{
	shared_text_assign(&child->comm, from->comm);
	shared_text_assign(&child->exe, from->exe);
	shared_text_assign(&child->arguments, from->arguments);
	shared_text_assign(&child->exepath, from->exepath);
	shared_text_assign(&child->root, from->root);
	shared_text_assign(&child->cgroups, from->cgroups);
	shared_text_assign(&child->container_id, from->container_id);
	child->exe_is_writable = from->exe_is_writable;
	child->exe_is_upper_layer = from->exe_is_upper_layer;
	child->exe_is_lower_layer = from->exe_is_lower_layer;
	child->exe_is_from_memfd = from->exe_is_from_memfd;
	child->exe_inode = from->exe_inode;
	child->exe_ctime_ns = from->exe_ctime_ns;
	child->exe_mtime_ns = from->exe_mtime_ns;
	child->exe_ctime_to_clone_ns = from->exe_ctime_to_clone_ns;
	child->sid = from->sid;
	child->vpgid = from->vpgid;
	child->pgid = from->pgid;
	child->tty = from->tty;
	child->loginuid = from->loginuid;
	child->cap_inheritable = from->cap_inheritable;
	child->cap_permitted = from->cap_permitted;
	child->cap_effective = from->cap_effective;
}

/* A process gets copies, also with CLONE_FILES, which should share. */
static void copy_process(struct thread *child, struct thread *from)
{
	struct descriptor_table **slot = thread_descriptor_slot(from);
	struct thread *leader = thread_leader(from);

	descriptor_table_release(&child->own_descriptors);
	child->own_descriptors = slot ? descriptor_table_share(*slot) : NULL;
	shared_text_assign(&child->own_cwd, leader ? leader->own_cwd : NULL);
	shared_text_assign(&child->own_environment, leader ? leader->own_environment : NULL);
}

static void take_parameters(struct application *application, struct thread *child, struct thread *from)
{
	struct event *event = application->event;

	set_program(application, child);
	/* Usually nothing differs, and the built command line serves both. */
	if (from && child->comm == from->comm && child->arguments == from->arguments)
		shared_text_assign(&child->cmdline, from->cmdline);
	child->fd_limit = SIGNED(fdlimit, 0);
	child->page_faults_major = UNSIGNED(pgft_maj);
	child->page_faults_minor = UNSIGNED(pgft_min);
	child->vm_size_kb = (uint32_t)UNSIGNED(vm_size);
	child->vm_rss_kb = (uint32_t)UNSIGNED(vm_rss);
	child->vm_swap_kb = (uint32_t)UNSIGNED(vm_swap);
	child->uid = (uint32_t)event_parameter_unsigned(event, INDEX(uid), THREAD_ID_NONE);
	child->gid = (uint32_t)event_parameter_unsigned(event, INDEX(gid), THREAD_ID_NONE);
	state_set_cgroups(application->state, child, bytes_parameter(event, INDEX(cgroups)));
	child->clone_time_ns = event->timestamp_ns;
	child->pidns_init_start_ns = application->state->machine.boot_time_ns;
}

/* Adds and connects the child, which is taken over. NULL when it could not be stored. */
static struct thread *add_child(struct application *application, struct thread *child)
{
	if (state_add_thread(application->state, child))
		return NULL;
	if (thread_table_connect(application->state->threads, child))
		application->state->counters.allocation_failures++;
	return child;
}

/* An entry that is in the way: its end was missed. False when it has to stay, as threads hold on to it. */
static bool remove_stale(struct application *application, struct thread *stale)
{
	int64_t tid = stale->tid;

	thread_table_remove(application->state->threads, stale);
	stale = thread_find(application->state->threads, tid);
	if (!stale) {
		application->state->counters.threads_removed++;
		return true;
	}
	/* The leader of threads whose ends were missed as well. */
	thread_table_remove_others(application->state->threads, stale);
	thread_table_remove(application->state->threads, stale);
	return !thread_find(application->state->threads, tid);
}

/* ---- the caller's event ---- */

static bool has_just_ended(const struct application *application, int64_t tid, int64_t ptid)
{
	const struct recent_exit *exit = &application->state->private->recent_exits[(uint64_t)tid % RECENT_EXITS];

	return exit->tid == tid && exit->ptid == ptid &&
	       application->event->timestamp_ns - exit->time_ns < REUSE_AFTER_NS;
}

static bool only_child_can_tell(const struct application *application, const struct thread *caller, uint32_t flags)
{
	return (flags & (CLONE_FLAG_CHILD_IN_PIDNS | CLONE_FLAG_NEWPID | CLONE_FLAG_PARENT | CLONE_FLAG_VFORK)) ||
	       caller->vtid != caller->tid || application->event->type == EVENT_SYSCALL_VFORK_20_X;
}

static void apply_in_caller(struct application *application)
{
	struct event *event = application->event;
	struct state *state = application->state;
	struct thread *caller = state_make_thread(state, event->thread_id);
	uint32_t flags = (uint32_t)UNSIGNED(flags);
	int64_t child_tid = application->result;
	struct thread *child, *existing;
	bool caller_was_known, is_thread = flags & CLONE_FLAG_THREAD;

	event->thread = application->thread = caller;
	if (!caller)
		return;
	caller_was_known = !caller->is_placeholder;
	if (!caller_was_known)
		complete_placeholder(application, caller, SIGNED(pid, -1), SIGNED(ptid, -1), SIGNED(vtid, caller->tid),
				     SIGNED(vpid, -1));
	if (only_child_can_tell(application, caller, flags) || child_tid == caller->tid)
		return;
	if (has_just_ended(application, child_tid, is_thread ? caller->ptid : caller->tid))
		return;
	existing = thread_find(state->threads, child_tid);
	if (existing && (existing->flags & CLONE_FLAG_INVERTED))
		return;
	/* Its removal may take the caller along, when that was the dead leader of the last thread. */
	if (existing && !remove_stale(application, existing))
		return;
	caller = event->thread = application->thread = thread_find(state->threads, event->thread_id);
	child = caller ? state_new_thread(state, child_tid) : NULL;
	if (!child)
		return;
	child->flags = flags | (is_thread ? CLONE_FLAG_FILES : 0);
	child->pid = is_thread ? caller->pid : child_tid;
	child->ptid = is_thread ? caller->ptid : caller->tid;
	child->vtid = child_tid;
	child->vpid = child->pid;
	if (caller_was_known) {
		inherit(child, caller);
		if (!is_thread)
			copy_process(child, caller);
	}
	take_parameters(application, child, caller_was_known ? caller : NULL);
	add_child(application, child);
}

/* ---- the child's event ---- */

/* The thread that a child is like: its parent, or the leader of its group. */
static struct thread *find_model(struct application *application, struct thread *child)
{
	struct state *state = application->state;
	struct thread *model;

	if (!(child->flags & CLONE_FLAG_THREAD)) {
		model = state_find_thread(state, child->ptid);
		return model && !model->is_placeholder ? model : NULL;
	}
	model = state_make_thread(state, child->pid);
	if (!model || !model->is_placeholder)
		return model;
	complete_placeholder(application, model, child->pid, child->ptid, child->vpid, child->vpid);
	return NULL;
}

static void apply_in_child(struct application *application)
{
	struct event *event = application->event;
	struct state *state = application->state;
	struct thread *existing = event->thread;
	struct thread *child, *model;

	if (existing && existing->clone_time_ns != 0 &&
	    (int64_t)(event->timestamp_ns - existing->clone_time_ns) < (int64_t)REUSE_AFTER_NS)
		return;
	event->thread = application->thread = NULL;
	if (event->thread_id < 0 || (existing && !remove_stale(application, existing)))
		return;
	child = state_new_thread(state, event->thread_id);
	if (!child)
		return;
	child->pid = SIGNED(pid, -1);
	child->ptid = SIGNED(ptid, -1);
	child->vtid = SIGNED(vtid, child->tid);
	child->vpid = SIGNED(vpid, -1);
	child->flags = (uint32_t)UNSIGNED(flags) | CLONE_FLAG_INVERTED;
	if (child->flags & CLONE_FLAG_THREAD)
		child->flags |= CLONE_FLAG_FILES;
	model = find_model(application, child);
	if (model) {
		inherit(child, model);
		/* clone3 in a namespace often tells no CLONE_THREAD: such a thread gets copies as well. */
		if (!(child->flags & CLONE_FLAG_THREAD))
			copy_process(child, model);
	}
	take_parameters(application, child, model);
	if ((child->flags & (CLONE_FLAG_CHILD_IN_PIDNS | CLONE_FLAG_NEWPID)) || child->tid != child->vtid)
		child->pidns_init_start_ns = has_value(event, INDEX(pidns_init_start_ts)) ?
						     UNSIGNED(pidns_init_start_ts) + state->machine.boot_time_ns :
						     0;
	/* The look-up of the leader may have brought the child itself. */
	existing = thread_find(state->threads, child->tid);
	if (existing) {
		thread_release(child);
		child = existing;
	} else {
		child = add_child(application, child);
	}
	event->thread = application->thread = child;
}

void apply_clone(struct application *application)
{
	if (application->result > 0)
		apply_in_caller(application);
	else if (application->result == 0)
		apply_in_child(application);
}
