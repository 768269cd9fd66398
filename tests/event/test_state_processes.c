/* Process lists, clone in both orders, execve, ends and ancestry (event-model reference, sections 6 and 7). */
#include "tests/support/check_main.h"
#include "tests/support/state_fixture.h"

#define S (UINT64_C(1000000000))

#define IN_PIDNS CLONE_FLAG_CHILD_IN_PIDNS

/* What differs between the clone events of these tests. */
struct clone {
	enum event_id type; /* 0: clone */
	int64_t tid, result, pid, ptid, vtid, vpid;
	uint32_t flags;
	const char *comm; /* NULL: "shell" */
	uint64_t pidns_start;
};

static void clone_event(struct clone c)
{
	struct parameter_value values[] = {
		NUMBER(c.result),  STRING("shell"),	 STRINGS("-a\0two words"), NUMBER(c.tid),   NUMBER(c.pid),
		NUMBER(c.ptid),	   STRING(""),		 NUMBER(2048),		   NUMBER(1),	    NUMBER(2),
		NUMBER(30),	   NUMBER(20),		 NUMBER(10),		   STRING(c.comm ? c.comm : "shell"),
		STRINGS("cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
		NUMBER(c.flags),   NUMBER(1001),	 NUMBER(1002),		   NUMBER(c.vtid),  NUMBER(c.vpid),
		NUMBER(c.pidns_start),
	};

	event = event_build(&builder, c.type ? c.type : EVENT_SYSCALL_CLONE_20_X, c.tid, values,
			    sizeof values / sizeof values[0]);
	state_apply(state, event);
}

/* In the caller: `tid` makes `child`. */
static void caller_event(int64_t tid, int64_t child, uint32_t flags)
{
	struct thread *caller = thread_of(tid);

	clone_event((struct clone){.tid = tid, .result = child, .pid = caller ? caller->pid : tid, .ptid = INIT_TID,
				   .vtid = tid, .vpid = tid, .flags = flags});
}

static void child_event(int64_t tid, int64_t pid, int64_t ptid, uint32_t flags)
{
	clone_event((struct clone){.tid = tid, .pid = pid, .ptid = ptid, .vtid = tid, .vpid = pid, .flags = flags});
}

static void exec_event(int64_t tid, const char *comm)
{
	APPLY_EVENT(SYSCALL_EXECVE_19_X, tid, NUMBER(0), STRING("./run"), STRINGS("x\0y"), NUMBER(tid), NUMBER(tid),
		    NUMBER(INIT_TID), STRING(""), NUMBER(512), NUMBER(5), NUMBER(6), NUMBER(7), NUMBER(8), NUMBER(9),
		    STRING(comm), STRINGS("cpu=/"), STRINGS("A=1\0B=2"), NUMBER(34816), NUMBER(55), NUMBER(1000), NUMBER(1 | 4),
		    NUMBER(1), NUMBER(2), NUMBER(3), NUMBER(4711), NUMBER(12), NUMBER(13), NUMBER(0), STRING("/usr/bin/run"),
		    NUMBER(66), NUMBER(0), STRING("./run"));
}

static void exit_event(int64_t tid, int64_t reaper)
{
	APPLY_EVENT(PROCEXIT_1_E, tid, NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(reaper));
}

/* ---- lists ---- */

START_TEST(listed_processes)
{
	struct thread *shell, *thread;
	struct text value;

	pass();
	shell = thread_of(SHELL_TID);
	thread = thread_of(SHELL_THREAD_TID);
	ck_assert_ptr_eq(thread_leader(thread), shell);
	ck_assert_ptr_eq(thread_parent(thread), thread_of(INIT_TID));
	ck_assert_ptr_null(thread_parent(thread_of(INIT_TID)));
	ck_assert_uint_eq(thread_live_threads(shell), 2);
	ck_assert_uint_eq(thread_live_children(thread), 1);
	ck_assert_text_eq(thread_cwd(thread), "/home/user/");
	ck_assert_text_eq(thread_cmdline(shell), "shell -a two words");
	ck_assert(text_starts_with(thread_environment(thread), TEXT("HOME=/home/user")));
	ck_assert(thread_cgroup(shell, TEXT("memory"), &value));
	ck_assert_text_eq(value, "/");
}
END_TEST

/* Later entries of the same id win, and a parent that is nowhere ends the chain. */
START_TEST(listed_again)
{
	add_process(SHELL_TID, SHELL_TID, 4242, "other");
	pass();
	ck_assert_text_eq(thread_comm(thread_of(SHELL_TID)), "other");
	ck_assert_int_eq(thread_of(SHELL_TID)->ptid, 0);
	ck_assert_ptr_null(thread_parent(thread_of(SHELL_TID)));
	ck_assert_uint_eq(thread_live_threads(thread_of(SHELL_TID)), 2);
}
END_TEST

START_TEST(looping_parents)
{
	struct ancestor_walk walk;
	unsigned count = 0;

	add_process(201, 201, 203, "a");
	add_process(202, 202, 201, "b");
	add_process(203, 203, 202, "c");
	add_process(204, 204, 204, "self");
	add_process(205, 205, 203, "below");
	pass();
	walk = ancestor_walk_of(thread_of(205));
	while (ancestor_walk_next(&walk))
		count++;
	/* One of the three links had to go. */
	ck_assert_uint_ge(count, 1);
	ck_assert_uint_le(count, 3);
	ck_assert_ptr_null(thread_parent(thread_of(204)));
}
END_TEST

START_TEST(cgroups_without_path_are_refused)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	entry.tid = entry.pid = 300;
	entry.cgroups = text_of("perf=/p\0io_cgroup=/i\0mem=/m\0x=", sizeof("perf=/p\0io_cgroup=/i\0mem=/m\0x="));
	ck_assert_int_eq(state_add_process(state, &entry), 0);
	ck_assert(text_equal(thread_cgroups(thread_of(300)), text_of("perf_event=/p\0blkio=/i\0memory=/m\0x=",
								     sizeof("perf_event=/p\0blkio=/i\0memory=/m\0x="))));
	entry.cgroups = text_of("cpu=/\0broken", sizeof("cpu=/\0broken"));
	ck_assert_int_eq(state_add_process(state, &entry), 0);
	ck_assert_text_eq(thread_cgroups(thread_of(300)), "");
	ck_assert_uint_eq(state->counters.malformed_parameters, 1);
}
END_TEST

