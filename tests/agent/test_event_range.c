#include "agent/replay/event_range.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/replay/progress.h"
#include "base/clock.h"
#include "tests/support/check_main.h"

#define FIRST_NS UINT64_C(1566230400010000000) /* 2019-08-19 16:00:00.01 UTC */

static const struct {
	const char *text;
	enum event_bound_kind kind; /* BOUND_NONE: refused */
	uint64_t value;
} cases[] = {
	{"0", BOUND_NUMBER, 0},
	{"5000", BOUND_NUMBER, 5000},
	{"99999999999999", BOUND_NUMBER, 99999999999999},
	{"1566230400010000000", BOUND_TIME, FIRST_NS},
	{"18446744073709551616", BOUND_NONE, 0},
	{"16:00:00", BOUND_CLOCK, 57600 * NS_PER_S},
	{"16:00:00.01", BOUND_CLOCK, 57600 * NS_PER_S + 10000000},
	{"16:00:00.010000000", BOUND_CLOCK, 57600 * NS_PER_S + 10000000},
	{"16:00:00.0100000001", BOUND_NONE, 0},
	{"16:00:00.", BOUND_NONE, 0},
	{"24:00:00", BOUND_NONE, 0},
	{"1:00:00", BOUND_NONE, 0},
	{"16:00", BOUND_NONE, 0},
	{"2019-08-19T16:00:00.01Z", BOUND_TIME, FIRST_NS},
	{"2019-08-19T16:00:00.010000000+0000", BOUND_TIME, FIRST_NS},
	{"2019-08-19 18:00:00.01+02:00", BOUND_TIME, FIRST_NS},
	{"2019-08-19T12:30:00.01-0330", BOUND_TIME, FIRST_NS},
	{"2019-08-19 17:00:00.01", BOUND_TIME, FIRST_NS}, /* local: an hour ahead of UTC here */
	{"2019-08-19T16:00:00.01z", BOUND_NONE, 0},
	{"2019-02-30T16:00:00Z", BOUND_NONE, 0},
	{"2019-13-01T16:00:00Z", BOUND_NONE, 0},
	{"1969-12-31T16:00:00Z", BOUND_NONE, 0},
	{"2019-08-19", BOUND_NONE, 0},
	{"+5s", BOUND_OFFSET, 5 * NS_PER_S},
	{"+0s", BOUND_OFFSET, 0},
	{"+1.5s", BOUND_OFFSET, 1500000000},
	{"+300ms", BOUND_OFFSET, 300000000},
	{"+2m30s", BOUND_OFFSET, 150 * NS_PER_S},
	{"+1h", BOUND_OFFSET, 3600 * NS_PER_S},
	{"+7ns", BOUND_OFFSET, 7},
	{"+5", BOUND_NONE, 0},
	{"+", BOUND_NONE, 0},
	{"+s", BOUND_NONE, 0},
	{"+300000000000d", BOUND_NONE, 0},
	{"+213503d23.9h", BOUND_NONE, 0},
	{"-5s", BOUND_NONE, 0},
	{"", BOUND_NONE, 0},
	{"now", BOUND_NONE, 0},
	{"5000 ", BOUND_NONE, 0},
};

static void set_zone(void)
{
	setenv("TZ", "XXX-1", 1);
	tzset();
}

START_TEST(texts_become_bounds)
{
	struct event_bound bound;
	bool is_bound = event_bound_parse(text_from_string(cases[_i].text), &bound);

	ck_assert_msg(is_bound == (cases[_i].kind != BOUND_NONE), "%s", cases[_i].text);
	if (!is_bound)
		return;
	ck_assert_msg(bound.kind == cases[_i].kind, "%s", cases[_i].text);
	ck_assert_msg(bound.value == cases[_i].value, "%s is %" PRIu64, cases[_i].text, bound.value);
}
END_TEST

static struct event event_at(uint64_t number, uint64_t timestamp_ns)
{
	return (struct event){.number = number, .timestamp_ns = timestamp_ns, .type = EVENT_SYSCALL_CLOSE_X};
}

static struct event_range range_of(const char *from, const char *to)
{
	struct event_range range = {0};

