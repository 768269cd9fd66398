/*
 * Types of fields, transformers, operators and constants: fills the check_types members of the tree.
 *
 * All functions return 0, -EINVAL after reporting at least one error (the tree is then unfit for lowering), or -ENOMEM.
 * `sink` may be NULL: only the answer is wanted. Source: language reference, sections 4.2, 4.9-4.15 and 5.
 */
#ifndef TERCEL_COMPILER_CHECK_CHECK_TYPES_H
#define TERCEL_COMPILER_CHECK_CHECK_TYPES_H

#include "base/arena.h"
#include "compiler/diagnostics/finding.h"

/*
 * A field or transformer on its own: left-hand sides, exception fields, items of output templates. A parsed text that
 * passes here is "a valid item" (output template: the longest prefix that parses and passes).
 */
int check_expression(struct arena *arena, struct expression *expression, struct finding_sink *sink);

/*
 * Whether the text is a field of the `syscall` source with its argument, looked up as a whole without the grammar:
 * "proc.aname[2]". For exception fields without parentheses and for the warning about constants that look like fields.
 */
bool check_is_field(struct text whole);

/* The name of an operator, with or without a modifier: "in", "contains oneof", as `comps` of exceptions have them. */
bool check_operator_text(struct text name, enum operator_id *ret_operator, enum operator_modifier *ret_modifier);

/* A rule's condition with its macros put in. */
int check_condition(struct arena *arena, struct condition *root, struct finding_sink *sink);

struct constant_pool;

/* The same for one of many: what it compares with is taken from the pool, or added. The pool's arena lives as long. */
int check_condition_sharing(struct arena *arena, const struct constant_pool *pool, struct condition *root,
			    struct finding_sink *sink);

#endif