/* ---- clone ---- */

START_TEST(caller_first)
{
	struct thread *child;

	open_file(SHELL_TID, 3, "/etc/passwd", OPEN_READ);
	caller_event(SHELL_TID, 110, 0);
	ck_assert_ptr_eq(event->thread, thread_of(SHELL_TID));
	child = thread_of(110);
	ck_assert_ptr_nonnull(child);
	ck_assert_int_eq(child->pid, 110);
	ck_assert_int_eq(child->ptid, SHELL_TID);
	ck_assert_int_eq(child->vtid, 110);
	ck_assert_int_eq(child->sid, SHELL_TID);
	ck_assert_uint_eq(child->uid, 1001);
	ck_assert_uint_eq(child->gid, 1002);
	ck_assert_int_eq(child->fd_limit, 2048);
	ck_assert_uint_eq(child->vm_swap_kb, 10);
	ck_assert_uint_eq(child->clone_time_ns, event->timestamp_ns);
	ck_assert_text_eq(thread_exepath(child), "/usr/bin/listed");
	ck_assert_text_eq(thread_cwd(child), "/home/user/");
	ck_assert_text_eq(name_of(110, 3), "/etc/passwd");
	/* The child's own event leaves it as it is. */
	child_event(110, 110, SHELL_TID, 0);
	ck_assert_ptr_eq(event->thread, child);
	ck_assert_ptr_eq(thread_of(110), child);
	ck_assert_text_eq(thread_container_id(child), "0123456789ab");
	ck_assert_ptr_eq(thread_parent(child), thread_of(SHELL_TID));
}
END_TEST

START_TEST(child_first)
{
	struct thread *child;

	child_event(110, 110, SHELL_TID, 0);
	child = thread_of(110);
	ck_assert_ptr_eq(event->thread, child);
	caller_event(SHELL_TID, 110, 0);
	ck_assert_ptr_eq(thread_of(110), child);
	/* Also when it has become another program meanwhile. */
	exec_event(110, "run");
	caller_event(SHELL_TID, 110, 0);
	ck_assert_text_eq(thread_comm(thread_of(110)), "run");
}
END_TEST

START_TEST(copies_are_separate)
{
	open_file(SHELL_TID, 3, "/etc/passwd", OPEN_READ);
	open_file(SHELL_TID, 4, "/etc/group", OPEN_READ);
	caller_event(SHELL_TID, 110, CLONE_FLAG_FILES);
	open_file(110, 3, "/tmp/own", OPEN_READ);
	APPLY_EVENT(SYSCALL_CHDIR_X, 110, NUMBER(0), STRING("/var"));
	APPLY_EVENT(SYSCALL_CLOSE_X, SHELL_TID, NUMBER(0), NUMBER(4));
	pass();
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/etc/passwd");
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 4));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_TID)), "/home/user/");
	ck_assert_text_eq(thread_cwd(thread_of(110)), "/var/");
	/* CLONE_FILES in the entry's flags: the table of its group's leader, which is its own. */
	ck_assert_text_eq(name_of(110, 3), "/tmp/own");
	ck_assert_text_eq(name_of(110, 4), "/etc/group");
}
END_TEST

START_TEST(new_thread_shares)
{
	struct thread *thread;

	caller_event(SHELL_TID, 102, CLONE_FLAG_THREAD);
	thread = thread_of(102);
	ck_assert_int_eq(thread->pid, SHELL_TID);
	ck_assert_int_eq(thread->ptid, INIT_TID);
	ck_assert_uint_eq(thread_live_threads(thread), 3);
	open_file(102, 7, "/etc/passwd", OPEN_READ);
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 7));
	APPLY_EVENT(SYSCALL_CHDIR_X, 102, NUMBER(0), STRING("sub/../dir"));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_TID)), "/home/user/dir/");
}
END_TEST

START_TEST(only_the_child_can_tell)
{
	caller_event(SHELL_TID, 110, CLONE_FLAG_NEWPID);
	caller_event(SHELL_TID, 111, IN_PIDNS);
	caller_event(SHELL_TID, 112, CLONE_FLAG_PARENT);
	caller_event(SHELL_TID, 113, CLONE_FLAG_VFORK);
	clone_event((struct clone){.type = EVENT_SYSCALL_VFORK_20_X, .tid = SHELL_TID, .result = 114, .pid = SHELL_TID,
				   .ptid = INIT_TID, .vtid = SHELL_TID, .vpid = SHELL_TID});
	for (int64_t tid = 110; tid < 115; tid++)
		ck_assert_ptr_null(thread_of(tid));
	pass();
	thread_of(SHELL_TID)->vtid = 5;
	caller_event(SHELL_TID, 115, 0);
	ck_assert_ptr_null(thread_of(115));
}
END_TEST

