#include "orchestrator/sync/service.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/log.h"
#include "orchestrator/collect/collect.h"
#include "orchestrator/sync/service_internal.h"
#include "proto/message_codec.h"

#define PROTOCOL_VERSION 1
#define WAITING_MAX 20000
#define PARKED_GROWTH 64
#define SINK_WAIT_NS (8 * NS_PER_S) /* agents wait 10 s for an answer */
#define ALERTS_PER_DELIVERY_MAX 4096
#define STRING_BYTES_MAX 4096

static const struct message_limits request_limits = {
	.message_bytes = REQUEST_BYTES_MAX, .string_bytes = STRING_BYTES_MAX, .repeated_count = ALERTS_PER_DELIVERY_MAX};

const char *service_counter_name(enum service_counter counter)
{
	static const char *const names[] = {
#define COUNTER(constant, name, meaning) name,
#include "orchestrator/counters.def"
#undef COUNTER
	};

	return names[counter];
}

const char *service_error(const struct service *service)
{
	return service->error;
}

/* ---- answers ---- */

int service_answer_now(struct service *service, struct link_request *request, const Tercel__Link__Response *response)
{
	struct buffer *buffer = batch_answer(&service->batch, request);

	/* A failure is in the buffer: batch_finish() answers "unavailable". */
	if (message_pack(&response->base, buffer) < 0)
		buffer->failed = true;
	return 0;
}

int service_answer_status(struct service *service, struct link_request *request, Tercel__Link__Response__Status status,
			  const char *message)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;

	response.status = status;
	response.message = string_of(message);
	return service_answer_now(service, request, &response);
}

static void send_answer(void *context, void *request, struct text answer)
{
	(void)context;
	link_request_reply(request, answer);
}

/* ---- the state of the store ---- */

static void note_store_failure(struct service *service)
{
	if (!service->store_problem[0]) {
		service->store_problem_ns = clock_realtime_ns();
		log_warning("the database failed, and nothing is acknowledged until it works again: %s",
			    store_error(service->store));
		/* The first cause: later ones may only say that a transaction is gone. */
		snprintf(service->store_problem, sizeof service->store_problem, "%s", store_error(service->store));
	}
}

static void note_store_success(struct service *service)
{
	if (service->store_problem[0])
		log_info("the database works again");
	service->store_problem[0] = '\0';
}

/* Some at a time, so that nobody waits long. */
static void remove_old_alerts(struct service *service)
{
	const struct service_options *options = &service->options;
	struct store_retention retention = {.keep_count = options->keep_alerts};
	uint64_t now_ns = clock_monotonic_ns(), since_s = clock_realtime_ns() / NS_PER_S, removed = 0;

	if ((options->keep_alerts == 0 && options->keep_s == 0) || now_ns < service->removal_due_ns)
		return;
	if (options->keep_s > 0 && options->keep_s < since_s)
		retention.keep_since_ns = (since_s - options->keep_s) * NS_PER_S;
	if (store_remove_alerts(service->store, &retention, REMOVED_AT_ONCE_MAX, &removed) < 0)
		note_store_failure(service);
	service->counters[COUNTER_ALERTS_REMOVED] += removed;
	service->removal_due_ns = removed == REMOVED_AT_ONCE_MAX ? 0 : now_ns + REMOVAL_INTERVAL_NS;
}

/* ---- long-polls ---- */

bool service_park(struct service *service, const struct parked *parked)
{
	if (service->parked_count == service->parked_capacity) {
		size_t capacity = service->parked_capacity + PARKED_GROWTH;
		struct parked *grown;

		if (capacity > WAITING_MAX / 2)
			return false;
		grown = realloc(service->parked, capacity * sizeof(*grown));
		if (!grown)
			return false;
		service->parked = grown;
		service->parked_capacity = capacity;
	}
	service->parked[service->parked_count++] = *parked;
	service->was_parked = true;
	return true;
}

/*
 * Commits. Deliveries that wait for a sink wait for alerts that are in the store from now on; when the commit failed,
 * their agents are to send them again.
 */
