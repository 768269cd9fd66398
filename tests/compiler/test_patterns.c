/* Automata over bytes: globs against fnmatch(3), substrings and path prefixes against obvious implementations. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <strings.h>

#include "compiler/patterns/build_dfa.h"
#include "compiler/patterns/glob_parse.h"
#include "compiler/patterns/regex_parse.h"
#include "tests/support/check_main.h"
#include "tests/support/random.h"

#define PATTERNS 3000
#define TEXTS_PER_PATTERN 12

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

static void fill(struct random_source *random, const char *const *pieces, uint32_t piece_count, uint32_t most, char *out,
		 size_t room)
{
	uint32_t count = random_below(random, most + 1);

	out[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		const char *piece = pieces[random_below(random, piece_count)];

		if (strlen(out) + strlen(piece) + 1 < room)
			strcat(out, piece);
	}
}

#define FILL(random, pieces, most, out) fill(random, pieces, sizeof(pieces) / sizeof((pieces)[0]), most, out, sizeof(out))

static const char *const glob_pieces[] = {
	"a", "b", "B", "/", ".", "*", "*", "?", "[", "]", "[ab]", "[!a]", "[^b]", "[a-c]", "[A-C]", "[]a]", "[!]a]", "\\*", "\\",
	"[[:alpha:]]", "[[:upper:]]", "[[:lower:]b]", "[![:digit:]]", "[a-]", "[-a]", "[z-a]", "[\\]]", "-", "!", "^", "[[=a=]]",
	"[a\\-c]", "\xe9", "[\xe0-\xef]", "?\xff", "1", "[[:foo:]]", "[[]", "[[a]", "[[:", "[\\", "[[.a.]]",
	"[[.-.]-a]", "[a-[.c.]]", "[[=b=]-z]", "[B-b]", "[Y-b]", "[_-a]", "[[:space:]", "[[.space.]]", "[a-\\c]"};
static const char *const text_pieces[] = {"a", "b", "B", "A", "c", "/", ".", "*", "[", "]", "\\", "-", "1", "z", "\xe9", "\xff", "!",
					  "^", " ", ":", "ab", "aa", "_", "="};

static void check_glob(const char *glob, const char *text, bool fold_case, const struct program_dfa *dfa)
{
	bool expected = fnmatch(glob, text, fold_case ? FNM_CASEFOLD : 0) == 0;

	ck_assert_msg(built_dfa_accepts(dfa, text_from_string(text)) == expected, "glob '%s' on '%s'%s: fnmatch says %d", glob, text,
		      fold_case ? " without case" : "", expected);
}

START_TEST(globs_match_what_fnmatch_matches)
{
	struct random_source random = {.state = 7};
	unsigned long matches = 0;

	for (unsigned i = 0; i < PATTERNS; i++) {
		char glob[80], text[80];
		bool fold_case = random_below(&random, 3) == 0;
		struct program_dfa dfa;

		FILL(&random, glob_pieces, 5, glob);
		ck_assert_int_eq(build_dfa(arena, glob_parse(arena, text_from_string(glob), fold_case), DFA_BYTES, &dfa), 0);
		for (unsigned j = 0; j < TEXTS_PER_PATTERN; j++) {
			FILL(&random, text_pieces, j % 6, text);
			check_glob(glob, text, fold_case, &dfa);
			matches += built_dfa_accepts(&dfa, text_from_string(text));
		}
	}
	ck_assert_uint_gt(matches, PATTERNS / 4);
}
END_TEST

START_TEST(substrings_ignore_the_case_of_ascii_letters)
{
	struct random_source random = {.state = 8};

	for (unsigned i = 0; i < PATTERNS; i++) {
		static const char *const pieces[] = {"a", "A", "b", "B", "ab", "\xe9", "\xc9", "@", "`", "[", "{"};
		char needle[40], text[60];
		struct program_dfa dfa;
		bool expected = false;

		FILL(&random, pieces, 4, needle);
		FILL(&random, pieces, 8, text);
		ck_assert_int_eq(build_dfa(arena, substring_pattern(arena, text_from_string(needle)), DFA_BYTES, &dfa), 0);
		for (size_t at = 0; at <= strlen(text); at++)
			expected |= strncasecmp(text + at, needle, strlen(needle)) == 0;
		ck_assert_msg(built_dfa_accepts(&dfa, text_from_string(text)) == expected, "'%s' in '%s'", needle, text);
	}
}
END_TEST

/* Components of a path, in place; returns how many. */
static unsigned split(char *path, char **components)
{
	unsigned count = 0;

	for (char *part = strtok(path, "/"); part; part = strtok(NULL, "/"))
		components[count++] = part;
	return count;
}

static bool is_path_prefix(const char *pattern, const char *value)
{
	char pattern_copy[100], value_copy[100];
	char *wanted[50], *found[50];
	unsigned wanted_count, found_count;

	strcpy(pattern_copy, pattern);
	strcpy(value_copy, value);
	wanted_count = split(pattern_copy, wanted);
	found_count = split(value_copy, found);
	if (wanted_count > found_count)
		return false;
	for (unsigned i = 0; i < wanted_count; i++)
		if (strpbrk(wanted[i], "?*[") ? fnmatch(wanted[i], found[i], 0) != 0 : strcmp(wanted[i], found[i]) != 0)
			return false;
	return true;
}

