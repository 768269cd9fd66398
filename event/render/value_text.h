/*
 * Values of fields as alerts show them: the text inside the alert's output, and the kind of JSON value among its
 * output_fields (which detect/alert_build writes).
 *
 * Source: rule language reference, sections 6.2 and 6.3.
 */
#ifndef TERCEL_EVENT_RENDER_VALUE_TEXT_H
#define TERCEL_EVENT_RENDER_VALUE_TEXT_H

#include <stdint.h>

#include "base/buffer.h"
#include "catalog/catalog.h"
#include "catalog/value.h"

/* What the texts of a value depend on beside the value. */
struct value_style {
	uint16_t field; /* enum field_id; FIELD_COUNT for the result of a transformer */
	uint8_t format; /* enum value_format */
};

/*
 * The style of a plain field as its row in the catalogue says. Not for evt.rawarg, whose format is that of the event's
 * parameter: field_style() of event/fields/field_source.h knows both.
 */
struct value_style value_style_of_field(unsigned field);
/* The style of what a transformer gives. */
struct value_style value_style_of_transformer(void);

/* Appends the text: "<NA>" for a missing value, elements in parentheses for a list. */
void value_text_append(struct buffer *out, const struct value *value, struct value_style style);

enum value_json_kind {
	VALUE_JSON_NULL,
	VALUE_JSON_SIGNED,    /* (int64_t)value->number */
	VALUE_JSON_UNSIGNED,  /* value->number */
	VALUE_JSON_REAL,      /* value->real */
	VALUE_JSON_BOOLEAN,   /* value->number != 0 */
	VALUE_JSON_STRING,    /* what value_text_append() gives */
	VALUE_JSON_TIMESTAMP, /* the event's time stamp as a number, whatever the text says */
	VALUE_JSON_ARRAY,     /* an element per value->elements, each with the same style */
};

enum value_json_kind value_json_kind(const struct value *value, struct value_style style);

/* Bytes as text: what is not printable ASCII becomes a dot. */
void printable_text_append(struct buffer *out, const uint8_t *bytes, size_t length);

#endif