static void finish_batch(struct service *service)
{
	bool has_written = service->batch.is_writing;
	int error = batch_finish(&service->batch);

	service->counters[COUNTER_COMMITS_FAILED] += error < 0;
	if (error < 0)
		note_store_failure(service);
	else if (has_written && !service->has_failed_write)
		note_store_success(service);
	service->has_failed_write = false;
	for (size_t i = 0; i < service->parked_count; i++) {
		struct parked *parked = &service->parked[i];

		if (parked->kind != PARKED_FOR_SINK || parked->is_committed)
			continue;
		parked->is_committed = error == 0;
		if (error < 0)
			parked->deadline_ns = 0;
	}
}

static void flush_if_full(struct service *service)
{
	if (service->batch.count == BATCH_REQUESTS_MAX)
		finish_batch(service);
}

static int acknowledge(struct service *service, struct link_request *request, uint64_t last_sequence, uint64_t duplicates)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__AlertsAcknowledged acknowledged = TERCEL__LINK__ALERTS_ACKNOWLEDGED__INIT;

	acknowledged.last_sequence = last_sequence;
	acknowledged.duplicates = (uint32_t)duplicates;
	response.reply_case = TERCEL__LINK__RESPONSE__REPLY_ALERTS_ACKNOWLEDGED;
	response.alerts_acknowledged = &acknowledged;
	return service_answer_now(service, request, &response);
}

/* A delivery whose alerts the sink does not take in time is not acknowledged: its agent keeps them and asks again. */
static bool answer_parked_delivery(struct service *service, const struct parked *parked, bool is_late)
{
	if (parked->is_committed && service->alerts_out.passed_on >= parked->after_id)
		acknowledge(service, parked->request, parked->last_sequence, parked->duplicates);
	else if (is_late)
		service_answer_status(service, parked->request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
				      "the alerts could not be passed on yet");
	else
		return false;
	return true;
}

static bool is_answered_now(struct service *service, struct parked *parked, bool is_late)
{
	switch (parked->kind) {
	case PARKED_FOR_BUNDLE:
		return (is_late || service->has_new_bundle) && answer_parked_bundle(service, parked, is_late);
	case PARKED_FOR_ALERTS:
		return (is_late || service->has_new_alerts) && answer_parked_alerts(service, parked, is_late);
	case PARKED_FOR_SINK:
		break;
	}
	return answer_parked_delivery(service, parked, is_late);
}

/* Answers those that something happened for, and those whose time is over. */
static void look_at_parked(struct service *service)
{
	uint64_t now_ns = clock_monotonic_ns();
	size_t kept = 0;

	for (size_t i = 0; i < service->parked_count; i++) {
		struct parked *parked = &service->parked[i];

		if (is_answered_now(service, parked, parked->deadline_ns <= now_ns))
			free(parked->channel);
		else
			service->parked[kept++] = *parked;
		flush_if_full(service);
	}
	service->parked_count = kept;
	service->has_new_alerts = service->has_new_bundle = false;
}

static int poll_timeout_ms(const struct service *service, bool store_failed)
{
	uint64_t now_ns = clock_monotonic_ns(), nearest_ns = UINT64_MAX;

	for (size_t i = 0; i < service->parked_count; i++)
		if (service->parked[i].deadline_ns < nearest_ns)
			nearest_ns = service->parked[i].deadline_ns;
	for (size_t i = 0; i < UPLOADS_MAX; i++)
		if (service->uploads[i].touched_ns && service->uploads[i].touched_ns + UPLOAD_IDLE_NS < nearest_ns)
			nearest_ns = service->uploads[i].touched_ns + UPLOAD_IDLE_NS;
	if (store_failed && now_ns + STORE_RETRY_NS < nearest_ns)
		nearest_ns = now_ns + STORE_RETRY_NS;
	if ((service->options.keep_alerts || service->options.keep_s) && service->removal_due_ns < nearest_ns)
		nearest_ns = service->removal_due_ns;
	if (nearest_ns == UINT64_MAX)
		return -1;
	return nearest_ns <= now_ns ? 0 : (int)((nearest_ns - now_ns) / NS_PER_MS) + 1;
}

