#include "tests/vm/vm_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void get(struct value_source *source, uint32_t slot, const struct field_request *request, struct value *ret_value)
{
	struct table_source *table = (struct table_source *)source;

	(void)request;
	table->gets[slot]++;
	*ret_value = table->values[slot];
}

void table_source_init(struct table_source *source)
{
	memset(source, 0, sizeof *source);
	source->source.get = get;
}

struct value text_value(const char *text)
{
	return value_of_text(TYPE_CHARBUF, text_from_string(text));
}

struct value bytes_value(enum value_type type, const char *bytes, size_t length)
{
	return value_of_text(type, text_of(bytes, length));
}

struct value list_value(enum value_type type, const struct value *elements, uint32_t count)
{
	return (struct value){.state = VALUE_PRESENT,
			      .type = (uint8_t)type,
			      .is_list = true,
			      .length = count,
			      .elements = elements};
}

struct value predicted(struct value value)
{
	value.state = VALUE_PREDICTED;
	return value;
}

uint32_t plain_slot(struct program_writer *writer, enum field_id field)
{
	struct field_request request = {.field = (uint16_t)field};
	const struct field_info *info = field_info(field);

	return program_writer_field_slot(writer, &request, (enum value_type)info->type, info->is_list);
}

uint32_t each_slot(struct program_writer *writer, enum field_id field)
{
	struct field_request request = {.field = (uint16_t)field, .flags = SLOT_FLAG_EACH};

	return program_writer_field_slot(writer, &request, (enum value_type)field_info(field)->type, true);
}

uint32_t plain_rule(struct program_writer *writer, const char *name)
{
	struct program_rule_description rule = {.name = text_from_string(name),
						.description = TEXT(""),
						.source = TEXT("syscall"),
						.priority = PRIORITY_NOTICE,
						.is_enabled = true,
						.file = TEXT_EMPTY};

	return program_writer_rule(writer, &rule);
}

void finish_written(struct program_writer *writer, struct buffer *bytes)
{
	int result = program_writer_finish(writer, bytes);

	program_writer_free(writer);
	if (result < 0) {
		fprintf(stderr, "program_writer_finish: %s\n", strerror(-result));
		abort();
	}
}

struct program *load_written(struct program_writer *writer)
{
	struct buffer bytes = BUFFER_INIT;
	struct program *program = NULL;
	struct program_refusal refusal = {0};

	finish_written(writer, &bytes);
	if (program_load(bytes.bytes, bytes.length, &program, &refusal) < 0) {
		fprintf(stderr, "program_load: %s\n", refusal.message);
		abort();
	}
	buffer_release(&bytes);
	return program;
}

/* States count the characters of the word that match; by the word's own failure function. */
struct program_dfa *dfa_for_contains(const char *word)
{
	uint32_t length = (uint32_t)strlen(word), states = length + 1;
	struct program_dfa *dfa = calloc(1, sizeof *dfa + states * 256 * sizeof(uint16_t) + states);
	uint16_t *next = (uint16_t *)(dfa + 1);
	uint8_t *accepting = (uint8_t *)(next + states * 256);

	if (dfa == NULL)
		return NULL;
	for (uint32_t state = 0; state < states; state++)
		for (unsigned byte = 0; byte < 256; byte++) {
			uint32_t matched = state == length ? length : state + 1;

			if (state < length) { /* the longest prefix of the word that is a suffix of what was read */
				char read[256];

				memcpy(read, word, state);
				read[state] = (char)byte;
				while (matched > 0 && memcmp(word, read + state + 1 - matched, matched) != 0)
					matched--;
			}
			next[state * 256 + byte] = (uint16_t)matched;
		}
	accepting[length] = 1;
	for (unsigned byte = 0; byte < 256; byte++)
		dfa->byte_class[byte] = (uint8_t)byte;
	dfa->state_count = states;
	dfa->class_count = 256;
	dfa->next = next;
	dfa->accepting = accepting;
	return dfa;
}

/* ---- a program that has everything ---- */

struct full_slots {
	uint32_t name, parent_name, file, pid, number, buffer, server, network, ancestors, ends, environment, raw, cpu;
	uint32_t constant, list, lower, joined, option, options, length;
};

static uint32_t transformer(struct program_writer *writer, enum transformer_id id, const uint32_t *inputs, uint32_t count,
			    const char *selector, bool is_list)
{
	return program_writer_transformer_slot(writer, id, inputs, count, text_from_string(selector),
					       id == TRANSFORMER_LEN ? TYPE_UINT64 : TYPE_CHARBUF, is_list);
}

