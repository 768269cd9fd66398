/*
 * Pairs of field and event whose binding times were thought through by hand, from what the calls do and what rules see
 * of them. The rows say what must be true, not what the tables say.
 */
#include "catalog/phase.h"
#include "catalog/value_bounds.h"

#include <stdio.h>

#include "tests/support/check_main.h"

#define NOT false
#define PREDICTED true

static const struct {
	const char *field;
	const char *argument; /* NULL: none; digits: an index */
	const char *event;    /* evt.type of the exit event of today */
	enum phase phase;
	bool is_predicted;
} pairs[] = {
	/* The design's examples: the moment belongs to the pair. */
	{"proc.name", NULL, "openat", PHASE_PROCESS, NOT},
	{"proc.name", NULL, "execve", PHASE_RESULT, PREDICTED},
	{"user.name", NULL, "openat", PHASE_PROCESS, NOT},
	{"user.name", NULL, "setuid", PHASE_RESULT, PREDICTED},
	{"user.uid", NULL, "setuid", PHASE_RESULT, PREDICTED},
	{"thread.cap_effective", NULL, "openat", PHASE_PROCESS, NOT},
	{"thread.cap_effective", NULL, "unshare", PHASE_RESULT, PREDICTED},
	{"fd.name", NULL, "read", PHASE_DESCRIPTOR, NOT},
	{"fd.name", NULL, "dup", PHASE_RESULT, PREDICTED},
	{"proc.cwd", NULL, "openat", PHASE_PROCESS, NOT},
	{"proc.cwd", NULL, "chdir", PHASE_RESULT, PREDICTED},
	{"fd.name", NULL, "openat", PHASE_RESULT, PREDICTED},
	{"fd.typechar", NULL, "openat", PHASE_RESULT, PREDICTED},
	{"fd.num", NULL, "dup2", PHASE_RESULT, PREDICTED},

	/* The event itself. */
	{"evt.type", NULL, "openat", PHASE_CONSTANT, NOT},
	{"evt.type", NULL, "syscall", PHASE_REGISTERS, NOT}, /* calls without a type of their own: by number */
	{"syscall.type", NULL, "syscall", PHASE_REGISTERS, NOT},
	{"evt.type", NULL, "asyncevent", PHASE_RESULT, NOT},
	{"evt.type.is", "openat", "openat", PHASE_CONSTANT, NOT},
	{"evt.dir", NULL, "openat", PHASE_CONSTANT, NOT},
	{"evt.source", NULL, "openat", PHASE_CONSTANT, NOT},
	{"evt.num", NULL, "openat", PHASE_MEMORY, NOT}, /* known, but not to a filter, and other each time */
	{"evt.cpu", NULL, "openat", PHASE_MEMORY, NOT},
	{"evt.time", NULL, "openat", PHASE_MEMORY, NOT},
	{"evt.hostname", NULL, "openat", PHASE_PROCESS, NOT},
	{"evt.latency", NULL, "openat", PHASE_CONSTANT, NOT},
	{"evt.is_wait", NULL, "poll", PHASE_CONSTANT, NOT},
	{"evt.io_dir", NULL, "write", PHASE_CONSTANT, NOT},
	{"evt.category", NULL, "chmod", PHASE_CONSTANT, NOT},
	{"evt.category", NULL, "read", PHASE_DESCRIPTOR, NOT}, /* file, net or ipc by the descriptor */
	{"evt.is_syslog", NULL, "write", PHASE_DESCRIPTOR, NOT},
	{"evt.is_syslog", NULL, "read", PHASE_CONSTANT, NOT},

	/* Results. */
	{"evt.res", NULL, "openat", PHASE_RESULT, NOT},
	{"evt.rawres", NULL, "chmod", PHASE_RESULT, NOT},
	{"evt.rawres", NULL, "getuid", PHASE_RESULT, NOT},
	{"evt.failed", NULL, "execve", PHASE_RESULT, NOT},
	{"evt.failed", NULL, "syscall", PHASE_CONSTANT, NOT}, /* generic events carry no result: never a value */
	{"evt.res", NULL, "procexit", PHASE_CONSTANT, NOT},
	{"evt.buflen", NULL, "read", PHASE_RESULT, NOT},
	{"evt.buflen", NULL, "chmod", PHASE_CONSTANT, NOT},
	{"evt.count.error", NULL, "openat", PHASE_RESULT, NOT},
	{"evt.count.error.memory", NULL, "mmap", PHASE_RESULT, NOT},
	{"evt.count.error.memory", NULL, "openat", PHASE_CONSTANT, NOT},
	{"evt.count.error.other", NULL, "chmod", PHASE_RESULT, NOT},

	/* Parameters: registers, memory, kernel. */
	{"evt.arg", "mode", "chmod", PHASE_REGISTERS, NOT},
	{"evt.arg", "2", "chmod", PHASE_REGISTERS, NOT}, /* by position: res, filename, mode */
	{"evt.rawarg", "mode", "fchmodat", PHASE_REGISTERS, NOT},
	{"evt.arg", "filename", "chmod", PHASE_MEMORY, NOT},
	{"evt.arg", "res", "chmod", PHASE_RESULT, NOT},
	{"evt.arg", "flags", "close", PHASE_CONSTANT, NOT}, /* it has none */
	{"evt.arg", "9", "close", PHASE_CONSTANT, NOT},
	{"evt.rawarg", "request", "ptrace", PHASE_REGISTERS, NOT},
	{"evt.arg", "request", "ptrace", PHASE_REGISTERS, NOT},
	{"evt.arg", "pid", "ptrace", PHASE_MEMORY, NOT}, /* its text is the name of that process */
	{"evt.rawarg", "pid", "ptrace", PHASE_REGISTERS, NOT},
	{"evt.rawarg", "cmd", "bpf", PHASE_REGISTERS, NOT},
	{"evt.arg", "domain", "socket", PHASE_REGISTERS, NOT},
	{"evt.arg", "name", "openat", PHASE_MEMORY, NOT},
	{"evt.rawarg", "flags", "openat", PHASE_RESULT, NOT}, /* "created" and layer bits come at exit */
	{"evt.arg", "flags", "openat", PHASE_RESULT, NOT},
	{"evt.arg", "mode", "openat", PHASE_REGISTERS, NOT},
	{"evt.arg", "mode", "openat2", PHASE_MEMORY, NOT}, /* struct open_how */
	{"evt.arg", "resolve", "openat2", PHASE_MEMORY, NOT},
	{"evt.arg", "fd", "openat", PHASE_RESULT, NOT},
	{"evt.arg", "dirfd", "openat", PHASE_MEMORY, NOT}, /* register and descriptor table; not what the call makes */
	{"evt.rawarg", "dirfd", "openat", PHASE_REGISTERS, NOT},
	{"evt.rawarg", "dev", "openat", PHASE_RESULT, NOT},
	{"evt.arg", "fd", "close", PHASE_MEMORY, NOT},
	{"evt.rawarg", "fd", "close", PHASE_REGISTERS, NOT},
	{"evt.arg", "fd", "connect", PHASE_RESULT, NOT}, /* its text is the tuple after the call */
	{"evt.arg", "addr", "connect", PHASE_MEMORY, NOT},
	{"evt.arg", "tuple", "connect", PHASE_RESULT, NOT},
	{"evt.arg", "tuple", "accept4", PHASE_RESULT, NOT},
	{"evt.arg", "data", "write", PHASE_MEMORY, NOT},
	{"evt.buffer", NULL, "write", PHASE_MEMORY, NOT},
	{"evt.buffer", NULL, "read", PHASE_RESULT, NOT},
	{"evt.buffer", NULL, "openat", PHASE_CONSTANT, NOT},
	{"evt.arg", "exe", "execve", PHASE_RESULT, NOT}, /* of a script: the interpreter */
	{"evt.arg", "filename", "execve", PHASE_MEMORY, NOT},
	{"evt.arg", "env", "execve", PHASE_MEMORY, NOT},
	{"evt.arg", "comm", "execve", PHASE_RESULT, NOT},
	{"evt.arg", "cwd", "execve", PHASE_CONSTANT, NOT}, /* always empty */
	{"evt.arg", "flags", "clone", PHASE_RESULT, NOT},
	{"evt.arg", "uid", "setuid", PHASE_MEMORY, NOT}, /* its text is the user's name */
	{"evt.rawarg", "uid", "setuid", PHASE_REGISTERS, NOT},
	{"evt.arg", "newcur", "prlimit", PHASE_MEMORY, NOT},
	{"evt.arg", "oldcur", "prlimit", PHASE_RESULT, NOT},
	{"evt.arg", "path", "getcwd", PHASE_RESULT, NOT},
	{"evt.arg", "path", "chdir", PHASE_MEMORY, NOT},
	{"evt.arg", "fd1", "pipe2", PHASE_RESULT, NOT},
	{"evt.arg", "flags", "pipe2", PHASE_REGISTERS, NOT},
	{"evt.arg", "fds", "poll", PHASE_RESULT, NOT},
	{"fdlist.nums", NULL, "poll", PHASE_MEMORY, NOT},
	{"fdlist.names", NULL, "ppoll", PHASE_MEMORY, NOT},
	{"fdlist.names", NULL, "read", PHASE_CONSTANT, NOT},
	{"evt.arg", "cap_effective", "capset", PHASE_RESULT, NOT},
	{"evt.rawarg", "nstype", "setns", PHASE_REGISTERS, NOT},
	{"evt.rawarg", "ID", "syscall", PHASE_REGISTERS, NOT},
	{"evt.args", NULL, "openat", PHASE_RESULT, NOT},
	{"evt.args", NULL, "getsockname", PHASE_CONSTANT, NOT},
	{"evt.args", NULL, "syscall", PHASE_REGISTERS, NOT},

	/* Opening. */
	{"evt.is_open_read", NULL, "open", PHASE_REGISTERS, NOT},
	{"evt.is_open_write", NULL, "openat", PHASE_REGISTERS, NOT},
	{"evt.is_open_write", NULL, "openat2", PHASE_MEMORY, NOT},
	{"evt.is_open_write", NULL, "creat", PHASE_CONSTANT, NOT}, /* has no flags: false */
	{"evt.is_open_exec", NULL, "creat", PHASE_REGISTERS, NOT},
	{"evt.is_open_exec", NULL, "open_by_handle_at", PHASE_CONSTANT, NOT},
	{"evt.is_open_create", NULL, "openat", PHASE_RESULT, NOT},
	{"evt.is_open_read", NULL, "dup3", PHASE_CONSTANT, NOT},
	{"fd.num", NULL, "openat", PHASE_RESULT, NOT},
	{"fd.directory", NULL, "open", PHASE_RESULT, PREDICTED},
	{"fd.filename", NULL, "creat", PHASE_RESULT, PREDICTED},
	{"fd.ino", NULL, "openat", PHASE_RESULT, NOT},
	{"fd.is_upper_layer", NULL, "openat", PHASE_RESULT, NOT},
	{"fd.name", NULL, "open_by_handle_at", PHASE_RESULT, NOT}, /* the kernel makes the path */
	{"fd.type", NULL, "open_by_handle_at", PHASE_RESULT, PREDICTED},
	{"fd.containername", NULL, "openat", PHASE_RESULT, PREDICTED},
	{"evt.abspath", NULL, "openat", PHASE_MEMORY, NOT},
	{"evt.abspath", NULL, "open_by_handle_at", PHASE_RESULT, NOT},
	{"evt.abspath", NULL, "open", PHASE_CONSTANT, NOT},

	/* Paths have a value after success only. */
	{"fs.path.name", NULL, "mkdir", PHASE_RESULT, PREDICTED},
	{"fs.path.name", NULL, "unlinkat", PHASE_RESULT, PREDICTED},
	{"fs.path.name", NULL, "openat", PHASE_RESULT, PREDICTED},
	{"fs.path.name", NULL, "fchmod", PHASE_RESULT, PREDICTED},
	{"fs.path.nameraw", NULL, "rmdir", PHASE_RESULT, PREDICTED},
	{"fs.path.source", NULL, "rename", PHASE_RESULT, PREDICTED},
	{"fs.path.target", NULL, "symlinkat", PHASE_RESULT, PREDICTED},
	{"fs.path.source", NULL, "mkdir", PHASE_CONSTANT, NOT},
	{"fs.path.name", NULL, "creat", PHASE_CONSTANT, NOT},

	/* Descriptors that are used: what they are was settled before. */
	{"fd.num", NULL, "read", PHASE_REGISTERS, NOT},
	{"fd.num", NULL, "close", PHASE_REGISTERS, NOT},
	{"fd.name", NULL, "close", PHASE_DESCRIPTOR, NOT}, /* still there while rules look */
	{"fd.sip", NULL, "write", PHASE_DESCRIPTOR, NOT},
	{"fd.dev", NULL, "fstat", PHASE_DESCRIPTOR, NOT},
	{"fd.uid", NULL, "read", PHASE_MEMORY, NOT}, /* thread and register */
	{"fd.containername", NULL, "read", PHASE_DESCRIPTOR, NOT},
	{"fd.connected", NULL, "read", PHASE_RESULT, NOT}, /* a successful read marks a socket as connected */
	{"fd.name_changed", NULL, "openat", PHASE_RESULT, NOT},
	{"fd.sip.name", NULL, "write", PHASE_MEMORY, NOT}, /* names are resolved in the background */
	{"fd.name", NULL, "chmod", PHASE_CONSTANT, NOT}, /* speaks of no descriptor */
	{"fd.num", NULL, "execve", PHASE_CONSTANT, NOT},
	{"fd.types", NULL, "read", PHASE_DESCRIPTOR, NOT},
	{"fd.types", NULL, "openat", PHASE_RESULT, NOT},
	{"proc.stdin.type", NULL, "execve", PHASE_RESULT, NOT}, /* it closes what is close-on-exec */
	{"proc.stdin.name", NULL, "chmod", PHASE_DESCRIPTOR, NOT},
	{"proc.stdout.type", NULL, "dup2", PHASE_RESULT, NOT},
	{"proc.fdopencount", NULL, "openat", PHASE_RESULT, NOT},
	{"proc.fdopencount", NULL, "close", PHASE_DESCRIPTOR, NOT}, /* taken away after rules have looked */
	{"proc.fdopencount", NULL, "close_range", PHASE_RESULT, NOT}, /* here before */

	/* Copies. */
	{"fd.sip", NULL, "dup2", PHASE_RESULT, PREDICTED},
	{"fd.type", NULL, "dup3", PHASE_RESULT, PREDICTED},
	{"fd.ino", NULL, "dup", PHASE_RESULT, PREDICTED},
	{"fd.num", NULL, "dup", PHASE_RESULT, NOT},
	{"fd.num", NULL, "dup3", PHASE_RESULT, PREDICTED},
	{"fd.name", NULL, "fcntl", PHASE_RESULT, PREDICTED}, /* F_DUPFD or not, the entry looks the same */
	{"fd.num", NULL, "fcntl", PHASE_RESULT, NOT},
	{"fd.name", NULL, "pidfd_getfd", PHASE_RESULT, NOT}, /* from another process */

	/* Sockets. */
	{"fd.type", NULL, "socket", PHASE_RESULT, PREDICTED},
	{"fd.l4proto", NULL, "socket", PHASE_RESULT, PREDICTED},
	{"fd.sip", NULL, "connect", PHASE_RESULT, PREDICTED},
	{"fd.rport", NULL, "connect", PHASE_RESULT, NOT}, /* which end is remote the local address tells */
	{"fd.l4proto", NULL, "connect", PHASE_RESULT, PREDICTED},
	{"fd.rport", NULL, "dup2", PHASE_RESULT, PREDICTED},
	{"fd.cip", NULL, "connect", PHASE_RESULT, NOT}, /* the kernel chooses the local end */
	{"fd.name", NULL, "connect", PHASE_RESULT, NOT}, /* shows both ends */
	{"fd.ip", NULL, "connect", PHASE_RESULT, NOT},
	{"fd.num", NULL, "connect", PHASE_REGISTERS, NOT},
	{"fd.sport", NULL, "bind", PHASE_RESULT, PREDICTED},
	{"fd.name", NULL, "bind", PHASE_RESULT, PREDICTED},
	{"fd.name", NULL, "listen", PHASE_DESCRIPTOR, NOT},
	{"fd.sip", NULL, "accept", PHASE_RESULT, NOT},
	{"fd.cip", NULL, "accept4", PHASE_RESULT, NOT},
	{"fd.rip", NULL, "sendto", PHASE_RESULT, PREDICTED},
	{"fd.name", NULL, "recvfrom", PHASE_RESULT, PREDICTED}, /* of a connected one; the state knows */

	/* New programs. */
	{"proc.cmdline", NULL, "execve", PHASE_RESULT, PREDICTED},
	{"proc.env", "HOME", "execve", PHASE_RESULT, PREDICTED},
	{"proc.exepath", NULL, "execve", PHASE_RESULT, NOT}, /* links, interpreters */
	{"proc.is_exe_from_memfd", NULL, "execve", PHASE_RESULT, NOT},
	{"proc.exe_ino.ctime", NULL, "execve", PHASE_RESULT, NOT},
	{"proc.is_exe_upper_layer", NULL, "openat", PHASE_PROCESS, NOT},
	{"user.uid", NULL, "execve", PHASE_RESULT, NOT}, /* set-user-id files */
	{"thread.cap_permitted", NULL, "execve", PHASE_RESULT, NOT},
	{"proc.tty", NULL, "execve", PHASE_RESULT, NOT},
	{"user.loginuid", NULL, "execve", PHASE_RESULT, NOT},
	{"container.id", NULL, "execve", PHASE_RESULT, NOT}, /* cgroups come with it */
	{"thread.tid", NULL, "execve", PHASE_RESULT, NOT}, /* the leader survives */
	{"proc.pid", NULL, "execve", PHASE_PROCESS, NOT},
	{"proc.cwd", NULL, "execve", PHASE_PROCESS, NOT},
	{"proc.pname", NULL, "execve", PHASE_PROCESS, NOT}, /* the parent's program */
	{"proc.aname", "1", "execve", PHASE_PROCESS, NOT},
	{"proc.aname", "0", "execve", PHASE_RESULT, NOT}, /* the process itself */
	{"proc.aname", "0", "openat", PHASE_PROCESS, NOT},
	{"proc.loginshellid", NULL, "execve", PHASE_RESULT, NOT}, /* counts itself */
	{"proc.sname", NULL, "execve", PHASE_RESULT, NOT}, /* may lead its session */
	{"proc.name", NULL, "execveat", PHASE_RESULT, PREDICTED},
	{"proc.duration", NULL, "execve", PHASE_MEMORY, NOT},

	/* New processes: the event is shown for the child too, which is another process. */
	{"proc.pid", NULL, "clone", PHASE_RESULT, NOT},
	{"proc.pname", NULL, "clone3", PHASE_RESULT, NOT},
	{"proc.cwd", NULL, "fork", PHASE_PROCESS, NOT}, /* the child's is a copy */
	{"proc.tty", NULL, "vfork", PHASE_PROCESS, NOT},
	{"proc.nthreads", NULL, "clone3", PHASE_RESULT, NOT},
	{"proc.nthreads", NULL, "procexit", PHASE_RESULT, NOT},
	{"proc.name", NULL, "procexit", PHASE_PROCESS, NOT},

	/* Identity. */
	{"user.homedir", NULL, "setresuid", PHASE_RESULT, PREDICTED},
	{"group.gid", NULL, "setuid", PHASE_PROCESS, NOT},
	{"group.name", NULL, "setgid", PHASE_RESULT, PREDICTED},
	{"user.uid", NULL, "setregid", PHASE_PROCESS, NOT},
	{"user.loginuid", NULL, "setuid", PHASE_PROCESS, NOT},
	{"thread.cap_permitted", NULL, "setuid", PHASE_PROCESS, NOT}, /* the model does not follow it */
	{"thread.cap_inheritable", NULL, "capset", PHASE_RESULT, PREDICTED},
	{"thread.cap_effective", NULL, "setns", PHASE_RESULT, PREDICTED},
	{"proc.sid", NULL, "setsid", PHASE_RESULT, NOT},
	{"proc.pgid", NULL, "setpgid", PHASE_PROCESS, NOT}, /* not followed */
	{"proc.cwd", NULL, "fchdir", PHASE_RESULT, PREDICTED},
	{"proc.cwd", NULL, "getcwd", PHASE_RESULT, NOT},
	{"container.id", NULL, "chroot", PHASE_RESULT, NOT},
	{"container.image.repository", NULL, "connect", PHASE_PROCESS, NOT},
	{"container.id", NULL, "asyncevent", PHASE_RESULT, NOT},

	/* Use of memory, limits, time. */
	{"proc.vmsize", NULL, "mmap", PHASE_RESULT, NOT},
	{"proc.vmsize", NULL, "read", PHASE_PROCESS, NOT},
	{"proc.fdlimit", NULL, "prlimit", PHASE_RESULT, NOT},
	{"proc.fdusage", NULL, "setrlimit", PHASE_RESULT, NOT},
	{"proc.duration", NULL, "openat", PHASE_MEMORY, NOT},
	{"proc.pid.ts", NULL, "openat", PHASE_PROCESS, NOT},
	{"evt.deltatime", NULL, "openat", PHASE_RESULT, NOT}, /* keeps state: to be asked once an event */
	{"util.cnt", NULL, "chmod", PHASE_RESULT, NOT},
	{"thread.cpu", NULL, "openat", PHASE_CONSTANT, NOT},
};

