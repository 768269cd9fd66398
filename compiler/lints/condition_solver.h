/*
 * Whether conditions can hold together, and whether one implies another: a search over the IR with what predicate_facts
 * knows about comparisons of one value and with what the type of an event decides. For the lints.
 *
 * The search is bounded, and so is all that is asked between two solver_begin(). A "no" of solver_may_hold() and a
 * "yes" of solver_implies() are proofs; the opposite answers may also mean that the bound was reached.
 */
#ifndef TERCEL_COMPILER_LINTS_CONDITION_SOLVER_H
#define TERCEL_COMPILER_LINTS_CONDITION_SOLVER_H

#include "compiler/emit/event_codes.h"
#include "compiler/emit/fold_event.h"
#include "compiler/lints/predicate_facts.h"

struct solver;

/* All three must outlive it. NULL when there is no memory. */
struct solver *solver_new(struct ir *ir, struct predicate_facts *facts);
struct solver *solver_free(struct solver *solver);
bool solver_failed(const struct solver *solver); /* out of memory: answers are worthless */

/* Gives the following questions their bound anew: to be called for each rule. */
void solver_begin(struct solver *solver);

/* Whether rules see events of the type: enter events of system calls and unused types never reach them. */
bool event_reaches_rules(unsigned event);

/* Whether all nodes can be true at one of the events. Sets of events hold only such as reach rules. */
bool solver_may_hold(struct solver *solver, const uint32_t *nodes, uint32_t count, const struct event_codes *events);

/* Whether `b` is true whenever `a` is, at events of the set. */
bool solver_implies(struct solver *solver, uint32_t a, uint32_t b, const struct event_codes *events);

/* The answer that the predicate has for all events of the type. */
enum folded solver_event_answer(struct solver *solver, uint32_t predicate, unsigned event);

/* Whether the type decides the predicate for all the events, and how. */
bool solver_event_decides(struct solver *solver, uint32_t predicate, const struct event_codes *events,
			  bool *ret_answer);

/* Whether the type of the event alone makes the node false. */
bool solver_event_excludes(struct solver *solver, uint32_t node, unsigned event);

/* Whether the type of an event may decide the predicate at all. */
bool solver_hangs_on_event(struct solver *solver, uint32_t predicate);

/* No event of the set gives the expression a value. */
bool expression_is_never_present(const struct expression *expression, const struct event_codes *events);

#endif
