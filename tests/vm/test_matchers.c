/*
 * Matchers answer what the predicates themselves would: random predicates on random values, the same rules once with
 * matchers and guards and once without.
 */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/random.h"
#include "tests/vm/vm_support.h"

#define EVENT EVENT_SYSCALL_OPENAT_2_X
#define PREDICATES 40

static struct random_source random_numbers;

static unsigned below(unsigned limit)
{
	return random_below(&random_numbers, limit);
}

/* Few letters, so that values and constants meet. */
static struct text random_text(const char *alphabet, unsigned length_max)
{
	static char texts[64][64];
	static unsigned next;
	char *t = texts[next++ % 64];
	unsigned length = below(length_max + 1);

	for (unsigned i = 0; i < length; i++)
		t[i] = alphabet[below((unsigned)strlen(alphabet))];
	return text_of(t, length);
}

static struct text random_path(void)
{
	return random_text("ab//", 7);
}

/* Over a list a matcher has no `!=`. */
static enum operator_id random_equality(enum quantifier quantifier)
{
	return quantifier == QUANTIFIER_SCALAR && below(2) ? OPERATOR_NOT_EQUAL : OPERATOR_EQUAL;
}

static uint32_t bytes_predicate(struct program_writer *writer, uint32_t slot, enum quantifier quantifier)
{
	struct text members[5];
	unsigned count = below(6);
	enum operator_id operator = random_equality(quantifier);

	if (below(2))
		return program_writer_predicate(writer, slot, operator, quantifier, MODIFIER_NONE,
						program_writer_bytes_operand(writer, random_text("ab", 3)));
	for (unsigned i = 0; i < count; i++)
		members[i] = random_text("ab", 3);
	return program_writer_predicate(writer, slot, below(2) ? OPERATOR_IN : OPERATOR_INTERSECTS, quantifier,
					MODIFIER_NONE, program_writer_bytes_set_operand(writer, members, count));
}

static uint32_t number_predicate(struct program_writer *writer, uint32_t slot, enum quantifier quantifier)
{
	uint64_t members[5];
	unsigned count = below(6);
	enum operator_id operator = random_equality(quantifier);

	if (below(2))
		return program_writer_predicate(writer, slot, operator, quantifier, MODIFIER_NONE,
						program_writer_number_operand(writer, below(12)));
	for (unsigned i = 0; i < count; i++)
		members[i] = below(12);
	return program_writer_predicate(writer, slot, OPERATOR_IN, quantifier, MODIFIER_NONE,
					program_writer_number_set_operand(writer, members, count));
}

static uint32_t dfa_predicate(struct program_writer *writer, uint32_t slot, enum quantifier quantifier)
{
	const enum operator_id operators[] = {random_equality(quantifier), OPERATOR_EQUAL,	  OPERATOR_CONTAINS,
					      OPERATOR_ICONTAINS,	   OPERATOR_STARTSWITH, OPERATOR_ENDSWITH};
	struct program_operand operand;
	struct program_dfa *dfa;
	char word[8];

	if (below(4) > 0)
		return program_writer_predicate(writer, slot, operators[below(6)], quantifier, MODIFIER_NONE,
						program_writer_bytes_operand(writer, random_text("abA", 4)));
	snprintf(word, sizeof word, "%s%s", below(2) ? "a" : "b", below(2) ? "ab" : "b");
	dfa = dfa_for_contains(word);
	operand = program_writer_dfa_operand(writer, dfa);
	free(dfa);
	return program_writer_predicate(writer, slot, below(2) ? OPERATOR_REGEX : OPERATOR_GLOB, quantifier,
					MODIFIER_NONE, operand);
}

static uint32_t trie_predicate(struct program_writer *writer, uint32_t slot, enum quantifier quantifier)
{
	struct text paths[4];
	unsigned count = below(5);

	for (unsigned i = 0; i < count; i++)
		paths[i] = random_path();
	return program_writer_predicate(writer, slot, OPERATOR_PMATCH, quantifier, MODIFIER_NONE,
					program_writer_trie_operand(writer, paths, count));
}

