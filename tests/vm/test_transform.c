/* Transformers: language reference, section 4.14. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>

#include "tests/vm/vm_support.h"

#define EVENT EVENT_SYSCALL_OPENAT_2_X

static struct table_source source;

/* The value of the last slot as text: "absent", "unknown", "[a, b]", "7", "text"; with "?" behind a predicted one. */
static const char *value_as_string(const struct value *value)
{
	static char t[1024];
	size_t length = 0;

	if (value->state == VALUE_ABSENT || value->state == VALUE_UNKNOWN)
		return value->state == VALUE_ABSENT ? "absent" : "unknown";
	if (value->is_list) {
		length += (size_t)sprintf(t + length, "[");
		for (uint32_t i = 0; i < value->length; i++) {
			const struct value *element = &value->elements[i];

			length += (size_t)sprintf(t + length, "%s", i > 0 ? ", " : "");
			if (element->state == VALUE_UNKNOWN)
				length += (size_t)sprintf(t + length, "unknown");
			else
				length += (size_t)sprintf(t + length, "%.*s%s", (int)element->length, (const char *)element->bytes,
							  element->state == VALUE_PREDICTED ? "?" : "");
		}
		length += (size_t)sprintf(t + length, "]");
	} else if (type_kind((enum value_type)value->type) == KIND_STRING ||
		   type_kind((enum value_type)value->type) == KIND_BYTES) {
		length += (size_t)sprintf(t + length, "%.*s", (int)value->length, (const char *)value->bytes);
	} else {
		length += (size_t)sprintf(t + length, "%llu", (unsigned long long)value->number);
	}
	sprintf(t + length, "%s", value->state == VALUE_PREDICTED ? "?" : "");
	return t;
}

/* Loads the program and gives the value of its last slot; the values of field slots are in `source`. */
static void expect_last_slot(struct program_writer *writer, const char *expected)
{
	struct program *program = load_written(writer);
	struct interpreter *interpreter = interpreter_new(program);
	const struct rule_match *matches;
	const char *found;

	interpreter_run(interpreter, &source.source, EVENT, &matches);
	found = value_as_string(interpreter_slot_value(interpreter, &source.source, program_slot_count(program) - 1));
	ck_assert_msg(strcmp(found, expected) == 0, "'%s', not '%s'", found, expected);
	interpreter_free(interpreter);
	program_free(program);
}

static void expect_value(enum transformer_id transformer, struct value value, const char *expected)
{
	struct program_writer *writer = program_writer_new();
	bool is_bytes = value.type == TYPE_BYTEBUF;
	uint32_t slot = plain_slot(writer, is_bytes ? FIELD_EVT_BUFFER : FIELD_PROC_NAME);
	bool is_len = transformer == TRANSFORMER_LEN;

	table_source_init(&source);
	source.values[slot] = value;
	program_writer_transformer_slot(writer, transformer, &slot, 1, TEXT_EMPTY,
					is_len ? TYPE_UINT64 : is_bytes ? TYPE_BYTEBUF : TYPE_CHARBUF, false);
	expect_last_slot(writer, expected);
}

static void expect_text(enum transformer_id transformer, const char *t, const char *expected)
{
	expect_value(transformer, text_value(t), expected);
}

START_TEST(one_text)
{
	expect_text(TRANSFORMER_TOLOWER, "AbZz[@\xc4", "abzz[@\xc4");
	expect_text(TRANSFORMER_TOUPPER, "aBz{`", "ABZ{`");
	expect_text(TRANSFORMER_BASENAME, "/usr/bin/env", "env");
	expect_text(TRANSFORMER_BASENAME, "env", "env");
	expect_text(TRANSFORMER_BASENAME, "/usr/bin/", "");
	expect_text(TRANSFORMER_BASENAME, "", "");
	expect_text(TRANSFORMER_LEN, "\xc3\xa4x", "3");
	expect_text(TRANSFORMER_LEN, "", "0");
	expect_value(TRANSFORMER_LEN, bytes_value(TYPE_BYTEBUF, "a\0b", 3), "3");
	expect_value(TRANSFORMER_TOLOWER, value_absent(), "absent");
	expect_value(TRANSFORMER_TOLOWER, value_unknown(), "unknown");
	expect_value(TRANSFORMER_TOLOWER, predicted(text_value("A")), "a?");
	expect_value(TRANSFORMER_LEN, predicted(text_value("A")), "1?");
}
END_TEST

