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

/* The entry that fd.* fields speak of; NULL: none. */
const struct descriptor *context_descriptor(struct field_context *context);
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
