/*
 * Values of fields for events: what the interpreter's value source and the alert builder ask.
 *
 * A reader belongs to one state and one set of rules. Some fields keep something per use (evt.deltatime, util.cnt): they
 * keep it by slot number, so each use needs a slot of its own.
 */
#ifndef TERCEL_EVENT_FIELDS_FIELD_SOURCE_H
#define TERCEL_EVENT_FIELDS_FIELD_SOURCE_H

#include <stdint.h>

#include "catalog/value.h"
#include "event/event.h"
#include "event/render/value_text.h"

struct state;
struct field_reader;

struct field_reader_counters {
	uint64_t values_cut;	   /* longer than the catalogue's bound of the field */
	uint64_t memory_failures; /* given as absent because there was no memory */
};

/* `state` must outlive the reader. NULL when there is no memory. */
struct field_reader *field_reader_new(struct state *state, uint32_t slot_count);
struct field_reader *field_reader_free(struct field_reader *reader); /* returns NULL; accepts NULL */

/*
 * Other rules: forgets what slots kept, but not the time at which the capture began. 0 or -ENOMEM; then the reader is as
 * before.
 */
int field_reader_set_slots(struct field_reader *reader, uint32_t slot_count);

/*
 * Once per event and stage, after state_apply(), hidden events included (evt.reltime counts from the first one). Values
 * of the previous event end here.
 */
void field_reader_begin(struct field_reader *reader, struct event *event);

/*
 * The value of `request`, which is slot number `slot`, for the event. Lives until the next field_reader_begin(). A slot
 * number out of range works, but nothing is kept for it.
 *
 * Asking a field that keeps state again for the same event is a new use: evt.deltatime is 0 then (so it is in the
 * output_fields of every alert, whose text is rendered first). At STAGE_ENTER such fields are unknown.
 *
 * evt.around[T] is the distance from T in milliseconds, rounded up: `evt.around[T] = D` holds when that is at most D.
 * Fields flagged EITHER_END without SLOT_FLAG_EACH have no value (they never print); with it they are a list, empty for a
 * descriptor that is not an IP socket.
 */
void field_get(struct field_reader *reader, uint32_t slot, const struct field_request *request, struct value *ret_value);

/* How a value of `request`, slot number `slot`, prints for the event at hand: evt.rawarg has the format of the event's parameter. */
struct value_style field_style(struct field_reader *reader, uint32_t slot, const struct field_request *request);

const struct field_reader_counters *field_reader_counters(const struct field_reader *reader);

#endif
