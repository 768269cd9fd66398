/* The checks of one rule, in Falco's order (rule language reference §1.16). */
#ifndef TERCEL_COMPILER_COMPILE_ONE_RULE_H
#define TERCEL_COMPILER_COMPILE_ONE_RULE_H

#include "compiler/load/rule_collection.h"

/*
 * Fills condition and output of the rule; they stay NULL when there are errors or when the rule is left out because of
 * an unknown name that it wants to be forgiven. Mistakes become diagnostics. 0 or -ENOMEM.
 */
int compile_one_rule(struct rule_collection *collection, struct collected_rule *rule);

#endif
