/*
 * The listening end: requests from many peers, each answered once, in any order and at any time (long-polls are simply
 * answered late). Everything of nng stays behind this header.
 *
 * nng's threads only put arrived requests into a queue; all calls here belong to one thread, the caller's.
 */
#ifndef TERCEL_PROTO_LINK_LINK_SERVER_H
#define TERCEL_PROTO_LINK_LINK_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct link_server;
struct link_request;

struct link_server_options {
	const char *const *urls; /* "tcp://127.0.0.1:4400"; port 0 takes a free one */
	size_t url_count;
	size_t request_bytes_max; /* larger requests are refused by closing their connection */
	size_t waiting_max;	  /* requests that may be unanswered at once; more wait in the network */
};

struct link_server_counters {
	uint64_t accepted; /* connections */
	uint64_t disconnected;
	uint64_t rejected; /* connections that did not speak the protocol, were too large or too slow */
	uint64_t requests;
};

/* 0; a negative errno, with a sentence in `error` (which has room for error_bytes). */
int link_server_open(const struct link_server_options *options, struct link_server **ret_server, char *error,
		     size_t error_bytes);
struct link_server *link_server_free(struct link_server *server);

/* The port that a listener got; for "port 0". */
int link_server_port(const struct link_server *server, size_t url);

/* Readable while requests wait: for the caller's poll loop. */
int link_server_descriptor(const struct link_server *server);

/* The next request, or NULL when none waits. It must be answered or dropped. */
struct link_request *link_server_next(struct link_server *server);

struct text link_request_bytes(const struct link_request *request); /* until it is answered */
/* Gives the bytes back, for a request that is answered much later. It can then only be answered, not dropped. */
void link_request_forget_bytes(struct link_request *request);
void link_request_reply(struct link_request *request, struct text bytes);
/* No answer: the peer's connection is closed. For garbage. */
void link_request_drop(struct link_request *request);

void link_server_read_counters(struct link_server *server, struct link_server_counters *ret_counters);

#endif
