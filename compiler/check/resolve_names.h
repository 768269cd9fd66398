/* Macros: each parsed on its own, then put in where conditions name them (rule language reference §1.15). */
#ifndef TERCEL_COMPILER_CHECK_RESOLVE_NAMES_H
#define TERCEL_COMPILER_CHECK_RESOLVE_NAMES_H

#include "compiler/load/rule_collection.h"

/* What a condition may grow to when its macros are put in, so that no chain of doublings ends in all the memory. */
#define RESOLVED_NODES_MAX (1U << 18)
/* Passes over trees are recursive. */
#define RESOLVED_DEPTH_MAX 4096

/* Parses all macros and checks which of them may use which. 0 or -ENOMEM; mistakes become diagnostics. */
int macros_compile(struct rule_collection *collection);

/*
 * The condition of a rule with all its macros in it: the tree that was parsed, but for the macros and what is above them.
 * Each use of a macro has nodes of its own. 0; -EINVAL after a diagnostic, or silently when
 * it uses a macro that has an error of its own; -ENOMEM.
 */
int macros_put_in(struct rule_collection *collection, struct condition *parsed, struct condition **ret_condition);

/*
 * Whether macros_put_in() would give what it gave in the compilation before: no macro that the condition uses has
 * changed. Notes, as it does, which macros are used.
 */
bool macros_are_unchanged(struct rule_collection *collection, struct condition *parsed);

#endif
