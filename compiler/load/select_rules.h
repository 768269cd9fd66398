/* Which rules take part: the selection of compile_options, in order (rule language reference §7). */
#ifndef TERCEL_COMPILER_LOAD_SELECT_RULES_H
#define TERCEL_COMPILER_LOAD_SELECT_RULES_H

#include "compiler/compile_rules.h"

/*
 * `rules` come in the order of definition and leave in the order in which they are tried: a rule that was disabled and
 * is enabled by a selector goes to the end. 0 or -ENOMEM.
 */
int select_rules(struct arena *arena, const struct rule_selector *selectors, uint32_t selector_count,
		 struct rule *rules, uint32_t rule_count);

/* The whole name; `*` stands for any run of bytes. */
bool rule_name_matches(struct text pattern, struct text name);

#endif
