/* Output templates: the pieces of the text, and the keys of output_fields (language reference 6.1 to 6.3). */
#include <stdlib.h>

#include "compiler/condition/canonical_text.h"
#include "compiler/emit/emission.h"

/* Fields inside transformers count: they are in output_fields, the transformer is not. */
static uint32_t count_fields(const struct expression *expression)
{
	uint32_t count = expression->kind == EXPRESSION_FIELD;

	for (uint32_t i = 0; i < expression->child_count; i++)
		count += count_fields(expression->children[i]);
	return count;
}

static void add_fields(struct emission *emission, const struct expression *expression, uint32_t number,
		       struct program_output_field *fields, uint32_t *count)
{
	struct buffer name = BUFFER_INIT;
	struct text copy = {0};

	for (uint32_t i = 0; i < expression->child_count; i++)
		add_fields(emission, expression->children[i], number, fields, count);
	if (expression->kind != EXPRESSION_FIELD)
		return;
	canonical_expression(&name, expression);
	if (!name.failed)
		copy = arena_copy_text(emission->scratch, buffer_text(&name));
	buffer_release(&name);
	if (!copy.bytes) {
		emission->failed = true;
		return;
	}
	fields[(*count)++] = (struct program_output_field){
		.name = copy, .slot = emit_slot(emission, expression, false, OUTPUT_OF_RULE(number))};
}

static int compare_fields(const void *a, const void *b)
{
	return text_compare(((const struct program_output_field *)a)->name, ((const struct program_output_field *)b)->name);
}

void emit_output(struct emission *emission, const struct rule *rule, uint32_t number,
		 struct program_rule_description *description)
{
	const struct output_template *output = rule->output;
	struct program_output_piece *pieces;
	struct program_output_field *fields;
	uint32_t room = 1, field_count = 0, distinct = 0;

	for (uint32_t i = 0; i < output->piece_count; i++)
		if (!output->pieces[i].is_literal)
			room += count_fields(output->pieces[i].item);
	pieces = arena_allocate_array(emission->scratch, (size_t)output->piece_count + 1, sizeof *pieces);
	fields = arena_allocate_array(emission->scratch, room, sizeof *fields);
	if (!pieces || !fields) {
		emission->failed = true;
		return;
	}
	for (uint32_t i = 0; i < output->piece_count; i++) {
		const struct output_piece *piece = &output->pieces[i];

		pieces[i] = (struct program_output_piece){.is_literal = piece->is_literal, .literal = TEXT_EMPTY};
		if (piece->is_literal) {
			pieces[i].literal = piece->literal;
			continue;
		}
		pieces[i].slot = emit_slot(emission, piece->item, false, OUTPUT_OF_RULE(number));
		pieces[i].width_bytes = piece->width_bytes;
		add_fields(emission, piece->item, number, fields, &field_count);
	}
	if (emission->failed)
		return;
	qsort(fields, field_count, sizeof *fields, compare_fields);
	for (uint32_t i = 0; i < field_count; i++)
		if (distinct == 0 || !text_equal(fields[i].name, fields[distinct - 1].name))
			fields[distinct++] = fields[i];
	description->pieces = pieces;
	description->piece_count = output->piece_count;
	description->fields = fields;
	description->field_count = distinct;
}
