#include "base/json_writer.h"

#include <math.h>

#include "tests/support/check_main.h"

static struct buffer output;

static void setup(void)
{
	output = BUFFER_INIT;
}

static void teardown(void)
{
	buffer_release(&output);
}

static void assert_escaped(struct text value, const char *expected)
{
	buffer_clear(&output);
	json_escape(&output, value);
	ck_assert_msg(text_is(buffer_text(&output), expected), "got \"" TEXT_FORMAT "\", not \"%s\"",
		      TEXT_ARGUMENTS(buffer_text(&output)), expected);
}

START_TEST(commas_and_nesting)
{
	struct json_writer writer;

	json_writer_init(&writer, &output);
	json_begin_object(&writer);
	json_key(&writer, TEXT("a"));
	json_begin_array(&writer);
	json_unsigned(&writer, UINT64_MAX);
	json_signed(&writer, INT64_MIN);
	json_begin_object(&writer);
	json_end_object(&writer);
	json_begin_array(&writer);
	json_end_array(&writer);
	json_raw(&writer, TEXT("{\"r\":1}"));
	json_end_array(&writer);
	json_key(&writer, TEXT("b\""));
	json_null(&writer);
	json_key(&writer, TEXT("c"));
	json_bool(&writer, true);
	json_end_object(&writer);
	ck_assert(text_is(buffer_text(&output), "{\"a\":[18446744073709551615,-9223372036854775808,{},[],{\"r\":1}],"
						"\"b\\\"\":null,\"c\":true}"));
}
END_TEST

START_TEST(doubles_are_the_shortest_that_read_back)
{
	struct json_writer writer;

	json_writer_init(&writer, &output);
	json_begin_array(&writer);
	json_double(&writer, 0.1);
	json_double(&writer, 1.0);
	json_double(&writer, 1.0 / 3.0);
	json_double(&writer, -1e300);
	json_double(&writer, INFINITY);
	json_double(&writer, NAN);
	json_end_array(&writer);
	ck_assert(text_is(buffer_text(&output), "[0.1,1,0.3333333333333333,-1e+300,null,null]"));
}
END_TEST

START_TEST(control_characters_are_escaped_and_the_rest_is_not)
{
	assert_escaped(TEXT("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\0"),
		       "a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000");
	assert_escaped(TEXT("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa6\x85"),
		       "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa6\x85");
	assert_escaped(TEXT("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"), "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf");
}
END_TEST

#define R "\xef\xbf\xbd"

/* Examples from Unicode, chapter 3, tables 3-8 to 3-11, and the two of the rule language reference. */
START_TEST(each_maximal_ill_formed_subsequence_becomes_one_replacement)
{
	assert_escaped(TEXT("\xff\xfe"), R R);
	assert_escaped(TEXT("\xe2\x82"
			    "A"),
		       R "A");
	assert_escaped(TEXT("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82"
			    "A"),
		       R R R R R R R R "A");
	assert_escaped(TEXT("\xed\xa0\x80\xed\xbf\xbf\xed\xaf"
			    "A"),
		       R R R R R R R R "A");
	assert_escaped(TEXT("\xf4\x91\x92\x93\xff"
			    "A\x80\xbf"
			    "B"),
		       R R R R R "A" R R "B");
	assert_escaped(TEXT("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
			    "A"),
		       R R R R "A");
	assert_escaped(TEXT("\xf0\x9f\xa6"), R);
	assert_escaped(TEXT("\xc3"), R);
	assert_escaped(TEXT("\xe2\x82\n"), R "\\n");
}
END_TEST

START_TEST(nesting_without_end_fails_instead_of_overrunning)
{
	struct json_writer writer;

	json_writer_init(&writer, &output);
	for (int i = 0; i < 10 * JSON_WRITER_DEPTH; i++)
		json_begin_array(&writer);
	json_unsigned(&writer, 1);
	for (int i = 0; i < 10 * JSON_WRITER_DEPTH; i++)
		json_end_array(&writer);
	ck_assert(output.failed);
	ck_assert_uint_eq(writer.depth, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("json_writer");
	TCase *t = tcase_create("json_writer");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, commas_and_nesting);
	tcase_add_test(t, doubles_are_the_shortest_that_read_back);
	tcase_add_test(t, control_characters_are_escaped_and_the_rest_is_not);
	tcase_add_test(t, each_maximal_ill_formed_subsequence_becomes_one_replacement);
	tcase_add_test(t, nesting_without_end_fails_instead_of_overrunning);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
