/* proc.*, thread.*, user.*, group.* */
#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"

static struct event_fixture fixture;

static void open_fixture(void)
{
	fixture_open(&fixture);
	fixture_add_processes(&fixture);
	fixture_add_descriptor(&fixture, 100, 0, 7, "pipe:[1]");
	fixture_add_descriptor(&fixture, 100, 1, 1, "/tmp/out");
}

static void close_fixture(void)
{
	fixture_close(&fixture);
}

static void event_of(int64_t tid)
{
	fixture_start(&fixture, EVENT_SYSCALL_GETUID_X, tid);
	fixture_apply(&fixture);
}

START_TEST(program)
{
	event_of(100);
	assert_field(&fixture, "proc.exe", "/bin/cat");
	assert_field(&fixture, "proc.exepath", "/usr/bin/cat");
	assert_field(&fixture, "proc.name", "cat");
	assert_field(&fixture, "proc.args", "-n a b c");
	assert_field(&fixture, "proc.args[0]", "-n");
	assert_field(&fixture, "proc.args[1]", "a b");
	assert_field(&fixture, "proc.args[3]", "");
	assert_field(&fixture, "proc.args[-1]", "");
	assert_field(&fixture, "proc.cmdline", "cat -n a b c");
	assert_field(&fixture, "proc.cmdnargs", "3");
	assert_field(&fixture, "proc.cmdlenargs", "6");
	assert_field(&fixture, "proc.exeline", "/bin/cat -n a b c");
	assert_field(&fixture, "proc.env", "PATH=/bin PADDED=  x   EMPTY=");
	assert_field(&fixture, "proc.env[PATH]", "/bin");
	assert_field(&fixture, "proc.env[PADDED]", "x");
	assert_field(&fixture, "proc.env[EMPTY]", "");
	assert_field(&fixture, "proc.env[PAT]", "");
	assert_field(&fixture, "proc.env[123]", ""); /* a name, too */
	assert_field(&fixture, "proc.cwd", "/home/ann/");
	assert_field(&fixture, "proc.tty", "34816");
	event_of(1);
	assert_field(&fixture, "proc.exeline", "init "); /* the blank stays */
	assert_field(&fixture, "proc.cmdline", "init");
}
END_TEST

START_TEST(unknown_thread)
{
	event_of(4242); /* a placeholder is made */
	assert_field(&fixture, "proc.name", "<NA>");
	assert_field(&fixture, "proc.exe", "<NA>");
	assert_field(&fixture, "proc.cmdline", "<NA>");
	assert_field(&fixture, "proc.exepath", "");
	assert_field(&fixture, "proc.cwd", "");
	assert_missing(&fixture, "proc.pname");
	assert_missing(&fixture, "proc.aname[1]");
	assert_missing(&fixture, "proc.vpid");
	assert_field(&fixture, "thread.tid", "4242");
	assert_field(&fixture, "user.uid", "4294967295");
	assert_field(&fixture, "user.name", "<NA>");
}
END_TEST

START_TEST(ancestors_by_index)
{
	event_of(100);
	assert_field(&fixture, "proc.aname[0]", "cat");
	assert_field(&fixture, "proc.aname[1]", "bash");
	assert_field(&fixture, "proc.aname[2]", "init");
	assert_missing(&fixture, "proc.aname[3]");
	assert_missing(&fixture, "proc.aname[-1]");
	assert_field(&fixture, "proc.apid[1]", "50");
	assert_field(&fixture, "proc.aexe[1]", "/bin/bash");
	assert_field(&fixture, "proc.aexepath[1]", "/usr/bin/bash");
	assert_field(&fixture, "proc.acmdline[1]", "bash --login");
	assert_field(&fixture, "proc.aargs[1]", "--login");
	assert_field(&fixture, "proc.aargs[2]", "");
	assert_field(&fixture, "proc.aenv[1]", "HOME=/home/ann TERM=xterm");
	assert_field(&fixture, "proc.aenv[HOME]", "/home/ann");
	assert_field(&fixture, "proc.aenv[PATH]", ""); /* its own does not count */
	assert_field(&fixture, "proc.aenv[NOPE]", "");
}
END_TEST

