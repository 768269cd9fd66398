/*
 * Lists in conditions: substitution of text, before parsing, in the order of the lists' definitions. The rules, with
 * their oddities, are those of the rule language reference §1.14.
 */
#ifndef TERCEL_COMPILER_LOAD_EXPAND_LISTS_H
#define TERCEL_COMPILER_LOAD_EXPAND_LISTS_H

#include "compiler/load/rule_collection.h"

/*
 * Starts a compilation: fills `expanded` of every list, one level of lists among items, and forgets what was used.
 * 0 or -ENOMEM.
 */
int lists_expand(struct rule_collection *collection);

/* 0; -EINVAL after a diagnostic about a text that grows too long; -ENOMEM. Notes which lists were used. */
int lists_substitute(struct rule_collection *collection, const struct mapped_text *text,
		     const struct mapped_text **ret_text);

#endif
