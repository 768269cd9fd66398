/*
 * Every operator on every kind of value with every kind of operand: language reference, sections 4.1 to 4.9. Each case runs
 * as two rules, "check" and "not check", with the value present, predicted, unknown and absent.
 */
#include "tests/support/check_main.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/random.h"
#include "tests/vm/vm_support.h"
#include "vm/compare.h"

#define EVENT EVENT_SYSCALL_OPENAT_2_X
#define PARTS_MAX 6

static struct table_source source;

/* The right-hand side of a case, in text: how it is read depends on the kind. */
struct right {
	enum operand_kind kind;
	const char *parts[PARTS_MAX]; /* numbers, byte strings, paths, networks, the words of DFAs */
	enum operand_kind element_kind; /* LIST */
};

struct comparison_case {
	enum field_id field;
	const char *value;
	enum operator_id operator;
	struct right right;
	bool expected;
};

static unsigned part_count(const struct right *right)
{
	unsigned count = 0;

	while (count < PARTS_MAX && right->parts[count] != NULL)
		count++;
	return count;
}

static uint64_t number_of(enum value_type type, const char *t)
{
	uint64_t bits;
	double real;

	if (type_kind(type) == KIND_REAL) {
		real = strtod(t, NULL);
		memcpy(&bits, &real, sizeof bits);
		return bits;
	}
	return t[0] == '-' ? (uint64_t)strtoll(t, NULL, 10) : strtoull(t, NULL, 10);
}

/* Addresses as text become bytes; they are kept until the next case. */
static struct text bytes_of(enum value_type type, const char *t)
{
	static uint8_t addresses[32][16];
	static unsigned next;
	uint8_t *address = addresses[next++ % 32];

	if (type_kind(type) != KIND_ADDRESS && type_kind(type) != KIND_NETWORK)
		return text_from_string(t);
	if (inet_pton(AF_INET, t, address) == 1)
		return text_of((const char *)address, 4);
	ck_assert_int_eq(inet_pton(AF_INET6, t, address), 1);
	return text_of((const char *)address, 16);
}

static struct program_network network_of(const char *t)
{
	struct program_network network = {0};
	char address[64];
	int prefix;

	ck_assert_int_eq(sscanf(t, "%63[^/]/%d", address, &prefix), 2);
	network.prefix_bits = (uint8_t)prefix;
	network.address_bytes = strchr(t, ':') != NULL ? 16 : 4;
	ck_assert_int_eq(inet_pton(network.address_bytes == 4 ? AF_INET : AF_INET6, address, network.address), 1);
	return network;
}

static struct program_operand make_operand(struct program_writer *writer, enum value_type type, const struct right *right,
					   enum operand_kind kind, unsigned part)
{
	unsigned count = part_count(right);
	uint64_t numbers[PARTS_MAX];
	struct text texts[PARTS_MAX];
	struct program_network networks[PARTS_MAX];
	struct program_operand operands[PARTS_MAX], operand;
	struct program_dfa *dfa;

	switch (kind) {
	case OPERAND_NUMBER:
		return program_writer_number_operand(writer, number_of(type, right->parts[part]));
	case OPERAND_BYTES:
		return program_writer_bytes_operand(writer, bytes_of(type, right->parts[part]));
	case OPERAND_NUMBER_SET:
		for (unsigned i = 0; i < count; i++)
			numbers[i] = number_of(type, right->parts[i]);
		return program_writer_number_set_operand(writer, numbers, count);
	case OPERAND_BYTES_SET:
	case OPERAND_TRIE:
		for (unsigned i = 0; i < count; i++)
			texts[i] = bytes_of(type, right->parts[i]);
		return kind == OPERAND_TRIE ? program_writer_trie_operand(writer, texts, count)
					    : program_writer_bytes_set_operand(writer, texts, count);
	case OPERAND_DFA:
		dfa = dfa_for_contains(right->parts[part]);
		operand = program_writer_dfa_operand(writer, dfa);
		free(dfa);
		return operand;
	case OPERAND_NETWORKS:
		for (unsigned i = 0; i < count; i++)
			networks[i] = network_of(right->parts[i]);
		return program_writer_networks_operand(writer, networks, count);
	case OPERAND_LIST:
		for (unsigned i = 0; i < count; i++)
			operands[i] = make_operand(writer, type, right, right->element_kind, i);
		return program_writer_list_operand(writer, operands, count);
	default:
		return program_writer_none_operand();
	}
}

static struct value make_value(enum value_type type, const char *t)
{
	struct value value = {.state = VALUE_PRESENT, .type = (uint8_t)type};
	struct text bytes;

	switch (type_kind(type)) {
	case KIND_SIGNED:
	case KIND_UNSIGNED:
	case KIND_BOOLEAN:
	case KIND_REAL:
		value.number = number_of(type, t);
		return value;
	default:
		bytes = bytes_of(type, t);
		return value_of_text(type, bytes);
	}
}

/* Two rules: 0 tests the predicate, 1 its negation; all matches. */
static struct program *program_for(struct program_writer *writer, uint32_t predicate)
{
	uint32_t block = program_writer_begin_block(writer);

