/* The driver: several files, selection, order, and what happens when memory runs out. */
#include "compiler/compile_rules.h"
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file_io.h"
#include "base/suggest.h"
#include "compiler/condition/canonical_text.h"
#include "compiler/load/select_rules.h"
#include "tests/support/temporary_directory.h"

#define RULE(name, condition, more)                                                                                    \
	"- rule: " name "\n  desc: d\n  condition: " condition "\n  output: o\n  priority: INFO\n" more

static struct compilation *compile(const struct compile_options *options, const char *const *texts, size_t count)
{
	struct compilation *compilation = compilation_new(options ? options : &COMPILE_OPTIONS_DEFAULT);

	ck_assert_ptr_nonnull(compilation);
	for (size_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof name, "file%zu.yaml", i + 1);
		ck_assert_int_eq(compilation_add_text(compilation, text_from_string(name), text_from_string(texts[i])),
				 0);
	}
	ck_assert_int_eq(compilation_finish(compilation), 0);
	return compilation;
}

static void expect_condition(const struct rule *rule, const char *expected)
{
	struct buffer buffer = BUFFER_INIT;

	canonical_condition(&buffer, rule->condition);
	buffer_append_byte(&buffer, '\0');
	ck_assert_str_eq((const char *)buffer.bytes, expected);
	buffer_release(&buffer);
}

static void expect_names(const struct compilation *compilation, const char *expected)
{
	struct buffer names = BUFFER_INIT;

	for (uint32_t i = 0; i < compilation->rule_count; i++) {
		if (i)
			buffer_append_byte(&names, ' ');
		if (!compilation->rules[i].is_enabled)
			buffer_append_byte(&names, '-');
		buffer_append_text(&names, compilation->rules[i].name);
	}
	buffer_append_byte(&names, '\0');
	ck_assert_str_eq((const char *)names.bytes, expected);
	buffer_release(&names);
}

START_TEST(a_later_file_changes_rules_of_an_earlier_one)
{
	static const char *const texts[] = {
	    "- list: l\n  items: [a]\n- macro: m\n  condition: proc.name in (l)\n" RULE("R", "evt.type=open and m", ""),
	    "- list: l\n  items: [b]\n  override: {items: append}\n",
	};
	struct compilation *compilation = compile(NULL, texts, 2);

	ck_assert_uint_eq(compilation->error_count, 0);
	expect_condition(&compilation->rules[0], "(evt.type = open and proc.name in (a, b))");
	ck_assert_uint_eq(compilation->rules[0].line, 5);
	ck_assert(text_is(compilation->rules[0].file, "file1.yaml"));
	compilation_free(compilation);
}
END_TEST

START_TEST(a_macro_of_a_later_file_is_missing_in_the_earlier_one)
{
	static const char *const texts[] = {RULE("R", "m", ""), "- macro: m\n  condition: evt.type=open\n"};
	struct compilation *compilation = compile(NULL, texts, 2);

	ck_assert_uint_eq(compilation->error_count, 1);
	ck_assert_int_eq(compilation->diagnostics.items[0]->id, DIAGNOSTIC_UNDEFINED_MACRO);
	ck_assert(compilation->loads[0].has_errors && !compilation->loads[1].has_errors);
	ck_assert_uint_eq(compilation->rule_count, 0);
	compilation_free(compilation);
}
END_TEST

START_TEST(warnings_come_again_with_every_file_but_are_told_once)
{
	static const char *const texts[] = {RULE("R", "proc.name = x", "") "- macro: m\n  condition: evt.type=open\n",
					    RULE("S", "m", ""), ""};
	struct compilation *compilation = compile(NULL, texts, 3);
	static const unsigned expected[] = {2, 1, 1};

	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(compilation->loads[i].end_diagnostic - compilation->loads[i].first_diagnostic,
				  expected[i]);
	/* The macro of the first file is used by the second. */
	ck_assert_uint_eq(compilation->warning_count, 1);
	ck_assert_int_eq(compilation->diagnostics.items[compilation->loads[2].first_diagnostic]->id, DIAGNOSTIC_NO_EVENT_TYPE);
	ck_assert(diagnostic_is_shown(compilation->diagnostics.items[compilation->loads[2].first_diagnostic]));
	compilation_free(compilation);
}
END_TEST

/* What a file changes is compiled again in rules of earlier files; what it does not change counts as used all the same.
 */
