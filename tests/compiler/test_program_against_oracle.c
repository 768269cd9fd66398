/*
 * Generated rules, compiled and run on generated values: the program matches exactly what the oracle, which walks the tree,
 * says. The first argument is the number of pairs of rule and event, the second the seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "compiler/check_types.h"
#include "compiler/emit_program.h"
#include "compiler/evaluate_ast.h"
#include "compiler/event_codes.h"
#include "tests/compiler/generated_rules.h"
#include "tests/support/condition_of_text.h"
#include "vm/interpret.h"

#define RULES_MAX 12
#define EVENTS_PER_PROGRAM 40

struct tally {
	unsigned long pairs, exit_pairs, matches, unknowns, certain, programs, bytes, runs_of_first;
	unsigned failures;
};

struct compiled {
	struct arena *arena;
	char *texts[RULES_MAX];
	struct rule rules[RULES_MAX];
	uint32_t count;
	struct program *program;
	struct interpreter *interpreter;
};

static void fail(struct tally *tally, const struct compiled *compiled, uint32_t rule, const char *what, unsigned event)
{
	tally->failures++;
	printf("# %s at event %u (%s): %s\n", what, event, event_info(event)->name, compiled->texts[rule]);
}

/* A check of anything that passes the checks. */
static void append_good_check(struct random_source *random, struct buffer *text)
{
	for (;;) {
		struct arena *arena = arena_new(0);
		struct buffer check = BUFFER_INIT;
		struct condition *condition;
		bool is_good;

		generate_any_check(random, &check);
		buffer_append_byte(&check, 0);
		condition = condition_of_text(arena, (const char *)check.bytes);
		is_good = condition && condition->kind == CONDITION_CHECK && check_condition(arena, condition, NULL) == 0;
		if (is_good)
			buffer_append(text, check.bytes, check.length - 1);
		buffer_release(&check);
		arena_free(arena);
		if (is_good)
			return;
	}
}

static void append_condition(struct random_source *random, struct buffer *text)
{
	static const char *const joins[] = {" and ", " or ", " and not ", " or not "};

	if (random_below(random, 3) == 0) {
		generate_condition(random, 0, text);
		return;
	}
	for (uint32_t count = 1 + random_below(random, 3); count > 0; count--) {
		append_good_check(random, text);
		buffer_append_string(text, count > 1 ? joins[random_below(random, 4)] : "");
	}
}

static bool add_rule(struct random_source *random, struct compiled *compiled)
{
	struct buffer text = BUFFER_INIT;
	struct rule *rule = &compiled->rules[compiled->count];
	struct finding_list found = finding_list_new();

	append_condition(random, &text);
	buffer_append_byte(&text, 0);
	compiled->texts[compiled->count] = arena_copy_string(compiled->arena, text_of((const char *)text.bytes, text.length - 1));
	buffer_release(&text);
	*rule = (struct rule){.name = arena_format(compiled->arena, "rule %u", compiled->count),
			      .description = TEXT("generated"),
			      .source = TEXT("syscall"),
			      .priority = PRIORITY_WARNING,
			      .is_enabled = random_below(random, 10) != 0,
			      .file = TEXT("generated.yaml"),
			      .line = compiled->count + 1};
	rule->output = arena_allocate(compiled->arena, sizeof *rule->output);
	rule->condition = condition_of_text(compiled->arena, compiled->texts[compiled->count]);
	if (!rule->condition || check_condition(compiled->arena, rule->condition, &found.sink) != 0) {
		struct text why = found.count ? found.findings[0].message : TEXT("syntax");

		printf("# not accepted: %s: " TEXT_FORMAT "\n", compiled->texts[compiled->count], TEXT_ARGUMENTS(why));
		return false;
	}
	compiled->count++;
	return true;
}

static bool compile(struct random_source *random, struct compiled *compiled, struct tally *tally, bool *ret_is_too_large)
{
	struct buffer bytes = BUFFER_INIT;
	struct program_refusal refusal;
	uint32_t wanted = 1 + random_below(random, RULES_MAX);
	struct emit_result result;
	bool is_good = true;

	compiled->arena = arena_new(0);
	while (is_good && compiled->count < wanted)
		is_good = add_rule(random, compiled);
	if (is_good) {
		result = emit_program(compiled->rules, compiled->count, &EMIT_OPTIONS_DEFAULT, &bytes);
		*ret_is_too_large = result.status == EMIT_TOO_LARGE;
		if (result.status != EMIT_OK && !*ret_is_too_large)
			printf("# not emitted: %s\n", result.message);
		is_good = result.status == EMIT_OK;
	}
	is_good = is_good && program_load(bytes.bytes, bytes.length, &compiled->program, &refusal) == 0;
	if (is_good)
		compiled->interpreter = interpreter_new(compiled->program);
	tally->bytes += bytes.length;
	tally->programs++;
	buffer_release(&bytes);
	return is_good && compiled->interpreter;
}

