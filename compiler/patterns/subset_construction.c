#include "compiler/patterns/subset_construction.h"

#include <errno.h>
#include <stdlib.h>

#include "base/seeded_bug.h"
#include "compiler/patterns/pattern_nfa.h"

/*
 * How often states of the NFA may be looked at: half a second or so. Without it a pattern of sixty bytes, whose automaton has
 * few enough states, but each made of very many, takes a minute.
 */
#define WORK_MAX ((uint64_t)1 << 26)

/* ---- classes of symbols ---- */

uint32_t symbol_class_of(const struct symbol_classes *classes, uint32_t symbol)
{
	uint32_t low = 0, high = classes->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (classes->lows[middle] <= symbol)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void symbol_classes_release(struct symbol_classes *classes)
{
	free(classes->lows);
	*classes = (struct symbol_classes){0};
}

static size_t count_ranges(const struct pattern *pattern)
{
	size_t count = pattern->range_count;

	for (uint32_t i = 0; i < pattern->child_count; i++)
		count += count_ranges(pattern->children[i]);
	return count;
}

static void collect_bounds(const struct pattern *pattern, struct symbol_classes *classes)
{
	for (uint32_t i = 0; i < pattern->range_count; i++) {
		classes->lows[classes->count++] = pattern->ranges[i].low;
		classes->lows[classes->count++] = pattern->ranges[i].high + 1;
	}
	for (uint32_t i = 0; i < pattern->child_count; i++)
		collect_bounds(pattern->children[i], classes);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int make_classes(const struct pattern *pattern, bool has_lines, uint32_t symbol_max,
			struct symbol_classes *ret_classes)
{
	struct symbol_classes classes = {.symbol_max = symbol_max};
	uint32_t distinct = 0;

	classes.lows = calloc(count_ranges(pattern) * 2 + 3, sizeof *classes.lows);
	if (!classes.lows)
		return -ENOMEM;
	classes.lows[classes.count++] = 0;
	if (has_lines) {
		classes.lows[classes.count++] = '\n';
		classes.lows[classes.count++] = '\n' + 1;
	}
	collect_bounds(pattern, &classes);
	qsort(classes.lows, classes.count, sizeof *classes.lows, compare_numbers);
	for (uint32_t i = 0; i < classes.count && classes.lows[i] <= symbol_max; i++)
		if (distinct == 0 || classes.lows[i] != classes.lows[distinct - 1])
			classes.lows[distinct++] = classes.lows[i];
	classes.count = distinct;
	*ret_classes = classes;
	return 0;
}

/* ---- sets of states ---- */

/* A growing list of numbers. */
struct numbers {
	uint32_t *at;
	size_t count, capacity;
};

static bool push(struct numbers *numbers, uint32_t number)
{
	if (numbers->count == numbers->capacity) {
		size_t capacity = numbers->capacity ? numbers->capacity * 2 : 256;
		uint32_t *at = realloc(numbers->at, capacity * sizeof *at);

		if (!at)
			return false;
		numbers->at = at;
		numbers->capacity = capacity;
	}
	numbers->at[numbers->count++] = number;
	return true;
}

/* A state of the result: a run of `members` (ascending), and whether a line starts here. */
struct subset {
	size_t begin;
	uint32_t count;
	bool at_line_start;
	uint64_t hash;
};

struct construction {
	struct nfa nfa;
	struct symbol_classes classes;
	uint32_t newline_class; /* UINT32_MAX: lines do not matter */
	uint32_t states_max;

	struct numbers members;
	struct subset *subsets;
	uint32_t subset_count, subset_capacity;
	uint32_t *index; /* hash -> subset + 1 */
	uint32_t index_size;
	struct numbers next;
	struct numbers accepting;

	uint32_t *seen; /* per NFA state: the number of the last closure that met it */
	uint32_t closure_number;
	struct numbers stack, set, line_end_set;
	uint64_t work; /* how often a state of the NFA was looked at */
};

/*
 * Everything that is reached from the states on the stack with nothing. LINE_END states stay in the set, because whether
 * they may be passed shows only with the next symbol; with `at_line_end` they are passed. 0, -ENOMEM or -E2BIG.
 */
static int close_over(struct construction *c, bool at_line_start, bool at_line_end, struct numbers *set)
{
	set->count = 0;
	c->closure_number++;
	while (c->stack.count > 0) {
		uint32_t number = c->stack.at[--c->stack.count];
		const struct nfa_state *state = &c->nfa.states[number];

		if (++c->work > WORK_MAX)
			return -E2BIG;
		if (c->seen[number] == c->closure_number)
			continue;
		c->seen[number] = c->closure_number;
		switch (state->kind) {
		case NFA_SPLIT:
			if (!push(&c->stack, state->other) || !push(&c->stack, state->next))
				return -ENOMEM;
			break;
		case NFA_LINE_START:
			if (at_line_start && !push(&c->stack, state->next))
				return -ENOMEM;
			break;
		case NFA_LINE_END:
			if (at_line_end && !push(&c->stack, state->next))
				return -ENOMEM;
			if (!push(set, number))
				return -ENOMEM;
			break;
		case NFA_SYMBOLS:
		case NFA_ACCEPT:
			if (!push(set, number))
				return -ENOMEM;
			break;
		}
	}
	if (set->count > 0)
		qsort(set->at, set->count, sizeof *set->at, compare_numbers);
	return 0;
}

static bool grow_index(struct construction *c)
{
	uint32_t size = c->index_size ? c->index_size * 2 : 1024;
	uint32_t *index = calloc(size, sizeof *index);

	if (!index)
		return false;
	for (uint32_t i = 0; i < c->subset_count; i++) {
		uint32_t place = (uint32_t)c->subsets[i].hash & (size - 1);

		while (index[place] != 0)
			place = (place + 1) & (size - 1);
		index[place] = i + 1;
	}
	free(c->index);
	c->index = index;
	c->index_size = size;
	return true;
}

/* The number of the subset that c->set holds, made if it is new. 0 or a negative errno. */
static int number_of_set(struct construction *c, bool at_line_start, uint32_t *ret_number)
{
	struct text bytes = text_of((const char *)c->set.at, c->set.count * sizeof(uint32_t));
	uint64_t hash = text_hash(bytes, at_line_start);
	uint32_t place;

	if (c->subset_count * 2 >= c->index_size && !grow_index(c))
		return -ENOMEM;
	for (place = (uint32_t)hash & (c->index_size - 1); c->index[place] != 0; place = (place + 1) & (c->index_size - 1)) {
		const struct subset *subset = &c->subsets[c->index[place] - 1];

		if (subset->hash == hash && subset->count == c->set.count && subset->at_line_start == at_line_start &&
		    (subset->count == 0 ||
		     memcmp(c->members.at + subset->begin, c->set.at, subset->count * sizeof(uint32_t)) == 0)) {
			*ret_number = c->index[place] - 1;
			return 0;
		}
	}
	if (c->subset_count == c->states_max)
		return -E2BIG;
	if (c->subset_count == c->subset_capacity) {
		uint32_t capacity = c->subset_capacity ? c->subset_capacity * 2 : 64;
		struct subset *subsets = realloc(c->subsets, capacity * sizeof *subsets);

		if (!subsets)
			return -ENOMEM;
		c->subsets = subsets;
		c->subset_capacity = capacity;
	}
	c->subsets[c->subset_count] = (struct subset){c->members.count, (uint32_t)c->set.count, at_line_start, hash};
	for (size_t i = 0; i < c->set.count; i++)
		if (!push(&c->members, c->set.at[i]))
			return -ENOMEM;
	c->index[place] = ++c->subset_count;
	*ret_number = c->subset_count - 1;
	return 0;
}

static bool symbols_have(const struct pattern *symbols, uint32_t symbol)
{
	uint32_t low = 0, high = symbols->range_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (symbols->ranges[middle].high < symbol)
			low = middle + 1;
		else
			high = middle;
	}
	return low < symbols->range_count && symbols->ranges[low].low <= symbol;
}

/* Where the states of `from` go with the class, as a subset. */
static int step(struct construction *c, const struct numbers *from, uint32_t class, uint32_t *ret_number)
{
	bool at_line_start = class == c->newline_class;
	int status;

	c->stack.count = 0;
	c->work += from->count;
	for (size_t i = 0; i < from->count; i++) {
		const struct nfa_state *state = &c->nfa.states[from->at[i]];

		if (state->kind == NFA_SYMBOLS && symbols_have(state->symbols, c->classes.lows[class]) &&
		    !push(&c->stack, state->next))
			return -ENOMEM;
	}
	status = close_over(c, at_line_start, false, &c->set);
	if (status != 0)
		return status;
	return number_of_set(c, at_line_start, ret_number);
}

static int expand(struct construction *c, uint32_t number)
{
	struct subset subset = c->subsets[number];
	struct numbers from = {0};
	bool accepts = false;
	int status = -ENOMEM;

	/* The same states at the end of a line; the subset itself is copied, as `members` may move. */
	c->stack.count = 0;
	for (uint32_t i = 0; i < subset.count; i++)
		if (!push(&c->stack, c->members.at[subset.begin + i]) || !push(&from, c->members.at[subset.begin + i]))
			goto out;
	status = close_over(c, subset.at_line_start, !SEEDED_BUG(NO_LINE_END), &c->line_end_set);
	if (status != 0)
		goto out;
	status = -ENOMEM;
	for (size_t i = 0; i < c->line_end_set.count; i++)
		accepts |= c->nfa.states[c->line_end_set.at[i]].kind == NFA_ACCEPT;
	if (!push(&c->accepting, accepts))
		goto out;
	for (uint32_t class = 0; class < c->classes.count; class++) {
		uint32_t target;

		status = step(c, class == c->newline_class ? &c->line_end_set : &from, class, &target);
		if (status != 0)
			goto out;
		status = -ENOMEM;
		if (!push(&c->next, target))
			goto out;
	}
	status = 0;
out:
	free(from.at);
	return status;
}

static void construction_release(struct construction *c)
{
	nfa_release(&c->nfa);
	symbol_classes_release(&c->classes);
	free(c->members.at);
	free(c->subsets);
	free(c->index);
	free(c->next.at);
	free(c->accepting.at);
	free(c->seen);
	free(c->stack.at);
	free(c->set.at);
	free(c->line_end_set.at);
}

int subset_construction(const struct pattern *pattern, uint32_t symbol_max, uint32_t states_max,
			struct symbol_classes *ret_classes, struct state_table *ret_table)
{
	struct construction c = {.newline_class = UINT32_MAX, .states_max = states_max};
	struct state_table table = {0};
	uint32_t start;
	int status = nfa_build(pattern, &c.nfa);

	if (status == 0)
		status = make_classes(pattern, c.nfa.has_lines, symbol_max, &c.classes);
	if (status != 0)
		goto out;
	if (c.nfa.has_lines)
		c.newline_class = symbol_class_of(&c.classes, '\n');
	status = -ENOMEM;
	c.seen = calloc(c.nfa.count, sizeof *c.seen);
	if (!c.seen || !push(&c.stack, c.nfa.start))
		goto out;
	status = close_over(&c, true, false, &c.set);
	if (status != 0)
		goto out;
	/* Without lines it does not matter what stands before: one state for both. */
	status = number_of_set(&c, c.nfa.has_lines, &start);
	for (uint32_t done = 0; status == 0 && done < c.subset_count; done++)
		status = expand(&c, done);
	if (status != 0)
		goto out;
	table = (struct state_table){.state_count = c.subset_count, .class_count = c.classes.count, .start = start};
	table.accepting = calloc(c.subset_count, 1);
	if (!table.accepting) {
		status = -ENOMEM;
		goto out;
	}
	for (uint32_t i = 0; i < c.subset_count; i++)
		table.accepting[i] = (uint8_t)c.accepting.at[i];
	table.next = c.next.at;
	c.next.at = NULL;
	*ret_classes = c.classes;
	c.classes = (struct symbol_classes){0};
	*ret_table = table;
out:
	construction_release(&c);
	return status;
}
