/*
 * The state as rules will see it: at STAGE_EXIT what state_apply() made of it, at STAGE_ENTER what the call makes of it if it
 * succeeds (noted in the context as predicted). Private to event/fields.
 *
 * field_get() asks phase_of() first, so a function gets here at STAGE_ENTER only where the catalogue says that the value
 * is known or can be predicted.
 */
#ifndef TERCEL_EVENT_FIELDS_PREDICTION_H
#define TERCEL_EVENT_FIELDS_PREDICTION_H

#include "event/fields/field_context.h"

/* The entry of the descriptor that the event works on, whatever its flags; NULL: none. */
const struct descriptor *context_descriptor(struct field_context *context);

/* fd.* fields have values only for events that are flagged as making, using or destroying a descriptor. */
static inline bool context_has_descriptor(const struct field_context *context)
{
	return (context_event_info(context)->flags &
		(EVENT_FLAG_CREATES_FD | EVENT_FLAG_USES_FD | EVENT_FLAG_DESTROYS_FD)) != 0;
}

/* The entry for fd.* fields; NULL: none, or the event has no descriptor. */
static inline const struct descriptor *context_entry(struct field_context *context)
{
	return context_has_descriptor(context) ? context_descriptor(context) : NULL;
}

/* fd.num */
int64_t context_descriptor_number(struct field_context *context);

/* Of event->thread, which must not be NULL. */
uint32_t context_uid(struct field_context *context);
uint32_t context_gid(struct field_context *context);
/* Lies in `buffer` or in the state. */
struct text context_cwd(struct field_context *context, char buffer[PATH_BYTES_MAX + 1]);

struct capabilities {
	uint64_t inheritable, permitted, effective;
};

struct capabilities context_capabilities(struct field_context *context);

struct program {
	struct text comm, exe;
	struct text arguments;	 /* without argv[0], NUL-separated */
	struct text environment; /* NUL-separated */
	bool is_new;		 /* not yet in the state */
};

struct program context_program(struct field_context *context);

#endif
