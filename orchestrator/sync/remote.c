#include "orchestrator/sync/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "catalog/catalog.h"
#include "orchestrator/sync/service_internal.h"
#include "proto/bundle_seal.h"
#include "proto/link/link_client.h"
#include "proto/message_codec.h"

#define CALL_TIMEOUT_MS 10000
#define RESPONSE_BYTES_MAX ((size_t)64 << 20)

static const struct message_limits response_limits = {
	.message_bytes = RESPONSE_BYTES_MAX, .string_bytes = 1 << 16, .repeated_count = 100000};

struct remote {
	struct link_client *client;
	char *token;
	size_t token_bytes;
	char url[256];
	char error[512];
};

int remote_open(const char *url, struct text token, struct text authorities, struct remote **ret_remote, char *error_text,
		size_t error_bytes)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	int error = -ENOMEM;

	snprintf(error_text, error_bytes, "no memory");
	if (remote && (remote->token = text_duplicate(token))) {
		remote->token_bytes = token.length;
		snprintf(remote->url, sizeof remote->url, "%s", url);
		error = link_client_open(&(struct link_client_options){.url = url,
								       .authorities = authorities,
								       .response_bytes_max = RESPONSE_BYTES_MAX},
					 &remote->client, error_text, error_bytes);
	}
	if (error < 0) {
		remote_free(remote);
		return error;
	}
	*ret_remote = remote;
	return 0;
}

struct remote *remote_free(struct remote *remote)
{
	if (remote) {
		link_client_free(remote->client);
		free(remote->token);
		free(remote);
	}
	return NULL;
}

const char *remote_error(const struct remote *remote)
{
	return remote->error;
}

/* 0 and *ret_response (message_free() its base), or an error as remote.h says. */
static int call(struct remote *remote, Tercel__Link__Request *request, uint32_t more_timeout_ms,
		Tercel__Link__Response **ret_response)
{
	struct buffer sent = BUFFER_INIT, received = BUFFER_INIT;
	ProtobufCMessage *message = NULL;
	Tercel__Link__Response *response;
	int error;

	request->protocol_version = 1;
	request->token = binary_of(remote->token, remote->token_bytes);
	error = message_pack(&request->base, &sent);
	if (error == 0)
		error = link_client_call(remote->client, buffer_text(&sent), CALL_TIMEOUT_MS + (int)more_timeout_ms,
					 &received);
	if (error == 0)
		error = message_unpack(&tercel__link__response__descriptor, buffer_text(&received), &response_limits, &message);
	buffer_release(&sent);
	buffer_release(&received);
	if (error < 0) {
		snprintf(remote->error, sizeof remote->error, "no answer from the orchestrator at '%s': %s", remote->url,
			 strerror(-error));
		return error;
	}
	response = (Tercel__Link__Response *)message;
	if (response->status != TERCEL__LINK__RESPONSE__STATUS__OK) {
		snprintf(remote->error, sizeof remote->error, "the orchestrator says: %s",
			 response->message[0] ? response->message : "no");
		message_free(message);
		return -EREMOTEIO;
	}
	*ret_response = response;
	return 0;
}

static int unexpected(struct remote *remote, Tercel__Link__Response *response)
{
	snprintf(remote->error, sizeof remote->error, "the orchestrator at '%s' gave an answer that does not fit", remote->url);
	message_free(&response->base);
	return -EBADMSG;
}

/* ---- publish ---- */

int remote_publish(struct remote *remote, struct text bundle, struct buffer *ret_summary)
{
	uint8_t digest[STORE_DIGEST_BYTES];
	uint64_t offset = 0;

	bundle_file_digest(bundle, digest);
	for (;;) {
		Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
		Tercel__Link__PublishChunk chunk = TERCEL__LINK__PUBLISH_CHUNK__INIT;
		struct text piece = text_slice(bundle, (size_t)offset, CHUNK_BYTES_MAX);
		Tercel__Link__Response *response;
		int error;

		chunk.digest = binary_of(digest, sizeof digest);
		chunk.total_bytes = bundle.length;
		chunk.offset = offset;
		chunk.bytes = binary_of(piece.bytes, piece.length);
		request.call_case = TERCEL__LINK__REQUEST__CALL_PUBLISH_CHUNK;
		request.publish_chunk = &chunk;
		error = call(remote, &request, 0, &response);
		if (error < 0)
			return error;
		if (response->reply_case != TERCEL__LINK__RESPONSE__REPLY_PUBLISH)
			return unexpected(remote, response);
		if (response->publish->is_complete && response->publish->bundle) {
			const Tercel__Link__BundleName *name = response->publish->bundle;

			buffer_printf(ret_summary, "published %s, version %llu, channel %s\n", name->name,
				      (unsigned long long)name->version, name->channel);
			message_free(&response->base);
			return 0;
		}
		message_free(&response->base);
		offset += piece.length;
		if (offset >= bundle.length) {
			snprintf(remote->error, sizeof remote->error, "the orchestrator lost a part of the bundle; publish again");
			return -EAGAIN;
		}
	}
}

/* ---- status ---- */

