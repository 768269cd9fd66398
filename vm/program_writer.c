#include "vm/program_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "vm/program_writer_internal.h"

void writer_fail(struct program_writer *writer, int error)
{
	if (writer->error == 0)
		writer->error = error;
}

/* The buffers and indexes of a writer, to make and to free. */
#define WRITER_BUFFERS(writer)                                                                                         \
	{                                                                                                              \
		&(writer)->scratch, &(writer)->constants, &(writer)->slots, &(writer)->inputs, &(writer)->operands,    \
			&(writer)->operand_tables, &(writer)->predicates, &(writer)->matchers,                         \
			&(writer)->matcher_predicates, &(writer)->matcher_tables, &(writer)->matcher_bits,             \
			&(writer)->blocks, &(writer)->entries, &(writer)->code, &(writer)->rules, &(writer)->tags,     \
			&(writer)->tag_items, &(writer)->rule_outputs, &(writer)->pieces, &(writer)->fields,           \
			&(writer)->output_items, &(writer)->debug_rules, &(writer)->debug_texts,                       \
			&(writer)->block_instructions, &(writer)->labels                                               \
	}
#define WRITER_INDEXES(writer)                                                                                         \
	{                                                                                                              \
		&(writer)->constant_index, &(writer)->counted_index, &(writer)->slot_index, &(writer)->operand_index,  \
			&(writer)->predicate_index, &(writer)->tag_index, &(writer)->piece_index,                      \
			&(writer)->field_index                                                                         \
	}
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

void writer_append(struct program_writer *writer, struct buffer *rows, const void *bytes, size_t length)
{
	buffer_append(rows, bytes, length);
	if (rows->failed)
		writer_fail(writer, -ENOMEM);
}

struct program_writer *program_writer_new(void)
{
	struct program_writer *writer = calloc(1, sizeof *writer);
	bool is_whole;

	if (writer == NULL)
		return NULL;
	writer->matching = RULE_MATCHING_UNSET;
	writer->arena = arena_new(0);
	is_whole = writer->arena != NULL;
	{
		struct row_index *indexes[] = WRITER_INDEXES(writer);

		for (size_t i = 0; i < ARRAY_LENGTH(indexes); i++) {
			indexes[i]->numbers = hash_table_new(0);
			is_whole = is_whole && indexes[i]->numbers != NULL;
		}
	}
	return is_whole ? writer : program_writer_free(writer);
}

struct program_writer *program_writer_free(struct program_writer *writer)
{
	if (writer == NULL)
		return NULL;
	{
		struct buffer *buffers[] = WRITER_BUFFERS(writer);
		struct row_index *indexes[] = WRITER_INDEXES(writer);

		for (size_t i = 0; i < ARRAY_LENGTH(buffers); i++)
			buffer_release(buffers[i]);
		for (size_t i = 0; i < ARRAY_LENGTH(indexes); i++)
			hash_table_free(indexes[i]->numbers);
	}
	arena_free(writer->arena);
	free(writer);
	return NULL;
}

void program_writer_set_matching(struct program_writer *writer, enum rule_matching matching)
{
	writer->matching = matching;
}

/* ---- rows that are kept once ---- */

/* The number under which the row is known, or UINT32_MAX. */
static uint32_t known_row(const struct row_index *index, struct text key)
{
	void *number = hash_table_get(index->numbers, key);

	return number != NULL ? (uint32_t)((uintptr_t)number - 1) : UINT32_MAX;
}

static void remember_row(struct program_writer *writer, struct row_index *index, struct text key, uint32_t number)
{
	struct text copy = arena_copy_text(writer->arena, key);

	if (copy.bytes == NULL || hash_table_set(index->numbers, copy, (void *)((uintptr_t)number + 1)) < 0)
		writer_fail(writer, -ENOMEM);
}

struct format_text writer_constant(struct program_writer *writer, struct text t)
{
	uint32_t offset = t.length > 0 ? known_row(&writer->constant_index, t) : 0;

