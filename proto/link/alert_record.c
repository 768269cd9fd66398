#include "proto/link/alert_record.h"

#include <errno.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "link.pb-c.h"
#include "proto/message_codec.h"

#define NAME_BYTES_MAX 1024

/* A NUL-terminated copy that the other side's checks accept. */
static char *clean_copy(struct text t)
{
	struct buffer copy = BUFFER_INIT;

	t = text_slice(t, 0, NAME_BYTES_MAX);
	for (size_t at = 0; at < t.length;) {
		int length = utf8_sequence((const uint8_t *)t.bytes + at, t.length - at);

		if (length < 0 || t.bytes[at] == '\0')
			buffer_append_string(&copy, "\xef\xbf\xbd");
		else
			buffer_append(&copy, t.bytes + at, (size_t)length);
		at += (size_t)(length < 0 ? -length : length);
	}
	buffer_append_byte(&copy, '\0');
	if (copy.failed) {
		buffer_release(&copy);
		return NULL;
	}
	return (char *)copy.bytes;
}

int alert_record_encode(const struct alert_record *record, struct buffer *buffer)
{
	Tercel__Link__Alert alert = TERCEL__LINK__ALERT__INIT;
	char *rule = clean_copy(record->rule), *source = clean_copy(record->source);
	union {
		const char *in;
		uint8_t *out;
	} json = {record->json.bytes}; /* packing only reads */
	int error = -ENOMEM;

	if (rule && source) {
		alert.sequence = record->sequence;
		alert.time_ns = record->time_ns;
		alert.priority = record->priority;
		alert.rule = rule;
		alert.source = source;
		alert.json = (ProtobufCBinaryData){record->json.length, json.out};
		error = message_pack(&alert.base, buffer);
	}
	free(rule);
	free(source);
	return error;
}
