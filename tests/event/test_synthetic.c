/* Synthetic events: what is made of a file, for every event, and when memory is short. */
#include <errno.h>
#include <stdio.h>

#include "event/synthetic/synthetic_source.h"
#include "tests/support/check_main.h"
#include "tests/support/event_fixture.h"
#include "tests/support/failing_allocator.h"

static struct event_fixture fixture;
static struct event_source *source;

static void open_source(const char *yaml)
{
	struct buffer report = BUFFER_INIT;
	int error = synthetic_source_of_text(TEXT("events"), text_from_string(yaml), &report, &source);

	ck_assert_msg(error == 0, "%.*s", (int)report.length, (const char *)report.bytes);
	buffer_release(&report);
}

/* The next event that rules see; false at the end. */
static bool play_next(void)
{
	int more;

	while ((more = source->next(source, fixture.state, &fixture.event)) == 1) {
		state_apply(fixture.state, &fixture.event);
		field_reader_begin(fixture.reader, &fixture.event);
		if (!fixture.event.is_hidden)
			return true;
	}
	ck_assert_int_eq(more, 0);
	return false;
}

static void close_source(void)
{
	source = source->free(source);
}

static void set_up(void)
{
	fixture_open(&fixture);
}

static void tear_down(void)
{
	fixture_close(&fixture);
}

/* Parameters of fixed size have it, and texts end in a NUL. */
static void check_parameters(void)
{
	const struct event *event = &fixture.event;

	ck_assert_uint_eq(event->parameter_count, event_parameter_count(event->type));
	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter_info *info = event_parameter_info(event->type, i);
		const struct event_parameter *parameter = &event->parameters[i];
		unsigned size = type_size_bytes((enum value_type)info->type);

		ck_assert_uint_eq(parameter->state, PARAMETER_PRESENT);
		ck_assert_uint_le(parameter->length, event_parameter_bytes_max(event->type, i));
		if (size > 0 && type_kind((enum value_type)info->type) != KIND_ADDRESS)
			ck_assert_msg(parameter->length == size, "%s.%s", event_info(event->type)->name, info->name);
		if (type_kind((enum value_type)info->type) == KIND_STRING && parameter->length > 0)
			ck_assert_uint_eq(parameter->bytes[parameter->length - 1], 0);
	}
}

static void play_alone(const char *name)
{
	char yaml[256];

	snprintf(yaml, sizeof yaml, "- type: %s\n", name);
	open_source(yaml);
	ck_assert_msg(play_next(), "%s", name);
	ck_assert_msg(event_info(fixture.event.type)->production != PRODUCED_OLD_CAPTURES, "%s", name);
	check_parameters();
	ck_assert_str_eq(fixture_print(&fixture, "evt.type"), name);
	ck_assert_ptr_nonnull(fixture_print(&fixture, "evt.args"));
	ck_assert(!play_next());
	close_source();
	state_reset(fixture.state);
}

/* Whatever has a name that rules can use and comes about today needs nothing but its name. */
START_TEST(every_event)
{
	unsigned count = 0;

	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *info = event_info(id);

		if ((info->production != PRODUCED_LIVE && info->production != PRODUCED_TRACEPOINT &&
		     info->production != PRODUCED_COMPAT) ||
		    (info->flags & EVENT_FLAG_OLD_VERSION) || id == EVENT_GENERIC_X)
			continue;
		play_alone(info->name);
		count++;
	}
	ck_assert_uint_gt(count, 150);
}
END_TEST

START_TEST(every_system_call)
{
	unsigned count = 0;

	for (size_t row = 0; row < syscall_count(); row++) {
		const struct syscall_info *call = syscall_at(row);

		if (call->kind != SYSCALL_GENERIC || call->number_x86_64 < 0 || event_name_exists(text_from_string(call->event_name)))
			continue;
		play_alone(call->event_name);
		count++;
	}
	ck_assert_uint_gt(count, 100);
}
END_TEST

