#include "compiler/patterns/pattern.h"

#include <stdlib.h>

struct pattern *pattern_new(struct arena *arena, enum pattern_kind kind)
{
	struct pattern *pattern = arena_allocate(arena, sizeof *pattern);

	if (pattern)
		pattern->kind = kind;
	return pattern;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct symbol_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

struct pattern *pattern_symbols(struct arena *arena, const struct symbol_range *ranges, uint32_t count, bool negate,
				uint32_t symbol_max)
{
	struct pattern *pattern = pattern_new(arena, PATTERN_SYMBOLS);
	/* A complement has at most one range more. */
	struct symbol_range *sorted = arena_allocate_array(arena, (size_t)count + 1, sizeof *sorted);
	uint32_t joined = 0, next = 0;

	if (!pattern || !sorted)
		return NULL;
	if (count > 0)
		memcpy(sorted, ranges, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare_ranges);
	for (uint32_t i = 0; i < count; i++) {
		if (joined > 0 && sorted[i].low <= sorted[joined - 1].high + 1) {
			if (sorted[i].high > sorted[joined - 1].high)
				sorted[joined - 1].high = sorted[i].high;
		} else {
			sorted[joined++] = sorted[i];
		}
	}
	pattern->ranges = sorted;
	pattern->range_count = joined;
	if (!negate)
		return pattern;

	pattern->range_count = 0;
	for (uint32_t i = 0; i < joined; i++) {
		struct symbol_range hole = sorted[i];

		if (hole.low > next)
			sorted[pattern->range_count++] = (struct symbol_range){next, hole.low - 1};
		next = hole.high + 1;
	}
	if (next <= symbol_max)
		sorted[pattern->range_count++] = (struct symbol_range){next, symbol_max};
	return pattern;
}

struct pattern *pattern_symbol(struct arena *arena, uint32_t symbol)
{
	return pattern_symbols(arena, &(struct symbol_range){symbol, symbol}, 1, false, symbol);
}

struct pattern *pattern_any_byte(struct arena *arena)
{
	return pattern_symbols(arena, &(struct symbol_range){0, SYMBOL_BYTE_MAX}, 1, false, SYMBOL_BYTE_MAX);
}

struct pattern *pattern_list(struct arena *arena, enum pattern_kind kind, struct pattern *const *children, uint32_t count)
{
	struct pattern *pattern;

	for (uint32_t i = 0; i < count; i++)
		if (!children[i])
			return NULL;
	if (count == 1)
		return children[0];
	pattern = pattern_new(arena, count == 0 ? PATTERN_EMPTY : kind);
	if (!pattern || count == 0)
		return pattern;
	pattern->children = arena_allocate_array(arena, count, sizeof *pattern->children);
	if (!pattern->children)
		return NULL;
	memcpy(pattern->children, children, count * sizeof *pattern->children);
	pattern->child_count = count;
	return pattern;
}

struct pattern *pattern_repeat(struct arena *arena, struct pattern *child, uint32_t min, uint32_t max)
{
	struct pattern *pattern;

	if (!child)
		return NULL;
	pattern = pattern_list(arena, PATTERN_REPEAT, (struct pattern *const[]){child, child}, 2);
	if (!pattern)
		return NULL;
	pattern->child_count = 1;
	pattern->repeat_min = min;
	pattern->repeat_max = max;
	return pattern;
}

struct pattern *pattern_literal(struct arena *arena, struct text bytes, bool fold_case)
{
	struct pattern **symbols = arena_allocate_array(arena, bytes.length + 1, sizeof *symbols);

	if (!symbols)
		return NULL;
	for (size_t i = 0; i < bytes.length; i++) {
		uint8_t byte = (uint8_t)bytes.bytes[i];
		uint8_t other = byte;

		if (fold_case && ((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z')))
			other = byte ^ 0x20;
		symbols[i] = pattern_symbols(arena, (struct symbol_range[]){{byte, byte}, {other, other}}, 2, false,
					     SYMBOL_BYTE_MAX);
	}
	return pattern_list(arena, PATTERN_SEQUENCE, symbols, (uint32_t)bytes.length);
}