START_TEST(base64)
{
	expect_text(TRANSFORMER_B64, "aGVsbG8=", "hello");
	expect_text(TRANSFORMER_B64, "aGVsbG8", "hello");
	expect_text(TRANSFORMER_B64, "aGVsbA==", "hell");
	expect_text(TRANSFORMER_B64, "aGVs", "hel");
	expect_text(TRANSFORMER_B64, "", "");
	expect_text(TRANSFORMER_B64, "=", "");
	expect_text(TRANSFORMER_B64, "aGVsbG9", "absent"); /* unused bits that are not zero */
	expect_text(TRANSFORMER_B64, "aGVsb", "absent");   /* 4n + 1 */
	expect_text(TRANSFORMER_B64, "aGVs bG8=", "absent");
	expect_text(TRANSFORMER_B64, "aGVs===", "absent");
	expect_text(TRANSFORMER_B64, "+/+/", "\xfb\xff\xbf");
	expect_text(TRANSFORMER_B64, "-_-_", "absent");
	expect_text(TRANSFORMER_B64, "YQBi", "a"); /* "a\0b": strings end at the first NUL */
	expect_value(TRANSFORMER_B64, bytes_value(TYPE_BYTEBUF, "YWI", 3), "ab");
}
END_TEST

/* join(separator, (names...)) and concat(names...) over three fields. */
static struct program_writer *three_fields(uint32_t slots[3])
{
	struct program_writer *writer = program_writer_new();

	slots[0] = plain_slot(writer, FIELD_PROC_NAME);
	slots[1] = plain_slot(writer, FIELD_PROC_PID);
	slots[2] = plain_slot(writer, FIELD_FD_SIP);
	table_source_init(&source);
	source.values[0] = text_value("sh");
	source.values[1] = value_of_number(TYPE_INT64, (uint64_t)-7);
	source.values[2] = bytes_value(TYPE_IPV4ADDR, "\x0a\x01\x02\x03", 4);
	return writer;
}

static void expect_join(const char *expected)
{
	struct value values[3] = {source.values[0], source.values[1], source.values[2]};
	uint32_t slots[3], list, separator;
	struct program_writer *writer = three_fields(slots);

	memcpy(source.values, values, sizeof values);
	list = program_writer_list_slot(writer, slots, 3);
	separator = program_writer_constant_slot(writer, TEXT("--"));
	program_writer_transformer_slot(writer, TRANSFORMER_JOIN, (const uint32_t[]){separator, list}, 2, TEXT_EMPTY,
					TYPE_CHARBUF, false);
	expect_last_slot(writer, expected);
}

START_TEST(join_makes_texts_of_everything)
{
	uint32_t slots[3];

	program_writer_free(three_fields(slots));
	expect_join("sh---7--10.1.2.3");
	source.values[0] = predicted(text_value("x"));
	expect_join("x---7--10.1.2.3?");
	source.values[1] = value_unknown();
	expect_join("unknown");
	source.values[2] = value_absent();
	expect_join("absent");
}
END_TEST

START_TEST(lists_keep_the_states_of_their_elements)
{
	uint32_t slots[3], list;
	struct program_writer *writer = three_fields(slots);

	source.values[0] = predicted(text_value("SH"));
	source.values[2] = value_unknown();
	program_writer_list_slot(writer, slots, 3);
	expect_last_slot(writer, "[SH?, -7, unknown]");

	writer = three_fields(slots);
	source.values[0] = predicted(text_value("SH"));
	source.values[2] = value_unknown();
	list = program_writer_list_slot(writer, slots, 3);
	program_writer_transformer_slot(writer, TRANSFORMER_TOLOWER, &list, 1, TEXT_EMPTY, TYPE_CHARBUF, true);
	expect_last_slot(writer, "[sh?, -7, unknown]");

	writer = three_fields(slots);
	source.values[2] = value_unknown();
	list = program_writer_list_slot(writer, slots, 3);
	program_writer_transformer_slot(writer, TRANSFORMER_LEN, &list, 1, TEXT_EMPTY, TYPE_UINT64, false);
	expect_last_slot(writer, "3");

	writer = three_fields(slots);
	source.values[1] = value_absent();
	source.values[2] = value_unknown();
	list = program_writer_list_slot(writer, slots, 3);
	program_writer_transformer_slot(writer, TRANSFORMER_LEN, &list, 1, TEXT_EMPTY, TYPE_UINT64, false);
	expect_last_slot(writer, "absent"); /* NA spreads from any element */

	writer = three_fields(slots); /* b64 of one element fails: so does the whole */
	list = program_writer_list_slot(writer, slots, 3);
	program_writer_transformer_slot(writer, TRANSFORMER_B64, &list, 1, TEXT_EMPTY, TYPE_CHARBUF, true);
	expect_last_slot(writer, "absent");

	writer = program_writer_new();
	table_source_init(&source);
	list = program_writer_list_slot(writer, NULL, 0);
	slots[0] = program_writer_constant_slot(writer, TEXT("-"));
	program_writer_transformer_slot(writer, TRANSFORMER_JOIN, (const uint32_t[]){slots[0], list}, 2, TEXT_EMPTY,
					TYPE_CHARBUF, false);
	expect_last_slot(writer, "");
}
END_TEST

