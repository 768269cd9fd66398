/*
 * Binding times: when a field's value at an event is fixed (design §2.1).
 *
 * The moment belongs to the pair of field and event. It is computed from the rows of fields.def (what the field depends
 * on) and events.def (what the event's success rebinds before rules see it, and where its parameters come from):
 *
 *   depends on                    contributes
 *   nothing                       CONSTANT
 *   anything that the event       RESULT: rules see the state after the call
 *     rebinds
 *   PROCESS ... MEMORY_USE        PROCESS
 *   DESCRIPTOR, _TABLE            DESCRIPTOR
 *   DESCRIPTOR_NUMBER             what the parameter with the descriptor contributes
 *   HEADER, TIME                  MEMORY: known at enter, other at every event
 *   ARGUMENTS                     the parameters that the field looks at: NUMBER and REGISTER contribute REGISTERS;
 *                                 MEMORY MEMORY; KERNEL, RESULT and *_AND_KERNEL RESULT (a field that only wants what
 *                                 is known at enter, as evt.is_open_read does, takes *_AND_KERNEL as REGISTER and
 *                                 MEMORY). The text of a descriptor, a path, a user adds the state that its rendering
 *                                 needs.
 *   RESULT, SUCCESS               RESULT
 *
 * The latest contribution counts, with one exception: REGISTERS with PROCESS or DESCRIPTOR make MEMORY, since a filter
 * in the kernel sees registers but no state. A field that the event cannot give a value (fd.* at chmod, evt.arg.flags
 * at close) is CONSTANT.
 *
 * A phase of RESULT is predicted when each of its causes is: SUCCESS always, a rebound binding when the event predicts
 * the field (predictions.def); a result and what the kernel makes never. A prediction says what the value will be if
 * the call succeeds: it may rule a match out, never make it final.
 *
 * Threads of which nothing was known before the event (placeholders) are outside of this: execve makes them known, and
 * all about them new.
 *
 * Fields that keep state inside each use (FIELD_FLAG_STATEFUL) are RESULT everywhere: they have to be asked once an
 * event.
 */
#ifndef TERCEL_CATALOG_PHASE_H
#define TERCEL_CATALOG_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "catalog/value.h"

/* In the order of time. */
enum phase {
	PHASE_CONSTANT,	  /* the event type alone decides: always the same, or never a value */
	PHASE_PROCESS,	  /* stays until an event rebinds what it hangs on */
	PHASE_DESCRIPTOR, /* stays until the descriptor's entry or the process's bindings change */
	PHASE_REGISTERS,  /* call number and argument registers alone: a filter in the kernel can see it */
	PHASE_MEMORY,	  /* the tracer knows it at enter: caller memory, number, time, registers together with state */
	PHASE_RESULT,	  /* known when the call has returned */
	PHASE_COUNT,
};

struct field_phase {
	uint8_t phase;		/* enum phase */
	bool is_predicted;	/* RESULT, but what it will be after success follows from what is known at enter */
	bool changes_with_time; /* another value although nothing happened: never to be kept */
	uint32_t bindings;	/* mask of enum binding: a kept value is good until one of them is rebound */
};

/* `event` is an event id; for ids that do not exist the phase is RESULT. */
struct field_phase phase_of(const struct field_request *request, unsigned event);

const char *phase_name(enum phase phase); /* "registers" */

/*
 * Whether the event type alone makes the field absent: fd.* where there is no descriptor, arguments that the event does
 * not have, results where nothing is returned. False does not say that there is a value.
 */
bool field_is_never_present(const struct field_request *request, unsigned event);

/*
 * The parameters of `event` that the field looks at, a bit each by position: one for evt.arg and evt.rawarg, all for
 * evt.args, those of field_parameters.def for the others. 0 when it looks at none there.
 */
uint64_t field_parameters(const struct field_request *request, unsigned event);

#endif