START_TEST(ancestors_as_text)
{
	event_of(100);
	assert_field(&fixture, "proc.aname", "bash init");
	assert_field(&fixture, "proc.aexe", "/bin/bash init");
	/* A blank comes only once there is some text, but then even before an empty one. */
	assert_field(&fixture, "proc.aexepath", "/usr/bin/bash ");
	assert_field(&fixture, "proc.aargs", "--login ");
	assert_field(&fixture, "proc.acmdline", "bash --login init");
	assert_field(&fixture, "proc.apid", "100");
	assert_field(&fixture, "proc.aenv", "PATH=/bin PADDED=  x   EMPTY=");
	event_of(50);
	assert_missing(&fixture, "proc.aexepath"); /* nothing but empty texts */
	event_of(1);
	assert_missing(&fixture, "proc.aname");
}
END_TEST

START_TEST(ancestors_one_by_one)
{
	struct value names, ids;

	event_of(100);
	names = fixture_get_each(&fixture, "proc.aname");
	ck_assert(names.is_list);
	ck_assert_uint_eq(names.length, 2);
	ck_assert(text_is(value_text(&names.elements[0]), "bash"));
	ck_assert(text_is(value_text(&names.elements[1]), "init"));
	ids = fixture_get_each(&fixture, "proc.apid");
	ck_assert_uint_eq(ids.length, 2);
	ck_assert_uint_eq(ids.elements[0].number, 50);
	ck_assert_uint_eq(fixture_get_each(&fixture, "proc.acmdline").length, 2);
	ck_assert_uint_eq(fixture_get_each(&fixture, "proc.aenv").length, 2);
	ck_assert(!fixture_get_each(&fixture, "proc.aname[1]").is_list);
	event_of(1);
	ck_assert_int_eq(fixture_get_each(&fixture, "proc.aname").state, VALUE_ABSENT);
}
END_TEST

START_TEST(parent)
{
	event_of(100);
	assert_field(&fixture, "proc.pname", "bash");
	assert_field(&fixture, "proc.pexe", "/bin/bash");
	assert_field(&fixture, "proc.pexepath", "/usr/bin/bash");
	assert_field(&fixture, "proc.pcmdline", "bash --login");
	assert_field(&fixture, "proc.ppid", "50");
	assert_field(&fixture, "proc.pvpid", "50");
	assert_field(&fixture, "proc.ppid.ts", "0");
	assert_field(&fixture, "proc.ppid.duration", "2"); /* as upstream: the number of open descriptors */
	event_of(1);
	assert_missing(&fixture, "proc.ppid");
	assert_missing(&fixture, "proc.pname");
	assert_missing(&fixture, "proc.ppid.ts");
}
END_TEST

START_TEST(groups_and_sessions)
{
	event_of(100);
	assert_field(&fixture, "proc.pid", "100");
	assert_field(&fixture, "proc.vpid", "100");
	assert_field(&fixture, "proc.sid", "50");
	assert_field(&fixture, "proc.vpgid", "50");
	assert_field(&fixture, "proc.pgid", "50");
	assert_field(&fixture, "proc.sname", "bash");
	assert_field(&fixture, "proc.sid.exe", "/bin/bash");
	assert_field(&fixture, "proc.sid.exepath", "/usr/bin/bash");
	assert_field(&fixture, "proc.vpgid.name", "bash");
	assert_field(&fixture, "proc.pgid.name", "bash");
	assert_field(&fixture, "proc.pgid.exe", "/bin/bash");
	assert_field(&fixture, "proc.is_sid_leader", "false");
	assert_field(&fixture, "proc.is_pgid_leader", "false");
	assert_field(&fixture, "proc.loginshellid", "50");
	event_of(50);
	assert_field(&fixture, "proc.is_sid_leader", "true");
	assert_field(&fixture, "proc.is_vpgid_leader", "true");
	assert_field(&fixture, "proc.loginshellid", "50"); /* itself */
	event_of(1);
	assert_missing(&fixture, "proc.loginshellid");
}
END_TEST

