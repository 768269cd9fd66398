/* Verification of everything but tables (verify_tables.c) and code (verify_code.c). */
#include "vm/program_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vm/program_cost.h"
#include "vm/program_schema.h"
#include "vm/transform.h"

bool refuse(struct verifier *verifier, enum refusal_code code, const char *format, ...)
{
	struct program_refusal *refusal = verifier->refusal;
	va_list arguments;
	int length;

	refusal->code = (int)code;
	length = snprintf(refusal->message, sizeof refusal->message, "%s: ", program_refusal_name((int)code));
	va_start(arguments, format);
	vsnprintf(refusal->message + length, sizeof refusal->message - (size_t)length, format, arguments);
	va_end(arguments);
	return false;
}

/* ---- layout ---- */

static const char *const section_names[SECTION_COUNT] = {"BYTES",   "SLOTS", "PREDICATES", "MATCHERS", "ENTRIES",
							 "CODE",    "RULES", "OUTPUT",	   "CAPTURE",  "DEBUG"};

static uint64_t aligned(uint64_t offset)
{
	return (offset + PROGRAM_ALIGNMENT - 1) & ~(uint64_t)(PROGRAM_ALIGNMENT - 1);
}

static bool is_zero(const uint8_t *bytes, uint64_t length)
{
	for (uint64_t i = 0; i < length; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static bool verify_header(struct verifier *verifier)
{
	struct program *program = verifier->program;
	const struct format_header *header = (const void *)program->bytes;

	if (program->length < sizeof header->magic || memcmp(header->magic, PROGRAM_MAGIC, sizeof header->magic) != 0)
		return refuse(verifier, REFUSAL_NOT_A_PROGRAM, "it does not begin with " PROGRAM_MAGIC);
	if (program->length < sizeof *header)
		return refuse(verifier, REFUSAL_TRUNCATED, "%zu bytes, a header has %zu", program->length, sizeof *header);
	if (header->version != PROGRAM_FORMAT_VERSION)
		return refuse(verifier, REFUSAL_FORMAT_VERSION, "it has %u, this program reads %u", header->version,
			      PROGRAM_FORMAT_VERSION);
	if (header->length != program->length)
		return refuse(verifier, REFUSAL_TRUNCATED, "%zu bytes, the header says %u", program->length,
			      header->length);
	if (header->rule_matching > RULE_MATCHING_UNSET || header->zero != 0 || header->zero2 != 0)
		return refuse(verifier, REFUSAL_HEADER, "rule matching %u or a reserved byte", header->rule_matching);
	program->header = header;
	return true;
}

static bool verify_section_table(struct verifier *verifier)
{
	struct program *program = verifier->program;
	uint64_t end = sizeof *program->header;

	for (unsigned i = 0; i < SECTION_COUNT; i++) {
		const struct format_section *section = &program->header->sections[i];
		uint64_t start = aligned(end);

		if (section->offset != start || section->length > program->length ||
		    start + section->length > program->length)
			return refuse(verifier, REFUSAL_SECTION, "%s: offset %u, length %u", section_names[i],
				      section->offset, section->length);
		if (!is_zero(program->bytes + end, start - end))
			return refuse(verifier, REFUSAL_SECTION, "%s: bytes before it are not zero", section_names[i]);
		end = start + section->length;
	}
	if (end != program->length)
		return refuse(verifier, REFUSAL_SECTION, "%zu bytes behind the last one",
			      program->length - (size_t)end);
	return true;
}

/* Hands out the parts of a section in order. */
struct section_reader {
	struct verifier *verifier;
	unsigned section;
	const uint8_t *at;
	uint64_t left;
	bool failed;
};

static struct section_reader section_of(struct verifier *verifier, unsigned section)
{
	const struct format_section *row = &verifier->program->header->sections[section];

	return (struct section_reader){verifier, section, verifier->program->bytes + row->offset, row->length, false};
}

/* NULL, once refused, when the rest of the section is too short. */
static const void *take(struct section_reader *reader, uint64_t count, uint64_t element_bytes)
{
	const uint8_t *at = reader->at;

	if (reader->failed)
		return NULL;
	if (count * element_bytes > reader->left) {
		reader->failed = true;
		refuse(reader->verifier, REFUSAL_ROWS, "%s: %llu rows do not fit", section_names[reader->section],
		       (unsigned long long)count);
		return NULL;
	}
	reader->at += count * element_bytes;
	reader->left -= count * element_bytes;
	return at;
}

/* Padding up to a multiple of 8, which must be zero. */
static void take_padding(struct section_reader *reader, uint64_t used)
{
	uint64_t padding = aligned(used) - used;
	const uint8_t *bytes = take(reader, padding, 1);

	if (bytes != NULL && !is_zero(bytes, padding)) {
		reader->failed = true;
		refuse(reader->verifier, REFUSAL_SECTION, "%s: padding is not zero", section_names[reader->section]);
	}
}

static bool section_end(struct section_reader *reader)
{
	if (reader->failed)
		return false;
	if (reader->left > 0)
		return refuse(reader->verifier, REFUSAL_ROWS, "%s: %llu bytes behind its rows",
			      section_names[reader->section], (unsigned long long)reader->left);
	return true;
}

static bool within(struct verifier *verifier, const char *what, uint32_t count, uint32_t limit)
{
	if (count > limit)
		return refuse(verifier, REFUSAL_TOO_LARGE, "%u %s, at most %u are allowed", count, what, limit);
	return true;
}

static bool layout_slots(struct verifier *verifier)
{
	struct program *program = verifier->program;
	struct section_reader reader = section_of(verifier, SECTION_SLOTS);

	program->slots_header = take(&reader, 1, sizeof *program->slots_header);
	if (reader.failed || !within(verifier, "slots", program->slots_header->slot_count, PROGRAM_SLOTS_MAX))
		return false;
	program->slot_rows = take(&reader, program->slots_header->slot_count, sizeof *program->slot_rows);
	program->slot_inputs = take(&reader, program->slots_header->input_count, sizeof *program->slot_inputs);
	return section_end(&reader);
}

static bool layout_predicates(struct verifier *verifier)
{
	struct program *program = verifier->program;
	struct section_reader reader = section_of(verifier, SECTION_PREDICATES);
	const struct format_predicates *header = take(&reader, 1, sizeof *header);

	if (reader.failed || !within(verifier, "operands", header->operand_count, PROGRAM_OPERANDS_MAX) ||
	    !within(verifier, "predicates", header->predicate_count, PROGRAM_PREDICATES_MAX))
		return false;
	program->predicates_header = header;
	program->operand_rows = take(&reader, header->operand_count, sizeof *program->operand_rows);
	program->predicate_rows = take(&reader, header->predicate_count, sizeof *program->predicate_rows);
	take_padding(&reader, (uint64_t)header->operand_count * sizeof *program->operand_rows);
	program->operand_tables_bytes = (uint32_t)reader.left;
	program->operand_tables = take(&reader, reader.left, 1);
	return section_end(&reader);
}

static bool layout_matchers(struct verifier *verifier)
{
	struct program *program = verifier->program;
	struct section_reader reader = section_of(verifier, SECTION_MATCHERS);
	const struct format_matchers *header = take(&reader, 1, sizeof *header);

	if (reader.failed || !within(verifier, "matchers", header->matcher_count, PROGRAM_MATCHERS_MAX))
		return false;
	program->matchers_header = header;
	program->matcher_rows = take(&reader, header->matcher_count, sizeof *program->matcher_rows);
	program->matcher_predicates = take(&reader, header->predicate_count, sizeof *program->matcher_predicates);
	take_padding(&reader, (uint64_t)header->predicate_count * sizeof *program->matcher_predicates);
	program->matcher_tables_bytes = (uint32_t)reader.left;
	program->matcher_tables = take(&reader, reader.left, 1);
	return section_end(&reader);
}

static bool layout_code(struct verifier *verifier)
{
	struct program *program = verifier->program;
	struct section_reader entries = section_of(verifier, SECTION_ENTRIES);
	struct section_reader code = section_of(verifier, SECTION_CODE);
	const struct format_entries *header = take(&entries, 1, sizeof *header);

	if (entries.failed)
		return false;
	program->entries_header = header;
	program->blocks = take(&entries, header->block_count, sizeof *program->blocks);
	program->entries = take(&entries, header->entry_count, sizeof *program->entries);
	if (!section_end(&entries))
		return false;
	program->instruction_count = (uint32_t)(code.left / sizeof *program->code);
	program->code = take(&code, program->instruction_count, sizeof *program->code);
	return section_end(&code);
}

static bool layout_rules(struct verifier *verifier)
{
	struct program *program = verifier->program;
	struct section_reader rules = section_of(verifier, SECTION_RULES);
	struct section_reader output = section_of(verifier, SECTION_OUTPUT);
	const struct format_rules *header = take(&rules, 1, sizeof *header);
	const struct format_output *output_header;

	if (rules.failed || !within(verifier, "rules", header->rule_count, PROGRAM_RULES_MAX) ||
	    !within(verifier, "tags", header->tag_count, PROGRAM_TAGS_MAX))
		return false;
	program->rules_header = header;
	program->rules = take(&rules, header->rule_count, sizeof *program->rules);
	program->tags = take(&rules, header->tag_count, sizeof *program->tags);
	program->tag_items = take(&rules, header->item_count, sizeof *program->tag_items);
	if (!section_end(&rules))
		return false;
	output_header = take(&output, 1, sizeof *output_header);
	if (output.failed)
		return false;
	program->output_header = output_header;
	program->rule_outputs = take(&output, header->rule_count, sizeof *program->rule_outputs);
	program->pieces = take(&output, output_header->piece_count, sizeof *program->pieces);
	program->fields = take(&output, output_header->field_count, sizeof *program->fields);
	program->output_items = take(&output, output_header->item_count, format_output_item_bytes(output_header));
	return section_end(&output);
}

static bool layout_capture(struct verifier *verifier)
{
	struct program *program = verifier->program;
	struct section_reader capture = section_of(verifier, SECTION_CAPTURE);
	struct section_reader debug = section_of(verifier, SECTION_DEBUG);
	const struct format_capture *header = take(&capture, 1, sizeof *header);

	if (capture.failed)
		return false;
	program->capture_header = header;
	program->capture_events = take(&capture, header->event_count, sizeof *program->capture_events);
	program->capture_generics = take(&capture, header->generic_count, sizeof *program->capture_generics);
	if (!section_end(&capture))
		return false;
	if (debug.left == 0)
		return true;
	program->debug_header = take(&debug, 1, sizeof *program->debug_header);
	if (debug.failed)
		return false;
	program->debug_rules = take(&debug, program->debug_header->rule_count, sizeof *program->debug_rules);
	program->debug_texts = take(&debug, program->debug_header->text_bytes, 1);
	return section_end(&debug);
}

bool verify_layout(struct verifier *verifier)
{
	struct program *program = verifier->program;

	if (!verify_header(verifier) || !verify_section_table(verifier))
		return false;
	program->constants = program->bytes + program->header->sections[SECTION_BYTES].offset;
	program->constants_bytes = program->header->sections[SECTION_BYTES].length;
	return layout_slots(verifier) && layout_predicates(verifier) && layout_matchers(verifier) &&
	       layout_code(verifier) && layout_rules(verifier) && layout_capture(verifier);
}

bool verify_constant(struct verifier *verifier, struct format_text t, uint32_t length_max, const char *what, uint32_t row)
{
	if ((uint64_t)t.offset + t.length > verifier->program->constants_bytes)
		return refuse(verifier, REFUSAL_CONSTANT, "%s %u: %u bytes at %u, BYTES has %u", what, row, t.length,
			      t.offset, verifier->program->constants_bytes);
	if (t.length > length_max)
		return refuse(verifier, REFUSAL_CONSTANT, "%s %u: %u bytes, at most %u are allowed", what, row, t.length,
			      length_max);
	return true;
}

bool verify_counted(struct verifier *verifier, uint32_t offset, const char *what, uint32_t row)
{
	const struct program *program = verifier->program;

	if (offset == 0 || offset > program->constants_bytes ||
	    (uint64_t)offset + program->constants[offset - 1] > program->constants_bytes)
		return refuse(verifier, REFUSAL_CONSTANT, "%s %u: a counted run at %u, BYTES has %u", what, row, offset,
			      program->constants_bytes);
	return true;
}

/* ---- schema ---- */

static bool unknown_id(struct verifier *verifier, const char *what, unsigned id)
{
	return refuse(verifier, REFUSAL_SCHEMA, "%s %u is not in this catalogue", what, id);
}

bool verify_schema_use(struct verifier *verifier, struct schema_use *use)
{
	const struct program *program = verifier->program;

	for (uint32_t i = 0; i < program->slots_header->slot_count; i++) {
		const struct format_slot *row = &program->slot_rows[i];

		if (row->type >= TYPE_COUNT)
			return unknown_id(verifier, "type", row->type);
		use->types[row->type] = true;
		if (row->kind == SLOT_FIELD) {
			if (row->field >= FIELD_COUNT)
				return unknown_id(verifier, "field", row->field);
			use->fields[row->field] = true;
		} else if (row->kind == SLOT_TRANSFORMER) {
			if (row->transformer >= TRANSFORMER_COUNT)
				return unknown_id(verifier, "transformer", row->transformer);
			use->transformers[row->transformer] = true;
		}
	}
	for (uint32_t i = 0; i < program->predicates_header->predicate_count; i++) {
		unsigned operator = program->predicate_rows[i].operator;

		if (operator >= OPERATOR_COUNT)
			return unknown_id(verifier, "operator", operator);
		use->operators[operator] = true;
	}
	for (uint32_t i = 0; i < program->entries_header->entry_count; i++) {
		if (program->entries[i].event >= EVENT_ID_COUNT)
			return unknown_id(verifier, "event", program->entries[i].event);
		use->events[program->entries[i].event] = true;
	}
	for (uint32_t i = 0; i < program->capture_header->event_count; i++) {
		if (program->capture_events[i].event >= EVENT_ID_COUNT)
			return unknown_id(verifier, "event", program->capture_events[i].event);
		use->events[program->capture_events[i].event] = true;
	}
	for (uint32_t i = 0; i < program->capture_header->generic_count; i++) {
		unsigned code = program->capture_generics[i];

		if (code >= SCHEMA_SYSCALL_CODES)
			return unknown_id(verifier, "system call", code);
		use->syscalls[code] = true;
	}
	return true;
}

/* False with refusal code -1: no memory. */
bool verify_schema(struct verifier *verifier)
{
	struct schema_use use = {0};
	uint8_t id[PROGRAM_SCHEMA_ID_BYTES];

	if (!verify_schema_use(verifier, &use))
		return false;
	if (schema_id_compute(&use, id) < 0)
		return false;
	if (memcmp(id, verifier->program->header->schema_id, sizeof id) != 0)
		return refuse(verifier, REFUSAL_SCHEMA,
			      "the fields, events or types that it uses are not those of this version");
	return true;
}

/* ---- rules ---- */

bool verify_rules(struct verifier *verifier)
{
	const struct program *program = verifier->program;
	const struct format_rules *header = program->rules_header;
	uint64_t next_item = 0;

	if (header->zero != 0)
		return refuse(verifier, REFUSAL_RULE, "a reserved number");
	for (uint32_t i = 0; i < header->tag_count; i++)
		if (!verify_constant(verifier, program->tags[i], PROGRAM_MEMBER_BYTES_MAX, "tag", i))
			return false;
	for (uint32_t i = 0; i < header->item_count; i++)
		if (program->tag_items[i] >= header->tag_count)
			return refuse(verifier, REFUSAL_RULE, "there is no tag %u", program->tag_items[i]);
	for (uint32_t i = 0; i < header->rule_count; i++) {
		const struct format_rule *row = &program->rules[i];

		if (!verify_constant(verifier, row->name, UINT32_MAX, "name of rule", i) ||
		    !verify_constant(verifier, row->source, UINT32_MAX, "source of rule", i))
			return false;
		if (row->priority >= PRIORITY_COUNT || row->is_enabled > 1)
			return refuse(verifier, REFUSAL_RULE, "rule %u: priority %u, enabled %u", i, row->priority,
				      row->is_enabled);
		if (row->first_tag != next_item || next_item + row->tag_count > header->item_count)
			return refuse(verifier, REFUSAL_RULE, "rule %u: %u tags from %u", i, row->tag_count,
				      row->first_tag);
		next_item += row->tag_count;
		for (uint32_t tag = 1; tag < row->tag_count; tag++)
			if (text_compare(program_rule_tag(program, i, tag - 1), program_rule_tag(program, i, tag)) >= 0)
				return refuse(verifier, REFUSAL_RULE, "rule %u: tags do not ascend", i);
	}
	if (next_item != header->item_count)
		return refuse(verifier, REFUSAL_RULE, "%u tags of rules, they use %llu", header->item_count,
			      (unsigned long long)next_item);
	return true;
}

static bool verify_pieces_and_fields(struct verifier *verifier)
{
	const struct program *program = verifier->program;
	uint32_t slot_count = program->slots_header->slot_count;

	for (uint32_t i = 0; i < program->output_header->piece_count; i++) {
		const struct format_output_piece *row = &program->pieces[i];
		struct format_text literal = {row->offset_or_slot, row->length_or_width & ~FORMAT_PIECE_IS_LITERAL};

		if ((row->length_or_width & FORMAT_PIECE_IS_LITERAL) == 0 && row->offset_or_slot >= slot_count)
			return refuse(verifier, REFUSAL_OUTPUT, "piece %u: slot %u", i, row->offset_or_slot);
		if ((row->length_or_width & FORMAT_PIECE_IS_LITERAL) != 0 &&
		    !verify_constant(verifier, literal, UINT32_MAX, "piece", i))
			return false;
	}
	for (uint32_t i = 0; i < program->output_header->field_count; i++) {
		const struct format_output_field *row = &program->fields[i];

		if (!verify_constant(verifier, row->name, PROGRAM_FIELD_NAME_BYTES_MAX, "output field", i))
			return false;
		if (row->slot >= slot_count)
			return refuse(verifier, REFUSAL_OUTPUT, "field %u: slot %u", i, row->slot);
	}
	return true;
}

static bool verify_rule_output(struct verifier *verifier, uint32_t rule)
{
	const struct program *program = verifier->program;
	const struct format_rule_output *row = &program->rule_outputs[rule];

	for (uint32_t i = 0; i < row->piece_count + (uint32_t)row->field_count; i++) {
		uint32_t number = program_output_item(program, row->first_item + i);

		if (number >= (i < row->piece_count ? program->output_header->piece_count
						    : program->output_header->field_count))
			return refuse(verifier, REFUSAL_OUTPUT, "rule %u: there is no piece or field %u", rule, number);
	}
	for (uint32_t field = 1; field < row->field_count; field++)
		if (text_compare(program_output_field(program, rule, field - 1).name,
				 program_output_field(program, rule, field).name) >= 0)
			return refuse(verifier, REFUSAL_OUTPUT, "rule %u: fields do not ascend", rule);
	return true;
}

bool verify_output(struct verifier *verifier)
{
	const struct program *program = verifier->program;
	const struct format_output *header = program->output_header;
	uint64_t next_item = 0;

	if (header->zero != 0)
		return refuse(verifier, REFUSAL_OUTPUT, "a reserved number");
	if (!verify_pieces_and_fields(verifier))
		return false;
	for (uint32_t i = 0; i < program->rules_header->rule_count; i++) {
		const struct format_rule_output *row = &program->rule_outputs[i];

		if (row->first_item != next_item ||
		    next_item + row->piece_count + row->field_count > header->item_count)
			return refuse(verifier, REFUSAL_OUTPUT, "rule %u: %u pieces and %u fields from %u", i,
				      row->piece_count, row->field_count, row->first_item);
		next_item += row->piece_count + (uint64_t)row->field_count;
		if (!verify_rule_output(verifier, i))
			return false;
	}
	if (next_item != header->item_count)
		return refuse(verifier, REFUSAL_OUTPUT, "pieces or fields that no rule uses");
	return true;
}

/* ---- capture plan, debug ---- */

#define CAPTURE_FLAGS CAPTURE_FLAG_RESULT

bool verify_capture(struct verifier *verifier)
{
	const struct program *program = verifier->program;
	bool is_code[SCHEMA_SYSCALL_CODES] = {false};
	uint32_t flags;

	for (uint32_t i = 0; i < program->capture_header->event_count; i++) {
		const struct format_capture_event *row = &program->capture_events[i];

		if ((i > 0 && row->event <= program->capture_events[i - 1].event) || (row->flags & ~CAPTURE_FLAGS) != 0)
			return refuse(verifier, REFUSAL_CAPTURE, "event %u, flags %x", row->event, row->flags);
	}
	for (size_t row = 0; row < syscall_count(); row++)
		if (syscall_at(row)->code < SCHEMA_SYSCALL_CODES)
			is_code[syscall_at(row)->code] = true;
	for (uint32_t i = 0; i < program->capture_header->generic_count; i++) {
		unsigned code = program->capture_generics[i];

		if ((i > 0 && code <= program->capture_generics[i - 1]) || !is_code[code])
			return refuse(verifier, REFUSAL_CAPTURE, "system call %u", code);
	}
	for (uint32_t i = 0; i < program->entries_header->entry_count; i++) {
		const struct format_entry *entry = &program->entries[i];

		if (verifier->block_is_live[entry->block] && !program_captures(program, entry->event, &flags))
			return refuse(verifier, REFUSAL_NOT_CAPTURED, "event %u (%s)", entry->event,
				      event_info(entry->event)->constant);
	}
	return true;
}

bool verify_debug(struct verifier *verifier)
{
	const struct program *program = verifier->program;

	if (program->debug_header == NULL)
		return true;
	if (program->debug_header->rule_count != program->rules_header->rule_count)
		return refuse(verifier, REFUSAL_DEBUG, "rows for %u rules, there are %u",
			      program->debug_header->rule_count, program->rules_header->rule_count);
	for (uint32_t i = 0; i < program->debug_header->rule_count; i++) {
		struct format_text file = program->debug_rules[i].file, description = program->debug_rules[i].description;

		if ((uint64_t)file.offset + file.length > program->debug_header->text_bytes ||
		    (uint64_t)description.offset + description.length > program->debug_header->text_bytes)
			return refuse(verifier, REFUSAL_DEBUG, "rule %u: texts at %u and %u", i, description.offset,
				      file.offset);
	}
	return true;
}