START_TEST(changes_reach_what_was_compiled_before)
{
	static const char base[] = "- list: l\n  items: [a]\n"
				   "- macro: inner\n  condition: proc.name in (l)\n"
				   "- macro: outer\n  condition: evt.type=open and inner\n" RULE("R", "outer", "");
	static const struct {
		const char *change, *condition; /* condition NULL: an error */
	} cases[] = {
	    {"", "(evt.type = open and proc.name in (a))"},
	    {"- list: l\n  items: [b]\n", "(evt.type = open and proc.name in (b))"},
	    {"- macro: inner\n  condition: proc.pid=1\n", "(evt.type = open and proc.pid = 1)"},
	    {"- macro: inner\n  condition: proc.name in (l)\n", "(evt.type = open and proc.name in (a))"},
	    {"- macro: inner\n  condition: or proc.pid=1\n  override: {condition: append}\n",
	     "(evt.type = open and (proc.name in (a) or proc.pid = 1))"},
	    {"- list: outer\n  items: [evt.type=close]\n", "evt.type = close"},
	    {"- macro: inner\n  condition: proc.pid=\n", NULL},
	    {"- macro: inner\n  condition: outer\n", NULL},
	    {"- macro: inner\n  condition: proc.pid=x\n", NULL},
	    {"- rule: R\n  condition: and proc.pid=2\n  override: {condition: append}\n",
	     "((evt.type = open and proc.name in (a)) and proc.pid = 2)"},
	    {"- rule: R\n  exceptions: [{name: e, fields: proc.pid, values: [3]}]\n  override: {exceptions: append}\n",
	     "((evt.type = open and proc.name in (a)) and not proc.pid in (3))"},
	};
	const char *texts[] = {base, cases[_i].change, ""};
	struct compilation *compilation = compile(NULL, texts, 3);

	if (cases[_i].condition) {
		const struct file_load *last = &compilation->loads[2];

		ck_assert_uint_eq(compilation->error_count, 0);
		ck_assert_uint_eq(compilation->rule_count, 1);
		expect_condition(&compilation->rules[0], cases[_i].condition);
		/* The text in place of the macro's name leaves macros and list unused; else nothing is. */
		ck_assert_uint_eq(last->end_diagnostic - last->first_diagnostic, _i == 2 ? 1 : _i == 5 ? 1 : 0);
	} else {
		ck_assert_uint_eq(compilation->error_count, 1);
		ck_assert(!compilation->loads[0].has_errors && compilation->loads[1].has_errors &&
			  compilation->loads[2].has_errors);
		ck_assert_uint_eq(compilation->rule_count, 0);
	}
	compilation_free(compilation);
}
END_TEST

START_TEST(a_definition_keeps_its_position)
{
	static const char *const texts[] = {RULE("A", "evt.type=open", "") RULE("B", "evt.type=open", ""),
					    RULE("C", "evt.type=open", "")
						RULE("A", "evt.type=close", "  enabled: false\n")};
	struct compilation *compilation = compile(NULL, texts, 2);

	expect_names(compilation, "-A B C");
	expect_condition(&compilation->rules[0], "evt.type = close");
	compilation_free(compilation);
}
END_TEST

START_TEST(selection)
{
	static const char *const texts[] = {
	    RULE("Net in", "evt.type=open", "  tags: [network, b]\n") RULE("Net out", "evt.type=open",
									   "  enabled: false\n")
		RULE("File", "evt.type=open", "  tags: [network]\n") "- rule: Low\n  desc: d\n  condition: "
								     "evt.type=open\n  output: o\n  priority: DEBUG\n"};
	static const struct {
		struct rule_selector selectors[3];
		uint32_t count;
		enum priority least;
		const char *expected;
	} cases[] = {
	    {{{0}}, 0, PRIORITY_DEBUG, "Net in -Net out File Low"},
	    {{{0}}, 0, PRIORITY_INFORMATIONAL, "Net in -Net out File"},
	    {{{false, false, TEXT("*")}}, 1, PRIORITY_DEBUG, "-Net in -Net out -File -Low"},
	    /* Enabled again: at the end, in the order of definition. Enabling what is enabled changes nothing. */
	    {{{true, false, TEXT("Net*")}}, 1, PRIORITY_DEBUG, "Net in File Low Net out"},
	    {{{false, false, TEXT("*")}, {true, true, TEXT("network")}},
	     2,
	     PRIORITY_DEBUG,
	     "-Net out -Low Net in File"},
	    {{{false, true, TEXT("b")}, {true, false, TEXT("N*n")}}, 2, PRIORITY_DEBUG, "-Net out File Low Net in"},
	    {{{false, true, TEXT("net*")}}, 1, PRIORITY_DEBUG, "Net in -Net out File Low"},
	};
	struct compile_options options = COMPILE_OPTIONS_DEFAULT;
	struct compilation *compilation;

	options.selectors = cases[_i].selectors;
	options.selector_count = cases[_i].count;
	options.least_priority = cases[_i].least;
	compilation = compile(&options, texts, 1);
	ck_assert_uint_eq(compilation->error_count, 0);
	expect_names(compilation, cases[_i].expected);
	compilation_free(compilation);
}
END_TEST

