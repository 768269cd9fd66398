/*
 * Conditions and output templates as trees. condition.y and output_template.c build them, resolve_names puts macros in,
 * check_types fills the members below "check_types", lower_to_ir reads them. All nodes live in the compilation's arena.
 */
#ifndef TERCEL_COMPILER_SYNTAX_TREE_H
#define TERCEL_COMPILER_SYNTAX_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "catalog/catalog.h"

struct typed_constant; /* compiler/check_constants.h: a constant as the program will hold it */
struct mapped_text; /* compiler/mapped_text.h: text put together from pieces of rule files, with the way back */

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
	struct span span;
	struct text name; /* FIELD: as written, without [argument]; TRANSFORMER: its name; CONSTANT: the value */
	struct span name_span;
	bool has_argument; /* name[argument] */
	struct text argument;
	struct span argument_span;
	struct expression **children; /* TRANSFORMER, LIST */
	uint32_t child_count;

	/* check_types */
	int field;	     /* enum field_id; -1 before */
	int transformer;     /* enum transformer_id; -1 before */
	enum value_type type;
	bool is_list;
	struct text field_argument; /* of the field, after "name.argument" and "name[argument]" were told apart */
	bool has_field_argument, field_argument_is_number;
	int64_t field_argument_number;
};

/* One constant on the right-hand side. */
struct constant {
	struct text value; /* escapes undone */
	struct span span;
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
	struct span span;

	struct condition **children; /* AND, OR: two or more; NOT: one */
	uint32_t child_count;

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
	struct constant *constants; /* VALUE, LIST, IDENTIFIER */
	uint32_t constant_count;
	struct expression *right; /* FIELD, TRANSFORMER */
	const struct typed_constant *typed; /* check_types: constant_count of them; NULL before */
};

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