	if (t.length > PROGRAM_BYTES_MAX || writer->constants.length > PROGRAM_BYTES_MAX) {
		writer_fail(writer, -E2BIG);
		return (struct format_text){0, 0};
	}
	if (offset == UINT32_MAX) {
		offset = (uint32_t)writer->constants.length;
		writer_append(writer, &writer->constants, t.bytes, t.length);
		remember_row(writer, &writer->constant_index, t, offset);
	}
	return (struct format_text){offset, (uint32_t)t.length};
}

uint32_t writer_counted(struct program_writer *writer, struct text t)
{
	uint32_t offset = known_row(&writer->counted_index, t);

	if (t.length > PROGRAM_MEMBER_BYTES_MAX || writer->constants.length > PROGRAM_BYTES_MAX) {
		writer_fail(writer, -E2BIG);
		return 0;
	}
	if (offset == UINT32_MAX) {
		writer_append(writer, &writer->constants, &(uint8_t){(uint8_t)t.length}, 1);
		offset = (uint32_t)writer->constants.length;
		writer_append(writer, &writer->constants, t.bytes, t.length);
		remember_row(writer, &writer->counted_index, t, offset);
	}
	return offset;
}

/* The number of a row in `rows`, where equal ones are kept once. */
static uint32_t distinct_row(struct program_writer *writer, struct row_index *index, struct buffer *rows, const void *row,
			     size_t row_bytes)
{
	struct text key = text_of(row, row_bytes);
	uint32_t number = known_row(index, key);

	if (number == UINT32_MAX) {
		number = (uint32_t)(rows->length / row_bytes);
		remember_row(writer, index, key, number);
		writer_append(writer, rows, row, row_bytes);
	}
	return number;
}

/* ---- slots ---- */

static uint32_t add_slot(struct program_writer *writer, struct format_slot row, const uint32_t *inputs, bool is_shared)
{
	uint32_t number, count = ROWS(&writer->slots, struct format_slot);
	bool has_inputs = row.kind == SLOT_LIST || row.kind == SLOT_TRANSFORMER;
	struct text key;

	buffer_clear(&writer->scratch);
	writer_append(writer, &writer->scratch, &row, sizeof row);
	if (has_inputs)
		writer_append(writer, &writer->scratch, inputs, row.input_count * sizeof *inputs);
	if (writer->scratch.failed) { /* clearing forgets it */
		writer_fail(writer, -ENOMEM);
		return 0;
	}
	key = buffer_text(&writer->scratch);
	number = is_shared ? known_row(&writer->slot_index, key) : UINT32_MAX;
	if (number != UINT32_MAX)
		return number;
	if (is_shared)
		remember_row(writer, &writer->slot_index, key, count);
	if (has_inputs) {
		row.first_input = ROWS(&writer->inputs, uint32_t);
		writer_append(writer, &writer->inputs, inputs, row.input_count * sizeof *inputs);
	}
	writer_append(writer, &writer->slots, &row, sizeof row);
	if (count >= PROGRAM_SLOTS_MAX)
		writer_fail(writer, -E2BIG);
	return count;
}

uint32_t program_writer_field_slot(struct program_writer *writer, const struct field_request *request, enum value_type type,
				   bool is_list)
{
	const struct field_info *info = field_info(request->field);
	struct format_slot row = {.kind = SLOT_FIELD, .type = (uint8_t)type, .field = request->field};

	if (is_list)
		row.flags |= FORMAT_SLOT_IS_LIST;
	if (request->flags & SLOT_FLAG_EACH)
		row.flags |= FORMAT_SLOT_EACH;
	if (request->has_argument) {
		row.flags |= FORMAT_SLOT_HAS_ARGUMENT;
		row.text = writer_constant(writer, request->argument);
		if (request->argument_is_number) {
			row.flags |= FORMAT_SLOT_ARGUMENT_IS_NUMBER;
			row.argument_number = request->argument_number;
		}
	}
	return add_slot(writer, row, NULL, info == NULL || (info->flags & FIELD_FLAG_STATEFUL) == 0);
}

uint32_t program_writer_constant_slot(struct program_writer *writer, struct text constant)
{
	struct format_slot row = {.kind = SLOT_CONSTANT, .type = TYPE_CHARBUF, .text = writer_constant(writer, constant)};

	return add_slot(writer, row, NULL, true);
}

