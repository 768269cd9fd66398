#include "tests/vm/random_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

#define POOL_BYTES (70u << 10)

/* Text of few letters, so that constants and values meet; slices of it are the values. */
static const uint8_t *text_pool(void)
{
	static uint8_t pool[POOL_BYTES];
	static const char letters[] = "aab/n.5-=";
	struct random_source random = {1};

	if (pool[0] == 0)
		for (size_t i = 0; i < sizeof pool; i++)
			pool[i] = (uint8_t)letters[random_below(&random, sizeof letters - 1)];
	return pool;
}

static uint32_t random_length(struct random_source *random)
{
	switch (random_below(random, 16)) {
	case 0:
		return random_below(random, POOL_BYTES);
	case 1:
		return random_below(random, 5000);
	case 2:
		return 0;
	default:
		return random_below(random, 24);
	}
}

static struct value random_scalar(struct random_source *random, enum value_type type, unsigned kind)
{
	struct value value = {.state = VALUE_PRESENT, .type = (uint8_t)type};

	switch (kind) {
	case KIND_SIGNED:
	case KIND_UNSIGNED:
		value.number = random_below(random, 2) ? random_below(random, 9) : random_next(random);
		break;
	case KIND_BOOLEAN:
		value.number = random_below(random, 2);
		break;
	case KIND_REAL:
		value.real = (double)random_below(random, 9);
		break;
	case KIND_OPAQUE:
		break;
	case KIND_ADDRESS:
	case KIND_NETWORK:
		value.length = random_below(random, 8) ? (random_below(random, 2) ? 4 : 16) : random_below(random, 40);
		value.bytes = text_pool() + random_below(random, 50);
		break;
	default:
		value.length = random_length(random);
		value.bytes = text_pool() + random_below(random, POOL_BYTES - value.length);
		break;
	}
	switch (random_below(random, 10)) {
	case 0:
		return value_absent();
	case 1:
		return value_unknown();
	case 2:
		value.state = VALUE_PREDICTED;
		break;
	default:
		break;
	}
	return value;
}

static void get(struct value_source *source, uint32_t slot, const struct field_request *request, struct value *ret_value)
{
	struct random_values *values = (struct random_values *)source;
	const struct slot *row = &values->program->slots[slot];
	struct random_source *random = values->random;
	enum value_type type = (enum value_type)row->type;
	unsigned count;

	(void)request;
	if (row->is_dynamic || (!values->keeps_its_word && random_below(random, 50) == 0))
		type = (enum value_type)random_below(random, TYPE_COUNT);
	*ret_value = random_scalar(random, type, type_kind(type));
	if (row->is_list == (values->keeps_its_word || random_below(random, 50) > 0)) {
		if (ret_value->state == VALUE_UNKNOWN || ret_value->state == VALUE_ABSENT)
			return;
		count = random_below(random, 8) ? random_below(random, 4) : VALUE_LIST_ELEMENTS_MAX;
		if (!values->keeps_its_word && random_below(random, 20) == 0)
			count = VALUE_LIST_ELEMENTS_MAX + 7;
		for (unsigned i = 0; i < count; i++)
			values->elements[i] = random_scalar(random, type, type_kind(type));
		ret_value->is_list = true;
		ret_value->length = count;
		ret_value->elements = values->elements;
	}
}

void random_values_init(struct random_values *values, const struct program *program, struct random_source *random)
{
	values->source.get = get;
	values->program = program;
	values->random = random;
	values->keeps_its_word = random_below(random, 2);
}

/* ---- programs ---- */

#define ROWS_MAX 48

struct builder {
	struct program_writer *writer;
	struct random_source *random;
	uint32_t slots[ROWS_MAX], slot_count;
	uint8_t kinds[ROWS_MAX]; /* enum value_kind */
	bool is_list[ROWS_MAX], is_dynamic[ROWS_MAX];
	uint32_t predicates[ROWS_MAX], predicate_count;
	uint32_t predicate_slot[ROWS_MAX]; /* positions in `slots` */
	uint32_t matched[ROWS_MAX], matched_count, matcher_count; /* predicates that matchers answer */
};

static void note_slot(struct builder *b, uint32_t slot, unsigned kind, bool is_list, bool is_dynamic)
{
	b->slots[b->slot_count] = slot;
	b->kinds[b->slot_count] = (uint8_t)kind;
	b->is_list[b->slot_count] = is_list;
	b->is_dynamic[b->slot_count++] = is_dynamic;
}

static struct text random_word(struct random_source *random, unsigned length_max)
{
	unsigned length = random_below(random, length_max + 1);

	return text_of((const char *)text_pool() + random_below(random, POOL_BYTES - length), length);
}

