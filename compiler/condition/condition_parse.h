/*
 * Condition text to tree. The grammar is condition.y, the tokens are condition.l; both follow the rule language
 * reference, section 3. Nothing is looked up here: fields, macros and operators need not exist.
 */
#ifndef TERCEL_COMPILER_CONDITION_CONDITION_PARSE_H
#define TERCEL_COMPILER_CONDITION_CONDITION_PARSE_H

#include <stdint.h>

#include "base/arena.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/load/mapped_text.h"
#include "compiler/condition/syntax_tree.h"

/* Nesting as Falco counts it (§3.6), for rules and macros, and for outputs and the fields of exceptions. */
#define CONDITION_DEPTH_MAX 1000
#define EXPRESSION_DEPTH_MAX 100

/* 0; -EINVAL after one diagnostic; -ENOMEM. The tree points into `text` and lives in the arena. */
int condition_parse(struct arena *arena, const struct mapped_text *text, struct diagnostics *diagnostics,
		    struct condition **ret_condition);

/*
 * The field or transformer that starts at `start` of the text, with its argument if it has one and `takes_argument`;
 * what follows it is not looked at. A field is as long as its name can be read (field_name_length). 0 and its end;
 * -EINVAL without a diagnostic; -ENOMEM.
 */
int expression_parse(struct arena *arena, const struct mapped_text *text, uint32_t start, bool takes_argument,
		     struct expression **ret_expression, uint32_t *ret_end);

/* Length of the longest field name (§3.2: FIELD) at the start of the text; 0 when there is none. */
size_t field_name_length(struct text text);

#endif