static const struct matcher_shape {
	enum matcher_kind kind;
	enum field_id field;
	bool is_list;
	uint32_t (*predicate)(struct program_writer *writer, uint32_t slot, enum quantifier quantifier);
} shapes[] = {
	{MATCHER_BYTES, FIELD_PROC_NAME, false, bytes_predicate},
	{MATCHER_BYTES, FIELD_PROC_ANAME, true, bytes_predicate},
	{MATCHER_NUMBERS, FIELD_PROC_PID, false, number_predicate},
	{MATCHER_NUMBERS, FIELD_PROC_APID, true, number_predicate},
	{MATCHER_DFA, FIELD_PROC_NAME, false, dfa_predicate},
	{MATCHER_DFA, FIELD_PROC_ANAME, true, dfa_predicate},
	{MATCHER_TRIE, FIELD_FD_NAME, false, trie_predicate},
	{MATCHER_TRIE, FIELD_PROC_ANAME, true, trie_predicate},
};

/* Per predicate a rule that wants it and one that wants its negation; the former, with matchers, behind a guard. */
static struct program *make_program(const struct matcher_shape *shape, uint32_t seed, bool with_matcher)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = shape->is_list ? each_slot(writer, shape->field) : plain_slot(writer, shape->field);
	uint32_t distinct[PREDICATES], count = 0, block;

	random_numbers.state = seed;
	for (unsigned i = 0; i < PREDICATES; i++) {
		uint32_t predicate =
			shape->predicate(writer, slot, shape->is_list ? QUANTIFIER_ANY : QUANTIFIER_SCALAR);

		if (predicate == count)
			distinct[count++] = predicate;
	}
	if (with_matcher)
		program_writer_matcher(writer, slot, distinct, count);
	block = program_writer_begin_block(writer);
	if (with_matcher)
		program_writer_run_matcher(writer, 0);
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t negated = 0; negated < 2; negated++) {
			uint32_t next = program_writer_new_label(writer);

			plain_rule(writer, "rule");
			if (with_matcher && !negated) /* any of this and its neighbours: necessary, not sufficient */
				program_writer_guard(writer, distinct + i, count - i < 3 ? count - i : 3, next);
			program_writer_begin_rule(writer, 2 * i + negated, next);
			program_writer_test(writer, distinct[i], !negated, false, next);
			program_writer_match(writer, 2 * i + negated);
			program_writer_place_label(writer, next);
		}
	}
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	program_writer_set_matching(writer, RULE_MATCHING_ALL);
	return load_written(writer);
}

static struct value random_scalar(const struct matcher_shape *shape)
{
	struct value value;

	if (shape->kind == MATCHER_NUMBERS)
		value = value_of_number(TYPE_INT64, below(14));
	else if (shape->kind == MATCHER_TRIE)
		value = value_of_text(TYPE_CHARBUF, random_path());
	else
		value = value_of_text(TYPE_CHARBUF, random_text("abA", shape->kind == MATCHER_DFA ? 9 : 4));
	switch (below(8)) {
	case 0:
		return value_unknown();
	case 1:
		return value_absent();
	case 2:
		return predicted(value);
	default:
		return value;
	}
}

static void check_shape(const struct matcher_shape *shape, uint32_t seed)
{
	static struct table_source source;
	struct program *plain = make_program(shape, seed, false), *matched = make_program(shape, seed, true);
	struct interpreter *plain_interpreter = interpreter_new(plain), *matched_interpreter = interpreter_new(matched);

	ck_assert_uint_eq(matched->matchers[0].kind, shape->kind);
	table_source_init(&source);
	for (unsigned i = 0; i < 200; i++) {
		const struct rule_match *expected, *found;
		struct value elements[4];
		uint32_t expected_count, found_count, elements_count = below(4);

		source.values[0] = random_scalar(shape);
		if (shape->is_list && source.values[0].state != VALUE_UNKNOWN && source.values[0].state != VALUE_ABSENT) {
			uint8_t state = source.values[0].state;

			for (unsigned element = 0; element < elements_count; element++)
				elements[element] = random_scalar(shape);
			source.values[0] = list_value(elements[0].type, elements, elements_count);
			source.values[0].state = state;
		}
		expected_count = interpreter_run(plain_interpreter, &source.source, EVENT, &expected);
		found_count = interpreter_run(matched_interpreter, &source.source, EVENT, &found);
		ck_assert_uint_eq(found_count, expected_count);
		for (uint32_t match = 0; match < found_count; match++) {
			ck_assert_uint_eq(found[match].rule, expected[match].rule);
			ck_assert_uint_eq(found[match].is_certain, expected[match].is_certain);
		}
	}
	interpreter_free(plain_interpreter);
	interpreter_free(matched_interpreter);
	program_free(plain);
	program_free(matched);
}

