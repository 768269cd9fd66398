/* evt.*, util.cnt */
#include <stdlib.h>

#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"

static struct event_fixture fixture;

static void open_fixture(void)
{
	setenv("TZ", "UTC", 1);
	fixture_open(&fixture);
	fixture_add_processes(&fixture);
	fixture_add_descriptor(&fixture, 100, 3, 1, "/etc/passwd");
	fixture_add_descriptor(&fixture, 100, 4, 8, "/run/x");
	fixture_add_descriptor(&fixture, 100, 5, 12, "");
	fixture_add_descriptor(&fixture, 100, 6, 1, "/dev/log");
}

static void close_fixture(void)
{
	fixture_close(&fixture);
}

static void apply_plain(unsigned type)
{
	fixture_start(&fixture, type, 100);
	fixture_apply(&fixture);
}

START_TEST(header)
{
	fixture_start(&fixture, EVENT_SYSCALL_UNLINKAT_2_X, 100);
	fixture.event.cpu = 3;
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.num", "1");
	assert_field(&fixture, "evt.cpu", "3");
	assert_field(&fixture, "evt.type", "unlinkat");
	assert_field(&fixture, "syscall.type", "unlinkat");
	assert_field(&fixture, "evt.dir", "<");
	assert_field(&fixture, "evt.category", "file");
	assert_field(&fixture, "evt.source", "syscall");
	assert_field(&fixture, "evt.is_async", "false");
	assert_field(&fixture, "evt.count", "1");
	assert_field(&fixture, "evt.count.exit", "1");
	assert_field(&fixture, "evt.latency", "0");
	assert_field(&fixture, "evt.latency.human", "0ns");
	assert_field(&fixture, "evt.wait_latency", "0");
	assert_missing(&fixture, "evt.pluginname");
	assert_missing(&fixture, "evt.asynctype");
	assert_field(&fixture, "evt.count.procinfo", "0");
}
END_TEST

START_TEST(times)
{
	apply_plain(EVENT_SYSCALL_CLOSE_X);
	fixture.event.timestamp_ns = UINT64_C(1566230400020000000);
	assert_field(&fixture, "evt.time", "16:00:00.020000000");
	assert_field(&fixture, "evt.time.s", "16:00:00");
	assert_field(&fixture, "evt.datetime", "2019-08-19 16:00:00.020000000");
	assert_field(&fixture, "evt.time.iso8601", "2019-08-19T16:00:00.020000000+0000");
	assert_field(&fixture, "evt.rawtime", "1566230400020000000");
	assert_field(&fixture, "evt.rawtime.s", "1566230400");
	assert_field(&fixture, "evt.rawtime.ns", "020000000");
}
END_TEST

START_TEST(relative_times)
{
	/* A meta event does not start the clock; the first other one does, even a hidden one. */
	fixture_start(&fixture, EVENT_CONTAINER_JSON_2_E, -1);
	fixture.event.timestamp_ns = 1000;
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.reltime", "000000000");
	fixture_start(&fixture, EVENT_SYSCALL_CLOSE_X, 100);
	fixture.event.timestamp_ns = 5000;
	fixture.event.is_hidden = true;
	fixture_apply(&fixture);
	fixture_start(&fixture, EVENT_SYSCALL_CLOSE_X, 100);
	fixture.event.timestamp_ns = 2000005500;
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.reltime", "2000000500");
	assert_field(&fixture, "evt.reltime.s", "2");
	assert_field(&fixture, "evt.reltime.ns", "000000500");

	/* An appended section begins anew. */
	fixture_start(&fixture, EVENT_SYSCALL_CLOSE_X, 100);
	fixture.event.timestamp_ns = 3000000000;
	fixture.event.starts_section = true;
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.reltime", "000000000");
}
END_TEST

static uint64_t number_of_use(uint32_t slot, const char *name)
{
	struct value value;

	field_get(fixture.reader, slot, fixture_request(&fixture, name), &value);
	ck_assert_int_eq(value.state, VALUE_PRESENT);
	return value.number;
}