START_TEST(path_prefixes_match_by_components)
{
	static const char *const pattern_parts[] = {"/", "/", "/", "a", "b", "*", "?", "[ab]", "[!a]", "a*", "\\*", "\\", "[a/b]",
						    "**", "opt", "*a"};
	static const char *const value_parts[] = {"/", "/", "/", "a", "b", "opt", "*", "\\", "ab", "[", "x"};
	struct random_source random = {.state = 9};
	unsigned long matches = 0;

	for (unsigned i = 0; i < PATTERNS; i++) {
		char patterns[3][60], value[60];
		struct text texts[3];
		uint32_t count = random_below(&random, 4);
		struct program_dfa dfa;

		for (uint32_t j = 0; j < count; j++) {
			FILL(&random, pattern_parts, 6, patterns[j]);
			texts[j] = text_from_string(patterns[j]);
		}
		ck_assert_int_eq(build_dfa(arena, path_prefix_pattern(arena, texts, count), DFA_BYTES, &dfa), 0);
		for (unsigned j = 0; j < TEXTS_PER_PATTERN; j++) {
			bool expected = false;

			FILL(&random, value_parts, 7, value);
			for (uint32_t k = 0; k < count; k++)
				expected |= is_path_prefix(patterns[k], value);
			ck_assert_msg(built_dfa_accepts(&dfa, text_from_string(value)) == expected, "'%s' … on '%s': expected %d",
				      count ? patterns[0] : "", value, expected);
			matches += expected;
		}
	}
	ck_assert_uint_gt(matches, PATTERNS / 4);
}
END_TEST

static int build_regex(const char *source, struct program_dfa *ret_dfa)
{
	struct pattern *pattern;
	struct text error;

	ck_assert_int_eq(regex_parse(arena, text_from_string(source), &pattern, &error), 0);
	return build_dfa(arena, pattern, DFA_CODE_POINTS, ret_dfa);
}

START_TEST(automata_are_the_smallest)
{
	struct program_dfa dfa;

	/* One state per matched prefix, and one that nothing leaves. */
	ck_assert_int_eq(build_regex("abc", &dfa), 0);
	ck_assert_uint_eq(dfa.state_count, 5);
	ck_assert_uint_eq(dfa.class_count, 4);
	/* Ill-formed parts behave like any character here: only the newline, 'f', 'o' and the rest are told apart. */
	ck_assert_int_eq(build_regex(".*foo.*", &dfa), 0);
	ck_assert_uint_eq(dfa.state_count, 5);
	ck_assert_uint_eq(dfa.class_count, 4);
	ck_assert_int_eq(build_regex("(a|b)*", &dfa), 0);
	ck_assert_uint_eq(dfa.state_count, 2);
}
END_TEST

START_TEST(patterns_that_need_too_many_states_are_refused)
{
	struct program_dfa dfa = {.state_count = 77};

	/* Must remember 15 characters: 2^15 states. */
	ck_assert_int_eq(build_regex("(a|b)*a(a|b){15}", &dfa), -E2BIG);
	ck_assert_uint_eq(dfa.state_count, 77);
	/* Many states before minimisation, few after, are fine. */
	ck_assert_int_eq(build_regex("(a|b|ab){60}", &dfa), 0);
	ck_assert_int_eq(build_regex(".{1000}", &dfa), 0);
	/* A sign for "again" does not double what it stands behind. */
	ck_assert_int_eq(build_regex("x++++++++++++++++++++++++++++++++++++++++", &dfa), 0);
	ck_assert_uint_eq(dfa.state_count, 3);
	/* Few enough states, but each made of very many of the nondeterministic one: it is the work that is bounded. */
	ck_assert_int_eq(build_regex("((.?){30}a?){30}((.?){30}b?){30}x", &dfa), -E2BIG);
	/* The nondeterministic automaton is bounded as well. */
	ck_assert_int_eq(build_regex("((((a|b)(c|d)(e|f)(g|h)){10}){10}){10}x{1000}y{1000}(z(a|b)(a|c)(a|d)(a|e)){1000}"
				     "((a|b)(c|d)(e|f)(g|h)(a|b)(c|d)(e|f)(g|h)(a|b)(c|d)(e|f)(g|h)(a|b)(c|d)){1000}",
				     &dfa),
			 -E2BIG);
}
END_TEST

START_TEST(no_memory_is_reported)
{
	for (size_t limit = 64; limit < 8192; limit *= 2) {
		struct arena *small = arena_new(limit);
		struct program_dfa dfa;
		struct pattern *pattern;
		struct text error;
		int status = regex_parse(small, TEXT("[a-z]+(foo|bar){3}[[:digit:]]*"), &pattern, &error);

		if (status == 0)
			status = build_dfa(small, pattern, DFA_CODE_POINTS, &dfa);
		ck_assert_msg(status == 0 || status == -ENOMEM, "limit %zu: %d", limit, status);
		arena_free(small);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("patterns");
	TCase *cases = tcase_create("patterns");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, 120);
	tcase_add_test(cases, globs_match_what_fnmatch_matches);
	tcase_add_test(cases, substrings_ignore_the_case_of_ascii_letters);
	tcase_add_test(cases, path_prefixes_match_by_components);
	tcase_add_test(cases, automata_are_the_smallest);
	tcase_add_test(cases, patterns_that_need_too_many_states_are_refused);
	tcase_add_test(cases, no_memory_is_reported);
	suite_add_tcase(result, cases);
	return result;
}

CHECK_MAIN(suite)
