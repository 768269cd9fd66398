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

START_TEST(durations_have_units)
{
	uint64_t seconds = 7;

	ck_assert(duration_to_s(TEXT("90"), &seconds));
	ck_assert_uint_eq(seconds, 90);
	ck_assert(duration_to_s(TEXT("15m"), &seconds));
	ck_assert_uint_eq(seconds, 900);
	ck_assert(duration_to_s(TEXT("30d"), &seconds));
	ck_assert_uint_eq(seconds, 30 * 86400);
	ck_assert(duration_to_s(TEXT("2w"), &seconds));
	ck_assert_uint_eq(seconds, 14 * 86400);
	ck_assert(!duration_to_s(TEXT(""), &seconds));
	ck_assert(!duration_to_s(TEXT("d"), &seconds));
	ck_assert(!duration_to_s(TEXT("-1d"), &seconds));
	ck_assert(!duration_to_s(TEXT("1dd"), &seconds));
	ck_assert(!duration_to_s(TEXT("1y"), &seconds));
	ck_assert(!duration_to_s(TEXT("18446744073709551615w"), &seconds));
	ck_assert_uint_eq(seconds, 14 * 86400);
}
END_TEST

START_TEST(durations_in_ns_have_fractions)
{
	static const struct {
		struct text text;
		uint64_t ns;
	} durations[] = {
		{{"1ns", 3}, 1},
		{{"300ms", 5}, 300 * NS_PER_MS},
		{{"1.5s", 4}, 1500 * NS_PER_MS},
		{{"2m30s", 5}, 150 * NS_PER_S},
		{{"0.000000001d", 12}, 86400},
		{{"0.999999999d", 12}, UINT64_C(86399999913600)},
		{{"1.5ns", 5}, 2},
		{{"1h1m1s1ms1us1ns", 15}, UINT64_C(3661001001001)},
		{{"213503d", 7}, 213503 * (86400 * NS_PER_S)},
		{{"18446744073709551615ns", 22}, UINT64_MAX},
	};
	static const char *const refused[] = {"", "1", "s", ".5s", "1.s", "1.0000000001s", "1s2", "-1s", "1y", "213504d",
					      "18446744073709551616ns", "18446744073709551615ns1ns",
					      /* only the fraction is too much */
					      "213503d23.9h", "18446744073.709551615s0.5us"};
	uint64_t ns = 7;

	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
		ck_assert_msg(duration_to_ns(durations[i].text, &ns), "%s", durations[i].text.bytes);
		ck_assert_uint_eq(ns, durations[i].ns);
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		ck_assert_msg(!duration_to_ns(text_from_string(refused[i]), &ns), "%s", refused[i]);
	ck_assert_uint_eq(ns, UINT64_MAX);
}
END_TEST

START_TEST(times_print_in_utc)
{
	char text[TIME_FORMAT_UTC_BYTES];

	setenv("TZ", "Asia/Tokyo", 1);
	ck_assert_str_eq(time_format_utc(0, text), "1970-01-01T00:00:00Z");
	ck_assert_str_eq(time_format_utc(1769860800, text), "2026-01-31T12:00:00Z");
	ck_assert_str_eq(time_format_utc(UINT64_MAX, text), "9999-12-31T23:59:59Z");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_test(t, build_time_follows_the_environment);
	tcase_add_test(t, clocks_do_not_go_back);
	tcase_add_test(t, durations_have_units);
	tcase_add_test(t, durations_in_ns_have_fractions);
	tcase_add_test(t, times_print_in_utc);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
