#include "instrument/images/ecr.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/utf8.h"
#include "instrument/images/aws_credentials.h"
#include "instrument/images/http_client.h"
#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"

#define ACCOUNT_DIGITS 12
#define REGION_BYTES_MAX 32
#define ANSWER_BYTES_MAX ((size_t)64 << 10)
#define MESSAGE_BYTES_MAX 300

static const struct ecr_host {
	const char *kind, *domain, *api, *api_domain;
} hosts[] = {
#define ECR_HOST(kind, domain, api, api_domain) {kind, domain, api, api_domain},
#include "instrument/images/ecr_hosts.def"
};

/* ---- names ---- */

/* Takes the part before the next dot off the text. */
static struct text take_label(struct text *text)
{
	size_t dot = text_find_byte(*text, '.');
	struct text label = text_slice(*text, 0, dot);

	*text = dot == SIZE_MAX ? TEXT_EMPTY : text_slice(*text, dot + 1, SIZE_MAX);
	return label;
}

static bool take_words(struct text *text, const char *words)
{
	struct text prefix = text_from_string(words);

	if (!text_starts_with(*text, prefix) || text->length <= prefix.length || text->bytes[prefix.length] != '.')
		return false;
	*text = text_slice(*text, prefix.length + 1, SIZE_MAX);
	return true;
}

static bool is_account(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.bytes[i] < '0' || text.bytes[i] > '9')
			return false;
	return text.length == ACCOUNT_DIGITS;
}

/* It becomes a part of a host's name, and a request with credentials goes there. */
static bool is_region(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!((text.bytes[i] >= 'a' && text.bytes[i] <= 'z') ||
		      (text.bytes[i] >= '0' && text.bytes[i] <= '9') || text.bytes[i] == '-'))
			return false;
	return text.length > 0 && text.length <= REGION_BYTES_MAX && text.bytes[0] != '-' &&
	       text.bytes[text.length - 1] != '-';
}

bool ecr_registry_parse(struct text name, struct ecr_registry *ret_registry)
{
	if (!is_account(take_label(&name)))
		return false;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct text rest = name, region;

		if (!take_words(&rest, hosts[i].kind))
			continue;
		region = take_label(&rest);
		if (!is_region(region) || !text_is(rest, hosts[i].domain))
			continue;
		*ret_registry =
		    (struct ecr_registry){.region = region, .api = hosts[i].api, .api_domain = hosts[i].api_domain};
		return true;
	}
	return false;
}

/* ---- the token ---- */

/* Base64 of "AWS:PASSWORD", which is what Basic authentication wants. */
static bool is_token(struct text token)
{
	unsigned char decoded[ANSWER_BYTES_MAX];
	int length;

	if (token.length == 0 || token.length % 4 != 0 || token.length > sizeof decoded || !http_is_header_value(token))
		return false;
	length = EVP_DecodeBlock(decoded, (const unsigned char *)token.bytes, (int)token.length);
	return length > 4 && memcmp(decoded, "AWS:", 4) == 0 && decoded[4] != '\0'; /* not the padding's zero */
}

/*
 * What AWS says of a refusal: the kind of error, and the first line of its message. Lines after that may repeat the
 * request, with the session token in it.
 */
static struct text explain(struct text body, struct arena *arena)
{
	struct report report = report_of(arena, body);
	const struct node *root = json_scan(body, arena, &report);
	struct text type = node_member_text(root, "__type"), message = node_member_text(root, "message");
	size_t hash = text_find_byte(type, '#');

	if (message.length == 0)
		message = node_member_text(root, "Message");
	type = hash == SIZE_MAX ? type : text_slice(type, hash + 1, SIZE_MAX);
	message = text_slice(message, 0, text_find_byte(message, '\n'));
	if (!utf8_is_printable(type) || type.length > MESSAGE_BYTES_MAX)
		type = TEXT_EMPTY;
	if (!utf8_is_printable(message) || message.length > MESSAGE_BYTES_MAX)
		message = TEXT_EMPTY;
	return arena_format(arena, "%s" TEXT_FORMAT "%s" TEXT_FORMAT, type.length > 0 ? ", " : "", TEXT_ARGUMENTS(type),
			    message.length > 0 ? ": " : "", TEXT_ARGUMENTS(message));
}

static bool ask(const struct ecr_registry *registry, const struct aws_credentials *credentials, struct arena *arena,
		struct text *ret_body, struct text *ret_reason)
{
	struct text region = registry->region;
	struct text host =
	    arena_format(arena, "%s." TEXT_FORMAT ".%s", registry->api, TEXT_ARGUMENTS(region), registry->api_domain);
	struct text scope = arena_format(arena, "aws:amz:" TEXT_FORMAT ":ecr", TEXT_ARGUMENTS(region));
	struct http_signature signature = {
	    .scope = scope.bytes,
	    .key_id = credentials->key_id,
	    .secret = credentials->secret,
	};
	struct http_request request = {
	    .headers = {"Content-Type: application/x-amz-json-1.1",
			"X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"},
	    .signature = &signature,
	    .body = TEXT("{}"),
	    .limit_bytes = ANSWER_BYTES_MAX,
	};
	struct http_answer answer;

	if (credentials->session_token)
		request.headers[2] = arena_format(arena, "X-Amz-Security-Token: %s", credentials->session_token).bytes;
	if (!host.bytes || !scope.bytes || (credentials->session_token && !request.headers[2]))
		return false;
	request.url = aws_endpoint("ECR", host.bytes, arena, &request.allow_plain, ret_reason).bytes;
	if (!request.url || !request.url[0] || !http_ask(&request, arena, &answer, ret_reason))
		return false;
	if (answer.status != 200) {
		*ret_reason = arena_format(
		    arena, "%s: HTTP status %ld" TEXT_FORMAT " (AWS credentials from " TEXT_FORMAT ")", request.url,
		    answer.status, TEXT_ARGUMENTS(explain(answer.body, arena)), TEXT_ARGUMENTS(credentials->source));
		return false;
	}
	*ret_body = answer.body;
	return true;
}

bool ecr_authorization(const struct ecr_registry *registry, struct arena *arena, struct text *ret_basic,
		       struct text *ret_reason)
{
	struct text sts_host =
	    arena_format(arena, "sts." TEXT_FORMAT ".%s", TEXT_ARGUMENTS(registry->region), registry->api_domain);
	struct aws_credentials credentials;
	const struct node *data;
	struct report report;
	struct text body, token;

	if (!sts_host.bytes || !aws_credentials_find(sts_host.bytes, arena, &credentials, ret_reason) ||
	    !ask(registry, &credentials, arena, &body, ret_reason))
		return false;
	report = report_of(arena, body);
	data = node_member(json_scan(body, arena, &report), "authorizationData");
	token = node_member_text(data && data->kind == NODE_ARRAY ? data->first : NULL, "authorizationToken");
	if (!is_token(token)) {
		*ret_reason = TEXT("ECR's GetAuthorizationToken gave no token");
		return false;
	}
	*ret_basic = arena_format(arena, "Basic " TEXT_FORMAT, TEXT_ARGUMENTS(token));
	return ret_basic->bytes != NULL;
}
