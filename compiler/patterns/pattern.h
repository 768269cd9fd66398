/*
 * Patterns as trees over symbols: what regex_parse and glob_parse read and build_dfa makes an automaton of. Symbols are
 * bytes (globs, paths) or Unicode code points (regular expressions). All nodes live in the arena of the parse.
 */
#ifndef TERCEL_COMPILER_PATTERNS_PATTERN_H
#define TERCEL_COMPILER_PATTERNS_PATTERN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

#define SYMBOL_BYTE_MAX 0xffu
#define SYMBOL_CODE_POINT_MAX 0x10ffffu
#define REPEAT_UNBOUNDED UINT32_MAX

enum pattern_kind {
	PATTERN_EMPTY,
	PATTERN_SYMBOLS,    /* one symbol that is in `ranges`; without ranges: nothing matches */
	PATTERN_SEQUENCE,
	PATTERN_CHOICE,
	PATTERN_REPEAT,	    /* children[0], repeat_min to repeat_max times */
	PATTERN_LINE_START, /* at the beginning or behind a newline */
	PATTERN_LINE_END,   /* at the end or before a newline */
};

struct symbol_range {
	uint32_t low, high; /* both inside */
};

struct pattern {
	enum pattern_kind kind;
	struct symbol_range *ranges; /* ascending, apart from each other */
	uint32_t range_count;
	struct pattern **children;
	uint32_t child_count;
	uint32_t repeat_min, repeat_max;
};

/* All return NULL when the arena is exhausted, or when a pattern given to them is NULL. */
struct pattern *pattern_new(struct arena *arena, enum pattern_kind kind);
/* Sorts and joins the ranges; `negate`: everything up to symbol_max that is not in them. */
struct pattern *pattern_symbols(struct arena *arena, const struct symbol_range *ranges, uint32_t count, bool negate,
				uint32_t symbol_max);
struct pattern *pattern_symbol(struct arena *arena, uint32_t symbol);
struct pattern *pattern_any_byte(struct arena *arena);
struct pattern *pattern_list(struct arena *arena, enum pattern_kind kind, struct pattern *const *children, uint32_t count);
struct pattern *pattern_repeat(struct arena *arena, struct pattern *child, uint32_t min, uint32_t max);
/* The bytes one after the other; ASCII letters match both cases when `fold_case`. */
struct pattern *pattern_literal(struct arena *arena, struct text bytes, bool fold_case);

#endif
