/*
 * Conditions in negation normal form: tests with a polarity, joined by AND and OR. Equal nodes are one node, across all
 * rules of a program, so that comparing numbers compares expressions.
 *
 * Polarity belongs to the test because of unknown values: a test of an unknown value holds whichever polarity it has.
 */
#ifndef TERCEL_COMPILER_EMIT_RULE_IR_H
#define TERCEL_COMPILER_EMIT_RULE_IR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/hash_table.h"
#include "compiler/condition/syntax_tree.h"
#include "vm/program_writer.h"

#define IR_FALSE 0u /* numbers of the nodes that are constant */
#define IR_TRUE 1u

enum ir_kind { IR_CONSTANT, IR_TEST, IR_AND, IR_OR };

struct ir_node {
	uint8_t kind;	    /* enum ir_kind */
	bool polarity;	    /* TEST */
	uint32_t predicate; /* TEST */
	const uint32_t *children; /* AND, OR: two or more, distinct, none of them constant or of the same kind */
	uint32_t child_count;
};

/* Which of its check's constants a predicate compares with. */
enum ir_operand {
	IR_OPERAND_ALL,
	IR_OPERAND_ONE,		/* `constant` alone */
	IR_OPERAND_PLAIN_PATHS, /* pmatch: the paths without wildcards */
};

/* A comparison that the program will hold: a check of some rule, or a part of one. */
struct ir_predicate {
	const struct condition *check;
	uint8_t operator;   /* enum operator_id */
	uint8_t quantifier; /* enum quantifier */
	uint8_t modifier;   /* enum operator_modifier */
	uint8_t operand;    /* enum ir_operand */
	uint32_t constant;  /* IR_OPERAND_ONE */
	uint32_t rule;	    /* the rule that it belongs to alone (stateful fields); UINT32_MAX: any */
	bool asks_each;	    /* the slot is the list of all the field's values */
	bool folds;	    /* fold_event knows its answer for some events */
};

struct ir {
	struct arena *arena;
	struct ir_node *nodes; /* on the heap */
	uint32_t node_count, node_capacity;
	struct ir_predicate *predicates; /* on the heap */
	uint32_t predicate_count, predicate_capacity;
	struct hash_table *node_index, *predicate_index; /* to number + 1, as a pointer */
	struct buffer parts; /* of the join at hand */
	uint32_t *seen; /* per node: the last join that met it */
	uint32_t seen_capacity, join_number;
	bool failed; /* out of memory: all that was made since is worthless */
};

/* The arena must outlive it. NULL when there is no memory. */
struct ir *ir_new(struct arena *arena);
struct ir *ir_free(struct ir *ir);

/* `key`: equal for equal predicates and for no others. Returns the number. */
uint32_t ir_add_predicate(struct ir *ir, struct text key, const struct ir_predicate *predicate);
uint32_t ir_test(struct ir *ir, uint32_t predicate, bool polarity);
/* Joins nodes by IR_AND or IR_OR, in order; nested ones of the same kind are taken apart, repeated ones dropped. */
uint32_t ir_join(struct ir *ir, enum ir_kind kind, const uint32_t *children, uint32_t count);

#endif
