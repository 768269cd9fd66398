/*
 * Generated rules, compiled and run on generated values: the program matches exactly what the oracle, which walks the tree,
 * says, before the call (some values unknown or predicted) and after it. Every cell of the coverage table must be hit.
 *
 *	test_program_against_oracle [--table | --plant BUG] [PAIRS [SEED]]
 *
 * PAIRS: of rule and event. --table prints the coverage table. --plant: for scripts/check_seeded_bugs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/seeded_bug.h"
#include "compiler/check/check_types.h"
#include "compiler/emit/emit_program.h"
#include "compiler/oracle/evaluate_ast.h"
#include "compiler/emit/event_codes.h"
#include "tests/compiler/generated_rules.h"
#include "tests/compiler/oracle_coverage.h"
#include "tests/support/condition_of_text.h"
#include "vm/interpret.h"

#define RULES_MAX 12
#define EVENTS_PER_PROGRAM 40
#define FAILURES_MAX 10

struct tally {
	unsigned long pairs, exit_pairs, matches, unknowns, certain, programs, bytes, runs_of_first;
	unsigned failures;
};

struct compiled {
	struct arena *arena;
	struct oracle_coverage *coverage;
	const struct condition *single[RULES_MAX]; /* the rule is this check, or its negation; NULL: it is more */
	struct text parameters[RULES_MAX];	   /* what that check looks at; empty: no parameter */
	char *texts[RULES_MAX];
	struct rule rules[RULES_MAX];
	uint32_t count;
	struct program *program;
	struct interpreter *interpreter;
};

