/*
 * The oracle: evaluates a checked condition on its tree, slowly and obviously, without anything that lowering, automata or
 * the interpreter do. Programs are tested against it; lowering asks it about constants.
 */
#ifndef TERCEL_COMPILER_ORACLE_EVALUATE_AST_H
#define TERCEL_COMPILER_ORACLE_EVALUATE_AST_H

#include "base/arena.h"
#include "catalog/value.h"
#include "compiler/condition/syntax_tree.h"
#include "vm/value_source.h"

/* Kleene's three values. UNKNOWN also stands for "true, if what is predicted comes about". */
enum truth { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };

/*
 * The source is asked with slot UINT32_MAX, once for every time that a field stands in the condition and is reached.
 * `scratch` takes the results of transformers. -ENOMEM, or 0 and *ret_truth.
 */
int evaluate_condition(struct arena *scratch, const struct condition *root, struct value_source *source,
		       enum truth *ret_truth);

/* Whether a check with constants on the right holds for a present value (no list) on its left. */
int evaluate_comparison(struct arena *scratch, const struct condition *check, const struct value *left, bool *ret_holds);

#endif
