/* Each allocation in turn fails while rules are compiled and shown: -ENOMEM or the right answer, and nothing leaks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "compiler/compile_rules.h"
#include "compiler/emit/build_bundle.h"
#include "compiler/diagnostics/diagnostic_render.h"
#include "compiler/lints/lint_rules.h"
#include "tests/support/check_main.h"
#include "tests/support/failing_allocator.h"

static const char rules[] =
    "- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [{name: b, version: 1.0.0}]}]\n"
    "- list: names\n  items: [a, b c, \"d\"]\n"
    "- macro: opens\n  condition: >\n    evt.type in (open, openat)\n    and not proc.name in (names)\n"
    "- rule: One\n  desc: d\n  condition: opens and tolower(fd.name) regex '^/tmp/.*x'\n"
    "  output: \"%proc.name %12fd.name %join(',', (proc.name, fd.name))\"\n  priority: INFO\n  tags: [b, a]\n"
    "  exceptions:\n    - {name: e, fields: [proc.pid, tolower(proc.name)], values: [[1, x]]}\n"
    "- rule: Two\n  desc: d\n  condition: opns or proc.nme = 1\n  output: o\n  priority: info\n"
    "- rule: One\n  tags: [c]\n  condition: and proc.pid = val(proc.ppid)\n  color: red\n"
    "  override: {tags: append, condition: append}\n"
    "- rule: Three\n  append: true\n  condition: x\n";

/* The number of errors, or -ENOMEM. */
static int compile(void)
{
	struct compilation *compilation = compilation_new(&COMPILE_OPTIONS_DEFAULT);
	struct buffer output = BUFFER_INIT;
	int status;

	if (!compilation)
		return -ENOMEM;
	status = compilation_add_text(compilation, TEXT("t.yaml"), TEXT(rules));
	if (status == 0)
		status = compilation_add_text(compilation, TEXT("u.yaml"), TEXT("- macro: opens\n  condition: or x\n"));
	if (status == 0)
		status = compilation_finish(compilation);
	if (status == 0) {
		diagnostic_render_text(&output, &compilation->diagnostics);
		diagnostic_render_json(&output, compilation);
		diagnostic_render_falco_json(&output, compilation);
		status = output.failed ? -ENOMEM : (int)compilation->error_count;
	}
	buffer_release(&output);
	compilation_free(compilation);
	return status;
}

START_TEST(each_allocation_fails_once)
{
	int expected = compile();
	size_t n = 1;

	ck_assert_int_gt(expected, 2);
	for (;; n++) {
		int status;

		failing_allocator_arm(n);
		status = compile();
		if (!failing_allocator_disarm())
			break;
		ck_assert_int_eq(status, -ENOMEM);
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

static const char doubtful_rules[] =
    "- macro: opens\n  condition: (evt.type in (open, openat) and fd.name startswith /a)\n"
    "- rule: Never\n  desc: d\n  condition: opens and fd.name startswith /b\n  output: o\n  priority: info\n"
    "- rule: First\n  desc: d\n  condition: opens and (proc.name = a or user.uid < 0)\n  output: \"%evt.arg.backlog\"\n  priority: info\n"
    "- rule: Second\n  desc: d\n  condition: opens and proc.name = a and container.name != <NA> and fd.name glob '*x'\n"
    "  output: o\n  priority: info\n  exceptions:\n    - {name: e, fields: proc.name, values: [a, b]}\n";

static int lint(unsigned *ret_count)
{
	struct compilation *compilation = compilation_new(&COMPILE_OPTIONS_DEFAULT);
	struct diagnostic_levels levels;
	int status = compilation ? compilation_add_text(compilation, TEXT("t.yaml"), TEXT(doubtful_rules)) : -ENOMEM;

	memset(levels.of, LEVEL_WARNING, sizeof levels.of);
	if (status == 0)
		status = compilation_finish(compilation);
	if (status == 0)
		status = lint_rules(compilation, &levels, false);
	if (status == 0)
		diagnostic_levels_apply(&levels, compilation);
	*ret_count = status == 0 ? compilation->warning_count : 0;
	compilation_free(compilation);
	return status;
}

START_TEST(each_allocation_of_the_lints_fails_once)
{
	unsigned expected, count;
	size_t n = 1;

	ck_assert_int_eq(lint(&expected), 0);
	ck_assert_uint_ge(expected, 6);
	for (;; n++) {
		bool has_failed;
		int status;

		failing_allocator_arm(n);
		status = lint(&count);
		has_failed = failing_allocator_disarm();
		ck_assert_msg(status == (has_failed ? -ENOMEM : 0), "allocation %zu: %d", n, status);
		ck_assert_msg(has_failed || count == expected, "allocation %zu: %u warnings", n, count);
		if (!has_failed)
			break;
	}
	ck_assert_uint_gt(n, 100);
}
END_TEST

static const char good_rules[] =
    "- rule: One\n  desc: d\n  condition: >\n    evt.type in (open, close) and not (tolower(fd.name) regex '^/tmp/.*x' and\n"
    "    proc.name = anyof (a, b) or fd.ip != oneof (1.2.3.4, ::1) or fd.net in (10.0.0.0/8, ::/1)) or\n"
    "    fd.name pmatch (/a, /b/*) and proc.pid in (1, 2) and util.cnt > 5 and proc.cmdline icontains val(proc.name)\n"
    "  output: \"%proc.name %12fd.name %join(',', (proc.name, fd.name))\"\n  priority: INFO\n  tags: [b, a]\n"
    "- rule: Two\n  desc: d\n  condition: evt.type = getpid and proc.name glob 'a*'\n  output: o\n  priority: info\n";

START_TEST(each_allocation_of_a_build_fails_once)
{
	struct compilation *compilation = compilation_new(&COMPILE_OPTIONS_DEFAULT);
	struct build_options options = {.name = TEXT("n"), .channel = TEXT("c"), .version = 1, .emit = EMIT_OPTIONS_DEFAULT};
	struct buffer expected = BUFFER_INIT;
	size_t n = 1;

	ck_assert_ptr_nonnull(compilation);
	ck_assert_int_eq(compilation_add_text(compilation, TEXT("t.yaml"), TEXT(good_rules)), 0);
	ck_assert_int_eq(compilation_finish(compilation), 0);
	ck_assert_uint_eq(compilation->rule_count, 2);
	ck_assert_int_eq(build_bundle(compilation->rules, 2, &options, &expected).status, EMIT_OK);
	for (;; n++) {
		struct buffer bundle = BUFFER_INIT;
		struct emit_result result;
		bool has_failed;

		failing_allocator_arm(n);
		result = build_bundle(compilation->rules, 2, &options, &bundle);
		has_failed = failing_allocator_disarm();
		ck_assert_msg(result.status == (has_failed ? EMIT_NO_MEMORY : EMIT_OK), "allocation %zu: %d %s", n, result.status,
			      result.message);
		if (!has_failed)
			ck_assert(text_equal(buffer_text(&bundle), buffer_text(&expected)));
		buffer_release(&bundle);
		if (!has_failed)
			break;
	}
	ck_assert_uint_gt(n, 50);
	buffer_release(&expected);
	compilation_free(compilation);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("compiler_out_of_memory");
	TCase *tcase = tcase_create("compiler_out_of_memory");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, each_allocation_fails_once);
	tcase_add_test(tcase, each_allocation_of_a_build_fails_once);
	tcase_add_test(tcase, each_allocation_of_the_lints_fails_once);
	suite_add_tcase(suite, tcase);
	return suite;
}

CHECK_MAIN(suite)