/* Enough for all pairs: a row too few would mean that the table was cut. */
_Static_assert(sizeof(pairs) / sizeof(pairs[0]) >= 80, "at least 80 pairs");

static int current_event(const char *name)
{
	for (int id = event_next_by_name(text_from_string(name), 0); id >= 0;
	     id = event_next_by_name(text_from_string(name), (unsigned)id + 1)) {
		unsigned production = event_info((unsigned)id)->production;

		if (production == PRODUCED_LIVE || production == PRODUCED_TRACEPOINT || production == PRODUCED_SYNTHETIC)
			return id;
	}
	return -1;
}

static struct field_request request_of(const char *field, const char *argument)
{
	int id = field_by_name(text_from_string(field));
	struct field_request request = {.field = (uint16_t)id, .has_argument = argument != NULL};
	uint64_t number;

	ck_assert_msg(id >= 0, "no field %s", field);
	if (argument) {
		request.argument = text_from_string(argument);
		request.argument_is_number = text_to_u64(request.argument, &number);
		if (request.argument_is_number)
			request.argument_number = (int64_t)number;
	}
	return request;
}

static struct field_phase phase_at(const char *field, const char *argument, const char *event)
{
	struct field_request request = request_of(field, argument);
	int id = current_event(event);

	ck_assert_msg(id >= 0, "no event %s", event);
	return phase_of(&request, (unsigned)id);
}

