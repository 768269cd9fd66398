/* What the sources of AWS credentials share, and the sources themselves. */
#ifndef TERCEL_INSTRUMENT_IMAGES_AWS_CREDENTIAL_SOURCES_H
#define TERCEL_INSTRUMENT_IMAGES_AWS_CREDENTIAL_SOURCES_H

#include "instrument/images/aws_credentials.h"

#define AWS_ANSWER_BYTES_MAX ((size_t)64 << 10) /* of a service or a program that gives credentials */

enum aws_result {
	AWS_ABSENT, /* nothing speaks of this source: the next one is asked */
	AWS_FOUND,
	AWS_FAILED, /* `reason` says why */
};

struct aws_search {
	struct arena *arena;
	const char *sts_host;
	struct aws_credentials found;
	struct text reason;
};

typedef enum aws_result aws_source(struct aws_search *search);

#define AWS_CREDENTIAL_SOURCE(function, name) aws_source function;
#include "instrument/images/aws_credential_sources.def"

/* A variable; NULL also when it is empty, as in the SDKs. */
const char *aws_variable(const char *name);

enum aws_result aws_fail(struct aws_search *search, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Takes the three (an empty token: none) after looking whether they can be credentials: they become parts of headers.
 * `source` is for messages.
 */
enum aws_result aws_take(struct aws_search *search, struct text key_id, struct text secret, struct text session_token,
			 struct text source);

/* The same from an object in JSON with AccessKeyId, SecretAccessKey, `token_name` and Expiration, as services give it.
 */
enum aws_result aws_take_json(struct aws_search *search, struct text json, const char *token_name, struct text source);

/* A small file that holds a token, without blanks at its ends; empty, with a reason, when it cannot be read. */
struct text aws_read_token(struct aws_search *search, const char *path);

/* AssumeRoleWithWebIdentity for the token in the file. */
enum aws_result aws_assume_role_with_token(struct aws_search *search, const char *role_arn, const char *token_path,
					   const char *session_name, struct text source);

#endif
