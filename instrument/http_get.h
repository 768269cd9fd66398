/* GET over HTTPS for registries: bounded answers, retries, redirects that take no credentials to other hosts. */
#ifndef TERCEL_INSTRUMENT_HTTP_GET_H
#define TERCEL_INSTRUMENT_HTTP_GET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct http_request {
	const char *url;
	const char *accept;        /* a header's value; NULL: none */
	const char *authorization; /* a header's value; NULL: none */
	bool allow_plain;          /* http:// too */
	size_t limit_bytes;        /* of the answer's body */
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
bool http_get(const struct http_request *request, struct arena *arena, struct http_answer *ret_answer,
	      struct text *ret_reason);

#endif
