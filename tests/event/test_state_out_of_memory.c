/* Each allocation in turn fails: what could not be stored is counted, and nothing breaks. */
#include "tests/support/check_main.h"
#include "tests/support/failing_allocator.h"
#include "tests/support/state_fixture.h"
#include "tests/support/state_invariants.h"

static char address[128], tuple[128];

static void clone_child(int64_t tid, int64_t ptid, uint32_t flags)
{
	APPLY_EVENT(SYSCALL_CLONE_20_X, tid, NUMBER(0), STRING("other"), STRINGS("a\0b"), NUMBER(tid), NUMBER(tid), NUMBER(ptid),
		    STRING(""), NUMBER(1), NUMBER(1), NUMBER(1), NUMBER(1), NUMBER(1), NUMBER(1), STRING("other"),
		    STRINGS("cpu=/docker/0123"), NUMBER(flags), NUMBER(0), NUMBER(0), NUMBER(tid), NUMBER(tid));
}

static void clone_caller(int64_t tid, int64_t child)
{
	APPLY_EVENT(SYSCALL_CLONE_20_X, tid, NUMBER(child), STRING("other"), STRINGS("a\0b"), NUMBER(tid), NUMBER(tid),
		    NUMBER(INIT_TID));
}

/* A bit of everything that allocates. */
static void live(void)
{
	pass();
	open_file(SHELL_TID, 3, "relative", OPEN_READ);
	clone_caller(SHELL_TID, 110);
	clone_child(111, SHELL_TID, 0);
	clone_child(112, 500, CLONE_FLAG_THREAD);
	clone_caller(501, 113);
	open_file(110, 3, "/own", OPEN_READ | OPEN_CLOSE_ON_EXEC);
	APPLY_EVENT(SYSCALL_DUP2_X, 110, NUMBER(9), NUMBER(3), NUMBER(9));
	APPLY_EVENT(SYSCALL_FCNTL_X, 111, NUMBER(0), NUMBER(3), NUMBER(3), NUMBER(1));
	APPLY_EVENT(SYSCALL_PIPE_X, 110, NUMBER(0), NUMBER(10), NUMBER(11), NUMBER(1));
	APPLY_EVENT(SYSCALL_CHDIR_X, 110, NUMBER(0), STRING("elsewhere"));
	APPLY_EVENT(SYSCALL_CLOSE_RANGE_X, 111, NUMBER(0), NUMBER(0), NUMBER(100), NUMBER(0));
	APPLY_EVENT(SYSCALL_OPENAT_2_E, SHELL_TID, NUMBER(-100), STRING("/asked"), NUMBER(1));
	open_file(SHELL_TID, 4, "/shown", OPEN_READ);
	APPLY_EVENT(SOCKET_SOCKET_X, 110, NUMBER(12), NUMBER(2), NUMBER(2), NUMBER(0), NUMBER(0));
	APPLY_EVENT(SOCKET_BIND_X, 110, NUMBER(0), address_value(address, "127.0.0.1", 53), NUMBER(12));
	APPLY_EVENT(SOCKET_RECVFROM_X, 110, NUMBER(1), EMPTY, tuple_value(tuple, "127.0.0.1", 5, "127.0.0.1", 53), NUMBER(12));
	APPLY_EVENT(SOCKET_SENDTO_X, 111, NUMBER(1), EMPTY, NUMBER(13), NUMBER(1), tuple_value(tuple, "10.0.0.1", 5, "10.0.0.2", 6));
	APPLY_EVENT(SOCKET_SOCKETPAIR_X, 110, NUMBER(0), NUMBER(14), NUMBER(15), NUMBER(1), NUMBER(2));
	APPLY_EVENT(SOCKET_CONNECT_X, 110, NUMBER(0), unix_tuple_value(tuple, 1, 2, "/x"), NUMBER(14), EMPTY);
	APPLY_EVENT(SYSCALL_EXECVE_19_X, 110, NUMBER(0), STRING("prog"), STRINGS("x\0y"), EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY,
		    EMPTY, EMPTY, EMPTY, EMPTY, STRING("prog"), STRINGS("cpu=/x"), STRINGS("A=1"));
	APPLY_EVENT(USER_ADDED_E, 0, NUMBER(1), NUMBER(1), STRING("name"), STRING("/home"), STRING("/bin/sh"), STRING(""));
	APPLY_EVENT(GROUP_ADDED_E, 0, NUMBER(1), STRING("name"), STRING(""));
	APPLY_EVENT(ASYNCEVENT_E, 0, NUMBER(0), STRING("container"),
		    STRINGS("{\"container\":{\"id\":\"c\",\"name\":\"\\u0041\",\"labels\":{\"a\":\"b\"},\"Mounts\":[{}]}}"));
	APPLY_EVENT(ASYNCEVENT_E, 0, NUMBER(0), STRING("container_removed"), STRINGS("{\"container\":{\"id\":\"c\"}}"));
	APPLY_EVENT(PROCEXIT_1_E, SHELL_TID, NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(INIT_TID));
	pass();
}

