/* Random programs and values for the mutation test and the bench. */
#ifndef TERCEL_TESTS_VM_RANDOM_PROGRAM_H
#define TERCEL_TESTS_VM_RANDOM_PROGRAM_H

#include "tests/support/random.h"
#include "tests/vm/vm_support.h"

/* A valid program of up to a few dozen slots, predicates and rules, matchers and transformers among them. */
struct program_writer *write_random_program(struct random_source *random);

/* Gives each slot a random value of its type: short and long, known, predicted, unknown, absent; sometimes a wrong one. */
struct random_values {
	struct value_source source;
	const struct program *program;
	struct random_source *random;
	bool keeps_its_word; /* never a value that the catalogue does not allow */
	struct value elements[VALUE_LIST_ELEMENTS_MAX + 8];
};

void random_values_init(struct random_values *values, const struct program *program, struct random_source *random);

#endif
