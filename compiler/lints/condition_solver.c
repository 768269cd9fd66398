#include "compiler/lints/condition_solver.h"

#include <stdlib.h>

#include "catalog/phase.h"
#include "compiler/oracle/evaluate_values.h"
#include "compiler/emit/fold_event.h"

#define STEPS_MAX 3000u   /* literals assumed in one search */
#define WORK_MAX 2000000u /* nodes and literals looked at between two solver_begin() */

/* A node that is still to be made true. */
struct pending {
	uint32_t node;
	const struct pending *next;
};

/* What the types of events say about a predicate. */
struct event_answers {
	bool is_ready, hangs_on_event;
	uint8_t *of; /* enum folded + 1 by event, 0: not asked yet; NULL before the first question */
};

struct solver {
	struct ir *ir;
	struct arena *arena; /* answers */
	struct predicate_facts *facts;
	struct arena *scratch;
	struct event_answers *answers; /* by predicate; on the heap */
	uint32_t answer_capacity;
	struct literal *assumed; /* on the heap */
	uint32_t assumed_count, assumed_capacity;
	struct literal *alike; /* on the heap: those on one slot */
	uint32_t alike_capacity;
	unsigned event;
	bool met_event; /* a test was met whose answer hangs on the event */
	uint32_t steps, work;
	bool failed;
};

struct solver *solver_new(struct ir *ir, struct predicate_facts *facts)
{
	struct solver *solver = calloc(1, sizeof *solver);

	if (!solver)
		return NULL;
	solver->ir = ir;
	solver->facts = facts;
	solver->scratch = arena_new(0);
	solver->arena = arena_new(0);
	return solver->scratch && solver->arena ? solver : solver_free(solver);
}

struct solver *solver_free(struct solver *solver)
{
	if (!solver)
		return NULL;
	arena_free(solver->scratch);
	arena_free(solver->arena);
	free(solver->answers);
	free(solver->assumed);
	free(solver->alike);
	free(solver);
	return NULL;
}

bool solver_failed(const struct solver *solver)
{
	return solver->failed || predicate_facts_failed(solver->facts);
}

void solver_begin(struct solver *solver)
{
	solver->work = 0;
}

/* Counts; true when it is enough. */
static bool is_exhausted(struct solver *solver, uint32_t work)
{
	if (solver->work < WORK_MAX)
		solver->work += work;
	return solver->work >= WORK_MAX;
}

/* ---- what the event decides ---- */

bool event_reaches_rules(unsigned event)
{
	const struct event_info *info = event_info(event);

	if (info->event_class == EVENT_CLASS_NONE || info->production == PRODUCED_NEVER)
		return false;
	return info->event_class != EVENT_CLASS_SYSCALL || info->direction == DIRECTION_EXIT;
}

static bool is_never_present_at(const struct expression *expression, unsigned event)
{
	struct field_request request;

	for (uint32_t i = 0; i < expression->child_count; i++)
		if (is_never_present_at(expression->children[i], event))
			return true;
	if (expression->kind != EXPRESSION_FIELD)
		return false;
	request = request_of_field(expression, expression_is_compared_each(expression));
	return field_is_never_present(&request, event);
}

bool expression_is_never_present(const struct expression *expression, const struct event_codes *events)
{
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		if (event_codes_has(events, event) && !is_never_present_at(expression, event))
			return false;
	return true;
}

static bool may_be_never_present(const struct expression *expression)
{
	bool may = false;

	for (uint32_t i = 0; i < expression->child_count; i++)
		may |= may_be_never_present(expression->children[i]);
	if (expression->kind == EXPRESSION_FIELD) {
		const struct field_info *field = field_info((unsigned)expression->field);

		may |= (field->depends & (BINDING_ARGUMENTS | BINDING_RESULT)) || strcmp(field->class_name, "fd") == 0;
	}
	return may;
}

/* NULL without memory. */
static struct event_answers *answers_of(struct solver *solver, uint32_t predicate)
{
	const struct ir_predicate *at = &solver->ir->predicates[predicate];
	struct event_answers *answers;

