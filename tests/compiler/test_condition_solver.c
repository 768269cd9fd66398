/*
 * What the solver claims about generated conditions, tried on values: what cannot hold together never does, and what is
 * implied by another is true whenever that is. The values are short texts and small numbers over the alphabet of the
 * constants, so that comparisons meet.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "catalog/phase.h"
#include "compiler/check/check_types.h"
#include "compiler/lints/condition_solver.h"
#include "compiler/oracle/evaluate_ast.h"
#include "compiler/emit/lower_to_ir.h"
#include "tests/support/check_main.h"
#include "tests/support/condition_of_text.h"
#include "tests/support/random.h"

#define CONDITIONS 12
#define TRIALS 30

struct values {
	struct value_source source;
	unsigned event;
	char texts[FIELD_COUNT][8];
	int64_t numbers[FIELD_COUNT];
	bool is_absent[FIELD_COUNT];
};

static const unsigned events[] = {EVENT_SYSCALL_OPEN_X, EVENT_SYSCALL_OPENAT_2_X, EVENT_SYSCALL_CHMOD_X,
				  EVENT_SYSCALL_CLOSE_X};

static void get(struct value_source *source, uint32_t slot, const struct field_request *request,
		struct value *ret_value)
{
	const struct values *values = (const struct values *)source;
	const struct field_info *info = field_info(request->field);

	(void)slot;
	if (request->field == FIELD_EVT_TYPE)
		*ret_value = value_of_text(TYPE_CHARBUF, text_from_string(event_info(values->event)->name));
	else if (values->is_absent[request->field] || field_is_never_present(request, values->event))
		*ret_value = value_absent();
	else if (type_kind((enum value_type)info->type) == KIND_STRING)
		*ret_value =
		    value_of_text((enum value_type)info->type, text_from_string(values->texts[request->field]));
	else
		*ret_value = value_of_number((enum value_type)info->type, (uint64_t)values->numbers[request->field]);
}

static void random_text(struct random_source *random, char *text)
{
	uint32_t length = random_below(random, 5);

	for (uint32_t i = 0; i < length; i++)
		text[i] = "aAb/"[random_below(random, 4)];
	text[length] = '\0';
}

static void choose_values(struct random_source *random, struct values *values)
{
	values->source.get = get;
	values->event = events[random_below(random, 4)];
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		random_text(random, values->texts[field]);
		values->numbers[field] = (int64_t)random_below(random, 8);
		values->is_absent[field] = random_below(random, 5) == 0;
	}
}

static void append_check(struct random_source *random, struct buffer *text)
{
	static const char *const text_fields[] = {"proc.name", "proc.pname", "fd.name", "evt.arg.name",
						  "tolower(proc.name)"};
	static const char *const operators[] = {
	    "=",     "!=", "contains", "icontains", "startswith", "endswith",         "glob",     "iglob",
	    "regex", "in", "pmatch",   "= anyof",   "= allof",    "startswith oneof", "!= allof", "contains allof"};
	static const char *const orders[] = {"<", "<=", ">", ">=", "=", "!="};
	static const char *const types[] = {"evt.type = open", "evt.type in (open, openat)", "evt.type != close",
					    "evt.type exists"};
	uint32_t which = random_below(random, 10), operator= random_below(random, 16);
	char constant[8];

	if (which == 0) {
		buffer_append_string(text, types[random_below(random, 4)]);
	} else if (which == 1) {
		buffer_printf(text, "%s exists", text_fields[random_below(random, 4)]);
	} else if (which < 4) {
		buffer_printf(text, "%s %s %u", random_below(random, 2) ? "user.uid" : "fd.num",
			      orders[random_below(random, 6)], random_below(random, 8));
	} else {
		bool takes_list = operator>= 9;

		buffer_printf(text, "%s %s %s", text_fields[random_below(random, 5)], operators[operator], takes_list ? "(" : "");
		for (uint32_t count = takes_list ? 1 + random_below(random, 3) : 1; count > 0; count--) {
			static const char *const extra[] = {"", "*", "?", "[ab]*"};

			random_text(random, constant);
			if (operator== 8) /* regex */
				buffer_printf(text, "'%s%s%s'", random_below(random, 2) ? ".*" : "", constant,
					      random_below(random, 2) ? "[ab]*" : "");
			else
				buffer_printf(text, "'%s%s'%s", constant,
								operator== 6 || operator== 7 || operator== 10
								    ? extra[random_below(random, 4)]
								    : "",
					      count > 1 ? ", " : "");
		}
		buffer_append_string(text, takes_list ? ")" : "");
	}
}

