#include "agent/capture/kept_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 65536

struct kept_event {
	struct event event;
	uint8_t bytes[];
};

int kept_events_init(struct kept_events *kept)
{
	kept->by_thread = number_table_new(KEPT_MAX);
	return kept->by_thread ? 0 : -ENOMEM;
}

void kept_events_release(struct kept_events *kept)
{
	size_t position = 0;
	uint64_t tid;
	void *event;

	while (kept->by_thread && number_table_next(kept->by_thread, &position, &tid, &event))
		free(event);
	kept->by_thread = number_table_free(kept->by_thread);
}

void kept_events_put(struct kept_events *kept, pid_t tid, const struct event *event)
{
	struct kept_event *copy;
	size_t total = 0, used = 0;

	kept_events_drop(kept, tid);
	for (unsigned i = 0; i < event->parameter_count; i++)
		if (event_parameter_is_known(&event->parameters[i]))
			total += event->parameters[i].length;
	copy = malloc(sizeof(*copy) + total);
	if (!copy)
		return;
	copy->event = *event;
	for (unsigned i = 0; i < event->parameter_count; i++) {
		struct event_parameter *parameter = &copy->event.parameters[i];

		if (!event_parameter_is_known(parameter) || parameter->length == 0)
			continue;
		memcpy(copy->bytes + used, parameter->bytes, parameter->length);
		parameter->bytes = copy->bytes + used;
		used += parameter->length;
	}
	if (number_table_set(kept->by_thread, (uint64_t)tid, copy) < 0)
		free(copy);
}

bool kept_events_get(const struct kept_events *kept, pid_t tid, struct event *ret_event)
{
	const struct kept_event *found = number_table_get(kept->by_thread, (uint64_t)tid);

	if (found)
		*ret_event = found->event;
	return found != NULL;
}

void kept_events_drop(struct kept_events *kept, pid_t tid)
{
	free(number_table_remove(kept->by_thread, (uint64_t)tid));
}