START_TEST(vfork_child)
{
	clone_event((struct clone){.type = EVENT_SYSCALL_VFORK_20_X, .tid = 110, .pid = 110, .ptid = SHELL_TID,
				   .vtid = 110, .vpid = 110});
	exec_event(110, "run");
	exit_event(110, -1);
	clone_event((struct clone){.type = EVENT_SYSCALL_VFORK_20_X, .tid = SHELL_TID, .result = 110, .pid = SHELL_TID,
				   .ptid = INIT_TID, .vtid = SHELL_TID, .vpid = SHELL_TID});
	ck_assert_ptr_null(thread_of(110));
}
END_TEST

/* A thread of clone3 in a pid namespace: no CLONE_THREAD, but a pid of its own group. */
START_TEST(clone3_thread_without_flag)
{
	struct thread *thread;

	open_file(SHELL_TID, 3, "/etc/passwd", OPEN_READ);
	clone_event((struct clone){.type = EVENT_SYSCALL_CLONE3_X, .tid = 120, .pid = SHELL_TID, .ptid = SHELL_TID,
				   .vtid = 12, .vpid = 10, .flags = IN_PIDNS, .pidns_start = 777});
	thread = thread_of(120);
	ck_assert_ptr_eq(thread_leader(thread), thread_of(SHELL_TID));
	ck_assert_uint_eq(thread_live_threads(thread), 3);
	ck_assert_text_eq(thread_cwd(thread), "/home/user/");
	ck_assert_uint_eq(thread->pidns_init_start_ns, 777);
	/* A copy of the descriptors: what the leader opens later is not seen. */
	open_file(SHELL_TID, 4, "/etc/group", OPEN_READ);
	ck_assert_ptr_nonnull(descriptor_of(120, 3));
	ck_assert_ptr_null(descriptor_of(120, 4));
	ck_assert_ptr_ne(thread_descriptors(thread), thread_leader_descriptors(thread));
}
END_TEST

START_TEST(reused_id_in_the_caller)
{
	caller_event(SHELL_TID, 110, 0);
	exec_event(110, "run");
	/* Its end was missed. */
	caller_event(SHELL_TID, 110, 0);
	ck_assert_text_eq(thread_comm(thread_of(110)), "shell");
}
END_TEST

START_TEST(reused_id_in_the_child)
{
	struct thread *first;

	caller_event(SHELL_TID, 110, 0);
	first = thread_of(110);
	exec_event(110, "run");
	builder.last_timestamp_ns = first->clone_time_ns + 1 * S;
	child_event(110, 110, SHELL_TID, 0);
	ck_assert_text_eq(thread_comm(thread_of(110)), "run");
	builder.last_timestamp_ns = first->clone_time_ns + 2 * S;
	child_event(110, 110, SHELL_TID, 0);
	ck_assert_text_eq(thread_comm(thread_of(110)), "shell");
}
END_TEST

START_TEST(ended_before_the_caller_returned)
{
	child_event(110, 110, SHELL_TID, 0);
	exit_event(110, -1);
	pass();
	caller_event(SHELL_TID, 110, 0);
	ck_assert_ptr_null(thread_of(110));
	builder.last_timestamp_ns += 2 * S;
	caller_event(SHELL_TID, 110, 0);
	ck_assert_ptr_nonnull(thread_of(110));
}
END_TEST

START_TEST(placeholder_as_caller)
{
	struct thread *caller;

	clone_event((struct clone){.tid = 500, .result = 510, .pid = 500, .ptid = SHELL_TID, .vtid = 500, .vpid = 500});
	caller = thread_of(500);
	ck_assert_ptr_eq(event->thread, caller);
	ck_assert(!caller->is_placeholder);
	ck_assert_text_eq(thread_comm(caller), "shell");
	ck_assert_text_eq(thread_cmdline(caller), "<NA>");
	ck_assert_ptr_eq(thread_parent(caller), thread_of(SHELL_TID));
	ck_assert_int_eq(thread_of(510)->ptid, 500);
	ck_assert_text_eq(thread_exepath(thread_of(510)), "");
}
END_TEST

START_TEST(child_of_unknown_parent)
{
	child_event(510, 510, 9999, 0);
	ck_assert_int_eq(thread_of(510)->ptid, 0);
	ck_assert_ptr_null(thread_parent(thread_of(510)));
	/* An unknown leader is made up from its thread. */
	child_event(521, 520, SHELL_TID, CLONE_FLAG_THREAD);
	ck_assert_ptr_nonnull(thread_leader(thread_of(521)));
	ck_assert_text_eq(thread_comm(thread_of(520)), "shell");
	ck_assert_ptr_eq(thread_parent(thread_of(521)), thread_of(SHELL_TID));
}
END_TEST

START_TEST(namespace_start)
{
	state->machine.boot_time_ns = 1000;
	clone_event((struct clone){.tid = 110, .pid = 110, .ptid = SHELL_TID, .vtid = 1, .vpid = 1, .pidns_start = 7});
	ck_assert_uint_eq(thread_of(110)->pidns_init_start_ns, 1007);
	ck_assert(thread_of(110)->group->is_reaper);
	child_event(111, 111, SHELL_TID, 0);
	ck_assert_uint_eq(thread_of(111)->pidns_init_start_ns, 1000);
}
END_TEST

