/*
 * Fuzz target: any text as the output of a rule. It must be read, or refused with places inside it; its pieces must cover
 * it, and the program must hold the very pieces.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "compiler/condition/canonical_text.h"
#include "compiler/check/check_types.h"
#include "compiler/emit/emit_program.h"
#include "compiler/condition/output_template.h"
#include "tests/support/condition_of_text.h"

#define MEMORY_BYTES_MAX ((size_t)128 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

struct checking_sink {
	struct output_error_sink sink;
	const struct mapped_text *text;
	unsigned count;
};

static void check_error(struct output_error_sink *sink, enum diagnostic_id id, struct span span, struct text message,
			struct text hint)
{
	struct checking_sink *checking = (struct checking_sink *)sink;

	(void)hint;
	require(id == DIAGNOSTIC_OUTPUT_SYNTAX || id == DIAGNOSTIC_OUTPUT_ITEM);
	require(span.text == checking->text && span.start <= span.end && span.end <= span.text->text.length);
	require(message.length > 0);
	checking->count++;
}

/* One piece after the other, from the first byte (or the one after a leading '*') to the last. */
static void check_pieces(const struct output_template *output, struct text text)
{
	uint32_t at = text.bytes[0] == '*';

	for (uint32_t i = 0; i < output->piece_count; i++) {
		const struct output_piece *piece = &output->pieces[i];

		require(piece->span.start == at && piece->span.end > at && piece->span.end <= text.length);
		if (piece->is_literal)
			require(text_equal(piece->literal, text_slice(text, at, piece->span.end - at)));
		else
			require(text.bytes[at] == '%' && piece->item && piece->width_bytes <= OUTPUT_WIDTH_MAX);
		at = piece->span.end;
	}
	require(at == text.length);
}

static void check_program(const struct buffer *bytes, const struct output_template *output)
{
	struct program_refusal refusal;
	struct program *program;
	int status = program_load(bytes->bytes, bytes->length, &program, &refusal);

	if (status == -ENOMEM)
		return;
	require(status == 0 && program_output_piece_count(program, 0) == output->piece_count);
	for (uint32_t i = 0; i < output->piece_count; i++) {
		struct program_output_piece found = program_output_piece(program, 0, i);
		const struct output_piece *expected = &output->pieces[i];

		require(found.is_literal == expected->is_literal && found.width_bytes == expected->width_bytes);
		require(!found.is_literal || text_equal(found.literal, expected->literal));
		require(found.is_literal || found.slot < program_slot_count(program));
	}
	program_free(program);
}

static void emit(struct arena *arena, struct output_template *output)
{
	struct rule rule = {.name = TEXT("rule"), .description = TEXT_EMPTY, .source = TEXT("syscall"), .file = TEXT_EMPTY,
			    .is_enabled = true, .output = output, .condition = condition_of_text(arena, "evt.type = open")};
	struct buffer program = BUFFER_INIT;
	struct emit_result result;

	if (!rule.condition || check_condition(arena, rule.condition, NULL) != 0)
		return; /* no memory */
	result = emit_program(&rule, 1, &EMIT_OPTIONS_DEFAULT, &program);
	require(result.status != EMIT_BUG);
	if (result.status == EMIT_OK)
		check_program(&program, output);
	buffer_release(&program);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new(MEMORY_BYTES_MAX);
	struct text text = text_of((const char *)bytes, size);
	struct checking_sink sink = {.sink = {check_error}};
	struct output_template *output = NULL;
	const struct source_file *file;

	require(arena != NULL);
	if (source_file_new(arena, TEXT("output"), text, &file) == 0 &&
	    (sink.text = mapped_text_of_file(arena, file)) != NULL) {
		int status = output_template_parse(arena, sink.text, &sink.sink, &output);

		require(status == -ENOMEM || (status == 0 && sink.count == 0) || (status == -EINVAL && sink.count > 0));
		if (status == 0) {
			struct buffer canonical = BUFFER_INIT;

			check_pieces(output, sink.text->text);
			canonical_output(&canonical, output);
			buffer_release(&canonical);
			emit(arena, output);
		}
	}
	arena_free(arena);
	return 0;
}
