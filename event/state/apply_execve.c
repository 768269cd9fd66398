/* execve and execveat (event-model reference, section 6). Both events have the parameters of execve. */
#include "event/state/apply.h"

#define INDEX(name) PARAMETER_INDEX(SYSCALL_EXECVE_19_X, name)
#define UNSIGNED(name) (event_parameter_unsigned(event, INDEX(name), 0))
#define SIGNED(name, otherwise) (event_parameter_signed(event, INDEX(name), otherwise))

_Static_assert(PARAMETER_INDEX(SYSCALL_EXECVEAT_X, gid) == INDEX(gid), "both events have one layout");

enum execveat_flag { EXECVEAT_EMPTY_PATH = 1 };

/* A placeholder learns who it is. */
static void complete_placeholder(struct application *application)
{
	struct event *event = application->event;
	struct thread *thread = application->thread;

	thread->ptid = SIGNED(ptid, -1);
	if (!(thread->flags & CLONE_FLAG_CHILD_IN_PIDNS)) {
		thread->vtid = thread->tid;
		thread->vpid = thread->pid;
	}
	if (thread->pid < 0)
		return;
	thread->is_placeholder = false;
	if (thread_table_connect(application->state->threads, thread))
		application->state->counters.allocation_failures++;
}

/* The path that the kernel did not tell, from the call's arguments as they were at its entry. */
static void set_exepath_from_enter(struct application *application)
{
	const struct pending_enter *enter = application_enter(application, EVENT_SYSCALL_EXECVE_19_E);
	struct thread *thread = application->thread;
	const struct descriptor *directory;
	char buffer[PATH_BYTES_MAX];
	struct text path = TEXT("<NA>");

	if (enter) {
		if (!text_equal(pending_enter_text(enter), path))
			path = path_join(thread_cwd(thread), pending_enter_text(enter), buffer);
		state_set_text(application->state, &thread->exepath, path);
		return;
	}
	enter = application_enter(application, EVENT_SYSCALL_EXECVEAT_E);
	if (!enter)
		return;
	directory = thread_descriptor(thread, enter->directory);
	if (enter->flags & EXECVEAT_EMPTY_PATH) {
		if (enter->directory == PATH_AT_FDCWD)
			path = path_join(TEXT_EMPTY, thread_cwd(thread), buffer);
		else if (directory)
			path = path_join(TEXT_EMPTY, descriptor_name(directory), buffer);
	} else if (!text_equal(pending_enter_text(enter), path) &&
		   (directory || enter->directory == PATH_AT_FDCWD || path_is_absolute(pending_enter_text(enter)))) {
		path = state_resolve_path(thread, PATH_BASE_DIRFD, enter->directory, pending_enter_text(enter), buffer);
	}
	state_set_text(application->state, &thread->exepath, path);
}

static void set_program(struct application *application)
{
	struct event *event = application->event;
	struct state *state = application->state;
	struct thread *thread = application->thread;

	state_set_text(state, &thread->exe, name_parameter(event, INDEX(exe)));
	state_set_text(state, &thread->comm,
		       has_value(event, INDEX(comm)) ? event_parameter_text(event, INDEX(comm)) : thread_exe(thread));
	state_set_text(state, &thread->arguments, bytes_parameter(event, INDEX(args)));
	thread_forget_cmdline(thread);
	if (has_value(event, INDEX(trusted_exepath)))
		state_set_text(state, &thread->exepath, event_parameter_text(event, INDEX(trusted_exepath)));
	else
		set_exepath_from_enter(application);
}

/* What an empty parameter leaves as it was. */
static void set_numbers(struct event *event, struct thread *thread)
{
	if (has_value(event, INDEX(vm_swap))) {
		thread->page_faults_major = UNSIGNED(pgft_maj);
		thread->page_faults_minor = UNSIGNED(pgft_min);
		thread->vm_size_kb = (uint32_t)UNSIGNED(vm_size);
		thread->vm_rss_kb = (uint32_t)UNSIGNED(vm_rss);
		thread->vm_swap_kb = (uint32_t)UNSIGNED(vm_swap);
	}
	thread->fd_limit = SIGNED(fdlimit, thread->fd_limit);
	thread->tty = (uint32_t)event_parameter_unsigned(event, INDEX(tty), thread->tty);
	thread->vpgid = SIGNED(vpgid, thread->vpgid);
	thread->pgid = SIGNED(pgid, -1);
	thread->loginuid = (uint32_t)event_parameter_unsigned(event, INDEX(loginuid), thread->loginuid);
	thread->uid = (uint32_t)event_parameter_unsigned(event, INDEX(uid), thread->uid);
	thread->gid = (uint32_t)event_parameter_unsigned(event, INDEX(gid), thread->gid);
	if (has_value(event, INDEX(cap_effective))) {
		thread->cap_inheritable = UNSIGNED(cap_inheritable);
		thread->cap_permitted = UNSIGNED(cap_permitted);
		thread->cap_effective = UNSIGNED(cap_effective);
	}
}

static void set_executable(struct event *event, struct thread *thread)
{
	uint64_t flags = UNSIGNED(flags);

	if (has_value(event, INDEX(flags))) {
		thread->exe_is_writable = flags & EXECVE_WRITABLE;
		thread->exe_is_upper_layer = flags & EXECVE_UPPER_LAYER;
		thread->exe_is_from_memfd = flags & EXECVE_FROM_MEMFD;
		thread->exe_is_lower_layer = flags & EXECVE_LOWER_LAYER;
	}
	if (!has_value(event, INDEX(exe_ino_mtime)))
		return;
	thread->exe_inode = UNSIGNED(exe_ino);
	thread->exe_ctime_ns = UNSIGNED(exe_ino_ctime);
	thread->exe_mtime_ns = UNSIGNED(exe_ino_mtime);
	if (thread->clone_time_ns != 0)
		thread->exe_ctime_to_clone_ns = thread->clone_time_ns - thread->exe_ctime_ns;
	if (thread->pidns_init_start_ns != 0 && thread->exe_ctime_ns > thread->pidns_init_start_ns)
		thread->pidns_start_to_exe_ctime_ns = thread->exe_ctime_ns - thread->pidns_init_start_ns;
}

static bool is_closed_on_exec(int64_t number, const struct descriptor *descriptor, const void *context)
{
	(void)number;
	(void)context;
	return descriptor->close_on_exec;
}

void apply_execve(struct application *application)
{
	struct event *event = application->event;
	struct state *state = application->state;
	struct thread *thread = application->thread;
	struct descriptor_table **slot;
	struct thread *owner;

	if (!has_succeeded(application))
		return;
	/* Only a placeholder changes its group. */
	if (thread->is_placeholder) {
		thread->pid = SIGNED(pid, -1);
		complete_placeholder(application);
	}
	set_program(application);
	set_numbers(event, thread);
	set_executable(event, thread);
	owner = thread_directory_owner(thread);
	if (owner && has_value(event, INDEX(env)))
		state_set_text(state, &owner->own_environment, bytes_parameter(event, INDEX(env)));
	if (has_value(event, INDEX(cgroups)))
		state_set_cgroups(state, thread, bytes_parameter(event, INDEX(cgroups)));
	slot = thread_descriptor_slot(thread);
	if (slot)
		state_count_error(state, descriptor_table_remove_if(slot, is_closed_on_exec, NULL));
	thread_table_remove_others(state->threads, thread);
	thread->flags &= CLONE_FLAG_INVERTED;
}