START_TEST(wildcards)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
	    {"*", "", true},       {"", "", true},         {"", "a", false},         {"*b", "abcb", true},
	    {"a*c", "abcc", true}, {"a*c", "abcd", false}, {"*a*b*", "xaxbx", true}, {"a", "A", false},
	    {"a?", "ab", false},   {"**", "x", true},      {"a*", "a", true},        {"*ab", "aab", true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(rule_name_matches(text_from_string(cases[i].pattern), text_from_string(cases[i].name)) ==
				  cases[i].matches,
			      "%s %s", cases[i].pattern, cases[i].name);
}
END_TEST

START_TEST(suggestions)
{
	static const char *const words[] = {"condition", "output", "tags", NULL};

	ck_assert_str_eq(suggest_among(TEXT("conditon"), words), "condition");
	ck_assert_str_eq(suggest_among(TEXT("Condition"), words), "condition");
	ck_assert_str_eq(suggest_among(TEXT("ouptut"), words), "output");
	ck_assert_ptr_null(suggest_among(TEXT("colour"), words));
	ck_assert_ptr_null(suggest_among(TEXT(""), words));
	ck_assert_uint_eq(edit_distance(TEXT("kitten"), TEXT("sitting"), 9), 3);
	ck_assert_uint_eq(edit_distance(TEXT("kitten"), TEXT("sitting"), 2), UINT32_MAX);
	ck_assert_uint_eq(edit_distance(TEXT("ab"), TEXT("ba"), 2), 1);
}
END_TEST

START_TEST(a_directory_gives_its_rule_files_in_order)
{
	struct temporary_directory folder;
	static const struct {
		const char *name, *text;
	} files[] = {
	    {"b.yaml", RULE("B", "m", "")},
	    {"a.yml", "- macro: m\n  condition: evt.type=open\n" RULE("A", "m", "")},
	    {"c.txt", "- rule: [\n"},
	    {".yaml", RULE("Hidden", "evt.type=open", "")},
	};
	struct compilation *compilation = compilation_new(&COMPILE_OPTIONS_DEFAULT);
	char path[PATH_MAX];

	temporary_directory_make(&folder);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		temporary_directory_path(&folder, files[i].name, path);
		ck_assert_int_eq(file_write_new(path, files[i].text, strlen(files[i].text), 0600), 0);
	}
	temporary_directory_path(&folder, "below.yaml", path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(compilation_add_path(compilation, folder.path), 0);
	ck_assert_int_eq(compilation_finish(compilation), 0);
	ck_assert_uint_eq(compilation->error_count, 0);
	expect_names(compilation, "Hidden A B");
	temporary_directory_path(&folder, "absent.yaml", path);
	ck_assert_int_eq(compilation_add_path(compilation, path), -ENOENT);
	compilation_free(compilation);
	temporary_directory_remove(&folder);
}
END_TEST

START_TEST(requirements_are_kept)
{
	static const char *const texts[] = {"- required_engine_version: 0.26.0\n- required_engine_version: 57\n"};
	struct compilation *compilation = compile(NULL, texts, 1);

	ck_assert_uint_eq(compilation->required_engine_version.minor, 57);
	compilation_free(compilation);
}
END_TEST