static void release(struct compiled *compiled)
{
	interpreter_free(compiled->interpreter);
	program_free(compiled->program);
	arena_free(compiled->arena);
}

static enum truth oracle(struct compiled *compiled, uint32_t rule, struct generated_values *values)
{
	struct event_codes codes;
	enum truth truth = TRUTH_FALSE;
	struct arena *scratch;

	event_codes_of_rule(&compiled->rules[rule], &codes);
	if (!compiled->rules[rule].is_enabled || !event_codes_has(&codes, values->event))
		return TRUTH_FALSE;
	scratch = arena_new(0);
	values->used = 0;
	if (evaluate_condition(scratch, compiled->rules[rule].condition, &values->source, &truth) != 0)
		abort();
	arena_free(scratch);
	return truth;
}

static void check_event(struct compiled *compiled, uint64_t seed, unsigned event, bool has_unknown, struct tally *tally)
{
	static struct generated_values values;
	struct rule_match matches[RULES_MAX];
	enum truth truths[RULES_MAX];
	const struct rule_match *found;
	uint32_t count, next = 0, first;

	generate_values(&values, seed, event, has_unknown);
	for (uint32_t rule = 0; rule < compiled->count; rule++)
		truths[rule] = oracle(compiled, rule, &values);
	interpreter_set_matching(compiled->interpreter, RULE_MATCHING_ALL);
	values.used = 0;
	count = interpreter_run(compiled->interpreter, &values.source, event, &found);
	memcpy(matches, found, count * sizeof *matches);
	for (uint32_t rule = 0; rule < compiled->count; rule++) {
		bool is_match = next < count && matches[next].rule == rule;
		bool is_certain = is_match && matches[next].is_certain;

		next += is_match;
		tally->pairs++;
		tally->exit_pairs += !has_unknown;
		tally->matches += is_match;
		tally->unknowns += truths[rule] == TRUTH_UNKNOWN;
		tally->certain += is_certain && has_unknown;
		if (is_match != (truths[rule] != TRUTH_FALSE))
			fail(tally, compiled, rule, is_match ? "the program says match" : "the program says no match", event);
		else if (is_certain && truths[rule] != TRUTH_TRUE)
			fail(tally, compiled, rule, "the program is certain", event);
		else if (is_match && !is_certain && !has_unknown)
			fail(tally, compiled, rule, "the program is in doubt although all is known", event);
	}
	if (next != count)
		fail(tally, compiled, 0, "matches out of order", event);

	/* `first`: the same up to and with the first certain match. */
	interpreter_set_matching(compiled->interpreter, RULE_MATCHING_FIRST);
	values.used = 0;
	first = interpreter_run(compiled->interpreter, &values.source, event, &found);
	for (next = 0; next < count; next++)
		if (matches[next].is_certain)
			break;
	tally->runs_of_first++;
	if (first != (next < count ? next + 1 : count))
		fail(tally, compiled, 0, "first match", event);
}

int main(int argc, char **argv)
{
	unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 60000;
	struct random_source random = {.state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1};
	struct tally tally = {0};

	while (tally.pairs < wanted && tally.failures < 10) {
		struct compiled compiled = {0};
		bool is_too_large = false;

		if (compile(&random, &compiled, &tally, &is_too_large)) {
			for (unsigned i = 0; i < EVENTS_PER_PROGRAM && tally.failures < 10; i++)
				check_event(&compiled, random_next(&random), generate_event(&random), i % 2, &tally);
		} else if (!is_too_large) { /* a comparison of two long values may cost too much */
			tally.failures++;
		}
		release(&compiled);
	}
	printf("# %lu pairs of rule and event in %lu programs of %lu bytes on average, %lu of them at exit\n", tally.pairs, tally.programs,
	       tally.bytes / tally.programs, tally.exit_pairs);
	printf("# %lu matches, %lu certain ones at enter, %lu unknown\n", tally.matches, tally.certain, tally.unknowns);
	printf("1..1\n%s 1 - programs agree with the oracle\n", tally.failures == 0 ? "ok" : "not ok");
	return tally.failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