START_TEST(defaults)
{
	open_source("- type: openat\n"
		    "- {type: openat, fd: {name: rel}, time: +1s}\n");
	ck_assert(play_next());
	assert_field(&fixture, "evt.num", "1");
	assert_field(&fixture, "evt.time.iso8601", "2026-01-01T00:00:00.000000000+0000");
	assert_field(&fixture, "evt.rawres", "3");
	assert_field(&fixture, "fd.num", "3");
	assert_field(&fixture, "proc.name", "program");
	assert_field(&fixture, "proc.exepath", "/usr/bin/program");
	assert_field(&fixture, "proc.pid", "1000");
	assert_field(&fixture, "proc.pname", "systemd");
	assert_field(&fixture, "proc.ppid", "1");
	assert_field(&fixture, "proc.cwd", "/");
	assert_field(&fixture, "user.name", "root");
	assert_field(&fixture, "container.id", "host");
	assert_field(&fixture, "proc.tty", "0");
	assert_field(&fixture, "user.loginuid", "-1");
	assert_field(&fixture, "proc.nthreads", "1");
	ck_assert(play_next());
	assert_field(&fixture, "evt.num", "2");
	assert_field(&fixture, "evt.deltatime", "0");
	assert_field(&fixture, "evt.reltime", "1000000000");
	assert_field(&fixture, "proc.pid", "1000");
	assert_field(&fixture, "fd.num", "4");
	assert_field(&fixture, "fd.name", "/rel");
	ck_assert(!play_next());
	close_source();
}
END_TEST

START_TEST(processes)
{
	open_source("- type: execve\n"
		    "  proc:\n"
		    "    cmdline: /bin/ls -l /tmp\n"
		    "    env: {HOME: /home/ann, LANG: C}\n"
		    "    cwd: /srv\n"
		    "    ancestors: [{name: sh, tty: 1}, sshd, {name: sshd, pid: 77}]\n"
		    "    user: {name: ann, uid: 1234, gid: 99, homedir: /h, shell: /s}\n"
		    "    cap_effective: CAP_SYS_ADMIN|CAP_KILL\n"
		    "    loginuid: 5\n"
		    "    tty: 34816\n"
		    "    duration: 10s\n"
		    "    vpid: 1\n"
		    "- {type: close, proc: {pid: 77}, fd: {num: 9, name: /x}}\n");
	ck_assert(play_next());
	assert_field(&fixture, "proc.name", "ls");
	assert_field(&fixture, "proc.exe", "/bin/ls");
	assert_field(&fixture, "proc.exepath", "/bin/ls");
	assert_field(&fixture, "proc.cmdline", "ls -l /tmp");
	assert_field(&fixture, "proc.env[HOME]", "/home/ann");
	assert_field(&fixture, "proc.cwd", "/srv/");
	assert_field(&fixture, "proc.aname", "sh sshd sshd systemd");
	assert_field(&fixture, "proc.apid[3]", "77");
	assert_field(&fixture, "user.name", "ann");
	assert_field(&fixture, "user.uid", "1234");
	assert_field(&fixture, "group.gid", "99");
	assert_field(&fixture, "user.homedir", "/h");
	assert_field(&fixture, "user.shell", "/s");
	assert_field(&fixture, "user.loginuid", "5");
	assert_field(&fixture, "thread.cap_effective", "CAP_KILL CAP_SYS_ADMIN");
	assert_field(&fixture, "proc.duration", "10000000000");
	assert_field(&fixture, "proc.vpid", "1");
	ck_assert(play_next());
	assert_field(&fixture, "proc.name", "sshd");
	assert_field(&fixture, "fd.name", "/x");
	close_source();
}
END_TEST

START_TEST(failed_execve)
{
	open_source("- {type: execve, proc: {name: bash, parent: sshd}, args: {exe: nope}, res: ENOENT}\n");
	ck_assert(play_next());
	assert_field(&fixture, "proc.name", "bash");
	assert_field(&fixture, "evt.res", "ENOENT");
	assert_field(&fixture, "evt.arg.exe", "nope");
	close_source();
}
END_TEST

