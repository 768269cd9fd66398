/* Blocks of code: instructions with labels, resolved when a block ends. */
#include <errno.h>
#include <stdlib.h>

#include "vm/program_writer_internal.h"

uint32_t program_writer_begin_block(struct program_writer *writer)
{
	buffer_clear(&writer->block_instructions);
	buffer_clear(&writer->labels);
	return ROWS(&writer->blocks, struct format_block);
}

void program_writer_entry(struct program_writer *writer, uint32_t block, unsigned event)
{
	struct format_entry row = {.event = (uint16_t)event, .block = block};

	if (event >= EVENT_ID_COUNT)
		writer_fail(writer, -E2BIG);
	writer_append(writer, &writer->entries, &row, sizeof row);
}

uint32_t program_writer_new_label(struct program_writer *writer)
{
	struct writer_label label = {0};

	writer_append(writer, &writer->labels, &label, sizeof label);
	return ROWS(&writer->labels, struct writer_label) - 1;
}

static struct writer_instruction *block_code(struct program_writer *writer)
{
	return (struct writer_instruction *)(void *)writer->block_instructions.bytes;
}

void program_writer_place_label(struct program_writer *writer, uint32_t label)
{
	struct writer_label *labels = (struct writer_label *)(void *)writer->labels.bytes;

	if (writer->labels.failed || label >= ROWS(&writer->labels, struct writer_label)) {
		writer_fail(writer, writer->labels.failed ? -ENOMEM : -E2BIG);
		return;
	}
	labels[label].is_placed = true;
	labels[label].position = ROWS(&writer->block_instructions, struct writer_instruction);
}

static void emit(struct program_writer *writer, enum opcode opcode, unsigned flags, uint32_t operand)
{
	struct writer_instruction row = {.instruction = {(uint8_t)opcode, (uint8_t)flags, 0, operand}};

	writer_append(writer, &writer->block_instructions, &row, sizeof row);
}

static void emit_jump(struct program_writer *writer, enum opcode opcode, unsigned flags, uint32_t operand, uint32_t label)
{
	struct writer_instruction row = {
		.instruction = {(uint8_t)opcode, (uint8_t)flags, 0, operand}, .has_label = true, .label = label};

	writer_append(writer, &writer->block_instructions, &row, sizeof row);
}

void program_writer_begin_rule(struct program_writer *writer, uint32_t rule, uint32_t otherwise)
{
	emit_jump(writer, OP_BEGIN_RULE, 0, rule, otherwise);
}

void program_writer_test(struct program_writer *writer, uint32_t predicate, bool polarity, bool jump_when, uint32_t target)
{
	emit_jump(writer, jump_when ? OP_TEST_THEN : OP_TEST_ELSE,
		  polarity ? INSTRUCTION_WANTS_TRUE : INSTRUCTION_WANTS_FALSE, predicate, target);
}

void program_writer_jump(struct program_writer *writer, uint32_t target)
{
	emit_jump(writer, OP_JUMP, 0, 0, target);
}

void program_writer_run_matcher(struct program_writer *writer, uint32_t matcher)
{
	emit(writer, OP_RUN_MATCHER, 0, matcher);
}

