/*
 * Rules that no event can match. Why is told by the fewest parts of the condition that exclude each other: parts that
 * are joined by `and`, taken from the front until they cannot hold together, without those that are not needed for
 * that.
 */
#include "compiler/lints/lint_internal.h"

#include "compiler/condition/canonical_text.h"

struct part {
	const struct condition *condition;
	uint32_t node;
};

struct parts {
	struct part *at;
	uint32_t count, capacity;
};

static void add_part(struct lint *lint, struct parts *parts, const struct condition *condition, bool polarity)
{
	if (parts->count == parts->capacity) {
		uint32_t capacity = parts->capacity ? parts->capacity * 2 : 32;
		struct part *larger = arena_allocate_array(lint->arena, capacity, sizeof *larger);

		if (!larger) {
			lint->failed = true;
			return;
		}
		if (parts->count > 0)
			memcpy(larger, parts->at, parts->count * sizeof *larger);
		parts->at = larger;
		parts->capacity = capacity;
	}
	parts->at[parts->count++] = (struct part){condition, lowered_part(lint->parts, condition, polarity)};
}

/* What must all be true, or with polarity false all be false. */
static void collect(struct lint *lint, const struct condition *condition, bool polarity, struct parts *parts)
{
	if (condition->kind == CONDITION_NOT && condition->children[0]->kind != CONDITION_CHECK) {
		collect(lint, condition->children[0], !polarity, parts);
	} else if (condition->kind == (polarity ? CONDITION_AND : CONDITION_OR)) {
		for (uint32_t i = 0; i < condition->child_count; i++)
			collect(lint, condition->children[i], polarity, parts);
	} else {
		add_part(lint, parts, condition, polarity);
	}
}

/* Whether the parts can hold together; `without` is left out. */
static bool may_hold(struct lint *lint, const struct part *parts, uint32_t count, uint32_t without, uint32_t *nodes)
{
	uint32_t node_count = 0;

	for (uint32_t i = 0; i < count; i++)
		if (i != without)
			nodes[node_count++] = parts[i].node;
	return solver_may_hold(lint->solver, nodes, node_count, &lint->all_events);
}

/* Leaves the fewest parts that exclude each other, in their order; 0: why is not known. */
static uint32_t shrink(struct lint *lint, struct part *parts, uint32_t count)
{
	uint32_t *nodes = arena_allocate_array(lint->arena, (size_t)count + 1, sizeof *nodes);
	uint32_t left = 1;

	if (!nodes) {
		lint->failed = true;
		return 0;
	}
	while (left <= count && may_hold(lint, parts, left, UINT32_MAX, nodes))
		left++;
	if (left > count)
		return 0;
	for (uint32_t i = 0; i + 1 < left;) {
		if (may_hold(lint, parts, left, i, nodes)) {
			i++;
			continue;
		}
		memmove(&parts[i], &parts[i + 1], (left - i - 1) * sizeof *parts);
		left--;
	}
	return left;
}

static void find_placeholder(struct lint *lint, const struct condition *check, void *context)
{
	(void)lint;
	*(bool *)context |= lint_is_placeholder(check);
}

static bool has_placeholder(struct lint *lint, const struct condition *part)
{
	bool has = false;

	lint_each_check(lint, part, &has, find_placeholder);
	return has;
}

static const struct condition *check_of(const struct condition *part)
{
	while (part->kind == CONDITION_NOT)
		part = part->children[0];
	return part->kind == CONDITION_CHECK ? part : NULL;
}

static void explain(struct lint *lint, const struct lint_rule *rule, const struct part *core, uint32_t count)
{
	const struct condition *last = core[count - 1].condition, *check = check_of(last);
	struct text shown = lint_text(lint, last->span);
	struct diagnostic *diagnostic;
	bool has_events = false;

	for (size_t i = 0; i < EVENT_CODES_WORDS; i++)
		has_events |= (rule->events.words[i] &
			       ~(i == EVENT_ASYNCEVENT_E / 64 ? UINT64_C(1) << EVENT_ASYNCEVENT_E % 64 : 0)) != 0;
	if (check && has_events && expression_is_never_present(check->left, &rule->events)) {
		struct text field = lint_text(lint, check->left->span), events = lint_event_names(lint, &rule->events);

		diagnostic = lint_report(lint, DIAGNOSTIC_NEVER_MATCHES, last,
					 "the rule can never match: '" TEXT_FORMAT
					 "' has no value at the events of the rule (" TEXT_FORMAT ")",
					 TEXT_ARGUMENTS(field), TEXT_ARGUMENTS(events));
		diagnostic_set_hint(
		    lint->diagnostics, diagnostic,
		    "see `tercelc list events` for the arguments that events have, and compare another field");
		return;
	}
	if (count == 1) {
		diagnostic =
		    lint_report(lint, DIAGNOSTIC_NEVER_MATCHES, last,
				"the rule can never match: '" TEXT_FORMAT "' is never true", TEXT_ARGUMENTS(shown));
	} else {
		diagnostic =
		    lint_report(lint, DIAGNOSTIC_NEVER_MATCHES, last,
				"the rule can never match: '" TEXT_FORMAT "' excludes what else the condition asks for",
				TEXT_ARGUMENTS(shown));
		for (uint32_t i = 0; i + 1 < count; i++) {
			struct text other = lint_text(lint, core[i].condition->span);

			diagnostic_add_note(lint->diagnostics, diagnostic, mapped_text_range(core[i].condition->span),
					    "'" TEXT_FORMAT "' cannot hold together with it", TEXT_ARGUMENTS(other));
			diagnostic_add_macro_notes(lint->diagnostics, diagnostic, core[i].condition->used_by);
		}
	}
	diagnostic_set_hint(lint->diagnostics, diagnostic,
			    count == 1 ? "change the comparison, or remove the rule"
				       : "join them by `or`, or remove one");
}

void lint_never_matches(struct lint *lint, struct lint_rule *rule)
{
	struct parts parts = {0};
	uint32_t count;

	if (solver_may_hold(lint->solver, &rule->node, 1, &rule->events))
		return;
	rule->never_matches = true;
	collect(lint, rule->rule->condition, true, &parts);
	if (lint->failed)
		return;
	for (uint32_t i = 0; i < parts.count; i++) {
		const struct condition *part = parts.at[i].condition;
		struct text shown;

		if (parts.at[i].node != IR_FALSE || !has_placeholder(lint, part))
			continue;
		if (!lint_is_on(lint, DIAGNOSTIC_AWAITS_OVERRIDE))
			return;
		shown = lint_text(lint, part->span);
		diagnostic_set_hint(lint->diagnostics,
				    lint_report(lint, DIAGNOSTIC_AWAITS_OVERRIDE, part,
						"the rule matches nothing as long as '" TEXT_FORMAT
						"' is a placeholder",
						TEXT_ARGUMENTS(shown)),
				    "override the macro or fill the list in a later file, or disable the rule");
		return;
	}
	if (!lint_is_on(lint, DIAGNOSTIC_NEVER_MATCHES))
		return;
	count = shrink(lint, parts.at, parts.count);
	if (lint->failed)
		return;
	if (count > 0)
		explain(lint, rule, parts.at, count);
	else
		lint_report(lint, DIAGNOSTIC_NEVER_MATCHES, rule->rule->condition,
			    "the rule can never match: its parts exclude each other");
}
