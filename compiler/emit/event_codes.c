#include "compiler/emit/event_codes.h"

#include <string.h>

#include "compiler/check/check_constants.h"

unsigned event_codes_count(const struct event_codes *codes)
{
	unsigned count = 0;

	for (size_t i = 0; i < EVENT_CODES_WORDS; i++)
		count += (unsigned)__builtin_popcountll(codes->words[i]);
	return count;
}

bool event_type_is_known(struct text name)
{
	return name.length == 0 || event_name_exists(name) || syscall_is_generic_name(name);
}

/*
 * The analysis is the same over events and over system calls: a set is a byte (0 or 1) per member of the universe, and
 * only what a name stands for differs.
 */
struct universe {
	size_t size;
	void (*add_name)(struct text name, uint8_t *set);
};

static void add_events(struct text name, uint8_t *set)
{
	if (!event_name_exists(name)) {
		if (syscall_is_generic_name(name))
			set[EVENT_GENERIC_E] = set[EVENT_GENERIC_X] = 1;
		return;
	}
	for (int event = event_next_by_name(name, 0); event >= 0; event = event_next_by_name(name, (unsigned)event + 1))
		if (event != EVENT_GENERIC_E && event != EVENT_GENERIC_X)
			set[event] = 1;
}

static void add_syscalls(struct text name, uint8_t *set)
{
	for (size_t row = 0; row < syscall_count() && row < SYSCALLS_MAX; row++)
		if (text_is(name, syscall_at(row)->event_name))
			set[row] = 1;
}

/* What `evt.num OP constants` is known to be, since event numbers begin with 1: 0, 1, or -1. */
static int decide_event_number(const struct condition *check, enum operator_id operator)
{
	bool all_zero = true, all_numbers = true;
	uint64_t number = 0;

	for (uint32_t i = 0; i < check->constant_count; i++) {
		all_numbers &= text_to_unsigned(check->constants[i].value, &number);
		all_zero &= number == 0;
	}
	if (!all_numbers)
		return -1;
	switch (operator) {
	case OPERATOR_IN:
		return all_zero ? 0 : -1;
	case OPERATOR_EQUAL:
	case OPERATOR_LESS_EQUAL:
		return number == 0 ? 0 : -1;
	case OPERATOR_NOT_EQUAL:
	case OPERATOR_GREATER:
		return number == 0 ? 1 : -1;
	case OPERATOR_LESS:
		return number <= 1 ? 0 : -1;
	case OPERATOR_GREATER_EQUAL:
		return number <= 1 ? 1 : -1;
	default:
		return -1;
	}
}

bool condition_decides_event_number(const struct condition *check, bool *ret_holds)
{
	int operator = operator_by_name(check->operator_text);
	bool has_constants = check->right_side == RIGHT_VALUE || check->right_side == RIGHT_LIST ||
			     check->right_side == RIGHT_IDENTIFIER;
	int holds;

	if (check->left->kind != EXPRESSION_FIELD || !text_is(check->left->name, "evt.num") || check->left->has_argument ||
	    check->modifier != MODIFIER_NONE || !has_constants)
		return false;
	holds = decide_event_number(check, (enum operator_id)operator);
	if (holds >= 0)
		*ret_holds = holds == 1;
	return holds >= 0;
}

static void fill(const struct universe *universe, uint8_t *set, bool everything)
{
	memset(set, everything, universe->size);
}

/* `negated`: the set of the check's negation. */
static void set_of_check(const struct universe *universe, const struct condition *check, bool negated, uint8_t *set)
{
	int operator = operator_by_name(check->operator_text);
	bool holds, is_event_type;

	if (condition_decides_event_number(check, &holds)) {
		fill(universe, set, holds != negated);
		return;
	}
	is_event_type = check->left->kind == EXPRESSION_FIELD && !check->left->has_argument &&
			(text_is(check->left->name, "evt.type") || text_is(check->left->name, "syscall.type"));
	if (is_event_type && operator == OPERATOR_EXISTS) {
		fill(universe, set, !negated);
		return;
	}
	if (!is_event_type || check->modifier != MODIFIER_NONE ||
	    (operator != OPERATOR_EQUAL && operator != OPERATOR_NOT_EQUAL && operator != OPERATOR_IN)) {
		fill(universe, set, true);
		return;
	}
	fill(universe, set, false);
	for (uint32_t i = 0; i < check->constant_count; i++)
		universe->add_name(check->constants[i].value, set);
	if ((operator == OPERATOR_NOT_EQUAL) != negated)
		for (size_t i = 0; i < universe->size; i++)
			set[i] ^= 1;
}

_Static_assert(EVENT_ID_COUNT <= SYSCALLS_MAX, "the larger universe");

static void set_of_condition(const struct universe *universe, const struct condition *condition, bool negated, uint8_t *set)
{
	uint8_t child[SYSCALLS_MAX];
	bool is_intersection;

	switch (condition->kind) {
	case CONDITION_CHECK:
		set_of_check(universe, condition, negated, set);
		return;
	case CONDITION_MACRO:
		fill(universe, set, true);
		return;
	case CONDITION_NOT:
		set_of_condition(universe, condition->children[0], !negated, set);
		return;
	case CONDITION_AND:
	case CONDITION_OR:
		break;
	}
	is_intersection = (condition->kind == CONDITION_AND) != negated;
	fill(universe, set, is_intersection);
	for (uint32_t i = 0; i < condition->child_count; i++) {
		set_of_condition(universe, condition->children[i], negated, child);
		for (size_t j = 0; j < universe->size; j++)
			set[j] = is_intersection ? set[j] & child[j] : set[j] | child[j];
	}
}

void event_codes_of_condition(const struct condition *root, struct event_codes *ret_codes)
{
	const struct universe events = {EVENT_ID_COUNT, add_events};
	uint8_t set[EVENT_ID_COUNT];

	set_of_condition(&events, root, false, set);
	*ret_codes = (struct event_codes){0};
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		ret_codes->words[event / 64] |= (uint64_t)set[event] << (event % 64);
}

void event_codes_of_rule(const struct rule *rule, struct event_codes *ret_codes)
{
	event_codes_of_condition(rule->condition, ret_codes);
	ret_codes->words[EVENT_ASYNCEVENT_E / 64] |= UINT64_C(1) << (EVENT_ASYNCEVENT_E % 64);
}

void syscalls_of_condition(const struct condition *root, uint8_t ret_selected[SYSCALLS_MAX])
{
	struct universe syscalls = {syscall_count() < SYSCALLS_MAX ? syscall_count() : SYSCALLS_MAX, add_syscalls};

	memset(ret_selected, 0, SYSCALLS_MAX);
	set_of_condition(&syscalls, root, false, ret_selected);
}