	for (uint32_t rule = 0; rule < 2; rule++) {
		uint32_t next = program_writer_new_label(writer);

		plain_rule(writer, rule == 0 ? "check" : "not check");
		program_writer_begin_rule(writer, rule, next);
		program_writer_test(writer, predicate, rule == 0, false, next);
		program_writer_match(writer, rule);
		program_writer_place_label(writer, next);
	}
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, CAPTURE_FLAG_RESULT);
	program_writer_set_matching(writer, RULE_MATCHING_ALL);
	return load_written(writer);
}

static const char *run(struct interpreter *interpreter)
{
	static char found[64];
	const struct rule_match *matches;
	uint32_t count = interpreter_run(interpreter, &source.source, EVENT, &matches);
	size_t length = 0;

	found[0] = 0;
	for (uint32_t i = 0; i < count; i++)
		length += (size_t)snprintf(found + length, sizeof found - length, "%u%s", matches[i].rule,
					   matches[i].is_certain ? "" : "?");
	return found;
}

/* `values`: the slots' values; slot 0 is the left side. */
static void expect(struct program *program, bool expected, const char *what)
{
	struct interpreter *interpreter = interpreter_new(program);
	struct value value = source.values[0];
	const char *found = run(interpreter);

	ck_assert_msg(strcmp(found, expected ? "0" : "1") == 0, "%s: %s", what, found);
	source.values[0].state = VALUE_PREDICTED;
	found = run(interpreter);
	ck_assert_msg(strcmp(found, expected ? "0?" : "1?") == 0, "%s, predicted: %s", what, found);
	source.values[0] = value_unknown();
	found = run(interpreter);
	ck_assert_msg(strcmp(found, "0?1?") == 0, "%s, unknown: %s", what, found);
	source.values[0] = value_absent();
	found = run(interpreter);
	ck_assert_msg(strcmp(found, "1") == 0, "%s, absent: %s", what, found);
	source.values[0] = value;
	interpreter_free(interpreter);
}

#define NONE {OPERAND_NONE, {NULL}, 0}
#define NUMBER(n) {OPERAND_NUMBER, {n}, 0}
#define BYTES(t) {OPERAND_BYTES, {t}, 0}
#define NUMBERS(...) {OPERAND_NUMBER_SET, {__VA_ARGS__}, 0}
#define SET(...) {OPERAND_BYTES_SET, {__VA_ARGS__}, 0}
#define DFA(word) {OPERAND_DFA, {word}, 0}
#define PATHS(...) {OPERAND_TRIE, {__VA_ARGS__}, 0}
#define NETS(...) {OPERAND_NETWORKS, {__VA_ARGS__}, 0}

