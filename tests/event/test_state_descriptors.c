/* The open family, close, copies and makers of descriptors (event-model reference, sections 8, 9 and 16). */
#include <stdio.h>

#include "tests/support/check_main.h"
#include "tests/support/state_fixture.h"

START_TEST(open_names)
{
	open_file(SHELL_TID, 3, "dir//./x/../file", OPEN_READ | OPEN_CLOSE_ON_EXEC);
	ck_assert_ptr_eq(event->descriptor, descriptor_of(SHELL_TID, 3));
	ck_assert_int_eq(event->descriptor_number, 3);
	ck_assert(event->descriptor_name_changed);
	ck_assert_text_eq(descriptor_name(event->descriptor), "/home/user/dir/file");
	ck_assert_text_eq(descriptor_raw_name(event->descriptor), "dir/./x/../file");
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_FILE);
	ck_assert_uint_eq(event->descriptor->device, 0xfe00);
	ck_assert_uint_eq(event->descriptor->inode, 77);
	ck_assert(event->descriptor->close_on_exec);
	/* The same name again counts as new. */
	open_file(SHELL_TID, 3, "/home/user/dir/file", OPEN_READ | OPEN_DIRECTORY | OPEN_UPPER_LAYER);
	ck_assert(event->descriptor_name_changed);
	ck_assert_int_eq(event->descriptor->kind, DESCRIPTOR_DIRECTORY);
	ck_assert(event->descriptor->is_upper_layer && !event->descriptor->is_lower_layer);
}
END_TEST

START_TEST(open_fails)
{
	open_file(SHELL_TID, -2, "/etc/passwd", OPEN_READ);
	ck_assert_ptr_null(event->descriptor);
	ck_assert_int_eq(event->descriptor_number, -1);
	ck_assert(!event->descriptor_name_changed);
}
END_TEST

START_TEST(open_relative_to_a_descriptor)
{
	open_file(SHELL_TID, 3, "/var/log", OPEN_READ | OPEN_DIRECTORY);
	APPLY_EVENT(SYSCALL_OPENAT_2_X, SHELL_TID, NUMBER(4), NUMBER(3), STRING("../lib/x"), NUMBER(OPEN_READ));
	ck_assert_text_eq(name_of(SHELL_TID, 4), "/var/lib/x");
	APPLY_EVENT(SYSCALL_OPENAT2_X, SHELL_TID, NUMBER(5), NUMBER(77), STRING("x"), NUMBER(OPEN_READ));
	ck_assert_text_eq(name_of(SHELL_TID, 5), "<UNKNOWN>x");
	APPLY_EVENT(SYSCALL_OPENAT_2_X, SHELL_TID, NUMBER(6), NUMBER(77), STRING("/abs"), NUMBER(OPEN_READ));
	ck_assert_text_eq(name_of(SHELL_TID, 6), "/abs");
	APPLY_EVENT(SYSCALL_OPEN_X, SHELL_TID, NUMBER(7), EMPTY, NUMBER(OPEN_READ));
	ck_assert_text_eq(name_of(SHELL_TID, 7), "/home/user/<NA>");
	APPLY_EVENT(SYSCALL_OPEN_BY_HANDLE_AT_X, SHELL_TID, NUMBER(8), NUMBER(3), NUMBER(OPEN_READ), STRING("/a/b"), NUMBER(1),
		    NUMBER(2));
	ck_assert_text_eq(name_of(SHELL_TID, 8), "/a/b");
	ck_assert_uint_eq(event->descriptor->inode, 2);
}
END_TEST

START_TEST(creat_layers)
{
	APPLY_EVENT(SYSCALL_CREAT_X, SHELL_TID, NUMBER(3), STRING("new"), NUMBER(0644), NUMBER(9), NUMBER(10), NUMBER(2));
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/home/user/new");
	ck_assert(event->descriptor->is_lower_layer && !event->descriptor->is_upper_layer);
	ck_assert_uint_eq(event->descriptor->device, 9);
}
END_TEST