	if (predicate >= solver->answer_capacity) {
		uint32_t capacity = solver->ir->predicate_capacity;
		struct event_answers *larger = realloc(solver->answers, capacity * sizeof *larger);

		if (!larger) {
			solver->failed = true;
			return NULL;
		}
		memset(larger + solver->answer_capacity, 0, (capacity - solver->answer_capacity) * sizeof *larger);
		solver->answers = larger;
		solver->answer_capacity = capacity;
	}
	answers = &solver->answers[predicate];
	if (!answers->is_ready) {
		answers->is_ready = true;
		answers->hangs_on_event = at->folds || may_be_never_present(at->check->left) ||
					  (at->check->right && may_be_never_present(at->check->right));
	}
	return answers;
}

bool solver_hangs_on_event(struct solver *solver, uint32_t predicate)
{
	const struct event_answers *answers = answers_of(solver, predicate);

	return answers && answers->hangs_on_event;
}

enum folded solver_event_answer(struct solver *solver, uint32_t predicate, unsigned event)
{
	struct event_answers *answers = answers_of(solver, predicate);
	const struct condition *check = solver->ir->predicates[predicate].check;
	enum folded folded = FOLDED_NOT;

	if (!answers || !answers->hangs_on_event)
		return FOLDED_NOT;
	if (!answers->of)
		answers->of = arena_allocate(solver->arena, EVENT_ID_COUNT);
	if (!answers->of) {
		solver->failed = true;
		return FOLDED_NOT;
	}
	if (answers->of[event])
		return (enum folded)(answers->of[event] - 1);
	if (is_never_present_at(check->left, event) || (check->right && is_never_present_at(check->right, event)))
		folded = FOLDED_FALSE;
	else if (solver->ir->predicates[predicate].folds && fold_check(solver->arena, check, event, &folded) != 0)
		solver->failed = true;
	answers->of[event] = (uint8_t)(folded + 1);
	return folded;
}

bool solver_event_decides(struct solver *solver, uint32_t predicate, const struct event_codes *events, bool *ret_answer)
{
	bool is_first = true;
	enum folded all = FOLDED_NOT;

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
		enum folded one;

		if (!event_codes_has(events, event))
			continue;
		one = solver_event_answer(solver, predicate, event);
		if (one == FOLDED_NOT || (!is_first && one != all))
			return false;
		all = one;
		is_first = false;
	}
	*ret_answer = all == FOLDED_TRUE;
	return !is_first;
}

bool solver_event_excludes(struct solver *solver, uint32_t node, unsigned event)
{
	const struct ir_node *at = &solver->ir->nodes[node];
	enum folded answer;

	if (at->kind == IR_CONSTANT || is_exhausted(solver, 1))
		return node == IR_FALSE;
	if (at->kind == IR_TEST) {
		answer = solver_event_answer(solver, at->predicate, event);
		return answer != FOLDED_NOT && (answer == FOLDED_TRUE) != at->polarity;
	}
	for (uint32_t i = 0; i < at->child_count; i++)
		if (solver_event_excludes(solver, at->children[i], event) == (at->kind == IR_AND))
			return at->kind == IR_AND;
	return at->kind == IR_OR;
}

/* ---- can it hold? ---- */

static bool reserve(struct solver *solver, struct literal **literals, uint32_t count, uint32_t *capacity)
{
	struct literal *larger;
	uint32_t more = *capacity ? *capacity * 2 : 64;

	if (count < *capacity)
		return true;
	larger = realloc(*literals, more * sizeof *larger);
	if (!larger) {
		solver->failed = true;
		return false;
	}
	*literals = larger;
	*capacity = more;
	return true;
}

/* Whether the predicate was taken as true (1) or false (0); -1: neither. */
static int assumed_polarity(const struct solver *solver, uint32_t predicate)
{
	for (uint32_t i = 0; i < solver->assumed_count; i++)
		if (solver->assumed[i].predicate == predicate)
			return solver->assumed[i].polarity;
	return -1;
}

