/*
 * Fuzz target: any text as a rule file and as a condition. It must end with rules or diagnostics; every place must lie
 * in the file, every renderer must cope, and what compiles must become a program that the verifier accepts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/condition/canonical_text.h"
#include "compiler/compile_rules.h"
#include "compiler/condition/condition_parse.h"
#include "compiler/diagnostics/diagnostic_render.h"
#include "compiler/emit/emit_program.h"
#include "compiler/lints/lint_rules.h"

#define MEMORY_BYTES_MAX ((size_t)128 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_places(const struct compilation *compilation)
{
	for (uint32_t i = 0; i < compilation->diagnostics.count; i++) {
		const struct source_range range = compilation->diagnostics.items[i]->range;

		require(range.file && range.start <= range.end && range.start <= range.file->bytes.length);
	}
}

static void emit(const struct compilation *compilation)
{
	struct buffer program = BUFFER_INIT;
	struct emit_result result = emit_program(compilation->rules, compilation->rule_count, &EMIT_OPTIONS_DEFAULT, &program);

	require(result.status != EMIT_BUG);
	buffer_release(&program);
}

static void lint(struct compilation *compilation)
{
	struct diagnostic_levels levels;

	memset(levels.of, LEVEL_WARNING, sizeof levels.of);
	lint_rules(compilation, &levels, false);
}

static void compile(struct text text)
{
	struct compile_options options = COMPILE_OPTIONS_DEFAULT;
	struct buffer output = BUFFER_INIT;
	struct compilation *compilation;

	options.memory_bytes_max = MEMORY_BYTES_MAX;
	compilation = compilation_new(&options);
	require(compilation != NULL);
	/* Twice: the second load meets what the first one left. */
	if (compilation_add_text(compilation, TEXT("first"), text) == 0 &&
	    compilation_add_text(compilation, TEXT("second"), text) == 0 && compilation_finish(compilation) == 0) {
		lint(compilation);
		check_places(compilation);
		diagnostic_render_text(&output, &compilation->diagnostics);
		diagnostic_render_json(&output, compilation);
		diagnostic_render_falco_json(&output, compilation);
		diagnostic_render_sarif(&output, compilation);
		diagnostic_render_github(&output, compilation);
		emit(compilation);
		for (uint32_t i = 0; i < compilation->rule_count; i++) {
			canonical_condition(&output, compilation->rules[i].condition);
			canonical_output(&output, compilation->rules[i].output);
		}
	}
	buffer_release(&output);
	compilation_free(compilation);
}

static void parse(struct text text)
{
	struct arena *arena = arena_new(MEMORY_BYTES_MAX);
	struct diagnostics diagnostics;
	const struct mapped_text *mapped;
	const struct source_file *file;
	struct condition *condition;

	require(arena && diagnostics_init(&diagnostics, arena) == 0);
	if (source_file_new(arena, TEXT("condition"), text, &file) == 0) {
		mapped = mapped_text_of_file(arena, file);
		require(mapped != NULL);
		if (condition_parse(arena, mapped, &diagnostics, &condition) == 0) {
			struct buffer output = BUFFER_INIT;

			canonical_condition(&output, condition);
			buffer_release(&output);
		}
	}
	diagnostics_release(&diagnostics);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text text = text_of((const char *)bytes, size);

	compile(text);
	parse(text);
	return 0;
}