static const struct comparison_case cases[] = {
	{FIELD_PROC_NAME, "sh", OPERATOR_EXISTS, NONE, true},
	{FIELD_PROC_PID, "0", OPERATOR_EXISTS, NONE, true},
	/* whole numbers */
	{FIELD_PROC_PID, "7", OPERATOR_EQUAL, NUMBER("7"), true},
	{FIELD_PROC_PID, "-7", OPERATOR_EQUAL, NUMBER("7"), false},
	{FIELD_PROC_PID, "-7", OPERATOR_NOT_EQUAL, NUMBER("7"), true},
	{FIELD_PROC_PID, "7", OPERATOR_NOT_EQUAL, NUMBER("7"), false},
	{FIELD_PROC_PID, "-7", OPERATOR_LESS, NUMBER("7"), true},
	{FIELD_PROC_PID, "7", OPERATOR_LESS, NUMBER("7"), false},
	{FIELD_PROC_PID, "7", OPERATOR_LESS_EQUAL, NUMBER("7"), true},
	{FIELD_PROC_PID, "8", OPERATOR_LESS_EQUAL, NUMBER("-7"), false},
	{FIELD_PROC_PID, "8", OPERATOR_GREATER, NUMBER("-7"), true},
	{FIELD_PROC_PID, "-8", OPERATOR_GREATER, NUMBER("-8"), false},
	{FIELD_PROC_PID, "-8", OPERATOR_GREATER_EQUAL, NUMBER("-8"), true},
	{FIELD_PROC_PID, "-9", OPERATOR_GREATER_EQUAL, NUMBER("-8"), false},
	{FIELD_EVT_NUM, "18446744073709551615", OPERATOR_LESS, NUMBER("1"), false},
	{FIELD_EVT_NUM, "0", OPERATOR_LESS, NUMBER("18446744073709551615"), true},
	{FIELD_EVT_NUM, "3", OPERATOR_LESS_EQUAL, NUMBER("3"), true},
	{FIELD_EVT_NUM, "18446744073709551615", OPERATOR_GREATER, NUMBER("1"), true},
	{FIELD_EVT_NUM, "3", OPERATOR_GREATER_EQUAL, NUMBER("4"), false},
	{FIELD_EVT_IS_IO, "1", OPERATOR_EQUAL, NUMBER("1"), true},
	{FIELD_EVT_IS_IO, "0", OPERATOR_NOT_EQUAL, NUMBER("0"), false},
	{FIELD_PROC_PID, "5", OPERATOR_IN, NUMBERS("9", "5", "-1", "5"), true},
	{FIELD_PROC_PID, "-1", OPERATOR_IN, NUMBERS("9", "5", "-1"), true},
	{FIELD_PROC_PID, "6", OPERATOR_IN, NUMBERS("9", "5", "-1"), false},
	{FIELD_PROC_PID, "6", OPERATOR_IN, NUMBERS(NULL), false},
	{FIELD_EVT_NUM, "9", OPERATOR_INTERSECTS, NUMBERS("9", "5"), true},
	/* real numbers */
	{FIELD_THREAD_CPU, "2.5", OPERATOR_EQUAL, NUMBER("2.5"), true},
	{FIELD_THREAD_CPU, "2.5", OPERATOR_NOT_EQUAL, NUMBER("2"), true},
	{FIELD_THREAD_CPU, "-2.5", OPERATOR_LESS, NUMBER("-2"), true},
	{FIELD_THREAD_CPU, "2", OPERATOR_LESS_EQUAL, NUMBER("2"), true},
	{FIELD_THREAD_CPU, "2", OPERATOR_GREATER, NUMBER("-3"), true},
	{FIELD_THREAD_CPU, "2", OPERATOR_GREATER_EQUAL, NUMBER("3"), false},
	{FIELD_THREAD_CPU, "2", OPERATOR_IN, NUMBERS("3", "2"), true},
	/* texts */
	{FIELD_PROC_NAME, "bash", OPERATOR_EQUAL, BYTES("bash"), true},
	{FIELD_PROC_NAME, "Bash", OPERATOR_EQUAL, BYTES("bash"), false},
	{FIELD_PROC_NAME, "a long name, longer than eight", OPERATOR_EQUAL, BYTES("a long name, longer than eight"), true},
	{FIELD_PROC_NAME, "a long name, longer than eighT", OPERATOR_EQUAL, BYTES("a long name, longer than eight"), false},
	{FIELD_PROC_NAME, "", OPERATOR_EQUAL, BYTES(""), true},
	{FIELD_PROC_NAME, "bash", OPERATOR_NOT_EQUAL, BYTES("bas"), true},
	{FIELD_PROC_NAME, "4", OPERATOR_LESS, BYTES("5"), true},
	{FIELD_PROC_NAME, "\xff", OPERATOR_LESS, BYTES("5"), false},
	{FIELD_PROC_NAME, "50", OPERATOR_LESS_EQUAL, BYTES("5"), false},
	{FIELD_PROC_NAME, "50", OPERATOR_GREATER, BYTES("5"), true},
	{FIELD_PROC_NAME, "5", OPERATOR_GREATER_EQUAL, BYTES("5"), true},
	{FIELD_PROC_NAME, "vi", OPERATOR_IN, SET("ed", "vi", "emacs", "vi"), true},
	{FIELD_PROC_NAME, "vim", OPERATOR_IN, SET("ed", "vi", "emacs"), false},
	{FIELD_PROC_NAME, "", OPERATOR_IN, SET("", "vi"), true},
	{FIELD_PROC_NAME, "a member of more than eight bytes", OPERATOR_INTERSECTS,
	 SET("a member of more than eight bytes", "x"), true},
	{FIELD_PROC_NAME, "vi", OPERATOR_IN, SET(NULL), false},
	{FIELD_FD_NAME, "/etc/shadow", OPERATOR_CONTAINS, BYTES("sha"), true},
	{FIELD_FD_NAME, "/etc/shadow", OPERATOR_CONTAINS, BYTES(""), true},
	{FIELD_FD_NAME, "/etc", OPERATOR_CONTAINS, BYTES("/etc/"), false},
	{FIELD_FD_NAME, "/ETC/Shadow", OPERATOR_ICONTAINS, BYTES("c/sHA"), true},
	{FIELD_FD_NAME, "/etc/shadow", OPERATOR_ICONTAINS, BYTES("shadows"), false},
	{FIELD_FD_NAME, "x[y", OPERATOR_ICONTAINS, BYTES("X{Y"), false}, /* [ and { differ by the same bit as cases do */
	{FIELD_FD_NAME, "/etc/shadow", OPERATOR_ICONTAINS, DFA("sha"), true},
	{FIELD_FD_NAME, "/etc/shadow", OPERATOR_STARTSWITH, BYTES("/etc/"), true},
	{FIELD_FD_NAME, "/etc", OPERATOR_STARTSWITH, BYTES("/etc/"), false},
	{FIELD_FD_NAME, "/e", OPERATOR_STARTSWITH, BYTES("/e"), true},
	{FIELD_FD_NAME, "/x", OPERATOR_STARTSWITH, BYTES("/e"), false},
	{FIELD_FD_NAME, "/etcetera", OPERATOR_STARTSWITH, BYTES("/etc/p"), false},
	{FIELD_FD_NAME, "a.log", OPERATOR_ENDSWITH, BYTES(".log"), true},
	{FIELD_FD_NAME, "log", OPERATOR_ENDSWITH, BYTES(".log"), false},
	{FIELD_FD_NAME, "/a/b.c", OPERATOR_GLOB, BYTES("/*.[a-c]"), true},
	{FIELD_FD_NAME, "/a/b.C", OPERATOR_GLOB, BYTES("/*.[a-c]"), false},
	{FIELD_FD_NAME, "/a/b.C", OPERATOR_IGLOB, BYTES("/A/?.[a-c]"), true},
	{FIELD_FD_NAME, "a word b", OPERATOR_GLOB, DFA("word"), true},
	{FIELD_FD_NAME, "a wod b", OPERATOR_IGLOB, DFA("word"), false},
	{FIELD_FD_NAME, "a word b", OPERATOR_REGEX, DFA("word"), true},
	{FIELD_FD_NAME, "/opt/dir/x", OPERATOR_PMATCH, DFA("dir"), true},
	{FIELD_FD_NAME, "/opt/dir", OPERATOR_PMATCH, PATHS("/opt/di", "/etc", "/opt/dir/x"), false},
	{FIELD_FD_NAME, "opt//dir/", OPERATOR_PMATCH, PATHS("/etc", "/opt/dir"), true},
	{FIELD_FD_NAME, "/opt/dir/a", OPERATOR_PMATCH, PATHS("opt/dir/", "opt"), true},
	{FIELD_FD_NAME, "/x", OPERATOR_PMATCH, PATHS("/"), true},
	{FIELD_FD_NAME, "", OPERATOR_PMATCH, PATHS(""), true},
	{FIELD_FD_NAME, "", OPERATOR_PMATCH, PATHS("a"), false},
	{FIELD_FD_NAME, "/x", OPERATOR_PMATCH, PATHS(NULL), false},
	/* bytes */
	{FIELD_EVT_BUFFER, "abc", OPERATOR_EQUAL, BYTES("abc"), true},
	{FIELD_EVT_BUFFER, "abc", OPERATOR_NOT_EQUAL, BYTES("abd"), true},
	{FIELD_EVT_BUFFER, "abc", OPERATOR_IN, SET("abc", "x"), true},
	{FIELD_EVT_BUFFER, "abc", OPERATOR_CONTAINS, BYTES("bc"), true},
	{FIELD_EVT_BUFFER, "abc", OPERATOR_BCONTAINS, BYTES("ac"), false},
	{FIELD_EVT_BUFFER, "abc", OPERATOR_STARTSWITH, BYTES("ab"), true},
	{FIELD_EVT_BUFFER, "abc", OPERATOR_BSTARTSWITH, BYTES("abc"), true},
	{FIELD_EVT_BUFFER, "abc", OPERATOR_ENDSWITH, BYTES("ab"), false},
	/* addresses and networks */
	{FIELD_FD_SIP, "10.1.2.3", OPERATOR_EQUAL, BYTES("10.1.2.3"), true},
	{FIELD_FD_SIP, "10.1.2.3", OPERATOR_EQUAL, BYTES("::a01:203"), false},
	{FIELD_FD_SIP, "10.1.2.3", OPERATOR_NOT_EQUAL, BYTES("::a01:203"), true},
	{FIELD_FD_SIP, "fe80::1", OPERATOR_IN, SET("10.1.2.3", "fe80::1"), true},
	{FIELD_FD_SIP, "fe80::2", OPERATOR_INTERSECTS, SET("10.1.2.3", "fe80::1"), false},
	{FIELD_FD_SNET, "10.1.2.3", OPERATOR_EQUAL, NETS("10.1.0.0/16"), true},
	{FIELD_FD_SNET, "10.2.2.3", OPERATOR_EQUAL, NETS("10.1.0.0/16"), false},
	{FIELD_FD_SNET, "10.1.2.3", OPERATOR_NOT_EQUAL, NETS("10.1.99.99/16"), false},
	{FIELD_FD_SNET, "fe80::5", OPERATOR_NOT_EQUAL, NETS("10.1.0.0/16"), true},
	{FIELD_FD_SNET, "192.168.255.255", OPERATOR_IN, NETS("10.0.0.0/8", "192.168.0.0/16", "fe80::/10"), true},
	{FIELD_FD_SNET, "192.169.0.0", OPERATOR_IN, NETS("10.0.0.0/8", "192.168.0.0/16", "192.168.4.0/24"), false},
	{FIELD_FD_SNET, "febf::1", OPERATOR_INTERSECTS, NETS("10.0.0.0/8", "2001:db8::/32", "fe80::/10"), true},
	{FIELD_FD_SNET, "fec0::", OPERATOR_IN, NETS("10.0.0.0/8", "2001:db8::/32", "fe80::/10"), false},
	{FIELD_FD_SNET, "255.255.255.255", OPERATOR_IN, NETS("0.0.0.0/0"), true},
	{FIELD_FD_SNET, "1.2.3.4", OPERATOR_IN, NETS(NULL), false},
	{FIELD_FD_SIP, "10.1.2.3", OPERATOR_IN, NETS("10.0.0.0/8"), true},
};

