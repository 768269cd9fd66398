/* The rule index and the system calls that conditions select: examples of the language reference, section 4.11. */
#include "compiler/check/check_types.h"
#include "compiler/emit/event_codes.h"
#include "tests/support/check_main.h"
#include "tests/support/condition_of_text.h"

#define EVERYTHING EVENT_ID_COUNT

static const struct {
	const char *condition;
	unsigned count;
} sets[] = {
	{"proc.name = x", EVERYTHING},
	{"evt.type = open", 2},
	{"evt.type = openat", 4},
	{"evt.type = execve", 16},
	{"evt.type in (open, openat)", 6},
	{"syscall.type = open", 2},
	{"evt.type = getpid", 2},	/* the generic pair */
	{"evt.type in (getpid, open)", 4},
	{"evt.type = syscall", 0},
	{"evt.type = ''", 0},
	{"evt.type in ()", 0},
	{"not evt.type in ()", EVERYTHING},
	{"evt.type != open", EVERYTHING - 2},
	{"not evt.type = open", EVERYTHING - 2},
	{"not evt.type != open", 2},
	{"evt.type = open or proc.name = x", EVERYTHING},
	{"evt.type = open and proc.name = x", 2},
	{"not (evt.type = open or proc.name = x)", EVERYTHING - 2},
	{"not (evt.type = open and proc.name = x)", EVERYTHING},
	{"evt.type = open and not evt.type in (open)", 0},
	{"evt.type in (open, close) and evt.type in (close, read)", 2},
	{"evt.type exists", EVERYTHING},
	{"not evt.type exists", 0},
	{"evt.type contains open", EVERYTHING},
	{"evt.type = anyof (open)", EVERYTHING},
	{"evt.num = 0", 0},
	{"not evt.num = 0", EVERYTHING},
	{"evt.num != 0", EVERYTHING},
	{"evt.num < 1", 0},
	{"evt.num < 2", EVERYTHING},
	{"evt.num <= 0", 0},
	{"evt.num > 0", EVERYTHING},
	{"not evt.num > 0", 0},
	{"evt.num >= 1", EVERYTHING},
	{"evt.num in (0, 00)", 0},
	{"evt.num in (0, 1)", EVERYTHING},
	{"evt.num in ()", 0},
	{"evt.num = -1", EVERYTHING},
	{"evt.num = 5", EVERYTHING},
	{"evt.num = anyof (0)", EVERYTHING},
	{"evt.num = 0 or evt.type = open", 2},
};

START_TEST(conditions_have_the_sets_of_the_reference)
{
	struct arena *arena = arena_new(0);
	struct condition *condition = condition_of_text(arena, sets[_i].condition);
	struct rule rule = {.condition = condition};
	struct event_codes codes;

	ck_assert_ptr_nonnull(condition);
	ck_assert_int_eq(check_condition(arena, condition, NULL), 0);
	event_codes_of_condition(condition, &codes);
	ck_assert_msg(event_codes_count(&codes) == sets[_i].count, "%s: %u", sets[_i].condition, event_codes_count(&codes));
	event_codes_of_rule(&rule, &codes);
	ck_assert(event_codes_has(&codes, EVENT_ASYNCEVENT_E));
	arena_free(arena);
}
END_TEST

START_TEST(the_right_events_are_in_the_set)
{
	struct arena *arena = arena_new(0);
	struct event_codes codes;

	event_codes_of_condition(condition_of_text(arena, "evt.type in (openat, getpid)"), &codes);
	ck_assert(event_codes_has(&codes, EVENT_GENERIC_E));
	ck_assert(event_codes_has(&codes, EVENT_GENERIC_X));
	ck_assert(event_codes_has(&codes, EVENT_SYSCALL_OPENAT_E));
	ck_assert(event_codes_has(&codes, EVENT_SYSCALL_OPENAT_2_X));
	ck_assert(!event_codes_has(&codes, EVENT_SYSCALL_OPEN_X));
	ck_assert(!event_codes_has(&codes, EVENT_SYSCALL_OPENAT2_X));
	arena_free(arena);
}
END_TEST

static unsigned count_syscalls(struct arena *arena, const char *condition, const char *wanted)
{
	uint8_t selected[SYSCALLS_MAX];
	unsigned count = 0;

	syscalls_of_condition(condition_of_text(arena, condition), selected);
	for (size_t row = 0; row < syscall_count(); row++) {
		count += selected[row];
		if (wanted && strcmp(syscall_at(row)->name, wanted) == 0)
			ck_assert_msg(selected[row], "%s is not selected by %s", wanted, condition);
	}
	return count;
}

START_TEST(system_calls_are_selected_by_name)
{
	struct arena *arena = arena_new(0);

	ck_assert_uint_eq(count_syscalls(arena, "evt.type = getpid", "getpid"), 1);
	ck_assert_uint_eq(count_syscalls(arena, "evt.type in (reboot, pivot_root) and proc.name = x", "reboot"), 2);
	ck_assert_uint_eq(count_syscalls(arena, "proc.name = x", "getpid"), (unsigned)syscall_count());
	ck_assert_uint_eq(count_syscalls(arena, "evt.num = 0", NULL), 0);
	ck_assert_uint_eq(count_syscalls(arena, "not evt.type = reboot", "getpid"), (unsigned)syscall_count() - 1);
	arena_free(arena);
}
END_TEST

START_TEST(event_types_are_known_by_name)
{
	ck_assert(event_type_is_known(TEXT("openat")));
	ck_assert(event_type_is_known(TEXT("getpid")));
	ck_assert(event_type_is_known(TEXT("NA")));
	ck_assert(event_type_is_known(TEXT("syscall")));
	ck_assert(event_type_is_known(TEXT("container")));
	ck_assert(event_type_is_known(TEXT("")));
	ck_assert(!event_type_is_known(TEXT("opennat")));
	ck_assert(!event_type_is_known(TEXT("OPEN")));
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("event_codes");
	TCase *cases = tcase_create("event_codes");

	tcase_add_loop_test(cases, conditions_have_the_sets_of_the_reference, 0, (int)(sizeof sets / sizeof sets[0]));
	tcase_add_test(cases, the_right_events_are_in_the_set);
	tcase_add_test(cases, system_calls_are_selected_by_name);
	tcase_add_test(cases, event_types_are_known_by_name);
	suite_add_tcase(result, cases);
	return result;
}

CHECK_MAIN(suite)
