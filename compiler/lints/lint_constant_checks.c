/*
 * Comparisons whose answer is fixed wherever it matters: by themselves, by the types of the events, or by what else
 * must hold there. That is the other parts of the `and` that a comparison stands in (an `or` under a `not` is an `and`
 * of contraries), up to the whole condition; for the text of a macro only what stands in the macro, since each of its
 * users adds something else.
 *
 * Each comparison is wanted true or, under a `not`, false. When what is beside it makes that impossible, a part of the
 * condition is dead. When what is beside it brings that about, it is only redundant: often it is there to be asked
 * first.
 *
 * Left alone are comparisons with lists, which are there to be changed, those that exceptions put in
 * (lint_exceptions), and evt.dir, of which the deprecation says it. A comparison of the event's type is never
 * redundant: it decides at which events the rule is asked.
 */
#include "compiler/lints/lint_internal.h"

/* Nodes that are true where the condition at hand matters. */
struct beside {
	uint32_t node;
	const struct condition *condition;
	bool is_before; /* in the text */
	const struct beside *next;
};

#define BESIDE_MAX 256u
/* Conditions with more parts are left alone: each part is seen beside the others. */
#define PARTS_MAX 4000u

struct place {
	const struct lint_rule *rule;
	const struct beside *beside;
	const struct event_codes *events;
	const struct macro_use *used_by; /* the text that it is in */
};

static bool is_judged_before(struct lint *lint, const struct condition *check)
{
	const struct {
		const struct mapped_text *text;
		uint32_t start, end;
	} place = {check->span.text, check->span.start, check->span.end};
	struct text key = text_of((const char *)&place, sizeof place);

	if (!check->used_by)
		return false;
	if (hash_table_get(lint->seen_checks, key))
		return true;
	key = arena_copy_text(lint->arena, key);
	lint->failed |= !key.bytes || hash_table_set(lint->seen_checks, key, lint) != 0;
	return false;
}

static bool is_deprecated(const struct expression *expression)
{
	return expression->kind == EXPRESSION_FIELD &&
	       (expression->field == FIELD_EVT_DIR ||
		(field_info((unsigned)expression->field)->flags & FIELD_FLAG_DEPRECATED) != 0);
}

/* A test of the node, to see whether anything may be known about it. */
static const struct ir_node *some_test(const struct ir *ir, uint32_t node)
{
	while (ir->nodes[node].child_count > 0)
		node = ir->nodes[node].children[0];
	return &ir->nodes[node];
}

static bool has_slot(struct lint *lint, uint32_t node, uint32_t slot)
{
	const struct ir_node *at = &lint->ir->nodes[node];

	if (at->kind == IR_TEST)
		return predicate_slot(lint->facts, at->predicate) == slot;
	for (uint32_t i = 0; i < at->child_count; i++)
		if (has_slot(lint, at->children[i], slot))
			return true;
	return false;
}

/* Whether anything beside the test is on the same slot: else nothing there says anything about it. */
static bool has_company(struct lint *lint, const struct beside *beside, const struct ir_node *test)
{
	uint32_t slot = predicate_slot(lint->facts, test->predicate);

	for (; beside && slot != SLOT_NONE; beside = beside->next)
		if (has_slot(lint, beside->node, slot))
			return true;
	return false;
}

/* Whether the node can be true together with what is beside it. */
static bool may_hold_beside(struct lint *lint, const struct place *place, uint32_t node,
			    const struct event_codes *events)
{
	uint32_t nodes[BESIDE_MAX + 1], count = 0;

	for (const struct beside *beside = place->beside; beside && count < BESIDE_MAX; beside = beside->next)
		nodes[count++] = beside->node;
	nodes[count++] = node;
	return solver_may_hold(lint->solver, nodes, count, events);
}

static bool is_excluded(struct lint *lint, const struct place *place, unsigned event)
{
	for (const struct beside *beside = place->beside; beside; beside = beside->next)
		if (solver_event_excludes(lint->solver, beside->node, event))
			return true;
	return false;
}

/*
 * Whether the test has one answer at all events whose type does not exclude what is beside it (*ret_here). First come
 * those at which it has none: most often the first of them settles it.
 */
static bool events_decide(struct lint *lint, const struct place *place, uint32_t predicate,
			  struct event_codes *ret_here, bool *ret_answer)
{
	*ret_here = (struct event_codes){0};
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		if (event_codes_has(place->events, event) &&
		    solver_event_answer(lint->solver, predicate, event) == FOLDED_NOT &&
		    !is_excluded(lint, place, event))
			return false;
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		if (event_codes_has(place->events, event) &&
		    solver_event_answer(lint->solver, predicate, event) != FOLDED_NOT &&
		    !is_excluded(lint, place, event))
			ret_here->words[event / 64] |= UINT64_C(1) << (event % 64);
	return solver_event_decides(lint->solver, predicate, ret_here, ret_answer);
}