START_TEST(uses_keep_their_own)
{
	apply_plain(EVENT_SYSCALL_CLOSE_X);
	fixture.event.timestamp_ns = 10000000000;
	ck_assert_uint_eq(number_of_use(0, "evt.deltatime"), 0);
	ck_assert_uint_eq(number_of_use(1, "evt.deltatime.s"), 0);
	fixture.event.timestamp_ns = 12000000007;
	ck_assert_uint_eq(number_of_use(0, "evt.deltatime"), 2000000007);
	ck_assert_uint_eq(number_of_use(0, "evt.deltatime"), 0); /* asked again for the same event */
	ck_assert_uint_eq(number_of_use(1, "evt.deltatime.s"), 2);
	ck_assert_uint_eq(number_of_use(2, "evt.deltatime.ns"), 0);
	fixture.event.timestamp_ns = 12000000000;
	ck_assert_uint_eq(number_of_use(0, "evt.deltatime"), UINT64_MAX - 6); /* back in time */
	ck_assert_uint_eq(number_of_use(2, "evt.deltatime.ns"), (UINT64_MAX - 6) % 1000000000);

	ck_assert_uint_eq(number_of_use(5, "util.cnt"), 1);
	ck_assert_uint_eq(number_of_use(5, "util.cnt"), 2);
	ck_assert_uint_eq(number_of_use(6, "util.cnt"), 1);
	ck_assert_int_eq(field_reader_set_slots(fixture.reader, FIXTURE_SLOTS), 0);
	ck_assert_uint_eq(number_of_use(5, "util.cnt"), 1);

	/* Before the call nothing is counted: it is asked again with the result. */
	fixture.event.stage = STAGE_ENTER;
	ck_assert_int_eq(fixture_get(&fixture, "util.cnt").state, VALUE_UNKNOWN);
	ck_assert_int_eq(fixture_get(&fixture, "evt.deltatime").state, VALUE_UNKNOWN);
	fixture.event.stage = STAGE_EXIT;
	ck_assert_uint_eq(number_of_use(5, "util.cnt"), 2);
}
END_TEST

START_TEST(distance_in_time)
{
	apply_plain(EVENT_SYSCALL_CLOSE_X);
	fixture.event.timestamp_ns = 10000000;
	ck_assert_uint_eq(number_of_use(0, "evt.around[10000000]"), 0);
	ck_assert_uint_eq(number_of_use(0, "evt.around[9000000]"), 1);
	ck_assert_uint_eq(number_of_use(0, "evt.around[11000001]"), 2); /* a little more than 1 ms */
	ck_assert_str_eq(fixture_print(&fixture, "evt.around[9000000]"), "<NA>");
}
END_TEST

START_TEST(names_of_generic_and_asynchronous_events)
{
	const struct syscall_info *call = syscall_by_name(TEXT("getppid"));

	ck_assert_ptr_nonnull(call);
	fixture_start(&fixture, EVENT_GENERIC_X, 100);
	fixture_number(&fixture, "ID", call->code);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.type", "getppid");
	assert_field(&fixture, "evt.category", "other");
	assert_missing(&fixture, "evt.rawres");
	assert_missing(&fixture, "evt.res");
	assert_missing(&fixture, "evt.failed");
	assert_missing(&fixture, "evt.count.error");
	/* The driver that recorded it did not know the call; its number is there. */
	fixture_number(&fixture, "ID", 0);
	fixture_number(&fixture, "nativeID", call->number_x86_64);
	assert_field(&fixture, "evt.type", "getppid");
	fixture_number(&fixture, "nativeID", 9999);
	assert_field(&fixture, "evt.type", "unknown");

	fixture_start(&fixture, EVENT_ASYNCEVENT_E, -1);
	fixture_text(&fixture, "name", "container");
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.type", "container");
	assert_field(&fixture, "evt.asynctype", "container");
	assert_field(&fixture, "evt.is_async", "true");
	assert_field(&fixture, "evt.dir", ">");
	assert_missing(&fixture, "syscall.type");
	assert_missing(&fixture, "evt.count.exit");
	assert_missing(&fixture, "proc.name");
	assert_missing(&fixture, "user.name");
	assert_missing(&fixture, "thread.cap_effective");
}
END_TEST

