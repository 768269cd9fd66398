/* The canonical text of a tree (rule language reference §3.7): what `tercelc parse` prints and tests compare. */
#ifndef TERCEL_COMPILER_CONDITION_CANONICAL_TEXT_H
#define TERCEL_COMPILER_CONDITION_CANONICAL_TEXT_H

#include "base/buffer.h"
#include "compiler/condition/syntax_tree.h"

void canonical_condition(struct buffer *buffer, const struct condition *condition);
void canonical_expression(struct buffer *buffer, const struct expression *expression);
void canonical_output(struct buffer *buffer, const struct output_template *output);

#endif