/* In one process: the loop is over all allocations. */
START_TEST(events)
{
	for (size_t n = 1;; n++) {
		struct state_counters before;
		bool has_failed;

		set_up();
		before = state->counters;
		failing_allocator_arm(n);
		live();
		has_failed = failing_allocator_disarm();
		check_state(state);
		if (has_failed)
			ck_assert_msg(state->counters.allocation_failures > before.allocation_failures ||
					      state->counters.descriptors_dropped > 0,
				      "allocation %zu failed, and nobody counted it", n);
		/* Life goes on. */
		live();
		check_state(state);
		tear_down();
		if (!has_failed) {
			ck_assert_uint_gt(n, 50);
			break;
		}
	}
}
END_TEST

/* Answers that could not be built: absent, and nothing else. */
START_TEST(questions)
{
	const struct descriptor *prediction;
	int64_t number;

	for (size_t n = 1;; n++) {
		set_up();
		pass();
		APPLY_ENTER(SYSCALL_OPENAT_2_X, SHELL_TID, EMPTY, NUMBER(-100), STRING("../x"), NUMBER(1));
		failing_allocator_arm(n);
		prediction = state_predict_descriptor(state, event, &number);
		thread_cmdline(event->thread);
		if (!failing_allocator_disarm())
			break;
		ck_assert(!prediction || descriptor_name(prediction).length == 0 || n > 2);
		ck_assert_text_eq(thread_cmdline(event->thread), "shell -a two words");
		tear_down();
	}
	tear_down();
}
END_TEST

START_TEST(creation)
{
	for (size_t n = 1;; n++) {
		bool has_failed;

		failing_allocator_arm(n);
		state = state_new(NULL, NULL);
		has_failed = failing_allocator_disarm();
		ck_assert((state == NULL) == has_failed);
		tear_down();
		if (!has_failed)
			break;
	}
}
END_TEST

START_TEST(lists)
{
	struct process_entry process = PROCESS_ENTRY_INIT;
	struct descriptor_entry descriptor = {.number = 3, .list_type = 3, .name = TEXT("/x")};

	process.tid = process.pid = 7;
	process.comm = TEXT("comm");
	process.environment = text_of("A=1", sizeof "A=1");
	process.cgroups = text_of("cpu=/", sizeof "cpu=/");
	process.cwd = TEXT("/home");
	for (size_t n = 1;; n++) {
		bool has_failed;
		int error;

		state = state_new(NULL, NULL);
		failing_allocator_arm(n);
		error = state_add_process(state, &process);
		if (!error)
			error = state_add_descriptor(state, 7, &descriptor);
		has_failed = failing_allocator_disarm();
		ck_assert(!error || has_failed);
		ck_assert((state->counters.allocation_failures > 0) == has_failed);
		builder = (struct event_builder){0};
		pass();
		check_state(state);
		tear_down();
		if (!has_failed)
			break;
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("state_out_of_memory");
	TCase *c = tcase_create("all");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, events);
	tcase_add_test(c, questions);
	tcase_add_test(c, creation);
	tcase_add_test(c, lists);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