START_TEST(type_by_name_is_the_oldest_pair)
{
	apply_plain(EVENT_SYSCALL_OPENAT_2_X);
	ck_assert_uint_eq(number_of_use(0, "evt.type.is.openat"), 0); /* that is 102 and 103 */
	ck_assert_uint_eq(number_of_use(0, "evt.type.is.openat"), 0);
	apply_plain(EVENT_SYSCALL_MOUNT_X);
	ck_assert_uint_eq(number_of_use(1, "evt.type.is.mount"), 1);
	ck_assert_uint_eq(number_of_use(1, "evt.type.is.mount"), 1);
	ck_assert_uint_eq(number_of_use(2, "evt.type.is.umount2"), 0);
}
END_TEST

START_TEST(categories_of_io)
{
	static const struct {
		int64_t fd;
		const char *category;
	} rows[] = {{3, "file"}, {4, "ipc"}, {5, "unknown"}, {77, "unknown"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fixture_start(&fixture, EVENT_SYSCALL_READ_X, 100);
		fixture_number(&fixture, "fd", rows[i].fd);
		fixture_apply(&fixture);
		assert_field(&fixture, "evt.category", rows[i].category);
	}
	apply_plain(EVENT_SYSCALL_PIPE2_X);
	assert_field(&fixture, "evt.category", "IPC");
	apply_plain(EVENT_PROCINFO_E);
	assert_field(&fixture, "evt.category", "internal");
}
END_TEST

START_TEST(io_and_waits)
{
	fixture_start(&fixture, EVENT_SYSCALL_READ_X, 100);
	fixture_number(&fixture, "fd", 3);
	fixture_number(&fixture, "res", 12);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.is_io", "true");
	assert_field(&fixture, "evt.is_io_read", "true");
	assert_field(&fixture, "evt.is_io_write", "false");
	assert_field(&fixture, "evt.io_dir", "read");
	assert_field(&fixture, "evt.buflen", "12");
	assert_field(&fixture, "evt.buflen.in", "12");
	assert_field(&fixture, "evt.buflen.file", "12");
	assert_field(&fixture, "evt.buflen.file.in", "12");
	assert_missing(&fixture, "evt.buflen.out");
	assert_missing(&fixture, "evt.buflen.net");
	assert_field(&fixture, "evt.is_syslog", "false");
	fixture_number(&fixture, "res", -5);
	assert_missing(&fixture, "evt.buflen");

	fixture_start(&fixture, EVENT_SYSCALL_WRITE_X, 100);
	fixture_number(&fixture, "fd", 6);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.io_dir", "write");
	assert_field(&fixture, "evt.is_syslog", "true");
	fixture_start(&fixture, EVENT_SYSCALL_WRITE_X, 100);
	fixture_number(&fixture, "fd", 77);
	fixture_apply(&fixture);
	assert_missing(&fixture, "evt.buflen");
	assert_field(&fixture, "evt.is_syslog", "false");

	apply_plain(EVENT_SYSCALL_UNLINKAT_2_X);
	assert_field(&fixture, "evt.is_io", "false");
	assert_missing(&fixture, "evt.io_dir");
	assert_missing(&fixture, "evt.buffer");
	assert_missing(&fixture, "evt.buflen");
	assert_field(&fixture, "evt.is_wait", "false");
	apply_plain(EVENT_SYSCALL_POLL_X);
	assert_field(&fixture, "evt.is_wait", "true");
}
END_TEST

START_TEST(results)
{
	fixture_start(&fixture, EVENT_SYSCALL_UNLINKAT_2_X, 100);
	fixture_number(&fixture, "res", -2);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.rawres", "-2");
	assert_field(&fixture, "evt.res", "ENOENT");
	assert_field(&fixture, "evt.failed", "true");
	assert_field(&fixture, "evt.count.error", "1");
	assert_field(&fixture, "evt.count.error.other", "1");
	assert_missing(&fixture, "evt.count.error.file");
	fixture_number(&fixture, "res", 0);
	assert_field(&fixture, "evt.res", "SUCCESS");
	assert_field(&fixture, "evt.failed", "false");
	assert_field(&fixture, "evt.count.error", "0");

	/* As the parameter prints: a process id has no error's name, and -100 is no error for a descriptor. */
	fixture_start(&fixture, EVENT_SYSCALL_SETSID_X, 100);
	fixture_number(&fixture, "res", -1);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.res", "-1");
	assert_field(&fixture, "evt.arg.res", "-1");
	assert_field(&fixture, "evt.failed", "true");
	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "fd", -100);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.res", "AT_FDCWD");
	fixture_number(&fixture, "fd", -4000);
	assert_field(&fixture, "evt.res", "-4000");

	/* Classes by the call when there is no descriptor. */
	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "fd", -2);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.count.error.file", "1");
	fixture_start(&fixture, EVENT_SOCKET_CONNECT_X, 100);
	fixture_number(&fixture, "res", -111);
	fixture_number(&fixture, "fd", 77);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.count.error.net", "1");
	fixture_start(&fixture, EVENT_SYSCALL_MUNMAP_X, 100);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.count.error.memory", "0");
	/* By the descriptor when there is one. */
	fixture_start(&fixture, EVENT_SYSCALL_WRITE_X, 100);
	fixture_number(&fixture, "fd", 4);
	fixture_number(&fixture, "res", -32);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.count.error.net", "1");
	assert_missing(&fixture, "evt.count.error.other");

	/* The result of getuid is an id. */
	fixture_start(&fixture, EVENT_SYSCALL_GETUID_X, 100);
	fixture_number(&fixture, "uid", 0xfffffffe);
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.rawres", "4294967294");
	assert_field(&fixture, "evt.failed", "false");
	/* Events without a result. */
	apply_plain(EVENT_PROCEXIT_1_E);
	assert_missing(&fixture, "evt.rawres");
	apply_plain(EVENT_PAGE_FAULT_E);
	assert_missing(&fixture, "evt.failed");
}
END_TEST

