#include "tests/support/small_program.h"

#include <stdlib.h>

#include "vm/program_writer.h"

/* Programs without Check use this, too: fuzz targets. */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t field_slot(struct program_writer *writer, enum field_id field)
{
	struct field_request request = {.field = (uint16_t)field};
	const struct field_info *info = field_info(field);

	return program_writer_field_slot(writer, &request, (enum value_type)info->type, info->is_list);
}

static struct program_output_piece literal(struct text t)
{
	return (struct program_output_piece){.is_literal = true, .literal = t};
}

static struct program_output_piece slot_piece(uint32_t slot, uint32_t width_bytes)
{
	return (struct program_output_piece){.slot = slot, .width_bytes = width_bytes};
}

void small_program_build(struct buffer *program)
{
	static const struct text tags[] = {{"a", 1}, {"b", 1}};
	struct program_writer *writer = program_writer_new();
	uint32_t number = field_slot(writer, FIELD_FD_NUM), name = field_slot(writer, FIELD_PROC_NAME);
	uint32_t event_number = field_slot(writer, FIELD_EVT_NUM), delta = field_slot(writer, FIELD_EVT_DELTATIME);
	uint32_t type = field_slot(writer, FIELD_EVT_TYPE);
	uint32_t upper = program_writer_transformer_slot(writer, TRANSFORMER_TOUPPER, &type, 1, TEXT_EMPTY, TYPE_CHARBUF,
							 false);
	const struct program_output_piece first_pieces[] = {literal(TEXT("close ")), slot_piece(number, 0),
							    literal(TEXT(" by ")), slot_piece(name, 5), literal(TEXT("|"))};
	const struct program_output_field first_fields[] = {{TEXT("fd.num"), number}, {TEXT("proc.name"), name}};
	const struct program_output_piece second_pieces[] = {literal(TEXT("any ")), slot_piece(event_number, 0),
							     literal(TEXT(" ")),    slot_piece(delta, 0),
							     literal(TEXT(" ")),    slot_piece(upper, 0)};
	const struct program_output_field second_fields[] = {
		{TEXT("evt.deltatime"), delta}, {TEXT("evt.num"), event_number}, {TEXT("evt.type"), type}};
	const struct program_rule_description rules[SMALL_PROGRAM_RULES] = {
		{.name = TEXT("Close of three"), .description = TEXT("d"), .source = TEXT("syscall"),
		 .priority = PRIORITY_WARNING, .is_enabled = true, .tags = tags, .tag_count = 2, .pieces = first_pieces,
		 .piece_count = 5, .fields = first_fields, .field_count = 2},
		{.name = TEXT("Any close"), .description = TEXT("d"), .source = TEXT("syscall"),
		 .priority = PRIORITY_NOTICE, .pieces = second_pieces, .piece_count = 6, .fields = second_fields,
		 .field_count = 3},
	};
	uint32_t predicate = program_writer_predicate(writer, number, OPERATOR_EQUAL, QUANTIFIER_SCALAR, MODIFIER_NONE,
						      program_writer_number_operand(writer, 3));
	uint32_t block, end;

	require(program_writer_rule(writer, &rules[0]) == 0);
	require(program_writer_rule(writer, &rules[1]) == 1);
	block = program_writer_begin_block(writer);
	program_writer_entry(writer, block, EVENT_SYSCALL_CLOSE_X);
	end = program_writer_new_label(writer);
	program_writer_begin_rule(writer, 0, end);
	program_writer_test(writer, predicate, true, false, end);
	program_writer_match(writer, 0);
	program_writer_place_label(writer, end);
	end = program_writer_new_label(writer);
	program_writer_begin_rule(writer, 1, end);
	program_writer_match(writer, 1);
	program_writer_place_label(writer, end);
	program_writer_end_block(writer);
	program_writer_capture(writer, EVENT_SYSCALL_CLOSE_X, 0);
	require(program_writer_finish(writer, program) == 0);
	program_writer_free(writer);
}