static void report_by_events(struct lint *lint, const struct condition *check, bool answer,
			     const struct event_codes *events)
{
	enum diagnostic_id id = answer ? DIAGNOSTIC_ALWAYS_TRUE : DIAGNOSTIC_ALWAYS_FALSE;
	struct text shown = lint_text(lint, check->span), field = lint_text(lint, check->left->span);
	struct text names = lint_event_names(lint, events);
	bool is_absent = !answer && expression_is_never_present(check->left, events);
	struct diagnostic *diagnostic;

	if (!lint_is_on(lint, id))
		return;
	if (is_absent)
		diagnostic = lint_report(lint, id, check,
					 "'" TEXT_FORMAT "' is always false: '" TEXT_FORMAT
					 "' has no value at the events that get here (" TEXT_FORMAT ")",
					 TEXT_ARGUMENTS(shown), TEXT_ARGUMENTS(field), TEXT_ARGUMENTS(names));
	else
		diagnostic = lint_report(lint, id, check,
					 "'" TEXT_FORMAT "' is always %s at the events that get here (" TEXT_FORMAT ")",
					 TEXT_ARGUMENTS(shown), answer ? "true" : "false", TEXT_ARGUMENTS(names));
	diagnostic_set_hint(lint->diagnostics, diagnostic,
			    is_absent ? "see `tercelc list events` for the arguments that events have"
				      : "remove it, or correct it");
}

static void report_alone(struct lint *lint, const struct condition *check, bool answer)
{
	enum diagnostic_id id = answer ? DIAGNOSTIC_ALWAYS_TRUE : DIAGNOSTIC_ALWAYS_FALSE;
	struct text shown = lint_text(lint, check->span), field = lint_text(lint, check->left->span);
	struct diagnostic *diagnostic;

	if (!lint_is_on(lint, id))
		return;
	diagnostic = lint_report(lint, id, check, "'" TEXT_FORMAT "' is %s for every value", TEXT_ARGUMENTS(shown),
				 answer ? "true" : "false");
	if (answer)
		diagnostic_set_hint(lint->diagnostics, diagnostic,
				    "to ask whether there is a value, write '" TEXT_FORMAT " exists'",
				    TEXT_ARGUMENTS(field));
	else
		diagnostic_set_hint(lint->diagnostics, diagnostic, "compare with what the field can be");
}

/* What is beside the check makes impossible what is wanted of it. */
static void report_dead(struct lint *lint, const struct place *place, const struct condition *check, bool polarity,
			uint32_t wanted, const struct event_codes *events)
{
	enum diagnostic_id id = polarity ? DIAGNOSTIC_ALWAYS_FALSE : DIAGNOSTIC_ALWAYS_TRUE;
	struct text shown = lint_text(lint, check->span);
	struct diagnostic *diagnostic;

	if (!lint_is_on(lint, id))
		return;
	diagnostic = lint_report(lint, id, check, "'" TEXT_FORMAT "' is always %s here", TEXT_ARGUMENTS(shown),
				 polarity ? "false" : "true");
	for (const struct beside *beside = place->beside; beside; beside = beside->next) {
		const uint32_t both[] = {wanted, beside->node};
		struct text other;

		if (solver_may_hold(lint->solver, both, 2, events))
			continue;
		other = lint_text(lint, beside->condition->span);
		diagnostic_add_note(lint->diagnostics, diagnostic, mapped_text_range(beside->condition->span),
				    "because of '" TEXT_FORMAT "'", TEXT_ARGUMENTS(other));
		break;
	}
	diagnostic_set_hint(lint->diagnostics, diagnostic, "remove it, or what excludes it");
}

static void report_redundant(struct lint *lint, const struct condition *check)
{
	struct text shown = lint_text(lint, check->span);

	if (lint_is_on(lint, DIAGNOSTIC_REDUNDANT_COMPARISON))
		diagnostic_set_hint(lint->diagnostics,
				    lint_report(lint, DIAGNOSTIC_REDUNDANT_COMPARISON, check,
						"'" TEXT_FORMAT "' adds nothing to the comparisons beside it",
						TEXT_ARGUMENTS(shown)),
				    "it can be removed");
}

/*
 * Whether what is before the comparison, or a narrower comparison behind it, brings about what is wanted of it. Of two
 * that say the same the second is redundant.
 */
static bool is_redundant(struct lint *lint, const struct place *place, uint32_t wanted, uint32_t unwanted,
			 const struct event_codes *events)
{
	uint32_t nodes[BESIDE_MAX + 1], count = 0;

	for (const struct beside *beside = place->beside; beside && count < BESIDE_MAX; beside = beside->next)
		if (beside->is_before || (lint->ir->nodes[beside->node].kind == IR_TEST &&
					  !solver_implies(lint->solver, wanted, beside->node, events)))
			nodes[count++] = beside->node;
	if (!solver_may_hold(lint->solver, nodes, count, events))
		return false;
	nodes[count++] = unwanted;
	return !solver_may_hold(lint->solver, nodes, count, events);
}

static bool is_event_type(const struct expression *expression)
{
	return expression->kind == EXPRESSION_FIELD &&
	       (expression->field == FIELD_EVT_TYPE || expression->field == FIELD_SYSCALL_TYPE);
}

