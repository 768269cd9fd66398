/*
 * An alert as it leaves the rule engine: independent of how rules are compiled and events captured, so that the agent, the
 * orchestrator and the tests speak of the same thing. It owns nothing: everything it points to lives as long as the one
 * who built it says.
 */
#ifndef TERCEL_PROTO_ALERT_H
#define TERCEL_PROTO_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum alert_value_kind {
	ALERT_VALUE_NULL, /* the field has no value */
	ALERT_VALUE_SIGNED,
	ALERT_VALUE_UNSIGNED,
	ALERT_VALUE_REAL,
	ALERT_VALUE_BOOLEAN,
	ALERT_VALUE_STRING, /* any bytes */
	ALERT_VALUE_ARRAY,
};

struct alert_value {
	uint8_t kind; /* enum alert_value_kind */
	union {
		int64_t signed_number;
		uint64_t unsigned_number;
		double real;
		bool boolean;
		struct text text;
		struct {
			const struct alert_value *elements; /* no arrays */
			size_t element_count;
		};
	};
};

struct alert_field {
	struct text name; /* "proc.aname[2]" */
	struct alert_value value;
};

struct alert {
	uint64_t time_ns; /* of the event, since the epoch */
	uint8_t priority; /* 0 emergency ... 7 debug */
	struct text priority_name; /* "Warning" */
	struct text rule, source, host_name;
	struct text output; /* "16:00:00.010000000: Warning file opened" */
	const struct text *tags; /* ascending by bytes */
	size_t tag_count;
	const struct alert_field *fields; /* output_fields: ascending by name, distinct */
	size_t field_count;
};

#endif