START_TEST(matchers_answer_as_their_predicates_do)
{
	for (uint32_t seed = 1; seed <= 12; seed++)
		check_shape(&shapes[_i], seed * 7919);
}
END_TEST

/* Many predicates: more than one DFA, more than one word of bits. */
START_TEST(dfas_that_do_not_fit_into_one)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = plain_slot(writer, FIELD_PROC_NAME), predicates[70], block;
	static struct table_source source;
	const struct rule_match *matches;
	struct interpreter *interpreter;
	struct program *program;

	for (uint32_t i = 0; i < 70; i++) {
		char word[32];

		snprintf(word, sizeof word, "%c%c word %u", 'a' + (int)i % 26, 'a' + (int)i / 26, i);
		predicates[i] = program_writer_predicate(writer, slot, OPERATOR_CONTAINS, QUANTIFIER_SCALAR, MODIFIER_NONE,
							 program_writer_bytes_operand(writer, text_from_string(word)));
	}
	program_writer_matcher(writer, slot, predicates, 70);
	block = program_writer_begin_block(writer);
	program_writer_run_matcher(writer, 0);
	for (uint32_t i = 0; i < 70; i++) {
		uint32_t next = program_writer_new_label(writer);

		plain_rule(writer, "rule");
		program_writer_begin_rule(writer, i, next);
		program_writer_test(writer, predicates[i], true, false, next);
		program_writer_match(writer, i);
		program_writer_place_label(writer, next);
	}
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	program_writer_set_matching(writer, RULE_MATCHING_ALL);
	program = load_written(writer);
	ck_assert_uint_gt(((const struct format_matcher_dfas *)program->matchers[0].table)->dfa_count, 1);
	interpreter = interpreter_new(program);
	table_source_init(&source);
	source.values[slot] = text_value("xx aa word 0 yy rc word 69 zz");
	ck_assert_uint_eq(interpreter_run(interpreter, &source.source, EVENT, &matches), 2);
	ck_assert_uint_eq(matches[0].rule, 0);
	ck_assert_uint_eq(matches[1].rule, 69);
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

/*
 * Thousands of predicates: their words have words above them, and a guard on many of them asks only those. Rule i wants
 * proc.name = "i"; every 500th wants it not to be.
 */
#define MANY 3000

static const char *number_name(uint32_t number)
{
	static char name[16];

	snprintf(name, sizeof name, "%u", number);
	return name;
}

