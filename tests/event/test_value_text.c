#include "event/render/value_text.h"
#include "event/render/time_text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/check_main.h"

static struct buffer text;

static const char *print(struct value value, struct value_style style)
{
	buffer_clear(&text);
	value_text_append(&text, &value, style);
	buffer_append_byte(&text, 0);
	ck_assert(!text.failed);
	return (const char *)text.bytes;
}

static struct value_style formatted(enum value_format format)
{
	return (struct value_style){.field = FIELD_COUNT, .format = (uint8_t)format};
}

START_TEST(missing_values)
{
	struct value unknown = value_unknown();

	ck_assert_str_eq(print(value_absent(), value_style_of_field(FIELD_PROC_NAME)), "<NA>");
	ck_assert_str_eq(print(unknown, value_style_of_field(FIELD_PROC_NAME)), "<NA>");
	ck_assert_int_eq(value_json_kind(&unknown, value_style_of_field(FIELD_PROC_NAME)), VALUE_JSON_NULL);
}
END_TEST

START_TEST(numbers_by_format)
{
	struct value minus_two = value_of_number(TYPE_INT64, (uint64_t)-2);
	struct value device = value_of_number(TYPE_INT32, (uint64_t)(int32_t)0xfe00fe00);
	struct value mode = value_of_number(TYPE_UINT32, 0644);
	struct value nanoseconds = value_of_number(TYPE_ABSTIME, 20000000);
	struct value huge = value_of_number(TYPE_UINT64, UINT64_MAX);

	ck_assert_str_eq(print(minus_two, formatted(FORMAT_DECIMAL)), "-2");
	ck_assert_str_eq(print(minus_two, formatted(FORMAT_ID)), "-2");
	ck_assert_str_eq(print(minus_two, formatted(FORMAT_NONE)), "-2");
	ck_assert_str_eq(print(device, formatted(FORMAT_HEXADECIMAL)), "FE00FE00");
	ck_assert_str_eq(print(mode, formatted(FORMAT_OCTAL)), "644");
	ck_assert_str_eq(print(nanoseconds, formatted(FORMAT_PADDED_DECIMAL)), "020000000");
	ck_assert_str_eq(print(huge, formatted(FORMAT_DECIMAL)), "18446744073709551615");

	ck_assert_int_eq(value_json_kind(&minus_two, formatted(FORMAT_DECIMAL)), VALUE_JSON_SIGNED);
	ck_assert_int_eq(value_json_kind(&huge, formatted(FORMAT_ID)), VALUE_JSON_UNSIGNED);
	ck_assert_int_eq(value_json_kind(&nanoseconds, formatted(FORMAT_PADDED_DECIMAL)), VALUE_JSON_UNSIGNED);
	ck_assert_int_eq(value_json_kind(&device, formatted(FORMAT_HEXADECIMAL)), VALUE_JSON_STRING);
	ck_assert_int_eq(value_json_kind(&mode, formatted(FORMAT_OCTAL)), VALUE_JSON_STRING);
	ck_assert_int_eq(value_json_kind(&minus_two, formatted(FORMAT_NONE)), VALUE_JSON_STRING);
}
END_TEST

START_TEST(other_kinds)
{
	struct value yes = value_of_number(TYPE_BOOL, 1), no = value_of_number(TYPE_BOOL, 0);
	struct value percent = {.state = VALUE_PRESENT, .type = TYPE_DOUBLE, .real = 12.25};
	struct value port = value_of_number(TYPE_PORT, 443);
	struct value bytes = value_of_text(TYPE_BYTEBUF, text_of("a\0\n\x7f\xff~", 6));
	struct value v4 = value_of_text(TYPE_IPADDR, text_of("\x7f\0\0\1", 4));
	struct value v6 = value_of_text(TYPE_IPADDR, text_of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16));
	struct value opaque = value_of_text(TYPE_SOCKADDR, TEXT("\1"));

	ck_assert_str_eq(print(yes, formatted(FORMAT_NONE)), "true");
	ck_assert_str_eq(print(no, formatted(FORMAT_NONE)), "false");
	ck_assert_int_eq(value_json_kind(&yes, formatted(FORMAT_NONE)), VALUE_JSON_BOOLEAN);
	ck_assert_str_eq(print(percent, formatted(FORMAT_NONE)), "12.2");
	ck_assert_int_eq(value_json_kind(&percent, formatted(FORMAT_NONE)), VALUE_JSON_REAL);
	ck_assert_str_eq(print(port, formatted(FORMAT_DECIMAL)), "443");
	ck_assert_str_eq(print(bytes, formatted(FORMAT_NONE)), "a....~");
	ck_assert_int_eq(value_json_kind(&bytes, formatted(FORMAT_NONE)), VALUE_JSON_STRING);
	ck_assert_str_eq(print(v4, formatted(FORMAT_NONE)), "127.0.0.1");
	ck_assert_str_eq(print(v6, formatted(FORMAT_NONE)), "2001:db8::1");
	ck_assert_int_eq(value_json_kind(&v6, formatted(FORMAT_NONE)), VALUE_JSON_STRING);
	ck_assert_str_eq(print(opaque, formatted(FORMAT_NONE)), "<NA>");
	ck_assert_int_eq(value_json_kind(&opaque, formatted(FORMAT_NONE)), VALUE_JSON_NULL);
}
END_TEST

