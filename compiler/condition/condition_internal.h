/*
 * What condition.y, condition.l and condition_parse.c share.
 *
 * The language has no reserved words: each token is tried only where the grammar asks for it. So the parser is a push
 * parser with canonical LR(1) tables, in which the tokens that a state acts on are exactly those that may come next.
 * The loop in condition_parse.c asks the parser for this set, the set selects a scanner mode (a start condition of
 * flex), and the scanner tries the tokens of that mode only. A mode also knows Falco's words for "none of them was
 * there".
 */
#ifndef TERCEL_COMPILER_CONDITION_CONDITION_INTERNAL_H
#define TERCEL_COMPILER_CONDITION_CONDITION_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/condition/condition_parse.h"

/* Bytes of the text that is parsed. */
struct condition_location {
	uint32_t start, end;
};

enum condition_mode {
	MODE_OPERAND,        /* what a check can start with */
	MODE_OPERATOR,       /* after a left-hand side */
	MODE_NUMBER_VALUE,   /* after < <= > >= */
	MODE_STRING_VALUE,   /* after = and its kin */
	MODE_LIST_VALUE,     /* after in, intersects, pmatch */
	MODE_MODIFIED_VALUE, /* after oneof, anyof, allof */
	MODE_LIST_FIRST,     /* after "(" of a list */
	MODE_LIST_NEXT,      /* after "," */
	MODE_LIST_END,       /* after an element */
	MODE_ARGUMENT,       /* after "[" */
	MODE_ARGUMENT_END,
	MODE_VAL_FIELD, /* after "val(" */
	MODE_VAL_END,
	MODE_TRANSFORMER_ARGUMENT, /* after "tolower(" */
	MODE_TRANSFORMER_END,
	MODE_TRANSFORMER_LIST_FIRST, /* after "(" among a transformer's arguments */
	MODE_TRANSFORMER_LIST_NEXT,
	MODE_TRANSFORMER_LIST_END,
	MODE_AFTER_CHECK, /* and, or, ")", the end */
	MODE_AFTER_OR_GROUP, /* or, ")", the end */
	MODE_EXPRESSION,  /* a transformer or field on its own */
	MODE_EXPRESSION_END,
	MODE_COUNT,
};

struct condition_list {
	struct condition **items;
	uint32_t count, capacity;
};

struct expression_list {
	struct expression **items;
	uint32_t count, capacity;
};

struct constant_list {
	struct constant *items;
	uint32_t count, capacity;
};

/* What the scanner hands over: the text as it is meant (escapes undone); the location says where it stands. */
struct condition_token {
	struct text text;
	bool is_quoted;
	enum operator_modifier modifier;
};

/* The right-hand side of a check. */
struct condition_right {
	enum right_side kind;
	struct constant_list constants;
	struct expression *expression;
};

struct condition_parse {
	struct arena *arena;   /* the tree's */
	struct arena *scratch; /* lists while they grow */
	const struct mapped_text *text;
	struct diagnostics *diagnostics; /* NULL: only the answer is wanted */
	uint32_t base, length;           /* the scanned part of the text */
	uint32_t depth_max;
	bool is_expression; /* an expression on its own, not a condition */
	bool takes_rest;    /* ... that may be followed by anything */
	bool takes_argument;

	/* Between the parser's loop and the scanner. */
	enum condition_mode mode;
	bool may_open_argument;                /* "[" directly here */
	int previous_token;                    /* 0: none */
	uint32_t previous_start, previous_end; /* its place, from `base` */
	bool follows_macro;                    /* the previous token is a macro's name */
	uint32_t group_depth, transformer_depth;

	/* The scanner's own words for what is wrong; empty: those of the mode. */
	enum diagnostic_id error_id;
	struct text error_message;
	struct condition_location error_location;

	/* Results. */
	struct condition *condition;
	struct expression *expression;
	bool failed_memory;

	void *scanner;
	/* All that the scanner allocates comes from here, so that it never meets a failed allocation: flex would exit.
	 */
	unsigned char *reserve;
	size_t reserve_left;
};

union CONDITION_STYPE;

/* condition.l: `buffer` holds the scanned bytes and two NULs, `size` bytes in all; false when the reserve is too small.
 */
bool condition_scan_start(struct condition_parse *parse, char *buffer, size_t size);
int condition_scan(union CONDITION_STYPE *value, struct condition_location *location, void *scanner);

/* condition_hint.c: what may be meant instead, for the error at hand; NULL: no idea. */
const char *condition_hint(const struct condition_parse *parse);

/* condition.y: parses from the scanner; 0, or 1 after the first error with error_message and error_location set. */
int condition_run(struct condition_parse *parse);

/* Node builders for the grammar's actions; NULL, with failed_memory set, when there is no memory. */
struct condition *build_join(struct condition_parse *parse, enum condition_kind kind, struct condition_list list,
			     struct condition_location location);
struct condition *build_not(struct condition_parse *parse, unsigned count, struct condition *child,
			    struct condition_location location);
struct condition *build_macro(struct condition_parse *parse, struct condition_token name,
			      struct condition_location location);
struct condition *build_check(struct condition_parse *parse, struct expression *left,
			      struct condition_token operator_token, struct condition_location operator_location,
			      struct condition_right right, struct condition_location location);
struct expression *build_expression(struct condition_parse *parse, enum expression_kind kind,
				    struct condition_token name, struct expression_list children,
				    struct condition_location location);
struct expression *build_argument(struct condition_parse *parse, struct expression *expression,
				  struct condition_token argument, struct condition_location argument_location,
				  struct condition_location location);
struct condition_list append_condition(struct condition_parse *parse, struct condition_list list,
				       struct condition *item);
struct expression_list append_expression(struct condition_parse *parse, struct expression_list list,
					 struct expression *item);
struct constant_list append_constant(struct condition_parse *parse, struct constant_list list,
				     struct condition_token token, struct condition_location location);

#endif
