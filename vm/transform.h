/*
 * Transformers and lists on the left and right of conditions: language reference, section 4.14. Results are put together
 * in scratch memory whose size follows from the declared greatest lengths; nothing is allocated.
 */
#ifndef TERCEL_VM_TRANSFORM_H
#define TERCEL_VM_TRANSFORM_H

#include "catalog/value.h"
#include "vm/program_internal.h"

/* The value of a slot in one run. */
struct slot_cell {
	struct value value;
	uint32_t epoch;		/* the run in which it was asked for */
	uint32_t present_epoch; /* the same, if the value is present */
	uint32_t hash;	/* hash_bytes() of the value; 0: not computed */
};

/* Greatest length of a value that is not text when it is made text: an IPv6 address, a number, a double. */
#define VALUE_TEXT_BYTES_MAX 48

/* Scratch memory that the slot's result needs; for a list field, that of its elements. */
uint64_t transform_scratch_bytes(const struct slot *slot);

/*
 * Computes a LIST or TRANSFORMER slot from its inputs, which have been computed in `cells`. Not for absent inputs: those
 * make the result absent. An input that is not known makes it unknown, a predicted one predicted; elements of lists keep
 * their own state where the result is again a list.
 */
void transform_apply(const struct slot *slot, const struct slot_cell *cells, uint8_t *scratch, struct value *ret_value);

/* The cost of that call. */
uint64_t transform_spent(const struct slot *slot, const struct slot_cell *cells);

#endif
