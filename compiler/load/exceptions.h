/* Exceptions of rules: their form, and how they become part of the condition (rule language reference §1.13). */
#ifndef TERCEL_COMPILER_LOAD_EXCEPTIONS_H
#define TERCEL_COMPILER_LOAD_EXCEPTIONS_H

#include "compiler/load/rule_collection.h"

/*
 * Fills the default of `comps` and checks form, operators and, unless the rule's source is unknown, fields. 0;
 * -EINVAL after an error; -ENOMEM.
 */
int exception_check(struct rule_collection *collection, struct rule_exception *exception, bool checks_fields);

/*
 * The rule's condition with its exceptions, `(condition) and not (...) ...`, or as it is when it has none. 0, -EINVAL
 * after an error, -ENOMEM.
 */
int exceptions_expand(struct rule_collection *collection, const struct collected_rule *rule,
		      const struct mapped_text **ret_condition);

/* Falco's quoting of list items and values: with a space in it and without a quote in front. */
bool value_needs_quotes(struct text value);

#endif
