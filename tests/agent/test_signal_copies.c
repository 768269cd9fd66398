#include <signal.h>

#include "agent/capture/signal_copies.h"
#include "tests/support/check_main.h"

static struct signal_copies copies;

static bool arrives(uint64_t time_ms, int number, pid_t sender, bool is_forwarded)
{
	return signal_copies_note(&copies, &(struct signal_arrival){.time_ns = time_ms * 1000000, .number = number,
								     .code = SI_USER, .sender = sender,
								     .is_forwarded = is_forwarded});
}

START_TEST(the_copy_is_found_whichever_comes_first)
{
	copies = (struct signal_copies){0};
	ck_assert(!arrives(1000, SIGTERM, 5, false));
	ck_assert(arrives(1001, SIGTERM, 5, true));
	ck_assert(!arrives(1002, SIGHUP, 5, true));
	ck_assert(arrives(1900, SIGHUP, 5, false));
	/* Nothing is left of either. */
	ck_assert(!arrives(1901, SIGTERM, 5, true));
	ck_assert(!arrives(1902, SIGHUP, 5, true));
}
END_TEST

START_TEST(signals_that_differ_are_no_copies)
{
	copies = (struct signal_copies){0};
	ck_assert(!arrives(1000, SIGUSR1, 5, false));
	ck_assert(!arrives(1000, SIGUSR2, 5, true));
	ck_assert(!arrives(1000, SIGUSR1, 6, true));
	ck_assert(!arrives(1000, SIGUSR1, 5, false)); /* by the same way: sent twice */
	ck_assert(!signal_copies_note(&copies, &(struct signal_arrival){.time_ns = 1000000000, .number = SIGUSR1, .code = SI_QUEUE,
									 .sender = 5, .is_forwarded = true}));
	ck_assert(!arrives(3001, SIGUSR1, 5, true)); /* too late */
}
END_TEST

START_TEST(as_many_as_were_sent_are_let_through)
{
	unsigned through = 0;

	copies = (struct signal_copies){0};
	for (unsigned round = 0; round < 100; round++) {
		through += !arrives(10 + round, SIGRTMIN, 9, round % 2);
		through += !arrives(10 + round, SIGRTMIN, 9, !(round % 2));
	}
	ck_assert_uint_eq(through, 100);
	/* More than are remembered: none is swallowed. */
	through = 0;
	for (unsigned round = 0; round < 100; round++)
		through += !arrives(500, SIGRTMIN, 9, false);
	ck_assert_uint_eq(through, 100);
}
END_TEST

START_TEST(what_is_only_looked_for_is_not_remembered)
{
	struct signal_arrival forwarded = {.time_ns = 1000, .number = SIGCONT, .sender = 3, .is_forwarded = true};

	copies = (struct signal_copies){0};
	ck_assert(!signal_copies_take(&copies, &forwarded));
	ck_assert(!arrives(0, SIGCONT, 3, false));
	ck_assert(signal_copies_take(&copies, &forwarded));
	ck_assert(!signal_copies_take(&copies, &forwarded));
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("signal_copies");
	TCase *tests = tcase_create("copies");

	tcase_add_test(tests, the_copy_is_found_whichever_comes_first);
	tcase_add_test(tests, signals_that_differ_are_no_copies);
	tcase_add_test(tests, what_is_only_looked_for_is_not_remembered);
	tcase_add_test(tests, as_many_as_were_sent_are_let_through);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