uint32_t program_writer_list_slot(struct program_writer *writer, const uint32_t *inputs, uint32_t input_count)
{
	struct format_slot row = {.kind = SLOT_LIST,
				  .type = TYPE_CHARBUF,
				  .flags = FORMAT_SLOT_IS_LIST,
				  .input_count = input_count};

	return add_slot(writer, row, inputs, true);
}

uint32_t program_writer_transformer_slot(struct program_writer *writer, enum transformer_id transformer,
					 const uint32_t *inputs, uint32_t input_count, struct text selector,
					 enum value_type type, bool is_list)
{
	struct format_slot row = {.kind = SLOT_TRANSFORMER,
				  .type = (uint8_t)type,
				  .transformer = (uint8_t)transformer,
				  .input_count = input_count};

	if (is_list)
		row.flags |= FORMAT_SLOT_IS_LIST;
	if (selector.length > 0) {
		row.flags |= FORMAT_SLOT_HAS_SELECTOR;
		row.text = writer_constant(writer, selector);
	}
	return add_slot(writer, row, inputs, true);
}

/* ---- operands and predicates ---- */

uint32_t writer_operand(struct program_writer *writer, struct format_operand row, struct text table)
{
	uint32_t number, count = ROWS(&writer->operands, struct format_operand);
	struct buffer key = BUFFER_INIT;
	bool is_table = row.kind != OPERAND_NONE && row.kind != OPERAND_NUMBER && row.kind != OPERAND_BYTES &&
			row.kind != OPERAND_SLOT;

	if (is_table)
		row.length = (uint32_t)table.length;
	buffer_append(&key, &row, sizeof row);
	buffer_append_text(&key, table);
	if (key.failed || table.length > PROGRAM_BYTES_MAX)
		writer_fail(writer, key.failed ? -ENOMEM : -E2BIG);
	number = known_row(&writer->operand_index, buffer_text(&key));
	if (number == UINT32_MAX) {
		number = count;
		remember_row(writer, &writer->operand_index, buffer_text(&key), number);
		if (is_table) {
			row.value = (uint32_t)writer->operand_tables.length;
			writer_append(writer, &writer->operand_tables, table.bytes, table.length);
			buffer_align(&writer->operand_tables, PROGRAM_ALIGNMENT);
			if (writer->operand_tables.failed)
				writer_fail(writer, -ENOMEM);
		}
		writer_append(writer, &writer->operands, &row, sizeof row);
		if (count >= PROGRAM_OPERANDS_MAX)
			writer_fail(writer, -E2BIG);
	}
	buffer_release(&key);
	return number;
}

static struct program_operand table_operand(struct program_writer *writer, enum operand_kind kind, struct buffer *table)
{
	struct format_operand row = {.kind = (uint8_t)kind};
	uint32_t number;

	if (table->failed)
		writer_fail(writer, -ENOMEM);
	number = writer_operand(writer, row, buffer_text(table));
	buffer_release(table);
	return (struct program_operand){(uint8_t)kind, false, number};
}

struct program_operand program_writer_none_operand(void)
{
	return (struct program_operand){OPERAND_NONE, false, 0};
}

struct program_operand program_writer_number_operand(struct program_writer *writer, uint64_t number)
{
	struct format_operand row = {
		.kind = OPERAND_NUMBER, .length = (uint32_t)(number >> 32), .value = (uint32_t)number};

	return (struct program_operand){OPERAND_NUMBER, false, writer_operand(writer, row, TEXT_EMPTY)};
}

static struct program_operand bytes_row(struct program_writer *writer, struct format_text place)
{
	struct format_operand row = {.kind = OPERAND_BYTES, .length = place.length, .value = place.offset};

	return (struct program_operand){OPERAND_BYTES, false, writer_operand(writer, row, TEXT_EMPTY)};
}

struct program_operand program_writer_bytes_operand(struct program_writer *writer, struct text bytes)
{
	struct format_text place;