/* ---- requests ---- */

static int handle_delivery(struct service *service, struct link_request *request, const Tercel__Link__DeliverAlerts *call)
{
	struct parked parked = {.request = request, .kind = PARKED_FOR_SINK};
	struct collect_result result;
	int error;

	if (!call->agent || !call->agent->agent_id[0])
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__BAD_REQUEST,
					     "alerts without the agent they come from");
	error = collect_alerts(&service->batch, call, &result);
	if (error < 0)
		return error;
	service->counters[COUNTER_ALERTS_STORED] += result.stored;
	service->counters[COUNTER_ALERTS_DUPLICATE] += result.duplicates;
	service->counters[COUNTER_ALERTS_MALFORMED] += result.malformed;
	if (result.stored > 0)
		service->has_new_alerts = true;
	if (service->options.acknowledge == ACKNOWLEDGE_DISK)
		return acknowledge(service, request, result.last_sequence, result.duplicates);
	/* Duplicates too may not have been passed on yet, so everything that is there has to be. */
	error = store_last_alert_id(service->store, &parked.after_id);
	if (error < 0)
		return error;
	parked.deadline_ns = clock_monotonic_ns() + SINK_WAIT_NS;
	parked.last_sequence = result.last_sequence;
	parked.duplicates = result.duplicates;
	if (service_park(service, &parked))
		return 0;
	return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
				     "too many deliveries wait to be passed on");
}

static bool token_is_right(const struct service *service, const Tercel__Link__Request *message)
{
	struct text expected = service->options.token;

	return expected.length == 0 || (message->token.len == expected.length &&
					sodium_memcmp(message->token.data, expected.bytes, expected.length) == 0);
}

/* Who asks sees what is committed only, and is answered even when nothing can be. */
static bool is_query(const Tercel__Link__Request *message)
{
	return message->call_case == TERCEL__LINK__REQUEST__CALL_STATUS_QUERY ||
	       message->call_case == TERCEL__LINK__REQUEST__CALL_ALERTS_QUERY ||
	       message->call_case == TERCEL__LINK__REQUEST__CALL_PULL_CHUNK ||
	       message->call_case == TERCEL__LINK__REQUEST__CALL_WAIT_FOR_BUNDLE;
}

static int dispatch(struct service *service, struct link_request *request, const Tercel__Link__Request *message)
{
	if (service->batch.is_writing && is_query(message))
		finish_batch(service);
	switch (message->call_case) {
	case TERCEL__LINK__REQUEST__CALL_REGISTER:
		return handle_register(service, request, message->register_);
	case TERCEL__LINK__REQUEST__CALL_WAIT_FOR_BUNDLE:
		return handle_wait_for_bundle(service, request, message->wait_for_bundle);
	case TERCEL__LINK__REQUEST__CALL_PULL_CHUNK:
		return handle_pull_chunk(service, request, message->pull_chunk);
	case TERCEL__LINK__REQUEST__CALL_DELIVER_ALERTS:
		return handle_delivery(service, request, message->deliver_alerts);
	case TERCEL__LINK__REQUEST__CALL_HEARTBEAT:
		return handle_heartbeat(service, request, message->heartbeat);
	case TERCEL__LINK__REQUEST__CALL_PUBLISH_CHUNK:
		return handle_publish_chunk(service, request, message->publish_chunk);
	case TERCEL__LINK__REQUEST__CALL_STATUS_QUERY:
		return handle_status_query(service, request);
	case TERCEL__LINK__REQUEST__CALL_ALERTS_QUERY:
		return handle_alerts_query(service, request, message->alerts_query);
	default:
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__BAD_REQUEST,
					     "a call that this orchestrator does not know");
	}
}

