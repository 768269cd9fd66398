/*
 * Where the interpreter gets field values from. The agent's `event` folder implements it over live and recorded events;
 * tests over tables. The interpreter asks at most once per slot and run.
 */
#ifndef TERCEL_VM_VALUE_SOURCE_H
#define TERCEL_VM_VALUE_SOURCE_H

#include <stdint.h>

#include "catalog/value.h"

struct value_source {
	/* Writes the value of `request`, which is slot number `slot` of the program. */
	void (*get)(struct value_source *source, uint32_t slot, const struct field_request *request, struct value *ret_value);
};

#endif