START_TEST(too_long)
{
	char path[1100];

	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	open_file(SHELL_TID, 3, path, OPEN_READ);
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/DIR_TOO_LONG/FILENAME_TOO_LONG");
}
END_TEST

/* The copy made at entry is what the kernel was asked for. */
START_TEST(swapped_arguments)
{
	pass();
	APPLY_EVENT(SYSCALL_OPENAT_2_E, SHELL_TID, NUMBER(-100), STRING("/asked"), NUMBER(OPEN_WRITE));
	ck_assert_int_eq(event->descriptor_number, -1);
	open_file(SHELL_TID, 3, "/shown", OPEN_READ | OPEN_CREATED);
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/asked");
	ck_assert_uint_eq(event->descriptor->open_flags, OPEN_WRITE | OPEN_CREATED);
	/* Only the event right after the copy. */
	APPLY_EVENT(SYSCALL_OPENAT_2_E, SHELL_TID, NUMBER(-100), STRING("/asked"), NUMBER(OPEN_WRITE));
	APPLY_EVENT(SYSCALL_SELECT_X, SHELL_TID, NUMBER(0));
	open_file(SHELL_TID, 3, "/shown", OPEN_READ);
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/shown");
	/* Not of another thread, not of another call, not what could not be read. */
	APPLY_EVENT(SYSCALL_OPENAT_2_E, SHELL_THREAD_TID, NUMBER(-100), STRING("/asked"), NUMBER(OPEN_WRITE));
	open_file(SHELL_TID, 3, "/shown", OPEN_READ);
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/shown");
	APPLY_EVENT(SYSCALL_OPENAT2_E, SHELL_TID, NUMBER(-100), STRING("/asked"), NUMBER(OPEN_WRITE));
	open_file(SHELL_TID, 3, "/shown", OPEN_READ);
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/shown");
	APPLY_EVENT(SYSCALL_OPEN_E, SHELL_TID, EMPTY, NUMBER(OPEN_WRITE));
	APPLY_EVENT(SYSCALL_OPEN_X, SHELL_TID, NUMBER(3), STRING("/shown"), NUMBER(OPEN_READ));
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/shown");
	APPLY_EVENT(SYSCALL_CREAT_E, SHELL_TID, STRING("/asked"), NUMBER(0));
	APPLY_EVENT(SYSCALL_CREAT_X, SHELL_TID, NUMBER(3), STRING("/shown"), NUMBER(0));
	ck_assert_text_eq(name_of(SHELL_TID, 3), "/asked");
}
END_TEST

START_TEST(close_is_delayed)
{
	open_file(SHELL_TID, 3, "/etc/passwd", OPEN_READ);
	APPLY_EVENT(SYSCALL_CLOSE_X, SHELL_THREAD_TID, NUMBER(0), NUMBER(3));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/etc/passwd");
	ck_assert_int_eq(event->descriptor_number, 3);
	ck_assert(!event->descriptor_name_changed);
	pass();
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 3));
	open_file(SHELL_TID, 3, "/etc/passwd", OPEN_READ);
	APPLY_EVENT(SYSCALL_CLOSE_X, SHELL_TID, NUMBER(-9), NUMBER(3));
	pass();
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 3));
}
END_TEST

START_TEST(close_range)
{
	for (int64_t number = 3; number < 10; number++)
		open_file(SHELL_TID, number, "/f", OPEN_READ);
	APPLY_EVENT(SYSCALL_CLOSE_RANGE_X, SHELL_TID, NUMBER(-22), NUMBER(3), NUMBER(9), NUMBER(0));
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 3));
	APPLY_EVENT(SYSCALL_CLOSE_RANGE_X, SHELL_TID, NUMBER(0), NUMBER(5), NUMBER(6), NUMBER(0));
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 4));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 5));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 6));
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 7));
	APPLY_EVENT(SYSCALL_CLOSE_RANGE_X, SHELL_TID, NUMBER(0), NUMBER(8), NUMBER(0xffffffff), NUMBER(4));
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 9));
	APPLY_EVENT(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(0), STRING("x"));
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 7));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 8));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 9));
}
END_TEST