static bool is_assumed(const struct solver *solver, const struct ir_node *test)
{
	return assumed_polarity(solver, test->predicate) == test->polarity;
}

/* Takes the test as true; false when that contradicts what was taken before. */
static bool assume(struct solver *solver, const struct ir_node *test)
{
	struct literal literal = {test->predicate, test->polarity};
	enum folded answer = solver_event_answer(solver, test->predicate, solver->event);
	uint32_t slot, count = 0;
	int before;

	solver->met_event |= solver_hangs_on_event(solver, test->predicate);
	if (answer != FOLDED_NOT)
		return (answer == FOLDED_TRUE) == test->polarity;
	before = assumed_polarity(solver, test->predicate);
	if (before >= 0)
		return before == test->polarity;
	solver->steps++;
	slot = predicate_slot(solver->facts, test->predicate);
	if (is_exhausted(solver, 1 + solver->assumed_count))
		return true;
	for (uint32_t i = 0; i < solver->assumed_count && slot != SLOT_NONE; i++) {
		struct literal other = solver->assumed[i];

		if (predicate_slot(solver->facts, other.predicate) != slot)
			continue;
		if (!reserve(solver, &solver->alike, count, &solver->alike_capacity))
			return true;
		solver->alike[count++] = other;
	}
	if (!reserve(solver, &solver->alike, count, &solver->alike_capacity) ||
	    !reserve(solver, &solver->assumed, solver->assumed_count, &solver->assumed_capacity))
		return true;
	solver->alike[count++] = literal;
	if (slot != SLOT_NONE && !literals_may_hold(solver->facts, solver->alike, count))
		return false;
	solver->assumed[solver->assumed_count++] = literal;
	return true;
}

static const struct pending *push(struct solver *solver, uint32_t node, const struct pending *next)
{
	struct pending *pending = arena_allocate(solver->scratch, sizeof *pending);

	if (!pending) {
		solver->failed = true;
		return next;
	}
	*pending = (struct pending){node, next};
	return pending;
}

/* Whether one of the parts is taken as true already. */
static bool has_assumed_part(const struct solver *solver, const struct ir_node *choice)
{
	for (uint32_t i = 0; i < choice->child_count; i++) {
		const struct ir_node *part = &solver->ir->nodes[choice->children[i]];

		if (part->kind == IR_TEST && is_assumed(solver, part))
			return true;
	}
	return false;
}

/* Makes all of `todo` true, then chooses a part of each of `choices`. */
static bool solve(struct solver *solver, const struct pending *todo, const struct pending *choices)
{
	while (todo) {
		const struct ir_node *node = &solver->ir->nodes[todo->node];

		if (is_exhausted(solver, 1 + node->child_count))
			return true;
		if (todo->node == IR_FALSE || (node->kind == IR_TEST && !assume(solver, node)))
			return false;
		todo = todo->next;
		if (node->kind == IR_OR)
			choices = push(solver, (uint32_t)(node - solver->ir->nodes), choices);
		for (uint32_t i = 0; node->kind == IR_AND && i < node->child_count; i++)
			todo = push(solver, node->children[i], todo);
		if (solver->failed)
			return true;
	}
	for (; choices; choices = choices->next) {
		const struct ir_node *choice = &solver->ir->nodes[choices->node];
		uint32_t assumed = solver->assumed_count;

		if (is_exhausted(solver, choice->child_count * (1 + solver->assumed_count)))
			return true;
		if (has_assumed_part(solver, choice))
			continue;
		for (uint32_t i = 0; i < choice->child_count; i++) {
			const struct pending part = {choice->children[i], NULL};

			solver->assumed_count = assumed;
			solver->steps++;
			if (solver->failed || solver->steps > STEPS_MAX || solve(solver, &part, choices->next))
				return true;
		}
		solver->assumed_count = assumed;
		return false;
	}
	return true;
}

