/* One bad program and more for every refusal; each is refused with exactly that one. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/vm/vm_support.h"
#include "vm/program_schema.h"

#define EVENT EVENT_SYSCALL_OPENAT_2_X

static bool seen[REFUSAL_COUNT];

static void *section(struct buffer *program, enum program_section section)
{
	const struct format_header *header = (const void *)program->bytes;

	return program->bytes + header->sections[section].offset;
}

/* ---- the bytes of a whole program, patched ---- */

/* What a patch changes: pointers into the bytes of the full program. */
struct parts {
	struct buffer *bytes;
	struct format_header *header;
	uint8_t *constants;
	struct format_slots *slots_header;
	struct format_slot *slots;
	uint32_t *inputs;
	struct format_predicates *predicates_header;
	struct format_operand *operands;
	struct format_predicate *predicates;
	uint8_t *tables;
	struct format_matcher *matchers;
	uint32_t *matcher_predicates;
	uint8_t *matcher_tables;
	struct format_entries *entries_header;
	struct format_block *blocks;
	struct format_entry *entries;
	struct format_instruction *code;
	struct format_rules *rules_header;
	struct format_rule *rules;
	struct format_text *tags;
	uint16_t *tag_items, *output_items;
	struct format_output *output_header;
	struct format_rule_output *outputs;
	struct format_output_piece *pieces;
	struct format_output_field *fields;
	struct format_capture *capture_header;
	struct format_capture_event *capture_events;
	uint16_t *generics;
	struct format_debug *debug_header;
	struct format_debug_rule *debug_rules;
};

static struct parts parts_of(struct buffer *bytes)
{
	struct parts p = {.bytes = bytes, .header = (void *)bytes->bytes};
	struct format_matchers *matchers;

	p.constants = section(bytes, SECTION_BYTES);
	p.slots_header = section(bytes, SECTION_SLOTS);
	p.slots = (void *)(p.slots_header + 1);
	p.inputs = (void *)(p.slots + p.slots_header->slot_count);
	p.predicates_header = section(bytes, SECTION_PREDICATES);
	p.operands = (void *)(p.predicates_header + 1);
	p.predicates = (void *)(p.operands + p.predicates_header->operand_count);
	p.tables = (uint8_t *)(p.predicates + p.predicates_header->predicate_count) +
		   (p.predicates_header->operand_count % 2 ? 4 : 0);
	matchers = section(bytes, SECTION_MATCHERS);
	p.matchers = (void *)(matchers + 1);
	p.matcher_predicates = (void *)(p.matchers + matchers->matcher_count);
	p.matcher_tables = (uint8_t *)p.matcher_predicates + ((matchers->predicate_count * 4 + 7) & ~7ul);
	p.entries_header = section(bytes, SECTION_ENTRIES);
	p.blocks = (void *)(p.entries_header + 1);
	p.entries = (void *)(p.blocks + p.entries_header->block_count);
	p.code = section(bytes, SECTION_CODE);
	p.rules_header = section(bytes, SECTION_RULES);
	p.rules = (void *)(p.rules_header + 1);
	p.tags = (void *)(p.rules + p.rules_header->rule_count);
	p.tag_items = (void *)(p.tags + p.rules_header->tag_count);
	p.output_header = section(bytes, SECTION_OUTPUT);
	p.outputs = (void *)(p.output_header + 1);
	p.pieces = (void *)(p.outputs + p.rules_header->rule_count);
	p.fields = (void *)(p.pieces + p.output_header->piece_count);
	p.output_items = (void *)(p.fields + p.output_header->field_count);
	p.capture_header = section(bytes, SECTION_CAPTURE);
	p.capture_events = (void *)(p.capture_header + 1);
	p.generics = (void *)(p.capture_events + p.capture_header->event_count);
	p.debug_header = section(bytes, SECTION_DEBUG);
	p.debug_rules = (void *)(p.debug_header + 1);
	return p;
}

/* The first operand of the kind, its table, the first instruction with the opcode. */
static struct format_operand *operand(struct parts *p, enum operand_kind kind)
{
	for (uint32_t i = 0; i < p->predicates_header->operand_count; i++)
		if (p->operands[i].kind == kind)
			return &p->operands[i];
	ck_abort_msg("no operand of kind %d", kind);
}

