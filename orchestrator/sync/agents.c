/* Agents say who they are, and every few seconds how they are. */
#include <stdio.h>

#include "base/clock.h"
#include "orchestrator/sync/service_internal.h"

#define LISTED_MAX 256 /* labels or counters of one agent */

static bool has_identity(const Tercel__Link__AgentIdentity *agent)
{
	return agent && agent->agent_id[0];
}

int handle_register(struct service *service, struct link_request *request, const Tercel__Link__Register *call)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__RegisterReply reply = TERCEL__LINK__REGISTER_REPLY__INIT;
	struct buffer labels = BUFFER_INIT;
	int error;

	if (!has_identity(call->agent))
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__BAD_REQUEST,
					     "an agent without an id");
	for (size_t i = 0; i < call->n_labels && i < LISTED_MAX; i++)
		buffer_printf(&labels, "%s=%s\n", call->labels[i]->key, call->labels[i]->value);
	error = batch_begin_write(&service->batch);
	if (error == 0)
		error = store_register_agent(service->store, &(struct store_agent){
								     .agent_id = text_from_string(call->agent->agent_id),
								     .start_id = call->agent->start_id,
								     .host_name = text_from_string(call->host_name),
								     .container_id = text_from_string(call->container_id),
								     .agent_version = text_from_string(call->agent_version),
								     .engine = text_from_string(call->engine),
								     .channel = text_from_string(call->channel),
								     .labels = buffer_text(&labels),
								     .last_seen_ns = clock_realtime_ns(),
							     });
	buffer_release(&labels);
	if (error < 0)
		return error;
	reply.heartbeat_interval_ms = HEARTBEAT_INTERVAL_MS;
	response.reply_case = TERCEL__LINK__RESPONSE__REPLY_REGISTER;
	response.register_ = &reply;
	return service_answer_now(service, request, &response);
}

static void copy_digest(uint8_t digest[STORE_DIGEST_BYTES], const ProtobufCBinaryData *data)
{
	if (data->len == STORE_DIGEST_BYTES)
		memcpy(digest, data->data, STORE_DIGEST_BYTES);
}

int handle_heartbeat(struct service *service, struct link_request *request, const Tercel__Link__Heartbeat *call)
{
	struct store_agent agent = {0};
	struct buffer counters = BUFFER_INIT;
	int error;

	if (!has_identity(call->agent))
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__BAD_REQUEST,
					     "an agent without an id");
	agent.agent_id = text_from_string(call->agent->agent_id);
	agent.start_id = call->agent->start_id;
	agent.last_seen_ns = clock_realtime_ns();
	agent.last_sequence = call->last_sequence;
	agent.lost_alerts = call->lost_alerts;
	agent.has_ended = call->is_last;
	if (call->running && call->running->digest.len == STORE_DIGEST_BYTES) {
		agent.has_running = true;
		copy_digest(agent.running.digest, &call->running->digest);
		agent.running.name = text_from_string(call->running->name);
		agent.running.channel = text_from_string(call->running->channel);
		agent.running.version = call->running->version;
	}
	if (call->last_refusal) {
		agent.last_refusal.code = text_from_string(call->last_refusal->code);
		agent.last_refusal.message = text_from_string(call->last_refusal->message);
		copy_digest(agent.last_refusal.digest, &call->last_refusal->digest);
		agent.last_refusal.time_ns = call->last_refusal->time_ns;
	}
	for (size_t i = 0; i < call->n_counters && i < LISTED_MAX; i++)
		buffer_printf(&counters, "%s %llu\n", call->counters[i]->name,
			      (unsigned long long)call->counters[i]->value);
	agent.counters = buffer_text(&counters);
	error = batch_begin_write(&service->batch);
	if (error == 0)
		error = store_heartbeat(service->store, &agent);
	buffer_release(&counters);
	return error < 0 ? error : service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__OK, "");
}
