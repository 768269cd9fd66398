/*
 * Runs the code that a program has for an event and collects the rules that match.
 *
 * An interpreter belongs to one thread and allocates nothing while it runs. Which rules are enabled is its own; it starts
 * with the program's flags.
 */
#ifndef TERCEL_VM_INTERPRET_H
#define TERCEL_VM_INTERPRET_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/program.h"
#include "vm/value_source.h"

struct interpreter;

struct rule_match {
	uint32_t rule;
	bool is_certain; /* false: some test on the way was of an unknown or predicted value: ask again at exit */
};

struct interpreter *interpreter_new(const struct program *program); /* NULL: no memory */
struct interpreter *interpreter_free(struct interpreter *interpreter);

void interpreter_set_enabled(struct interpreter *interpreter, uint32_t rule, bool is_enabled);
bool interpreter_is_enabled(const struct interpreter *interpreter, uint32_t rule);
void interpreter_set_matching(struct interpreter *interpreter, enum rule_matching matching);

/*
 * Evaluates the rules for the event type, in order. Under `first` it stops after the first certain match. The matches are
 * valid until the next run.
 */
uint32_t interpreter_run(struct interpreter *interpreter, struct value_source *source, unsigned event,
			 const struct rule_match **ret_matches);

/*
 * The value of a slot after a run, for the same event: asked from the source once, transformers applied. For output
 * templates. Valid until the next run.
 */
const struct value *interpreter_slot_value(struct interpreter *interpreter, struct value_source *source, uint32_t slot);

/* Cost units spent since the interpreter was made; counted in test builds (-Dcount_cost=true), else 0. */
uint64_t interpreter_cost(const struct interpreter *interpreter);

#endif