static void add_field_slot(struct builder *b)
{
	struct field_request request = {.field = (uint16_t)random_below(b->random, FIELD_COUNT)};
	const struct field_info *info = field_info(request.field);
	bool is_each = (info->flags & (FIELD_FLAG_ANY_ANCESTOR | FIELD_FLAG_EITHER_END)) && random_below(b->random, 2);

	if (is_each) {
		request.flags = SLOT_FLAG_EACH;
	} else if (info->argument != ARGUMENT_NONE && ((info->flags & FIELD_FLAG_ARG_REQUIRED) || random_below(b->random, 2))) {
		request.has_argument = true;
		request.argument = TEXT("2");
		request.argument_is_number = random_below(b->random, 2);
		request.argument_number = request.argument_is_number ? 2 : 0;
	}
	note_slot(b, program_writer_field_slot(b->writer, &request, (enum value_type)info->type, is_each || info->is_list),
		  type_kind((enum value_type)info->type), is_each || info->is_list, info->type == TYPE_DYN);
}

/* A position among the slots that fits, or UINT32_MAX. */
static uint32_t find_slot(struct builder *b, bool is_list, bool is_text)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		uint32_t at = random_below(b->random, b->slot_count);

		if (b->is_list[at] == is_list && !b->is_dynamic[at] && b->kinds[at] != KIND_OPAQUE &&
		    (!is_text || b->kinds[at] == KIND_STRING))
			return at;
	}
	return UINT32_MAX;
}

static void add_transformer_slot(struct builder *b)
{
	struct program_writer *writer = b->writer;
	uint32_t text = find_slot(b, false, true), list = find_slot(b, true, true), any = find_slot(b, false, false);
	uint32_t inputs[3];
	bool is_list;

	if (text == UINT32_MAX || any == UINT32_MAX)
		return;
	inputs[0] = b->slots[text];
	inputs[1] = b->slots[any];
	inputs[2] = inputs[0];
	switch (random_below(b->random, 6)) {
	case 0:
		note_slot(b, program_writer_list_slot(writer, inputs, random_below(b->random, 4)), KIND_STRING, true, false);
		break;
	case 1:
		note_slot(b, program_writer_transformer_slot(writer, TRANSFORMER_CONCAT, inputs, 3, TEXT_EMPTY, TYPE_CHARBUF, false),
			  KIND_STRING, false, false);
		break;
	case 2:
		if (list == UINT32_MAX)
			break;
		inputs[1] = b->slots[list];
		note_slot(b, program_writer_transformer_slot(writer, TRANSFORMER_JOIN, inputs, 2, TEXT_EMPTY, TYPE_CHARBUF, false),
			  KIND_STRING, false, false);
		break;
	case 3:
		if (list == UINT32_MAX)
			break;
		inputs[0] = b->slots[list];
		inputs[1] = program_writer_constant_slot(writer, TEXT("ab:n:"));
		is_list = random_below(b->random, 2);
		note_slot(b,
			  program_writer_transformer_slot(writer, TRANSFORMER_GETOPT, inputs, 2,
							  is_list ? TEXT_EMPTY : TEXT("n"), TYPE_CHARBUF, is_list),
			  KIND_STRING, is_list, false);
		break;
	case 4:
		note_slot(b, program_writer_transformer_slot(writer, TRANSFORMER_LEN, inputs, 1, TEXT_EMPTY, TYPE_UINT64, false),
			  KIND_UNSIGNED, false, false);
		break;
	default:
		note_slot(b, program_writer_constant_slot(writer, random_word(b->random, 9)), KIND_STRING, false, false);
		is_list = false;
		note_slot(b,
			  program_writer_transformer_slot(writer, random_below(b->random, 2) ? TRANSFORMER_TOUPPER : TRANSFORMER_B64,
							  &b->slots[b->slot_count - 1], 1, TEXT_EMPTY, TYPE_CHARBUF, false),
			  KIND_STRING, false, false);
		break;
	}
}

static struct program_operand number_set(struct builder *b)
{
	uint64_t numbers[5];
	unsigned count = random_below(b->random, 6);

	for (unsigned i = 0; i < count; i++)
		numbers[i] = random_below(b->random, 9);
	return program_writer_number_set_operand(b->writer, numbers, count);
}

static struct program_operand text_set(struct builder *b, bool is_trie)
{
	struct text members[9];
	unsigned count = random_below(b->random, 10);

	for (unsigned i = 0; i < count; i++)
		members[i] = random_word(b->random, 7);
	return is_trie ? program_writer_trie_operand(b->writer, members, count)
		       : program_writer_bytes_set_operand(b->writer, members, count);
}

static struct program_operand networks(struct builder *b)
{
	struct program_network rows[4];
	unsigned count = random_below(b->random, 5);