/* ---- placeholders ---- */

START_TEST(unknown_threads)
{
	struct thread *thread;

	APPLY_EVENT(SYSCALL_CLOSE_X, 700, NUMBER(-9), NUMBER(3));
	thread = event->thread;
	ck_assert_ptr_nonnull(thread);
	ck_assert(thread->is_placeholder);
	ck_assert_text_eq(thread_comm(thread), "<NA>");
	ck_assert_text_eq(thread_cmdline(thread), "<NA>");
	ck_assert_text_eq(thread_exepath(thread), "");
	ck_assert_text_eq(thread_cwd(thread), "");
	ck_assert_int_eq(thread->pid, -1);
	ck_assert_uint_eq(thread->uid, THREAD_ID_NONE);
	ck_assert_ptr_null(thread_leader(thread));
	ck_assert_uint_eq(state->counters.placeholders_made, 1);
	/* Its descriptors are followed all the same. */
	open_file(700, 3, "/etc/passwd", OPEN_READ);
	ck_assert_ptr_nonnull(descriptor_of(700, 3));
	/* None is made for these. */
	exit_event(701, -1);
	ck_assert_ptr_null(event->thread);
	APPLY_EVENT(PROCINFO_E, 702, NUMBER(1), NUMBER(2));
	ck_assert_ptr_null(event->thread);
	APPLY_EVENT(SCHEDSWITCH_6_E, 703, NUMBER(1), NUMBER(2), NUMBER(3), NUMBER(4), NUMBER(5), NUMBER(6));
	ck_assert_ptr_null(event->thread);
	child_event(704, -1, -1, 0);
	ck_assert_uint_eq(state->counters.placeholders_made, 1);
	APPLY_EVENT(USER_ADDED_E, SHELL_TID, NUMBER(1), NUMBER(2), STRING("u"));
	ck_assert_ptr_null(event->thread);
}
END_TEST

START_TEST(placeholder_executes)
{
	struct thread *thread;

	open_file(700, 3, "/etc/passwd", OPEN_READ);
	exec_event(700, "run");
	thread = thread_of(700);
	ck_assert(!thread->is_placeholder);
	ck_assert_text_eq(thread_cmdline(thread), "run x y");
	ck_assert_int_eq(thread->pid, 700);
	ck_assert_int_eq(thread->vtid, 700);
	ck_assert_ptr_eq(thread_parent(thread), thread_of(INIT_TID));
	ck_assert_ptr_nonnull(descriptor_of(700, 3));
}
END_TEST

START_TEST(thread_limit)
{
	struct state_limits limits = {.threads = 4};

	tear_down();
	state = state_new(&limits, NULL);
	add_process(INIT_TID, INIT_TID, 0, "init");
	add_process(SHELL_TID, SHELL_TID, INIT_TID, "shell");
	for (int64_t tid = 800; tid < 810; tid++)
		open_file(tid, 3, "/etc/passwd", OPEN_READ);
	ck_assert_ptr_null(event->thread);
	ck_assert_uint_eq(thread_count(state->threads), 4);
	ck_assert_uint_eq(state->counters.threads_dropped, 8);
	caller_event(SHELL_TID, 850, 0);
	ck_assert_ptr_null(thread_of(850));
	ck_assert_ptr_nonnull(event->thread);
}
END_TEST

/* ---- execve ---- */

START_TEST(execve_success)
{
	struct thread *thread;

	caller_event(SHELL_TID, 110, 0);
	exec_event(110, "run");
	thread = thread_of(110);
	ck_assert_text_eq(thread_comm(thread), "run");
	ck_assert_text_eq(thread_exe(thread), "./run");
	ck_assert_text_eq(thread_exepath(thread), "/usr/bin/run");
	ck_assert_text_eq(thread_cmdline(thread), "run x y");
	ck_assert_text_eq(thread_cwd(thread), "/home/user/");
	ck_assert(text_equal(thread_environment(thread), text_of("A=1\0B=2", sizeof("A=1\0B=2"))));
	ck_assert_int_eq(thread->fd_limit, 512);
	ck_assert_uint_eq(thread->tty, 34816);
	ck_assert_int_eq(thread->vpgid, 55);
	ck_assert_int_eq(thread->pgid, 66);
	ck_assert_uint_eq(thread->loginuid, 1000);
	ck_assert_uint_eq(thread->uid, 0);
	ck_assert(thread->exe_is_writable && thread->exe_is_from_memfd);
	ck_assert(!thread->exe_is_upper_layer && !thread->exe_is_lower_layer);
	ck_assert_uint_eq(thread->cap_inheritable, 1);
	ck_assert_uint_eq(thread->cap_permitted, 2);
	ck_assert_uint_eq(thread->cap_effective, 3);
	ck_assert_uint_eq(thread->exe_inode, 4711);
	ck_assert_uint_eq(thread->exe_ctime_to_clone_ns, thread->clone_time_ns - 12);
	ck_assert_text_eq(thread_container_id(thread), "");
	/* The parent keeps what it has. */
	ck_assert_text_eq(thread_cmdline(thread_of(SHELL_TID)), "shell -a two words");
}
END_TEST