START_TEST(sockets)
{
	open_source("- {type: connect, fd: {sip: 192.0.2.7, sport: 22}}\n"
		    "- {type: write, args: {data: hello}}\n"
		    "- {type: connect, fd: {sip: 192.0.2.7, sport: 23}, res: ECONNREFUSED}\n"
		    "- {type: accept4, fd: {name: '198.51.100.9:5000->10.0.2.15:80'}}\n"
		    "- {type: read, fd: {cip: '2001:db8::5', role: server, sport: 8080}}\n"
		    "- {type: sendto, fd: {l4proto: udp, sip: 192.0.2.53, sport: 53}, args: {data: q}}\n"
		    "- {type: recvfrom, args: {data: r}}\n"
		    "- {type: bind, fd: {sip: 0.0.0.0, sport: 8080}}\n"
		    "- {type: listen}\n"
		    "- {type: connect, fd: {name: /run/x}}\n");
	ck_assert(play_next());
	assert_field(&fixture, "fd.name", "10.0.2.15:40000->192.0.2.7:22");
	assert_field(&fixture, "fd.sip", "192.0.2.7");
	assert_field(&fixture, "fd.lip", "10.0.2.15");
	assert_field(&fixture, "fd.l4proto", "tcp");
	assert_field(&fixture, "evt.arg.addr", "192.0.2.7:22");
	assert_field(&fixture, "fd.name_changed", "true");
	ck_assert(play_next());
	assert_field(&fixture, "fd.sport", "22");
	assert_field(&fixture, "evt.rawres", "5");
	assert_field(&fixture, "evt.arg.size", "5");
	ck_assert(play_next());
	assert_missing(&fixture, "fd.sip");
	assert_field(&fixture, "evt.arg.tuple", "NULL");
	ck_assert(play_next());
	assert_field(&fixture, "fd.name", "198.51.100.9:5000->10.0.2.15:80");
	assert_field(&fixture, "fd.rip", "198.51.100.9");
	ck_assert(play_next());
	assert_field(&fixture, "fd.name", "2001:db8::5:40000->fd00::15:8080");
	assert_field(&fixture, "fd.type", "ipv6");
	ck_assert(play_next());
	assert_field(&fixture, "fd.name", "10.0.2.15:40000->192.0.2.53:53");
	assert_field(&fixture, "fd.l4proto", "udp");
	assert_field(&fixture, "fd.name_changed", "true");
	ck_assert(play_next());
	assert_field(&fixture, "fd.sport", "53");
	ck_assert(play_next());
	assert_field(&fixture, "fd.name", "0.0.0.0:8080");
	ck_assert(play_next());
	assert_field(&fixture, "fd.is_server", "true");
	ck_assert(play_next());
	assert_field(&fixture, "fd.type", "unix");
	assert_field(&fixture, "fd.name", "ffff888100000000->ffff888100000400 /run/x");
	close_source();
}
END_TEST

/* A thread has the descriptors of its process, a new process copies of them. */
START_TEST(numbers_of_descriptors)
{
	open_source("- {type: clone, proc: {pid: 500, fds: [{num: 3, name: /a}]}, res: 501, args: {flags: CLONE_THREAD}}\n"
		    "- {type: openat, proc: {pid: 501}, fd: {name: /b}}\n"
		    "- {type: fcntl, proc: {pid: 500}, fd: {num: 3}, args: {cmd: F_DUPFD}}\n"
		    "- {type: fork, res: 600}\n"
		    "- {type: dup, proc: {pid: 600}, fd: {num: 4}}\n");
	ck_assert(play_next());
	ck_assert(play_next());
	assert_field(&fixture, "proc.pid", "500");
	assert_field(&fixture, "thread.tid", "501");
	assert_field(&fixture, "fd.num", "4");
	ck_assert(play_next());
	assert_field(&fixture, "fd.num", "5");
	assert_field(&fixture, "fd.name", "/a");
	ck_assert(play_next());
	ck_assert(play_next());
	assert_field(&fixture, "proc.ppid", "500");
	assert_field(&fixture, "fd.num", "6");
	assert_field(&fixture, "fd.name", "/b");
	close_source();
}
END_TEST

START_TEST(memory_fails)
{
	static const char yaml[] = "- {type: execve, proc: {cmdline: a b, env: {X: y}, user: u, parent: p,"
				   " container: {id: 0123456789ab, image: i, labels: {a: b}, mounts: ['/a:/b']}}}\n"
				   "- {type: openat, fd: {name: /x}, args: {flags: [O_RDWR, O_CREAT]}}\n"
				   "- {type: connect, fd: {sport: 5}}\n"
				   "- {type: nonsense}\n";
	struct buffer report = BUFFER_INIT;

	for (size_t n = 1;; n++) {
		int error;

		buffer_clear(&report);
		failing_allocator_arm(n);
		error = synthetic_source_of_text(TEXT("events"), text_of(yaml, sizeof yaml - 1), &report, &source);
		if (!failing_allocator_disarm()) {
			ck_assert_int_eq(error, -EINVAL);
			ck_assert_uint_gt(n, 20);
			break;
		}
		/* The report alone may be cut short. */
		ck_assert_msg(error == -ENOMEM || error == -EINVAL, "allocation %zu: %d", n, error);
	}
	buffer_release(&report);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("synthetic");
	TCase *test_case = tcase_create("synthetic");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, every_event);
	tcase_add_test(test_case, every_system_call);
	tcase_add_test(test_case, defaults);
	tcase_add_test(test_case, processes);
	tcase_add_test(test_case, failed_execve);
	tcase_add_test(test_case, sockets);
	tcase_add_test(test_case, numbers_of_descriptors);
	tcase_add_test(test_case, memory_fails);
	suite_add_tcase(suite, test_case);
	return suite;
}

CHECK_MAIN(suite)
