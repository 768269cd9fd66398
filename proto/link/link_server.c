#include "proto/link/link_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>

#include "proto/link/link_error.h"

/* Contexts that must be ready to receive at any time: a peer that dies while nobody receives is never reaped by nng. */
#define RECEIVERS_MIN 16

enum request_step { STEP_RECEIVING, STEP_ARRIVED, STEP_REPLYING, STEP_CLOSED };

/* One nng context, used for one request after the other. */
struct link_request {
	struct link_server *server;
	nng_ctx context;
	nng_aio *aio;
	nng_msg *message;	   /* the request, while STEP_ARRIVED */
	enum request_step step;	   /* changed under the server's lock */
	struct link_request *next; /* in the queue of arrived requests */
};

struct link_server {
	nng_socket socket;
	nng_listener *listeners;
	size_t listener_count;
	struct link_request **requests;
	size_t request_count, waiting_max;
	int wake_descriptor;
	pthread_mutex_t lock; /* guards everything below, and the steps */
	struct link_request *first, *last;
	size_t receiving;
	bool is_closing;
	_Atomic uint64_t accepted, disconnected, request_total, malformed;
};

static void wake_owner(struct link_server *server)
{
	uint64_t one = 1;
	ssize_t written = write(server->wake_descriptor, &one, sizeof one);

	(void)written; /* the counter is at its maximum: the owner is awake anyway */
}

static void receive(struct link_request *request)
{
	nng_ctx_recv(request->context, request->aio);
}

/* nng's thread: a request arrived, or the answer to the last one is out. */
static void step_done(void *argument)
{
	struct link_request *request = argument;
	struct link_server *server = request->server;
	int error = nng_aio_result(request->aio);
	bool receive_again = false;

	pthread_mutex_lock(&server->lock);
	if (server->is_closing || error == NNG_ECLOSED) {
		request->step = STEP_CLOSED;
	} else if (request->step == STEP_RECEIVING && error == 0) {
		request->message = nng_aio_get_msg(request->aio);
		request->step = STEP_ARRIVED;
		request->next = NULL;
		if (server->last)
			server->last->next = request;
		else
			server->first = request;
		server->last = request;
		server->receiving--;
		atomic_fetch_add(&server->request_total, 1);
	} else {
		if (request->step == STEP_REPLYING) {
			server->receiving++;
			if (error != 0) /* the peer is gone: nng left the answer to us */
				nng_msg_free(nng_aio_get_msg(request->aio));
		}
		request->step = STEP_RECEIVING;
		receive_again = true;
	}
	pthread_mutex_unlock(&server->lock);
	if (receive_again)
		receive(request);
	else
		wake_owner(server);
}

static int add_request(struct link_server *server)
{
	struct link_request *request;
	int error;

	if (server->request_count == server->waiting_max)
		return -ENOSPC;
	request = calloc(1, sizeof(*request));
	if (!request)
		return -ENOMEM;
	request->server = server;
	request->step = STEP_RECEIVING;
	error = nng_aio_alloc(&request->aio, step_done, request);
	if (error == 0) {
		nng_aio_set_timeout(request->aio, NNG_DURATION_INFINITE);
		error = nng_ctx_open(&request->context, server->socket);
		if (error != 0)
			nng_aio_free(request->aio);
	}
	if (error != 0) {
		free(request);
		return link_errno(error);
	}
	pthread_mutex_lock(&server->lock);
	server->receiving++;
	pthread_mutex_unlock(&server->lock);
	server->requests[server->request_count++] = request;
	receive(request);
	return 0;
}

static void pipe_changed(nng_pipe pipe, nng_pipe_ev change, void *argument)
{
	struct link_server *server = argument;

	(void)pipe;
	atomic_fetch_add(change == NNG_PIPE_EV_ADD_POST ? &server->accepted : &server->disconnected, 1);
}

static int listen_on(struct link_server *server, const char *url, size_t bytes_max, char *error_text, size_t error_bytes)
{
	nng_listener listener;
	int error = nng_listener_create(&listener, server->socket, url);

	if (error == 0)
		error = nng_listener_set_size(listener, NNG_OPT_RECVMAXSZ, bytes_max);
	if (error == 0)
		error = nng_listener_start(listener, 0);
	if (error != 0) {
		snprintf(error_text, error_bytes, "cannot listen on '%s': %s", url, nng_strerror(error));
		return link_errno(error);
	}
	server->listeners[server->listener_count++] = listener;
	return 0;
}

int link_server_open(const struct link_server_options *options, struct link_server **ret_server, char *error_text,
		     size_t error_bytes)
{
	struct link_server *server = calloc(1, sizeof(*server));
	int error = -ENOMEM;

	if (!server)
		return -ENOMEM;
	pthread_mutex_init(&server->lock, NULL);
	server->waiting_max = options->waiting_max > RECEIVERS_MIN ? options->waiting_max : RECEIVERS_MIN;
	server->wake_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->requests = calloc(server->waiting_max, sizeof(struct link_request *));
	server->listeners = calloc(options->url_count, sizeof(nng_listener));
	snprintf(error_text, error_bytes, "no memory");
	if (server->wake_descriptor < 0 || !server->requests || !server->listeners)
		goto failed;
	error = link_errno(nng_rep0_open(&server->socket));
	if (error < 0)
		goto failed;
	nng_pipe_notify(server->socket, NNG_PIPE_EV_ADD_POST, pipe_changed, server);
	nng_pipe_notify(server->socket, NNG_PIPE_EV_REM_POST, pipe_changed, server);
	for (size_t i = 0; error == 0 && i < RECEIVERS_MIN; i++)
		error = add_request(server);
	for (size_t i = 0; error == 0 && i < options->url_count; i++)
		error = listen_on(server, options->urls[i], options->request_bytes_max, error_text, error_bytes);
	if (error < 0)
		goto failed;
	*ret_server = server;
	return 0;
failed:
	link_server_free(server);
	return error;
}