START_TEST(fields_with_rules_of_their_own)
{
	struct value time = value_of_text(TYPE_CHARBUF, TEXT("16:00:00.010000000"));
	struct value network = value_of_text(TYPE_IPNET, text_of("\x0a\0\0\1", 4));
	struct value port = value_of_number(TYPE_PORT, 443);
	struct value nothing = value_of_text(TYPE_BYTEBUF, TEXT_EMPTY);
	static const uint16_t times[] = {FIELD_EVT_TIME,	 FIELD_EVT_TIME_S,     FIELD_EVT_TIME_ISO8601,
					 FIELD_EVT_DATETIME, FIELD_EVT_DATETIME_S, FIELD_EVT_OUTPUTTIME};

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		ck_assert_int_eq(value_json_kind(&time, value_style_of_field(times[i])), VALUE_JSON_TIMESTAMP);
		ck_assert_str_eq(print(time, value_style_of_field(times[i])), "16:00:00.010000000");
	}
	/* Filter-only fields: the network that exists prints a constant, the others never print. */
	ck_assert_str_eq(print(network, value_style_of_field(FIELD_FD_CNET)), "<IPNET>");
	ck_assert_int_eq(value_json_kind(&network, value_style_of_field(FIELD_FD_CNET)), VALUE_JSON_STRING);
	ck_assert_str_eq(print(port, value_style_of_field(FIELD_FD_PORT)), "<NA>");
	ck_assert_int_eq(value_json_kind(&port, value_style_of_field(FIELD_FD_PORT)), VALUE_JSON_NULL);
	/* An empty data parameter prints like an empty parameter. */
	ck_assert_str_eq(print(nothing, value_style_of_field(FIELD_EVT_BUFFER)), "NULL");
	ck_assert_str_eq(print(nothing, formatted(FORMAT_NONE)), "");
}
END_TEST

START_TEST(lists)
{
	struct value elements[3] = {value_of_text(TYPE_CHARBUF, TEXT("file")), value_of_text(TYPE_CHARBUF, TEXT("")),
				    value_of_text(TYPE_CHARBUF, TEXT("a,b"))};
	struct value list = {
		.state = VALUE_PRESENT, .type = TYPE_CHARBUF, .is_list = true, .length = 3, .elements = elements};
	struct value *many = calloc(400, sizeof *many);

	ck_assert_str_eq(print(list, formatted(FORMAT_NONE)), "(file,,a,b)");
	ck_assert_int_eq(value_json_kind(&list, formatted(FORMAT_NONE)), VALUE_JSON_ARRAY);
	list.length = 0;
	ck_assert_str_eq(print(list, formatted(FORMAT_NONE)), "()");

	/* The text of a list, parentheses included, ends after 1023 bytes. */
	ck_assert_ptr_nonnull(many);
	for (unsigned i = 0; i < 400; i++)
		many[i] = value_of_text(TYPE_CHARBUF, TEXT("xx"));
	list.elements = many;
	list.length = 400;
	ck_assert_uint_eq(strlen(print(list, formatted(FORMAT_NONE))), 1023);
	list.length = 340; /* 2 * 340 + 339 + 2 = 1021 */
	ck_assert_uint_eq(strlen(print(list, formatted(FORMAT_NONE))), 1021);
	free(many);
}
END_TEST

static const char *time_of(struct time_cache *cache, uint64_t timestamp_ns, enum time_style style)
{
	static char out[TIME_TEXT_MAX_BYTES + 1];

	out[time_text(cache, timestamp_ns, style, out)] = '\0';
	return out;
}

START_TEST(times)
{
	struct time_cache cache = {0};
	uint64_t moment = UINT64_C(1566230400010000000); /* 2019-08-19 16:00:00.01 UTC */

	setenv("TZ", "XYZ-2", 1); /* two hours east */
	tzset();
	ck_assert_str_eq(time_of(&cache, moment, TIME_CLOCK), "18:00:00.010000000");
	ck_assert_str_eq(time_of(&cache, moment, TIME_CLOCK_SECONDS), "18:00:00");
	ck_assert_str_eq(time_of(&cache, moment, TIME_DATE), "2019-08-19 18:00:00.010000000");
	ck_assert_str_eq(time_of(&cache, moment, TIME_DATE_SECONDS), "2019-08-19 18:00:00");
	ck_assert_str_eq(time_of(&cache, moment, TIME_ISO8601), "2019-08-19T16:00:00.010000000+0000");
	ck_assert_str_eq(time_of(&cache, moment, TIME_ZULU), "2019-08-19T16:00:00.010000000Z");
	ck_assert_str_eq(time_of(&cache, moment + 7 * UINT64_C(3600000000000) + 5, TIME_DATE), "2019-08-20 01:00:00.010000005");
	ck_assert_str_eq(time_of(&cache, 0, TIME_DATE), "1970-01-01 02:00:00.000000000");
	ck_assert_str_eq(time_of(&cache, UINT64_MAX, TIME_ZULU), "2554-07-21T23:34:33.709551615Z");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("value_text");
	TCase *values = tcase_create("values");
	TCase *clock = tcase_create("times");

	tcase_add_test(values, missing_values);
	tcase_add_test(values, numbers_by_format);
	tcase_add_test(values, other_kinds);
	tcase_add_test(values, fields_with_rules_of_their_own);
	tcase_add_test(values, lists);
	tcase_add_test(clock, times);
	suite_add_tcase(all, values);
	suite_add_tcase(all, clock);
	return all;
}

CHECK_MAIN(suite)
