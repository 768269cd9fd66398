/*
 * Alerts as Falco writes them: a line of JSON, or a line of text. Source: rule language reference, section 6.4.
 *
 * Both append one line without its line end; what went wrong is in buffer->failed.
 */
#ifndef TERCEL_PROTO_ALERT_JSON_H
#define TERCEL_PROTO_ALERT_JSON_H

#include "base/buffer.h"
#include "proto/alert.h"

/*
 * Members in alphabetical order without blanks. Bytes that are no UTF-8 become U+FFFD: in texts each maximal ill-formed
 * subsequence; in the strings of output_fields as Falco's lax decoder does it (alert_lax_utf8()).
 */
void alert_json_append(struct buffer *buffer, const struct alert *alert);

/* The output, escaped as in a JSON string, without quotes. */
void alert_text_append(struct buffer *buffer, const struct alert *alert);

/*
 * Appends `t` as UTF-8, decoded as Falco decodes values of fields: a byte 80-DF takes one following byte, E0-EF two,
 * F0-F7 three, whatever they are.
 */
void alert_lax_utf8(struct buffer *buffer, struct text t);

#endif