static void *table(struct parts *p, enum operand_kind kind)
{
	return p->tables + operand(p, kind)->value;
}

static struct format_instruction *instruction(struct parts *p, enum opcode opcode)
{
	struct format_instruction *at = p->code;

	while (at->opcode != opcode)
		at++;
	return at;
}

static struct format_predicate *predicate(struct parts *p, enum operator_id operator)
{
	struct format_predicate *at = p->predicates;

	while (at->operator != operator)
		at++;
	return at;
}

static void *matcher_table(struct parts *p, unsigned matcher)
{
	return p->matcher_tables + p->matchers[matcher].table_offset;
}

static struct format_slot *slot(struct parts *p, enum slot_kind kind)
{
	struct format_slot *at = p->slots;

	while (at->kind != kind)
		at++;
	return at;
}

/* A byte between two sections. */
static uint8_t *padding(struct parts *p)
{
	for (unsigned i = 0; i + 1 < SECTION_COUNT; i++) {
		uint32_t end = p->header->sections[i].offset + p->header->sections[i].length;

		if (end % 8 != 0)
			return p->bytes->bytes + end;
	}
	ck_abort_msg("no section ends within eight bytes");
}

/* A patch is a statement on `p`. */
struct patch {
	const char *what;
	enum refusal_code expected;
	void (*apply)(struct parts *p);
};

#define PATCH(name, statement)                                                                                         \
	static void patch_##name(struct parts *p)                                                                      \
	{                                                                                                              \
		statement;                                                                                             \
	}