START_TEST(numbers_that_are_missing_when_not_known)
{
	struct process_entry entry = fixture_process(200, 50, "late");

	event_of(100);
	assert_missing(&fixture, "proc.exe_ino");
	assert_missing(&fixture, "proc.exe_ino.ctime");
	assert_missing(&fixture, "proc.exe_ino.mtime");
	assert_missing(&fixture, "proc.exe_ino.ctime_duration_proc_start");
	assert_missing(&fixture, "proc.exe_ino.ctime_duration_pidns_start");
	assert_missing(&fixture, "proc.duration");
	assert_missing(&fixture, "proc.pid.ts");
	assert_missing(&fixture, "proc.pidns_init_start_ts");
	assert_missing(&fixture, "container.start_ts");
	assert_missing(&fixture, "container.duration");

	entry.exe_inode = 77;
	entry.exe_ctime_ns = 5;
	entry.exe_mtime_ns = 6;
	entry.clone_time_ns = UINT64_C(1566230400000000000);
	entry.pidns_init_start_ns = UINT64_C(1566230300000000000);
	ck_assert_int_eq(state_add_process(fixture.state, &entry), 0);
	event_of(200);
	fixture.event.timestamp_ns = UINT64_C(1566230400000000009);
	assert_field(&fixture, "proc.exe_ino", "77");
	assert_field(&fixture, "proc.exe_ino.ctime", "5");
	assert_field(&fixture, "proc.exe_ino.mtime", "6");
	assert_field(&fixture, "proc.duration", "9");
	assert_field(&fixture, "proc.pid.ts", "1566230400000000000");
	assert_field(&fixture, "container.start_ts", "1566230300000000000");
	assert_field(&fixture, "container.duration", "100000000009");
}
END_TEST

START_TEST(resources)
{
	event_of(100);
	assert_field(&fixture, "proc.fdopencount", "2");
	assert_field(&fixture, "proc.fdlimit", "200");
	assert_field(&fixture, "proc.fdusage", "1.0");
	assert_field(&fixture, "proc.nthreads", "1");
	assert_field(&fixture, "proc.nchilds", "0");
	assert_field(&fixture, "thread.ismain", "true");
	assert_field(&fixture, "thread.nametid", "cat100");
	assert_field(&fixture, "thread.cgroups", "cpu=/a memory=/b");
	assert_field(&fixture, "thread.cgroup.memory", "/b");
	assert_missing(&fixture, "thread.cgroup.mem");
	assert_field(&fixture, "proc.stdin.type", "pipe");
	assert_field(&fixture, "proc.stdin.name", "pipe:[1]");
	assert_field(&fixture, "proc.stdout.name", "/tmp/out");
	assert_missing(&fixture, "proc.stderr.type");
	assert_missing(&fixture, "proc.stderr.name");
	event_of(50);
	assert_field(&fixture, "proc.fdusage", "0.0"); /* no limit known */
}
END_TEST

START_TEST(threads_of_a_process)
{
	struct process_entry entry = fixture_process(101, 50, "worker");

	entry.pid = entry.vpid = 100;
	entry.flags = CLONE_FLAG_THREAD | CLONE_FLAG_FILES;
	entry.vm_size_kb = 4000;
	ck_assert_int_eq(state_add_process(fixture.state, &entry), 0);
	event_of(101);
	assert_field(&fixture, "thread.ismain", "false");
	assert_field(&fixture, "proc.pid", "100");
	assert_field(&fixture, "proc.name", "worker");
	assert_field(&fixture, "proc.aname[0]", "cat");
	assert_field(&fixture, "proc.aname[1]", "bash");
	assert_field(&fixture, "proc.nthreads", "2");
	assert_field(&fixture, "proc.nchilds", "1");
	assert_field(&fixture, "proc.cwd", "/home/ann/");
	assert_field(&fixture, "proc.env[PATH]", "/bin");
	assert_field(&fixture, "proc.fdopencount", "2");
	assert_field(&fixture, "proc.stdin.type", "pipe");
	assert_field(&fixture, "proc.vmsize", "4000");
	assert_field(&fixture, "thread.vmsize", "0"); /* counted at the main thread */
	assert_field(&fixture, "thread.vmsize.b", "0");
}
END_TEST

