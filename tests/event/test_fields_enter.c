/* Values before the call runs: known, predicted, or not known yet. */
#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"

static struct event_fixture fixture;

static void open_fixture(void)
{
	fixture_open(&fixture);
	fixture_add_processes(&fixture);
	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	fixture_add_descriptor(&fixture, 100, 4, 2, "/srv");
}

static void close_fixture(void)
{
	fixture_close(&fixture);
}

/* What a tracer knows when the call begins: registers and memory, neither the result nor what the kernel makes. */
static void start(unsigned type)
{
	fixture_start(&fixture, type, 100);
	fixture.event.stage = STAGE_ENTER;
	for (unsigned i = 0; i < event_parameter_count(type); i++)
		switch (event_parameter_info(type, i)->source) {
		case PARAMETER_SOURCE_RESULT:
		case PARAMETER_SOURCE_KERNEL:
			fixture.event.parameters[i].state = PARAMETER_UNKNOWN;
			break;
		case PARAMETER_SOURCE_REGISTER_AND_KERNEL:
		case PARAMETER_SOURCE_MEMORY_AND_KERNEL:
			fixture.event.parameters[i].state = PARAMETER_PREDICTED;
			break;
		default:
			break;
		}
}

static void predict_number(const char *parameter, int64_t number)
{
	fixture_number(&fixture, parameter, number);
	fixture_parameter_state(&fixture, parameter, PARAMETER_PREDICTED);
}

static void assert_state(const char *name, enum value_state state)
{
	ck_assert_msg(fixture_get(&fixture, name).state == state, "%s has state %d, not %d", name,
		      fixture_get(&fixture, name).state, state);
}

static void assert_predicted(const char *name, const char *expected)
{
	assert_state(name, VALUE_PREDICTED);
	ck_assert_str_eq(fixture_print(&fixture, name), expected);
}

START_TEST(open_at)
{
	start(EVENT_SYSCALL_OPENAT_2_X);
	fixture_number(&fixture, "dirfd", -100);
	fixture_text(&fixture, "name", "x/../y");
	predict_number("flags", 1);
	fixture_apply(&fixture);
	assert_predicted("fd.name", "/home/ann/y");
	assert_predicted("fd.typechar", "f");
	assert_predicted("fd.type", "file");
	assert_predicted("fd.directory", "/home/ann");
	assert_predicted("fd.filename", "y");
	assert_predicted("fs.path.name", "/home/ann/y");
	/* What the kernel decides. */
	assert_state("fd.num", VALUE_UNKNOWN);
	assert_state("fd.ino", VALUE_UNKNOWN);
	assert_state("evt.res", VALUE_UNKNOWN);
	assert_state("evt.rawres", VALUE_UNKNOWN);
	assert_state("evt.failed", VALUE_UNKNOWN);
	assert_state("evt.args", VALUE_UNKNOWN);
	/* What holds whatever comes. */
	assert_field(&fixture, "evt.type", "openat");
	assert_field(&fixture, "evt.is_open_read", "true");
	assert_field(&fixture, "evt.is_open_write", "false");
	assert_field(&fixture, "proc.name", "cat");
	assert_field(&fixture, "proc.aname[1]", "bash");
	assert_field(&fixture, "evt.rawarg.dirfd", "-100");
	assert_field(&fixture, "evt.rawarg.name", "x/../y");
	assert_field(&fixture, "user.uid", "1000");
}
END_TEST

START_TEST(open_below_an_unknown_directory)
{
	start(EVENT_SYSCALL_OPENAT_2_X);
	fixture_number(&fixture, "dirfd", 77);
	fixture_text(&fixture, "name", "y");
	predict_number("flags", 1);
	fixture_apply(&fixture);
	/* Either what the table says then, or not known; never a final value. */
	ck_assert_int_ne(fixture_get(&fixture, "fd.name").state, VALUE_PRESENT);
	ck_assert_int_ne(fixture_get(&fixture, "fd.name").state, VALUE_ABSENT);
}
END_TEST

START_TEST(descriptor_in_use)
{
	start(EVENT_SYSCALL_READ_X);
	fixture_number(&fixture, "fd", 3);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.name", "/etc/passwd");
	assert_field(&fixture, "fd.num", "3");
	assert_field(&fixture, "fd.type", "file");
	assert_state("evt.buflen", VALUE_UNKNOWN);
	assert_state("evt.buffer", VALUE_UNKNOWN);

	start(EVENT_SYSCALL_CLOSE_X);
	fixture_number(&fixture, "fd", 3);
	fixture_apply(&fixture);
	assert_field(&fixture, "fd.name", "/etc/passwd");
}
END_TEST