	if (bytes.length <= PROGRAM_MEMBER_BYTES_MAX)
		return (struct program_operand){OPERAND_BYTES, true, writer_counted(writer, bytes)};
	place = writer_constant(writer, bytes);
	return bytes_row(writer, place);
}

struct program_operand program_writer_slot_operand(struct program_writer *writer, uint32_t slot)
{
	struct format_operand row = {.kind = OPERAND_SLOT, .value = slot};

	return (struct program_operand){OPERAND_SLOT, false, writer_operand(writer, row, TEXT_EMPTY)};
}

struct program_operand program_writer_number_set_operand(struct program_writer *writer, const uint64_t *numbers,
							 uint32_t count)
{
	struct buffer table = BUFFER_INIT;
	uint32_t distinct;

	writer_append_number_set(writer, numbers, count, &table, &distinct);
	return table_operand(writer, OPERAND_NUMBER_SET, &table);
}

struct program_operand program_writer_bytes_set_operand(struct program_writer *writer, const struct text *members,
							uint32_t count)
{
	struct buffer table = BUFFER_INIT;
	uint32_t distinct;

	writer_append_bytes_set(writer, members, count, &table, NULL, &distinct);
	return table_operand(writer, OPERAND_BYTES_SET, &table);
}

struct program_operand program_writer_dfa_operand(struct program_writer *writer, const struct program_dfa *dfa)
{
	struct buffer table = BUFFER_INIT;

	writer_append_dfa(writer, dfa, NULL, NULL, &table);
	return table_operand(writer, OPERAND_DFA, &table);
}

struct program_operand program_writer_trie_operand(struct program_writer *writer, const struct text *paths, uint32_t count)
{
	struct writer_path *rows = calloc(count + (size_t)1, sizeof *rows);
	struct buffer table = BUFFER_INIT;

	if (rows == NULL) {
		writer_fail(writer, -ENOMEM);
	} else {
		for (uint32_t i = 0; i < count; i++)
			rows[i].path = paths[i];
		writer_append_trie(writer, rows, count, true, &table);
	}
	free(rows);
	return table_operand(writer, OPERAND_TRIE, &table);
}

struct program_operand program_writer_list_operand(struct program_writer *writer, const struct program_operand *operands,
						   uint32_t count)
{
	struct format_operand row = {.kind = OPERAND_LIST};
	struct buffer table = BUFFER_INIT;
	uint32_t number;

	if (count > 0)
		row.element_kind = operands[0].kind;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t member = operands[i].index;

		if (operands[i].is_counted && writer->error == 0) /* members of lists have rows */
			member = bytes_row(writer, (struct format_text){member, writer->constants.bytes[member - 1]}).index;
		buffer_append_u32(&table, member);
	}
	if (table.failed)
		writer_fail(writer, -ENOMEM);
	number = writer_operand(writer, row, buffer_text(&table));
	buffer_release(&table);
	return (struct program_operand){OPERAND_LIST, false, number};
}

uint32_t program_writer_predicate(struct program_writer *writer, uint32_t slot, enum operator_id operator,
				  enum quantifier quantifier, enum operator_modifier modifier, struct program_operand operand)
{
	struct format_predicate row = {.slot = (uint16_t)slot,
				       .operator = (uint8_t)operator,
				       .how = (uint8_t)(quantifier | modifier << 2),
				       .operand = operand.index};
	uint32_t number;

	if (operand.is_counted)
		row.how |= FORMAT_PREDICATE_COUNTED;
	if (operand.kind == OPERAND_NONE)
		row.operand = writer_operand(writer, (struct format_operand){.kind = OPERAND_NONE}, TEXT_EMPTY);
	number = distinct_row(writer, &writer->predicate_index, &writer->predicates, &row, sizeof row);
	if (number >= PROGRAM_PREDICATES_MAX)
		writer_fail(writer, -E2BIG);
	return number;
}

/* ---- rules, output, capture, debug ---- */

static void append_item(struct program_writer *writer, uint32_t number)
{
	writer_append(writer, &writer->output_items, &number, sizeof number);
}

