/* Verification of slots; decodes them, with their greatest lengths and costs. */
#include <string.h>

#include "vm/program_cost.h"
#include "vm/program_verify.h"
#include "vm/transform.h"

static bool verify_field_slot(struct verifier *verifier, uint32_t number, const struct format_slot *row, struct slot *slot)
{
	const struct field_info *info = field_info(row->field);
	bool has_argument = row->flags & FORMAT_SLOT_HAS_ARGUMENT, is_each = row->flags & FORMAT_SLOT_EACH;
	bool is_number = row->flags & FORMAT_SLOT_ARGUMENT_IS_NUMBER;
	/* evt.abspath is flagged as needing one, but does without. */
	bool needs_argument = (info->flags & FIELD_FLAG_ARG_REQUIRED) != 0 && info->argument != ARGUMENT_SOURCE_OR_TARGET;
	const unsigned flags = FORMAT_SLOT_IS_LIST | FORMAT_SLOT_HAS_ARGUMENT | FORMAT_SLOT_ARGUMENT_IS_NUMBER |
			       FORMAT_SLOT_EACH;

	if ((row->flags & ~flags) != 0 || row->transformer != 0 || row->zero != 0)
		return refuse(verifier, REFUSAL_SLOT, "slot %u: flags %x or a reserved byte", number, row->flags);
	if (row->type != info->type && info->type != TYPE_DYN)
		return refuse(verifier, REFUSAL_SLOT, "slot %u: %s has type %s, not %s", number, info->name,
			      type_name((enum value_type)info->type), type_name((enum value_type)row->type));
	if (has_argument ? info->argument == ARGUMENT_NONE : needs_argument)
		return refuse(verifier, REFUSAL_SLOT, "slot %u: argument of %s", number, info->name);
	if ((is_number && !has_argument) || (!has_argument && row->text.length != 0) ||
	    (!is_number && row->argument_number != 0))
		return refuse(verifier, REFUSAL_SLOT, "slot %u: argument without its flag", number);
	if (is_each && (has_argument || (info->flags & (FIELD_FLAG_ANY_ANCESTOR | FIELD_FLAG_EITHER_END)) == 0))
		return refuse(verifier, REFUSAL_SLOT, "slot %u: %s has no list of all its values", number, info->name);
	if (slot->is_list != (is_each || info->is_list))
		return refuse(verifier, REFUSAL_SLOT, "slot %u: %s is %s", number, info->name,
			      slot->is_list ? "no list" : "a list");
	if (!verify_constant(verifier, row->text, UINT32_MAX, "argument of slot", number))
		return false;
	slot->request = (struct field_request){
		.field = row->field,
		.flags = is_each ? SLOT_FLAG_EACH : 0,
		.has_argument = has_argument,
		.argument_is_number = is_number,
		.argument_number = row->argument_number,
		.argument = program_constant(verifier->program, row->text),
	};
	slot->is_dynamic = info->type == TYPE_DYN;
	slot->bytes_max = info->value_bytes_max;
	slot->elements_max = slot->is_list ? VALUE_LIST_ELEMENTS_MAX : 1;
	slot->cost = COST_FETCH;
	return true;
}

static bool wrong_inputs(struct verifier *verifier, uint32_t number, const char *transformer)
{
	return refuse(verifier, REFUSAL_TRANSFORMER, "slot %u: inputs or result of %s", number, transformer);
}

static bool is_text(const struct slot *slot)
{
	return slot->value_kind == KIND_STRING && !slot->is_dynamic;
}

/* Greatest length of the value, or of an element, as text. */
static uint64_t text_bytes_max(const struct slot *slot)
{
	return (kind_has_bytes(slot->value_kind) || slot->is_dynamic) && slot->bytes_max > VALUE_TEXT_BYTES_MAX
		       ? slot->bytes_max
		       : VALUE_TEXT_BYTES_MAX;
}

static bool is_opaque(const struct slot *slot)
{
	return slot->value_kind == KIND_OPAQUE && !slot->is_dynamic;
}

