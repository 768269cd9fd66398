#include "proto/alert_json.h"

#include "tests/support/check_main.h"

static void assert_json(const struct alert *alert, const char *expected)
{
	struct buffer buffer = BUFFER_INIT;

	alert_json_append(&buffer, alert);
	ck_assert(!buffer.failed);
	buffer_append_byte(&buffer, 0);
	ck_assert_str_eq((const char *)buffer.bytes, expected);
	buffer_release(&buffer);
}

static struct alert small_alert(void)
{
	return (struct alert){
		.time_ns = UINT64_C(1566230400010000000),
		.priority = 4,
		.priority_name = TEXT("Warning"),
		.rule = TEXT("My rule"),
		.source = TEXT("syscall"),
		.host_name = TEXT("h"),
		.output = TEXT("16:00:00.010000000: Warning file=/opt/x sip=<NA>"),
	};
}

/* The example of the rule language reference. */
START_TEST(members_are_falcos)
{
	static const struct text tags[] = {{"alpha", 5}, {"zeta", 4}};
	const struct alert_field fields[] = {
		{TEXT("evt.time"), {.kind = ALERT_VALUE_UNSIGNED, .unsigned_number = UINT64_C(1566230400010000000)}},
		{TEXT("fd.name"), {.kind = ALERT_VALUE_STRING, .text = TEXT("/opt/x")}},
		{TEXT("fd.sip"), {.kind = ALERT_VALUE_NULL}},
	};
	struct alert alert = small_alert();

	alert.tags = tags;
	alert.tag_count = 2;
	alert.fields = fields;
	alert.field_count = 3;
	assert_json(&alert,
		    "{\"hostname\":\"h\",\"output\":\"16:00:00.010000000: Warning file=/opt/x sip=<NA>\","
		    "\"output_fields\":{\"evt.time\":1566230400010000000,\"fd.name\":\"/opt/x\",\"fd.sip\":null},"
		    "\"priority\":\"Warning\",\"rule\":\"My rule\",\"source\":\"syscall\",\"tags\":[\"alpha\",\"zeta\"],"
		    "\"time\":\"2019-08-19T16:00:00.010000000Z\"}");
}
END_TEST

START_TEST(values_keep_their_kind)
{
	const struct alert_value elements[] = {
		{.kind = ALERT_VALUE_STRING, .text = TEXT("a\"b")},
		{.kind = ALERT_VALUE_SIGNED, .signed_number = -1},
	};
	const struct alert_field fields[] = {
		{TEXT("a"), {.kind = ALERT_VALUE_SIGNED, .signed_number = INT64_MIN}},
		{TEXT("b"), {.kind = ALERT_VALUE_UNSIGNED, .unsigned_number = UINT64_MAX}},
		{TEXT("c"), {.kind = ALERT_VALUE_REAL, .real = 0.5}},
		{TEXT("d"), {.kind = ALERT_VALUE_BOOLEAN, .boolean = true}},
		{TEXT("e"), {.kind = ALERT_VALUE_BOOLEAN, .boolean = false}},
		{TEXT("f"), {.kind = ALERT_VALUE_ARRAY, .elements = elements, .element_count = 2}},
		{TEXT("g[\"]"), {.kind = ALERT_VALUE_ARRAY, .elements = NULL, .element_count = 0}},
	};
	struct alert alert = small_alert();

	alert.time_ns = 999999999;
	alert.output = TEXT("");
	alert.fields = fields;
	alert.field_count = 7;
	assert_json(&alert, "{\"hostname\":\"h\",\"output\":\"\",\"output_fields\":{\"a\":-9223372036854775808,"
			    "\"b\":18446744073709551615,\"c\":0.5,\"d\":true,\"e\":false,\"f\":[\"a\\\"b\",-1],\"g[\\\"]\":[]},"
			    "\"priority\":\"Warning\",\"rule\":\"My rule\",\"source\":\"syscall\",\"tags\":[],"
			    "\"time\":\"1970-01-01T00:00:00.999999999Z\"}");
}
END_TEST

/* Bytes that are no UTF-8 are replaced in one way in the output, in another in the fields. */
START_TEST(ill_formed_bytes_are_replaced_in_two_ways)
{
	const struct alert_field fields[] = {
		{TEXT("x"), {.kind = ALERT_VALUE_STRING, .text = TEXT("\xe2o.2")}},
	};
	struct alert alert = small_alert();

	alert.time_ns = 0;
	alert.output = TEXT("\xe2o.2");
	alert.fields = fields;
	alert.field_count = 1;
	assert_json(&alert, "{\"hostname\":\"h\",\"output\":\"\xef\xbf\xbdo.2\",\"output_fields\":{\"x\":\"\xe2\xaf\xae"
			    "2\"},\"priority\":\"Warning\",\"rule\":\"My rule\",\"source\":\"syscall\",\"tags\":[],"
			    "\"time\":\"1970-01-01T00:00:00.000000000Z\"}");
}
END_TEST

static const struct {
	struct text in, out;
} lax[] = {
#define LAX(in, out) {{in, sizeof(in) - 1}, {out, sizeof(out) - 1}}
	LAX("plain\n", "plain\n"),
	LAX("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
	LAX("a\xc3", "a\xef\xbf\xbd"),				   /* cut: only the lead byte is taken */
	LAX("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"),		   /* each of the two */
	LAX("\x80z", "\xef\xbf\xbd"),				   /* 3A: below 80 */
	LAX("\xc0\xafx", "\xef\xbf\xbdx"),			   /* below 80 */
	LAX("\xe0\x80\xafx", "\xef\xbf\xbdx"),			   /* below 800 */
	LAX("\xed\xa0\x80x", "\xef\xbf\xbdx"),			   /* surrogate */
	LAX("\xf0\x80\x80\xafx", "\xef\xbf\xbdx"),		   /* below 10000 */
	LAX("\xf8\xff", "\xef\xbf\xbd\xef\xbf\xbd"),
	LAX("\xdf\x41z", "\xdf\x81z"),				   /* the low six bits count, whatever the byte */
	LAX("\xf4\x90\x80\x80", "\xf0\x90\x80\x80"),		   /* above 10FFFF: the upper bits are lost */
};

START_TEST(the_lax_decoder)
{
	struct buffer buffer = BUFFER_INIT;

	alert_lax_utf8(&buffer, lax[_i].in);
	ck_assert(text_equal(buffer_text(&buffer), lax[_i].out));
	buffer_release(&buffer);
}
END_TEST

START_TEST(text_is_escaped_like_json)
{
	struct alert alert = small_alert();
	struct buffer buffer = BUFFER_INIT;

	alert.output = TEXT("16:00:00.010000000: Warning file=/opt/a \"b\".txt\x01\n\\ \xff");
	alert_text_append(&buffer, &alert);
	ck_assert(text_is(buffer_text(&buffer),
			  "16:00:00.010000000: Warning file=/opt/a \\\"b\\\".txt\\u0001\\n\\\\ \xef\xbf\xbd"));
	buffer_release(&buffer);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("alert_json");
	TCase *c = tcase_create("alert_json");

	tcase_add_test(c, members_are_falcos);
	tcase_add_test(c, values_keep_their_kind);
	tcase_add_test(c, ill_formed_bytes_are_replaced_in_two_ways);
	tcase_add_loop_test(c, the_lax_decoder, 0, sizeof lax / sizeof lax[0]);
	tcase_add_test(c, text_is_escaped_like_json);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
