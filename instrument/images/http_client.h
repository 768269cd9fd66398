/*
 * Requests to registries and to AWS's services, over libcurl: bounded answers, retries, redirects that take no
 * credentials to other hosts. SSL_CERT_FILE names the certificates that are trusted, where it is not the system's.
 */
#ifndef TERCEL_INSTRUMENT_IMAGES_HTTP_CLIENT_H
#define TERCEL_INSTRUMENT_IMAGES_HTTP_CLIENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

#define HTTP_HEADERS_MAX 4

/* AWS's signature, version 4, over method, host, `headers` and body. */
struct http_signature {
	const char *scope; /* "aws:amz:REGION:SERVICE" */
	const char *key_id, *secret;
};

struct http_request {
	const char *url;
	const char *method;                     /* NULL: GET, with a body POST */
	const char *headers[HTTP_HEADERS_MAX];  /* "Name: value"; NULL ends them */
	const char *authorization;              /* a header's value; NULL: none */
	const struct http_signature *signature; /* NULL: none; instead of `authorization` */
	struct text body;                       /* bytes NULL: none */
	bool allow_plain;                       /* http:// too */
	bool follows_redirects;                 /* else one is an answer like others */
	bool is_metadata_service;               /* of this machine: no proxy, and it is not waited for long */
	size_t limit_bytes;                     /* of the answer's body */
};

struct http_answer {
	long status;
	struct text body;
	struct text challenge; /* WWW-Authenticate's first value that is a Bearer or Basic challenge; empty: none */
};

/*
 * Tries three times when there is no connection, on 429 and on 5xx. Follows at most five redirects. Any status is an
 * answer; false, with a reason, only when there is none. Texts live in the arena.
 */
bool http_ask(const struct http_request *request, struct arena *arena, struct http_answer *ret_answer,
	      struct text *ret_reason);

/* For a URL's query and for forms, in the arena; empty when it is empty, longer than 64 KiB, or memory fails. */
struct text http_escape(struct arena *arena, struct text text);

/* Whether it can be a header's value: something, and no line's end in it that would begin another header. */
bool http_is_header_value(struct text text);

#endif