START_TEST(every_comparison_on_one_value)
{
	bool seen[COMPARISON_COUNT] = {false};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct comparison_case *c = &cases[i];
		enum value_type type = (enum value_type)field_info(c->field)->type;
		struct program_writer *writer = program_writer_new();
		uint32_t slot = plain_slot(writer, c->field);
		struct program_operand operand = make_operand(writer, type, &c->right, c->right.kind, 0);
		uint32_t predicate = program_writer_predicate(writer, slot, c->operator, QUANTIFIER_SCALAR, MODIFIER_NONE,
							      operand);
		struct program *program = program_for(writer, predicate);
		char what[256];

		snprintf(what, sizeof what, "%s '%s' %s '%s'", field_info(c->field)->name, c->value,
			 operator_info(c->operator)->name, c->right.parts[0] != NULL ? c->right.parts[0] : "");
		table_source_init(&source);
		source.values[0] = make_value(type, c->value);
		seen[program->predicates[0].comparison] = true;
		expect(program, c->expected, what);
		program_free(program);
	}
	for (unsigned comparison = 0; comparison < COMPARISON_COUNT; comparison++)
		ck_assert_msg(seen[comparison], "no case for %s", comparison_name(comparison));
}
END_TEST

/* ---- modifiers ---- */

static void expect_modifier(const char *value, enum operator_id operator, enum operator_modifier modifier,
			    struct right right, bool expected)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = plain_slot(writer, FIELD_PROC_NAME);
	struct program_operand operand = make_operand(writer, TYPE_CHARBUF, &right, OPERAND_LIST, 0);
	uint32_t predicate =
		program_writer_predicate(writer, slot, operator, QUANTIFIER_SCALAR, modifier, operand);
	struct program *program = program_for(writer, predicate);

	table_source_init(&source);
	source.values[0] = text_value(value);
	expect(program, expected, value);
	program_free(program);
}