static void add_output(struct program_writer *writer, const struct program_rule_description *rule)
{
	struct format_rule_output row = {.first_item = ROWS(&writer->output_items, uint32_t),
					 .piece_count = (uint16_t)rule->piece_count,
					 .field_count = (uint16_t)rule->field_count};

	for (uint32_t i = 0; i < rule->piece_count; i++) {
		const struct program_output_piece *piece = &rule->pieces[i];
		struct format_output_piece piece_row = {piece->slot, piece->width_bytes};

		if (piece->is_literal) {
			struct format_text place = writer_constant(writer, piece->literal);

			piece_row = (struct format_output_piece){place.offset, place.length | FORMAT_PIECE_IS_LITERAL};
		} else if (piece->width_bytes & FORMAT_PIECE_IS_LITERAL) {
			writer_fail(writer, -E2BIG);
		}
		append_item(writer,
			    distinct_row(writer, &writer->piece_index, &writer->pieces, &piece_row, sizeof piece_row));
	}
	for (uint32_t i = 0; i < rule->field_count; i++) {
		struct format_output_field field = {.name = writer_constant(writer, rule->fields[i].name),
						    .slot = rule->fields[i].slot};

		if (field.name.length > PROGRAM_FIELD_NAME_BYTES_MAX)
			writer_fail(writer, -E2BIG);
		append_item(writer, distinct_row(writer, &writer->field_index, &writer->fields, &field, sizeof field));
	}
	if (rule->piece_count > UINT16_MAX || rule->field_count > UINT16_MAX)
		writer_fail(writer, -E2BIG);
	writer_append(writer, &writer->rule_outputs, &row, sizeof row);
}

/* The place of a text among those of the debug rows; that of the row before when it is the same. */
static struct format_text debug_text(struct program_writer *writer, struct text t, const struct format_text *before)
{
	struct format_text place = {(uint32_t)writer->debug_texts.length, (uint32_t)t.length};

	if (before != NULL && writer->error == 0 &&
	    text_equal(t, text_of((const char *)writer->debug_texts.bytes + before->offset, before->length)))
		return *before;
	writer_append(writer, &writer->debug_texts, t.bytes, t.length);
	return place;
}

uint32_t program_writer_rule(struct program_writer *writer, const struct program_rule_description *rule)
{
	uint32_t number = ROWS(&writer->rules, struct format_rule);
	const struct format_debug_rule *before = NULL;
	struct format_rule row = {.name = writer_constant(writer, rule->name),
				  .source = writer_constant(writer, rule->source),
				  .first_tag = ROWS(&writer->tag_items, uint16_t),
				  .tag_count = (uint16_t)rule->tag_count,
				  .priority = (uint8_t)rule->priority,
				  .is_enabled = rule->is_enabled};
	struct format_debug_rule debug = {.line = rule->line};

	for (uint32_t i = 0; i < rule->tag_count; i++) {
		struct format_text tag = writer_constant(writer, rule->tags[i]);
		uint32_t tag_number = distinct_row(writer, &writer->tag_index, &writer->tags, &tag, sizeof tag);
		uint16_t item;

		if (tag.length > PROGRAM_MEMBER_BYTES_MAX || tag_number >= PROGRAM_TAGS_MAX)
			writer_fail(writer, -E2BIG);
		item = (uint16_t)tag_number;
		writer_append(writer, &writer->tag_items, &item, sizeof item);
	}
	writer_append(writer, &writer->rules, &row, sizeof row);
	add_output(writer, rule);
	if (number > 0 && writer->error == 0)
		before = (const struct format_debug_rule *)(const void *)writer->debug_rules.bytes + number - 1;
	debug.file = debug_text(writer, rule->file, before != NULL ? &before->file : NULL);
	debug.description = debug_text(writer, rule->description, before != NULL ? &before->description : NULL);
	writer_append(writer, &writer->debug_rules, &debug, sizeof debug);
	if (number >= PROGRAM_RULES_MAX || rule->tag_count > UINT16_MAX)
		writer_fail(writer, -E2BIG);
	return number;
}

