/*
 * Where the interpreter gets field values from. The agent's `event` folder implements it over live and recorded events;
 * tests over tables. The interpreter asks at most once per slot and run.
 */
#ifndef TERCEL_VM_VALUE_SOURCE_H
#define TERCEL_VM_VALUE_SOURCE_H

#include <stdint.h>

#include "vm/value.h"

/* How a slot wants a field: a row of the program's SLOTS section, decoded. */
enum slot_flag {
	/*
	 * Fields flagged ANY_ANCESTOR or EITHER_END in the catalogue: all values as a list (parent first; source, then
	 * destination) instead of the printable form.
	 */
	SLOT_FLAG_EACH = 1 << 0,
};

struct field_request {
	uint16_t field; /* enum field_id */
	uint16_t flags; /* mask of enum slot_flag */
	bool has_argument;
	bool argument_is_number; /* argument_number holds it; argument holds its text as well */
	int64_t argument_number;
	struct text argument; /* "HOME" of proc.env[HOME], "flags" of evt.arg.flags */
};

struct value_source {
	/* Writes the value of `request`, which is slot number `slot` of the program. */
	void (*get)(struct value_source *source, uint32_t slot, const struct field_request *request, struct value *ret_value);
};

#endif