static bool may_hold_at(struct solver *solver, const uint32_t *nodes, uint32_t count, unsigned event)
{
	const struct pending *todo = NULL;

	arena_reset(solver->scratch);
	solver->event = event;
	solver->met_event = false;
	solver->assumed_count = 0;
	solver->steps = 0;
	for (uint32_t i = count; i-- > 0;)
		todo = push(solver, nodes[i], todo);
	return solve(solver, todo, NULL) || solver->failed;
}

bool solver_may_hold(struct solver *solver, const uint32_t *nodes, uint32_t count, const struct event_codes *events)
{
	for (size_t i = 0; i < EVENT_CODES_WORDS; i++)
		for (uint64_t left = events->words[i]; left != 0; left &= left - 1) {
			if (may_hold_at(solver, nodes, count, (unsigned)(i * 64) + (unsigned)__builtin_ctzll(left)))
				return true;
			if (!solver->met_event)
				return false; /* for the same reasons at every other event */
		}
	return false;
}

/* ---- does one imply the other? ---- */

/* Nodes that are known to be true. */
struct known {
	uint32_t node;
	const struct known *next;
};

static bool known_imply(struct solver *solver, const struct known *known, uint32_t wanted,
			const struct event_codes *events);

static bool node_is_known(struct solver *solver, const struct known *known, uint32_t wanted)
{
	const struct ir_node *wanted_node = &solver->ir->nodes[wanted];

	for (; known; known = known->next) {
		const struct ir_node *node = &solver->ir->nodes[known->node];

		if (is_exhausted(solver, 1))
			return false;
		if (known->node == wanted)
			return true;
		for (uint32_t i = 0; node->kind == IR_AND && i < node->child_count; i++) {
			const struct known part = {node->children[i], NULL};

			if (node_is_known(solver, &part, wanted))
				return true;
		}
		if (node->kind == IR_TEST && wanted_node->kind == IR_TEST &&
		    literal_implies(solver->facts, (struct literal){node->predicate, node->polarity},
				    (struct literal){wanted_node->predicate, wanted_node->polarity}))
			return true;
	}
	return false;
}

/* Whether each way in which a known OR is true implies what is wanted. */
static bool some_choice_implies(struct solver *solver, const struct known *all, uint32_t node, uint32_t wanted,
				const struct event_codes *events)
{
	const struct ir_node *at = &solver->ir->nodes[node];

	if (at->kind == IR_AND) {
		for (uint32_t i = 0; i < at->child_count; i++)
			if (some_choice_implies(solver, all, at->children[i], wanted, events))
				return true;
		return false;
	}
	if (at->kind != IR_OR)
		return false;
	for (uint32_t i = 0; i < at->child_count; i++) {
		const struct known part = {at->children[i], NULL};

		/* The part alone: the rest was tried without it. */
		if (!known_imply(solver, &part, wanted, events))
			return false;
	}
	return true;
}

static bool known_imply(struct solver *solver, const struct known *known, uint32_t wanted,
			const struct event_codes *events)
{
	const struct ir_node *node = &solver->ir->nodes[wanted];
	bool answer;

	if (wanted == IR_TRUE)
		return true;
	if (++solver->steps > STEPS_MAX)
		return false;
	if (node_is_known(solver, known, wanted))
		return true;
	if (node->kind == IR_AND) {
		for (uint32_t i = 0; i < node->child_count; i++)
			if (!known_imply(solver, known, node->children[i], events))
				return false;
		return true;
	}
	if (node->kind == IR_TEST && solver_hangs_on_event(solver, node->predicate) &&
	    solver_event_decides(solver, node->predicate, events, &answer) && answer == node->polarity)
		return true;
	for (uint32_t i = 0; node->kind == IR_OR && i < node->child_count; i++)
		if (known_imply(solver, known, node->children[i], events))
			return true;
	for (const struct known *at = known; at; at = at->next)
		if (some_choice_implies(solver, known, at->node, wanted, events))
			return true;
	return false;
}

bool solver_implies(struct solver *solver, uint32_t a, uint32_t b, const struct event_codes *events)
{
	const struct known known = {a, NULL};

	solver->steps = 0;
	return known_imply(solver, &known, b, events);
}