#define PATCHES                                                                                                        \
	X(magic, NOT_A_PROGRAM, p->header->magic[3] = 'X')                                                             \
	X(version, FORMAT_VERSION, p->header->version = 2)                                                             \
	X(length, TRUNCATED, p->header->length--)                                                                      \
	X(matching, HEADER, p->header->rule_matching = 3)                                                              \
	X(reserved, HEADER, p->header->zero2 = 1)                                                                      \
	X(section_offset, SECTION, p->header->sections[SECTION_SLOTS].offset += 8)                                     \
	X(section_length, SECTION, p->header->sections[SECTION_DEBUG].length = UINT32_MAX)                             \
	X(section_gap, SECTION, *padding(p) = 1)                                                                          \
	X(slot_count, ROWS, p->slots_header->slot_count++)                                                             \
	X(input_count, ROWS, p->slots_header->input_count--)                                                           \
	X(too_many_slots, TOO_LARGE, p->slots_header->slot_count = 65536)                                              \
	X(too_many_predicates, TOO_LARGE, p->predicates_header->predicate_count = UINT32_MAX)                          \
	X(operand_count, ROWS, p->predicates_header->operand_count = 1 << 20)                                          \
	X(rule_count, ROWS, p->rules_header->rule_count = 60000)                                                       \
	X(schema_id, SCHEMA, p->header->schema_id[0] ^= 1)                                                             \
	X(unknown_field, SCHEMA, p->slots[0].field = FIELD_COUNT)                                                      \
	X(unknown_type, SCHEMA, p->slots[0].type = TYPE_COUNT)                                                         \
	X(unknown_operator, SCHEMA, p->predicates[0].operator = OPERATOR_COUNT)                                        \
	X(unknown_event, SCHEMA, p->entries[0].event = EVENT_ID_COUNT)                                                 \
	X(unknown_transformer, SCHEMA, slot(p, SLOT_TRANSFORMER)->transformer = TRANSFORMER_COUNT)                     \
	X(unknown_syscall, SCHEMA, p->generics[0] = 2000)                                                              \
	X(unknown_captured_event, SCHEMA, p->capture_events[0].event = 5000)                                           \
	X(argument_place, CONSTANT, p->slots[10].text.offset = 1 << 24)                                                \
	X(constant_place, CONSTANT, operand(p, OPERAND_BYTES)->value = p->header->sections[SECTION_BYTES].length)      \
	X(long_tag, CONSTANT, p->tags[0] = ((struct format_text){0, 300}))                                             \
	X(slot_kind, SLOT, p->slots[0].kind = SLOT_KIND_COUNT)                                                         \
	X(slot_flags, SLOT, p->slots[0].flags = 0x80)                                                                  \
	X(slot_type, SLOT, p->slots[0].type = TYPE_INT64)                                                              \
	X(slot_argument, SLOT, p->slots[0].flags = FORMAT_SLOT_HAS_ARGUMENT)                                           \
	X(slot_no_argument, SLOT, p->slots[11].flags = 0)                                                              \
	X(slot_number, SLOT, p->slots[10].argument_number = 1)                                                         \
	X(slot_each, SLOT, p->slots[0].flags = FORMAT_SLOT_EACH | FORMAT_SLOT_IS_LIST)                                 \
	X(slot_list, SLOT, p->slots[8].flags = FORMAT_SLOT_EACH)                                                       \
	X(constant_type, SLOT, slot(p, SLOT_CONSTANT)->type = TYPE_BYTEBUF)                                            \
	X(selector, SLOT, slot(p, SLOT_TRANSFORMER)->flags |= FORMAT_SLOT_HAS_SELECTOR)                                \
	X(input_order, TRANSFORMER, p->inputs[0] = 14)                                                                 \
	X(input_place, TRANSFORMER, slot(p, SLOT_LIST)->first_input = 1)                                               \
	X(input_type, TRANSFORMER, p->inputs[3] = 3)                                                                   \
	X(input_list, TRANSFORMER, p->inputs[0] = 8)                                                                   \
	X(input_number, TRANSFORMER, slot(p, SLOT_TRANSFORMER)->input_count = 3)                                       \
	X(result_type, TRANSFORMER, slot(p, SLOT_LIST)->type = TYPE_BYTEBUF)                                           \
	X(operand_kind, OPERAND, p->operands[0].kind = OPERAND_KIND_COUNT)                                             \
	X(operand_reserved, OPERAND, p->operands[0].zero = 1)                                                          \
	X(operand_slot, OPERAND, operand(p, OPERAND_SLOT)->value = 1000)                                               \
	X(operand_table, OPERAND, operand(p, OPERAND_TRIE)->value += 8)                                                \
	X(operand_length, OPERAND, operand(p, OPERAND_DFA)->length -= 8)                                               \
	X(operand_slot_length, OPERAND, operand(p, OPERAND_SLOT)->length = 1)                                          \
	X(list_member, OPERAND, *(uint32_t *)table(p, OPERAND_LIST) = 1000)                                            \
	X(list_kind, OPERAND, operand(p, OPERAND_LIST)->element_kind = OPERAND_NUMBER)                                 \
	X(set_buckets, SET, ((struct format_bytes_set *)table(p, OPERAND_BYTES_SET))->bucket_count = 3)                \
	X(set_members, SET, ((struct format_bytes_set *)table(p, OPERAND_BYTES_SET))->member_count++)                  \
	X(set_filter, SET, ((struct format_bytes_set *)table(p, OPERAND_BYTES_SET))->filter ^= 1)                      \
	X(set_starts, SET, ((uint8_t *)table(p, OPERAND_BYTES_SET))[16 + 5 * 4] = 1)                                   \
	X(set_huge, SET, ((struct format_bytes_set *)table(p, OPERAND_BYTES_SET))->bucket_count = 1u << 31)            \
	X(number_order, SET, ((uint64_t *)table(p, OPERAND_NUMBER_SET))[2] = 1)                                        \
	X(number_count, SET, ((uint32_t *)table(p, OPERAND_NUMBER_SET))[0] = UINT32_MAX)                               \
	X(dfa_states, DFA, ((struct format_dfa *)table(p, OPERAND_DFA))->state_count = 0)                              \
	X(dfa_start, DFA, ((struct format_dfa *)table(p, OPERAND_DFA))->start = 7)                                     \
	X(dfa_sink, DFA, ((struct format_dfa *)table(p, OPERAND_DFA))->first_sink = 8)                                 \
	X(dfa_class, DFA, ((struct format_dfa *)table(p, OPERAND_DFA))->class_count = 255)                             \
	X(dfa_next, DFA, ((uint8_t *)table(p, OPERAND_DFA))[sizeof(struct format_dfa) + 8 + 300] = 7)                  \
	X(dfa_huge, DFA, ((struct format_dfa *)table(p, OPERAND_DFA))->state_count = 65535)                            \
	X(trie_nodes, TRIE, ((struct format_trie *)table(p, OPERAND_TRIE))->node_count = 0)                            \
	X(trie_huge, TRIE, ((struct format_trie *)table(p, OPERAND_TRIE))->node_count = UINT32_MAX)                    \
	X(trie_edges, TRIE, ((struct format_trie_node *)((uint32_t *)table(p, OPERAND_TRIE) + 2))->edge_count++)       \
	X(trie_bits, TRIE, ((struct format_trie_node *)((uint32_t *)table(p, OPERAND_TRIE) + 2))->bit_count++)         \
	X(networks, NETWORKS, ((uint32_t *)table(p, OPERAND_NETWORKS))[2] = UINT32_MAX)                                \
	X(networks_count, NETWORKS, ((uint32_t *)table(p, OPERAND_NETWORKS))[1] = UINT32_MAX)                          \
	X(networks_v6, NETWORKS, ((uint8_t *)table(p, OPERAND_NETWORKS))[24] = 0xff)                                   \
	X(predicate_slot, PREDICATE, p->predicates[0].slot = 1000)                                                     \
	X(predicate_operand, PREDICATE, p->predicates[1].operand = 1000)                                               \
	X(predicate_run, CONSTANT, p->predicates[0].operand = 0)                                                       \
	X(predicate_flags, PREDICATE, p->predicates[0].how |= 0x80)                                                    \
	X(predicate_quantifier, PREDICATE, p->predicates[0].how |= QUANTIFIER_ANY)                                       \
	X(predicate_scalar, PREDICATE, predicate(p, OPERATOR_CONTAINS)[-3].how = QUANTIFIER_SCALAR)                    \
	X(predicate_modifier, PREDICATE, p->predicates[0].how |= MODIFIER_ANYOF << 2)                                   \
	X(modifier_list, PREDICATE, predicate(p, OPERATOR_CONTAINS)->how = 0)                                          \
	X(comparison_operand, COMPARISON, p->predicates[1].operand = predicate(p, OPERATOR_LESS)->operand)             \
	X(comparison_operator, COMPARISON, predicate(p, OPERATOR_LESS)->operator = OPERATOR_STARTSWITH)                \
	X(comparison_slot, COMPARISON, p->predicates[21].slot = 3)                                                     \
	X(matcher_slot, MATCHER, p->matchers[0].slot = 1000)                                                           \
	X(matcher_kind, MATCHER, p->matchers[0].kind = MATCHER_NUMBERS)                                                \
	X(matcher_word, MATCHER, p->matchers[1].first_word = 7)                                                        \
	X(matcher_predicate, MATCHER, p->matcher_predicates[1] = p->matcher_predicates[0])                             \
	X(matcher_other, MATCHER, p->matcher_predicates[0] = p->matcher_predicates[3])                                 \
	X(matcher_length, MATCHER, p->matchers[3].table_length--)                                                      \
	X(matcher_bit, MATCHER, ((uint32_t *)matcher_table(p, 0))[p->matchers[0].table_length / 4 - 1] = 3)            \
	X(matcher_dfas, MATCHER, ((uint32_t *)matcher_table(p, 2))[1] = 1)                                             \
	X(matcher_trie_bit, TRIE, ((uint32_t *)matcher_table(p, 3))[p->matchers[3].table_length / 4 - 1] = 2)          \
	X(block_cover, ENTRY, p->blocks[0].first_instruction = 1)                                                      \
	X(block_length, ENTRY, p->blocks[1].instruction_count = 1; p->code[56] = p->code[58])                          \
	X(entry_block, ENTRY, p->entries[1].block = 2)                                                                 \
	X(entry_order, ENTRY, p->entries[0].event = p->entries[1].event)                                               \
	X(opcode, INSTRUCTION, p->code[0].opcode = OPCODE_COUNT)                                                       \
	X(flags, INSTRUCTION, p->code[0].flags = 1)                                                                    \
	X(no_matcher, INSTRUCTION, p->code[0].operand = 4)                                                             \
	X(no_predicate, INSTRUCTION, instruction(p, OP_TEST_THEN)->operand = 100)                                      \
	X(no_rule, INSTRUCTION, instruction(p, OP_BEGIN_RULE)->operand = 3)                                            \
	X(no_node, INSTRUCTION, instruction(p, OP_SET_NODE)->operand = 1 << 20)                                        \
	X(no_word, INSTRUCTION, instruction(p, OP_MASK)->target = 4)                                                   \
	X(target_for_none, INSTRUCTION, p->code[0].target = 1)                                                         \
	X(missing_mask, INSTRUCTION, instruction(p, OP_GUARD)->operand = 4)                                            \
	X(surplus_mask, INSTRUCTION, instruction(p, OP_GUARD)->operand = 2)                                            \
	X(many_masks, INSTRUCTION, instruction(p, OP_GUARD)->operand = 1000)                                           \
	X(wide_without_target, INSTRUCTION, p->code[0] = ((struct format_instruction){.opcode = OP_WIDE}))             \
	X(backward, JUMP, instruction(p, OP_TEST_THEN)[1].target = 9)                                                  \
	X(to_itself, JUMP, instruction(p, OP_JUMP)->target = 35)                                                       \
	X(out_of_block, JUMP, instruction(p, OP_JUMP)->target = 56)                                                    \
	X(into_mask, JUMP, p->code[0] = ((struct format_instruction){.opcode = OP_JUMP, .target = 5}))                 \
	X(no_end, NO_END, p->code[55].opcode = OP_MATCH)                                                               \
	X(empty_block, NO_END, p->blocks[0].instruction_count = 0)                                                     \
	X(rule_order, RULE_ORDER, p->code[37].operand = 0)                                                             \
	X(match_outside, MATCH_OUTSIDE, p->code[36].operand = 1)                                                       \
	X(match_around, MATCH_OUTSIDE, p->code[0] = ((struct format_instruction){.opcode = OP_JUMP, .target = 9}))     \
	X(priority, RULE, p->rules[0].priority = PRIORITY_COUNT)                                                       \
	X(enabled, RULE, p->rules[0].is_enabled = 2)                                                                   \
	X(tag_place, RULE, p->rules[1].first_tag = 0)                                                                  \
	X(tag_number, RULE, p->tag_items[0] = 3)                                                                       \
	X(tag_order, RULE, p->tag_items[0] = 1)                                                                        \
	X(tag_count, RULE, p->rules[1].tag_count = 0)                                                                  \
	X(piece_slot, OUTPUT, p->pieces[1].offset_or_slot = 1000)                                                      \
	X(piece_number, OUTPUT, p->output_items[0] = 4)                                                                \
	X(piece_place, OUTPUT, p->outputs[1].first_item = 0)                                                           \
	X(piece_count, OUTPUT, p->outputs[1].piece_count = 3)                                                          \
	X(field_slot, OUTPUT, p->fields[0].slot = 1000)                                                                \
	X(field_number, OUTPUT, p->output_items[4] = 2)                                                                \
	X(field_order, OUTPUT, p->output_items[4] = 1)                                                                 \
	X(capture_order, CAPTURE, p->capture_events[1].event = p->capture_events[0].event)                             \
	X(capture_flags, CAPTURE, p->capture_events[0].flags = 2)                                                      \
	X(capture_syscall, CAPTURE, p->generics[0] = 1000)                                                             \
	X(not_captured, NOT_CAPTURED, p->capture_events[0].event = EVENT_SYSCALL_CLOSE_X)                              \
	X(disabled_not_captured, NOT_CAPTURED, p->rules[2].is_enabled = 1)                                             \
	X(debug_rules, DEBUG, p->debug_header->rule_count = 2; p->debug_header->text_bytes += 20)                      \
	X(debug_name, DEBUG, p->debug_rules[0].file.length = 1000)