START_TEST(dup_family)
{
	open_file(SHELL_TID, 3, "/etc/passwd", OPEN_READ | OPEN_CLOSE_ON_EXEC);
	APPLY_EVENT(SYSCALL_DUP_1_X, SHELL_TID, NUMBER(0), NUMBER(3));
	ck_assert_int_eq(event->descriptor_number, 0);
	ck_assert_ptr_eq(event->descriptor, descriptor_of(SHELL_TID, 0));
	ck_assert(!event->descriptor->close_on_exec);
	ck_assert(!event->descriptor_name_changed);
	ck_assert_int_eq(event->thread->pipeline, PIPELINE_RECEIVER);
	APPLY_EVENT(SYSCALL_DUP2_X, SHELL_TID, NUMBER(1), NUMBER(3), NUMBER(1));
	ck_assert_int_eq(event->thread->pipeline, PIPELINE_RECEIVER | PIPELINE_SENDER);
	APPLY_EVENT(SYSCALL_DUP3_X, SHELL_TID, NUMBER(9), NUMBER(3), NUMBER(9), NUMBER(OPEN_CLOSE_ON_EXEC));
	ck_assert(event->descriptor->close_on_exec);
	APPLY_EVENT(SYSCALL_FCNTL_X, SHELL_TID, NUMBER(10), NUMBER(3), NUMBER(26), NUMBER(10));
	ck_assert_int_eq(event->descriptor_number, 10);
	ck_assert(event->descriptor->close_on_exec);
	APPLY_EVENT(SYSCALL_FCNTL_X, SHELL_TID, NUMBER(11), NUMBER(3), NUMBER(1), NUMBER(10));
	ck_assert(!event->descriptor->close_on_exec);
	/* F_SETFD, F_GETFL, a failure, an unknown source. */
	APPLY_EVENT(SYSCALL_FCNTL_X, SHELL_TID, NUMBER(0), NUMBER(11), NUMBER(3), NUMBER(1));
	ck_assert(entry_of(SHELL_TID, 11)->close_on_exec);
	ck_assert_int_eq(event->descriptor_number, 11);
	APPLY_EVENT(SYSCALL_FCNTL_X, SHELL_TID, NUMBER(12), NUMBER(3), NUMBER(5), NUMBER(0));
	ck_assert_int_eq(event->descriptor_number, 3);
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 12));
	APPLY_EVENT(SYSCALL_DUP2_X, SHELL_TID, NUMBER(-9), NUMBER(3), NUMBER(20));
	ck_assert_int_eq(event->descriptor_number, 3);
	ck_assert_text_eq(descriptor_name(event->descriptor), "/etc/passwd");
	APPLY_EVENT(SYSCALL_DUP2_X, SHELL_TID, NUMBER(20), NUMBER(44), NUMBER(20));
	ck_assert_int_eq(event->descriptor_number, 44);
	ck_assert_ptr_null(event->descriptor);
	APPLY_EVENT(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(0), STRING("x"));
	ck_assert_ptr_nonnull(descriptor_of(SHELL_TID, 0));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 3));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 9));
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 11));
}
END_TEST