void program_writer_capture(struct program_writer *writer, unsigned event, uint32_t flags)
{
	if (event >= EVENT_ID_COUNT) {
		writer_fail(writer, -E2BIG);
		return;
	}
	writer->captures[event] = true;
	writer->capture_flags[event] |= (uint16_t)flags;
}

void program_writer_capture_generic(struct program_writer *writer, unsigned syscall_code)
{
	if (syscall_code >= SCHEMA_SYSCALL_CODES)
		writer_fail(writer, -E2BIG);
	else
		writer->captures_generic[syscall_code] = true;
}

void program_writer_keep_debug(struct program_writer *writer, bool keep)
{
	writer->keep_debug = keep;
}

/* ---- the whole ---- */

static int compare_entries(const void *a, const void *b)
{
	const struct format_entry *x = a, *y = b;

	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	return x->block < y->block ? -1 : x->block > y->block;
}

static void collect_use(const struct program_writer *writer, struct schema_use *use)
{
	const struct format_slot *slots = (const void *)writer->slots.bytes;
	const struct format_predicate *predicates = (const void *)writer->predicates.bytes;
	const struct format_entry *entries = (const void *)writer->entries.bytes;

	for (uint32_t i = 0; i < ROWS(&writer->slots, struct format_slot); i++) {
		if (slots[i].type < TYPE_COUNT)
			use->types[slots[i].type] = true;
		if (slots[i].kind == SLOT_FIELD && slots[i].field < FIELD_COUNT)
			use->fields[slots[i].field] = true;
		if (slots[i].kind == SLOT_TRANSFORMER && slots[i].transformer < TRANSFORMER_COUNT)
			use->transformers[slots[i].transformer] = true;
	}
	for (uint32_t i = 0; i < ROWS(&writer->predicates, struct format_predicate); i++)
		if (predicates[i].operator < OPERATOR_COUNT)
			use->operators[predicates[i].operator] = true;
	for (uint32_t i = 0; i < ROWS(&writer->entries, struct format_entry); i++)
		if (entries[i].event < EVENT_ID_COUNT)
			use->events[entries[i].event] = true;
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		use->events[event] |= writer->captures[event];
	memcpy(use->syscalls, writer->captures_generic, sizeof use->syscalls);
}

static void append_capture(const struct program_writer *writer, struct buffer *section)
{
	struct format_capture header = {0};

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		header.event_count += writer->captures[event];
	for (unsigned code = 0; code < SCHEMA_SYSCALL_CODES; code++)
		header.generic_count += writer->captures_generic[code];
	buffer_append(section, &header, sizeof header);
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
		struct format_capture_event row = {(uint16_t)event, writer->capture_flags[event]};

		if (writer->captures[event])
			buffer_append(section, &row, sizeof row);
	}
	for (unsigned code = 0; code < SCHEMA_SYSCALL_CODES; code++)
		if (writer->captures_generic[code])
			buffer_append_u16(section, (uint16_t)code);
}

static void append_counts(struct buffer *section, uint32_t first, uint32_t second)
{
	buffer_append_u32(section, first);
	buffer_append_u32(section, second);
}

static void append_buffer(struct buffer *section, const struct buffer *rows)
{
	buffer_append(section, rows->bytes, rows->length);
	section->failed |= rows->failed;
}

static void append_output(const struct program_writer *writer, struct buffer *out)
{
	struct format_output header = {.piece_count = ROWS(&writer->pieces, struct format_output_piece),
				       .field_count = ROWS(&writer->fields, struct format_output_field),
				       .item_count = ROWS(&writer->output_items, uint32_t)};

	buffer_append(out, &header, sizeof header);
	append_buffer(out, &writer->rule_outputs);
	append_buffer(out, &writer->pieces);
	append_buffer(out, &writer->fields);
	if (format_output_item_bytes(&header) == 4) {
		append_buffer(out, &writer->output_items);
		return;
	}
	for (uint32_t i = 0; i < header.item_count; i++)
		buffer_append_u16(out, (uint16_t)load_u32(writer->output_items.bytes + 4 * (size_t)i));
	out->failed |= writer->output_items.failed;
}

