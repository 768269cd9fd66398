#include "vm/program.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/program_cost.h"
#include "vm/program_verify.h"
#include "vm/redzone.h"

const char *program_refusal_name(int code)
{
	static const char *const names[] = {
#define REFUSAL(constant, name, meaning) name,
#include "vm/refusals.def"
#undef REFUSAL
	};

	return code >= 0 && code < REFUSAL_COUNT ? names[code] : "unknown refusal";
}

bool program_refusal_is_schema(int code)
{
	return code == REFUSAL_SCHEMA;
}

bool program_refusal_is_size(int code)
{
	return code == REFUSAL_TOO_LARGE || code == REFUSAL_COST || code == REFUSAL_SLOT_DEPTH;
}

/* ---- loading ---- */

static size_t lay_out_decoded(struct program *program, uint8_t *base)
{
	size_t offset = 0;

	program->slots = private_part(base, &offset, program->slots_header->slot_count, sizeof *program->slots);
	program->predicates =
		private_part(base, &offset, program->predicates_header->predicate_count, sizeof *program->predicates);
	program->operands = private_part(base, &offset, program->predicates_header->operand_count, sizeof *program->operands);
	program->matchers = private_part(base, &offset, program->matchers_header->matcher_count, sizeof *program->matchers);
	/* A matcher has no more words than predicates. */
	program->word_defaults =
		private_part(base, &offset, program->matchers_header->predicate_count, sizeof *program->word_defaults);
	program->word_matchers =
		private_part(base, &offset, program->matchers_header->predicate_count, sizeof *program->word_matchers);
	program->block_costs = private_part(base, &offset, program->entries_header->block_count, sizeof *program->block_costs);
	return offset;
}

static int allocate_decoded(struct verifier *verifier)
{
	struct program *program = verifier->program;
	uint32_t mark_count;

	program->decoded_bytes = lay_out_decoded(program, NULL);
	program->decoded = private_map(program->decoded_bytes);
	if (program->decoded == NULL)
		return -ENOMEM;
	lay_out_decoded(program, program->decoded);
	mark_count = program->slots_header->slot_count + program->predicates_header->predicate_count;
	if (mark_count < program->instruction_count)
		mark_count = program->instruction_count;
	verifier->marks = malloc(((size_t)mark_count + 1) * sizeof *verifier->marks);
	verifier->block_is_live = calloc(program->entries_header->block_count + 1, sizeof *verifier->block_is_live);
	return verifier->marks != NULL && verifier->block_is_live != NULL ? 0 : -ENOMEM;
}

static int verify_cost(struct verifier *verifier)
{
	struct program *program = verifier->program;
	int result = program_compute_costs(program, verifier->marks);

	if (result == -E2BIG)
		refuse(verifier, REFUSAL_TOO_LARGE, "the lists of modifiers have too many members");
	if (result < 0)
		return result == -E2BIG ? -EINVAL : result;
	for (uint32_t i = 0; i < program->entries_header->entry_count; i++) {
		uint64_t cost = program->block_costs[program->entries[i].block];

		if (cost <= PROGRAM_COST_MAX)
			continue;
		refuse(verifier, REFUSAL_COST, "event %u (%s): %llu units, at most %llu are allowed",
		       program->entries[i].event, event_info(program->entries[i].event)->constant,
		       (unsigned long long)cost, (unsigned long long)PROGRAM_COST_MAX);
		return -EINVAL;
	}
	return 0;
}

/* 0, -ENOMEM or -EINVAL with the refusal filled. */
static int verify(struct verifier *verifier)
{
	int result;

	if (!verify_layout(verifier))
		return -EINVAL;
	if (!verify_schema(verifier))
		return verifier->refusal->code >= 0 ? -EINVAL : -ENOMEM;
	result = allocate_decoded(verifier);
	if (result < 0)
		return result;
	comparison_table_fill(&verifier->program->comparisons);
	if (!verify_slots(verifier) || !verify_operands(verifier) || !verify_predicates(verifier) ||
	    !verify_matchers(verifier) || !verify_rules(verifier) || !verify_code(verifier) || !verify_output(verifier) ||
	    !verify_capture(verifier) || !verify_debug(verifier))
		return -EINVAL;
	return verify_cost(verifier);
}

int program_load(const void *bytes, size_t length, struct program **ret_program, struct program_refusal *ret_refusal)
{
	struct program_refusal refusal = {.code = -1};
	struct verifier verifier = {.refusal = &refusal};
	struct program *program;
	uint8_t *copy;
	int result;

	if (length > PROGRAM_BYTES_MAX) {
		refuse(&verifier, REFUSAL_TOO_LARGE, "%zu bytes, at most %u are allowed", length, PROGRAM_BYTES_MAX);
		*ret_refusal = refusal;
		return -EINVAL;
	}
	program = calloc(1, sizeof *program);
	copy = private_map(length);
	if (program == NULL || copy == NULL) {
		free(program);
		if (copy != NULL)
			private_unmap(copy, length);
		return -ENOMEM;
	}
	if (length > 0)
		memcpy(copy, bytes, length);
	program->bytes = copy;
	program->length = length;
	verifier.program = program;
	result = mprotect(copy, length + 1, PROT_READ) == 0 ? verify(&verifier) : -ENOMEM;
	if (result == 0 && mprotect(program->decoded, program->decoded_bytes, PROT_READ) != 0)
		result = -ENOMEM;
	free(verifier.marks);
	free(verifier.block_is_live);
	if (result < 0) {
		program_free(program);
		if (result == -EINVAL)
			*ret_refusal = refusal;
		return result;
	}
	*ret_program = program;
	return 0;
}

