#include "base/json_reader.h"

#include "base/arena.h"
#include "tests/support/check_main.h"

static struct arena *arena;

static void set_up(void)
{
	arena = arena_new(0);
	ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
	arena = arena_free(arena);
}

START_TEST(members_and_elements)
{
	struct json_reader reader =
		json_reader_of(TEXT(" { \"a\" : [ 1 , -2 ] , \"b\":{\"c\":true}, \"d\":\"x\" ,\"e\":null}\n"), arena);
	struct text key, value = TEXT_EMPTY;
	int64_t sum = 0;
	bool flag = false;

	ck_assert(json_enter(&reader, '{'));
	while (json_next_member(&reader, &key)) {
		if (text_is(key, "a")) {
			json_enter(&reader, '[');
			while (json_next_element(&reader))
				sum = 10 * sum + json_read_integer(&reader);
		} else if (text_is(key, "b")) {
			json_enter(&reader, '{');
			while (json_next_member(&reader, &key))
				flag = json_read_bool(&reader);
		} else if (text_is(key, "d")) {
			value = json_read_string(&reader);
		} else {
			json_skip(&reader);
		}
	}
	ck_assert(json_reader_finish(&reader));
	ck_assert_int_eq(sum, 8);
	ck_assert(flag);
	ck_assert(text_is(value, "x"));
}
END_TEST

static const struct {
	const char *json, *text;
} strings[] = {
	{"\"\"", ""},
	{"\"plain\"", "plain"},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	{"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
	{"\"\\ud83d x\"", "\xef\xbf\xbd x"},
	{"\"\\ude00\"", "\xef\xbf\xbd"},
	{"\"\\ud83d\\u0041\"", "\xef\xbf\xbd" "A"},
	{"\"\\u0000\"", "\xef\xbf\xbd"},
	{"\"\xff\xfe\"", "\xff\xfe"},
};

START_TEST(string_values)
{
	struct json_reader reader = json_reader_of(text_from_string(strings[_i].json), arena);
	struct text text = json_read_string(&reader);

	ck_assert(json_reader_finish(&reader));
	ck_assert(text_is(text, strings[_i].text));
}
END_TEST

static const char *const well_formed[] = {
	"0", "-0", "1.5", "-1e10", "1E+2", "1e-2", "\"x\"", "[]", "{}", "[[],{}]", "[1,2]", "{\"a\":{\"b\":[null,true,false]}}",
	" [ ] ", "[1 , 2]",
};

START_TEST(skip)
{
	struct json_reader reader = json_reader_of(text_from_string(well_formed[_i]), arena);

	json_skip(&reader);
	ck_assert(json_reader_finish(&reader));
}
END_TEST

static const char *const ill_formed[] = {
	"", " ", "01", "-", "1.", ".5", "1e", "+1", "nul", "truex", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"",
	"[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
	"{1:2}", "[}", "{]", "1 2", "[]]", "'x'",
};

START_TEST(faults)
{
	struct json_reader reader = json_reader_of(text_from_string(ill_formed[_i]), arena);

	json_skip(&reader);
	ck_assert(!json_reader_finish(&reader));
}
END_TEST

START_TEST(nesting_is_bounded)
{
	char json[2 * JSON_READER_DEPTH + 3];
	struct json_reader reader;

	memset(json, '[', JSON_READER_DEPTH);
	memset(json + JSON_READER_DEPTH, ']', JSON_READER_DEPTH);
	reader = json_reader_of(text_of(json, 2 * JSON_READER_DEPTH), arena);
	json_skip(&reader);
	ck_assert(json_reader_finish(&reader));
	memset(json, '[', JSON_READER_DEPTH + 1);
	memset(json + JSON_READER_DEPTH + 1, ']', JSON_READER_DEPTH + 1);
	reader = json_reader_of(text_of(json, 2 * JSON_READER_DEPTH + 2), arena);
	json_skip(&reader);
	ck_assert(!json_reader_finish(&reader));
}
END_TEST

START_TEST(integers)
{
	struct json_reader reader = json_reader_of(TEXT("[9223372036854775807,-9223372036854775808]"), arena);

	json_enter(&reader, '[');
	ck_assert(json_next_element(&reader));
	ck_assert_int_eq(json_read_integer(&reader), INT64_MAX);
	ck_assert(json_next_element(&reader));
	ck_assert_int_eq(json_read_integer(&reader), INT64_MIN);
	ck_assert(!json_next_element(&reader));
	ck_assert(json_reader_finish(&reader));
	reader = json_reader_of(TEXT("9223372036854775808"), arena);
	ck_assert_int_eq(json_read_integer(&reader), 0);
	ck_assert(reader.failed);
	reader = json_reader_of(TEXT("1.0"), arena);
	json_read_integer(&reader);
	ck_assert(reader.failed);
}
END_TEST

START_TEST(raw_values)
{
	struct json_reader reader = json_reader_of(TEXT("[ {\"a\" : [1]} ,2]"), arena);

	json_enter(&reader, '[');
	json_next_element(&reader);
	ck_assert_int_eq(json_peek(&reader), '{');
	ck_assert(text_is(json_read_raw(&reader), "{\"a\" : [1]}"));
	json_next_element(&reader);
	ck_assert_int_eq(json_peek(&reader), '0');
	ck_assert(text_is(json_read_raw(&reader), "2"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("json_reader");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, members_and_elements);
	tcase_add_loop_test(c, string_values, 0, (int)(sizeof strings / sizeof strings[0]));
	tcase_add_loop_test(c, skip, 0, (int)(sizeof well_formed / sizeof well_formed[0]));
	tcase_add_loop_test(c, faults, 0, (int)(sizeof ill_formed / sizeof ill_formed[0]));
	tcase_add_test(c, nesting_is_bounded);
	tcase_add_test(c, integers);
	tcase_add_test(c, raw_values);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
