#include "agent/uplink/uplink.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/uplink/uplink_internal.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "proto/message_codec.h"

#define PROTOCOL_VERSION 1
#define RESPONSE_BYTES_MAX ((size_t)1 << 20)
#define CALL_TIMEOUT_MS 10000
#define LAST_CALL_TIMEOUT_MS 1000
#define RETRY_MS 500
#define SILENCE_MAX_NS (60 * NS_PER_S)
#define HEARTBEAT_DEFAULT_MS 10000
#define HEARTBEAT_MIN_MS 200
#define DELIVERY_ALERTS_MAX 500
#define DELIVERY_BYTES_MAX ((size_t)1 << 20)
#define LABELS_MAX 64

static const struct message_limits response_limits = {
	.message_bytes = RESPONSE_BYTES_MAX, .string_bytes = 4096, .repeated_count = 4096};

/* ---- calls ---- */

static ProtobufCBinaryData binary_of(const void *bytes, size_t length)
{
	union {
		const void *in;
		uint8_t *out;
	} cast = {bytes}; /* protobuf-c's type is not const; packing only reads */

	return (ProtobufCBinaryData){length, cast.out};
}

static char *string_of(const char *string)
{
	union {
		const char *in;
		char *out;
	} cast = {string ? string : ""};

	return cast.out;
}

Tercel__Link__AgentIdentity uplink_identity(const struct uplink *uplink)
{
	Tercel__Link__AgentIdentity identity = TERCEL__LINK__AGENT_IDENTITY__INIT;

	identity.agent_id = string_of(uplink->options->agent_id);
	identity.start_id = uplink->options->start_id;
	return identity;
}

/* Said again and again, it would fill the workload's standard error. */
static void log_new_answer(struct uplink *uplink, const char *answer)
{
	bool is_new;

	pthread_mutex_lock(&uplink->lock);
	is_new = strncmp(uplink->last_answer, answer, sizeof uplink->last_answer - 1) != 0;
	snprintf(uplink->last_answer, sizeof uplink->last_answer, "%s", answer);
	pthread_mutex_unlock(&uplink->lock);
	if (is_new)
		log_warning("the orchestrator says: %s", answer);
}

int uplink_call(struct uplink *uplink, Tercel__Link__Request *request, int timeout_ms, Tercel__Link__Response **ret_response)
{
	struct buffer sent = BUFFER_INIT, received = BUFFER_INIT;
	ProtobufCMessage *message = NULL;
	Tercel__Link__Response *response;
	int error;

	request->protocol_version = PROTOCOL_VERSION;
	request->token = binary_of(uplink->options->token.bytes, uplink->options->token.length);
	error = message_pack(&request->base, &sent);
	if (error == 0)
		error = link_client_call(uplink->client, buffer_text(&sent), timeout_ms, &received);
	if (error == 0)
		error = message_unpack(&tercel__link__response__descriptor, buffer_text(&received), &response_limits, &message);
	buffer_release(&sent);
	buffer_release(&received);
	if (error < 0)
		return error;
	response = (Tercel__Link__Response *)message;
	if (response->status != TERCEL__LINK__RESPONSE__STATUS__OK) {
		log_new_answer(uplink, response->message);
		message_free(message);
		return -EREMOTEIO;
	}
	*ret_response = response;
	return 0;
}

/* ---- what this thread says ---- */

static int say_hello(struct uplink *uplink, int *heartbeat_ms)
{
	const struct uplink_options *options = uplink->options;
	Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
	Tercel__Link__Register call = TERCEL__LINK__REGISTER__INIT;
	Tercel__Link__AgentIdentity identity = uplink_identity(uplink);
	Tercel__Link__Label labels[LABELS_MAX], *label_pointers[LABELS_MAX];
	char keys[LABELS_MAX][128], host_name[256] = "";
	Tercel__Link__Response *response;
	int error;

	gethostname(host_name, sizeof host_name - 1);
	call.agent = &identity;
	call.host_name = host_name;
	call.container_id = string_of(options->container_id);
	call.agent_version = string_of(TERCEL_VERSION);
	call.engine = string_of(options->engine);
	call.channel = string_of(options->channel);
	for (size_t i = 0; i < options->label_count && i < LABELS_MAX; i++) {
		const char *equals = strchr(options->labels[i], '=');
		int key_length = equals ? (int)(equals - options->labels[i]) : (int)strlen(options->labels[i]);

		tercel__link__label__init(&labels[i]);
		snprintf(keys[i], sizeof keys[i], "%.*s", key_length, options->labels[i]);
		labels[i].key = keys[i];
		labels[i].value = string_of(equals ? equals + 1 : "");
		label_pointers[i] = &labels[i];
		call.n_labels++;
	}
	call.labels = label_pointers;
	request.call_case = TERCEL__LINK__REQUEST__CALL_REGISTER;
	request.register_ = &call;
	error = uplink_call(uplink, &request, CALL_TIMEOUT_MS, &response);
	if (error < 0)
		return error;
	if (response->reply_case == TERCEL__LINK__RESPONSE__REPLY_REGISTER &&
	    response->register_->heartbeat_interval_ms >= HEARTBEAT_MIN_MS &&
	    response->register_->heartbeat_interval_ms <= HEARTBEAT_DEFAULT_MS)
		*heartbeat_ms = (int)response->register_->heartbeat_interval_ms;
	message_free(&response->base);
	return 0;
}