#define X(name, code, statement) PATCH(name, statement)
PATCHES
#undef X

static const struct patch patches[] = {
#define X(name, code, statement) {#name, REFUSAL_##code, patch_##name},
	PATCHES
#undef X
};

/* The schema id of the rows that the patched program uses, so that the patch gets to the check it is meant for. */
static void reseal(struct parts *p)
{
	struct schema_use use = {0};

	for (uint32_t i = 0; i < p->slots_header->slot_count; i++) {
		const struct format_slot *row = &p->slots[i];

		if (row->type >= TYPE_COUNT || (row->kind == SLOT_FIELD && row->field >= FIELD_COUNT) ||
		    (row->kind == SLOT_TRANSFORMER && row->transformer >= TRANSFORMER_COUNT))
			return;
		use.types[row->type] = true;
		if (row->kind == SLOT_FIELD)
			use.fields[row->field] = true;
		if (row->kind == SLOT_TRANSFORMER)
			use.transformers[row->transformer] = true;
	}
	for (uint32_t i = 0; i < p->predicates_header->predicate_count; i++) {
		if (p->predicates[i].operator >= OPERATOR_COUNT)
			return;
		use.operators[p->predicates[i].operator] = true;
	}
	for (uint32_t i = 0; i < p->entries_header->entry_count; i++) {
		if (p->entries[i].event >= EVENT_ID_COUNT)
			return;
		use.events[p->entries[i].event] = true;
	}
	for (uint32_t i = 0; i < p->capture_header->event_count; i++) {
		if (p->capture_events[i].event >= EVENT_ID_COUNT)
			return;
		use.events[p->capture_events[i].event] = true;
	}
	if (p->generics[0] >= SCHEMA_SYSCALL_CODES)
		return;
	use.syscalls[p->generics[0]] = true;
	ck_assert_int_eq(schema_id_compute(&use, p->header->schema_id), 0);
}

