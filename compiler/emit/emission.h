/* What the parts of emit_program share: the program that is being written and what is in it already. */
#ifndef TERCEL_COMPILER_EMIT_EMISSION_H
#define TERCEL_COMPILER_EMIT_EMISSION_H

#include "base/arena.h"
#include "base/hash_table.h"
#include "compiler/emit/lower_to_ir.h"
#include "compiler/emit/rule_ir.h"
#include "vm/program_writer.h"

struct emission {
	struct arena *arena;
	struct arena *scratch; /* one rule's description */
	struct ir *ir;
	struct program_writer *writer;
	struct hash_table *slots; /* text of an expression to slot + 1 */
	uint32_t *predicates;	  /* per predicate of the IR: its number in the program, or UINT32_MAX */
	uint32_t predicate_capacity;
	bool failed; /* out of memory */
};

/* A rule's code for an event: what is left of its condition. */
struct rule_code {
	uint32_t rule;
	uint32_t node;
};

/* Rules with code for one event, in order. */
struct event_rules {
	struct rule_code *at; /* on the heap */
	uint32_t count, capacity;
};

/*
 * The slot of an expression. Fields that keep state have one for each `use` (a rule, and its output apart from its
 * condition); others share.
 */
uint32_t emit_slot(struct emission *emission, const struct expression *expression, bool asks_each, uint32_t use);
#define OUTPUT_OF_RULE(rule) ((rule) | 1u << 31)

/* The number of an IR predicate in the program. */
uint32_t emit_predicate(struct emission *emission, uint32_t predicate);

/* The output template of a rule, for its description. Pieces and fields live in the scratch arena. */
void emit_output(struct emission *emission, const struct rule *rule, uint32_t number,
		 struct program_rule_description *description);

/* Which events and system calls the enabled rules need. `events`: EVENT_ID_COUNT of them. */
void derive_capture(struct emission *emission, const struct rule *rules, const struct event_rules *events);

#endif