START_TEST(copied_descriptor)
{
	start(EVENT_SYSCALL_DUP2_X);
	fixture_number(&fixture, "oldfd", 3);
	fixture_number(&fixture, "newfd", 8);
	fixture_apply(&fixture);
	assert_predicted("fd.num", "8");
	assert_predicted("fd.name", "/etc/passwd");
}
END_TEST

START_TEST(new_ids)
{
	start(EVENT_SYSCALL_SETUID_X);
	fixture_number(&fixture, "uid", 0);
	fixture_apply(&fixture);
	assert_predicted("user.uid", "0");
	assert_predicted("user.name", "root");
	assert_field(&fixture, "group.gid", "1001");
	assert_field(&fixture, "proc.name", "cat");

	start(EVENT_SYSCALL_SETRESGID_X);
	fixture_number(&fixture, "egid", 7);
	fixture_apply(&fixture);
	assert_predicted("group.gid", "7");
}
END_TEST

START_TEST(new_directory)
{
	start(EVENT_SYSCALL_CHDIR_X);
	fixture_text(&fixture, "path", "../bob");
	fixture_apply(&fixture);
	assert_predicted("proc.cwd", "/home/bob/");
	assert_field(&fixture, "proc.name", "cat");
	start(EVENT_SYSCALL_FCHDIR_X);
	fixture_number(&fixture, "fd", 4);
	fixture_apply(&fixture);
	assert_predicted("proc.cwd", "/srv/");
	start(EVENT_SYSCALL_FCHDIR_X);
	fixture_number(&fixture, "fd", 77);
	fixture_apply(&fixture);
	assert_state("proc.cwd", VALUE_UNKNOWN);
}
END_TEST

START_TEST(new_program)
{
	start(EVENT_SYSCALL_EXECVE_19_X);
	fixture_text(&fixture, "exe", "/bin/ls");
	fixture_bytes(&fixture, "args", "-l\0/tmp\0", 8);
	fixture_bytes(&fixture, "env", "A=b\0", 4);
	fixture_text(&fixture, "comm", "ls");
	fixture_parameter_state(&fixture, "comm", PARAMETER_PREDICTED);
	fixture_parameter_state(&fixture, "exe", PARAMETER_PREDICTED);
	fixture_parameter_state(&fixture, "args", PARAMETER_PREDICTED);
	fixture_parameter_state(&fixture, "env", PARAMETER_PREDICTED);
	fixture_apply(&fixture);
	assert_predicted("proc.name", "ls");
	assert_predicted("proc.exe", "/bin/ls");
	assert_predicted("proc.args", "-l /tmp");
	assert_predicted("proc.cmdline", "ls -l /tmp");
	assert_predicted("proc.exeline", "/bin/ls -l /tmp");
	assert_predicted("proc.cmdnargs", "2");
	assert_predicted("proc.env[A]", "b");
	assert_state("proc.exepath", VALUE_UNKNOWN);
	assert_state("proc.is_exe_writable", VALUE_UNKNOWN);
	assert_field(&fixture, "proc.pname", "bash");
	assert_field(&fixture, "proc.aname[1]", "bash");
	assert_field(&fixture, "proc.pid", "100");

	/* What the tracer cannot foresee. */
	fixture_parameter_state(&fixture, "comm", PARAMETER_UNKNOWN);
	assert_state("proc.name", VALUE_UNKNOWN);
}
END_TEST

static void fetch(const struct event_fetcher *fetcher, struct event *event, unsigned index)
{
	static const uint8_t path[] = "/etc/shadow";

	(void)fetcher;
	event->parameters[index] =
		(struct event_parameter){.bytes = path, .length = sizeof path, .state = PARAMETER_PRESENT};
}

START_TEST(fetched_when_asked)
{
	static const struct event_fetcher fetcher = {fetch};

	start(EVENT_SYSCALL_OPENAT_2_X);
	fixture_number(&fixture, "dirfd", -100);
	predict_number("flags", 1);
	fixture.event.fetcher = &fetcher;
	fixture_parameter_state(&fixture, "name", PARAMETER_ON_DEMAND);
	state_apply(fixture.state, &fixture.event);
	field_reader_begin(fixture.reader, &fixture.event);
	assert_field(&fixture, "evt.rawarg.name", "/etc/shadow");
	assert_predicted("fd.name", "/etc/shadow");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("fields_enter");
	TCase *cases = tcase_create("enter");

	tcase_add_checked_fixture(cases, open_fixture, close_fixture);
	tcase_add_test(cases, open_at);
	tcase_add_test(cases, open_below_an_unknown_directory);
	tcase_add_test(cases, descriptor_in_use);
	tcase_add_test(cases, copied_descriptor);
	tcase_add_test(cases, new_ids);
	tcase_add_test(cases, new_directory);
	tcase_add_test(cases, new_program);
	tcase_add_test(cases, fetched_when_asked);
	suite_add_tcase(all, cases);
	return all;
}

CHECK_MAIN(suite)