static void judge_with_others(struct lint *lint, const struct place *place, const struct condition *check,
			      bool polarity, uint32_t holds, uint32_t fails)
{
	/* The events of the rule follow from the comparisons of their type. */
	const struct event_codes *events = is_event_type(check->left) ? &lint->all_events : place->events;
	const struct ir_node *test = some_test(lint->ir, holds);
	uint32_t wanted = polarity ? holds : fails, unwanted = polarity ? fails : holds;

	if (!is_event_type(check->left) && test->kind == IR_TEST &&
	    solver_hangs_on_event(lint->solver, test->predicate)) {
		struct event_codes here;
		bool answer;

		if (events_decide(lint, place, test->predicate, &here, &answer)) {
			report_by_events(lint, check, answer, &here);
			return;
		}
	}
	if (!has_company(lint, place->beside, test) && !is_event_type(check->left))
		return;
	if (!may_hold_beside(lint, place, wanted, events) && may_hold_beside(lint, place, IR_TRUE, place->events))
		report_dead(lint, place, check, polarity, wanted, events);
	else if (lint_is_on(lint, DIAGNOSTIC_REDUNDANT_COMPARISON) && !is_event_type(check->left) &&
		 is_redundant(lint, place, wanted, unwanted, events))
		report_redundant(lint, check);
}

static void judge(struct lint *lint, const struct place *place, const struct condition *check, bool polarity)
{
	struct condition copy = *check, *child = &copy;
	const struct condition negation = {
	    .kind = CONDITION_NOT, .span = check->span, .children = &child, .child_count = 1};
	const struct ir_node *test;
	uint32_t holds;
	bool is_idiom;

	if (is_judged_before(lint, check) || lint_is_of_exception(check) || is_deprecated(check->left) ||
	    condition_decides_event_number(check, &is_idiom) || lint_is_placeholder(check))
		return;
	holds = lower_condition(lint->ir, check, place->rule->number);
	test = some_test(lint->ir, holds);
	if (lint->ir->failed)
		return;
	if (holds == IR_FALSE ||
	    (lint->ir->nodes[holds].kind == IR_TEST && predicate_is_false_of_all(lint->facts, test->predicate)))
		report_alone(lint, check, false);
	else if (lint->ir->nodes[holds].kind == IR_TEST && predicate_is_true_of_all(lint->facts, test->predicate))
		report_alone(lint, check, true);
	else if (test->kind == IR_TEST && !lint_has_list(check))
		/* All predicates of the contrary are in the IR already, so that nothing keeps the copy. */
		judge_with_others(lint, place, check, polarity, holds,
				  lower_condition(lint->ir, &negation, place->rule->number));
}

static void walk(struct lint *lint, const struct place *place, const struct condition *condition, bool polarity);

/* The parts of an `and` (or of an `or` that is wanted false), each beside the others. */
static void walk_joined(struct lint *lint, const struct place *place, const struct condition *condition, bool polarity)
{
	uint32_t count = condition->child_count;
	struct beside *others = arena_allocate_array(lint->arena, count, sizeof *others);

	if (!others) {
		lint->failed = true;
		return;
	}
	for (uint32_t i = 0; i < count && !lint->failed; i++) {
		struct place inner = *place;

		for (uint32_t k = 0; k < count; k++) {
			if (k == i)
				continue;
			others[k] = (struct beside){lowered_part(lint->parts, condition->children[k], polarity),
						    condition->children[k], k < i, inner.beside};
			inner.beside = &others[k];
		}
		walk(lint, &inner, condition->children[i], polarity);
	}
}

static void walk(struct lint *lint, const struct place *place, const struct condition *condition, bool polarity)
{
	struct place of_macro = {.rule = place->rule, .events = &lint->all_events, .used_by = condition->used_by};

	if (condition->used_by != place->used_by)
		place = &of_macro;
	switch (condition->kind) {
	case CONDITION_CHECK:
		judge(lint, place, condition, polarity);
		return;
	case CONDITION_NOT:
		polarity = !polarity;
		break;
	case CONDITION_AND:
	case CONDITION_OR:
		if ((condition->kind == CONDITION_AND) == polarity && condition->child_count <= BESIDE_MAX) {
			walk_joined(lint, place, condition, polarity);
			return;
		}
		break;
	case CONDITION_MACRO:
		return;
	}
	for (uint32_t i = 0; i < condition->child_count && !lint->failed; i++)
		walk(lint, place, condition->children[i], polarity);
}

static uint32_t count_parts(const struct condition *condition)
{
	uint32_t count = 1;

	for (uint32_t i = 0; i < condition->child_count; i++)
		count += count_parts(condition->children[i]);
	return count;
}

void lint_constant_checks(struct lint *lint, const struct lint_rule *rule)
{
	struct place place = {.rule = rule, .events = &rule->events};

	if (count_parts(rule->rule->condition) > PARTS_MAX)
		return;
	walk(lint, &place, rule->rule->condition, true);
}