static void expect_refused(struct buffer *bytes, size_t length, enum refusal_code expected, const char *what)
{
	struct program *program = NULL;
	struct program_refusal refusal = {.code = -1};
	int result = program_load(bytes->bytes, length, &program, &refusal);

	ck_assert_msg(result == -EINVAL, "%s: loaded (%d)", what, result);
	ck_assert_msg(refusal.code == (int)expected, "%s: %s", what, refusal.message);
	ck_assert_msg(strncmp(refusal.message, program_refusal_name(refusal.code),
			      strlen(program_refusal_name(refusal.code))) == 0,
		      "%s: %s", what, refusal.message);
	seen[expected] = true;
}

static void refuse_patched(void)
{
	for (size_t i = 0; i < sizeof patches / sizeof patches[0]; i++) {
		struct buffer bytes = BUFFER_INIT;
		struct parts p;
		uint8_t schema_id[PROGRAM_SCHEMA_ID_BYTES];
		bool changes_id = patches[i].apply == patch_schema_id;
		bool changes_counts = patches[i].expected == REFUSAL_ROWS || patches[i].expected == REFUSAL_TOO_LARGE;

		finish_written(write_full_program(), &bytes);
		buffer_append_zeros(&bytes, 8); /* so that patches of the end stay inside */
		bytes.length -= 8;
		p = parts_of(&bytes);
		memcpy(schema_id, p.header->schema_id, sizeof schema_id);
		patches[i].apply(&p);
		if (!changes_id && !changes_counts)
			reseal(&p);
		expect_refused(&bytes, bytes.length, patches[i].expected, patches[i].what);
		buffer_release(&bytes);
	}
}

