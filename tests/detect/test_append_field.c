#include "detect/append_field.h"

#include "tests/support/check_main.h"

static const struct {
	const char *text;
	int field; /* -1: refused */
	const char *argument; /* NULL: none */
	bool is_number;
	int64_t number;
} cases[] = {
	{"evt.num", FIELD_EVT_NUM, NULL, false, 0},
	{"proc.aname", FIELD_PROC_ANAME, NULL, false, 0},
	{"proc.aname[2]", FIELD_PROC_ANAME, "2", true, 2},
	{"proc.aname[-2]", FIELD_PROC_ANAME, "-2", true, -2},
	{"proc.aname[x]", -1, NULL, false, 0},
	{"proc.aname[]", -1, NULL, false, 0},
	{"proc.aname[2", -1, NULL, false, 0},
	{"proc.aname.2", -1, NULL, false, 0},
	{"proc.name[1]", -1, NULL, false, 0},
	{"proc.namex", -1, NULL, false, 0},
	{"proc.env[HOME]", FIELD_PROC_ENV, "HOME", false, 0},
	{"evt.arg.flags", FIELD_EVT_ARG, "flags", false, 0},
	{"evt.arg[0]", FIELD_EVT_ARG, "0", true, 0},
	{"evt.arg", -1, NULL, false, 0},
	{"evt.rawarg.res", FIELD_EVT_RAWARG, "res", false, 0},
	{"evt.abspath", FIELD_EVT_ABSPATH, NULL, false, 0},
	{"evt.abspath.src", FIELD_EVT_ABSPATH, "src", false, 0},
	{"thread.cgroup.cpu", FIELD_THREAD_CGROUP, "cpu", false, 0},
	{"", -1, NULL, false, 0},
	{"nothing.of.the.kind", -1, NULL, false, 0},
};

START_TEST(texts_become_requests)
{
	struct append_field field;
	bool is_field = append_field_parse(text_from_string(cases[_i].text), &field);

	ck_assert_msg(is_field == (cases[_i].field >= 0), "%s", cases[_i].text);
	if (!is_field)
		return;
	ck_assert(text_is(field.name, cases[_i].text));
	ck_assert_int_eq(field.request.field, cases[_i].field);
	ck_assert_int_eq(field.request.has_argument, cases[_i].argument != NULL);
	ck_assert_int_eq(field.request.argument_is_number, cases[_i].is_number);
	ck_assert_int_eq(field.request.argument_number, cases[_i].number);
	if (cases[_i].argument)
		ck_assert(text_is(field.request.argument, cases[_i].argument));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("append_field");
	TCase *c = tcase_create("append_field");

	tcase_add_loop_test(c, texts_become_requests, 0, sizeof cases / sizeof cases[0]);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
