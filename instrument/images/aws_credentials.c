#include "instrument/images/aws_credential_sources.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file_io.h"
#include "base/utf8.h"
#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"

#define KEY_ID_BYTES_MAX 128
#define SECRET_BYTES_MAX 512
#define TOKEN_BYTES_MAX ((size_t)32 << 10)
#define SECONDS_LENGTH 19 /* of "2030-01-31T12:00:00" */

const char *aws_variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

enum aws_result aws_fail(struct aws_search *search, const char *format, ...)
{
	char *reason = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&reason, format, arguments);
	va_end(arguments);
	if (length >= 0) {
		search->reason = arena_copy_text(search->arena, text_of(reason, (size_t)length));
		free(reason);
	}
	return AWS_FAILED;
}

/* Graphic characters of ASCII only: what all of AWS's keys and tokens consist of. */
static bool is_graphic(struct text text, size_t length_max)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.bytes[i] <= ' ' || text.bytes[i] > '~')
			return false;
	return text.length > 0 && text.length <= length_max;
}

enum aws_result aws_take(struct aws_search *search, struct text key_id, struct text secret, struct text session_token,
			 struct text source)
{
	struct aws_credentials *found = &search->found;

	if (!is_graphic(key_id, KEY_ID_BYTES_MAX) || !is_graphic(secret, SECRET_BYTES_MAX) ||
	    (session_token.length > 0 && !is_graphic(session_token, TOKEN_BYTES_MAX)))
		return aws_fail(search,
				"AWS credentials from " TEXT_FORMAT ": an access key with its secret is not there",
				TEXT_ARGUMENTS(source));
	found->key_id = arena_copy_string(search->arena, key_id);
	found->secret = arena_copy_string(search->arena, secret);
	found->session_token = session_token.length > 0 ? arena_copy_string(search->arena, session_token) : NULL;
	found->source = source;
	return found->key_id && found->secret && (found->session_token || session_token.length == 0) ? AWS_FOUND
												     : AWS_FAILED;
}

/* Only a time in UTC is understood; of another, AWS will say whether it has come. */
static bool is_past(struct text when)
{
	char now[TIME_FORMAT_UTC_BYTES];

	if (when.length < SECONDS_LENGTH || !(text_ends_with(when, TEXT("Z")) || text_ends_with(when, TEXT("+00:00"))))
		return false;
	time_format_utc(clock_realtime_ns() / NS_PER_S, now);
	return text_compare(text_slice(when, 0, SECONDS_LENGTH), text_of(now, SECONDS_LENGTH)) < 0;
}

enum aws_result aws_take_json(struct aws_search *search, struct text json, const char *token_name, struct text source)
{
	struct report report = report_of(search->arena, json);
	const struct node *root = json_scan(json, search->arena, &report);
	struct text expiration = node_member_text(root, "Expiration"), when = text_slice(expiration, 0, SECONDS_LENGTH);

	if (!root)
		return aws_fail(search, "AWS credentials from " TEXT_FORMAT ": the answer is no JSON",
				TEXT_ARGUMENTS(source));
	if (is_past(expiration))
		return aws_fail(search, "AWS credentials from " TEXT_FORMAT ": they expired at " TEXT_FORMAT "Z",
				TEXT_ARGUMENTS(source), TEXT_ARGUMENTS(utf8_is_printable(when) ? when : TEXT_EMPTY));
	return aws_take(search, node_member_text(root, "AccessKeyId"), node_member_text(root, "SecretAccessKey"),
			node_member_text(root, token_name), source);
}

struct text aws_read_token(struct aws_search *search, const char *path)
{
	struct buffer buffer = BUFFER_INIT;
	int status = file_read(path, TOKEN_BYTES_MAX, &buffer);
	struct text token = arena_copy_text(search->arena, text_trim(buffer_text(&buffer), " \t\r\n"));

	buffer_release(&buffer);
	if (status) {
		aws_fail(search, "cannot read %s: %s", path, strerror(-status));
		return TEXT_EMPTY;
	}
	if (token.bytes && is_graphic(token, TOKEN_BYTES_MAX))
		return token;
	aws_fail(search, "%s holds no token", path);
	return TEXT_EMPTY;
}

enum aws_result aws_from_environment(struct aws_search *search)
{
	const char *key_id = aws_variable("AWS_ACCESS_KEY_ID"), *secret = aws_variable("AWS_SECRET_ACCESS_KEY");
	const char *session_token = aws_variable("AWS_SESSION_TOKEN");

	if (!key_id && !secret)
		return AWS_ABSENT;
	if (!key_id || !secret)
		return aws_fail(search, "%s is set, but %s is not",
				key_id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
				key_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
	return aws_take(search, text_from_string(key_id), text_from_string(secret),
			session_token ? text_from_string(session_token) : TEXT_EMPTY, TEXT("the environment"));
}

bool aws_credentials_find(const char *sts_host, struct arena *arena, struct aws_credentials *ret_credentials,
			  struct text *ret_reason)
{
#define AWS_CREDENTIAL_SOURCE(function, name) function,
	static aws_source *const sources[] = {
#include "instrument/images/aws_credential_sources.def"
	};
#define AWS_CREDENTIAL_SOURCE(function, name) ", " name
	static const char names[] =
#include "instrument/images/aws_credential_sources.def"
	    ;
	struct aws_search search = {.arena = arena, .sts_host = sts_host, .reason = TEXT_EMPTY};
	enum aws_result result = AWS_ABSENT;

	for (size_t i = 0; i < sizeof sources / sizeof sources[0] && result == AWS_ABSENT; i++)
		result = sources[i](&search);
	if (result == AWS_ABSENT)
		*ret_reason = arena_format(
		    arena, "there are no AWS credentials; looked for: %s. Or log Docker in, or give --image-config",
		    names + 2);
	else if (result == AWS_FAILED)
		*ret_reason = search.reason;
	else
		*ret_credentials = search.found;
	return result == AWS_FOUND;
}

struct text aws_endpoint(const char *service, const char *host, struct arena *arena, bool *ret_is_plain,
			 struct text *ret_reason)
{
	const char *ignored = aws_variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), *given = NULL;
	struct text name = arena_format(arena, "AWS_ENDPOINT_URL_%s", service), url;

	if (!name.bytes)
		return TEXT_EMPTY;
	if (!ignored || strcmp(ignored, "true") != 0)
		given = aws_variable(name.bytes) ? aws_variable(name.bytes) : aws_variable("AWS_ENDPOINT_URL");
	*ret_is_plain = given && strncmp(given, "http://", 7) == 0;
	if (!given)
		return arena_format(arena, "https://%s/", host);
	url = text_from_string(given);
	if (!utf8_is_printable(url) || (!*ret_is_plain && !text_starts_with(url, TEXT("https://")))) {
		*ret_reason = arena_format(arena, "%s or AWS_ENDPOINT_URL is no URL of HTTPS or HTTP", name.bytes);
		return TEXT_EMPTY;
	}
	return arena_format(arena, "%s%s", given, text_ends_with(url, TEXT("/")) ? "" : "/");
}