/* ---- programs that are bad from the beginning ---- */

static void refuse_lengths(void)
{
	struct buffer bytes = BUFFER_INIT;
	struct buffer large = BUFFER_INIT;

	finish_written(write_full_program(), &bytes);
	for (size_t length = 4; length < bytes.length; length += length < 140 ? 1 : 97)
		expect_refused(&bytes, length, REFUSAL_TRUNCATED, "cut");
	expect_refused(&bytes, 0, REFUSAL_NOT_A_PROGRAM, "empty");
	buffer_append_byte(&bytes, 0);
	expect_refused(&bytes, bytes.length, REFUSAL_TRUNCATED, "a byte more");
	buffer_append_zeros(&large, PROGRAM_BYTES_MAX + 1);
	expect_refused(&large, large.length, REFUSAL_TOO_LARGE, "too large");
	buffer_release(&large);
	buffer_release(&bytes);
}

static void end_with_test_of(struct program_writer *writer, const uint32_t *predicates, uint32_t count)
{
	uint32_t block = program_writer_begin_block(writer), next = program_writer_new_label(writer);

	plain_rule(writer, "rule");
	program_writer_begin_rule(writer, 0, next);
	for (uint32_t i = 0; i < count; i++)
		program_writer_test(writer, predicates[i], true, false, next);
	program_writer_match(writer, 0);
	program_writer_place_label(writer, next);
	program_writer_end_block(writer);
	program_writer_entry(writer, block, EVENT);
	program_writer_capture(writer, EVENT, 0);
}