#define LIST(element, ...) ((struct right){OPERAND_LIST, {__VA_ARGS__}, OPERAND_##element})

START_TEST(modifiers_count_the_constants_that_fit)
{
	expect_modifier("x", OPERATOR_EQUAL, MODIFIER_ONEOF, LIST(BYTES, "a", "x"), true);
	expect_modifier("x", OPERATOR_EQUAL, MODIFIER_ONEOF, LIST(BYTES, "x", "x"), false);
	expect_modifier("x", OPERATOR_EQUAL, MODIFIER_ONEOF, LIST(BYTES, "a", "b"), false);
	expect_modifier("abc", OPERATOR_CONTAINS, MODIFIER_ANYOF, LIST(BYTES, "z", "b", "c"), true);
	expect_modifier("abc", OPERATOR_CONTAINS, MODIFIER_ALLOF, LIST(BYTES, "a", "b", "c"), true);
	expect_modifier("abc", OPERATOR_CONTAINS, MODIFIER_ALLOF, LIST(BYTES, "a", "z"), false);
	expect_modifier("abc", OPERATOR_CONTAINS, MODIFIER_ONEOF, LIST(BYTES, "a", "b"), false);
	expect_modifier("x", OPERATOR_NOT_EQUAL, MODIFIER_ALLOF, LIST(BYTES, "a", "b"), true);
	expect_modifier("a", OPERATOR_NOT_EQUAL, MODIFIER_ALLOF, LIST(BYTES, "a", "b"), false);
	expect_modifier("a", OPERATOR_NOT_EQUAL, MODIFIER_ANYOF, LIST(BYTES, "a", "b"), true);
	expect_modifier("word", OPERATOR_REGEX, MODIFIER_ONEOF, LIST(DFA, "wo", "xx"), true);
	expect_modifier("word", OPERATOR_REGEX, MODIFIER_ALLOF, LIST(DFA, "wo", "rd"), true);
	expect_modifier("x", OPERATOR_EQUAL, MODIFIER_ONEOF, LIST(NONE, NULL), false);
	expect_modifier("x", OPERATOR_NOT_EQUAL, MODIFIER_ANYOF, LIST(NONE, NULL), false);
	expect_modifier("x", OPERATOR_NOT_EQUAL, MODIFIER_ALLOF, LIST(NONE, NULL), false);
}
END_TEST

/* ---- lists ---- */