int uplink_send_heartbeat(struct uplink *uplink, bool is_last)
{
	Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
	Tercel__Link__Heartbeat call = TERCEL__LINK__HEARTBEAT__INIT;
	Tercel__Link__AgentIdentity identity = uplink_identity(uplink);
	Tercel__Link__BundleName running = TERCEL__LINK__BUNDLE_NAME__INIT;
	Tercel__Link__Refusal refusal = TERCEL__LINK__REFUSAL__INIT;
	Tercel__Link__Counter counters[AGENT_COUNTER_COUNT], *counter_pointers[AGENT_COUNTER_COUNT];
	struct control_message status;
	Tercel__Link__Response *response;
	int error;

	pthread_mutex_lock(&uplink->lock);
	status = uplink->status;
	pthread_mutex_unlock(&uplink->lock);
	if (status.status.has_running) {
		running.name = status.status.running.name;
		running.channel = status.status.running.channel;
		running.version = status.status.running.version;
		running.digest = binary_of(status.status.running.digest, CONTROL_DIGEST_BYTES);
		call.running = &running;
	}
	if (status.status.has_refusal) {
		refusal.code = status.status.refusal_code;
		refusal.message = status.status.refusal_message;
		refusal.digest = binary_of(status.status.refused_digest, CONTROL_DIGEST_BYTES);
		refusal.time_ns = status.status.refused_ns;
		call.last_refusal = &refusal;
	}
	for (unsigned i = 0; i < AGENT_COUNTER_COUNT; i++) {
		tercel__link__counter__init(&counters[i]);
		counters[i].name = string_of(agent_counter_name(i));
		counters[i].value = atomic_load(&uplink->share->counters[i]);
		counter_pointers[i] = &counters[i];
	}
	call.counters = counter_pointers;
	call.n_counters = AGENT_COUNTER_COUNT;
	call.agent = &identity;
	call.last_sequence = alert_ring_last_sequence(&uplink->ring);
	call.lost_alerts = alert_ring_lost(&uplink->ring);
	call.is_last = is_last;
	request.call_case = TERCEL__LINK__REQUEST__CALL_HEARTBEAT;
	request.heartbeat = &call;
	error = uplink_call(uplink, &request, is_last ? LAST_CALL_TIMEOUT_MS : CALL_TIMEOUT_MS, &response);
	if (error == 0)
		message_free(&response->base);
	return error;
}

/*
 * Delivers what is in the ring from *cursor on, one batch, and frees it once it is acknowledged. 1: delivered; 0: nothing
 * there; a negative errno: not acknowledged, *cursor is where it was.
 */
static int deliver(struct uplink *uplink, uint64_t *cursor)
{
	Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
	Tercel__Link__DeliverAlerts call = TERCEL__LINK__DELIVER_ALERTS__INIT;
	Tercel__Link__AgentIdentity identity = uplink_identity(uplink);
	ProtobufCBinaryData alerts[DELIVERY_ALERTS_MAX];
	Tercel__Link__Response *response;
	struct alert_ring_record record;
	uint64_t end = *cursor;
	size_t count = 0, bytes = 0;
	int error = 0;

	while (count < DELIVERY_ALERTS_MAX && bytes < DELIVERY_BYTES_MAX &&
	       (error = alert_ring_read(&uplink->ring, &end, &record)) == 1) {
		alerts[count++] = binary_of(record.bytes.bytes, record.bytes.length);
		bytes += record.bytes.length;
	}
	if (count == 0) {
		if (error < 0) { /* damaged and skipped; the loss is counted */
			alert_ring_release(&uplink->ring, end);
			*cursor = end;
		}
		return 0;
	}
	call.agent = &identity;
	call.alerts = alerts;
	call.n_alerts = count;
	request.call_case = TERCEL__LINK__REQUEST__CALL_DELIVER_ALERTS;
	request.deliver_alerts = &call;
	error = uplink_call(uplink, &request, CALL_TIMEOUT_MS, &response);
	if (error < 0)
		return error;
	message_free(&response->base);
	alert_ring_release(&uplink->ring, end);
	*cursor = end;
	return 1;
}

