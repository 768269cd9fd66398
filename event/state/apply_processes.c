/* Ends of threads, and what a process changes about itself: credentials, session, limits, memory. */
#include "event/state/apply.h"

#define UNSIGNED(constant, name) (event_parameter_unsigned(event, PARAMETER_INDEX(constant, name), 0))
#define SIGNED(constant, name, otherwise) (event_parameter_signed(event, PARAMETER_INDEX(constant, name), otherwise))

/* ---- ends ---- */

void apply_procexit(struct application *application)
{
	struct event *event = application->event;
	struct state_private *private = application->state->private;
	struct thread *thread = application->thread;

	private->recent_exits[(uint64_t)thread->tid % RECENT_EXITS] =
		(struct recent_exit){thread->tid, thread->ptid, event->timestamp_ns};
	thread_table_end(application->state->threads, thread, SIGNED(PROCEXIT_1_E, reaper_tid, -1));
	private->has_ended = true;
	private->ended_tid = thread->tid;
}

enum prctl_option { PRCTL_SET_CHILD_SUBREAPER = 36, PRCTL_GET_CHILD_SUBREAPER = 37 }; /* flag table prctl_options */

void apply_prctl(struct application *application)
{
	struct event *event = application->event;
	uint64_t option = UNSIGNED(SYSCALL_PRCTL_X, option);

	if (!has_succeeded(application) || !application->thread->group)
		return;
	if (option == PRCTL_SET_CHILD_SUBREAPER || option == PRCTL_GET_CHILD_SUBREAPER)
		application->thread->group->is_reaper = SIGNED(SYSCALL_PRCTL_X, arg2_int, 0) != 0;
}

/* ---- credentials: the effective id as it was passed, -1 too ---- */

static void set_uid(struct application *application, unsigned index)
{
	if (application->result == 0)
		application->thread->uid =
			(uint32_t)event_parameter_unsigned(application->event, index, application->thread->uid);
}

static void set_gid(struct application *application, unsigned index)
{
	if (application->result == 0)
		application->thread->gid =
			(uint32_t)event_parameter_unsigned(application->event, index, application->thread->gid);
}

void apply_setuid(struct application *application)
{
	set_uid(application, PARAMETER_INDEX(SYSCALL_SETUID_X, uid));
}

void apply_setreuid(struct application *application)
{
	set_uid(application, PARAMETER_INDEX(SYSCALL_SETREUID_X, euid));
}

void apply_setresuid(struct application *application)
{
	set_uid(application, PARAMETER_INDEX(SYSCALL_SETRESUID_X, euid));
}

void apply_setgid(struct application *application)
{
	set_gid(application, PARAMETER_INDEX(SYSCALL_SETGID_X, gid));
}

void apply_setregid(struct application *application)
{
	set_gid(application, PARAMETER_INDEX(SYSCALL_SETREGID_X, egid));
}

void apply_setresgid(struct application *application)
{
	set_gid(application, PARAMETER_INDEX(SYSCALL_SETRESGID_X, egid));
}

void apply_capset(struct application *application)
{
	struct event *event = application->event;
	struct thread *thread = application->thread;

	if (!has_succeeded(application))
		return;
	thread->cap_inheritable = UNSIGNED(SYSCALL_CAPSET_X, cap_inheritable);
	thread->cap_permitted = UNSIGNED(SYSCALL_CAPSET_X, cap_permitted);
	thread->cap_effective = UNSIGNED(SYSCALL_CAPSET_X, cap_effective);
}

/* A new user namespace gives every capability in it. */
static void take_all_capabilities(struct application *application, uint64_t namespaces)
{
	struct thread *thread = application->thread;
	size_t count;

	if (!has_succeeded(application) || !(namespaces & CLONE_FLAG_NEWUSER))
		return;
	flag_table_rows(FLAG_TABLE_capabilities, &count);
	thread->cap_inheritable = thread->cap_permitted = thread->cap_effective = (UINT64_C(1) << count) - 1;
}

void apply_unshare(struct application *application)
{
	struct event *event = application->event;

	take_all_capabilities(application, UNSIGNED(SYSCALL_UNSHARE_X, flags));
}