/* Types of the inputs and of the result of a transformer; fills the slot's greatest lengths. */
static bool verify_transformer_types(struct verifier *verifier, uint32_t number, struct slot *slot, uint64_t *ret_bytes_max)
{
	const struct slot *slots = verifier->program->slots;
	const struct slot *first = &slots[slot->inputs[0]];
	const char *name = transformer_info(slot->transformer)->name;

	slot->elements_max = 1;
	switch (slot->transformer) {
	case TRANSFORMER_TOLOWER:
	case TRANSFORMER_TOUPPER:
	case TRANSFORMER_BASENAME:
	case TRANSFORMER_B64:
		if (!is_text(first) && !(slot->transformer == TRANSFORMER_B64 && first->value_kind == KIND_BYTES &&
					 !first->is_dynamic))
			return wrong_inputs(verifier, number, name);
		if (slot->type != first->type || slot->is_list != first->is_list)
			return wrong_inputs(verifier, number, name);
		slot->elements_max = first->elements_max;
		*ret_bytes_max = first->bytes_max;
		return true;
	case TRANSFORMER_LEN:
		if (!first->is_list && !is_text(first) && (first->value_kind != KIND_BYTES || first->is_dynamic))
			return wrong_inputs(verifier, number, name);
		if (slot->type != TYPE_UINT64 || slot->is_list)
			return wrong_inputs(verifier, number, name);
		*ret_bytes_max = 8;
		return true;
	case TRANSFORMER_JOIN:
		if (!is_text(first) || first->is_list || !slots[slot->inputs[1]].is_list ||
		    is_opaque(&slots[slot->inputs[1]]) || slot->type != TYPE_CHARBUF || slot->is_list)
			return wrong_inputs(verifier, number, name);
		*ret_bytes_max = slots[slot->inputs[1]].elements_max *
				 (text_bytes_max(&slots[slot->inputs[1]]) + first->bytes_max);
		return true;
	case TRANSFORMER_CONCAT:
		*ret_bytes_max = 0;
		for (uint32_t i = 0; i < slot->input_count; i++) {
			const struct slot *input = &slots[slot->inputs[i]];

			if (input->is_list || is_opaque(input))
				return wrong_inputs(verifier, number, name);
			*ret_bytes_max += text_bytes_max(input);
		}
		return slot->type == TYPE_CHARBUF && !slot->is_list ? true : wrong_inputs(verifier, number, name);
	default: /* TRANSFORMER_GETOPT */
		if (!is_text(first) || !first->is_list || !is_text(&slots[slot->inputs[1]]) ||
		    slots[slot->inputs[1]].is_list || slot->type != TYPE_CHARBUF ||
		    slot->is_list != (slot->text.length == 0))
			return wrong_inputs(verifier, number, name);
		slot->elements_max = slot->is_list ? VALUE_LIST_ELEMENTS_MAX : 1;
		*ret_bytes_max = first->bytes_max;
		return true;
	}
}

/* Cost of computing the slot and all its inputs; an input that is used twice counts twice. */
static uint64_t transformer_cost(const struct slot *slots, const struct slot *slot)
{
	uint64_t bytes = 0, elements = 0, inputs_cost = 0;

	for (uint32_t i = 0; i < slot->input_count; i++) {
		const struct slot *input = &slots[slot->inputs[i]];

		bytes += input->elements_max * text_bytes_max(input);
		elements += input->elements_max;
		inputs_cost = saturating_add(inputs_cost, input->cost);
	}
	if (slot->kind == SLOT_TRANSFORMER && slot->transformer == TRANSFORMER_JOIN)
		bytes += slots[slot->inputs[0]].bytes_max * elements;
	return saturating_add(transform_cost(bytes, elements), inputs_cost);
}

static bool verify_computed_slot(struct verifier *verifier, uint32_t number, const struct format_slot *row,
				 struct slot *slot, uint32_t *next_input)
{
	struct program *program = verifier->program;
	const struct transformer_info *info = NULL;
	bool has_selector = row->flags & FORMAT_SLOT_HAS_SELECTOR;
	uint64_t bytes_max = 0;

