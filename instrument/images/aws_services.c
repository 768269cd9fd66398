/*
 * Credentials that services hand out: the security token service for a web identity, and the metadata services of
 * containers (ECS, CodeBuild, EKS) and of EC2 instances.
 */
#include "instrument/images/aws_credential_sources.h"

#include <string.h>

#include "base/utf8.h"
#include "instrument/images/http_client.h"
#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"

#define CONTAINER_HOST "http://169.254.170.2"
#define INSTANCE_HOST "http://169.254.169.254"
#define INSTANCE_PATH "latest/meta-data/iam/security-credentials/"
#define INSTANCE_TOKEN_SECONDS "60"

/* ---- web identity ---- */

/* What stands between <NAME> and </NAME> for the first time: no key or token has characters that XML would escape. */
static struct text element(struct text xml, const char *name, struct arena *arena)
{
	struct text opening = arena_format(arena, "<%s>", name), closing = arena_format(arena, "</%s>", name);
	size_t at = opening.bytes ? text_find(xml, opening) : SIZE_MAX;
	struct text rest = at == SIZE_MAX ? TEXT_EMPTY : text_slice(xml, at + opening.length, SIZE_MAX);
	size_t end = closing.bytes ? text_find(rest, closing) : SIZE_MAX;

	return end == SIZE_MAX ? TEXT_EMPTY : text_slice(rest, 0, end);
}

enum aws_result aws_assume_role_with_token(struct aws_search *search, const char *role_arn, const char *token_path,
					   const char *session_name, struct text source)
{
	struct arena *arena = search->arena;
	struct text token = aws_read_token(search, token_path), code;
	struct text role = http_escape(arena, text_from_string(role_arn));
	struct text session =
	    http_escape(arena, text_from_string(session_name[0] ? session_name : "tercel-instrument"));
	struct http_request request = {.limit_bytes = AWS_ANSWER_BYTES_MAX};
	struct http_answer answer;

	if (token.length == 0)
		return AWS_FAILED;
	request.url = aws_endpoint("STS", search->sts_host, arena, &request.allow_plain, &search->reason).bytes;
	request.body =
	    arena_format(arena,
			 "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" TEXT_FORMAT
			 "&RoleSessionName=" TEXT_FORMAT "&WebIdentityToken=" TEXT_FORMAT,
			 TEXT_ARGUMENTS(role), TEXT_ARGUMENTS(session), TEXT_ARGUMENTS(http_escape(arena, token)));
	if (!request.url || !request.url[0] || !request.body.bytes ||
	    !http_ask(&request, arena, &answer, &search->reason))
		return AWS_FAILED;
	if (answer.status != 200) {
		code = element(answer.body, "Code", arena);
		return aws_fail(search, "AWS credentials from " TEXT_FORMAT ": %s: HTTP status %ld %.*s",
				TEXT_ARGUMENTS(source), request.url, answer.status,
				utf8_is_printable(code) && code.length < 100 ? (int)code.length : 0, code.bytes);
	}
	return aws_take(search, element(answer.body, "AccessKeyId", arena),
			element(answer.body, "SecretAccessKey", arena), element(answer.body, "SessionToken", arena),
			source);
}

enum aws_result aws_from_web_identity(struct aws_search *search)
{
	const char *token_path = aws_variable("AWS_WEB_IDENTITY_TOKEN_FILE"), *role_arn = aws_variable("AWS_ROLE_ARN");
	const char *session_name = aws_variable("AWS_ROLE_SESSION_NAME");

	if (!token_path)
		return AWS_ABSENT;
	if (!role_arn)
		return aws_fail(search, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
	return aws_assume_role_with_token(search, role_arn, token_path, session_name ? session_name : "",
					  TEXT("AWS_WEB_IDENTITY_TOKEN_FILE"));
}

/* ---- metadata services ---- */

/* Asks a metadata service; false, with a reason, unless the status is 200. */
static bool ask(struct aws_search *search, const struct http_request *request, struct http_answer *ret_answer)
{
	if (!http_ask(request, search->arena, ret_answer, &search->reason))
		return false;
	if (ret_answer->status != 200)
		aws_fail(search, "%s: HTTP status %ld", request->url, ret_answer->status);
	return ret_answer->status == 200;
}

/* The host of a URL, without port and brackets. */
static struct text host_of(struct text url)
{
	size_t slashes = text_find(url, TEXT("//"));
	struct text host = slashes == SIZE_MAX ? TEXT_EMPTY : text_slice(url, slashes + 2, SIZE_MAX);