START_TEST(execve_failure)
{
	APPLY_EVENT(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(-2), STRING("/x"), STRINGS("y"));
	ck_assert_text_eq(thread_cmdline(thread_of(SHELL_TID)), "shell -a two words");
	ck_assert_uint_eq(thread_live_threads(thread_of(SHELL_TID)), 2);
}
END_TEST

START_TEST(execve_with_empty_parameters)
{
	struct thread *thread;

	exec_event(SHELL_TID, "run");
	APPLY_EVENT(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(0), STRING("prog"));
	thread = thread_of(SHELL_TID);
	ck_assert_text_eq(thread_comm(thread), "prog");
	ck_assert_text_eq(thread_cmdline(thread), "prog");
	ck_assert_text_eq(thread_exepath(thread), "/usr/bin/run");
	ck_assert_int_eq(thread->pgid, -1);
	ck_assert_int_eq(thread->vpgid, 55);
	ck_assert_uint_eq(thread->tty, 34816);
	ck_assert_uint_eq(thread->uid, 0);
	ck_assert_uint_eq(thread->loginuid, 1000);
	ck_assert_uint_eq(thread->vm_size_kb, 7);
	ck_assert_uint_eq(thread->cap_effective, 3);
	ck_assert(thread->exe_is_writable);
	ck_assert_uint_eq(thread->exe_inode, 4711);
	ck_assert(text_starts_with(thread_environment(thread), TEXT("A=1")));
}
END_TEST

START_TEST(execve_ends_the_other_threads)
{
	child_event(130, 130, SHELL_THREAD_TID, 0);
	exec_event(SHELL_TID, "run");
	ck_assert_ptr_null(thread_of(SHELL_THREAD_TID));
	ck_assert_uint_eq(thread_live_threads(thread_of(SHELL_TID)), 1);
	ck_assert_int_eq(thread_of(130)->ptid, SHELL_TID);
}
END_TEST

START_TEST(execve_closes)
{
	open_file(SHELL_TID, 3, "/stays", OPEN_READ);
	open_file(SHELL_TID, 4, "/goes", OPEN_READ | OPEN_CLOSE_ON_EXEC);
	exec_event(SHELL_TID, "run");
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 3));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 4));
}
END_TEST

static void exec_without_path(int64_t tid)
{
	APPLY_EVENT(SYSCALL_EXECVE_19_X, tid, NUMBER(0), STRING("run"), EMPTY, NUMBER(tid), NUMBER(tid));
}

START_TEST(exepath_from_the_entry)
{
	pass();
	APPLY_EVENT(SYSCALL_EXECVE_19_E, SHELL_TID, STRING("../bin/run"));
	exec_without_path(SHELL_TID);
	ck_assert_text_eq(thread_exepath(thread_of(SHELL_TID)), "/home/bin/run");
	/* Another event in between: the copy is not trusted. */
	APPLY_EVENT(SYSCALL_EXECVE_19_E, SHELL_TID, STRING("/bin/other"));
	APPLY_EVENT(SYSCALL_SELECT_X, SHELL_TID, NUMBER(0));
	exec_without_path(SHELL_TID);
	ck_assert_text_eq(thread_exepath(thread_of(SHELL_TID)), "/home/bin/run");
	/* execveat succeeds as execve. */
	open_file(SHELL_TID, 5, "/opt/tools", OPEN_READ | OPEN_DIRECTORY);
	APPLY_EVENT(SYSCALL_EXECVEAT_E, SHELL_TID, NUMBER(5), STRING("a/../b"), NUMBER(0));
	exec_without_path(SHELL_TID);
	ck_assert_text_eq(thread_exepath(thread_of(SHELL_TID)), "/opt/tools/b");
	APPLY_EVENT(SYSCALL_EXECVEAT_E, SHELL_TID, NUMBER(5), EMPTY, NUMBER(1));
	exec_without_path(SHELL_TID);
	ck_assert_text_eq(thread_exepath(thread_of(SHELL_TID)), "/opt/tools");
	APPLY_EVENT(SYSCALL_EXECVEAT_E, SHELL_TID, NUMBER(6), STRING("b"), NUMBER(0));
	exec_without_path(SHELL_TID);
	ck_assert_text_eq(thread_exepath(thread_of(SHELL_TID)), "<NA>");
}
END_TEST

/* ---- ends ---- */

START_TEST(visible_while_ending)
{
	exit_event(SHELL_TID, INIT_TID);
	ck_assert_ptr_eq(event->thread, thread_of(SHELL_TID));
	/* The thread counts as gone; the leader stays as long as there are threads. */
	ck_assert_uint_eq(thread_live_threads(event->thread), 1);
	ck_assert_uint_eq(thread_live_children(event->thread), 1);
	pass();
	ck_assert_ptr_nonnull(thread_of(SHELL_TID));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_THREAD_TID)), "/home/user/");
	exit_event(SHELL_THREAD_TID, INIT_TID);
	ck_assert_uint_eq(thread_live_children(event->thread), 0);
	pass();
	ck_assert_ptr_null(thread_of(SHELL_THREAD_TID));
	ck_assert_ptr_null(thread_of(SHELL_TID));
	ck_assert_uint_eq(thread_count(state->threads), 1);
}
END_TEST