	if (row->first_input != *next_input ||
	    (uint64_t)row->first_input + row->input_count > program->slots_header->input_count)
		return refuse(verifier, REFUSAL_TRANSFORMER, "slot %u: %u inputs from %u", number, row->input_count,
			      row->first_input);
	*next_input += row->input_count;
	slot->inputs = program->slot_inputs + row->first_input;
	slot->input_count = row->input_count;
	for (uint32_t i = 0; i < row->input_count; i++) {
		if (slot->inputs[i] >= number)
			return refuse(verifier, REFUSAL_TRANSFORMER, "slot %u: input %u does not come before it", number,
				      slot->inputs[i]);
		if (verifier->marks[slot->inputs[i]] >= verifier->marks[number])
			verifier->marks[number] = verifier->marks[slot->inputs[i]] + 1;
	}
	if (verifier->marks[number] > PROGRAM_SLOT_DEPTH_MAX)
		return refuse(verifier, REFUSAL_SLOT_DEPTH, "slot %u: more than %u transformers inside each other", number,
			      PROGRAM_SLOT_DEPTH_MAX);
	if (row->kind == SLOT_TRANSFORMER)
		info = transformer_info(row->transformer);
	if (row->field != 0 || row->zero != 0 || (info == NULL && row->transformer != 0) ||
	    (row->flags & ~(FORMAT_SLOT_IS_LIST | FORMAT_SLOT_HAS_SELECTOR)) != 0 ||
	    (has_selector && row->transformer != TRANSFORMER_GETOPT) || (has_selector ? 1 : 0) != row->text.length)
		return refuse(verifier, REFUSAL_SLOT, "slot %u: flags %x or a reserved byte", number, row->flags);
	if (!verify_constant(verifier, row->text, UINT32_MAX, "selector of slot", number))
		return false;
	slot->text = program_constant(program, row->text);
	if (info != NULL) {
		if (row->input_count < info->arguments_min ||
		    (info->arguments_max != 255 && row->input_count > info->arguments_max))
			return refuse(verifier, REFUSAL_TRANSFORMER, "slot %u: %u inputs for %s", number,
				      row->input_count, info->name);
		if (!verify_transformer_types(verifier, number, slot, &bytes_max))
			return false;
	} else {
		slot->elements_max = row->input_count;
		for (uint32_t i = 0; i < row->input_count; i++) {
			const struct slot *input = &program->slots[slot->inputs[i]];

			if (input->is_list || is_opaque(input))
				return wrong_inputs(verifier, number, "a list");
			if (bytes_max < text_bytes_max(input))
				bytes_max = text_bytes_max(input);
		}
		if (slot->type != TYPE_CHARBUF || !slot->is_list)
			return wrong_inputs(verifier, number, "a list");
	}
	if (bytes_max > PROGRAM_VALUE_BYTES_MAX)
		return refuse(verifier, REFUSAL_TOO_LARGE, "slot %u: up to %llu bytes, at most %u are allowed", number,
			      (unsigned long long)bytes_max, PROGRAM_VALUE_BYTES_MAX);
	slot->bytes_max = (uint32_t)bytes_max;
	slot->cost = transformer_cost(program->slots, slot);
	return true;
}

bool verify_slots(struct verifier *verifier)
{
	struct program *program = verifier->program;
	uint64_t scratch_bytes = 0;
	uint32_t next_input = 0;

	for (uint32_t i = 0; i < program->slots_header->slot_count; i++) {
		const struct format_slot *row = &program->slot_rows[i];
		struct slot *slot = &program->slots[i];

		slot->kind = row->kind;
		slot->type = row->type;
		slot->value_kind = (uint8_t)type_kind((enum value_type)row->type);
		slot->transformer = row->transformer;
		slot->is_list = row->flags & FORMAT_SLOT_IS_LIST;
		verifier->marks[i] = 0; /* depth */
		switch (row->kind) {
		case SLOT_FIELD:
			if (!verify_field_slot(verifier, i, row, slot))
				return false;
			break;
		case SLOT_CONSTANT:
			if (row->flags != 0 || row->transformer != 0 || row->field != 0 || row->zero != 0 ||
			    row->argument_number != 0 || row->type != TYPE_CHARBUF)
				return refuse(verifier, REFUSAL_SLOT, "slot %u: type or a reserved byte", i);
			if (!verify_constant(verifier, row->text, PROGRAM_VALUE_BYTES_MAX, "constant of slot", i))
				return false;
			slot->text = program_constant(program, row->text);
			slot->bytes_max = row->text.length;
			slot->elements_max = 1;
			slot->cost = COST_FETCH;
			break;
		case SLOT_LIST:
		case SLOT_TRANSFORMER:
			if (!verify_computed_slot(verifier, i, row, slot, &next_input))
				return false;
			break;
		default:
			return refuse(verifier, REFUSAL_SLOT, "slot %u: kind %u", i, row->kind);
		}
		scratch_bytes += transform_scratch_bytes(slot);
		if (scratch_bytes > PROGRAM_SCRATCH_BYTES_MAX)
			return refuse(verifier, REFUSAL_TOO_LARGE, "slot %u: the results of transformers exceed %u bytes", i,
				      PROGRAM_SCRATCH_BYTES_MAX);
		slot->scratch_bytes = (uint32_t)transform_scratch_bytes(slot);
		slot->scratch_offset = (uint32_t)scratch_bytes - slot->scratch_bytes;
	}
	if (next_input != program->slots_header->input_count)
		return refuse(verifier, REFUSAL_TRANSFORMER, "%u inputs, the slots use %u",
			      program->slots_header->input_count, next_input);
	program->scratch_bytes = (uint32_t)scratch_bytes;
	return true;
}
