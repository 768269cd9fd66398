/*
 * One system call (or synthetic happening), whatever it comes from: a capture file, a live tracer, a test. Everything
 * behind this struct - state, fields, rules - is the same for all sources.
 *
 * Parameters hold the bytes of the event schema (types.def gives the sizes, little-endian; strings with their NUL). They
 * belong to the source and live until its next event.
 */
#ifndef TERCEL_EVENT_EVENT_H
#define TERCEL_EVENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "catalog/catalog.h"

struct thread;
struct descriptor;
struct event_fetcher;

enum parameter_state {
	PARAMETER_MISSING,   /* the event has no such parameter */
	PARAMETER_PRESENT,   /* length 0: an empty parameter (null pointer, unreadable memory) */
	PARAMETER_PREDICTED, /* enter stage: what it will be if the call succeeds */
	PARAMETER_UNKNOWN,   /* enter stage: not yet known */
	PARAMETER_ON_DEMAND, /* the source can fetch it: event_parameter() does */
};

struct event_parameter {
	const uint8_t *bytes;
	uint32_t length;
	uint8_t state; /* enum parameter_state */
};

enum event_stage {
	STAGE_EXIT,  /* complete: result and all parameters; state is that after the call */
	STAGE_ENTER, /* before the call runs: state is that before the call */
};

struct event {
	uint64_t number; /* evt.num, from 1 */
	uint64_t timestamp_ns;
	int64_t thread_id; /* < 0: no thread (synthetic events) */
	uint16_t type;	   /* event id, < EVENT_ID_COUNT */
	uint16_t cpu;
	uint8_t stage; /* enum event_stage */
	bool is_hidden;	    /* applied to the state but not shown to rules: pre-execution copies, state-only events, leading
			       state events of a capture */
	bool is_state_only; /* hidden because its capture marks it so */
	bool is_leading;    /* among the state events at the very start of a capture */
	bool starts_section; /* first event of a capture section: evt.reltime starts anew */
	uint8_t parameter_count;
	struct event_parameter parameters[EVENT_PARAMETERS_MAX];
	const struct event_fetcher *fetcher; /* for PARAMETER_ON_DEMAND; NULL for recorded events */

	/* Filled by state_apply(); see event/state/state.h. */
	struct thread *thread;		/* NULL: unknown or none */
	const struct descriptor *descriptor; /* the entry that fd.* fields speak of; NULL: none */
	int64_t descriptor_number;	/* fd.num; -1: none */
	bool descriptor_name_changed;	/* fd.name_changed */
	bool changes_state;		/* the state without it might be another one */
};

struct event_fetcher {
	/* Fills event->parameters[index]; it becomes PRESENT (perhaps empty) whatever happens. */
	void (*fetch)(const struct event_fetcher *fetcher, struct event *event, unsigned index);
};

extern const struct event_parameter event_parameter_missing;

/* The parameter, fetched if need be; a MISSING one when the index is out of range. */
static inline const struct event_parameter *event_parameter(struct event *event, unsigned index)
{
	if (index >= event->parameter_count)
		return &event_parameter_missing;
	if (event->parameters[index].state == PARAMETER_ON_DEMAND)
		event->fetcher->fetch(event->fetcher, event, index);
	return &event->parameters[index];
}

/* Whether the parameter has a value to look at, which may be empty. */
static inline bool event_parameter_is_known(const struct event_parameter *parameter)
{
	return parameter->state == PARAMETER_PRESENT || parameter->state == PARAMETER_PREDICTED;
}

/*
 * The number in 1, 2, 4 or 8 bytes, sign-extended or not; `otherwise` when the parameter is not there or has another size.
 */
static inline int64_t event_parameter_signed(struct event *event, unsigned index, int64_t otherwise)
{
	const struct event_parameter *parameter = event_parameter(event, index);

	if (!event_parameter_is_known(parameter))
		return otherwise;
	switch (parameter->length) {
	case 8:
		return (int64_t)load_u64(parameter->bytes);
	case 4:
		return (int32_t)load_u32(parameter->bytes);
	case 2:
		return (int16_t)load_u16(parameter->bytes);
	case 1:
		return (int8_t)parameter->bytes[0];
	default:
		return otherwise;
	}
}

static inline uint64_t event_parameter_unsigned(struct event *event, unsigned index, uint64_t otherwise)
{
	const struct event_parameter *parameter = event_parameter(event, index);

	if (!event_parameter_is_known(parameter))
		return otherwise;
	switch (parameter->length) {
	case 8:
		return load_u64(parameter->bytes);
	case 4:
		return load_u32(parameter->bytes);
	case 2:
		return load_u16(parameter->bytes);
	case 1:
		return parameter->bytes[0];
	default:
		return otherwise;
	}
}

/* Up to the first NUL. Empty when it is not there. */
struct text event_parameter_text(struct event *event, unsigned index);

/* The return value (parameter 0 of an exit event). False when the event has none or it is not known. */
bool event_result(struct event *event, int64_t *ret_result);

#endif