/* A maker: the event, the kind, whether execve closes it when asked to. */
static const struct maker {
	enum event_id type;
	enum descriptor_kind kind;
	struct parameter_value values[5];
	bool closes_on_exec;
	const char *name;
} makers[] = {
	{EVENT_SYSCALL_EVENTFD_X, DESCRIPTOR_EVENTFD, {NUMBER(0), NUMBER(4096)}, false, ""},
	{EVENT_SYSCALL_EVENTFD2_X, DESCRIPTOR_EVENTFD, {NUMBER(4096), NUMBER(0)}, true, ""},
	{EVENT_SYSCALL_SIGNALFD_X, DESCRIPTOR_SIGNALFD, {NUMBER(-1), NUMBER(0), NUMBER(1)}, false, ""},
	{EVENT_SYSCALL_SIGNALFD4_X, DESCRIPTOR_SIGNALFD, {NUMBER(4096), NUMBER(-1), NUMBER(0)}, true, ""},
	{EVENT_SYSCALL_TIMERFD_CREATE_X, DESCRIPTOR_TIMERFD, {NUMBER(0), NUMBER(255)}, false, ""},
	{EVENT_SYSCALL_INOTIFY_INIT_X, DESCRIPTOR_INOTIFY, {NUMBER(255)}, false, ""},
	{EVENT_SYSCALL_INOTIFY_INIT1_X, DESCRIPTOR_INOTIFY, {NUMBER(4096)}, true, ""},
	{EVENT_SYSCALL_EPOLL_CREATE_X, DESCRIPTOR_EVENTPOLL, {NUMBER(1)}, false, ""},
	{EVENT_SYSCALL_EPOLL_CREATE1_X, DESCRIPTOR_EVENTPOLL, {NUMBER(1)}, true, ""},
	{EVENT_SYSCALL_BPF_2_X, DESCRIPTOR_BPF, {NUMBER(5)}, false, ""},
	{EVENT_SYSCALL_USERFAULTFD_X, DESCRIPTOR_USERFAULTFD, {NUMBER(4096)}, false, ""},
	{EVENT_SYSCALL_IO_URING_SETUP_X, DESCRIPTOR_IO_URING, {NUMBER(8)}, false, ""},
	{EVENT_SYSCALL_MEMFD_CREATE_X, DESCRIPTOR_MEMFD, {STRING("anon"), NUMBER(1)}, true, "anon"},
	{EVENT_SYSCALL_PIDFD_OPEN_X, DESCRIPTOR_PIDFD, {NUMBER(SHELL_TID), NUMBER(0)}, false, "/proc/100"},
};

static void make(const struct maker *maker, int64_t result)
{
	struct parameter_value values[6] = {NUMBER(result)};
	size_t count = event_parameter_count(maker->type);

	memcpy(values + 1, maker->values, sizeof maker->values);
	event = event_build(&builder, maker->type, SHELL_TID, values, count < 6 ? count : 6);
}

START_TEST(makers_of_descriptors)
{
	const struct maker *maker = &makers[_i];
	const struct descriptor *prediction;
	int64_t number;

	pass();
	make(maker, -1);
	event->stage = STAGE_ENTER;
	state_apply(state, event);
	prediction = state_predict_descriptor(state, event, &number);
	ck_assert_ptr_nonnull(prediction);
	ck_assert_int_eq(prediction->kind, maker->kind);
	ck_assert_int_eq(number, -1);
	make(maker, -24);
	state_apply(state, event);
	ck_assert_ptr_null(event->descriptor);
	ck_assert_int_eq(event->descriptor_number, -1);
	make(maker, 3);
	state_apply(state, event);
	ck_assert_ptr_eq(event->descriptor, descriptor_of(SHELL_TID, 3));
	ck_assert_int_eq(event->descriptor_number, 3);
	ck_assert_int_eq(event->descriptor->kind, maker->kind);
	ck_assert_text_eq(descriptor_name(event->descriptor), maker->name);
	ck_assert(event->descriptor_name_changed == (maker->name[0] != '\0'));
	APPLY_EVENT(SYSCALL_EXECVE_19_X, SHELL_TID, NUMBER(0), STRING("x"));
	ck_assert((descriptor_of(SHELL_TID, 3) == NULL) == maker->closes_on_exec);
}
END_TEST

START_TEST(bpf_commands_without_descriptor)
{
	APPLY_EVENT(SYSCALL_BPF_2_X, SHELL_TID, NUMBER(0), NUMBER(1)); /* BPF_MAP_LOOKUP_ELEM */
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 0));
	ck_assert_int_eq(event->descriptor_number, -1);
}
END_TEST