static void opened(unsigned type, int64_t result, int64_t flags, int64_t mode)
{
	fixture_start(&fixture, type, 100);
	fixture_number(&fixture, "fd", result);
	if (flags >= 0)
		fixture_number(&fixture, "flags", flags);
	if (mode >= 0)
		fixture_number(&fixture, "mode", mode);
	fixture_text(&fixture, type == EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X ? "path" : "name", "/x");
	fixture_apply(&fixture);
}

static void assert_open(const char *read, const char *write, const char *execute, const char *create)
{
	assert_field(&fixture, "evt.is_open_read", read);
	assert_field(&fixture, "evt.is_open_write", write);
	assert_field(&fixture, "evt.is_open_exec", execute);
	assert_field(&fixture, "evt.is_open_create", create);
}

START_TEST(opens)
{
	opened(EVENT_SYSCALL_OPENAT_2_X, 9, 1, 0);
	assert_open("true", "false", "false", "false");
	opened(EVENT_SYSCALL_OPENAT_2_X, 9, 3, 0);
	assert_open("true", "true", "false", "false");
	opened(EVENT_SYSCALL_OPENAT_2_X, -13, 2, 0); /* failed calls count too */
	assert_open("false", "true", "false", "false");
	opened(EVENT_SYSCALL_OPENAT2_X, 9, 2 | 4 | 16384, 0700);
	assert_open("false", "true", "true", "true");
	opened(EVENT_SYSCALL_OPEN_X, 9, 2 | 4, 0700); /* was there before */
	assert_open("false", "true", "true", "false");
	opened(EVENT_SYSCALL_OPEN_X, 9, 2, 0700); /* a mode that does not count */
	assert_open("false", "true", "false", "false");
	/* Every O_DIRECTORY open carries the bit of O_TMPFILE. */
	opened(EVENT_SYSCALL_OPENAT_2_X, 9, 1 | 1024 | 8192, 0111);
	assert_open("true", "false", "true", "true");
	opened(EVENT_SYSCALL_OPENAT_2_X, -2, 1 | 1024 | 8192, 0);
	assert_open("true", "false", "false", "false");
	opened(EVENT_SYSCALL_CREAT_X, 9, -1, 0755);
	assert_open("false", "false", "true", "false");
	opened(EVENT_SYSCALL_CREAT_X, 9, -1, 0644);
	assert_open("false", "false", "false", "false");
	opened(EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X, 9, 2, -1);
	assert_open("false", "true", "false", "false");
	apply_plain(EVENT_SYSCALL_CLOSE_X);
	assert_open("false", "false", "false", "false");
}
END_TEST