START_TEST(pairs_have_the_phase_that_was_thought_out)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct field_phase phase = phase_at(pairs[i].field, pairs[i].argument, pairs[i].event);

		if (phase.phase == pairs[i].phase && phase.is_predicted == pairs[i].is_predicted)
			continue;
		wrong++;
		printf("# %s[%s] at %s: %s%s, not %s%s\n", pairs[i].field, pairs[i].argument ? pairs[i].argument : "",
		       pairs[i].event, phase_name(phase.phase), phase.is_predicted ? " predicted" : "",
		       phase_name(pairs[i].phase), pairs[i].is_predicted ? " predicted" : "");
	}
	fflush(stdout); /* the test runs in a child that may abort */
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(only_results_are_predicted)
{
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		struct field_request request = {.field = (uint16_t)field};

		for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
			struct field_phase phase = phase_of(&request, event);

			ck_assert_uint_lt(phase.phase, PHASE_COUNT);
			ck_assert(!phase.is_predicted || phase.phase == PHASE_RESULT);
			ck_assert_msg(phase.phase != PHASE_CONSTANT || !phase.changes_with_time, "%s at %s",
				      field_info(field)->name, event_info(event)->constant);
		}
	}
}
END_TEST

/* What is kept on a process must not hang on anything that its bindings do not name. */
START_TEST(kept_values_name_their_bindings)
{
	const uint32_t never_kept = BINDING_HEADER | BINDING_TIME | BINDING_ARGUMENTS | BINDING_RESULT | BINDING_SUCCESS;

	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		struct field_request request = {.field = (uint16_t)field};

		for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
			struct field_phase phase = phase_of(&request, event);

			if (phase.phase != PHASE_PROCESS && phase.phase != PHASE_DESCRIPTOR)
				continue;
			ck_assert_uint_ne(phase.bindings, 0);
			ck_assert_msg((phase.bindings & never_kept) == 0, "%s at %s", field_info(field)->name,
				      event_info(event)->constant);
			ck_assert_uint_eq(phase.bindings & event_info(event)->rebinds, 0);
		}
	}
}
END_TEST

