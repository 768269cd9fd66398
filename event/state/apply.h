/* One event being applied. For the files of event/state alone. */
#ifndef TERCEL_EVENT_STATE_APPLY_H
#define TERCEL_EVENT_STATE_APPLY_H

#include "event/state/state_private.h"

struct application {
	struct state *state;
	struct event *event;
	struct thread *thread; /* NULL: none */
	int64_t result;	       /* INT64_MIN when the event has none or it is not known */
};

/*
 * Changes the state as the event says; every function of apply.def has this form. `thread` is NULL only for the modes NONE
 * and OPTIONAL.
 */
typedef void apply_function(struct application *application);

/* The descriptor as it will be after success, for the caller to release; NULL when it cannot be told. */
typedef struct descriptor *predict_function(struct application *application);

#define APPLY(event, function) apply_function apply_##function;
#define DESCRIPTOR(event, parameter)
#define THREAD(event, mode)
#define PREDICT(event, function) predict_function predict_##function;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#include "event/state/apply.def"
#pragma GCC diagnostic pop
#undef APPLY
#undef DESCRIPTOR
#undef THREAD
#undef PREDICT

static inline bool has_succeeded(const struct application *application)
{
	return application->result >= 0;
}

/* Whether the parameter has a value: it is there and not empty. */
static inline bool has_value(struct event *event, unsigned index)
{
	const struct event_parameter *parameter = event_parameter(event, index);

	return (parameter->state == PARAMETER_PRESENT || parameter->state == PARAMETER_PREDICTED) && parameter->length > 0;
}

/* A path or name; an empty parameter counts as the text "<NA>" (event-model reference, section 4). */
static inline struct text name_parameter(struct event *event, unsigned index)
{
	return has_value(event, index) ? event_parameter_text(event, index) : TEXT("<NA>");
}

/* The bytes as they are, NUL-separated lists with their NULs. */
static inline struct text bytes_parameter(struct event *event, unsigned index)
{
	const struct event_parameter *parameter = event_parameter(event, index);

	return has_value(event, index) ? text_of((const char *)parameter->bytes, parameter->length) : TEXT_EMPTY;
}

/* Puts a new entry under `number` (taking it over) and makes it the one that the event speaks of. */
void application_put(struct application *application, int64_t number, struct descriptor *descriptor);
/* The event's entry, to be changed; NULL when it has none or there is no memory. */
struct descriptor *application_edit(struct application *application);
/* Renames an entry that application_edit() gave; tells fields whether the name changed. */
void application_rename(struct application *application, struct descriptor *descriptor, struct text name);

/* What remains of the thread's last event, if that was the enter event `type`; NULL: nothing. */
const struct pending_enter *application_enter(const struct application *application, unsigned type);
static inline struct text pending_enter_text(const struct pending_enter *enter)
{
	return text_of((const char *)enter->bytes, enter->length);
}

#endif
