/*
 * Checks whose answer the type of an event decides: the event's name and direction, parameters that it does not have.
 */
#ifndef TERCEL_COMPILER_EMIT_FOLD_EVENT_H
#define TERCEL_COMPILER_EMIT_FOLD_EVENT_H

#include "base/arena.h"
#include "compiler/condition/syntax_tree.h"

enum folded { FOLDED_NOT, FOLDED_FALSE, FOLDED_TRUE };

/* Whether the check may be decided for some event. */
bool check_may_fold(const struct condition *check);

/* -ENOMEM, or 0 and the answer that the check has for every event of the type. */
int fold_check(struct arena *scratch, const struct condition *check, unsigned event, enum folded *ret_folded);

#endif