START_TEST(pipes)
{
	APPLY_EVENT(SYSCALL_PIPE_X, SHELL_TID, NUMBER(0), NUMBER(3), NUMBER(4), NUMBER(99));
	ck_assert_int_eq(event->descriptor_number, 4);
	ck_assert_ptr_eq(event->descriptor, descriptor_of(SHELL_TID, 4));
	ck_assert_uint_eq(entry_of(SHELL_TID, 3)->inode, 99);
	ck_assert(!event->descriptor_name_changed);
	APPLY_EVENT(SYSCALL_PIPE2_X, SHELL_TID, NUMBER(0), NUMBER(5), NUMBER(6), NUMBER(99), NUMBER(OPEN_CLOSE_ON_EXEC));
	ck_assert(entry_of(SHELL_TID, 5)->close_on_exec && entry_of(SHELL_TID, 6)->close_on_exec);
	APPLY_EVENT(SYSCALL_PIPE2_X, SHELL_TID, NUMBER(-24), EMPTY, EMPTY, EMPTY, NUMBER(0));
	ck_assert_int_eq(event->descriptor_number, -1);
}
END_TEST

START_TEST(pidfd_getfd)
{
	open_file(SHELL_TID, 3, "/etc/shadow", OPEN_READ);
	APPLY_EVENT(SYSCALL_PIDFD_OPEN_X, INIT_TID, NUMBER(5), NUMBER(SHELL_TID), NUMBER(0));
	APPLY_EVENT(SYSCALL_PIDFD_GETFD_X, INIT_TID, NUMBER(6), NUMBER(5), NUMBER(3), NUMBER(0));
	ck_assert_text_eq(name_of(INIT_TID, 6), "/etc/shadow");
	ck_assert(event->descriptor->close_on_exec);
	APPLY_EVENT(SYSCALL_PIDFD_GETFD_X, INIT_TID, NUMBER(7), NUMBER(5), NUMBER(33), NUMBER(0));
	ck_assert_ptr_null(descriptor_of(INIT_TID, 7));
	APPLY_EVENT(SYSCALL_PIDFD_GETFD_X, INIT_TID, NUMBER(7), NUMBER(6), NUMBER(3), NUMBER(0));
	ck_assert_ptr_null(descriptor_of(INIT_TID, 7));
}
END_TEST

START_TEST(used_descriptors)
{
	open_file(SHELL_TID, 3, "/a", OPEN_READ);
	open_file(SHELL_TID, 4, "/b", OPEN_READ);
	APPLY_EVENT(SYSCALL_READ_X, SHELL_TID, NUMBER(1), EMPTY, NUMBER(3), NUMBER(1));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/a");
	APPLY_EVENT(SYSCALL_READV_X, SHELL_TID, NUMBER(1), NUMBER(1), EMPTY, NUMBER(4));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/b");
	APPLY_EVENT(SYSCALL_SENDFILE_X, SHELL_TID, NUMBER(1), NUMBER(0), NUMBER(4), NUMBER(3), NUMBER(9));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/b");
	APPLY_EVENT(SYSCALL_SPLICE_X, SHELL_TID, NUMBER(1), NUMBER(3), NUMBER(4), NUMBER(0), NUMBER(9));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/b");
	APPLY_EVENT(SYSCALL_MMAP_X, SHELL_TID, NUMBER(1), NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0),
		    NUMBER(0), NUMBER(3), NUMBER(0));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/a");
	APPLY_EVENT(SYSCALL_UNLINKAT_2_X, SHELL_TID, NUMBER(0), NUMBER(-100), STRING("x"));
	ck_assert_ptr_null(event->descriptor);
	ck_assert_int_eq(event->descriptor_number, -100);
	APPLY_EVENT(SYSCALL_LSEEK_X, SHELL_TID, NUMBER(0), EMPTY, NUMBER(1));
	ck_assert_int_eq(event->descriptor_number, -1);
	/* At entry: what the call will use. */
	APPLY_ENTER(SYSCALL_WRITE_X, SHELL_TID, EMPTY, EMPTY, NUMBER(4), NUMBER(1));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/b");
	ck_assert_int_eq(event->descriptor_number, 4);
}
END_TEST

