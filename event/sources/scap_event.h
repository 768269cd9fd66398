/* One event block of a capture, taken apart in place. */
#ifndef TERCEL_EVENT_SOURCES_SCAP_EVENT_H
#define TERCEL_EVENT_SOURCES_SCAP_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"

struct scap_event_block {
	uint8_t version; /* 1: without the number of parameters */
	bool has_flags;
};

struct scap_event {
	uint32_t flags;		  /* SCAP_EVENT_FLAG_... */
	uint32_t parameter_count; /* in the file; event->parameters holds at most EVENT_PARAMETERS_MAX of them */
	bool is_known;		  /* false: of a newer schema, nothing else is filled */
};

/*
 * Takes the body of an event block (between the lengths) apart: type, time, thread and parameters of *event, which point
 * into the body. 0, or -EBADMSG with *ret_fault saying what is wrong with it.
 */
int scap_event_decode(struct scap_event_block block, const uint8_t *body, size_t length, struct scap_event *ret_facts,
		      struct event *event, const char **ret_fault);

#endif
