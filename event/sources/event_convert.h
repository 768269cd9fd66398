/*
 * Brings events of older schemas to the current one (conversions.def): single events for what were pairs of an enter and
 * an exit event, new types, more parameters. Enter events are remembered, one a thread, until their exit event comes; the
 * memory for that is bounded, and beyond the bound the oldest are forgotten.
 */
#ifndef TERCEL_EVENT_SOURCES_EVENT_CONVERT_H
#define TERCEL_EVENT_SOURCES_EVENT_CONVERT_H

#include <stdint.h>

#include "event/event.h"

struct event_converter;

struct event_converter *event_converter_new(void); /* NULL: no memory */
struct event_converter *event_converter_free(struct event_converter *converter);

/* Forgets the remembered events: another capture begins. */
void event_converter_forget(struct event_converter *converter);

/* How many remembered events gave way to newer ones. */
uint64_t event_converter_forgotten(const struct event_converter *converter);

enum conversion_result {
	CONVERSION_DROP, /* nothing to show: remembered, or not wanted any more */
	CONVERSION_KEEP,
};

/*
 * Converts in place. `parameter_count` is the number in the file, which may be larger than what event->parameters holds;
 * parameters beyond the schema are cut off. New values live until the next call.
 *
 * enum conversion_result, or -EBADMSG with *ret_fault saying why the event cannot be converted, or -ENOMEM.
 */
int event_convert(struct event_converter *converter, struct event *event, uint32_t parameter_count,
		  const char **ret_fault);

#endif