static void expect_written_refused(struct program_writer *writer, enum refusal_code expected, const char *what)
{
	struct buffer bytes = BUFFER_INIT;

	finish_written(writer, &bytes);
	expect_refused(&bytes, bytes.length, expected, what);
	buffer_release(&bytes);
}

/* toupper(tolower(toupper(...))) */
static uint32_t chain(struct program_writer *writer, uint32_t slot, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		slot = program_writer_transformer_slot(writer, i % 2 ? TRANSFORMER_TOUPPER : TRANSFORMER_TOLOWER, &slot, 1,
						       TEXT_EMPTY, TYPE_CHARBUF, false);
	return slot;
}

static void refuse_transformers(void)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = plain_slot(writer, FIELD_PROC_NAME), inputs[2];

	chain(writer, slot, PROGRAM_SLOT_DEPTH_MAX);
	program_free(load_written(writer));

	writer = program_writer_new();
	chain(writer, plain_slot(writer, FIELD_PROC_NAME), PROGRAM_SLOT_DEPTH_MAX + 1);
	expect_written_refused(writer, REFUSAL_SLOT_DEPTH, "too deep");

	writer = program_writer_new(); /* twice as long with each step */
	slot = plain_slot(writer, FIELD_PROC_NAME);
	for (unsigned i = 0; i < 16; i++) {
		inputs[0] = inputs[1] = slot;
		slot = program_writer_transformer_slot(writer, TRANSFORMER_CONCAT, inputs, 2, TEXT_EMPTY, TYPE_CHARBUF, false);
	}
	expect_written_refused(writer, REFUSAL_TOO_LARGE, "doubling");

	writer = program_writer_new(); /* each is small enough, together they are too much */
	slot = plain_slot(writer, FIELD_PROC_CMDLINE);
	for (unsigned i = 0; i < 200; i++) {
		uint32_t words[100];

		for (unsigned word = 0; word < 100; word++)
			words[word] = slot;
		words[99] = i == 0 ? slot : inputs[0];
		inputs[0] = program_writer_constant_slot(writer, text_of((const char *)&i, sizeof i));
		words[98] = inputs[0];
		program_writer_transformer_slot(writer, TRANSFORMER_CONCAT, words, 100, TEXT_EMPTY, TYPE_CHARBUF, false);
	}
	expect_written_refused(writer, REFUSAL_TOO_LARGE, "too much scratch");
}

static void refuse_cost(void)
{
	struct program_writer *writer = program_writer_new();
	uint32_t slot = plain_slot(writer, FIELD_PROC_CMDLINE), words[20], predicates[2], longer, longest;

	for (unsigned i = 0; i < 20; i++)
		words[i] = slot;
	longer = program_writer_transformer_slot(writer, TRANSFORMER_CONCAT, words, 20, TEXT_EMPTY, TYPE_CHARBUF, false);
	longest = program_writer_transformer_slot(writer, TRANSFORMER_CONCAT, words, 19, TEXT_EMPTY, TYPE_CHARBUF, false);
	predicates[0] = program_writer_predicate(writer, longer, OPERATOR_GLOB, QUANTIFIER_SCALAR, MODIFIER_NONE,
						 program_writer_slot_operand(writer, longest));
	end_with_test_of(writer, predicates, 1);
	expect_written_refused(writer, REFUSAL_COST, "a glob of 80 KB on 80 KB");
}

