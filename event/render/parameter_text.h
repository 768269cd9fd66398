/*
 * Parameters of events as texts: what evt.arg and evt.args show. The raw text is the value as delivered; the resolved one
 * what it means (names of flags, "<f>/etc/passwd" for a descriptor, an absolute path), and there is none for many types.
 *
 * Source: event-model reference, section 4; rule language reference, section 6.5.
 */
#ifndef TERCEL_EVENT_RENDER_PARAMETER_TEXT_H
#define TERCEL_EVENT_RENDER_PARAMETER_TEXT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "event/event.h"
#include "event/render/time_text.h"

struct state;

struct parameter_renderer {
	const struct state *state;
	struct event *event; /* after state_apply(): texts speak of the state that rules see */
	struct time_cache *times;
};

/*
 * What a parameter really holds: for a variant (DYN) the value behind its first byte. Length 0: empty.
 */
struct parameter_view {
	const struct event_parameter_info *info;
	const uint8_t *bytes;
	uint32_t length;
	uint8_t type, format; /* enum value_type, enum value_format */
};

/* False when the event has no such parameter, or its value is not known yet. */
bool parameter_view_of(struct event *event, unsigned index, struct parameter_view *ret_view);
/* The number of a numeric parameter, sign-extended where its type is signed; false for other types or another size. */
bool parameter_view_number(const struct parameter_view *view, uint64_t *ret_number);

/* Appends the text of parameter `index`; false, and nothing appended, when there is none. */
bool parameter_raw_text_append(const struct parameter_renderer *renderer, unsigned index, struct buffer *out);
bool parameter_resolved_text_append(const struct parameter_renderer *renderer, unsigned index, struct buffer *out);

/* evt.arg: the resolved text, else the raw one. */
bool parameter_text_append(const struct parameter_renderer *renderer, unsigned index, struct buffer *out);

/* evt.args: "name=raw(resolved)" of every parameter, joined by blanks; nothing for generic events. */
void parameter_list_text_append(const struct parameter_renderer *renderer, struct buffer *out);

/*
 * Names of a value from its flag table. bits: those of the set bits in table order, a bit counted once, up to a row that
 * is the whole value; otherwise every row that equals it. Nothing when no row fits.
 */
void flag_names_append(struct buffer *out, int flag_table, uint64_t value, bool bits);

#endif
