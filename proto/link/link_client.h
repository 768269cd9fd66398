/*
 * The calling end. A client connects in the background and again whenever the connection breaks; a call waits for that.
 * Calls may run in several threads at once. Everything of nng stays behind this header.
 */
#ifndef TERCEL_PROTO_LINK_LINK_CLIENT_H
#define TERCEL_PROTO_LINK_LINK_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

struct link_client;

struct link_client_options {
	const char *url;		/* tcp://HOST:PORT or tls+tcp://HOST:PORT */
	struct text authorities;	/* with TLS: the certificates that the peer's must come from, as PEM */
	const char *proxy_url;		/* http://[USER:PASSWORD@]HOST:PORT; NULL: none */
	size_t response_bytes_max;
};

/* Whether the URL is one that a client takes; no name is looked up. */
bool link_client_takes_url(const char *url);
/* Whether it asks for TLS. */
bool link_client_has_tls(const char *url);

/*
 * 0, or a negative errno with a sentence in `error`. A peer that is not there is no error: calls wait for it. Neither is
 * one with TLS whose certificate does not come from the authorities, or is for another name than the URL's: it is not
 * spoken to.
 */
int link_client_open(const struct link_client_options *options, struct link_client **ret_client, char *error,
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