START_TEST(guards_over_thousands_of_predicates)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = plain_slot(writer, FIELD_PROC_NAME), *predicates = calloc(MANY, sizeof *predicates), block, behind;
	static struct table_source source;
	const struct rule_match *matches;
	struct interpreter *interpreter;
	struct program *program;

	for (uint32_t i = 0; i < MANY; i++)
		predicates[i] = program_writer_predicate(
			writer, slot, i % 500 == 499 ? OPERATOR_NOT_EQUAL : OPERATOR_EQUAL, QUANTIFIER_SCALAR, MODIFIER_NONE,
			program_writer_bytes_operand(writer, text_from_string(number_name(i))));
	program_writer_matcher(writer, slot, predicates, MANY);
	block = program_writer_begin_block(writer);
	program_writer_run_matcher(writer, 0);
	behind = program_writer_new_label(writer);
	program_writer_guard(writer, predicates, MANY, behind); /* all of them: one mask of the topmost word */
	for (uint32_t first = 0; first < MANY; first += 100) {
		uint32_t group_end = program_writer_new_label(writer);

		program_writer_guard(writer, predicates + first, 100, group_end);
		for (uint32_t i = first; i < first + 100; i++) {
			uint32_t next = program_writer_new_label(writer);

			plain_rule(writer, "rule");
			program_writer_begin_rule(writer, i, next);
			program_writer_test(writer, predicates[i], true, false, next);
			program_writer_match(writer, i);
			program_writer_place_label(writer, next);
		}
		program_writer_place_label(writer, group_end);
	}
	program_writer_place_label(writer, behind);
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	program_writer_set_matching(writer, RULE_MATCHING_ALL);
	program = load_written(writer);
	ck_assert_uint_eq(program->matcher_word_count, 94 + 3 + 1);
	ck_assert_uint_eq(program->code[1].opcode, OP_GUARD);
	ck_assert_uint_eq(program->code[1].operand, 1);
	ck_assert_uint_eq(program->code[2].target, 97);
	ck_assert_uint_eq(program->code[2].operand, 7);
	interpreter = interpreter_new(program);
	table_source_init(&source);
	for (uint32_t name = 0; name < MANY + 50; name += 7) {
		uint32_t count, at = 0;
		bool is_right = true;

		source.values[slot] = text_value(number_name(name));
		count = interpreter_run(interpreter, &source.source, EVENT, &matches);
		for (uint32_t i = 0; i < MANY; i++) /* each that should match is the next one found */
			if ((i == name) != (i % 500 == 499))
				is_right = is_right && at < count && matches[at++].rule == i;
		ck_assert(is_right && at == count);
	}
	source.values[slot] = value_absent();
	ck_assert_uint_eq(interpreter_run(interpreter, &source.source, EVENT, &matches), 0);
	source.values[slot] = value_unknown();
	ck_assert_uint_eq(interpreter_run(interpreter, &source.source, EVENT, &matches), MANY);
	interpreter_free(interpreter);
	program_free(program);
	free(predicates);
}
END_TEST

/* A guard on a matcher that did not run lets everything through. */
START_TEST(a_guard_without_its_matcher_excludes_nothing)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = plain_slot(writer, FIELD_PROC_NAME), predicate, block, next;
	static struct table_source source;
	const struct rule_match *matches;
	struct interpreter *interpreter;
	struct program *program;

	predicate = program_writer_predicate(writer, slot, OPERATOR_EQUAL, QUANTIFIER_SCALAR, MODIFIER_NONE,
					     program_writer_bytes_operand(writer, TEXT("a")));
	program_writer_matcher(writer, slot, &predicate, 1);
	plain_rule(writer, "rule");
	block = program_writer_begin_block(writer);
	next = program_writer_new_label(writer);
	program_writer_guard(writer, &predicate, 1, next);
	program_writer_begin_rule(writer, 0, next);
	program_writer_test(writer, predicate, true, false, next);
	program_writer_match(writer, 0);
	program_writer_place_label(writer, next);
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
	program = load_written(writer);
	interpreter = interpreter_new(program);
	table_source_init(&source);
	source.values[slot] = text_value("a");
	ck_assert_uint_eq(interpreter_run(interpreter, &source.source, EVENT, &matches), 1);
	source.values[slot] = text_value("b");
	ck_assert_uint_eq(interpreter_run(interpreter, &source.source, EVENT, &matches), 0);
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("matchers");
	TCase *answers = tcase_create("answers");

	tcase_set_timeout(answers, 120);
	tcase_add_loop_test(answers, matchers_answer_as_their_predicates_do, 0, sizeof shapes / sizeof shapes[0]);
	tcase_add_test(answers, dfas_that_do_not_fit_into_one);
	tcase_add_test(answers, guards_over_thousands_of_predicates);
	tcase_add_test(answers, a_guard_without_its_matcher_excludes_nothing);
	suite_add_tcase(all, answers);
	return all;
}

CHECK_MAIN(suite)
