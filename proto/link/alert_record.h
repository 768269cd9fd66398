/* An alert on its way to the orchestrator: the bytes in the agent's ring, and in the requests that deliver them. */
#ifndef TERCEL_PROTO_LINK_ALERT_RECORD_H
#define TERCEL_PROTO_LINK_ALERT_RECORD_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

struct alert_record {
	uint64_t sequence, time_ns;
	uint32_t priority;
	struct text rule, source; /* bytes that are no UTF-8 become U+FFFD when it is encoded */
	struct text json;
};

/* Appends the encoded record. 0 or -ENOMEM. */
int alert_record_encode(const struct alert_record *record, struct buffer *buffer);

#endif