/* ---- the loop ---- */

static bool must_stop(const struct uplink *uplink, int wait_ms)
{
	struct pollfd polled = {uplink->options->stop_descriptor, POLLIN, 0};

	return poll(&polled, 1, wait_ms) > 0;
}

static void run_deliveries(struct uplink *uplink)
{
	uint64_t cursor = alert_ring_released(&uplink->ring), next_heartbeat_ns = 0;
	int heartbeat_ms = HEARTBEAT_DEFAULT_MS;
	uint64_t answered_ns = clock_monotonic_ns();
	bool is_registered = false;

	while (!must_stop(uplink, 0)) {
		uint64_t now_ns = clock_monotonic_ns();
		int error = 0;

		atomic_store(&uplink->share->uplink_alive_ns, now_ns);
		if (!is_registered) {
			error = say_hello(uplink, &heartbeat_ms);
			is_registered = error == 0;
			atomic_store(&uplink->share->uplink_is_connected, is_registered);
		}
		if (error == 0 && now_ns >= next_heartbeat_ns) {
			error = uplink_send_heartbeat(uplink, false);
			next_heartbeat_ns = now_ns + (uint64_t)heartbeat_ms * NS_PER_MS;
		}
		if (error == 0)
			error = deliver(uplink, &cursor);
		now_ns = clock_monotonic_ns();
		if (error == 0 || error == -EREMOTEIO)
			answered_ns = now_ns;
		/* A handshake that the peer does not finish blocks nng's dialer for ever. init starts a new process. */
		if (now_ns - answered_ns > SILENCE_MAX_NS)
			_exit(EXIT_STATUS_IO);
		if (error == 0 && now_ns < next_heartbeat_ns)
			alert_ring_wait(&uplink->ring, cursor, (int)((next_heartbeat_ns - now_ns) / NS_PER_MS) + 1);
		else if (error < 0 && must_stop(uplink, RETRY_MS))
			break;
	}
	/* init waits until the ring is empty before it says stop, unless its patience is at its end. */
	while (deliver(uplink, &cursor) > 0)
		continue;
	uplink_send_heartbeat(uplink, true);
}

static int open_uplink(struct uplink *uplink, const struct uplink_options *options)
{
	char error_text[256];
	int error = alert_ring_open(options->ring_descriptor, &uplink->ring);

	if (error == 0)
		error = agent_share_map(options->share_descriptor, &uplink->share);
	if (error < 0) {
		log_error("uplink: cannot use what init handed over: %s", strerror(-error));
		return error;
	}
	error = link_client_open(&(struct link_client_options){.url = options->url,
							       .authorities = options->authorities,
							       .proxy_url = options->proxy_url,
							       .response_bytes_max = RESPONSE_BYTES_MAX},
				 &uplink->client, error_text, sizeof error_text);
	if (error < 0)
		log_error("%s", error_text);
	return error;
}

int uplink_run(const struct uplink_options *options)
{
	struct uplink *uplink = calloc(1, sizeof(*uplink));
	pthread_t bundles;

	if (!uplink)
		return EXIT_STATUS_IO;
	uplink->options = options;
	pthread_mutex_init(&uplink->lock, NULL);
	if (open_uplink(uplink, options) < 0 || pthread_create(&bundles, NULL, uplink_follow_bundles, uplink) != 0)
		return EXIT_STATUS_IO;
	run_deliveries(uplink);
	atomic_store(&uplink->is_stopping, true);
	link_client_cancel(uplink->client);
	pthread_join(bundles, NULL);
	link_client_free(uplink->client);
	alert_ring_close(&uplink->ring);
	free(uplink);
	return EXIT_STATUS_OK;
}
