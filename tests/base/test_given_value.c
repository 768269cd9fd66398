#include "base/given_value.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file_io.h"
#include "base/text.h"
#include "tests/support/check_main.h"
#include "tests/support/temporary_directory.h"

#define BYTES_MAX 16

static void expect(const struct given_value *given, int error, const char *value)
{
	struct buffer got = BUFFER_INIT;

	buffer_append_string(&got, "before ");
	ck_assert_int_eq(given_value_read(given, BYTES_MAX, &got), error);
	ck_assert_msg(text_is(text_slice(buffer_text(&got), 7, SIZE_MAX), value), "'%.*s'", (int)got.length, got.bytes);
	if (error < 0)
		ck_assert_uint_gt(strlen(given_value_fault(given, error)), 0);
	buffer_release(&got);
}

static const struct {
	const char *written;
	int error;
	const char *value;
} cases[] = {
	{"secret", 0, "secret"},
	{" \t secret\r\n\n", 0, "secret"},
	{"two words\n", 0, "two words"},
	{"sixteen bytes ok", 0, "sixteen bytes ok"},
	{"seventeen bytes !", -EFBIG, ""},
	{"", -ENODATA, ""},
	{" \r\n", -ENODATA, ""},
};

START_TEST(a_file_holds_it)
{
	struct temporary_directory directory;
	char path[PATH_MAX];
	struct given_value given = {.file = path};

	temporary_directory_make(&directory);
	temporary_directory_path(&directory, "value", path);
	ck_assert_int_eq(file_write_new(path, cases[_i].written, strlen(cases[_i].written), 0600), 0);
	expect(&given, cases[_i].error, cases[_i].value);
	temporary_directory_remove(&directory);
}
END_TEST

START_TEST(a_variable_holds_it)
{
	const struct given_value given = {.variable = "TERCEL_TEST_VALUE"};

	ck_assert_int_eq(setenv("TERCEL_TEST_VALUE", cases[_i].written, 1), 0);
	expect(&given, cases[_i].error, cases[_i].value);
	ck_assert_ptr_null(getenv("TERCEL_TEST_VALUE"));
}
END_TEST

START_TEST(what_is_not_there)
{
	const struct given_value nothing = {0}, no_file = {.file = "/nonexistent/value"}, no_variable = {.variable = "TERCEL_NO_SUCH"},
				 no_name = {.variable = "A=B"};

	ck_assert(!given_value_is_there(&nothing));
	ck_assert(given_value_is_there(&no_file) && given_value_is_there(&no_variable));
	expect(&nothing, 0, "");
	expect(&no_file, -ENOENT, "");
	expect(&no_variable, -ENOENT, "");
	expect(&no_name, -EINVAL, "");
	ck_assert_str_eq(given_value_fault(&no_variable, -ENOENT), "it is not set");
	ck_assert_str_eq(given_value_name(&no_file), "/nonexistent/value");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("given_value");
	TCase *t = tcase_create("given_value");

	tcase_add_loop_test(t, a_file_holds_it, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_loop_test(t, a_variable_holds_it, 0, (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, what_is_not_there);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
