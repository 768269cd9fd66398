/*
 * CPU time between scheduler switches, which only recordings of that tracepoint have. Each use of a field measures for
 * itself: it knows the switches at which it was asked.
 */
#include "event/fields/field_context.h"

#include <stdlib.h>

#include "base/hash_table.h"

#define CPUS_MAX 4096
#define THREADS_MAX 65536

struct switch_clock {
	struct number_table *totals; /* ns by thread id, kept as pointers */
	uint64_t last_ns[CPUS_MAX];  /* 0: no switch yet */
};

struct switch_clock *switch_clock_free(struct switch_clock *clock)
{
	if (!clock)
		return NULL;
	number_table_free(clock->totals);
	free(clock);
	return NULL;
}

static struct switch_clock *clock_of_use(struct field_context *context)
{
	struct field_slot *slot = context->slot;

	if (!slot || slot->clock)
		return slot ? slot->clock : NULL;
	slot->clock = calloc(1, sizeof *slot->clock);
	if (slot->clock)
		slot->clock->totals = number_table_new(THREADS_MAX);
	if (!slot->clock || !slot->clock->totals) {
		slot->clock = switch_clock_free(slot->clock);
		context->counters.memory_failures++;
	}
	return slot->clock;
}

static bool is_switch(const struct event *event)
{
	return event->type == EVENT_SCHEDSWITCH_1_E || event->type == EVENT_SCHEDSWITCH_6_E;
}

/* The slice that ends with this event; 0 when it is no switch or the first one of its CPU. */
static uint64_t slice_ns(struct field_context *context, struct switch_clock *clock)
{
	const struct event *event = context->event;
	uint64_t previous;

	if (!clock || !is_switch(event) || event->cpu >= CPUS_MAX)
		return 0;
	previous = clock->last_ns[event->cpu];
	clock->last_ns[event->cpu] = event->timestamp_ns;
	return previous != 0 ? event->timestamp_ns - previous : 0;
}

struct value field_THREAD_EXECTIME(struct field_context *context)
{
	struct switch_clock *clock = is_switch(context->event) ? clock_of_use(context) : NULL;

	return value_of_number(TYPE_RELTIME, slice_ns(context, clock));
}

struct value field_THREAD_TOTEXECTIME(struct field_context *context)
{
	struct switch_clock *clock = clock_of_use(context);
	uint64_t total, slice, tid = (uint64_t)context->event->thread_id;

	if (!context->event->thread)
		return value_absent();
	if (!clock)
		return value_of_number(TYPE_RELTIME, 0);
	total = (uint64_t)(uintptr_t)number_table_get(clock->totals, tid);
	slice = slice_ns(context, clock);
	if (slice > 0) {
		total += slice;
		if (total > 0 && number_table_set(clock->totals, tid, (void *)(uintptr_t)total) != 0)
			context->counters.memory_failures++;
	}
	return value_of_number(TYPE_RELTIME, total);
}
