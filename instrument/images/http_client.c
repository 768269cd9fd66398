#include "instrument/images/http_client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buffer.h"

#define TRIES 3
#define REDIRECTS_MAX 5
#define CONNECT_TIMEOUT_MS 10000L
#define TIMEOUT_MS 30000L
#define METADATA_CONNECT_TIMEOUT_MS 1000L /* the SDKs give up after one or two seconds, too */
#define METADATA_TIMEOUT_MS 2000L
#define ESCAPE_BYTES_MAX ((size_t)64 << 10)
#define FIRST_PAUSE_MS 200 /* before the second try; doubled before the third */

struct transfer {
	struct buffer body;
	struct buffer challenge;
	char error[CURL_ERROR_SIZE];
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;

	buffer_append(&transfer->body, bytes, size * count);
	return transfer->body.failed ? 0 : size * count; /* 0 ends the transfer */
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	static const char name[] = "www-authenticate:";
	struct transfer *transfer = context;
	struct text line = text_of(bytes, size * count), value;

	if (line.length > sizeof name && strncasecmp(line.bytes, name, sizeof name - 1) == 0 &&
	    transfer->challenge.length == 0) {
		value = text_trim(text_slice(line, sizeof name - 1, SIZE_MAX), " \t\r\n");
		if (value.length > 6 &&
		    (strncasecmp(value.bytes, "bearer", 6) == 0 || strncasecmp(value.bytes, "basic", 5) == 0))
			buffer_append_text(&transfer->challenge, value);
	}
	return size * count;
}

static void add_header(struct curl_slist **headers, const char *line, bool *good)
{
	struct curl_slist *longer = line ? curl_slist_append(*headers, line) : NULL;

	*good &= longer != NULL;
	if (longer)
		*headers = longer;
}

static struct curl_slist *make_headers(const struct http_request *request, const char *authorization,
				       struct arena *arena, bool *good)
{
	struct curl_slist *headers = NULL;

	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i]; i++)
		add_header(&headers, request->headers[i], good);
	if (authorization)
		add_header(&headers, arena_format(arena, "Authorization: %s", authorization).bytes, good);
	return headers;
}

static void set_limits(CURL *curl, const struct http_request *request)
{
	const char *certificates = getenv("SSL_CERT_FILE"); /* what curl, Docker and skopeo look at, too */
	bool is_metadata = request->is_metadata_service;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, request->allow_plain ? "http,https" : "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
			 is_metadata ? METADATA_CONNECT_TIMEOUT_MS : CONNECT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, is_metadata ? METADATA_TIMEOUT_MS : TIMEOUT_MS);
	if (is_metadata)
		curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	if (certificates && certificates[0])
		curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
}

/* One exchange. *ret_location is where a redirect leads, in the arena, or NULL. */
static CURLcode exchange(CURL *curl, const struct http_request *request, const char *url, const char *authorization,
			 struct arena *arena, struct transfer *transfer, long *ret_status, char **ret_location)
{
	const struct http_signature *signature = request->signature;
	const char *location = NULL;
	bool good = true;
	struct curl_slist *headers;
	CURLcode code;

	curl_easy_reset(curl);
	headers = make_headers(request, authorization, arena, &good);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	set_limits(curl, request);
	if (request->body.bytes) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.bytes);
	}
	if (request->method)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (signature) {
		curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, signature->scope);
		curl_easy_setopt(curl, CURLOPT_USERNAME, signature->key_id);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, signature->secret);
	}
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "tercel-instrument/" TERCEL_VERSION);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	buffer_clear(&transfer->body);
	buffer_clear(&transfer->challenge);
	transfer->error[0] = '\0';
	code = good ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
	*ret_location = location ? arena_copy_string(arena, text_from_string(location)) : NULL;
	curl_slist_free_all(headers);
	return code;
}

/* Scheme, host and port. */
static bool same_origin(const char *a, const char *b)
{
	size_t length = 0;
	unsigned slashes = 0;

	for (; a[length] && slashes < 3; length++)
		slashes += a[length] == '/';
	return slashes == 3 && strncmp(a, b, length) == 0;
}

static CURLcode follow(CURL *curl, const struct http_request *request, struct arena *arena, struct transfer *transfer,
		       long *ret_status)
{
	const char *url = request->url, *authorization = request->authorization;
	CURLcode code = CURLE_OK;

	for (unsigned i = 0; i <= REDIRECTS_MAX; i++) {
		char *location;

		code = exchange(curl, request, url, authorization, arena, transfer, ret_status, &location);
		if (code != CURLE_OK || !location || *ret_status < 300 || *ret_status > 399 ||
		    !request->follows_redirects)
			return code;
		if (!same_origin(url, location))
			authorization = NULL;
		url = location;
	}
	return CURLE_TOO_MANY_REDIRECTS;
}

static bool is_worth_another_try(const struct http_request *request, CURLcode code, long status)
{
	if (code == CURLE_OK)
		return status == 429 || status >= 500;
	if (request->is_metadata_service) /* most often there is none */
		return false;
	return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
	       code == CURLE_OPERATION_TIMEDOUT || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
	       code == CURLE_PARTIAL_FILE;
}

static CURLcode try(CURL *curl, const struct http_request *request, struct arena *arena, struct transfer *transfer,
		    long *ret_status)
{
	struct timespec pause = {.tv_nsec = FIRST_PAUSE_MS * 1000000L};
	CURLcode code = CURLE_OK;

	for (unsigned i = 0; i < TRIES; i++) {
		if (i > 0) {
			nanosleep(&pause, NULL);
			pause.tv_nsec *= 2;
		}
		*ret_status = 0;
		code = follow(curl, request, arena, transfer, ret_status);
		if (!is_worth_another_try(request, code, *ret_status))
			break;
	}
	return code;
}

bool http_ask(const struct http_request *request, struct arena *arena, struct http_answer *ret_answer,
	      struct text *ret_reason)
{
	struct transfer transfer = {.body.limit_bytes = request->limit_bytes, .challenge.limit_bytes = 4096};
	CURL *curl = curl_easy_init();
	struct http_answer answer = {0};
	CURLcode code = curl ? try(curl, request, arena, &transfer, &answer.status) : CURLE_OUT_OF_MEMORY;
	bool good = code == CURLE_OK;

	answer.body = arena_copy_text(arena, buffer_text(&transfer.body));
	answer.challenge = arena_copy_text(arena, buffer_text(&transfer.challenge));
	if (transfer.body.failed)
		*ret_reason = arena_format(arena, "%s: more than %zu bytes", request->url, request->limit_bytes);
	else if (!good)
		*ret_reason = arena_format(arena, "%s: %s", request->url,
					   transfer.error[0] ? transfer.error : curl_easy_strerror(code));
	else if (!answer.body.bytes || !answer.challenge.bytes)
		good = false;
	else
		*ret_answer = answer;
	buffer_release(&transfer.body);
	buffer_release(&transfer.challenge);
	curl_easy_cleanup(curl);
	return good;
}

struct text http_escape(struct arena *arena, struct text text)
{
	char *escaped = text.length > 0 && text.length < ESCAPE_BYTES_MAX
			    ? curl_easy_escape(NULL, text.bytes, (int)text.length)
			    : NULL;
	struct text copy = escaped ? arena_copy_text(arena, text_from_string(escaped)) : TEXT_EMPTY;

	curl_free(escaped);
	return copy.bytes ? copy : TEXT_EMPTY;
}

bool http_is_header_value(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.bytes[i] < 0x20 || text.bytes[i] == 0x7f)
			return false;
	return text.length > 0;
}