START_TEST(children_get_another_parent)
{
	child_event(110, 110, SHELL_TID, 0);
	child_event(111, 111, 110, 0);
	child_event(112, 112, 111, 0);
	/* As the event says. */
	exit_event(111, SHELL_TID);
	ck_assert_int_eq(thread_of(112)->ptid, SHELL_TID);
	/* Not told: the nearest ancestor that reaps. */
	child_event(113, 113, 112, 0);
	APPLY_EVENT(SYSCALL_PRCTL_X, 110, NUMBER(0), NUMBER(36), EMPTY, NUMBER(1));
	child_event(114, 114, 110, 0);
	child_event(115, 115, 114, 0);
	exit_event(114, -1);
	ck_assert_int_eq(thread_of(115)->ptid, 110);
	/* Whom an event named goes on reaping. */
	exit_event(112, -1);
	ck_assert_int_eq(thread_of(113)->ptid, SHELL_TID);
	/* Else init. */
	child_event(116, 116, INIT_TID, 0);
	child_event(117, 117, 116, 0);
	exit_event(116, -1);
	ck_assert_int_eq(thread_of(117)->ptid, INIT_TID);
	/* Another thread of the group comes first. */
	child_event(120, 120, SHELL_TID, 0);
	exit_event(SHELL_TID, -1);
	ck_assert_int_eq(thread_of(120)->ptid, SHELL_THREAD_TID);
}
END_TEST

START_TEST(reaper_below_is_not_believed)
{
	child_event(110, 110, SHELL_TID, 0);
	child_event(111, 111, 110, 0);
	child_event(112, 112, 111, 0);
	exit_event(110, 112);
	ck_assert_int_eq(thread_of(111)->ptid, INIT_TID);
	ck_assert_ptr_eq(thread_parent(thread_of(112)), thread_of(111));
}
END_TEST

START_TEST(subreaper_is_unset)
{
	pass();
	APPLY_EVENT(SYSCALL_PRCTL_X, SHELL_TID, NUMBER(0), NUMBER(37), EMPTY, NUMBER(1));
	ck_assert(thread_of(SHELL_TID)->group->is_reaper);
	APPLY_EVENT(SYSCALL_PRCTL_X, SHELL_TID, NUMBER(0), NUMBER(36), EMPTY, NUMBER(0));
	ck_assert(!thread_of(SHELL_TID)->group->is_reaper);
}
END_TEST

START_TEST(executing_dead_leader_lives_again)
{
	exit_event(SHELL_TID, -1);
	exec_event(SHELL_TID, "run");
	ck_assert(!thread_of(SHELL_TID)->is_dead);
	ck_assert_uint_eq(thread_live_threads(thread_of(SHELL_TID)), 1);
	exit_event(SHELL_TID, -1);
	pass();
	ck_assert_ptr_null(thread_of(SHELL_TID));
}
END_TEST

/* ---- leaders of sessions and groups ---- */

START_TEST(session_leaders)
{
	struct thread *child;

	caller_event(SHELL_TID, 110, 0);
	caller_event(110, 111, 0);
	child = thread_of(111);
	ck_assert_ptr_eq(thread_session_leader(state->threads, child), thread_of(SHELL_TID));
	ck_assert_ptr_eq(thread_pgid_leader(state->threads, child), thread_of(SHELL_TID));
	/* In a namespace the id means nothing here: the topmost parent with the same id. */
	child->vtid = 7;
	thread_of(110)->sid = child->sid = 42;
	add_process(42, 42, INIT_TID, "unrelated");
	pass();
	ck_assert_ptr_eq(thread_session_leader(state->threads, child), thread_of(110));
	child->sid = 43;
	ck_assert_ptr_null(thread_session_leader(state->threads, child));
	child->pgid = -1;
	ck_assert_ptr_null(thread_pgid_leader(state->threads, child));
	APPLY_EVENT(SYSCALL_SETSID_X, 110, NUMBER(110));
	ck_assert_int_eq(thread_of(110)->sid, 110);
}
END_TEST

START_TEST(ancestors)
{
	struct ancestor_walk walk;

	child_event(110, 110, SHELL_THREAD_TID, 0);
	child_event(111, 111, 110, 0);
	ck_assert_ptr_eq(thread_ancestor(thread_of(111), 0), thread_of(111));
	ck_assert_ptr_eq(thread_ancestor(thread_of(111), 2), thread_of(SHELL_TID));
	ck_assert_ptr_eq(thread_ancestor(thread_of(111), 3), thread_of(INIT_TID));
	ck_assert_ptr_null(thread_ancestor(thread_of(111), 4));
	ck_assert_ptr_null(thread_ancestor(thread_of(111), UINT64_MAX));
	walk = ancestor_walk_of(thread_of(111));
	ck_assert_ptr_eq(ancestor_walk_next(&walk), thread_of(110));
	ck_assert_ptr_eq(ancestor_walk_next(&walk), thread_of(SHELL_TID));
	ck_assert_ptr_eq(ancestor_walk_next(&walk), thread_of(INIT_TID));
	ck_assert_ptr_null(ancestor_walk_next(&walk));
	ck_assert_ptr_null(ancestor_walk_next(&walk));
}
END_TEST

/* ---- what a process changes about itself ---- */

