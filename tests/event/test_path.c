/* Joining and normalising of paths (event-model reference, section 8). */
#include "event/state/path.h"

#include "tests/support/check_main.h"

static const struct {
	const char *base, *path, *joined;
} joins[] = {
	{"/home/", "x", "/home/x"},
	{"/home/", "", ""},
	{"/home/", "/abs", "/abs"},
	{"/home/", "/", "/"},
	{"/home/", ".", "/home"},
	{"/home/", "./", "/home"},
	{"/home/", "..", "/"},
	{"/home/", "../..", "/"},
	{"/home/", "../../..", "/"},
	{"/home/", "../../../x", "/x"},
	{"/home/user/", "..", "/home"},
	{"/home/user/", "../", "/home"},
	{"/home/user/", "a/./b/../c", "/home/user/a/c"},
	{"/home/user/", "a//b///c//", "/home/user/a/b/c"},
	{"/home/user/", "...", "/home/user/..."},
	{"/home/user/", "..a/b..", "/home/user/..a/b.."},
	{"/home/user/", ".a", "/home/user/.a"},
	{"/", "//etc//passwd", "/etc/passwd"},
	{"/", "/../../etc", "/etc"},
	{"/", "/a/b/..", "/a"},
	{"/", "/a/..", "/"},
	{"/", "/.", "/"},
	{"/not/./normal/", "x", "/not/./normal/x"},
	{"/not/./normal/", "../x", "/not/./x"},
	{"<UNKNOWN>", "x", "<UNKNOWN>x"},
	{"<UNKNOWN>", "../x", "x"},
	{"", "a/b", "a/b"},
	{"", "../b", "b"},
};

START_TEST(join)
{
	char buffer[PATH_BYTES_MAX];
	struct text joined = path_join(text_from_string(joins[_i].base), text_from_string(joins[_i].path), buffer);

	ck_assert_msg(text_is(joined, joins[_i].joined), "%s and %s: " TEXT_FORMAT, joins[_i].base, joins[_i].path,
		      TEXT_ARGUMENTS(joined));
}
END_TEST

START_TEST(length_limit)
{
	char buffer[PATH_BYTES_MAX];
	char path[1200];

	memset(path, 'x', sizeof path);
	/* Base, path and one more must fit in 1024. */
	ck_assert_uint_eq(path_join(TEXT("/a/"), text_of(path, 1020), buffer).length, 1023);
	ck_assert(text_equal(path_join(TEXT("/a/"), text_of(path, 1021), buffer), PATH_TOO_LONG));
	ck_assert(text_equal(path_join(TEXT("/a/"), text_of(path, 1200), buffer), PATH_TOO_LONG));
	ck_assert(text_equal(path_join(text_of(path, 1200), TEXT("a"), buffer), PATH_TOO_LONG));
	path[0] = '/';
	ck_assert_uint_eq(path_join(TEXT_EMPTY, text_of(path, 1023), buffer).length, 1023);
}
END_TEST

START_TEST(collapse)
{
	char buffer[PATH_BYTES_MAX];
	char path[1200];

	ck_assert(text_is(path_collapse_separators(TEXT("//a///b/../c//"), buffer), "/a/b/../c/"));
	ck_assert(text_is(path_collapse_separators(TEXT(""), buffer), ""));
	memset(path, 'x', sizeof path);
	ck_assert_uint_eq(path_collapse_separators(text_of(path, 1200), buffer).length, PATH_BYTES_MAX);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("path");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, join, 0, (int)(sizeof joins / sizeof joins[0]));
	tcase_add_test(c, length_limit);
	tcase_add_test(c, collapse);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
