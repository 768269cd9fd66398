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

	utf8_append_repaired(&copy, text_slice(t, 0, NAME_BYTES_MAX));
	for (size_t i = 0; i < copy.length; i++)
		if (copy.bytes[i] == '\0')
			copy.bytes[i] = ' ';
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