	for (unsigned i = 0; i < count; i++) {
		rows[i].address_bytes = random_below(b->random, 2) ? 4 : 16;
		rows[i].prefix_bits = (uint8_t)random_below(b->random, rows[i].address_bytes * 8u + 1);
		memcpy(rows[i].address, text_pool() + random_below(b->random, 50), 16);
	}
	return program_writer_networks_operand(b->writer, rows, count);
}

static struct program_operand dfa(struct builder *b)
{
	struct program_operand operand;
	struct program_dfa *word;
	char t[8];

	snprintf(t, sizeof t, "%.*s", TEXT_ARGUMENTS(random_word(b->random, 4)));
	word = dfa_for_contains(t);
	operand = program_writer_dfa_operand(b->writer, word);
	free(word);
	return operand;
}

static void note_predicate(struct builder *b, uint32_t at, enum operator_id operator, enum operator_modifier modifier,
			   struct program_operand operand)
{
	enum quantifier quantifier = QUANTIFIER_SCALAR;
	uint32_t predicate;

	if (b->is_list[at])
		quantifier = (enum quantifier)(QUANTIFIER_ANY + random_below(b->random, 3));
	if (operator == OPERATOR_EXISTS)
		quantifier = QUANTIFIER_SCALAR;
	predicate = program_writer_predicate(b->writer, b->slots[at], operator, quantifier, modifier, operand);
	for (uint32_t i = 0; i < b->predicate_count; i++)
		if (b->predicates[i] == predicate)
			return;
	b->predicates[b->predicate_count] = predicate;
	b->predicate_slot[b->predicate_count++] = at;
}

static void add_predicate(struct builder *b)
{
	static const enum operator_id orders[] = {OPERATOR_EQUAL, OPERATOR_NOT_EQUAL, OPERATOR_LESS, OPERATOR_LESS_EQUAL,
						  OPERATOR_GREATER, OPERATOR_GREATER_EQUAL};
	static const enum operator_id searches[] = {OPERATOR_CONTAINS, OPERATOR_STARTSWITH, OPERATOR_ENDSWITH,
						    OPERATOR_EQUAL,    OPERATOR_NOT_EQUAL,  OPERATOR_ICONTAINS,
						    OPERATOR_GLOB,     OPERATOR_IGLOB,	    OPERATOR_LESS};
	static const enum operator_id patterns[] = {OPERATOR_REGEX, OPERATOR_GLOB, OPERATOR_IGLOB, OPERATOR_ICONTAINS,
						    OPERATOR_PMATCH};
	uint32_t at = random_below(b->random, b->slot_count), other;
	struct program_operand words[3];
	unsigned count;
	double real = (double)random_below(b->random, 9);
	uint64_t number = random_below(b->random, 9);

	if (random_below(b->random, 12) == 0 || b->kinds[at] == KIND_OPAQUE) {
		note_predicate(b, at, OPERATOR_EXISTS, MODIFIER_NONE, program_writer_none_operand());
		return;
	}
	switch (b->kinds[at]) {
	case KIND_REAL:
		memcpy(&number, &real, sizeof number);
		__attribute__((fallthrough));
	case KIND_SIGNED:
	case KIND_UNSIGNED:
	case KIND_BOOLEAN:
		if (random_below(b->random, 3) == 0)
			note_predicate(b, at, OPERATOR_IN, MODIFIER_NONE, number_set(b));
		else
			note_predicate(b, at, orders[random_below(b->random, b->kinds[at] == KIND_BOOLEAN ? 2 : 6)], MODIFIER_NONE,
				       program_writer_number_operand(b->writer, number));
		break;
	case KIND_ADDRESS:
	case KIND_NETWORK:
		note_predicate(b, at, random_below(b->random, 2) ? OPERATOR_IN : OPERATOR_NOT_EQUAL, MODIFIER_NONE, networks(b));
		break;
	case KIND_BYTES:
		note_predicate(b, at, searches[random_below(b->random, 5)], MODIFIER_NONE,
			       program_writer_bytes_operand(b->writer, random_word(b->random, 5)));
		break;
	default:
		switch (random_below(b->random, 6)) {
		case 0:
			note_predicate(b, at, OPERATOR_IN, MODIFIER_NONE, text_set(b, false));
			break;
		case 1:
			note_predicate(b, at, OPERATOR_PMATCH, MODIFIER_NONE, text_set(b, true));
			break;
		case 2:
			note_predicate(b, at, patterns[random_below(b->random, 5)], MODIFIER_NONE, dfa(b));
			break;
		case 3:
			count = random_below(b->random, 4);
			for (unsigned i = 0; i < count; i++)
				words[i] = program_writer_bytes_operand(b->writer, random_word(b->random, 3));
			note_predicate(b, at, searches[random_below(b->random, 8)],
				       (enum operator_modifier)(MODIFIER_ONEOF + random_below(b->random, 3)),
				       program_writer_list_operand(b->writer, words, count));
			break;
		case 4:
			other = find_slot(b, b->is_list[at] && random_below(b->random, 2), true);
			if (other != UINT32_MAX)
				note_predicate(b, at, b->is_list[other] ? OPERATOR_IN : searches[random_below(b->random, 9)],
					       MODIFIER_NONE, program_writer_slot_operand(b->writer, b->slots[other]));
			break;
		default:
			note_predicate(b, at, searches[random_below(b->random, 9)], MODIFIER_NONE,
				       program_writer_bytes_operand(b->writer, random_word(b->random, 5)));
			break;
		}
		break;
	}
}

