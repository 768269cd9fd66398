#include "agent/joined_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check_main.h"

/* The vector for a command of one word, as "[a][b]". */
static const char *shown(const char *separator, const char *text)
{
	static char line[256];
	char command[] = "end", *words[] = {command};
	char **vector = joined_words_prepend(separator, text, words, 1);
	size_t count = 0, length = 0;

	ck_assert_ptr_nonnull(vector);
	for (; vector[count]; count++)
		length += (size_t)snprintf(line + length, sizeof line - length, "[%s]", vector[count]);
	ck_assert_ptr_eq(vector[count - 1], command);
	free(vector);
	return line;
}

START_TEST(words_between_separators_come_first)
{
	ck_assert_str_eq(shown("|;|", "/bin/sh|;|-c|;|echo a; echo b"), "[/bin/sh][-c][echo a; echo b][end]");
	ck_assert_str_eq(shown("|;|", "one"), "[one][end]");
	ck_assert_str_eq(shown(" ", " a  b "), "[][a][][b][][end]");
	ck_assert_str_eq(shown("|;|", "|;|;|"), "[][;|][end]");
	ck_assert_str_eq(shown("aa", "aaa"), "[][a][end]");
}
END_TEST

START_TEST(an_empty_text_is_no_word)
{
	char **vector = joined_words_prepend(",", "", NULL, 0);

	ck_assert_ptr_nonnull(vector);
	ck_assert_ptr_null(vector[0]);
	free(vector);
	ck_assert_str_eq(shown("|;|", ""), "[end]");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("joined_words");
	TCase *t = tcase_create("joined_words");

	tcase_add_test(t, words_between_separators_come_first);
	tcase_add_test(t, an_empty_text_is_no_word);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