static int compare_bits(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The bits of one level that a word has: the last one may be partly filled. */
static uint32_t full_mask(uint32_t bit_count, uint32_t word)
{
	uint32_t left = bit_count - word * 32;

	return left >= 32 ? UINT32_MAX : (1u << left) - 1;
}

/*
 * Masks for sorted bits of one level of a matcher, whose words begin at first_word. Words all of whose bits are wanted are
 * asked about together, by the words above.
 */
static uint32_t append_masks(struct program_writer *writer, const uint32_t *bits, uint32_t count, uint32_t first_word,
			     uint32_t bit_count)
{
	uint32_t *above = malloc((count + (size_t)1) * sizeof *above), above_count = 0, masks = 0;
	uint32_t words = (bit_count + 31) / 32;

	if (above == NULL) {
		writer_fail(writer, -ENOMEM);
		return 0;
	}
	for (uint32_t i = 0; i < count;) {
		struct writer_instruction row = {.instruction = {.opcode = OP_MASK}};
		uint32_t word = bits[i] / 32;

		for (; i < count && bits[i] / 32 == word; i++)
			row.instruction.operand |= 1u << bits[i] % 32;
		if (words > 1 && row.instruction.operand == full_mask(bit_count, word)) {
			above[above_count++] = word;
			continue;
		}
		row.instruction.target = (uint16_t)(first_word + word);
		writer_append(writer, &writer->block_instructions, &row, sizeof row);
		masks++;
	}
	if (above_count > 0)
		masks += append_masks(writer, above, above_count, first_word + words, words);
	free(above);
	return masks;
}

void program_writer_guard(struct program_writer *writer, const uint32_t *predicates, uint32_t count, uint32_t target)
{
	const uint32_t *bits = (const uint32_t *)(const void *)writer->matcher_bits.bytes;
	const struct format_matcher *matchers = (const void *)writer->matchers.bytes;
	uint32_t guard = ROWS(&writer->block_instructions, struct writer_instruction), masks = 0;
	uint32_t *sorted, *ends;

	emit_jump(writer, OP_GUARD, 0, 0, target);
	if (writer->error != 0)
		return;
	sorted = malloc((count + (size_t)1) * sizeof *sorted);
	if (sorted == NULL) {
		writer_fail(writer, -ENOMEM);
		return;
	}
	ends = sorted;
	for (uint32_t i = 0; i < count; i++) {
		if (predicates[i] >= ROWS(&writer->matcher_bits, uint32_t) || bits[predicates[i]] == 0) {
			writer_fail(writer, -EINVAL); /* no matcher answers it */
			break;
		}
		*ends++ = bits[predicates[i]] - 1;
	}
	count = (uint32_t)(ends - sorted);
	qsort(sorted, count, sizeof *sorted, compare_bits);
	for (uint32_t i = 0, matcher = 0; i < count; matcher++) { /* one matcher after the other */
		uint32_t first = i, base = matchers[matcher].first_word * 32;

		for (; i < count && sorted[i] - base < matchers[matcher].predicate_count; i++)
			sorted[i] -= base;
		if (i > first)
			masks += append_masks(writer, sorted + first, i - first, matchers[matcher].first_word,
					      matchers[matcher].predicate_count);
	}
	free(sorted);
	if (!writer->block_instructions.failed)
		block_code(writer)[guard].instruction.operand = masks;
}

void program_writer_set_node(struct program_writer *writer, uint32_t node, bool holds)
{
	emit(writer, OP_SET_NODE, holds ? INSTRUCTION_HOLDS : 0, node);
}

void program_writer_test_node(struct program_writer *writer, uint32_t node, bool jump_when, uint32_t target)
{
	emit_jump(writer, jump_when ? OP_NODE_THEN : OP_NODE_ELSE, 0, node, target);
}

void program_writer_jump_if_set(struct program_writer *writer, uint32_t node, uint32_t target)
{
	emit_jump(writer, OP_JUMP_IF_SET, 0, node, target);
}

void program_writer_match(struct program_writer *writer, uint32_t rule)
{
	emit(writer, OP_MATCH, 0, rule);
}

/*
 * Where each instruction ends up once some are wide. Making one wide moves what follows, which can make others wide: again
 * until nothing changes. False when memory or a label is missing.
 */
static bool place_instructions(struct program_writer *writer, uint32_t count, uint32_t *places)
{
	struct writer_instruction *code = block_code(writer);
	const struct writer_label *labels = (const struct writer_label *)(const void *)writer->labels.bytes;
	uint32_t label_count = ROWS(&writer->labels, struct writer_label);
	bool has_changed = true;

	while (has_changed) {
		uint32_t place = 0;

		has_changed = false;
		for (uint32_t i = 0; i < count; i++) {
			places[i] = place;
			place += code[i].is_wide ? 2 : 1;
		}
		places[count] = place;
		for (uint32_t i = 0; i < count; i++) {
			if (!code[i].has_label)
				continue;
			if (code[i].label >= label_count || !labels[code[i].label].is_placed)
				return false;
			if (!code[i].is_wide && places[labels[code[i].label].position] > UINT16_MAX)
				code[i].is_wide = has_changed = true;
		}
	}
	return true;
}

void program_writer_end_block(struct program_writer *writer)
{
	struct format_block block = {.first_instruction = ROWS(&writer->code, struct format_instruction)};
	const struct writer_label *labels = (const struct writer_label *)(const void *)writer->labels.bytes;
	uint32_t count, *places;

	emit(writer, OP_END, 0, 0);
	count = ROWS(&writer->block_instructions, struct writer_instruction);
	places = malloc((count + (size_t)1) * sizeof *places);
	if (places == NULL || writer->block_instructions.failed || writer->labels.failed) {
		writer_fail(writer, -ENOMEM);
		free(places);
		return;
	}
	if (!place_instructions(writer, count, places)) {
		writer_fail(writer, -EINVAL); /* a label without a place */
		free(places);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct writer_instruction *row = &block_code(writer)[i];
		uint32_t target = row->has_label ? places[labels[row->label].position] : 0;

		if (row->is_wide) {
			struct format_instruction wide = {.opcode = OP_WIDE, .operand = target};

			writer_append(writer, &writer->code, &wide, sizeof wide);
		} else if (row->has_label) {
			row->instruction.target = (uint16_t)target;
		}
		writer_append(writer, &writer->code, &row->instruction, sizeof row->instruction);
	}
	block.instruction_count = places[count];
	writer_append(writer, &writer->blocks, &block, sizeof block);
	free(places);
}