static struct full_slots full_slots(struct program_writer *writer)
{
	struct field_request environment = {.field = FIELD_PROC_ENV, .has_argument = true, .argument = TEXT("HOME")};
	struct field_request parent = {.field = FIELD_PROC_ANAME,
				       .has_argument = true,
				       .argument_is_number = true,
				       .argument_number = 2,
				       .argument = TEXT("2")};
	struct field_request raw = {.field = FIELD_EVT_RAWARG, .has_argument = true, .argument = TEXT("flags")};
	struct full_slots s = {
		.name = plain_slot(writer, FIELD_PROC_NAME),
		.parent_name = program_writer_field_slot(writer, &parent, TYPE_CHARBUF, false),
		.file = plain_slot(writer, FIELD_FD_NAME),
		.pid = plain_slot(writer, FIELD_PROC_PID),
		.number = plain_slot(writer, FIELD_EVT_NUM),
		.buffer = plain_slot(writer, FIELD_EVT_BUFFER),
		.server = plain_slot(writer, FIELD_FD_SIP),
		.network = plain_slot(writer, FIELD_FD_SNET),
		.ancestors = each_slot(writer, FIELD_PROC_ANAME),
		.ends = each_slot(writer, FIELD_FD_PORT),
		.environment = program_writer_field_slot(writer, &environment, TYPE_CHARBUF, false),
		.raw = program_writer_field_slot(writer, &raw, TYPE_UINT32, false),
		.cpu = plain_slot(writer, FIELD_THREAD_CPU),
		.constant = program_writer_constant_slot(writer, TEXT("an:")),
	};

	s.list = program_writer_list_slot(writer, (const uint32_t[]){s.name, s.pid, s.server}, 3);
	s.lower = transformer(writer, TRANSFORMER_TOLOWER, &s.file, 1, "", false);
	s.joined = transformer(writer, TRANSFORMER_JOIN, (const uint32_t[]){s.constant, s.list}, 2, "", false);
	s.option = transformer(writer, TRANSFORMER_GETOPT, (const uint32_t[]){s.list, s.constant}, 2, "n", false);
	s.options = transformer(writer, TRANSFORMER_GETOPT, (const uint32_t[]){s.list, s.constant}, 2, "", true);
	s.length = transformer(writer, TRANSFORMER_LEN, &s.options, 1, "", false);
	s.joined = transformer(writer, TRANSFORMER_CONCAT, (const uint32_t[]){s.joined, s.lower, s.length}, 3, "", false);
	s.joined = transformer(writer, TRANSFORMER_TOUPPER, &s.joined, 1, "", false);
	s.joined = transformer(writer, TRANSFORMER_BASENAME, &s.joined, 1, "", false);
	s.environment = transformer(writer, TRANSFORMER_B64, &s.environment, 1, "", false);
	return s;
}

static uint32_t predicate(struct program_writer *writer, uint32_t slot, enum operator_id operator,
			  struct program_operand operand)
{
	return program_writer_predicate(writer, slot, operator, QUANTIFIER_SCALAR, MODIFIER_NONE, operand);
}

static struct program_operand word_operand(struct program_writer *writer, const char *word)
{
	struct program_dfa *dfa = dfa_for_contains(word);
	struct program_operand operand;

	if (dfa == NULL)
		return program_writer_none_operand();
	operand = program_writer_dfa_operand(writer, dfa);
	free(dfa);
	return operand;
}

static struct program_operand bytes_operand(struct program_writer *writer, const char *t)
{
	return program_writer_bytes_operand(writer, text_from_string(t));
}

