#include "base/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_io.h"
#include "base/text.h"
#include "tests/support/check_main.h"

static char **saved;

static void setup(void)
{
	saved = environ;
}

static void teardown(void)
{
	environ = saved;
}

START_TEST(a_variable_is_taken_and_its_bytes_are_overwritten)
{
	static char a[] = "TOKEN_A=1", first[] = "TOKEN=one=1", other[] = "TOKEN2=2", second[] = "TOKEN=two", odd[] = "TOKEN";
	static char *entries[] = {a, first, other, second, odd, NULL};
	struct buffer value = BUFFER_INIT;

	environ = entries;
	ck_assert_int_eq(environment_take("TOKEN", &value), 0);
	ck_assert(text_is(buffer_text(&value), "one=1"));
	for (size_t i = 0; i < sizeof first; i++)
		ck_assert_int_eq(first[i], 0);
	for (size_t i = 0; i < sizeof second; i++)
		ck_assert_int_eq(second[i], 0);
	ck_assert_ptr_eq(entries[0], a);
	ck_assert_ptr_eq(entries[1], other);
	ck_assert_ptr_eq(entries[2], odd);
	ck_assert_ptr_null(entries[3]);
	ck_assert_int_eq(environment_take("TOKEN", &value), -ENOENT);
	buffer_release(&value);
}
END_TEST

START_TEST(no_variable_is_no_value)
{
	static char *none[] = {NULL};
	struct buffer value = BUFFER_INIT;

	environ = none;
	ck_assert_int_eq(environment_take("TOKEN", &value), -ENOENT);
	environ = NULL;
	ck_assert_int_eq(environment_take("TOKEN", &value), -ENOENT);
	ck_assert_int_eq(environment_take("", &value), -EINVAL);
	ck_assert_int_eq(environment_take("A=B", &value), -EINVAL);
	ck_assert_uint_eq(value.length, 0);
}
END_TEST

/* Run again with the variable in the environment that the kernel sets up: the test looks at what /proc shows of it. */
START_TEST(proc_does_not_show_it_any_longer)
{
	struct buffer shown = BUFFER_INIT, value = BUFFER_INIT;
	int status;

	if (getenv("TERCEL_TEST_SECRET")) {
		ck_assert_int_eq(file_read("/proc/self/environ", 1 << 20, &shown), 0);
		ck_assert_uint_ne(text_find(buffer_text(&shown), TEXT("hidden-value")), SIZE_MAX);
		ck_assert_int_eq(environment_take("TERCEL_TEST_SECRET", &value), 0);
		ck_assert(text_is(buffer_text(&value), "hidden-value"));
		shown.length = 0;
		ck_assert_int_eq(file_read("/proc/self/environ", 1 << 20, &shown), 0);
		ck_assert_uint_eq(text_find(buffer_text(&shown), TEXT("hidden-value")), SIZE_MAX);
		ck_assert_uint_ne(text_find(buffer_text(&shown), TEXT("TERCEL_TEST_NEXT=1")), SIZE_MAX);
		buffer_release(&shown);
		buffer_release(&value);
		return;
	}
	status = system("TERCEL_TEST_SECRET=hidden-value TERCEL_TEST_NEXT=1 CK_RUN_CASE=environment /proc/$PPID/exe >&2");
	ck_assert_int_eq(status, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("environment");
	TCase *t = tcase_create("environment");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_variable_is_taken_and_its_bytes_are_overwritten);
	tcase_add_test(t, no_variable_is_no_value);
	tcase_add_test(t, proc_does_not_show_it_any_longer);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
