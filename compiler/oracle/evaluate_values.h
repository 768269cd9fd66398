/* Values of expressions for the oracle: fields from the source, transformers applied on them. */
#ifndef TERCEL_COMPILER_ORACLE_EVALUATE_VALUES_H
#define TERCEL_COMPILER_ORACLE_EVALUATE_VALUES_H

#include "base/arena.h"
#include "catalog/value.h"
#include "compiler/condition/syntax_tree.h"
#include "vm/value_source.h"

/* How the left-hand side of a check asks for its field: all values of those that are compared one by one. */
bool expression_is_compared_each(const struct expression *expression);

/* -ENOMEM or 0. */
int evaluate_expression(struct arena *scratch, const struct expression *expression, struct value_source *source,
			bool each, struct value *ret_value);

/* The request that the expression, which is a field, makes. */
struct field_request request_of_field(const struct expression *field, bool each);

#endif