START_TEST(memory_is_limited)
{
	static const char *const texts[] = {
	    "- list: l\n  items: [a]\n" RULE("R", "evt.type=open and proc.name in (l)", "")};

	uint32_t told_count = 0;

	for (size_t limit = 4096;; limit += 64) {
		struct compile_options options = COMPILE_OPTIONS_DEFAULT;
		struct compilation *compilation;
		bool is_enough;
		int status;

		options.memory_bytes_max = limit;
		compilation = compilation_new(&options);
		if (!compilation)
			continue;
		status = compilation_add_text(compilation, TEXT("t"), text_from_string(texts[0]));
		if (status == 0)
			status = compilation_finish(compilation);
		/* Where not even the file has room there is no place to tell it at. */
		ck_assert(status == 0 || (status == -ENOMEM && compilation->load_count == 0));
		is_enough = status == 0 && compilation->error_count == 0;
		ck_assert_uint_eq(compilation->rule_count, is_enough ? 1 : 0);
		if (status == 0 && !is_enough) {
			ck_assert(compilation->hit_memory_limit);
			ck_assert_uint_eq(compilation->error_count, 1);
			told_count++;
		}
		compilation_free(compilation);
		if (is_enough)
			break;
	}
	ck_assert_uint_gt(told_count, 0);
}
END_TEST

/* The line at which the limit was told; 0: it was enough. What was found before is kept, later files are left alone. */
static uint32_t line_of_limit(struct text text, size_t limit)
{
	struct compile_options options = COMPILE_OPTIONS_DEFAULT;
	struct compilation *compilation;
	const struct diagnostic *last;
	uint32_t line = 0;

	options.memory_bytes_max = limit;
	compilation = compilation_new(&options);
	ck_assert_ptr_nonnull(compilation);
	ck_assert_int_eq(compilation_add_text(compilation, TEXT("t"), text), 0);
	if (compilation->hit_memory_limit)
		ck_assert_int_eq(compilation_add_path(compilation, "absent.yaml"), 0);
	ck_assert_int_eq(compilation_finish(compilation), 0);
	ck_assert_uint_eq(compilation->error_count, compilation->hit_memory_limit ? 1 : 0);
	if (compilation->hit_memory_limit) {
		last = compilation->diagnostics.items[compilation->diagnostics.count - 1];
		ck_assert_int_eq(last->id, DIAGNOSTIC_MEMORY_LIMIT);
		ck_assert_int_eq(last->code, LOAD_ERR_VALIDATE);
		line = source_file_position(last->range.file, last->range.start).line;
		if (line > 1)
			ck_assert_uint_eq(compilation->warning_count, 1);
	}
	compilation_free(compilation);
	return line;
}

/* While the YAML is read it is the file, then the item that is read or compiled. */
START_TEST(the_memory_limit_is_told_at_an_item)
{
	struct buffer text = BUFFER_INIT;
	uint32_t line, greatest_line = 0;

	buffer_append_string(&text, "- nothing: here\n");
	for (unsigned i = 0; i < 200; i++)
		buffer_printf(&text,
			      "- {rule: R%u, condition: evt.type=open and fd.name=/x%u, output: o, desc: d, "
			      "priority: INFO}\n",
			      i, i);
	for (size_t limit = (size_t)256 << 10; (line = line_of_limit(buffer_text(&text), limit)) != 0; limit += 16 << 10)
		if (line > greatest_line)
			greatest_line = line;
	ck_assert_uint_gt(greatest_line, 3);
	buffer_release(&text);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("compile_rules");
	TCase *tcase = tcase_create("compile_rules");

	tcase_add_test(tcase, a_later_file_changes_rules_of_an_earlier_one);
	tcase_add_test(tcase, a_macro_of_a_later_file_is_missing_in_the_earlier_one);
	tcase_add_test(tcase, warnings_come_again_with_every_file_but_are_told_once);
	tcase_add_loop_test(tcase, changes_reach_what_was_compiled_before, 0, 11);
	tcase_add_test(tcase, a_definition_keeps_its_position);
	tcase_add_loop_test(tcase, selection, 0, 7);
	tcase_add_test(tcase, wildcards);
	tcase_add_test(tcase, suggestions);
	tcase_add_test(tcase, a_directory_gives_its_rule_files_in_order);
	tcase_add_test(tcase, requirements_are_kept);
	tcase_add_test(tcase, memory_is_limited);
	tcase_add_test(tcase, the_memory_limit_is_told_at_an_item);
	suite_add_tcase(suite, tcase);
	return suite;
}

CHECK_MAIN(suite)