START_TEST(credentials)
{
	struct thread *thread;

	pass();
	thread = thread_of(SHELL_TID);
	APPLY_EVENT(SYSCALL_SETUID_X, SHELL_TID, NUMBER(-1), NUMBER(5));
	ck_assert_uint_eq(thread->uid, 1000);
	APPLY_EVENT(SYSCALL_SETUID_X, SHELL_TID, NUMBER(0), NUMBER(5));
	ck_assert_uint_eq(thread->uid, 5);
	APPLY_EVENT(SYSCALL_SETREUID_X, SHELL_TID, NUMBER(0), NUMBER(6), NUMBER(7));
	ck_assert_uint_eq(thread->uid, 7);
	APPLY_EVENT(SYSCALL_SETRESUID_X, SHELL_TID, NUMBER(0), NUMBER(8), NUMBER(-1), NUMBER(9));
	ck_assert_uint_eq(thread->uid, 4294967295u);
	APPLY_EVENT(SYSCALL_SETGID_X, SHELL_TID, NUMBER(0), NUMBER(5));
	ck_assert_uint_eq(thread->gid, 5);
	APPLY_EVENT(SYSCALL_SETREGID_X, SHELL_TID, NUMBER(0), NUMBER(6), NUMBER(7));
	ck_assert_uint_eq(thread->gid, 7);
	APPLY_EVENT(SYSCALL_SETRESGID_X, SHELL_TID, NUMBER(0), NUMBER(8), NUMBER(9), NUMBER(10));
	ck_assert_uint_eq(thread->gid, 9);
	APPLY_EVENT(SYSCALL_CAPSET_X, SHELL_TID, NUMBER(0), NUMBER(1), NUMBER(2), NUMBER(3));
	ck_assert_uint_eq(thread->cap_effective, 3);
	APPLY_EVENT(SYSCALL_UNSHARE_X, SHELL_TID, NUMBER(0), NUMBER(CLONE_FLAG_NEWPID));
	ck_assert_uint_eq(thread->cap_effective, 3);
	APPLY_EVENT(SYSCALL_UNSHARE_X, SHELL_TID, NUMBER(0), NUMBER(CLONE_FLAG_NEWUSER));
	ck_assert_uint_eq(thread->cap_effective, UINT64_C(0x1ffffffffff));
	APPLY_EVENT(SYSCALL_CAPSET_X, SHELL_TID, NUMBER(0), NUMBER(1), NUMBER(2), NUMBER(3));
	APPLY_EVENT(SYSCALL_SETNS_X, SHELL_TID, NUMBER(0), NUMBER(3), NUMBER(CLONE_FLAG_NEWUSER));
	ck_assert_uint_eq(thread->cap_inheritable, UINT64_C(0x1ffffffffff));
}
END_TEST

START_TEST(limits_and_memory)
{
	struct thread *leader, *thread;

	pass();
	leader = thread_of(SHELL_TID);
	thread = thread_of(SHELL_THREAD_TID);
	APPLY_EVENT(SYSCALL_SETRLIMIT_X, SHELL_THREAD_TID, NUMBER(0), NUMBER(50), NUMBER(60), NUMBER(7));
	ck_assert_int_eq(leader->fd_limit, 50);
	APPLY_EVENT(SYSCALL_GETRLIMIT_X, SHELL_TID, NUMBER(0), NUMBER(-1), NUMBER(60), NUMBER(7));
	APPLY_EVENT(SYSCALL_GETRLIMIT_X, SHELL_TID, NUMBER(0), NUMBER(51), NUMBER(60), NUMBER(6));
	ck_assert_int_eq(leader->fd_limit, 50);
	APPLY_EVENT(SYSCALL_PRLIMIT_X, INIT_TID, NUMBER(0), NUMBER(52), NUMBER(60), NUMBER(1), NUMBER(2),
		    NUMBER(SHELL_THREAD_TID), NUMBER(7));
	ck_assert_int_eq(leader->fd_limit, 52);
	APPLY_EVENT(SYSCALL_PRLIMIT_X, SHELL_TID, NUMBER(0), NUMBER(53), NUMBER(60), NUMBER(1), NUMBER(2), NUMBER(0),
		    NUMBER(7));
	ck_assert_int_eq(leader->fd_limit, 53);
	APPLY_EVENT(SYSCALL_BRK_4_X, SHELL_THREAD_TID, NUMBER(0x1000), NUMBER(1), NUMBER(2), NUMBER(3), NUMBER(0));
	ck_assert_uint_eq(thread->vm_rss_kb, 2);
	ck_assert_uint_eq(leader->vm_rss_kb, 0);
	APPLY_EVENT(SYSCALL_MMAP_X, SHELL_TID, NUMBER(0x1000), NUMBER(4), NUMBER(5), NUMBER(6), NUMBER(0), NUMBER(1),
		    NUMBER(0), NUMBER(0), NUMBER(-1), NUMBER(0));
	ck_assert_uint_eq(leader->vm_swap_kb, 6);
	APPLY_EVENT(SCHEDSWITCH_6_E, SHELL_THREAD_TID, NUMBER(1), NUMBER(11), NUMBER(12), NUMBER(13), NUMBER(14), NUMBER(15));
	ck_assert_uint_eq(thread->page_faults_major, 11);
	ck_assert_uint_eq(leader->vm_size_kb, 13);
	ck_assert_uint_eq(thread->vm_rss_kb, 2);
}
END_TEST

