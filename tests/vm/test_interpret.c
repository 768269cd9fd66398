/* The instructions: what a run does with rules, tests, nodes, matchers, and with what is not known yet. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "tests/vm/vm_support.h"

#define EVENT EVENT_SYSCALL_OPENAT_2_X

static struct table_source source;

/* Runs the event and compares the matches, written as "0 2?": rule numbers, a question mark for those not certain. */
static void expect_run(struct interpreter *interpreter, unsigned event, const char *expected)
{
	const struct rule_match *matches;
	uint32_t count = interpreter_run(interpreter, &source.source, event, &matches);
	char found[256] = "";

	for (uint32_t i = 0; i < count; i++)
		snprintf(found + strlen(found), sizeof found - strlen(found), "%s%u%s", i > 0 ? " " : "",
			 matches[i].rule, matches[i].is_certain ? "" : "?");
	ck_assert_str_eq(found, expected);
}

static uint32_t equals(struct program_writer *writer, uint32_t slot, const char *text)
{
	return program_writer_predicate(writer, slot, OPERATOR_EQUAL, QUANTIFIER_SCALAR, MODIFIER_NONE,
					program_writer_bytes_operand(writer, text_from_string(text)));
}

/* rule 0: proc.name = a and fd.name = b; rule 1: not proc.name = a or fd.name = b. */
static struct program_writer *two_rules(uint32_t *ret_name, uint32_t *ret_file)
{
	struct program_writer *writer = program_writer_new();
	uint32_t name = plain_slot(writer, FIELD_PROC_NAME), file = plain_slot(writer, FIELD_FD_NAME);
	uint32_t is_a = equals(writer, name, "a"), is_b = equals(writer, file, "b");
	uint32_t block, next, matched;

	plain_rule(writer, "both");
	plain_rule(writer, "either");
	block = program_writer_begin_block(writer);
	next = program_writer_new_label(writer);
	program_writer_begin_rule(writer, 0, next);
	program_writer_test(writer, is_a, true, false, next);
	program_writer_test(writer, is_b, true, false, next);
	program_writer_match(writer, 0);
	program_writer_place_label(writer, next);
	next = program_writer_new_label(writer);
	matched = program_writer_new_label(writer);
	program_writer_begin_rule(writer, 1, next);
	program_writer_test(writer, is_a, false, true, matched);
	program_writer_test(writer, is_b, true, false, next);
	program_writer_place_label(writer, matched);
	program_writer_match(writer, 1);
	program_writer_place_label(writer, next);
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	*ret_name = name;
	*ret_file = file;
	return writer;
}

START_TEST(rules_match_in_order)
{
	uint32_t name, file;
	struct program *program = load_written(two_rules(&name, &file));
	struct interpreter *interpreter = interpreter_new(program);

	table_source_init(&source);
	source.values[name] = text_value("a");
	source.values[file] = text_value("b");
	expect_run(interpreter, EVENT, "0"); /* `first` is the default */
	interpreter_set_matching(interpreter, RULE_MATCHING_ALL);
	expect_run(interpreter, EVENT, "0 1");
	expect_run(interpreter, EVENT_SYSCALL_OPEN_X, "");
	expect_run(interpreter, EVENT_ID_COUNT + 5, "");
	source.values[file] = text_value("c");
	expect_run(interpreter, EVENT, "");
	source.values[name] = value_absent();
	expect_run(interpreter, EVENT, "1"); /* absent: the comparison is false, `not` around it true */

	interpreter_set_matching(interpreter, RULE_MATCHING_FIRST);
	source.values[name] = text_value("a");
	source.values[file] = text_value("b");
	interpreter_set_enabled(interpreter, 0, false);
	ck_assert(!interpreter_is_enabled(interpreter, 0) && interpreter_is_enabled(interpreter, 1));
	expect_run(interpreter, EVENT, "1"); /* a disabled rule does not shadow */
	interpreter_set_enabled(interpreter, 0, true);
	expect_run(interpreter, EVENT, "0");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

START_TEST(unknown_and_predicted_values_make_matches_uncertain)
{
	uint32_t name, file;
	struct program *program = load_written(two_rules(&name, &file));
	struct interpreter *interpreter = interpreter_new(program);

	table_source_init(&source);
	source.values[name] = text_value("a");
	source.values[file] = value_unknown();
	expect_run(interpreter, EVENT, "0? 1?"); /* `first` goes on behind an uncertain match */
	source.values[file] = predicted(text_value("b"));
	expect_run(interpreter, EVENT, "0? 1?");
	source.values[file] = predicted(text_value("c"));
	expect_run(interpreter, EVENT, ""); /* a predicted value that fails rules the match out */
	source.values[name] = predicted(text_value("x"));
	source.values[file] = text_value("b");
	expect_run(interpreter, EVENT, "1?");
	source.values[name] = value_unknown();
	source.values[file] = text_value("c");
	expect_run(interpreter, EVENT, "1?");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

START_TEST(each_slot_is_asked_once_in_a_run)
{
	uint32_t name, file;
	struct program *program = load_written(two_rules(&name, &file));
	struct interpreter *interpreter = interpreter_new(program);

	table_source_init(&source);
	source.values[name] = text_value("a");
	source.values[file] = text_value("c");
	for (unsigned run = 1; run < 300; run++) { /* past the wrap of the epochs in debug builds */
		expect_run(interpreter, EVENT, "");
		ck_assert_ptr_nonnull(interpreter_slot_value(interpreter, &source.source, name));
		ck_assert_uint_eq(source.gets[name], run);
		ck_assert_uint_eq(source.gets[file], run);
	}
	source.values[name] = text_value("z");
	expect_run(interpreter, EVENT, "1");
	ck_assert_ptr_eq(interpreter_slot_value(interpreter, &source.source, name)->bytes, source.values[name].bytes);
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("interpret");
	TCase *rules = tcase_create("rules");

	tcase_add_test(rules, rules_match_in_order);
	tcase_add_test(rules, unknown_and_predicted_values_make_matches_uncertain);
	tcase_add_test(rules, each_slot_is_asked_once_in_a_run);
	suite_add_tcase(all, rules);
	return all;
}

CHECK_MAIN(suite)