START_TEST(time_marks_what_must_not_be_kept)
{
	ck_assert(phase_at("proc.duration", NULL, "openat").changes_with_time);
	ck_assert(phase_at("evt.time", NULL, "openat").changes_with_time);
	ck_assert(phase_at("container.duration", NULL, "openat").changes_with_time);
	ck_assert(phase_at("fd.sip.name", NULL, "read").changes_with_time);
	ck_assert(phase_at("util.cnt", NULL, "read").changes_with_time);
	ck_assert(!phase_at("proc.name", NULL, "openat").changes_with_time);
	ck_assert(!phase_at("proc.pid.ts", NULL, "openat").changes_with_time);
	ck_assert_uint_eq(phase_at("proc.name", NULL, "openat").bindings, BINDING_IMAGE);
	ck_assert_uint_eq(phase_at("user.name", NULL, "openat").bindings, BINDING_USER_ID | BINDING_CONTAINER);
}
END_TEST

START_TEST(ancestors_compared_one_by_one_leave_the_process_out)
{
	struct field_request request = request_of("proc.aname", NULL);

	request.flags = SLOT_FLAG_EACH;
	ck_assert_uint_eq(phase_of(&request, EVENT_SYSCALL_EXECVE_19_X).phase, PHASE_PROCESS);
	ck_assert_uint_eq(phase_of(&request, EVENT_SYSCALL_EXECVE_19_X).bindings, BINDING_ANCESTORS);
	request.flags = 0; /* printed */
	ck_assert_uint_eq(phase_of(&request, EVENT_SYSCALL_EXECVE_19_X).phase, PHASE_RESULT);
}
END_TEST