START_TEST(predictions)
{
	const struct descriptor *prediction;
	int64_t number;

	open_file(SHELL_TID, 3, "/var", OPEN_READ | OPEN_DIRECTORY);
	APPLY_ENTER(SYSCALL_OPENAT_2_X, SHELL_TID, EMPTY, NUMBER(3), STRING("../etc/x"), NUMBER(OPEN_WRITE | OPEN_CREATE));
	ck_assert_ptr_null(event->descriptor);
	prediction = state_predict_descriptor(state, event, &number);
	ck_assert_text_eq(descriptor_name(prediction), "/etc/x");
	ck_assert_text_eq(descriptor_raw_name(prediction), "../etc/x");
	ck_assert_int_eq(prediction->kind, DESCRIPTOR_FILE);
	ck_assert_int_eq(number, -1);
	APPLY_ENTER(SYSCALL_DUP2_X, SHELL_TID, EMPTY, NUMBER(3), NUMBER(9));
	prediction = state_predict_descriptor(state, event, &number);
	ck_assert_text_eq(descriptor_name(prediction), "/var");
	ck_assert_int_eq(number, 9);
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 9));
	APPLY_ENTER(SYSCALL_DUP2_X, SHELL_TID, EMPTY, NUMBER(44), NUMBER(9));
	ck_assert_ptr_null(state_predict_descriptor(state, event, &number));
	APPLY_ENTER(SOCKET_ACCEPT_5_X, SHELL_TID, EMPTY);
	ck_assert_ptr_null(state_predict_descriptor(state, event, &number));
}
END_TEST

START_TEST(many_descriptors)
{
	struct state_limits limits = {.descriptors_per_process = 5000};
	const struct descriptor *descriptor;
	char name[32];
	size_t position = 0, count = 0;
	int64_t number;

	tear_down();
	state = state_new(&limits, NULL);
	add_process(SHELL_TID, SHELL_TID, 0, "shell");
	for (int64_t i = 0; i < 6000; i++) {
		snprintf(name, sizeof name, "/%d", (int)i);
		open_file(SHELL_TID, i * (INT64_C(1) << 20), name, OPEN_READ);
	}
	ck_assert_uint_eq(descriptor_table_count(thread_descriptors(thread_of(SHELL_TID))), 5000);
	ck_assert_uint_eq(state->counters.descriptors_dropped, 1000);
	ck_assert_int_eq(event->descriptor_number, 5999 * (INT64_C(1) << 20));
	ck_assert_ptr_null(event->descriptor);
	for (int64_t i = 0; i < 5000; i += 3) {
		APPLY_EVENT(SYSCALL_CLOSE_X, SHELL_TID, NUMBER(0), NUMBER(i * (INT64_C(1) << 20)));
	}
	pass();
	for (int64_t i = 0; i < 5000; i++) {
		descriptor = descriptor_of(SHELL_TID, i * (INT64_C(1) << 20));
		snprintf(name, sizeof name, "/%d", (int)i);
		if (i % 3 == 0)
			ck_assert_ptr_null(descriptor);
		else
			ck_assert_text_eq(name_of(SHELL_TID, i * (INT64_C(1) << 20)), name);
	}
	while (descriptor_table_next(thread_descriptors(thread_of(SHELL_TID)), &position, &number, &descriptor))
		count++;
	ck_assert_uint_eq(count, 5000 - 1667);
}
END_TEST

/* ---- lists and look-ups ---- */