START_TEST(concat_and_chains)
{
	uint32_t slots[3], upper, name, parts[4];
	struct program_writer *writer = three_fields(slots);

	upper = program_writer_transformer_slot(writer, TRANSFORMER_TOUPPER, &slots[0], 1, TEXT_EMPTY, TYPE_CHARBUF, false);
	name = program_writer_constant_slot(writer, TEXT("/x/"));
	parts[0] = name;
	parts[1] = upper;
	parts[2] = slots[0];
	parts[3] = upper;
	upper = program_writer_transformer_slot(writer, TRANSFORMER_CONCAT, parts, 4, TEXT_EMPTY, TYPE_CHARBUF, false);
	program_writer_transformer_slot(writer, TRANSFORMER_BASENAME, &upper, 1, TEXT_EMPTY, TYPE_CHARBUF, false);
	expect_last_slot(writer, "SHshSH");
	ck_assert_uint_eq(source.gets[slots[0]], 1);
}
END_TEST

/* getopt((words...), letters) or getopt(...)[selector]. */
static void expect_getopt(const char *const *words, const char *letters, const char *selector, const char *expected)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slots[8], inputs[2], count = 0;

	table_source_init(&source);
	for (; words[count] != NULL; count++)
		slots[count] = program_writer_constant_slot(writer, text_from_string(words[count]));
	inputs[0] = program_writer_list_slot(writer, slots, count);
	inputs[1] = program_writer_constant_slot(writer, text_from_string(letters));
	program_writer_transformer_slot(writer, TRANSFORMER_GETOPT, inputs, 2, text_from_string(selector), TYPE_CHARBUF,
					selector[0] == 0);
	expect_last_slot(writer, expected);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(getopt_as_the_library_function)
{
	expect_getopt(WORDS("-a", "-n", "5", "-xb", "rest", "-a"), "an:xb", "", "[a, n, 5, x, b]");
	expect_getopt(WORDS("-n5", "--long", "-a"), "an:", "", "[n, 5, a]");
	expect_getopt(WORDS("-n", "-a"), "an:", "", "[n, -a]");
	expect_getopt(WORDS("-a", "--", "-b"), "ab", "", "[a]");
	expect_getopt(WORDS("-a", "-", "-b"), "ab", "", "[a]");
	expect_getopt(WORDS("-z:"), "a", "", "[?, ?]");
	expect_getopt(WORDS("-an"), "an:", "", "[a, n, ]");
	expect_getopt(WORDS("x"), "a", "", "[]");
	expect_getopt(WORDS("-n", "1", "-n2"), "n:", "n", "2");
	expect_getopt(WORDS("-a", "-n", "1"), "an:", "a", "a");
	expect_getopt(WORDS("-a"), "an:", "n", "absent");
	expect_getopt(WORDS("-n"), "n:", "n", "");
	expect_getopt(WORDS("-aaa"), "a", "a", "a");
}
END_TEST

/* The room for results is that of the declared greatest lengths; a source that gives more is cut. */
START_TEST(values_are_cut_to_their_declared_length)
{
	struct program_writer *writer = program_writer_new();
	uint32_t name = plain_slot(writer, FIELD_PROC_NAME);
	uint32_t longest = field_info(FIELD_PROC_NAME)->value_bytes_max;
	struct interpreter *interpreter;
	struct program *program;
	const struct rule_match *matches;
	char *t = malloc(longest + 10);

	memset(t, 'A', longest + 10);
	table_source_init(&source);
	source.values[name] = bytes_value(TYPE_CHARBUF, t, longest + 10);
	program_writer_transformer_slot(writer, TRANSFORMER_TOLOWER, &name, 1, TEXT_EMPTY, TYPE_CHARBUF, false);
	program = load_written(writer);
	interpreter = interpreter_new(program);
	interpreter_run(interpreter, &source.source, EVENT, &matches);
	ck_assert_uint_eq(interpreter_slot_value(interpreter, &source.source, 1)->length, longest);
	interpreter_free(interpreter);
	program_free(program);
	free(t);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("transform");
	TCase *results = tcase_create("results");

	tcase_add_test(results, one_text);
	tcase_add_test(results, base64);
	tcase_add_test(results, join_makes_texts_of_everything);
	tcase_add_test(results, lists_keep_the_states_of_their_elements);
	tcase_add_test(results, concat_and_chains);
	tcase_add_test(results, getopt_as_the_library_function);
	tcase_add_test(results, values_are_cut_to_their_declared_length);
	suite_add_tcase(all, results);
	return all;
}

CHECK_MAIN(suite)