static void expect_list(enum quantifier quantifier, enum operator_id operator, struct right right, const char *elements,
			const char *expected)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = each_slot(writer, FIELD_PROC_ANAME);
	struct program_operand operand = make_operand(writer, TYPE_CHARBUF, &right, right.kind, 0);
	uint32_t predicate = program_writer_predicate(writer, slot, operator, quantifier,
						      right.kind == OPERAND_LIST ? MODIFIER_ONEOF : MODIFIER_NONE, operand);
	struct program *program = program_for(writer, predicate);
	struct interpreter *interpreter = interpreter_new(program);
	struct value values[8];
	static const char names[26][2] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
					  "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z"};
	uint32_t count = 0;
	const char *found;

	/* A lower-case letter: a name; upper case: a predicted one; '?': unknown; '-': absent. */
	for (const char *at = elements; *at != 0; at++, count++) {
		if (*at == '?')
			values[count] = value_unknown();
		else if (*at == '-')
			values[count] = value_absent();
		else if (*at >= 'a')
			values[count] = text_value(names[*at - 'a']);
		else
			values[count] = predicted(text_value(names[*at - 'A']));
	}
	table_source_init(&source);
	source.values[0] = list_value(TYPE_CHARBUF, values, count);
	found = run(interpreter);
	ck_assert_msg(strcmp(found, expected) == 0, "[%s] %s %s, quantifier %d: %s, not %s", elements,
		      operator_info(operator)->name, right.parts[0], quantifier, found, expected);
	if (strcmp(expected, "0") == 0 || strcmp(expected, "1") == 0) {
		source.values[0].state = VALUE_PREDICTED;
		ck_assert_msg(strncmp(run(interpreter), expected, 1) == 0 && strlen(run(interpreter)) == 2, "predicted");
	}
	source.values[0] = value_unknown();
	ck_assert_str_eq(run(interpreter), "0?1?");
	source.values[0] = value_absent();
	ck_assert_str_eq(run(interpreter), "1");
	interpreter_free(interpreter);
	program_free(program);
}

#define BYTES_RIGHT(t) ((struct right)BYTES(t))
#define SET_RIGHT(...) ((struct right)SET(__VA_ARGS__))

START_TEST(quantifiers_over_lists)
{
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "xya", "0");
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "xyz", "1");
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "", "1");
	expect_list(QUANTIFIER_ANY, OPERATOR_NOT_EQUAL, BYTES_RIGHT("a"), "aab", "0");
	expect_list(QUANTIFIER_ANY, OPERATOR_INTERSECTS, SET_RIGHT("a", "b"), "xb", "0");
	expect_list(QUANTIFIER_ALL, OPERATOR_IN, SET_RIGHT("a", "b"), "ab", "0");
	expect_list(QUANTIFIER_ALL, OPERATOR_IN, SET_RIGHT("a", "b"), "abx", "1");
	expect_list(QUANTIFIER_ALL, OPERATOR_IN, SET_RIGHT("a", "b"), "", "0");
	expect_list(QUANTIFIER_ALL_OF_SOME, OPERATOR_NOT_EQUAL, BYTES_RIGHT("a"), "bc", "0");
	expect_list(QUANTIFIER_ALL_OF_SOME, OPERATOR_NOT_EQUAL, BYTES_RIGHT("a"), "ba", "1");
	expect_list(QUANTIFIER_ALL_OF_SOME, OPERATOR_NOT_EQUAL, BYTES_RIGHT("a"), "", "1");
	expect_list(QUANTIFIER_SCALAR, OPERATOR_EXISTS, (struct right)NONE, "", "0");
	expect_list(QUANTIFIER_ANY, OPERATOR_EXISTS, (struct right)NONE, "", "1");
	expect_list(QUANTIFIER_ANY, OPERATOR_EXISTS, (struct right)NONE, "a", "0");
	/* a modifier is tried on each element */
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, LIST(BYTES, "a", "b"), "xb", "0");
	expect_list(QUANTIFIER_ALL, OPERATOR_EQUAL, LIST(BYTES, "a", "b"), "ab", "0");
	expect_list(QUANTIFIER_ALL, OPERATOR_EQUAL, LIST(BYTES, "a", "b"), "abx", "1");
	/* not all elements are known: Kleene's logic */
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "?a", "0");
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "?x", "0?1?");
	expect_list(QUANTIFIER_ALL, OPERATOR_EQUAL, BYTES_RIGHT("a"), "?a", "0?1?");
	expect_list(QUANTIFIER_ALL, OPERATOR_EQUAL, BYTES_RIGHT("a"), "?x", "1");
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "Ax", "0?");
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "Aa", "0");
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "Xx", "1?");
	expect_list(QUANTIFIER_ALL, OPERATOR_EQUAL, BYTES_RIGHT("a"), "Xa", "1?");
	expect_list(QUANTIFIER_ALL, OPERATOR_EQUAL, BYTES_RIGHT("a"), "Xx", "1");
	expect_list(QUANTIFIER_ALL, OPERATOR_EQUAL, BYTES_RIGHT("a"), "a-", "1");
	expect_list(QUANTIFIER_ANY, OPERATOR_EQUAL, BYTES_RIGHT("a"), "-a", "0");
}
END_TEST

/* ---- right-hand values ---- */

static struct program *pair_program(enum field_id left, enum field_id right, enum operator_id operator)
{
	struct program_writer *writer = program_writer_new();
	uint32_t left_slot = plain_slot(writer, left), right_slot = plain_slot(writer, right);