/* Many predicates on one long list of a modifier: the time to verify must not be their product. */
static void refuse_long_lists(void)
{
	struct program_writer *writer = program_writer_new();
	struct program_operand *operands = calloc(20000, sizeof *operands), list;

	for (uint32_t i = 0; i < 20000; i++)
		operands[i] = program_writer_bytes_operand(writer, TEXT("x"));
	list = program_writer_list_operand(writer, operands, 20000);
	for (uint32_t i = 0; i < 1000; i++) {
		struct field_request request = {.field = FIELD_PROC_ENV, .has_argument = true};
		char name[16];

		snprintf(name, sizeof name, "N%u", i);
		request.argument = text_from_string(name);
		program_writer_predicate(writer, program_writer_field_slot(writer, &request, TYPE_CHARBUF, false),
					 OPERATOR_EQUAL, QUANTIFIER_SCALAR, MODIFIER_ANYOF, list);
	}
	expect_written_refused(writer, REFUSAL_TOO_LARGE, "long lists");
	free(operands);
}

/* A wide jump has two halves; nothing may jump to the second one. */
static void refuse_jump_behind_wide(void)
{
	struct buffer bytes = BUFFER_INIT;
	struct parts p;

	finish_written(write_full_program(), &bytes);
	p = parts_of(&bytes);
	p.code[0] = (struct format_instruction){.opcode = OP_JUMP, .target = 2};
	p.code[1] = (struct format_instruction){.opcode = OP_WIDE, .operand = 36};
	p.code[2] = (struct format_instruction){.opcode = OP_JUMP};
	expect_refused(&bytes, bytes.length, REFUSAL_JUMP, "a jump behind WIDE");
	p.code[0].target = 1;
	p.code[2].target = 5;
	expect_refused(&bytes, bytes.length, REFUSAL_JUMP, "a target behind WIDE");
	p.code[2].target = 0;
	p.code[1].operand = 1 << 20;
	expect_refused(&bytes, bytes.length, REFUSAL_JUMP, "a wide jump out of the block");
	p.code[1].operand = 37;
	{
		struct program *program = NULL;
		struct program_refusal refusal;

		ck_assert_int_eq(program_load(bytes.bytes, bytes.length, &program, &refusal), 0);
		program_free(program);
	}
	buffer_release(&bytes);
}

START_TEST(every_refusal)
{
	refuse_patched();
	refuse_lengths();
	refuse_transformers();
	refuse_cost();
	refuse_long_lists();
	refuse_jump_behind_wide();
	for (unsigned code = 0; code < REFUSAL_COUNT; code++)
		ck_assert_msg(seen[code], "no bad program for '%s'", program_refusal_name((int)code));
}
END_TEST

START_TEST(the_writer_reports_what_it_cannot_write)
{
	struct program_writer *writer = program_writer_new();
	struct buffer bytes = BUFFER_INIT;
	char long_member[PROGRAM_MEMBER_BYTES_MAX + 1] = {0};
	struct text member = text_of(long_member, sizeof long_member);
	uint32_t label, predicate;

	program_writer_bytes_set_operand(writer, &member, 1);
	ck_assert_int_eq(program_writer_finish(writer, &bytes), -E2BIG);
	program_writer_free(writer);

	writer = program_writer_new();
	program_writer_begin_block(writer);
	label = program_writer_new_label(writer);
	program_writer_jump(writer, label);
	program_writer_end_block(writer);
	ck_assert_int_eq(program_writer_finish(writer, &bytes), -EINVAL);
	program_writer_free(writer);

	writer = program_writer_new();
	predicate = program_writer_predicate(writer, plain_slot(writer, FIELD_PROC_NAME), OPERATOR_EQUAL, QUANTIFIER_SCALAR,
					     MODIFIER_NONE, program_writer_bytes_operand(writer, TEXT("a")));
	program_writer_begin_block(writer);
	label = program_writer_new_label(writer);
	program_writer_guard(writer, &predicate, 1, label);
	program_writer_place_label(writer, label);
	program_writer_end_block(writer);
	ck_assert_int_eq(program_writer_finish(writer, &bytes), -EINVAL);
	program_writer_free(writer);
	ck_assert_uint_eq(bytes.length, 0);
	buffer_release(&bytes);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("refusals");
	TCase *load = tcase_create("load");

	tcase_set_timeout(load, 120);
	tcase_add_test(load, every_refusal);
	tcase_add_test(load, the_writer_reports_what_it_cannot_write);
	suite_add_tcase(all, load);
	return all;
}

CHECK_MAIN(suite)
