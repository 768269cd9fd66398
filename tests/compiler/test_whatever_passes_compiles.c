/*
 * Random comparisons of random expressions over the whole catalogue: what passes the checks becomes a program that the
 * verifier accepts (or is refused for its size or cost), as a condition and as an item of an output. An argument gives how
 * many must pass.
 */
#include <stdio.h>
#include <stdlib.h>

#include "compiler/check/check_types.h"
#include "compiler/emit/emit_program.h"
#include "tests/compiler/generated_rules.h"
#include "tests/support/condition_of_text.h"

struct tally {
	unsigned long tried, passed, too_large, failures;
};

static void check_one(struct random_source *random, struct tally *tally)
{
	struct arena *arena = arena_new(0);
	struct buffer text = BUFFER_INIT, program = BUFFER_INIT;
	struct output_template output = {0};
	struct rule rule = {.name = TEXT("r"), .description = TEXT("d"), .source = TEXT("syscall"), .is_enabled = true, .output = &output};
	struct output_piece piece = {0};
	struct emit_result result;

	generate_any_check(random, &text);
	buffer_append_byte(&text, 0);
	tally->tried++;
	rule.condition = condition_of_text(arena, (const char *)text.bytes);
	if (rule.condition && rule.condition->kind == CONDITION_CHECK && check_condition(arena, rule.condition, NULL) == 0) {
		tally->passed++;
		piece.item = rule.condition->left;
		output = (struct output_template){.pieces = &piece, .piece_count = 1};
		result = emit_program(&rule, 1, &EMIT_OPTIONS_DEFAULT, &program);
		tally->too_large += result.status == EMIT_TOO_LARGE;
		if (result.status != EMIT_OK && result.status != EMIT_TOO_LARGE) {
			tally->failures++;
			printf("# %s: %s\n", (const char *)text.bytes, result.message);
		}
	}
	buffer_release(&text);
	buffer_release(&program);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 4000;
	struct random_source random = {.state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1};
	struct tally tally = {0};

	while (tally.passed < wanted && tally.failures < 10 && tally.tried < 100 * wanted)
		check_one(&random, &tally);
	printf("# %lu of %lu conditions passed the checks, %lu of them are too large or too costly\n", tally.passed, tally.tried,
	       tally.too_large);
	printf("1..1\n%s 1 - what passes the checks compiles\n", tally.failures == 0 && tally.passed >= wanted ? "ok" : "not ok");
	return tally.failures == 0 && tally.passed >= wanted ? EXIT_SUCCESS : EXIT_FAILURE;
}
