/*
 * Conditions and output templates as trees. condition.y and output_template.c build them, resolve_names puts macros in,
 * check_types fills the members below "check_types", lower_to_ir reads them. All nodes live in the compilation's arena.
 */
#ifndef TERCEL_COMPILER_CONDITION_SYNTAX_TREE_H
#define TERCEL_COMPILER_CONDITION_SYNTAX_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "catalog/catalog.h"

struct typed_constant; /* compiler/check/check_constants.h: a constant as the program will hold it */
struct mapped_text; /* compiler/load/mapped_text.h: text put together from pieces of rule files, with the way back */

/* Bytes [start, end) of a mapped text. */
struct span {
	const struct mapped_text *text;
	uint32_t start, end;
};

enum expression_kind {
	EXPRESSION_FIELD,	/* proc.name, proc.aname[2] */
	EXPRESSION_TRANSFORMER, /* tolower(...), join(...) */
	EXPRESSION_LIST,	/* (a, b) among a transformer's arguments */
	EXPRESSION_CONSTANT,	/* quoted string or number among a transformer's arguments */
};

/* A left-hand side, a right-hand field or transformer, an item of an output template. */
struct expression {
	enum expression_kind kind;
	uint32_t child_count;
	struct expression **children; /* TRANSFORMER, LIST */
	struct span span;
	struct text name;     /* FIELD: as written, without [argument]; TRANSFORMER: its name; CONSTANT: the value */
	struct text argument; /* name[argument] */
	uint32_t argument_start, argument_end; /* in span.text, with quotes */
	bool has_argument;

	/* check_types */
	bool is_list, has_field_argument, field_argument_is_number;
	enum value_type type;
	int field;	 /* enum field_id; -1 before */
	int transformer; /* enum transformer_id; -1 before */
	struct text field_argument; /* of the field, after "name.argument" and "name[argument]" were told apart */
	int64_t field_argument_number;
};

/* Of a field or transformer, which start with their names. */
static inline struct span expression_name_span(const struct expression *expression)
{
	struct span span = expression->span;

	span.end = span.start + (uint32_t)expression->name.length;
	return span;
}

static inline struct span expression_argument_span(const struct expression *expression)
{
	return (struct span){expression->span.text, expression->argument_start, expression->argument_end};
}

/* One constant on the right-hand side. */
struct constant {
	struct text value;   /* escapes undone */
	uint32_t start, end; /* in the text of the check: constant_span() */
	bool is_quoted;
};

enum condition_kind { CONDITION_AND, CONDITION_OR, CONDITION_NOT, CONDITION_CHECK, CONDITION_MACRO };

enum right_side {
	RIGHT_NONE,	  /* exists */
	RIGHT_VALUE,	  /* one constant */
	RIGHT_LIST,	  /* (a, b): constants */
	RIGHT_IDENTIFIER, /* `in x`, `= oneof x`: one constant, printed without parentheses */
	RIGHT_FIELD,	  /* val(field) */
	RIGHT_TRANSFORMER,
};

struct condition {
	enum condition_kind kind;
	uint32_t child_count;
	struct condition **children; /* AND, OR: two or more; NOT: one */
	struct span span;
	struct text macro_name; /* MACRO */
	/* A node that came in by a macro remembers which, innermost first: for notes "in macro 'x'". */
	const struct macro_use *used_by;

	/* CHECK */
	struct expression *left;
	struct text operator_text; /* "==" stays "==": for the canonical text */
	struct span operator_span;
	int operator;		   /* enum operator_id */
	enum operator_modifier modifier;
	enum right_side right_side;
	uint32_t constant_count;
	struct constant *constants; /* VALUE, LIST, IDENTIFIER */
	struct expression *right; /* FIELD, TRANSFORMER */
	const struct typed_constant *typed; /* check_types: constant_count of them; NULL before */
};

static inline struct span constant_span(const struct condition *check, const struct constant *constant)
{
	return (struct span){check->span.text, constant->start, constant->end};
}

struct macro_use {
	struct text macro_name;
	struct span use_span;	     /* where the name stands */
	struct span definition_span; /* where the macro is defined */
	const struct macro_use *outer;
};

struct output_piece {
	bool is_literal;
	struct text literal;
	struct expression *item;
	uint32_t width_bytes; /* 0: none */
	struct span span;
};

struct output_template {
	struct output_piece *pieces;
	uint32_t piece_count;
};

/*
 * One rule after all files were merged, macros put in and exceptions expanded: what the back end gets.
 */
struct rule {
	struct text name, description, source;
	enum priority priority;
	bool is_enabled, warns_about_event_types, skips_unknown_filter;
	const struct text *tags; /* ascending, distinct */
	uint32_t tag_count;
	struct span name_span;
	struct condition *condition;
	struct output_template *output;
	struct text file; /* of the definition, as named on the command line */
	uint32_t line;	  /* from 1 */
};

#endif