START_TEST(fields_and_events_that_do_not_exist_are_results)
{
	struct field_request request = {.field = FIELD_COUNT};

	ck_assert_uint_eq(phase_of(&request, EVENT_SYSCALL_READ_X).phase, PHASE_RESULT);
	request = request_of("proc.name", NULL);
	ck_assert_uint_eq(phase_of(&request, EVENT_ID_COUNT).phase, PHASE_RESULT);
	request = request_of("evt.arg", NULL);
	ck_assert_uint_eq(phase_of(&request, EVENT_SYSCALL_READ_X).phase, PHASE_CONSTANT);
	request.has_argument = request.argument_is_number = true;
	request.argument_number = -1;
	ck_assert_uint_eq(phase_of(&request, EVENT_SYSCALL_READ_X).phase, PHASE_CONSTANT);
	request.argument_number = INT64_MAX;
	ck_assert_uint_eq(phase_of(&request, EVENT_SYSCALL_READ_X).phase, PHASE_CONSTANT);
}
END_TEST

START_TEST(parameters_that_fields_look_at)
{
	struct field_request request = request_of("evt.args", NULL);

	ck_assert_uint_eq(field_parameters(&request, EVENT_SYSCALL_CLOSE_X), 3);
	ck_assert_uint_eq(field_parameters(&request, EVENT_SOCKET_GETSOCKNAME_X), 0);
	request = request_of("evt.buffer", NULL);
	ck_assert_uint_eq(field_parameters(&request, EVENT_SYSCALL_READ_X),
			  1u << PARAMETER_INDEX(SYSCALL_READ_X, data));
	request = request_of("fs.path.source", NULL);
	ck_assert_uint_eq(field_parameters(&request, EVENT_SYSCALL_LINKAT_2_X),
			  1u << PARAMETER_INDEX(SYSCALL_LINKAT_2_X, newpath));
	request = request_of("evt.is_open_exec", NULL);
	ck_assert_uint_eq(field_parameters(&request, EVENT_SYSCALL_OPENAT_2_X),
			  1u << PARAMETER_INDEX(SYSCALL_OPENAT_2_X, flags) |
				  1u << PARAMETER_INDEX(SYSCALL_OPENAT_2_X, mode));
}
END_TEST