	return program_for(writer, program_writer_predicate(writer, left_slot, operator, QUANTIFIER_SCALAR, MODIFIER_NONE,
							    program_writer_slot_operand(writer, right_slot)));
}

static void expect_pair(enum operator_id operator, const char *left, const char *right, bool expected)
{
	struct program *program = pair_program(FIELD_PROC_NAME, FIELD_PROC_PNAME, operator);
	struct interpreter *interpreter = interpreter_new(program);

	table_source_init(&source);
	source.values[0] = text_value(left);
	source.values[1] = text_value(right);
	ck_assert_msg(strcmp(run(interpreter), expected ? "0" : "1") == 0, "%s %s %s: %s", left,
		      operator_info(operator)->name, right, run(interpreter));
	source.values[1].state = VALUE_PREDICTED;
	ck_assert_str_eq(run(interpreter), expected ? "0?" : "1?");
	source.values[1] = value_unknown();
	ck_assert_str_eq(run(interpreter), "0?1?");
	source.values[0] = value_absent();
	ck_assert_str_eq(run(interpreter), "1"); /* whatever the other side will be */
	source.values[0] = value_unknown();
	source.values[1] = value_absent();
	ck_assert_str_eq(run(interpreter), "1");
	interpreter_free(interpreter);
	program_free(program);
}

