#include "proto/link/link_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>

#include "proto/link/link_error.h"
#include "proto/link/proxy_relay.h"

#define RESEND_MS (24 * 3600 * 1000) /* longer than any call lasts */
#define RECONNECT_MIN_MS 50
#define RECONNECT_MAX_MS 2000

struct link_client {
	nng_socket socket;
};

bool link_client_has_tls(const char *url)
{
	return strncmp(url, "tls+tcp://", 10) == 0;
}

bool link_client_takes_url(const char *url)
{
	return link_client_has_tls(url) || strncmp(url, "tcp://", 6) == 0;
}

/* The peer must show a certificate of these authorities for the host of the URL; nng does not check names unasked. */
static int configure_tls(nng_dialer dialer, const struct link_client_options *options)
{
	char *authorities = text_duplicate(options->authorities);
	nng_tls_config *config = NULL;
	nng_url *url = NULL;
	int error = authorities ? nng_url_parse(&url, options->url) : NNG_ENOMEM;

	if (error == 0)
		error = nng_tls_config_alloc(&config, NNG_TLS_MODE_CLIENT);
	if (error == 0)
		error = nng_tls_config_ca_chain(config, authorities, NULL);
	if (error == 0)
		error = nng_tls_config_server_name(config, url->u_hostname);
	if (error == 0)
		error = nng_tls_config_auth_mode(config, NNG_TLS_AUTH_MODE_REQUIRED);
	if (error == 0)
		error = nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, config);
	if (config)
		nng_tls_config_free(config); /* the dialer holds it */
	if (url)
		nng_url_free(url);
	free(authorities);
	return error;
}

/* The URL that nng is given: the relay's, if the way is through a proxy. */
static int choose_url(const struct link_client_options *options, char *url, size_t url_bytes)
{
	const char *authority = strstr(options->url, "://");
	char target[512];
	int port, error;

	if (!options->proxy_url || !authority) {
		snprintf(url, url_bytes, "%s", options->url);
		return 0;
	}
	snprintf(target, sizeof target, "%.*s", (int)strcspn(authority + 3, "/"), authority + 3);
	error = proxy_relay_start(options->proxy_url, target, &port);
	if (error == 0)
		snprintf(url, url_bytes, "%s://127.0.0.1:%d", link_client_has_tls(options->url) ? "tls+tcp" : "tcp", port);
	return error == 0 ? 0 : error == -ENOMEM ? NNG_ENOMEM : error == -EINVAL ? NNG_EADDRINVAL : NNG_ENOFILES;
}

int link_client_open(const struct link_client_options *options, struct link_client **ret_client, char *error_text,
		     size_t error_bytes)
{
	struct link_client *client = calloc(1, sizeof(*client));
	char url[1024];
	nng_dialer dialer;
	int error;

	if (!client)
		return -ENOMEM;
	error = nng_req0_open(&client->socket);
	/* In effect only when its connection broke: with an infinite time nng would not send it again even then. */
	if (error == 0)
		error = nng_socket_set_ms(client->socket, NNG_OPT_REQ_RESENDTIME, RESEND_MS);
	if (error == 0)
		error = nng_socket_set_ms(client->socket, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
	if (error == 0)
		error = nng_socket_set_ms(client->socket, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
	if (error == 0)
		error = nng_socket_set_size(client->socket, NNG_OPT_RECVMAXSZ, options->response_bytes_max);
	if (error == 0)
		error = choose_url(options, url, sizeof url);
	if (error == 0)
		error = nng_dialer_create(&dialer, client->socket, url);
	if (error == 0 && link_client_has_tls(options->url))
		error = configure_tls(dialer, options);
	if (error == 0)
		error = nng_dialer_start(dialer, NNG_FLAG_NONBLOCK);
	if (error != 0) {
		snprintf(error_text, error_bytes, "cannot use '%s': %s", options->url, nng_strerror(error));
		link_client_free(client);
		return link_errno(error);
	}
	*ret_client = client;
	return 0;
}

struct link_client *link_client_free(struct link_client *client)
{
	if (client) {
		link_client_cancel(client);
		free(client);
	}
	return NULL;
}

void link_client_cancel(struct link_client *client)
{
	if (nng_socket_id(client->socket) > 0)
		nng_close(client->socket);
}

static int send_request(nng_ctx context, nng_aio *aio, struct text request)
{
	nng_msg *message;
	int error = nng_msg_alloc(&message, 0);

	if (error == 0)
		error = nng_msg_append(message, request.bytes, request.length);
	if (error != 0)
		return error;
	nng_aio_set_msg(aio, message);
	nng_ctx_send(context, aio);
	nng_aio_wait(aio);
	error = nng_aio_result(aio);
	if (error != 0)
		nng_msg_free(nng_aio_get_msg(aio));
	return error;
}

int link_client_call(struct link_client *client, struct text request, int timeout_ms, struct buffer *response)
{
	nng_ctx context;
	nng_aio *aio;
	nng_msg *message;
	int error = nng_aio_alloc(&aio, NULL, NULL);

	if (error != 0)
		return link_errno(error);
	nng_aio_set_timeout(aio, timeout_ms);
	error = nng_ctx_open(&context, client->socket);
	if (error != 0) {
		nng_aio_free(aio);
		return link_errno(error);
	}
	error = send_request(context, aio, request);
	if (error == 0) {
		nng_ctx_recv(context, aio);
		nng_aio_wait(aio);
		error = nng_aio_result(aio);
	}
	if (error == 0) {
		message = nng_aio_get_msg(aio);
		buffer_append(response, nng_msg_body(message), nng_msg_len(message));
		nng_msg_free(message);
	}
	nng_ctx_close(context);
	nng_aio_free(aio);
	return error != 0 ? link_errno(error) : response->failed ? -ENOMEM : 0;
}