START_TEST(listed_descriptors)
{
	struct descriptor_entry file = {.number = 0, .list_type = 16, .open_flags = OPEN_READ | OPEN_CLOSE_ON_EXEC,
					.device = 5, .inode = 6, .name = TEXT("/dev/null")};
	struct descriptor_entry pipe = {.number = 1, .list_type = 7, .inode = 8, .name = TEXT("pipe:[8]")};
	struct descriptor_entry odd = {.number = 2, .list_type = 200, .name = TEXT("unknown-type:[200]")};

	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &file), 0);
	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &pipe), 0);
	ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &odd), 0);
	ck_assert_int_lt(state_add_descriptor(state, 4711, &odd), 0);
	pass();
	ck_assert_text_eq(name_of(SHELL_THREAD_TID, 0), "/dev/null");
	ck_assert(entry_of(SHELL_TID, 0)->close_on_exec);
	ck_assert_uint_eq(entry_of(SHELL_TID, 0)->device, 5);
	ck_assert_text_eq(descriptor_raw_name(entry_of(SHELL_TID, 0)), "");
	ck_assert_int_eq(entry_of(SHELL_TID, 1)->kind, DESCRIPTOR_PIPE);
	ck_assert_int_eq(entry_of(SHELL_TID, 2)->kind, DESCRIPTOR_UNSUPPORTED);
	ck_assert_int_eq(descriptor_letter(DESCRIPTOR_UNSUPPORTED), 'X');
	ck_assert_str_eq(descriptor_type_name(DESCRIPTOR_EVENTFD), "event");
}
END_TEST

static int find_descriptor(const struct state_lookup *lookup, const struct thread *thread, int64_t number,
			   struct descriptor_entry *ret_entry)
{
	(void)lookup;
	if (thread->tid != SHELL_TID || number != 5)
		return -2;
	ret_entry->list_type = 1;
	ret_entry->name = TEXT("/looked/up");
	return 0;
}

START_TEST(looked_up_descriptor)
{
	struct state_lookup lookup = {.find_descriptor = find_descriptor};

	tear_down();
	state = state_new(NULL, &lookup);
	add_process(SHELL_TID, SHELL_TID, 0, "shell");
	APPLY_EVENT(SYSCALL_READ_X, SHELL_TID, NUMBER(1), EMPTY, NUMBER(5), NUMBER(1));
	ck_assert_text_eq(descriptor_name(event->descriptor), "/looked/up");
	APPLY_EVENT(SYSCALL_READ_X, SHELL_TID, NUMBER(1), EMPTY, NUMBER(6), NUMBER(1));
	ck_assert_ptr_null(event->descriptor);
	ck_assert_uint_eq(state->counters.lookups, 2);
	ck_assert_uint_eq(state->counters.lookups_failed, 1);
}
END_TEST

/* A live capture that does not see every call. */
START_TEST(checked_descriptors)
{
	struct state_lookup lookup = {.find_descriptor = find_descriptor};

	tear_down();
	state = state_new(NULL, &lookup);
	add_process(SHELL_TID, SHELL_TID, 0, "shell");
	APPLY_EVENT(SOCKET_SOCKET_X, SHELL_TID, NUMBER(5), NUMBER(2), NUMBER(1), NUMBER(0), NUMBER(0));
	/* The socket that was seen being made, then still the same one. */
	state_check_descriptor(state, SHELL_TID, 5, &(struct descriptor_identity){4711, 8, true});
	state_check_descriptor(state, SHELL_TID, 5, &(struct descriptor_identity){4711, 8, true});
	ck_assert_int_eq(entry_of(SHELL_TID, 5)->kind, DESCRIPTOR_IPV4);
	ck_assert_uint_eq(entry_of(SHELL_TID, 5)->inode, 4711);
	/* Another one, or none. */
	state_check_descriptor(state, SHELL_TID, 5, &(struct descriptor_identity){4712, 8, true});
	ck_assert_text_eq(name_of(SHELL_TID, 5), "/looked/up");
	open_file(SHELL_TID, 6, "/gone", OPEN_READ);
	state_check_descriptor(state, SHELL_TID, 6, &(struct descriptor_identity){0});
	ck_assert_ptr_null(descriptor_of(SHELL_TID, 6));
	/* The number was closed by the last event, and is in use again. */
	APPLY_EVENT(SYSCALL_CLOSE_X, SHELL_TID, NUMBER(0), NUMBER(5));
	state_check_descriptor(state, SHELL_TID, 5, &(struct descriptor_identity){0});
	pass();
	ck_assert_text_eq(name_of(SHELL_TID, 5), "/looked/up");
}
END_TEST

