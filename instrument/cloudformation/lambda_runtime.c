#include "instrument/cloudformation/lambda_runtime.h"

#include <curl/curl.h>
#include <stdio.h>
#include <strings.h>

#include "base/json_writer.h"
#include "base/log.h"

#define URL_BYTES_MAX 512
#define REQUEST_ID_BYTES_MAX 128

struct invocation {
	char request_id[REQUEST_ID_BYTES_MAX]; /* empty: the API did not say */
	struct buffer event;
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct buffer *buffer = context;

	buffer_append(buffer, bytes, size * count);
	return buffer->failed ? 0 : size * count; /* 0 ends the transfer */
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	static const char name[] = "lambda-runtime-aws-request-id:";
	struct invocation *invocation = context;
	struct text line = text_of(bytes, size * count), value;

	if (line.length < sizeof name || strncasecmp(line.bytes, name, sizeof name - 1) != 0)
		return size * count;
	value = text_trim(text_slice(line, sizeof name - 1, SIZE_MAX), " \t\r\n");
	/* It becomes a part of a URL: letters, digits and hyphens only. */
	for (size_t i = 0; i < value.length; i++)
		if (!((value.bytes[i] >= '0' && value.bytes[i] <= '9') || value.bytes[i] == '-' ||
		      ((value.bytes[i] | 0x20) >= 'a' && (value.bytes[i] | 0x20) <= 'z')))
			return 0;
	if (value.length < sizeof invocation->request_id) {
		memcpy(invocation->request_id, value.bytes, value.length);
		invocation->request_id[value.length] = '\0';
	}
	return size * count;
}

static void prepare(CURL *curl, const char *url, char *error)
{
	error[0] = '\0';
	curl_easy_reset(curl); /* keeps the connection */
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "tercel-instrument/" TERCEL_VERSION);
}

static bool failed(const char *url, CURLcode code, long status, const char *error)
{
	if (code == CURLE_OK)
		log_error("%s: HTTP status %ld", url, status);
	else
		log_error("%s: %s", url, error[0] ? error : curl_easy_strerror(code));
	return false;
}

/* Waits for as long as there is none: the function is frozen meanwhile. */
static bool take_invocation(CURL *curl, const char *base, struct invocation *invocation)
{
	char url[URL_BYTES_MAX], error[CURL_ERROR_SIZE];
	long status = 0;
	CURLcode code;

	snprintf(url, sizeof url, "%s/invocation/next", base);
	prepare(curl, url, error);
	invocation->request_id[0] = '\0';
	buffer_clear(&invocation->event);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &invocation->event);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, invocation);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK || status != 200)
		return failed(url, code, status, error);
	if (!invocation->request_id[0]) {
		log_error("%s: no Lambda-Runtime-Aws-Request-Id", url);
		return false;
	}
	return true;
}

static bool give_answer(CURL *curl, const char *base, const char *request_id, const char *kind, struct text body)
{
	char url[URL_BYTES_MAX], error[CURL_ERROR_SIZE];
	struct buffer ignored = {.limit_bytes = 65536};
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	long status = 0;
	CURLcode code;

	snprintf(url, sizeof url, "%s/invocation/%s/%s", base, request_id, kind);
	prepare(curl, url, error);
	/* Without this, large bodies wait for a "100 Continue" that the API does not send. */
	headers = headers ? curl_slist_append(headers, "Expect:") : NULL;
	if (headers && strcmp(kind, "error") == 0)
		headers = curl_slist_append(headers, "Lambda-Runtime-Function-Error-Type: Tercel.BadEvent");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.bytes);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.length);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &ignored);
	code = headers ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	buffer_release(&ignored);
	/* 413: the answer is too large; the API has failed the invocation, and the next one can come. */
	return (code == CURLE_OK && ((status >= 200 && status < 300) || status == 413)) ||
	       failed(url, code, status, error);
}

static bool answer(CURL *curl, const char *base, const struct invocation *invocation, lambda_handler *handler,
		   void *context)
{
	struct buffer body = BUFFER_INIT, failure = BUFFER_INIT;
	bool good = handler(buffer_text(&invocation->event), &body, context), delivered;
	struct json_writer writer;

	if (good && !body.failed) {
		delivered = give_answer(curl, base, invocation->request_id, "response", buffer_text(&body));
	} else {
		json_writer_init(&writer, &failure);
		json_begin_object(&writer);
		json_key(&writer, TEXT("errorType"));
		json_string(&writer, TEXT("Tercel.BadEvent"));
		json_key(&writer, TEXT("errorMessage"));
		json_string(&writer, body.failed ? TEXT("no memory") : buffer_text(&body));
		json_end_object(&writer);
		delivered = give_answer(curl, base, invocation->request_id, "error", buffer_text(&failure));
	}
	buffer_release(&body);
	buffer_release(&failure);
	return delivered;
}

bool lambda_serve(const char *host_and_port, lambda_handler *handler, void *context)
{
	struct invocation invocation = {.event.limit_bytes = LAMBDA_EVENT_BYTES_MAX};
	CURL *curl = curl_easy_init();
	char base[URL_BYTES_MAX / 2];
	int length = snprintf(base, sizeof base, "http://%s/2018-06-01/runtime", host_and_port);

	if (!curl || length < 0 || (size_t)length >= sizeof base) {
		log_error("the address of the runtime API cannot be used");
		curl_easy_cleanup(curl);
		return false;
	}
	while (take_invocation(curl, base, &invocation) && answer(curl, base, &invocation, handler, context))
		;
	buffer_release(&invocation.event);
	curl_easy_cleanup(curl);
	return false;
}