	ck_assert(!from || event_bound_parse(text_from_string(from), &range.from));
	ck_assert(!to || event_bound_parse(text_from_string(to), &range.to));
	return range;
}

static bool has(struct event_range *range, uint64_t number, uint64_t timestamp_ns)
{
	struct event event = event_at(number, timestamp_ns);

	event_range_see(range, &event);
	return event_range_has(range, &event);
}

START_TEST(both_ends_belong_to_a_range)
{
	struct event_range range = range_of("3", "5");

	ck_assert(!has(&range, 2, FIRST_NS));
	ck_assert(has(&range, 3, FIRST_NS));
	ck_assert(has(&range, 5, FIRST_NS));
	ck_assert(!has(&range, 6, FIRST_NS));
}
END_TEST

START_TEST(offsets_count_from_the_first_event_with_a_time)
{
	struct event_range range = range_of("+1s", "+2s");
	struct event meta = {.number = 1, .timestamp_ns = 1, .type = EVENT_ASYNCEVENT_E};

	event_range_see(&range, &meta);
	ck_assert(!event_range_has(&range, &meta));
	ck_assert(!has(&range, 2, FIRST_NS));
	ck_assert(has(&range, 3, FIRST_NS + NS_PER_S));
	ck_assert(has(&range, 4, FIRST_NS + 2 * NS_PER_S));
	ck_assert(!has(&range, 5, FIRST_NS + 2 * NS_PER_S + 1));
}
END_TEST

START_TEST(clocks_are_of_the_day_of_the_capture_or_the_next)
{
	struct event_range same_day = range_of("17:00:00", "17:00:01"); /* local */
	struct event_range next_day = range_of(NULL, "01:00:00");

	ck_assert(has(&same_day, 1, FIRST_NS));
	ck_assert(!has(&same_day, 2, FIRST_NS + NS_PER_S));
	ck_assert(has(&next_day, 1, FIRST_NS));
	ck_assert(has(&next_day, 2, FIRST_NS + 7 * 3600 * NS_PER_S));
	ck_assert(!has(&next_day, 2, FIRST_NS + 9 * 3600 * NS_PER_S));
}
END_TEST

START_TEST(a_range_is_over_when_nothing_can_follow)
{
	struct event_range range = range_of(NULL, "+2s"), numbers = range_of(NULL, "5"), open = range_of("3", NULL);
	struct event first = event_at(1, FIRST_NS), late = event_at(2, FIRST_NS + 2 * NS_PER_S + 5000);
	struct event much_later = event_at(6, FIRST_NS + 4 * NS_PER_S);

	event_range_see(&range, &first);
	ck_assert(!event_range_is_over(&range, &first));
	/* Times of processors differ a little: an event of before may follow. */
	ck_assert(!event_range_is_over(&range, &late));
	ck_assert(!event_range_has(&range, &late));
	ck_assert(event_range_is_over(&range, &much_later));
	ck_assert(event_range_is_over(&numbers, &much_later));
	ck_assert(!event_range_is_over(&open, &much_later));
}
END_TEST

START_TEST(the_progress_line_tells_rate_and_time_left)
{
	struct progress_figures figures = {
		.events = 120000, .alerts = 3, .done_bytes = 62000000, .total_bytes = 200000000};
	char line[PROGRESS_LINE_BYTES];

	progress_line(2 * NS_PER_S, &figures, line);
	ck_assert_str_eq(line, "120000 events, 3 alerts, 31.0 MB/s, 31 %, 4 s left");
	figures.total_bytes = 0; /* a pipe */
	progress_line(2 * NS_PER_S, &figures, line);
	ck_assert_str_eq(line, "120000 events, 3 alerts, 31.0 MB/s");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("event_range");
	TCase *c = tcase_create("event_range");

	tcase_add_checked_fixture(c, set_zone, NULL);
	tcase_add_loop_test(c, texts_become_bounds, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(c, both_ends_belong_to_a_range);
	tcase_add_test(c, offsets_count_from_the_first_event_with_a_time);
	tcase_add_test(c, clocks_are_of_the_day_of_the_capture_or_the_next);
	tcase_add_test(c, a_range_is_over_when_nothing_can_follow);
	tcase_add_test(c, the_progress_line_tells_rate_and_time_left);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
