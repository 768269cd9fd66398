/*
 * The value of a field (or of a transformer on one) for one event, and how one is asked for: what the folder `event`
 * answers and the interpreter compares.
 *
 * A value does not own what it points to: the bytes live until the next event.
 */
#ifndef TERCEL_CATALOG_VALUE_H
#define TERCEL_CATALOG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "catalog/catalog.h"

enum value_state {
	VALUE_ABSENT,	 /* the field has no value for this event: every comparison is false */
	VALUE_PRESENT,	 /* final */
	VALUE_PREDICTED, /* what it will be if the call succeeds: may rule a match out, never make it final */
	VALUE_UNKNOWN,	 /* not yet known (enter stage): every test of it "may hold" */
};

struct value {
	uint8_t state; /* enum value_state */
	uint8_t type;  /* enum value_type; of the elements, for lists */
	bool is_list;
	uint32_t length; /* bytes of STRING, BYTES, ADDRESS (4 or 16); number of elements of a list; else 0 */
	union {
		uint64_t number; /* SIGNED (sign-extended), UNSIGNED, BOOLEAN (0 or 1) */
		double real;
		const uint8_t *bytes;	       /* STRING (no NUL inside or behind), BYTES, ADDRESS (network order) */
		const struct value *elements;  /* not lists themselves; each has its state */
	};
};

/* Sources give lists of at most so many elements: ancestors of a process, kinds of descriptors. */
#define VALUE_LIST_ELEMENTS_MAX 256

static inline struct value value_absent(void)
{
	return (struct value){.state = VALUE_ABSENT};
}

static inline struct value value_unknown(void)
{
	return (struct value){.state = VALUE_UNKNOWN};
}

static inline struct value value_of_number(enum value_type type, uint64_t number)
{
	return (struct value){.state = VALUE_PRESENT, .type = (uint8_t)type, .number = number};
}

static inline struct value value_of_text(enum value_type type, struct text t)
{
	return (struct value){.state = VALUE_PRESENT,
			      .type = (uint8_t)type,
			      .length = (uint32_t)t.length,
			      .bytes = (const uint8_t *)t.bytes};
}

static inline struct text value_text(const struct value *value)
{
	return text_of((const char *)value->bytes, value->length);
}

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

#endif
