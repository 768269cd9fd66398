/*
 * What the functions of this folder, one per row of catalog/fields.def, get and use. Private to event/fields.
 *
 * field_<constant>() is reached by a table that is made of the same rows: a row without a function does not link.
 */
#ifndef TERCEL_EVENT_FIELDS_FIELD_CONTEXT_H
#define TERCEL_EVENT_FIELDS_FIELD_CONTEXT_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "catalog/catalog.h"
#include "catalog/value.h"
#include "event/event.h"
#include "event/fields/field_source.h"
#include "event/render/time_text.h"
#include "event/state/state.h"

/* What a use of a field keeps from event to event. */
struct field_slot {
	uint64_t number; /* evt.deltatime: the previous time stamp; util.cnt: the count; evt.type.is: the event id */
	bool is_ready;	 /* `number` or what is below is filled */
	int8_t *parameter_indexes;  /* evt.arg.NAME: by event id; -1: none */
	uint8_t *binding_times;	    /* at the stage of entry, by event id: enum binding_time of field_source.c */
	regex_t *pattern;	    /* container.mount[PATTERN]; NULL though ready: not usable */
	struct switch_clock *clock; /* thread.exectime, thread.totexectime */
};

struct switch_clock *switch_clock_free(struct switch_clock *clock);

struct field_context {
	struct state *state;
	struct event *event;
	const struct field_request *request;
	struct field_slot *slot; /* NULL: nothing is kept */
	struct arena *scratch;	 /* until the next event */
	struct buffer *work;	 /* empty when a function starts; value_built() takes what is in it */
	struct buffer *whole;	 /* for texts whose parts are built in `work` */
	struct time_cache times;
	uint64_t section_start_ns; /* time stamp of the section's first event that is not a meta event */
	bool has_section_start;
	struct field_reader_counters counters;

	/* Set by what a function used, for the stage of entry. */
	bool is_unknown;   /* something that is known only after the call */
	bool is_predicted; /* something that is so if the call succeeds */

	/* state_predict_descriptor(), asked once an event: what it gives lives until it is asked again. */
	bool has_prediction;
	const struct descriptor *prediction; /* NULL: cannot be told */
	int64_t predicted_number;
};

typedef struct value field_function(struct field_context *context);

#define FIELD(constant, name, type, format, list, argument, flags, class, depends, value_bytes_max, meaning)            \
	field_function field_##constant;
#include "catalog/fields.def"
#undef FIELD

/* ---- values ---- */

static inline struct value value_string(struct text t)
{
	return value_of_text(TYPE_CHARBUF, t);
}

static inline struct value value_of_string(const char *string)
{
	return value_string(text_from_string(string));
}

static inline struct value value_boolean(bool is_true)
{
	return value_of_number(TYPE_BOOL, is_true);
}

/* A copy that lives as long as the value must. */
struct value value_copied(struct field_context *context, struct text t);
/* What is in context->work. */
struct value value_built(struct field_context *context);
/* A text up to its first NUL, as rules compare: those of process lists and metadata may hold one. */
struct value value_without_nul(struct value value);
/*
 * A text or bytes not longer than the catalogue's bound of the field: the verifier's worst-case cost builds on it. What is
 * cut is counted. Lists are as their elements are.
 */
struct value value_bounded(struct field_context *context, struct value value);
/* An array of `count` elements to fill; NULL when there is no memory (counted). */
struct value *value_elements(struct field_context *context, size_t count);
struct value value_list(enum value_type type, const struct value *elements, size_t count);

/* ---- the event ---- */

static inline const struct event_info *context_event_info(const struct field_context *context)
{
	return event_info(context->event->type);
}

/* The result of the call. False when it has none or it is not known yet, which is noted in the context. */
bool context_result(struct field_context *context, int64_t *ret_result);
/* The same, but a call whose outcome is not known yet is taken to succeed with 0, which is noted. */
bool context_result_or_success(struct field_context *context, int64_t *ret_result);
/* A parameter that has a value. NULL: none, or not known yet, which is noted in the context. */
const struct event_parameter *context_parameter(struct field_context *context, unsigned index);
/* As event_parameter_*(), with what is not known yet noted. */
uint64_t context_unsigned(struct field_context *context, unsigned index, uint64_t otherwise);
int64_t context_signed(struct field_context *context, unsigned index, int64_t otherwise);
struct text context_text(struct field_context *context, unsigned index);
/* A path; an empty parameter (null pointer, unreadable memory) counts as the text "<NA>". */
struct text context_path(struct field_context *context, unsigned index);

/* The name that rules use (evt.type): a generic event has that of its call, an asyncevent its own. */
struct text context_event_name(struct field_context *context);

/* The print format of what evt.rawarg gives. */
enum value_format field_rawarg_format(struct field_context *context);

#endif