static void hex_of(const ProtobufCBinaryData *digest, size_t shown_bytes, char *hex)
{
	size_t count = digest->len < shown_bytes ? digest->len : shown_bytes;

	hex[0] = '\0';
	for (size_t i = 0; i < count; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest->data[i]);
}

static void time_text(uint64_t time_ns, char *text, size_t text_bytes)
{
	time_t seconds = (time_t)(time_ns / NS_PER_S);
	struct tm parts;

	if (time_ns == 0 || !gmtime_r(&seconds, &parts) || strftime(text, text_bytes, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		snprintf(text, text_bytes, "-");
}

static void text_bundle_name(struct buffer *out, const Tercel__Link__BundleName *name)
{
	char hex[17];

	if (!name || name->digest.len == 0) {
		buffer_append_string(out, "none");
		return;
	}
	hex_of(&name->digest, 8, hex);
	buffer_printf(out, "%s %llu (%s, %s)", name->name, (unsigned long long)name->version, name->channel, hex);
}

static void text_refusal(struct buffer *out, const char *indentation, const Tercel__Link__Refusal *refusal)
{
	char when[32];

	if (!refusal || !refusal->code[0])
		return;
	time_text(refusal->time_ns, when, sizeof when);
	buffer_printf(out, "%srefused at %s: %s: %s\n", indentation, when, refusal->code, refusal->message);
}

static void text_status(struct buffer *out, const Tercel__Link__StatusReply *status)
{
	char when[32];

	buffer_printf(out, "bundles: %zu\n", status->n_bundles);
	for (size_t i = 0; i < status->n_bundles; i++) {
		const Tercel__Link__PublishedBundle *bundle = status->bundles[i];

		time_text(bundle->published_ns, when, sizeof when);
		buffer_append_string(out, "  ");
		text_bundle_name(out, bundle->bundle);
		buffer_printf(out, ", %llu bytes, published %s, running on %u\n", (unsigned long long)bundle->size_bytes, when,
			      bundle->agents_running);
	}
	text_refusal(out, "  last publication ", status->last_refusal);
	buffer_printf(out, "agents: %zu\n", status->n_agents);
	for (size_t i = 0; i < status->n_agents; i++) {
		const Tercel__Link__AgentStatus *agent = status->agents[i];

		time_text(agent->last_seen_ns, when, sizeof when);
		buffer_printf(out, "  %s%s: ", agent->agent_id, agent->has_ended ? " (ended)" : "");
		text_bundle_name(out, agent->running);
		buffer_printf(out, ", %llu alerts of %llu, %llu lost, engine %s, last seen %s\n",
			      (unsigned long long)agent->alerts_stored, (unsigned long long)agent->last_sequence,
			      (unsigned long long)agent->lost_alerts, agent->engine[0] ? agent->engine : "-", when);
		text_refusal(out, "    ", agent->last_refusal);
	}
	buffer_printf(out, "alerts: %llu\n", (unsigned long long)status->alerts_stored);
	if (status->database_problem[0]) {
		time_text(status->database_problem_ns, when, sizeof when);
		buffer_printf(out, "nothing can be stored since %s: %s\n", when, status->database_problem);
	}
	buffer_append_string(out, "counters:\n");
	for (size_t i = 0; i < status->n_counters; i++)
		buffer_printf(out, "  %s %llu\n", status->counters[i]->name, (unsigned long long)status->counters[i]->value);
}

static void json_member(struct json_writer *writer, const char *key, const char *value)
{
	json_key(writer, text_from_string(key));
	json_string(writer, text_from_string(value));
}

static void json_number(struct json_writer *writer, const char *key, uint64_t value)
{
	json_key(writer, text_from_string(key));
	json_unsigned(writer, value);
}

static void json_bundle_name(struct json_writer *writer, const char *key, const Tercel__Link__BundleName *name)
{
	char hex[2 * STORE_DIGEST_BYTES + 1];

	json_key(writer, text_from_string(key));
	if (!name || name->digest.len == 0) {
		json_null(writer);
		return;
	}
	hex_of(&name->digest, STORE_DIGEST_BYTES, hex);
	json_begin_object(writer);
	json_member(writer, "name", name->name);
	json_member(writer, "channel", name->channel);
	json_number(writer, "version", name->version);
	json_member(writer, "digest", hex);
	json_end_object(writer);
}

static void json_refusal(struct json_writer *writer, const Tercel__Link__Refusal *refusal)
{
	char hex[2 * STORE_DIGEST_BYTES + 1];

	json_key(writer, TEXT("last_refusal"));
	if (!refusal || !refusal->code[0]) {
		json_null(writer);
		return;
	}
	hex_of(&refusal->digest, STORE_DIGEST_BYTES, hex);
	json_begin_object(writer);
	json_member(writer, "code", refusal->code);
	json_member(writer, "message", refusal->message);
	json_member(writer, "digest", hex);
	json_number(writer, "time_ns", refusal->time_ns);
	json_end_object(writer);
}

static void json_counters(struct json_writer *writer, Tercel__Link__Counter *const *counters, size_t count)
{
	json_key(writer, TEXT("counters"));
	json_begin_object(writer);
	for (size_t i = 0; i < count; i++)
		json_number(writer, counters[i]->name, counters[i]->value);
	json_end_object(writer);
}

static void json_agent(struct json_writer *writer, const Tercel__Link__AgentStatus *agent)
{
	json_begin_object(writer);
	json_member(writer, "agent_id", agent->agent_id);
	json_member(writer, "host_name", agent->host_name);
	json_member(writer, "container_id", agent->container_id);
	json_member(writer, "version", agent->agent_version);
	json_member(writer, "engine", agent->engine);
	json_member(writer, "channel", agent->channel);
	json_key(writer, TEXT("labels"));
	json_begin_object(writer);
	for (size_t i = 0; i < agent->n_labels; i++)
		json_member(writer, agent->labels[i]->key, agent->labels[i]->value);
	json_end_object(writer);
	json_bundle_name(writer, "running", agent->running);
	json_refusal(writer, agent->last_refusal);
	json_number(writer, "last_seen_ns", agent->last_seen_ns);
	json_number(writer, "alerts_stored", agent->alerts_stored);
	json_number(writer, "last_sequence", agent->last_sequence);
	json_number(writer, "lost_alerts", agent->lost_alerts);
	json_key(writer, TEXT("has_ended"));
	json_bool(writer, agent->has_ended);
	json_counters(writer, agent->counters, agent->n_counters);
	json_end_object(writer);
}

static void json_status(struct buffer *out, const Tercel__Link__StatusReply *status)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	json_member(&writer, "version", status->version);
	json_key(&writer, TEXT("agents"));
	json_begin_array(&writer);
	for (size_t i = 0; i < status->n_agents; i++)
		json_agent(&writer, status->agents[i]);
	json_end_array(&writer);
	json_key(&writer, TEXT("bundles"));
	json_begin_array(&writer);
	for (size_t i = 0; i < status->n_bundles; i++) {
		const Tercel__Link__PublishedBundle *bundle = status->bundles[i];

		json_begin_object(&writer);
		json_bundle_name(&writer, "bundle", bundle->bundle);
		json_number(&writer, "size_bytes", bundle->size_bytes);
		json_number(&writer, "published_ns", bundle->published_ns);
		json_number(&writer, "expires_s", bundle->expires_s);
		json_number(&writer, "agents_running", bundle->agents_running);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_refusal(&writer, status->last_refusal);
	json_number(&writer, "alerts_stored", status->alerts_stored);
	json_key(&writer, TEXT("database_problem"));
	if (status->database_problem[0]) {
		json_begin_object(&writer);
		json_member(&writer, "message", status->database_problem);
		json_number(&writer, "time_ns", status->database_problem_ns);
		json_end_object(&writer);
	} else {
		json_null(&writer);
	}
	json_counters(&writer, status->counters, status->n_counters);
	json_end_object(&writer);
	buffer_append_byte(out, '\n');
}

int remote_status(struct remote *remote, bool as_json, struct buffer *out)
{
	Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
	Tercel__Link__StatusQuery query = TERCEL__LINK__STATUS_QUERY__INIT;
	Tercel__Link__Response *response;
	int error;

	request.call_case = TERCEL__LINK__REQUEST__CALL_STATUS_QUERY;
	request.status_query = &query;
	error = call(remote, &request, 0, &response);
	if (error < 0)
		return error;
	if (response->reply_case != TERCEL__LINK__RESPONSE__REPLY_STATUS_REPLY)
		return unexpected(remote, response);
	if (as_json)
		json_status(out, response->status_reply);
	else
		text_status(out, response->status_reply);
	message_free(&response->base);
	return out->failed ? -ENOMEM : 0;
}

/* ---- alerts ---- */

int remote_alerts(struct remote *remote, bool as_json, uint32_t timeout_ms, uint64_t *after_id, struct buffer *out)
{
	Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
	Tercel__Link__AlertsQuery query = TERCEL__LINK__ALERTS_QUERY__INIT;
	Tercel__Link__Response *response;
	int error;

	query.after_id = *after_id;
	query.timeout_ms = timeout_ms;
	request.call_case = TERCEL__LINK__REQUEST__CALL_ALERTS_QUERY;
	request.alerts_query = &query;
	error = call(remote, &request, timeout_ms, &response);
	if (error < 0)
		return error;
	if (response->reply_case != TERCEL__LINK__RESPONSE__REPLY_ALERTS_REPLY)
		return unexpected(remote, response);
	for (size_t i = 0; i < response->alerts_reply->n_alerts; i++) {
		const Tercel__Link__StoredAlert *alert = response->alerts_reply->alerts[i];

		if (as_json)
			buffer_append(out, alert->json.data, alert->json.len);
		else
			buffer_printf(out, "%llu %s %s: %s #%llu", (unsigned long long)alert->id,
				      priority_name(alert->priority), alert->rule, alert->agent ? alert->agent->agent_id : "",
				      (unsigned long long)alert->sequence);
		buffer_append_byte(out, '\n');
		*after_id = alert->id;
	}
	message_free(&response->base);
	return out->failed ? -ENOMEM : 0;
}
