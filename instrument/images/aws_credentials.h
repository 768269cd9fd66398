/* Credentials for AWS, from where its SDKs look for them (instrument/images/aws_credential_sources.def). */
#ifndef TERCEL_INSTRUMENT_IMAGES_AWS_CREDENTIALS_H
#define TERCEL_INSTRUMENT_IMAGES_AWS_CREDENTIALS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct aws_credentials {
	const char *key_id, *secret;
	const char *session_token; /* NULL: none */
	struct text source;        /* for messages: "the environment", "profile \"ci\"" */
};

/*
 * The first that there are; a source that is meant but does not work is an error. `sts_host` is where AWS's security
 * token service is asked. False with a reason, in which there are no secrets. Strings live in the arena.
 */
bool aws_credentials_find(const char *sts_host, struct arena *arena, struct aws_credentials *ret_credentials,
			  struct text *ret_reason);

/*
 * The URL of a service ("ECR"): AWS_ENDPOINT_URL_ECR, AWS_ENDPOINT_URL, else https://HOST/. Empty with a reason when a
 * variable holds none. *ret_is_plain: it begins with http://.
 */
struct text aws_endpoint(const char *service, const char *host, struct arena *arena, bool *ret_is_plain,
			 struct text *ret_reason);

#endif