/* Matchers for the predicates of a slot: each takes as many as go together. */
static void add_matchers(struct builder *b)
{
	for (uint32_t at = 0; at < b->slot_count && b->matcher_count < 4; at++) {
		uint32_t predicates[ROWS_MAX], count = 0;

		for (uint32_t i = 0; i < b->predicate_count; i++) {
			if (b->predicate_slot[i] != at)
				continue;
			predicates[count] = b->predicates[i];
			count += program_writer_can_match(b->writer, predicates, count + 1);
		}
		if (count == 0)
			continue;
		program_writer_matcher(b->writer, b->slots[at], predicates, count);
		b->matcher_count++;
		memcpy(b->matched + b->matched_count, predicates, count * sizeof *predicates);
		b->matched_count += count;
	}
}

static void add_block(struct builder *b, unsigned event, uint32_t rule_count)
{
	struct program_writer *writer = b->writer;
	uint32_t block = program_writer_begin_block(writer);

	program_writer_entry(writer, block, event);
	for (uint32_t matcher = 0; matcher < b->matcher_count; matcher++)
		if (random_below(b->random, 8))
			program_writer_run_matcher(writer, matcher);
	for (uint32_t rule = 0; rule < rule_count; rule++) {
		uint32_t next = program_writer_new_label(writer), matched = program_writer_new_label(writer);
		uint32_t node = random_below(b->random, 3), known = program_writer_new_label(writer);

		if (b->matched_count > 0 && random_below(b->random, 2))
			program_writer_guard(writer, b->matched, 1 + random_below(b->random, b->matched_count), next);
		program_writer_begin_rule(writer, rule, next);
		if (random_below(b->random, 2)) {
			program_writer_jump_if_set(writer, node, known);
			program_writer_test(writer, b->predicates[random_below(b->random, b->predicate_count)],
					    random_below(b->random, 2), true, matched);
			program_writer_set_node(writer, node, random_below(b->random, 2));
			program_writer_place_label(writer, known);
			program_writer_test_node(writer, node, random_below(b->random, 2), next);
		}
		for (unsigned tests = random_below(b->random, 8); tests > 0; tests--)
			program_writer_test(writer, b->predicates[random_below(b->random, b->predicate_count)],
					    random_below(b->random, 2), random_below(b->random, 2),
					    random_below(b->random, 2) ? matched : next);
		if (random_below(b->random, 4) == 0)
			program_writer_jump(writer, matched);
		program_writer_place_label(writer, matched);
		program_writer_match(writer, rule);
		program_writer_place_label(writer, next);
	}
	program_writer_end_block(writer);
	program_writer_capture(writer, event, CAPTURE_FLAG_RESULT);
}

struct program_writer *write_random_program(struct random_source *random)
{
	struct builder b = {.writer = program_writer_new(), .random = random};
	uint32_t rule_count = 1 + random_below(random, 8);

	for (unsigned i = 2 + random_below(random, 12); i > 0; i--)
		add_field_slot(&b);
	for (unsigned i = random_below(random, 8); i > 0; i--)
		add_transformer_slot(&b);
	for (unsigned i = 1 + random_below(random, 30); i > 0; i--)
		add_predicate(&b);
	if (b.predicate_count == 0)
		note_predicate(&b, 0, OPERATOR_EXISTS, MODIFIER_NONE, program_writer_none_operand());
	add_matchers(&b);
	for (uint32_t i = 0; i < rule_count; i++)
		plain_rule(b.writer, "random rule");
	add_block(&b, EVENT_SYSCALL_OPENAT_2_X, rule_count);
	if (random_below(random, 2))
		add_block(&b, EVENT_SYSCALL_EXECVE_19_X, rule_count);
	program_writer_set_matching(b.writer, (enum rule_matching)random_below(random, 3));
	return b.writer;
}
