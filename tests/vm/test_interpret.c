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


/* ---- shared nodes ---- */

/*
 * Rules 0 and 1 share the node "proc.name = a or fd.name = b"; rule 1 wants proc.pname = c before it as well. What the first
 * found is kept for the second.
 */
static struct program *shared_node_program(uint32_t slots[3])
{
	struct program_writer *writer = program_writer_new();
	uint32_t predicates[3], block;

	slots[0] = plain_slot(writer, FIELD_PROC_NAME);
	slots[1] = plain_slot(writer, FIELD_FD_NAME);
	slots[2] = plain_slot(writer, FIELD_PROC_PNAME);
	predicates[0] = equals(writer, slots[0], "a");
	predicates[1] = equals(writer, slots[1], "b");
	predicates[2] = equals(writer, slots[2], "c");
	block = program_writer_begin_block(writer);
	for (uint32_t rule = 0; rule < 2; rule++) {
		uint32_t next = program_writer_new_label(writer), known = program_writer_new_label(writer);
		uint32_t holds = program_writer_new_label(writer), fails = program_writer_new_label(writer);

		plain_rule(writer, "rule");
		program_writer_begin_rule(writer, rule, next);
		if (rule == 1)
			program_writer_test(writer, predicates[2], true, false, next);
		program_writer_jump_if_set(writer, 7, known);
		program_writer_test(writer, predicates[0], true, true, holds);
		program_writer_test(writer, predicates[1], true, false, fails);
		program_writer_place_label(writer, holds);
		program_writer_set_node(writer, 7, true);
		program_writer_jump(writer, known);
		program_writer_place_label(writer, fails);
		program_writer_set_node(writer, 7, false);
		program_writer_place_label(writer, known);
		program_writer_test_node(writer, 7, false, next);
		program_writer_match(writer, rule);
		program_writer_place_label(writer, next);
	}
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	program_writer_set_matching(writer, RULE_MATCHING_ALL);
	return load_written(writer);
}