struct link_server *link_server_free(struct link_server *server)
{
	if (!server)
		return NULL;
	pthread_mutex_lock(&server->lock);
	server->is_closing = true;
	pthread_mutex_unlock(&server->lock);
	if (nng_socket_id(server->socket) > 0)
		nng_close(server->socket);
	for (size_t i = 0; i < server->request_count; i++) {
		struct link_request *request = server->requests[i];

		nng_aio_stop(request->aio);
		if (request->message)
			nng_msg_free(request->message);
		nng_aio_free(request->aio);
		free(request);
	}
	if (server->wake_descriptor >= 0)
		close(server->wake_descriptor);
	pthread_mutex_destroy(&server->lock);
	free(server->listeners);
	free(server->requests);
	free(server);
	return NULL;
}

int link_server_port(const struct link_server *server, size_t url)
{
	nng_sockaddr address;

	if (url >= server->listener_count ||
	    nng_listener_get_addr(server->listeners[url], NNG_OPT_LOCADDR, &address) != 0)
		return -EINVAL;
	if (address.s_family == NNG_AF_INET)
		return (int)(((unsigned)address.s_in.sa_port & 0xff) << 8 | address.s_in.sa_port >> 8);
	if (address.s_family == NNG_AF_INET6)
		return (int)(((unsigned)address.s_in6.sa_port & 0xff) << 8 | address.s_in6.sa_port >> 8);
	return -EINVAL;
}

int link_server_descriptor(const struct link_server *server)
{
	return server->wake_descriptor;
}

struct link_request *link_server_next(struct link_server *server)
{
	struct link_request *request;
	size_t receiving;
	uint64_t count;

	pthread_mutex_lock(&server->lock);
	request = server->first;
	if (request) {
		server->first = request->next;
		if (!server->first)
			server->last = NULL;
	} else if (read(server->wake_descriptor, &count, sizeof count) < 0) {
		count = 0; /* nothing to clear */
	}
	receiving = server->receiving;
	pthread_mutex_unlock(&server->lock);
	/* Under the limit only; above it, peers wait until an answer frees a context. */
	if (receiving < RECEIVERS_MIN)
		add_request(server);
	return request;
}

struct text link_request_bytes(const struct link_request *request)
{
	return text_of(nng_msg_body(request->message), nng_msg_len(request->message));
}

void link_request_forget_bytes(struct link_request *request)
{
	nng_msg_free(request->message);
	request->message = NULL;
}

static void start_replying(struct link_request *request, nng_msg *answer)
{
	pthread_mutex_lock(&request->server->lock);
	request->step = STEP_REPLYING;
	pthread_mutex_unlock(&request->server->lock);
	nng_aio_set_msg(request->aio, answer);
	nng_ctx_send(request->context, request->aio);
}

void link_request_reply(struct link_request *request, struct text bytes)
{
	nng_msg *answer;

	if (nng_msg_alloc(&answer, bytes.length) != 0) {
		link_request_drop(request);
		return;
	}
	memcpy(nng_msg_body(answer), bytes.bytes, bytes.length);
	if (request->message)
		link_request_forget_bytes(request);
	start_replying(request, answer);
}

void link_request_drop(struct link_request *request)
{
	atomic_fetch_add(&request->server->malformed, 1);
	if (request->message) {
		nng_pipe pipe = nng_msg_get_pipe(request->message);

		link_request_forget_bytes(request);
		nng_pipe_close(pipe);
	}
	/* A context that is asked to receive again forgets the unanswered request. */
	pthread_mutex_lock(&request->server->lock);
	request->step = STEP_RECEIVING;
	request->server->receiving++;
	pthread_mutex_unlock(&request->server->lock);
	receive(request);
}

/* The listeners' own counts of connections that failed before they became peers. */
static uint64_t count_rejected(nng_stat *stat)
{
	static const char *const names[] = {"reject", "proto", "oom"};
	uint64_t total = 0;

	for (nng_stat *child = nng_stat_child(stat); child; child = nng_stat_next(child)) {
		if (nng_stat_child(child))
			total += count_rejected(child);
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (strcmp(nng_stat_name(child), names[i]) == 0)
				total += nng_stat_value(child);
	}
	return total;
}

void link_server_read_counters(struct link_server *server, struct link_server_counters *ret_counters)
{
	nng_stat *stats;

	*ret_counters = (struct link_server_counters){
		.accepted = atomic_load(&server->accepted),
		.disconnected = atomic_load(&server->disconnected),
		.requests = atomic_load(&server->request_total),
		.rejected = atomic_load(&server->malformed),
	};
	if (nng_stats_get(&stats) == 0) {
		ret_counters->rejected += count_rejected(stats);
		nng_stats_free(stats);
	}
}
