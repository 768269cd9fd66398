#include "base/option_table.h"

#include <string.h>

#include "base/exit_status.h"
#include "tests/support/check_main.h"

static bool flag, other_flag;
static const char *output, *format;
static uint64_t number;
static struct option_list list;
static const char *pair[2];

static int run(int positional_count, char **positionals, void *context)
{
	(void)positionals;
	*(int *)context = positional_count;
	return EXIT_STATUS_FINDINGS;
}

static int last_count;

static const struct option options[] = {
    {"flag", 'f', OPTION_FLAG, &flag, NULL, NULL, "A flag."},
    {"other", 'g', OPTION_FLAG, &other_flag, NULL, NULL, "Another."},
    {"output", 'o', OPTION_STRING, &output, "FILE", NULL, "Where to write."},
    {"format", 0, OPTION_CHOICE, &format, NULL, "text|json", "How to print."},
    {"number", 'n', OPTION_NUMBER, &number, "N", NULL, "How many."},
    {"label", 'l', OPTION_LIST, &list, "K=V", NULL, "May be repeated."},
    {"pair", 0, OPTION_PAIR, pair, "A B", NULL, "Two words."},
    {0},
};

static const struct command commands[] = {
    {"check", "FILES…", "Checks files.", options, 1, 2, false, run, &last_count},
    {"run", "-- COMMAND…", "Runs a command.", options, 0, SIZE_MAX, true, run, &last_count},
    {"bare", "", "Takes nothing.", NULL, 0, 0, false, run, &last_count},
    {0},
};

static const struct program program = {"prober", "Tests the option table.", commands};

static void setup(void)
{
	flag = other_flag = false;
	output = format = NULL;
	number = 0;
	pair[0] = pair[1] = NULL;
	option_list_release(&list);
	last_count = -1;
}

static char *arguments[16];
static int positional_count;
static char **positionals;

/* The words of `line`, split at blanks. */
static int parse(const struct command *command, const char *line)
{
	static char words[256];
	int count = 0;

	setup();
	ck_assert_uint_lt(strlen(line), sizeof words);
	strcpy(words, line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		arguments[count++] = word;
	return options_parse(&program, command, count, arguments, &positional_count, &positionals);
}

START_TEST(all_spellings_of_a_value_are_the_same)
{
	ck_assert_int_eq(parse(&commands[0], "a --output x --number=12 -f"), 0);
	ck_assert_str_eq(output, "x");
	ck_assert_uint_eq(number, 12);
	ck_assert(flag);
	ck_assert_int_eq(parse(&commands[0], "--output=x=y a"), 0);
	ck_assert_str_eq(output, "x=y");
	ck_assert_int_eq(parse(&commands[0], "-ox a"), 0);
	ck_assert_str_eq(output, "x");
	ck_assert_int_eq(parse(&commands[0], "-o -x a"), 0);
	ck_assert_str_eq(output, "-x");
	ck_assert_int_eq(parse(&commands[0], "-fgn3 a"), 0);
	ck_assert(flag && other_flag);
	ck_assert_uint_eq(number, 3);
	ck_assert_int_eq(parse(&commands[0], "-l a=1 --label b=2 -lc a"), 0);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_str_eq(list.values[0], "a=1");
	ck_assert_str_eq(list.values[1], "b=2");
	ck_assert_str_eq(list.values[2], "c");
	option_list_release(&list);
}
END_TEST

START_TEST(a_pair_takes_the_next_two_words_whatever_they_are)
{
	ck_assert_int_eq(parse(&commands[0], "--pair -f -- a -g"), 0);
	ck_assert_str_eq(pair[0], "-f");
	ck_assert_str_eq(pair[1], "--");
	ck_assert(!flag && other_flag);
	ck_assert_int_eq(positional_count, 1);
	ck_assert_str_eq(positionals[0], "a");
}
END_TEST

START_TEST(positionals_keep_their_order_among_options)
{
	ck_assert_int_eq(parse(&commands[0], "one -f two"), 0);
	ck_assert_int_eq(positional_count, 2);
	ck_assert_str_eq(positionals[0], "one");
	ck_assert_str_eq(positionals[1], "two");
	ck_assert_int_eq(parse(&commands[0], "- -f -- -g"), 0);
	ck_assert_int_eq(positional_count, 2);
	ck_assert_str_eq(positionals[0], "-");
	ck_assert_str_eq(positionals[1], "-g");
	ck_assert(!other_flag);
}
END_TEST

START_TEST(a_wrapped_command_keeps_its_own_options)
{
	ck_assert_int_eq(parse(&commands[1], "-f -- ls -g -- x"), 0);
	ck_assert(flag && !other_flag);
	ck_assert_int_eq(positional_count, 4);
	ck_assert_str_eq(positionals[1], "-g");
	ck_assert_str_eq(positionals[2], "--");
	ck_assert_int_eq(parse(&commands[1], "-f ls -g --"), 0);
	ck_assert(!other_flag);
	ck_assert_int_eq(positional_count, 3);
	ck_assert_str_eq(positionals[2], "--");
}
END_TEST

START_TEST(mistakes_are_usage_errors)
{
	static const char *const wrong[] = {
	    "",
	    "a b c",
	    "a --unknown",
	    "a -x",
	    "a --output",
	    "a -o",
	    "a --flag=yes",
	    "a --format=yaml",
	    "a --format=",
	    "a --format te",
	    "a --number=-1",
	    "a --number=1k",
	    "a --number=",
	    "a --outpu x",
	    "a --number=18446744073709551616",
	    "a --help=x",
	    "a --pair",
	    "a --pair x",
	    "a --pair=x y",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(parse(&commands[0], wrong[i]) == EXIT_STATUS_USAGE, "\"%s\" was taken", wrong[i]);
	ck_assert_int_eq(parse(&commands[2], "a"), EXIT_STATUS_USAGE);
	ck_assert_int_eq(parse(&commands[0], "a --format json"), 0);
	ck_assert_str_eq(format, "json");
}
END_TEST

START_TEST(the_program_finds_its_command)
{
	char *good[] = {(char[]){"prober"}, (char[]){"check"}, (char[]){"-f"}, (char[]){"x"}, NULL};
	char *unknown[] = {(char[]){"prober"}, (char[]){"chec"}, NULL};

	ck_assert_int_eq(program_main(&program, 4, good), EXIT_STATUS_FINDINGS);
	ck_assert_int_eq(last_count, 1);
	ck_assert_int_eq(program_main(&program, 2, unknown), EXIT_STATUS_USAGE);
	ck_assert_int_eq(program_main(&program, 1, good), EXIT_STATUS_USAGE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("option_table");
	TCase *t = tcase_create("option_table");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, all_spellings_of_a_value_are_the_same);
	tcase_add_test(t, a_pair_takes_the_next_two_words_whatever_they_are);
	tcase_add_test(t, positionals_keep_their_order_among_options);
	tcase_add_test(t, a_wrapped_command_keeps_its_own_options);
	tcase_add_test(t, mistakes_are_usage_errors);
	tcase_add_test(t, the_program_finds_its_command);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