START_TEST(capabilities)
{
	struct process_entry entry = fixture_process(200, 50, "privileged");

	entry.cap_permitted = 3 | UINT64_C(1) << 21;
	entry.cap_effective = UINT64_C(1) << 40;
	ck_assert_int_eq(state_add_process(fixture.state, &entry), 0);
	event_of(200);
	assert_field(&fixture, "thread.cap_permitted", "CAP_CHOWN CAP_DAC_OVERRIDE CAP_SYS_ADMIN");
	assert_field(&fixture, "thread.cap_effective", "CAP_CHECKPOINT_RESTORE");
	assert_field(&fixture, "thread.cap_inheritable", "");
}
END_TEST

START_TEST(users)
{
	struct user_table *table = fixture.state->users;
	struct process_entry root = fixture_process(200, 50, "su");

	root.loginuid = 1000;
	ck_assert_int_eq(state_add_process(fixture.state, &root), 0);
	event_of(200);
	assert_field(&fixture, "user.uid", "0");
	assert_field(&fixture, "user.name", "root"); /* unknown, but everybody knows 0 */
	assert_field(&fixture, "user.homedir", "/root");
	assert_field(&fixture, "user.shell", "<NA>");
	assert_field(&fixture, "user.loginuid", "1000");
	assert_field(&fixture, "user.loginname", "<NA>");
	assert_field(&fixture, "group.gid", "0");
	assert_field(&fixture, "group.name", "root");

	ck_assert_int_eq(user_table_add(table, TEXT_EMPTY, 1000, 1001, TEXT("ann"), TEXT("/home/ann"), TEXT("/bin/zsh")), 0);
	ck_assert_int_eq(user_table_add_group(table, TEXT_EMPTY, 1001, TEXT("staff")), 0);
	event_of(100);
	assert_field(&fixture, "user.uid", "1000");
	assert_field(&fixture, "user.name", "ann");
	assert_field(&fixture, "user.homedir", "/home/ann");
	assert_field(&fixture, "user.shell", "/bin/zsh");
	assert_field(&fixture, "user.loginuid", "-1");
	assert_field(&fixture, "user.loginname", "<NA>");
	assert_field(&fixture, "group.name", "staff");
	event_of(200);
	assert_field(&fixture, "user.loginname", "ann");
}
END_TEST

START_TEST(unknown_group)
{
	event_of(100);
	assert_field(&fixture, "group.gid", "1001");
	assert_field(&fixture, "group.name", "<NA>");
	assert_field(&fixture, "user.name", "<NA>");
	assert_field(&fixture, "user.homedir", "<NA>");
}
END_TEST

START_TEST(texts_end_at_their_nul)
{
	struct process_entry entry = fixture_process(200, 50, "x");
	struct value names;

	entry.comm = TEXT("evil\0name");
	ck_assert_int_eq(state_add_process(fixture.state, &entry), 0);
	entry = fixture_process(201, 200, "child");
	ck_assert_int_eq(state_add_process(fixture.state, &entry), 0);
	event_of(200);
	assert_field(&fixture, "proc.name", "evil");
	event_of(201);
	assert_field(&fixture, "proc.aname[1]", "evil");
	names = fixture_get_each(&fixture, "proc.aname");
	ck_assert(text_is(value_text(&names.elements[0]), "evil"));
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("fields_process");
	TCase *cases = tcase_create("process");

	tcase_add_checked_fixture(cases, open_fixture, close_fixture);
	tcase_add_test(cases, program);
	tcase_add_test(cases, unknown_thread);
	tcase_add_test(cases, ancestors_by_index);
	tcase_add_test(cases, ancestors_as_text);
	tcase_add_test(cases, ancestors_one_by_one);
	tcase_add_test(cases, parent);
	tcase_add_test(cases, groups_and_sessions);
	tcase_add_test(cases, numbers_that_are_missing_when_not_known);
	tcase_add_test(cases, resources);
	tcase_add_test(cases, threads_of_a_process);
	tcase_add_test(cases, capabilities);
	tcase_add_test(cases, users);
	tcase_add_test(cases, unknown_group);
	tcase_add_test(cases, texts_end_at_their_nul);
	suite_add_tcase(all, cases);
	return all;
}

CHECK_MAIN(suite)