static void handle_request(struct service *service, struct link_request *request)
{
	const Tercel__Link__Request *message;
	ProtobufCMessage *unpacked;
	int error = message_unpack(&tercel__link__request__descriptor, link_request_bytes(request), &request_limits,
				   &unpacked);

	if (error < 0) {
		service->counters[COUNTER_REQUESTS_MALFORMED]++;
		if (error == -ENOMEM)
			service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE, "no memory");
		else
			link_request_drop(request);
		return;
	}
	message = (const Tercel__Link__Request *)unpacked;
	if (!token_is_right(service, message)) {
		service->counters[COUNTER_REQUESTS_UNAUTHORIZED]++;
		service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAUTHORIZED,
				      "wrong or missing token");
	} else if (message->protocol_version != PROTOCOL_VERSION) {
		service->counters[COUNTER_REQUESTS_MALFORMED]++;
		service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__BAD_REQUEST,
				      "this orchestrator speaks version 1 of the protocol");
	} else if (dispatch(service, request, message) < 0) {
		service->has_failed_write = true;
		note_store_failure(service);
		service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
				      "the database failed");
	}
	message_free(unpacked);
	if (service->was_parked)
		link_request_forget_bytes(request);
	service->was_parked = false;
}

static void handle_batch(struct service *service)
{
	struct link_request *request;

	while (service->batch.count < BATCH_REQUESTS_MAX && (request = link_server_next(service->server)))
		handle_request(service, request);
	finish_batch(service);
}

int service_run(struct service *service, int stop_descriptor)
{
	struct pollfd polled[3] = {{link_server_descriptor(service->server), POLLIN, 0},
				   {stop_descriptor, POLLIN, 0},
				   {service->options.alerts_descriptor, POLLOUT, 0}};
	bool reader_is_slow = false, store_failed = false;

	/* What was committed before the last stop and not written to standard output. */
	service->has_new_alerts = true;
	for (;;) {
		int error = 0;

		if (service->has_new_alerts || reader_is_slow || store_failed)
			error = sink_stdout_run(&service->alerts_out);
		reader_is_slow = error == 1;
		store_failed = error == SINK_STORE_FAILED;
		if (store_failed)
			note_store_failure(service);
		if (error < 0) {
			snprintf(service->error, sizeof service->error, "cannot write alerts: %s", strerror(-error));
			return error;
		}
		look_at_parked(service);
		drop_idle_uploads(service);
		finish_batch(service);
		remove_old_alerts(service);
		if (poll(polled, reader_is_slow ? 3 : 2, poll_timeout_ms(service, store_failed)) < 0 && errno != EINTR)
			return -errno;
		if (polled[1].revents)
			return 0;
		handle_batch(service);
	}
}

/* ---- opening and closing ---- */

int service_open(const struct service_options *options, struct service **ret_service, char *error_text, size_t error_bytes)
{
	static const char unavailable[] = {8, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE}; /* field 1, varint */
	struct service *service = calloc(1, sizeof(*service));
	struct link_server_options link = {options->urls, options->url_count, REQUEST_BYTES_MAX, WAITING_MAX};
	int error;

	snprintf(error_text, error_bytes, "no memory");
	if (!service)
		return -ENOMEM;
	service->options = *options;
	service->token = text_duplicate(options->token);
	if (!service->token) {
		service_free(service);
		return -ENOMEM;
	}
	service->options.token = text_of(service->token, options->token.length);
	error = store_open(options->state_directory, &service->store, error_text, error_bytes);
	if (error == 0)
		error = sink_stdout_open(&service->alerts_out, service->store, options->alerts_descriptor);
	if (error == 0) {
		batch_init(&service->batch, service->store, send_answer, service,
			   text_of(unavailable, sizeof unavailable));
		error = link_server_open(&link, &service->server, error_text, error_bytes);
	}
	if (error < 0) {
		service_free(service);
		return error;
	}
	*ret_service = service;
	return 0;
}

struct service *service_free(struct service *service)
{
	if (!service)
		return NULL;
	link_server_free(service->server);
	for (size_t i = 0; i < service->parked_count; i++)
		free(service->parked[i].channel);
	free(service->parked);
	for (size_t i = 0; i < UPLOADS_MAX; i++)
		buffer_release(&service->uploads[i].bytes);
	batch_release(&service->batch);
	sink_stdout_release(&service->alerts_out);
	store_free(service->store);
	free(service->token);
	free(service);
	return NULL;
}

int service_port(const struct service *service)
{
	return link_server_port(service->server, 0);
}
