#include "base/clock.h"

#include <stdlib.h>

#include "tests/support/check_main.h"

START_TEST(build_time_follows_the_environment)
{
	uint64_t now_s = clock_realtime_ns() / NS_PER_S;

	setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
	ck_assert_uint_eq(clock_build_time_s(), 1700000000);
	setenv("SOURCE_DATE_EPOCH", "soon", 1);
	ck_assert_uint_ge(clock_build_time_s(), now_s);
	unsetenv("SOURCE_DATE_EPOCH");
	ck_assert_uint_ge(clock_build_time_s(), now_s);
}
END_TEST

START_TEST(clocks_do_not_go_back)
{
	uint64_t monotonic = clock_monotonic_ns(), cpu = clock_process_cpu_ns();

	for (int i = 0; i < 1000; i++) {
		ck_assert_uint_ge(clock_monotonic_ns(), monotonic);
		ck_assert_uint_ge(clock_process_cpu_ns(), cpu);
		monotonic = clock_monotonic_ns();
		cpu = clock_process_cpu_ns();
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_test(t, build_time_follows_the_environment);
	tcase_add_test(t, clocks_do_not_go_back);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