static void append_condition(struct random_source *random, unsigned depth, struct buffer *text)
{
	uint32_t parts = 1 + random_below(random, 3);
	const char *join = random_below(random, 3) == 0 ? " or " : " and ";

	for (uint32_t i = 0; i < parts; i++) {
		buffer_append_string(text, i > 0 ? join : "");
		buffer_append_string(text, random_below(random, 3) == 0 ? "not " : "");
		if (depth < 2 && random_below(random, 4) == 0) {
			buffer_append_string(text, "(");
			append_condition(random, depth + 1, text);
			buffer_append_string(text, ")");
		} else {
			append_check(random, text);
		}
	}
}

struct round {
	struct arena *arena;
	const char *texts[CONDITIONS];
	struct condition *conditions[CONDITIONS];
	uint32_t nodes[CONDITIONS];
	bool cannot_hold[CONDITIONS][CONDITIONS], implies[CONDITIONS][CONDITIONS];
};

static void generate(struct random_source *random, struct round *round)
{
	for (unsigned i = 0; i < CONDITIONS; i++) {
		struct buffer text = BUFFER_INIT;

		append_condition(random, 0, &text);
		buffer_append_byte(&text, 0);
		round->texts[i] = arena_copy_string(round->arena, text_of((const char *)text.bytes, text.length - 1));
		buffer_release(&text);
		round->conditions[i] = condition_of_text(round->arena, round->texts[i]);
		ck_assert_msg(round->conditions[i] && check_condition(round->arena, round->conditions[i], NULL) == 0,
			      "%s", round->texts[i]);
	}
}

static unsigned claims;

static void claim(struct round *round)
{
	struct ir *ir = ir_new(round->arena);
	struct predicate_facts *facts = predicate_facts_new(round->arena, ir);
	struct solver *solver = solver_new(ir, facts);
	struct event_codes all = {0};

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		if (event_reaches_rules(event))
			all.words[event / 64] |= UINT64_C(1) << (event % 64);
	for (unsigned i = 0; i < CONDITIONS; i++)
		round->nodes[i] = lower_condition(ir, round->conditions[i], i);
	for (unsigned i = 0; i < CONDITIONS; i++)
		for (unsigned k = 0; k < CONDITIONS; k++) {
			const uint32_t nodes[] = {round->nodes[i], round->nodes[k]};

			round->cannot_hold[i][k] = !solver_may_hold(solver, nodes, 2, &all);
			round->implies[i][k] = i != k && solver_implies(solver, nodes[0], nodes[1], &all);
			claims += round->cannot_hold[i][k] + round->implies[i][k];
		}
	ck_assert(!solver_failed(solver) && !ir->failed);
	solver_free(solver);
	predicate_facts_free(facts);
	ir_free(ir);
}

static bool holds(struct arena *scratch, const struct round *round, unsigned condition, struct values *values)
{
	enum truth truth;

	arena_reset(scratch);
	ck_assert_int_eq(evaluate_condition(scratch, round->conditions[condition], &values->source, &truth), 0);
	return truth == TRUTH_TRUE;
}

static void try(struct random_source *random, struct arena *scratch, const struct round *round)
{
	static struct values values;
	bool answers[CONDITIONS];

	choose_values(random, &values);
	for (unsigned i = 0; i < CONDITIONS; i++)
		answers[i] = holds(scratch, round, i, &values);
	for (unsigned i = 0; i < CONDITIONS; i++)
		for (unsigned k = 0; k < CONDITIONS; k++) {
			ck_assert_msg(!(round->cannot_hold[i][k] && answers[i] && answers[k]),
				      "both hold at %s: %s | %s", event_info(values.event)->name, round->texts[i],
				      round->texts[k]);
			ck_assert_msg(!(round->implies[i][k] && answers[i] && !answers[k]),
				      "is not implied at %s: %s | %s", event_info(values.event)->name, round->texts[i],
				      round->texts[k]);
		}
}

START_TEST(claims_are_true)
{
	struct random_source random = {.state = (uint64_t)_i + 1};
	struct arena *scratch = arena_new(0);

	claims = 0;
	for (unsigned number = 0; number < 10; number++) {
		struct round round = {.arena = arena_new(0)};

		generate(&random, &round);
		claim(&round);
		for (unsigned trial = 0; trial < TRIALS; trial++)
			try(&random, scratch, &round);
		arena_free(round.arena);
	}
	arena_free(scratch);
	/* Else nothing was tested. */
	ck_assert_uint_gt(claims, 20);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("condition_solver");
	TCase *claim_case = tcase_create("claims");

	tcase_set_timeout(claim_case, 120);
	tcase_add_loop_test(claim_case, claims_are_true, 0, 5);
	suite_add_tcase(all, claim_case);
	return all;
}

CHECK_MAIN(suite)