START_TEST(nodes_keep_what_was_found)
{
	uint32_t slots[3];
	struct program *program = shared_node_program(slots);
	struct interpreter *interpreter = interpreter_new(program);

	table_source_init(&source);
	source.values[slots[0]] = text_value("x");
	source.values[slots[1]] = text_value("b");
	source.values[slots[2]] = text_value("c");
	expect_run(interpreter, EVENT, "0 1");
	source.values[slots[1]] = text_value("x");
	expect_run(interpreter, EVENT, "");
	source.values[slots[1]] = value_unknown();
	expect_run(interpreter, EVENT, "0? 1?");
	source.values[slots[0]] = text_value("a");
	expect_run(interpreter, EVENT, "0 1"); /* the unknown one is not needed */
	/* a doubt of the rule is not one of the node: rule 0 comes again with the node set by rule 1 only */
	source.values[slots[2]] = value_unknown();
	expect_run(interpreter, EVENT, "0 1?");
	interpreter_set_enabled(interpreter, 0, false);
	expect_run(interpreter, EVENT, "1?");
	source.values[slots[2]] = text_value("c");
	expect_run(interpreter, EVENT, "1");
	source.values[slots[0]] = predicted(text_value("x"));
	source.values[slots[1]] = text_value("b");
	expect_run(interpreter, EVENT, "1"); /* a predicted value that does not hold leaves no doubt */
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

/* A node that rule 0 sets behind a doubt of its own is certain for rule 1; a node that nothing set may hold. */
START_TEST(doubts_of_a_rule_do_not_stick_to_a_node)
{
	struct program_writer *writer = program_writer_new();
	uint32_t name = plain_slot(writer, FIELD_PROC_NAME), file = plain_slot(writer, FIELD_FD_NAME);
	uint32_t is_a = equals(writer, name, "a"), is_b = equals(writer, file, "b");
	uint32_t block = program_writer_begin_block(writer);
	struct interpreter *interpreter;
	struct program *program;

	for (uint32_t rule = 0; rule < 3; rule++) {
		uint32_t next = program_writer_new_label(writer), known = program_writer_new_label(writer);

		plain_rule(writer, "rule");
		program_writer_begin_rule(writer, rule, next);
		if (rule == 0) {
			program_writer_test(writer, is_a, true, false, next);
			program_writer_jump_if_set(writer, 0, known);
			program_writer_test(writer, is_b, true, false, next);
			program_writer_set_node(writer, 0, true);
			program_writer_place_label(writer, known);
		}
		program_writer_test_node(writer, rule == 2 ? 1 : 0, false, next);
		program_writer_match(writer, rule);
		program_writer_place_label(writer, next);
	}
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	program_writer_set_matching(writer, RULE_MATCHING_ALL);
	program = load_written(writer);
	interpreter = interpreter_new(program);
	table_source_init(&source);
	source.values[name] = value_unknown();
	source.values[file] = text_value("b");
	expect_run(interpreter, EVENT, "0? 1 2?");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

/* ---- wide jumps ---- */

START_TEST(jumps_of_any_length)
{
	struct program_writer *writer = program_writer_new();
	uint32_t name = plain_slot(writer, FIELD_PROC_NAME), is_a = equals(writer, name, "a");
	uint32_t block = program_writer_begin_block(writer), far = program_writer_new_label(writer);
	struct interpreter *interpreter;
	struct program *program;
	const struct format_instruction *code;

	plain_rule(writer, "far");
	plain_rule(writer, "last");
	program_writer_begin_rule(writer, 0, far);
	program_writer_test(writer, is_a, true, false, far);
	for (unsigned i = 0; i < 70000; i++) {
		uint32_t here = program_writer_new_label(writer);

		program_writer_jump(writer, here);
		program_writer_place_label(writer, here);
	}
	program_writer_match(writer, 0);
	program_writer_place_label(writer, far);
	far = program_writer_new_label(writer);
	program_writer_begin_rule(writer, 1, far);
	program_writer_match(writer, 1);
	program_writer_place_label(writer, far);
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	program_writer_set_matching(writer, RULE_MATCHING_ALL);
	program = load_written(writer);
	code = program->code;
	ck_assert_uint_eq(code[0].opcode, OP_WIDE);
	ck_assert_uint_eq(code[1].opcode, OP_BEGIN_RULE);
	ck_assert_uint_eq(code[0].operand, code[2].operand);
	ck_assert_uint_eq(code[4].opcode, OP_JUMP); /* the near ones stay short */
	interpreter = interpreter_new(program);
	table_source_init(&source);
	source.values[name] = text_value("a");
	expect_run(interpreter, EVENT, "0 1");
	source.values[name] = text_value("b");
	expect_run(interpreter, EVENT, "1");
	interpreter_set_enabled(interpreter, 0, false);
	source.values[name] = text_value("a");
	expect_run(interpreter, EVENT, "1");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

/* ---- several blocks and events ---- */

START_TEST(each_event_has_its_block)
{
	struct program_writer *writer = program_writer_new();
	uint32_t name = plain_slot(writer, FIELD_PROC_NAME), is_a = equals(writer, name, "a");
	struct interpreter *interpreter;
	struct program *program;
	uint32_t flags = 99;

	for (uint32_t rule = 0; rule < 2; rule++) {
		uint32_t block = program_writer_begin_block(writer), next = program_writer_new_label(writer);

		plain_rule(writer, "rule");
		program_writer_begin_rule(writer, rule, next);
		program_writer_test(writer, is_a, rule == 0, false, next);
		program_writer_match(writer, rule);
		program_writer_place_label(writer, next);
		program_writer_end_block(writer);
		program_writer_entry(writer, block, rule == 0 ? EVENT_SYSCALL_OPENAT_2_X : EVENT_SYSCALL_OPEN_X);
		if (rule == 1)
			program_writer_entry(writer, block, EVENT_GENERIC_X);
	}
	program_writer_capture(writer, EVENT_SYSCALL_OPENAT_2_X, CAPTURE_FLAG_RESULT);
	program_writer_capture(writer, EVENT_SYSCALL_OPEN_X, 0);
	program_writer_capture(writer, EVENT_GENERIC_X, 0);
	program_writer_capture_generic(writer, 9);
	program = load_written(writer);
	ck_assert(program_has_entry(program, EVENT_SYSCALL_OPEN_X) && !program_has_entry(program, EVENT_SYSCALL_OPEN_E));
	ck_assert(!program_has_entry(program, EVENT_ID_COUNT + 1));
	ck_assert(program_captures(program, EVENT_SYSCALL_OPENAT_2_X, &flags) && flags == CAPTURE_FLAG_RESULT);
	ck_assert(program_captures(program, EVENT_SYSCALL_OPEN_X, &flags) && flags == 0);
	ck_assert(!program_captures(program, EVENT_SYSCALL_OPEN_E, &flags));
	ck_assert(program_captures_generic(program, 9) && !program_captures_generic(program, 10));
	ck_assert_uint_gt(program_worst_case_cost(program, EVENT_GENERIC_X), 0);
	ck_assert_uint_eq(program_worst_case_cost(program, EVENT_SYSCALL_OPEN_E), 0);
	interpreter = interpreter_new(program);
	table_source_init(&source);
	source.values[name] = text_value("a");
	expect_run(interpreter, EVENT_SYSCALL_OPENAT_2_X, "0");
	expect_run(interpreter, EVENT_SYSCALL_OPEN_X, "");
	source.values[name] = text_value("b");
	expect_run(interpreter, EVENT_GENERIC_X, "1");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("interpret");
	TCase *rules = tcase_create("rules");

	tcase_set_timeout(rules, 60);
	tcase_add_test(rules, rules_match_in_order);
	tcase_add_test(rules, unknown_and_predicted_values_make_matches_uncertain);
	tcase_add_test(rules, each_slot_is_asked_once_in_a_run);
	tcase_add_test(rules, nodes_keep_what_was_found);
	tcase_add_test(rules, doubts_of_a_rule_do_not_stick_to_a_node);
	tcase_add_test(rules, jumps_of_any_length);
	tcase_add_test(rules, each_event_has_its_block);
	suite_add_tcase(all, rules);
	return all;
}

CHECK_MAIN(suite)