/* Predicates in the order in which the rules below test them. */
static uint32_t full_predicates(struct program_writer *writer, const struct full_slots *s, uint32_t *predicates)
{
	static const struct text editors[] = {TEXT("vi"), TEXT("emacs"), TEXT("ed"), TEXT("nano"), TEXT("sed")};
	static const struct text paths[] = {TEXT("/etc/ssh"), TEXT("/etc"), TEXT("/root/.ssh/id"), TEXT("/root/.aws")};
	static const uint64_t ports[] = {22, 80, 443, 8080};
	static const struct program_network networks[] = {{{10}, 4, 8}, {{192, 168}, 4, 16}, {{0xfe, 0x80}, 16, 10}};
	struct program_operand words[] = {bytes_operand(writer, "aa"), bytes_operand(writer, "bb")};
	uint32_t n = 0;

	predicates[n++] = predicate(writer, s->name, OPERATOR_EQUAL, bytes_operand(writer, "bash"));
	predicates[n++] = predicate(writer, s->name, OPERATOR_IN, program_writer_bytes_set_operand(writer, editors, 5));
	predicates[n++] = predicate(writer, s->name, OPERATOR_NOT_EQUAL, bytes_operand(writer, "sh"));
	predicates[n++] = predicate(writer, s->pid, OPERATOR_EQUAL, program_writer_number_operand(writer, 7));
	predicates[n++] = predicate(writer, s->pid, OPERATOR_IN, program_writer_number_set_operand(writer, ports, 4));
	predicates[n++] = predicate(writer, s->file, OPERATOR_REGEX, word_operand(writer, "shadow"));
	predicates[n++] = predicate(writer, s->file, OPERATOR_STARTSWITH, bytes_operand(writer, "/etc"));
	predicates[n++] = predicate(writer, s->file, OPERATOR_ENDSWITH, bytes_operand(writer, ".conf"));
	predicates[n++] = predicate(writer, s->lower, OPERATOR_PMATCH, program_writer_trie_operand(writer, paths, 4));
	predicates[n++] = predicate(writer, s->lower, OPERATOR_PMATCH, program_writer_trie_operand(writer, paths + 2, 2));
	/* 10: answered by no matcher */
	predicates[n++] = predicate(writer, s->number, OPERATOR_EXISTS, program_writer_none_operand());
	predicates[n++] = predicate(writer, s->number, OPERATOR_LESS, program_writer_number_operand(writer, 100));
	predicates[n++] = predicate(writer, s->cpu, OPERATOR_GREATER, program_writer_number_operand(writer, 0x4000000000000000));
	predicates[n++] = predicate(writer, s->buffer, OPERATOR_BCONTAINS, bytes_operand(writer, "\x7f" "ELF"));
	predicates[n++] = predicate(writer, s->server, OPERATOR_NOT_EQUAL,
				    program_writer_bytes_operand(writer, text_of("\x7f\0\0\1", 4)));
	predicates[n++] = predicate(writer, s->network, OPERATOR_IN, program_writer_networks_operand(writer, networks, 3));
	predicates[n++] = program_writer_predicate(writer, s->ancestors, OPERATOR_EQUAL, QUANTIFIER_ANY, MODIFIER_NONE,
						   bytes_operand(writer, "sshd"));
	predicates[n++] = program_writer_predicate(writer, s->ends, OPERATOR_NOT_EQUAL, QUANTIFIER_ALL_OF_SOME,
						   MODIFIER_NONE, program_writer_number_operand(writer, 443));
	predicates[n++] = program_writer_predicate(writer, s->options, OPERATOR_IN, QUANTIFIER_ALL, MODIFIER_NONE,
						   program_writer_bytes_set_operand(writer, editors, 2));
	predicates[n++] = program_writer_predicate(writer, s->file, OPERATOR_CONTAINS, QUANTIFIER_SCALAR, MODIFIER_ALLOF,
						   program_writer_list_operand(writer, words, 2));
	predicates[n++] = program_writer_predicate(writer, s->name, OPERATOR_EQUAL, QUANTIFIER_SCALAR, MODIFIER_ONEOF,
						   program_writer_list_operand(writer, NULL, 0));
	predicates[n++] = predicate(writer, s->name, OPERATOR_EQUAL, program_writer_slot_operand(writer, s->parent_name));
	predicates[n++] = predicate(writer, s->joined, OPERATOR_GLOB, bytes_operand(writer, "*[A-Z]*"));
	predicates[n++] = predicate(writer, s->environment, OPERATOR_ICONTAINS, bytes_operand(writer, "Home"));
	predicates[n++] = predicate(writer, s->option, OPERATOR_EQUAL, bytes_operand(writer, "5"));
	predicates[n++] = predicate(writer, s->raw, OPERATOR_GREATER_EQUAL, program_writer_number_operand(writer, 2));
	return n;
}

