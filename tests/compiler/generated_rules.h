/* Random rules and random values for them, so that programs can be compared with the oracle. */
#ifndef TERCEL_TESTS_COMPILER_GENERATED_RULES_H
#define TERCEL_TESTS_COMPILER_GENERATED_RULES_H

#include "base/buffer.h"
#include "tests/support/random.h"
#include "vm/value_source.h"

/* Appends the text of a condition that passes the checks. */
void generate_condition(struct random_source *random, unsigned depth, struct buffer *text);

/* A check of any expression over the whole catalogue; most do not pass the checks. */
void generate_any_check(struct random_source *random, struct buffer *text);

/* Appends a quoted constant for the right-hand side; not every one passes the checks. */
void generate_constant(struct random_source *random, enum value_type type, enum operator_id operator, struct buffer *text);

/* An event type on which something may happen. */
unsigned generate_event(struct random_source *random);

/*
 * Values for one event: the same request always gets the same value. What the catalogue says about the event (its name,
 * which parameters it has) is true.
 */
struct generated_values {
	struct value_source source;
	uint64_t seed;
	unsigned event;
	bool has_unknown; /* enter stage: some values are unknown or predicted */
	uint8_t storage[1024][64];
	struct value elements[1024][4];
	unsigned used;
};

/* `values` is reset; it must not move afterwards. */
void generate_values(struct generated_values *values, uint64_t seed, unsigned event, bool has_unknown);

#endif