/* A file is known again by its inode and device, and keeps the name that it was opened by. */
START_TEST(recognised_files)
{
	struct state_lookup lookup = {.find_descriptor = find_descriptor};
	static const struct descriptor_identity others[] = {{78, 9, false}, {77, 8, false}, {77, 9, true}, {0, 0, false}};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		tear_down();
		state = state_new(NULL, &lookup);
		add_process(SHELL_TID, SHELL_TID, 0, "shell");
		ck_assert_int_eq(state_add_descriptor(state, SHELL_TID, &(struct descriptor_entry){.number = 5, .list_type = 16,
						      .inode = 77, .device = 9, .name = TEXT("/as/opened")}), 0);
		state_check_descriptor(state, SHELL_TID, 5, &(struct descriptor_identity){77, 9, false});
		ck_assert_text_eq(name_of(SHELL_TID, 5), "/as/opened");
		state_check_descriptor(state, SHELL_TID, 5, &others[i]);
		ck_assert_text_eq(name_of(SHELL_TID, 5), "/looked/up");
	}
}
END_TEST

/* ---- paths ---- */

START_TEST(paths_by_consumer)
{
	struct thread *thread;
	char buffer[PATH_BYTES_MAX];

	open_file(SHELL_TID, 3, "/var", OPEN_READ | OPEN_DIRECTORY);
	open_file(SHELL_TID, 4, "/var", OPEN_READ);
	open_file(SHELL_TID, 5, "/", OPEN_READ | OPEN_DIRECTORY);
	thread = thread_of(SHELL_TID);
#define RESOLVE(base, dirfd, path) state_resolve_path(thread, base, dirfd, TEXT(path), buffer)
	ck_assert_text_eq(RESOLVE(PATH_BASE_CWD, 3, "x"), "/home/user/x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD, 3, "x"), "/var/x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD, 5, "x"), "/x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD, PATH_AT_FDCWD, "x"), "/home/user/x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD, 9, "x"), "<UNKNOWN>x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD, 9, "/x//y"), "/x/y");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD, 3, ""), "");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD_OR_NOTHING, 9, "x"), "x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD_OR_NOTHING, 9, "a/./b//../x"), "a/x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD_OR_NOTHING, 3, "x"), "/var/x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD_ABSPATH, 5, "run"), "//run");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRFD_ABSPATH, 9, "run"), "<UNKNOWN>/run");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRECTORY_ENTRY, 3, "x"), "/var/x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRECTORY_ENTRY, 4, "x"), "<UNKNOWN>x");
	ck_assert_text_eq(RESOLVE(PATH_BASE_DIRECTORY_ENTRY, PATH_AT_FDCWD, "x"), "<UNKNOWN>x");
#undef RESOLVE
	ck_assert_text_eq(state_resolve_path(NULL, PATH_BASE_DIRFD, 3, TEXT("x"), buffer), "<UNKNOWN>x");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("state_descriptors");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, open_names);
	tcase_add_test(c, open_fails);
	tcase_add_test(c, open_relative_to_a_descriptor);
	tcase_add_test(c, creat_layers);
	tcase_add_test(c, too_long);
	tcase_add_test(c, swapped_arguments);
	tcase_add_test(c, close_is_delayed);
	tcase_add_test(c, close_range);
	tcase_add_test(c, dup_family);
	tcase_add_loop_test(c, makers_of_descriptors, 0, (int)(sizeof makers / sizeof makers[0]));
	tcase_add_test(c, bpf_commands_without_descriptor);
	tcase_add_test(c, pipes);
	tcase_add_test(c, pidfd_getfd);
	tcase_add_test(c, used_descriptors);
	tcase_add_test(c, predictions);
	tcase_add_test(c, many_descriptors);
	tcase_add_test(c, listed_descriptors);
	tcase_add_test(c, looked_up_descriptor);
	tcase_add_test(c, checked_descriptors);
	tcase_add_test(c, recognised_files);
	tcase_add_test(c, paths_by_consumer);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