START_TEST(values_on_the_right)
{
	struct program *program;
	struct interpreter *interpreter;

	expect_pair(OPERATOR_EQUAL, "a", "a", true);
	expect_pair(OPERATOR_NOT_EQUAL, "a", "a", false);
	expect_pair(OPERATOR_LESS, "a", "b", true);
	expect_pair(OPERATOR_LESS_EQUAL, "b", "b", true);
	expect_pair(OPERATOR_GREATER, "a", "b", false);
	expect_pair(OPERATOR_GREATER_EQUAL, "b", "a", true);
	expect_pair(OPERATOR_IN, "b", "b", true);
	expect_pair(OPERATOR_INTERSECTS, "b", "a", false);
	expect_pair(OPERATOR_CONTAINS, "abc", "bc", true);
	expect_pair(OPERATOR_ICONTAINS, "ABC", "bc", true);
	expect_pair(OPERATOR_STARTSWITH, "abc", "ab", true);
	expect_pair(OPERATOR_ENDSWITH, "abc", "ab", false);
	expect_pair(OPERATOR_GLOB, "abc", "a*c", true);
	expect_pair(OPERATOR_IGLOB, "abc", "A?C", true);
	program = pair_program(FIELD_PROC_PID, FIELD_PROC_PPID, OPERATOR_GREATER);
	interpreter = interpreter_new(program);
	table_source_init(&source);
	source.values[0] = value_of_number(TYPE_INT64, 5);
	source.values[1] = value_of_number(TYPE_INT64, (uint64_t)-5);
	ck_assert_str_eq(run(interpreter), "0");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

/* fd.types in val(list): every element is among the list's. */
START_TEST(a_list_on_the_right)
{
	struct program_writer *writer = program_writer_new();
	uint32_t left = plain_slot(writer, FIELD_FD_TYPES), name = plain_slot(writer, FIELD_PROC_NAME);
	uint32_t other = plain_slot(writer, FIELD_PROC_PNAME), right, predicate;
	struct value elements[] = {text_value("a"), text_value("b")};
	struct interpreter *interpreter;
	struct program *program;

	right = program_writer_list_slot(writer, (const uint32_t[]){name, other}, 2);
	predicate = program_writer_predicate(writer, left, OPERATOR_IN, QUANTIFIER_ALL, MODIFIER_NONE,
					     program_writer_slot_operand(writer, right));
	program = program_for(writer, predicate);
	interpreter = interpreter_new(program);
	table_source_init(&source);
	source.values[left] = list_value(TYPE_CHARBUF, elements, 2);
	source.values[name] = text_value("b");
	source.values[other] = text_value("a");
	ck_assert_str_eq(run(interpreter), "0");
	source.values[other] = text_value("c");
	ck_assert_str_eq(run(interpreter), "1");
	source.values[other] = value_unknown();
	ck_assert_str_eq(run(interpreter), "0?1?");
	elements[0] = text_value("b");
	ck_assert_str_eq(run(interpreter), "0"); /* the unknown one is not needed */
	source.values[other] = value_absent();
	ck_assert_str_eq(run(interpreter), "1"); /* a list with an absent element is absent */
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

/* ---- types that are known at run time only ---- */

START_TEST(the_type_of_a_raw_argument_comes_with_its_value)
{
	struct program_writer *writer = program_writer_new();
	struct field_request request = {.field = FIELD_EVT_RAWARG, .has_argument = true, .argument = TEXT("res")};
	uint32_t slot = program_writer_field_slot(writer, &request, TYPE_INT64, false);
	uint32_t less = program_writer_predicate(writer, slot, OPERATOR_LESS, QUANTIFIER_SCALAR, MODIFIER_NONE,
						 program_writer_number_operand(writer, 1));
	struct program *program = program_for(writer, less);
	struct interpreter *interpreter = interpreter_new(program);

	table_source_init(&source);
	source.values[0] = value_of_number(TYPE_INT64, (uint64_t)-1);
	ck_assert_str_eq(run(interpreter), "0");
	source.values[0] = value_of_number(TYPE_UINT64, (uint64_t)-1);
	ck_assert_str_eq(run(interpreter), "1");
	source.values[0] = text_value("text has no order against numbers");
	ck_assert_str_eq(run(interpreter), "1");
	source.values[0] = (struct value){.state = VALUE_PRESENT, .type = TYPE_SOCKADDR};
	ck_assert_str_eq(run(interpreter), "1");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

START_TEST(a_source_that_breaks_its_word_is_harmless)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = plain_slot(writer, FIELD_PROC_NAME);
	struct program *program =
		program_for(writer, program_writer_predicate(writer, slot, OPERATOR_EQUAL, QUANTIFIER_SCALAR,
							     MODIFIER_NONE, program_writer_bytes_operand(writer, TEXT("a"))));
	struct interpreter *interpreter = interpreter_new(program);
	struct value element = text_value("a");

	table_source_init(&source);
	source.values[0] = value_of_number(TYPE_INT64, 1);
	ck_assert_str_eq(run(interpreter), "1");
	source.values[0] = list_value(TYPE_CHARBUF, &element, 1);
	ck_assert_str_eq(run(interpreter), "1");
	interpreter_free(interpreter);
	program_free(program);
}
END_TEST

/* ---- globs that are known at run time only ---- */

static struct random_source random_numbers = {1};

static void random_text(char *t, const char *alphabet, unsigned length_max)
{
	unsigned length = random_below(&random_numbers, length_max);

	for (unsigned i = 0; i < length; i++)
		t[i] = alphabet[random_below(&random_numbers, (unsigned)strlen(alphabet))];
	t[length] = 0;
}

START_TEST(globs_match_as_fnmatch_does)
{
	static const char *const pieces[] = {"*", "?", "a", "b", "C", "/", ".", "\\*", "\\a", "[ab]", "[!a]", "[^b]", "[a-c]",
					     "[]a]", "[[:upper:]]", "[[:digit:]x]", "[A-C-]", "[.]", "-", "[[:punct:]]"};

	for (unsigned i = 0; i < 200000; i++) {
		char pattern[80] = "", value[12];
		unsigned count = random_below(&random_numbers, 5);
		int flags = random_below(&random_numbers, 2) ? FNM_CASEFOLD : 0;
		bool expected;

		for (unsigned piece = 0; piece < count; piece++)
			strcat(pattern, pieces[random_below(&random_numbers, sizeof pieces / sizeof pieces[0])]);
		random_text(value, "abcABC/.-]*1", sizeof value);
		expected = fnmatch(pattern, value, flags) == 0;
		ck_assert_msg(glob_match(text_from_string(pattern), text_from_string(value), flags != 0) == expected,
			      "'%s' on '%s', flags %d: fnmatch says %d", pattern, value, flags, expected);
	}
	ck_assert(glob_match(TEXT("a[b"), TEXT("a[b"), false));
	ck_assert(glob_match(TEXT("a[b*"), TEXT("a[bcd"), false));
	ck_assert(!glob_match(TEXT("a\\"), TEXT("a\\"), false));
}
END_TEST

START_TEST(icontains_across_the_pieces_of_long_values)
{
	static char value[20000];
	struct value long_value;

	memset(value, 'x', sizeof value);
	for (size_t at = 4000; at < 4200; at++) {
		memcpy(value + at, "NeedLe", 6);
		long_value = bytes_value(TYPE_CHARBUF, value, sizeof value);
		ck_assert(contains_any_case(value_text(&long_value), TEXT("nEEdle")));
		ck_assert(!contains_any_case(value_text(&long_value), TEXT("nEEdles")));
		memcpy(value + at, "xxxxxx", 6);
	}
	memset(value + 500, 'Y', 600);
	ck_assert(contains_any_case(text_of(value, sizeof value), text_of(value + 499, 602))); /* longer than a piece's part */
	memcpy(value + sizeof value - 2, "aB", 2);
	ck_assert(contains_any_case(text_of(value, sizeof value), TEXT("Ab")));
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("comparisons");
	TCase *values = tcase_create("values");

	tcase_set_timeout(values, 120);
	tcase_add_test(values, every_comparison_on_one_value);
	tcase_add_test(values, modifiers_count_the_constants_that_fit);
	tcase_add_test(values, quantifiers_over_lists);
	tcase_add_test(values, values_on_the_right);
	tcase_add_test(values, a_list_on_the_right);
	tcase_add_test(values, the_type_of_a_raw_argument_comes_with_its_value);
	tcase_add_test(values, a_source_that_breaks_its_word_is_harmless);
	tcase_add_test(values, globs_match_as_fnmatch_does);
	tcase_add_test(values, icontains_across_the_pieces_of_long_values);
	suite_add_tcase(all, values);
	return all;
}

CHECK_MAIN(suite)