/* field_parameters() searches them. */
START_TEST(rows_are_in_the_order_of_fields)
{
	static const uint16_t fields[] = {
#define FIELD_PARAMETER(field, event, parameter) FIELD_##field,
#include "catalog/field_parameters.def"
#undef FIELD_PARAMETER
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		ck_assert(i == 0 || fields[i - 1] <= fields[i]);
		ck_assert_msg(field_info(fields[i])->depends & BINDING_ARGUMENTS, "%s", field_info(fields[i])->name);
	}
}
END_TEST

static uint32_t bound_at(const char *field, const char *argument, unsigned event)
{
	struct field_request request = request_of(field, argument);

	return field_bytes_max(&request, event);
}

START_TEST(bounds_follow_the_parameters)
{
	ck_assert_uint_eq(bound_at("proc.cmdline", NULL, EVENT_SYSCALL_READ_X), 8193);
	ck_assert_uint_eq(bound_at("evt.type", NULL, EVENT_SYSCALL_OPENAT_2_X), strlen("openat"));
	ck_assert_uint_eq(bound_at("evt.type", NULL, EVENT_ASYNCEVENT_E), 4096);
	ck_assert_uint_ge(bound_at("evt.type", NULL, EVENT_GENERIC_X), strlen("sched_get_priority_max"));
	ck_assert_uint_eq(bound_at("evt.rawarg", "fd", EVENT_SYSCALL_CLOSE_X), 8);
	ck_assert_uint_eq(bound_at("evt.rawarg", "none", EVENT_SYSCALL_CLOSE_X), 0);
	ck_assert_uint_eq(bound_at("evt.buffer", NULL, EVENT_SYSCALL_READ_X), 65535);
	ck_assert_uint_eq(bound_at("evt.buffer", NULL, EVENT_SYSCALL_CLOSE_X), 0);
	ck_assert_uint_ge(bound_at("evt.arg", "mode", EVENT_SYSCALL_CHMOD_X), 12 * strlen("S_IXOTH") + 11);
	ck_assert_uint_lt(bound_at("evt.arg", "mode", EVENT_SYSCALL_CHMOD_X), 200);
	ck_assert_uint_ge(bound_at("evt.arg", "filename", EVENT_SYSCALL_CHMOD_X), 4096);
	ck_assert_uint_ge(bound_at("evt.args", NULL, EVENT_SYSCALL_CHMOD_X), 2 * 4096);
	ck_assert_uint_eq(bound_at("evt.args", NULL, EVENT_SOCKET_GETSOCKNAME_X), 0);
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		ck_assert_uint_le(bound_at("evt.args", NULL, event), field_info(FIELD_EVT_ARGS)->value_bytes_max);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("phase");
	TCase *tests = tcase_create("phase");

	tcase_add_test(tests, pairs_have_the_phase_that_was_thought_out);
	tcase_add_test(tests, only_results_are_predicted);
	tcase_add_test(tests, kept_values_name_their_bindings);
	tcase_add_test(tests, time_marks_what_must_not_be_kept);
	tcase_add_test(tests, ancestors_compared_one_by_one_leave_the_process_out);
	tcase_add_test(tests, fields_and_events_that_do_not_exist_are_results);
	tcase_add_test(tests, parameters_that_fields_look_at);
	tcase_add_test(tests, rows_are_in_the_order_of_fields);
	tcase_add_test(tests, bounds_follow_the_parameters);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
