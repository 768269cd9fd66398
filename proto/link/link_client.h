/*
 * The calling end. A client connects in the background and again whenever the connection breaks; a call waits for that.
 * Calls may run in several threads at once. Everything of nng stays behind this header.
 */
#ifndef TERCEL_PROTO_LINK_LINK_CLIENT_H
#define TERCEL_PROTO_LINK_LINK_CLIENT_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

struct link_client;

/* 0, or a negative errno with a sentence in `error`. A peer that is not there is no error: calls wait for it. */
int link_client_open(const char *url, size_t response_bytes_max, struct link_client **ret_client, char *error,
		     size_t error_bytes);
struct link_client *link_client_free(struct link_client *client);

/*
 * Sends the request and appends the response to `response`. -ETIMEDOUT when there was none in time, -ECANCELED after
 * link_client_cancel(), -ENOMEM, -EIO. When the connection breaks in between, the request is sent again.
 */
int link_client_call(struct link_client *client, struct text request, int timeout_ms, struct buffer *response);

/* Ends all running and future calls; may be called from any thread. */
void link_client_cancel(struct link_client *client);

#endif