void apply_setns(struct application *application)
{
	struct event *event = application->event;

	take_all_capabilities(application, UNSIGNED(SYSCALL_SETNS_X, nstype));
}

/* ---- session, limits, memory ---- */

void apply_setsid(struct application *application)
{
	if (has_succeeded(application))
		application->thread->sid = application->result;
}

#define RESOURCE_OPEN_FILES 7 /* flag table rlimit_resources */

static void set_fd_limit(struct thread *thread, int64_t limit)
{
	struct thread *leader = thread_leader(thread);

	if (leader && limit != -1)
		leader->fd_limit = limit;
}

void apply_rlimit(struct application *application)
{
	struct event *event = application->event;

	/* getrlimit and setrlimit have one layout. */
	if (has_succeeded(application) && UNSIGNED(SYSCALL_SETRLIMIT_X, resource) == RESOURCE_OPEN_FILES)
		set_fd_limit(application->thread, SIGNED(SYSCALL_SETRLIMIT_X, cur, -1));
}

void apply_prlimit(struct application *application)
{
	struct event *event = application->event;
	int64_t tid = SIGNED(SYSCALL_PRLIMIT_X, pid, -1);
	struct thread *thread;

	if (application->result != 0 || UNSIGNED(SYSCALL_PRLIMIT_X, resource) != RESOURCE_OPEN_FILES || tid < 0)
		return;
	thread = tid == 0 ? application->thread : state_find_thread(application->state, tid);
	if (thread)
		set_fd_limit(thread, SIGNED(SYSCALL_PRLIMIT_X, newcur, -1));
}

void apply_memory(struct application *application)
{
	struct event *event = application->event;
	struct thread *thread = application->thread;

	/* brk, mmap, mmap2 and munmap have these in the same places. */
	thread->vm_size_kb = (uint32_t)event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_MMAP_X, vm_size),
								thread->vm_size_kb);
	thread->vm_rss_kb = (uint32_t)event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_MMAP_X, vm_rss),
							       thread->vm_rss_kb);
	thread->vm_swap_kb = (uint32_t)event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_MMAP_X, vm_swap),
								thread->vm_swap_kb);
}

void apply_switch(struct application *application)
{
	struct event *event = application->event;
	struct thread *leader = thread_leader(application->thread);

	if (!has_value(event, PARAMETER_INDEX(SCHEDSWITCH_6_E, vm_swap)))
		return;
	application->thread->page_faults_major = UNSIGNED(SCHEDSWITCH_6_E, pgft_maj);
	application->thread->page_faults_minor = UNSIGNED(SCHEDSWITCH_6_E, pgft_min);
	if (!leader)
		return;
	leader->vm_size_kb = (uint32_t)UNSIGNED(SCHEDSWITCH_6_E, vm_size);
	leader->vm_rss_kb = (uint32_t)UNSIGNED(SCHEDSWITCH_6_E, vm_rss);
	leader->vm_swap_kb = (uint32_t)UNSIGNED(SCHEDSWITCH_6_E, vm_swap);
}

/* ---- working directory and root ---- */

static void change_directory(struct application *application, struct text path)
{
	struct thread *owner = thread_directory_owner(application->thread);

	if (owner)
		state_set_cwd(application->state, owner, shared_text_get(owner->own_cwd), path);
}

void apply_chdir(struct application *application)
{
	/* getcwd's result is where it is. */
	if (has_succeeded(application))
		change_directory(application,
				 name_parameter(application->event, PARAMETER_INDEX(SYSCALL_CHDIR_X, path)));
}

void apply_fchdir(struct application *application)
{
	if (has_succeeded(application) && application->event->descriptor)
		change_directory(application, descriptor_name(application->event->descriptor));
}

void apply_chroot(struct application *application)
{
	struct thread *thread = application->thread;
	struct text path = name_parameter(application->event, PARAMETER_INDEX(SYSCALL_CHROOT_X, path));
	char buffer[PATH_BYTES_MAX];

	if (application->result != 0)
		return;
	/* As it prints: an absolute path stays as it was passed. */
	if (path.length > 0 && !path_is_absolute(path) && !text_equal(path, TEXT("<NA>")))
		path = path_join(thread_cwd(thread), path, buffer);
	state_set_text(application->state, &thread->root, path);
}