static void full_rules(struct program_writer *writer, const struct full_slots *s)
{
	static const struct text tags[] = {TEXT("container"), TEXT("mitre"), TEXT("shell")};
	struct program_output_piece pieces[] = {
		{.is_literal = true, .literal = TEXT("opened \"")},
		{.slot = s->file},
		{.is_literal = true, .literal = TEXT("\" by ")},
		{.slot = s->joined, .width_bytes = 20},
	};
	struct program_output_field fields[] = {{TEXT("fd.name"), s->file}, {TEXT("proc.aname[2]"), s->parent_name}};
	struct program_rule_description rule = {.name = TEXT("Full rule"),
						.description = TEXT("has everything"),
						.source = TEXT("syscall"),
						.priority = PRIORITY_WARNING,
						.is_enabled = true,
						.tags = tags,
						.tag_count = 3,
						.pieces = pieces,
						.piece_count = 4,
						.fields = fields,
						.field_count = 2,
						.file = TEXT("rules.yaml"),
						.line = 12};

	program_writer_rule(writer, &rule);
	rule.name = TEXT("Second rule");
	rule.tag_count = 1;
	rule.line = 40;
	program_writer_rule(writer, &rule);
	rule.name = TEXT("Disabled rule");
	rule.is_enabled = false;
	rule.priority = PRIORITY_DEBUG;
	rule.tag_count = rule.piece_count = rule.field_count = 0;
	rule.file = TEXT("more.yaml");
	program_writer_rule(writer, &rule);
}

struct program_writer *write_full_program(void)
{
	struct program_writer *writer = program_writer_new();
	uint32_t predicates[32], lower_trie[2], count, block, next, matched, known, ends;
	struct full_slots s;

	if (writer == NULL)
		return NULL;
	s = full_slots(writer);
	count = full_predicates(writer, &s, predicates);
	lower_trie[0] = predicates[8];
	lower_trie[1] = predicates[9];
	full_rules(writer, &s);
	program_writer_matcher(writer, s.name, predicates, 3);
	program_writer_matcher(writer, s.pid, predicates + 3, 2);
	program_writer_matcher(writer, s.file, predicates + 5, 3);
	program_writer_matcher(writer, s.lower, lower_trie, 2);

	/* Rule 0: any of the predicates; rule 1: a shared node; rule 2: what is left. */
	block = program_writer_begin_block(writer);
	program_writer_entry(writer, block, FULL_PROGRAM_EVENT);
	program_writer_entry(writer, block, EVENT_SYSCALL_EXECVE_19_X);
	for (uint32_t matcher = 0; matcher < 4; matcher++)
		program_writer_run_matcher(writer, matcher);
	next = program_writer_new_label(writer);
	matched = program_writer_new_label(writer);
	program_writer_guard(writer, (const uint32_t[]){predicates[0], predicates[5], predicates[9]}, 3, next);
	program_writer_begin_rule(writer, 0, next);
	for (uint32_t i = 0; i < count; i++)
		program_writer_test(writer, predicates[i], i % 3 != 0, true, matched);
	program_writer_jump(writer, next);
	program_writer_place_label(writer, matched);
	program_writer_match(writer, 0);
	program_writer_place_label(writer, next);
	for (uint32_t rule = 1; rule < 3; rule++) {
		next = program_writer_new_label(writer);
		known = program_writer_new_label(writer);
		ends = program_writer_new_label(writer);
		program_writer_begin_rule(writer, rule, next);
		program_writer_jump_if_set(writer, 3, known);
		program_writer_test(writer, predicates[6], true, false, ends);
		program_writer_set_node(writer, 3, true);
		program_writer_jump(writer, known);
		program_writer_place_label(writer, ends);
		program_writer_set_node(writer, 3, false);
		program_writer_place_label(writer, known);
		program_writer_test_node(writer, 3, false, next);
		program_writer_test(writer, predicates[10 + rule], false, false, next);
		program_writer_match(writer, rule);
		program_writer_place_label(writer, next);
	}
	program_writer_end_block(writer);
	/* Only the disabled rule: the plan need not trap it. */
	block = program_writer_begin_block(writer);
	program_writer_entry(writer, block, EVENT_SYSCALL_CLOSE_X);
	next = program_writer_new_label(writer);
	program_writer_begin_rule(writer, 2, next);
	program_writer_match(writer, 2);
	program_writer_place_label(writer, next);
	program_writer_end_block(writer);
	program_writer_capture(writer, FULL_PROGRAM_EVENT, CAPTURE_FLAG_RESULT);
	program_writer_capture(writer, EVENT_SYSCALL_EXECVE_19_X, 0);
	program_writer_capture_generic(writer, 16);
	program_writer_keep_debug(writer, true);
	return writer;
}