struct program *program_free(struct program *program)
{
	if (program == NULL)
		return NULL;
	if (program->decoded != NULL)
		private_unmap(program->decoded, program->decoded_bytes);
	private_unmap((void *)(uintptr_t)program->bytes, program->length);
	free(program);
	return NULL;
}

/* ---- accessors ---- */

size_t program_bytes(const struct program *program, const uint8_t **ret_bytes)
{
	*ret_bytes = program->bytes;
	return program->length;
}

enum rule_matching program_rule_matching(const struct program *program)
{
	return (enum rule_matching)program->header->rule_matching;
}

uint32_t program_rule_count(const struct program *program)
{
	return program->rules_header->rule_count;
}

static struct text rule_description(const struct program *program, uint32_t rule)
{
	if (program->debug_header == NULL)
		return TEXT_EMPTY;
	return text_of((const char *)program->debug_texts + program->debug_rules[rule].description.offset,
		       program->debug_rules[rule].description.length);
}

struct program_rule program_rule(const struct program *program, uint32_t rule)
{
	const struct format_rule *row = &program->rules[rule];

	assert(rule < program->rules_header->rule_count);
	return (struct program_rule){
		.name = program_constant(program, row->name),
		.description = rule_description(program, rule),
		.source = program_constant(program, row->source),
		.priority = row->priority,
		.is_enabled = row->is_enabled,
		.tag_count = row->tag_count,
	};
}

struct text program_rule_tag(const struct program *program, uint32_t rule, uint32_t tag)
{
	assert(rule < program->rules_header->rule_count && tag < program->rules[rule].tag_count);
	return program_constant(program, program->tags[program->tag_items[program->rules[rule].first_tag + tag]]);
}

uint32_t program_output_piece_count(const struct program *program, uint32_t rule)
{
	assert(rule < program->rules_header->rule_count);
	return program->rule_outputs[rule].piece_count;
}

struct program_output_piece program_output_piece(const struct program *program, uint32_t rule, uint32_t piece)
{
	const struct format_output_piece *row =
		&program->pieces[program_output_item(program, program->rule_outputs[rule].first_item + piece)];

	assert(rule < program->rules_header->rule_count && piece < program->rule_outputs[rule].piece_count);
	if (row->length_or_width & FORMAT_PIECE_IS_LITERAL)
		return (struct program_output_piece){
			.is_literal = true,
			.literal = text_of((const char *)program->constants + row->offset_or_slot,
					   row->length_or_width & ~FORMAT_PIECE_IS_LITERAL),
		};
	return (struct program_output_piece){.slot = row->offset_or_slot, .width_bytes = row->length_or_width};
}

uint32_t program_output_field_count(const struct program *program, uint32_t rule)
{
	assert(rule < program->rules_header->rule_count);
	return program->rule_outputs[rule].field_count;
}

struct program_output_field program_output_field(const struct program *program, uint32_t rule, uint32_t field)
{
	const struct format_rule_output *output = &program->rule_outputs[rule];
	const struct format_output_field *row =
		&program->fields[program_output_item(program, output->first_item + output->piece_count + field)];

	assert(rule < program->rules_header->rule_count && field < program->rule_outputs[rule].field_count);
	return (struct program_output_field){.name = program_constant(program, row->name), .slot = row->slot};
}

uint32_t program_slot_count(const struct program *program)
{
	return program->slots_header->slot_count;
}

bool program_slot_request(const struct program *program, uint32_t slot, struct field_request *ret_request)
{
	assert(slot < program->slots_header->slot_count);
	if (program->slots[slot].kind != SLOT_FIELD)
		return false;
	*ret_request = program->slots[slot].request;
	return true;
}

bool program_has_entry(const struct program *program, unsigned event)
{
	return event < EVENT_ID_COUNT && program->event_block[event] != NO_BLOCK;
}

bool program_captures(const struct program *program, unsigned event, uint32_t *ret_flags)
{
	const struct format_capture_event *events = program->capture_events;
	uint32_t low = 0, high = program->capture_header->event_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (events[middle].event < event)
			low = middle + 1;
		else
			high = middle;
	}
	if (low >= program->capture_header->event_count || events[low].event != event)
		return false;
	*ret_flags = events[low].flags;
	return true;
}

bool program_captures_generic(const struct program *program, unsigned syscall_code)
{
	uint32_t low = 0, high = program->capture_header->generic_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (program->capture_generics[middle] < syscall_code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < program->capture_header->generic_count && program->capture_generics[low] == syscall_code;
}

uint64_t program_worst_case_cost(const struct program *program, unsigned event)
{
	return program_has_entry(program, event) ? program->block_costs[program->event_block[event]] : 0;
}

struct text program_schema_id(const struct program *program)
{
	return text_of((const char *)program->header->schema_id, PROGRAM_SCHEMA_ID_BYTES);
}