START_TEST(typed_arguments)
{
	struct value value;

	fixture_start(&fixture, EVENT_SYSCALL_OPENAT_2_X, 100);
	fixture_number(&fixture, "fd", -2);
	fixture_number(&fixture, "mode", 0644);
	fixture_number(&fixture, "ino", -1);
	fixture_text(&fixture, "name", "x");
	fixture_apply(&fixture);
	assert_field(&fixture, "evt.rawarg.fd", "-2");
	assert_field(&fixture, "evt.rawarg.mode", "644");
	assert_field(&fixture, "evt.rawarg.ino", "18446744073709551615"); /* unsigned, unlike in evt.arg */
	assert_field(&fixture, "evt.rawarg.name", "x");
	value = fixture_get(&fixture, "evt.rawarg.flags");
	ck_assert_uint_eq(value.type, TYPE_FLAGS32);
	fixture_bytes(&fixture, "mode", "", 0);
	assert_missing(&fixture, "evt.rawarg.mode");
	assert_field(&fixture, "evt.arg.mode", "<NA>");
	fixture_bytes(&fixture, "mode", "\1\2", 2); /* another size */
	assert_missing(&fixture, "evt.rawarg.mode");
	assert_field(&fixture, "evt.arg.mode", "<NA>");

	/* The position of a name is kept by use and event type. */
	apply_plain(EVENT_SYSCALL_CLOSE_X);
	ck_assert_uint_eq(number_of_use(3, "evt.rawarg.fd"), 0);
	fixture_start(&fixture, EVENT_SYSCALL_READ_X, 100);
	fixture_number(&fixture, "fd", 3);
	fixture_apply(&fixture);
	ck_assert_uint_eq(number_of_use(3, "evt.rawarg.fd"), 3);

	/* Numbers without a print format are strings in JSON. */
	fixture_start(&fixture, EVENT_SYSCALL_FCHDIR_X, 100);
	fixture_number(&fixture, "fd", 3);
	fixture_apply(&fixture);
	value = fixture_get(&fixture, "evt.rawarg.fd");
	ck_assert_int_eq(value_json_kind(&value, field_style(fixture.reader, 3, fixture_request(&fixture, "evt.rawarg.fd"))),
			 VALUE_JSON_STRING);
}
END_TEST

START_TEST(switches)
{
	struct field_request *slice = fixture_request(&fixture, "thread.exectime");
	struct field_request *total = fixture_request(&fixture, "thread.totexectime");
	uint64_t now = 1000;
	struct value value;

	for (unsigned i = 0; i < 3; i++, now += 500) {
		fixture_start(&fixture, EVENT_SCHEDSWITCH_6_E, 100);
		fixture.event.timestamp_ns = now;
		fixture.event.cpu = 1;
		fixture_apply(&fixture);
		field_get(fixture.reader, 8, slice, &value);
		ck_assert_uint_eq(value.number, i == 0 ? 0 : 500);
		field_get(fixture.reader, 9, total, &value);
		ck_assert_uint_eq(value.number, i * 500);
	}
	apply_plain(EVENT_SYSCALL_CLOSE_X);
	field_get(fixture.reader, 8, slice, &value);
	ck_assert_uint_eq(value.number, 0);
	field_get(fixture.reader, 9, total, &value);
	ck_assert_uint_eq(value.number, 1000);
	assert_missing(&fixture, "thread.cpu");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("fields_event");
	TCase *cases = tcase_create("event");

	tcase_add_checked_fixture(cases, open_fixture, close_fixture);
	tcase_add_test(cases, header);
	tcase_add_test(cases, times);
	tcase_add_test(cases, relative_times);
	tcase_add_test(cases, uses_keep_their_own);
	tcase_add_test(cases, distance_in_time);
	tcase_add_test(cases, names_of_generic_and_asynchronous_events);
	tcase_add_test(cases, type_by_name_is_the_oldest_pair);
	tcase_add_test(cases, categories_of_io);
	tcase_add_test(cases, io_and_waits);
	tcase_add_test(cases, results);
	tcase_add_test(cases, opens);
	tcase_add_test(cases, typed_arguments);
	tcase_add_test(cases, switches);
	suite_add_tcase(all, cases);
	return all;
}

CHECK_MAIN(suite)