	host = text_slice(host, 0, text_find_byte(host, '/'));
	host = text_slice(host, 0, text_find_byte(host, '?'));
	if (text_starts_with(host, TEXT("[")))
		return text_slice(host, 1, text_find_byte(host, ']') - 1);
	return text_slice(host, 0, text_find_byte(host, ':'));
}

/* Plain HTTP only within the machine, or to where ECS and EKS have their services. */
static bool is_container_service(const char *url)
{
	static const char *const hosts[] = {"localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
	struct text text = text_from_string(url), host = host_of(text);
	bool is_loopback = text_starts_with(host, TEXT("127."));

	if (!utf8_is_printable(text) || text_find_byte(text, '@') != SIZE_MAX || text_find_byte(text, '\\') != SIZE_MAX)
		return false;
	if (text_starts_with(text, TEXT("https://")))
		return host.length > 0;
	for (size_t i = 0; i < host.length && is_loopback; i++)
		is_loopback = host.bytes[i] == '.' || (host.bytes[i] >= '0' && host.bytes[i] <= '9');
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		is_loopback |= text_is(host, hosts[i]);
	return is_loopback && text_starts_with(text, TEXT("http://"));
}

enum aws_result aws_from_container(struct aws_search *search)
{
	const char *relative = aws_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = aws_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *token = aws_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	const char *token_path = aws_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	struct http_request request = {
	    .headers = {"Accept: application/json"},
	    .allow_plain = true,
	    .is_metadata_service = true,
	    .limit_bytes = AWS_ANSWER_BYTES_MAX,
	};
	struct http_answer answer;

	if (!relative && !full)
		return AWS_ABSENT;
	if (relative && relative[0] != '/')
		return aws_fail(search, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with \"/\"");
	request.url = relative ? arena_format(search->arena, CONTAINER_HOST "%s", relative).bytes : full;
	if (!request.url || !is_container_service(request.url))
		return aws_fail(search, "AWS_CONTAINER_CREDENTIALS_%s_URI is neither of HTTPS nor of this machine",
				relative ? "RELATIVE" : "FULL");
	if (token_path) {
		request.authorization = aws_read_token(search, token_path).bytes;
		if (!request.authorization[0])
			return AWS_FAILED;
	} else if (token && !http_is_header_value(text_from_string(token))) {
		return aws_fail(search, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds what no token can");
	} else {
		request.authorization = token;
	}
	if (!ask(search, &request, &answer))
		return AWS_FAILED;
	return aws_take_json(search, answer.body, "Token", TEXT("the container's role"));
}

/* Version 2 of the service: a token first. Where nobody answers there is no instance, and that is no error. */
enum aws_result aws_from_instance(struct aws_search *search)
{
	const char *disabled = aws_variable("AWS_EC2_METADATA_DISABLED");
	const char *given = aws_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	struct text base = text_trim(text_from_string(given ? given : INSTANCE_HOST), "/"), header, role;
	struct arena *arena = search->arena;
	struct http_request request = {
	    .url = arena_format(arena, TEXT_FORMAT "/latest/api/token", TEXT_ARGUMENTS(base)).bytes,
	    .method = "PUT",
	    .headers = {"X-aws-ec2-metadata-token-ttl-seconds: " INSTANCE_TOKEN_SECONDS},
	    .allow_plain = true,
	    .is_metadata_service = true,
	    .limit_bytes = AWS_ANSWER_BYTES_MAX,
	};
	struct http_answer answer;

	if ((disabled && text_is(text_from_string(disabled), "true")) || !request.url ||
	    !http_ask(&request, arena, &answer, &search->reason) || answer.status != 200 ||
	    !http_is_header_value(answer.body))
		return AWS_ABSENT;
	header = arena_format(arena, "X-aws-ec2-metadata-token: " TEXT_FORMAT, TEXT_ARGUMENTS(answer.body));
	request.method = NULL;
	request.headers[0] = header.bytes;
	request.url = arena_format(arena, TEXT_FORMAT "/" INSTANCE_PATH, TEXT_ARGUMENTS(base)).bytes;
	if (!request.url || !request.headers[0] || !http_ask(&request, arena, &answer, &search->reason))
		return AWS_FAILED;
	if (answer.status == 404) /* an instance without a role */
		return AWS_ABSENT;
	role = http_escape(arena, text_slice(answer.body, 0, text_find_byte(answer.body, '\n')));
	request.url =
	    arena_format(arena, TEXT_FORMAT "/" INSTANCE_PATH TEXT_FORMAT, TEXT_ARGUMENTS(base), TEXT_ARGUMENTS(role))
		.bytes;
	if (answer.status != 200 || role.length == 0)
		return aws_fail(search, "the EC2 instance's metadata do not say its role: HTTP status %ld",
				answer.status);
	if (!request.url || !ask(search, &request, &answer))
		return AWS_FAILED;
	return aws_take_json(search, answer.body, "Token", TEXT("the EC2 instance's role"));
}