START_TEST(directories)
{
	pass();
	APPLY_EVENT(SYSCALL_CHDIR_X, SHELL_TID, NUMBER(-2), STRING("/nowhere"));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_TID)), "/home/user/");
	APPLY_EVENT(SYSCALL_CHDIR_X, SHELL_TID, NUMBER(0), STRING("../../.."));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_TID)), "/");
	open_file(SHELL_TID, 3, "/var/lib", OPEN_READ | OPEN_DIRECTORY);
	APPLY_EVENT(SYSCALL_FCHDIR_X, SHELL_TID, NUMBER(0), NUMBER(3));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_TID)), "/var/lib/");
	APPLY_EVENT(SYSCALL_FCHDIR_X, SHELL_TID, NUMBER(0), NUMBER(44));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_TID)), "/var/lib/");
	APPLY_EVENT(SYSCALL_GETCWD_X, SHELL_TID, NUMBER(8), STRING("/srv/www"));
	ck_assert_text_eq(thread_cwd(thread_of(SHELL_TID)), "/srv/www/");
	APPLY_EVENT(SYSCALL_CHROOT_X, SHELL_TID, NUMBER(0), STRING("jail"));
	ck_assert_text_eq(thread_root(thread_of(SHELL_TID)), "/srv/www/jail");
	APPLY_EVENT(SYSCALL_CHROOT_X, SHELL_TID, NUMBER(0), STRING("/a/../b/"));
	ck_assert_text_eq(thread_root(thread_of(SHELL_TID)), "/a/../b/");
}
END_TEST

START_TEST(reset_forgets)
{
	open_file(SHELL_TID, 3, "/etc/passwd", OPEN_READ);
	exit_event(SHELL_TID, -1);
	state_reset(state);
	ck_assert_uint_eq(thread_count(state->threads), 0);
	add_process(SHELL_TID, SHELL_TID, 0, "new");
	pass();
	ck_assert_text_eq(thread_comm(thread_of(SHELL_TID)), "new");
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 3));
}
END_TEST

START_TEST(entry_changes_nothing)
{
	pass();
	APPLY_ENTER(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(0), STRING("x"), EMPTY, NUMBER(SHELL_TID), NUMBER(SHELL_TID));
	ck_assert_ptr_eq(event->thread, thread_of(SHELL_TID));
	ck_assert_text_eq(thread_exe(event->thread), "shell");
	APPLY_ENTER(SYSCALL_CHDIR_X, SHELL_TID, NUMBER(0), STRING("/"));
	ck_assert_text_eq(thread_cwd(event->thread), "/home/user/");
}
END_TEST

/* ---- look-ups ---- */

static int find_process(const struct state_lookup *lookup, int64_t tid, struct process_entry *ret_entry)
{
	(void)lookup;
	if (tid != 900)
		return -3;
	*ret_entry = PROCESS_ENTRY_INIT;
	ret_entry->tid = ret_entry->pid = 900;
	ret_entry->ptid = SHELL_TID;
	ret_entry->comm = TEXT("found");
	return 0;
}

START_TEST(looked_up)
{
	struct state_lookup lookup = {.find_process = find_process};

	tear_down();
	state = state_new(NULL, &lookup);
	add_process(SHELL_TID, SHELL_TID, 0, "shell");
	open_file(900, 3, "/x", OPEN_READ);
	ck_assert_text_eq(thread_comm(event->thread), "found");
	ck_assert_ptr_eq(thread_parent(event->thread), thread_of(SHELL_TID));
	open_file(901, 3, "/x", OPEN_READ);
	ck_assert(event->thread->is_placeholder);
	ck_assert_uint_eq(state->counters.lookups_failed, 1);
	/* Not for ends. */
	exit_event(902, -1);
	ck_assert_uint_eq(state->counters.lookups_failed, 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("state_processes");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, listed_processes);
	tcase_add_test(c, listed_again);
	tcase_add_test(c, looping_parents);
	tcase_add_test(c, cgroups_without_path_are_refused);
	tcase_add_test(c, caller_first);
	tcase_add_test(c, child_first);
	tcase_add_test(c, copies_are_separate);
	tcase_add_test(c, new_thread_shares);
	tcase_add_test(c, only_the_child_can_tell);
	tcase_add_test(c, vfork_child);
	tcase_add_test(c, clone3_thread_without_flag);
	tcase_add_test(c, reused_id_in_the_caller);
	tcase_add_test(c, reused_id_in_the_child);
	tcase_add_test(c, ended_before_the_caller_returned);
	tcase_add_test(c, placeholder_as_caller);
	tcase_add_test(c, child_of_unknown_parent);
	tcase_add_test(c, namespace_start);
	tcase_add_test(c, unknown_threads);
	tcase_add_test(c, placeholder_executes);
	tcase_add_test(c, thread_limit);
	tcase_add_test(c, execve_success);
	tcase_add_test(c, execve_failure);
	tcase_add_test(c, execve_with_empty_parameters);
	tcase_add_test(c, execve_ends_the_other_threads);
	tcase_add_test(c, execve_closes);
	tcase_add_test(c, exepath_from_the_entry);
	tcase_add_test(c, visible_while_ending);
	tcase_add_test(c, children_get_another_parent);
	tcase_add_test(c, reaper_below_is_not_believed);
	tcase_add_test(c, subreaper_is_unset);
	tcase_add_test(c, executing_dead_leader_lives_again);
	tcase_add_test(c, session_leaders);
	tcase_add_test(c, ancestors);
	tcase_add_test(c, credentials);
	tcase_add_test(c, limits_and_memory);
	tcase_add_test(c, directories);
	tcase_add_test(c, reset_forgets);
	tcase_add_test(c, entry_changes_nothing);
	tcase_add_test(c, looked_up);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
