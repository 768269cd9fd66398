/* From checked conditions to negation normal form, and from there to what is left of them for a type of event. */
#ifndef TERCEL_COMPILER_EMIT_LOWER_TO_IR_H
#define TERCEL_COMPILER_EMIT_LOWER_TO_IR_H

#include "compiler/emit/event_codes.h"
#include "compiler/emit/rule_ir.h"

/*
 * The node of a checked condition; `rule` numbers the rule, for fields that keep state in each rule. Without memory
 * ir->failed is set.
 */
uint32_t lower_condition(struct ir *ir, const struct condition *condition, uint32_t rule);

/*
 * The same, and keeps which node each part of the condition became: for `lowered_part()`. A part is lowered with the
 * polarity that it has in the whole: a part below a `not` as its negation.
 */
uint32_t lower_condition_noting(struct ir *ir, const struct condition *condition, uint32_t rule, struct number_table *parts);
/* UINT32_MAX when the part was not lowered with this polarity. */
uint32_t lowered_part(const struct number_table *parts, const struct condition *part, bool polarity);

/* What a node is for the events of `codes`: pairs of event and node, only those whose node is not IR_FALSE. */
struct specialised {
	uint16_t event;
	uint32_t node;
};

/*
 * Decides the tests that the event's type decides. `ret_specialised` has room for EVENT_ID_COUNT; returns how many.
 */
uint32_t specialise_node(struct ir *ir, uint32_t node, const struct event_codes *codes, struct specialised *ret_specialised);

#endif
