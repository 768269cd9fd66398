/* The other side of the calls: what the commands ask a running orchestrator. */
#ifndef TERCEL_ORCHESTRATOR_SYNC_REMOTE_H
#define TERCEL_ORCHESTRATOR_SYNC_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

struct remote;

/* The token and the authorities (proto/link/link_client.h) may be empty. 0; a negative errno with a sentence in `error`. */
int remote_open(const char *url, struct text token, struct text authorities, struct remote **ret_remote, char *error,
		size_t error_bytes);
struct remote *remote_free(struct remote *remote);

/* Why the last call failed, in a sentence. */
const char *remote_error(const struct remote *remote);

/*
 * Each returns 0, -EREMOTEIO when the orchestrator said no (remote_error() has its words), or another negative errno when
 * it could not be asked.
 */
int remote_publish(struct remote *remote, struct text bundle, struct buffer *ret_summary);
/* Appends the status as text for people or as one JSON object. */
int remote_status(struct remote *remote, bool as_json, struct buffer *out);
/*
 * Appends alerts after *after_id, a line each, and moves *after_id behind the last. With timeout_ms > 0 it waits that long
 * for the first.
 */
int remote_alerts(struct remote *remote, bool as_json, uint32_t timeout_ms, uint64_t *after_id, struct buffer *out);

#endif