/* Appends one section to `out`. */
static void append_section(struct program_writer *writer, enum program_section section, struct buffer *out)
{
	switch (section) {
	case SECTION_BYTES:
		append_buffer(out, &writer->constants);
		break;
	case SECTION_SLOTS:
		append_counts(out, ROWS(&writer->slots, struct format_slot), ROWS(&writer->inputs, uint32_t));
		append_buffer(out, &writer->slots);
		append_buffer(out, &writer->inputs);
		break;
	case SECTION_PREDICATES:
		append_counts(out, ROWS(&writer->operands, struct format_operand),
			      ROWS(&writer->predicates, struct format_predicate));
		append_buffer(out, &writer->operands);
		append_buffer(out, &writer->predicates);
		buffer_align(out, PROGRAM_ALIGNMENT);
		append_buffer(out, &writer->operand_tables);
		break;
	case SECTION_MATCHERS:
		append_counts(out, ROWS(&writer->matchers, struct format_matcher),
			      ROWS(&writer->matcher_predicates, uint32_t));
		append_buffer(out, &writer->matchers);
		append_buffer(out, &writer->matcher_predicates);
		buffer_align(out, PROGRAM_ALIGNMENT);
		append_buffer(out, &writer->matcher_tables);
		break;
	case SECTION_ENTRIES:
		append_counts(out, ROWS(&writer->blocks, struct format_block),
			      ROWS(&writer->entries, struct format_entry));
		append_buffer(out, &writer->blocks);
		append_buffer(out, &writer->entries);
		break;
	case SECTION_CODE:
		append_buffer(out, &writer->code);
		break;
	case SECTION_RULES:
		append_counts(out, ROWS(&writer->rules, struct format_rule), ROWS(&writer->tags, struct format_text));
		append_counts(out, ROWS(&writer->tag_items, uint16_t), 0);
		append_buffer(out, &writer->rules);
		append_buffer(out, &writer->tags);
		append_buffer(out, &writer->tag_items);
		break;
	case SECTION_OUTPUT:
		append_output(writer, out);
		break;
	case SECTION_CAPTURE:
		append_capture(writer, out);
		break;
	case SECTION_DEBUG:
		if (!writer->keep_debug)
			break;
		append_counts(out, ROWS(&writer->debug_rules, struct format_debug_rule),
			      (uint32_t)writer->debug_texts.length);
		append_buffer(out, &writer->debug_rules);
		append_buffer(out, &writer->debug_texts);
		break;
	case SECTION_COUNT:
		break;
	}
}

int program_writer_finish(struct program_writer *writer, struct buffer *program)
{
	struct format_header header = {.version = PROGRAM_FORMAT_VERSION, .rule_matching = (uint8_t)writer->matching};
	struct schema_use use = {0};
	struct buffer out = BUFFER_INIT;
	int result = writer->error;

	if (result == 0) {
		if (!writer->entries.failed && writer->entries.length > 0)
			qsort(writer->entries.bytes, ROWS(&writer->entries, struct format_entry),
			      sizeof(struct format_entry), compare_entries);
		memcpy(header.magic, PROGRAM_MAGIC, sizeof header.magic);
		collect_use(writer, &use);
		result = schema_id_compute(&use, header.schema_id);
	}
	if (result == 0) {
		buffer_append_zeros(&out, sizeof header);
		for (unsigned section = 0; section < SECTION_COUNT; section++) {
			buffer_align(&out, PROGRAM_ALIGNMENT);
			header.sections[section].offset = (uint32_t)out.length;
			append_section(writer, (enum program_section)section, &out);
			header.sections[section].length = (uint32_t)out.length - header.sections[section].offset;
		}
		header.length = (uint32_t)out.length;
		if (out.failed)
			result = -ENOMEM;
		else if (out.length > PROGRAM_BYTES_MAX)
			result = -E2BIG;
	}
	if (result == 0) {
		memcpy(out.bytes, &header, sizeof header);
		buffer_append(program, out.bytes, out.length);
		if (program->failed)
			result = -ENOMEM;
	}
	buffer_release(&out);
	return result;
}