static void fail(struct tally *tally, const struct compiled *compiled, uint32_t rule, const char *what, unsigned event)
{
	if (tally->failures++ == 0)
		printf("# first difference after %lu pairs\n", tally->pairs);
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

/*
 * An earlier rule with one word changed, so that what two rules share and what they must not share meet in one program. False
 * when no word of the rule can change.
 */
static bool append_twin(struct random_source *random, const struct compiled *compiled, uint32_t of, struct buffer *text)
{
	static const char *const twins[][2] = {{" oneof ", " allof "}, {" anyof ", " oneof "}, {" allof ", " anyof "},
					       {" startswith ", " endswith "}, {" in (", " intersects ("}, {" = ", " != "}};
	const char *original = compiled->texts[of];
	uint32_t first = random_below(random, sizeof twins / sizeof twins[0]);

	for (uint32_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
		const char *const *twin = twins[(first + i) % (sizeof twins / sizeof twins[0])];
		const char *at = strstr(original, twin[0]);

		if (!at)
			continue;
		buffer_append(text, original, (size_t)(at - original));
		buffer_append_string(text, twin[1]);
		buffer_append_string(text, at + strlen(twin[0]));
		return true;
	}
	return false;
}

static bool is_accepted(const struct buffer *text)
{
	struct arena *arena = arena_new(0);
	struct condition *condition = condition_of_text(arena, arena_copy_string(arena, buffer_text(text)));
	bool is_good = condition && check_condition(arena, condition, NULL) == 0;

	arena_free(arena);
	return is_good;
}

static bool add_rule(struct random_source *random, struct compiled *compiled)
{
	struct buffer text = BUFFER_INIT;
	struct rule *rule = &compiled->rules[compiled->count];
	struct finding_list found = finding_list_new();
	bool is_single = false;

	if (compiled->count > 0 && random_below(random, 6) == 0 &&
	    append_twin(random, compiled, random_below(random, compiled->count), &text) && is_accepted(&text)) {
		is_single = false;
	} else if (buffer_clear(&text), random_below(random, 2)) {
		buffer_append_string(&text, random_below(random, 3) ? "" : "not ");
		oracle_coverage_next_check(compiled->coverage, random, compiled->arena, &text,
					   &compiled->parameters[compiled->count]);
		is_single = true;
	} else {
		append_condition(random, &text);
	}
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
	if (is_single)
		compiled->single[compiled->count] =
			rule->condition->kind == CONDITION_NOT ? rule->condition->children[0] : rule->condition;
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

static bool is_evaluated(const struct compiled *compiled, uint32_t rule, unsigned event)
{
	struct event_codes codes;

	event_codes_of_rule(&compiled->rules[rule], &codes);
	return compiled->rules[rule].is_enabled && event_codes_has(&codes, event);
}

static enum truth oracle(struct compiled *compiled, uint32_t rule, struct generated_values *values)
{
	enum truth truth = TRUTH_FALSE;
	struct arena *scratch;

	if (!is_evaluated(compiled, rule, values->event))
		return TRUTH_FALSE;
	scratch = arena_new(0);
	values->used = 0;
	if (evaluate_condition(scratch, compiled->rules[rule].condition, &values->source, &truth) != 0)
		abort();
	arena_free(scratch);
	return truth;
}

static void count_coverage(struct compiled *compiled, uint32_t rule, struct generated_values *values, enum truth truth)
{
	const struct condition *single = compiled->single[rule];

	if (!single || !is_evaluated(compiled, rule, values->event))
		return;
	values->used = 0;
	oracle_coverage_count(compiled->coverage, single, &values->source, values->has_unknown ? STAGE_ENTER : STAGE_EXIT, truth,
			      compiled->rules[rule].condition == single);
}

/* Half of the events have the parameter that some rule looks at. */
static unsigned pick_event(struct random_source *random, const struct compiled *compiled)
{
	struct text parameter = compiled->parameters[random_below(random, compiled->count)];
	unsigned event = random_below(random, EVENT_ID_COUNT);

	if (parameter.length == 0 || random_below(random, 2))
		return generate_event(random);
	for (unsigned i = 0; i < EVENT_ID_COUNT; i++, event = (event + 1) % EVENT_ID_COUNT)
		if (event_parameter_index(event, parameter) >= 0)
			break;
	return event;
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
		else
			count_coverage(compiled, rule, &values, truths[rule]);
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

static void check_program(struct random_source *random, struct oracle_coverage *coverage, struct tally *tally)
{
	struct compiled compiled = {.coverage = coverage};
	bool is_too_large = false;

	if (compile(random, &compiled, tally, &is_too_large)) {
		for (unsigned i = 0; i < EVENTS_PER_PROGRAM && tally->failures < FAILURES_MAX; i++)
			check_event(&compiled, random_next(random), pick_event(random, &compiled), i % 2, tally);
	} else if (!is_too_large) { /* a comparison of two long values may cost too much */
		tally->failures++;
	}
	release(&compiled);
}

/* Ends the program when the build has no such bug to plant. */
static void plant(const char *bug)
{
#ifdef TERCEL_SEEDED_BUG
	if (seeded_bug_plant(bug))
		return;
#endif
	fprintf(stderr, "no such bug in this build: %s (base/seeded_bugs.def, meson option seeded_bug)\n", bug);
	exit(2);
}

int main(int argc, char **argv)
{
	bool plants = argc > 2 && strcmp(argv[1], "--plant") == 0;
	bool prints_table = argc > 1 && strcmp(argv[1], "--table") == 0;
	char **numbers = argv + 1 + prints_table + 2 * plants;
	unsigned long wanted = numbers[0] ? strtoul(numbers[0], NULL, 10) : 60000;
	struct random_source random = {.state = numbers[0] && numbers[1] ? strtoul(numbers[1], NULL, 10) : 1};
	struct oracle_coverage *coverage = oracle_coverage_new();
	struct tally tally = {0};
	unsigned faults;

	if (plants)
		plant(argv[2]);
	while (tally.pairs < wanted && tally.failures < FAILURES_MAX)
		check_program(&random, coverage, &tally);
	printf("# %lu pairs of rule and event in %lu programs of %lu bytes on average, %lu of them at exit\n", tally.pairs, tally.programs,
	       tally.programs ? tally.bytes / tally.programs : 0, tally.exit_pairs);
	printf("# %lu matches, %lu certain ones at enter, %lu unknown\n", tally.matches, tally.certain, tally.unknowns);
	if (prints_table)
		oracle_coverage_print(coverage);
	faults = oracle_coverage_faults(coverage);
	oracle_coverage_free(coverage);
	printf("1..2\n%s 1 - programs agree with the oracle\n", tally.failures == 0 ? "ok" : "not ok");
	printf("%s 2 - every cell of the coverage table is hit\n", faults == 0 ? "ok" : "not ok");
	return tally.failures == 0 && faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
