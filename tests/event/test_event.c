#include "event/event.h"

#include "tests/support/check_main.h"

static const uint8_t fd_bytes[8] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static void parameter(struct event *event, unsigned index, const void *bytes, size_t length)
{
	event->parameters[index] = (struct event_parameter){
		.bytes = bytes, .length = (uint32_t)length, .state = PARAMETER_PRESENT};
	if (event->parameter_count <= index)
		event->parameter_count = (uint8_t)(index + 1);
}

START_TEST(numbers_are_decoded_by_the_size_of_their_type)
{
	struct event event = {.type = EVENT_SYSCALL_OPEN_X};

	parameter(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, fd), fd_bytes, 8);
	parameter(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, name), "/etc\0passwd", 12);
	parameter(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, flags), "\x01\x02\x03\xff", 4);
	ck_assert_int_eq(event_parameter_signed(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, fd), 0), -2);
	ck_assert_uint_eq(event_parameter_unsigned(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, fd), 0), UINT64_MAX - 1);
	ck_assert_uint_eq(event_parameter_unsigned(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, flags), 0), 0xff030201);
	ck_assert_int_eq(event_parameter_signed(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, flags), 0), -16580095);
	ck_assert(text_is(event_parameter_text(&event, PARAMETER_INDEX(SYSCALL_OPEN_X, name)), "/etc"));
}
END_TEST

START_TEST(what_is_not_there_gives_the_other_value)
{
	struct event event = {.type = EVENT_SYSCALL_OPEN_X};
	int64_t result = 77;

	ck_assert_int_eq(event_parameter_signed(&event, 0, 5), 5);
	ck_assert_int_eq(event_parameter_signed(&event, 1000, 5), 5);
	ck_assert_uint_eq(event_parameter_unsigned(&event, 1000, 5), 5);
	ck_assert_int_eq(event_parameter(&event, 1)->state, PARAMETER_MISSING);
	ck_assert(text_equal(event_parameter_text(&event, 1), TEXT_EMPTY));
	ck_assert(!event_result(&event, &result));
	parameter(&event, 0, fd_bytes, 3); /* the size of no number */
	ck_assert_int_eq(event_parameter_signed(&event, 0, 5), 5);
	ck_assert_uint_eq(event_parameter_unsigned(&event, 0, 5), 5);
	parameter(&event, 0, fd_bytes, 4); /* of a number, but not of the result's type */
	ck_assert_int_eq(event_parameter_signed(&event, 0, 5), -2);
	ck_assert(!event_result(&event, &result));
	parameter(&event, 0, fd_bytes, 0);
	ck_assert_int_eq(event_parameter_signed(&event, 0, 5), 5);
	ck_assert(!event_result(&event, &result));
	parameter(&event, 0, fd_bytes, 8);
	event.parameters[0].state = PARAMETER_UNKNOWN;
	ck_assert_int_eq(event_parameter_signed(&event, 0, 5), 5);
	ck_assert(!event_result(&event, &result));
	parameter(&event, 1, NULL, 0); /* a null pointer */
	ck_assert(text_equal(event_parameter_text(&event, 1), TEXT_EMPTY));
	ck_assert_int_eq(result, 77);
}
END_TEST

START_TEST(results)
{
	struct event event = {.type = EVENT_SYSCALL_OPEN_X};
	int64_t result;

	parameter(&event, 0, fd_bytes, 8);
	ck_assert(event_result(&event, &result));
	ck_assert_int_eq(result, -2);
	/* Ids are results without sign. */
	event.type = EVENT_SYSCALL_GETUID_X;
	parameter(&event, 0, fd_bytes, 4);
	ck_assert(event_result(&event, &result));
	ck_assert_int_eq(result, UINT32_MAX - 1);
	/* Generic calls, enter events and what is no call have none. */
	event.type = EVENT_GENERIC_X;
	parameter(&event, 0, fd_bytes, 2);
	ck_assert(!event_result(&event, &result));
	event.type = EVENT_SYSCALL_OPEN_E;
	ck_assert(!event_result(&event, &result));
	event.type = EVENT_PROCEXIT_1_E;
	parameter(&event, 0, fd_bytes, 8);
	ck_assert(!event_result(&event, &result));
}
END_TEST

struct counting_fetcher {
	struct event_fetcher fetcher;
	unsigned count;
};

static void fetch(const struct event_fetcher *fetcher, struct event *event, unsigned index)
{
	((struct counting_fetcher *)(uintptr_t)fetcher)->count++;
	parameter(event, index, "fetched", 8);
}

START_TEST(on_demand_is_fetched_once)
{
	struct counting_fetcher counting = {.fetcher = {fetch}};
	struct event event = {.type = EVENT_SYSCALL_OPEN_X, .parameter_count = 2, .fetcher = &counting.fetcher};

	event.parameters[1].state = PARAMETER_ON_DEMAND;
	ck_assert(text_is(event_parameter_text(&event, 1), "fetched"));
	ck_assert(text_is(event_parameter_text(&event, 1), "fetched"));
	ck_assert_uint_eq(counting.count, 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("event");
	TCase *c = tcase_create("event");

	tcase_add_test(c, numbers_are_decoded_by_the_size_of_their_type);
	tcase_add_test(c, what_is_not_there_gives_the_other_value);
	tcase_add_test(c, results);
	tcase_add_test(c, on_demand_is_fetched_once);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
