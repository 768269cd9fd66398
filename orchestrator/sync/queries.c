/* What operators ask: how things are, and which alerts there are. */
#include <errno.h>

#include "base/arena.h"
#include "base/clock.h"
#include "orchestrator/sync/service_internal.h"

#define ALERTS_PER_ANSWER_MAX 1000u
#define ANSWER_BYTES_MAX ((size_t)2 << 20)
#define STATUS_MEMORY_MAX ((size_t)64 << 20)

/* ---- status ---- */

struct status_builder {
	struct arena *arena;
	Tercel__Link__AgentStatus **agents;
	Tercel__Link__PublishedBundle **bundles;
	size_t agent_count, agent_capacity, bundle_count, bundle_capacity;
};

/* Appends a pointer to an array in the arena; the old array is left behind. */
static int add_pointer(struct arena *arena, void ***array, size_t *count, size_t *capacity, void *pointer)
{
	if (*count == *capacity) {
		size_t grown_capacity = *capacity ? 2 * *capacity : 16;
		void **grown = arena_allocate_array(arena, grown_capacity, sizeof(void *));

		if (!grown)
			return -ENOMEM;
		if (*count)
			memcpy(grown, *array, *count * sizeof(void *));
		*array = grown;
		*capacity = grown_capacity;
	}
	(*array)[(*count)++] = pointer;
	return 0;
}

static char *copy(struct status_builder *builder, struct text t)
{
	char *string = arena_copy_string(builder->arena, t);

	return string ? string : string_of("");
}

/* "name value" or "key=value" lines; calls `add` for each. */
static void each_line(struct text lines, char separator, void (*add)(void *context, struct text left, struct text right),
		      void *context)
{
	while (lines.length) {
		size_t end = text_find_byte(lines, '\n'), middle;
		struct text line = text_slice(lines, 0, end);

		middle = text_find_byte(line, separator);
		if (middle != SIZE_MAX)
			add(context, text_slice(line, 0, middle), text_slice(line, middle + 1, SIZE_MAX));
		if (end == SIZE_MAX)
			return;
		lines = text_slice(lines, end + 1, SIZE_MAX);
	}
}

struct agent_builder {
	struct status_builder *builder;
	Tercel__Link__AgentStatus *agent;
	size_t label_capacity, counter_capacity;
};

static void add_label(void *context, struct text left, struct text right)
{
	struct agent_builder *agent = context;
	Tercel__Link__Label *label = arena_allocate(agent->builder->arena, sizeof(*label));

	if (!label)
		return;
	tercel__link__label__init(label);
	label->key = copy(agent->builder, left);
	label->value = copy(agent->builder, right);
	add_pointer(agent->builder->arena, (void ***)&agent->agent->labels, &agent->agent->n_labels,
		    &agent->label_capacity, label);
}

static void add_counter(void *context, struct text left, struct text right)
{
	struct agent_builder *agent = context;
	Tercel__Link__Counter *counter = arena_allocate(agent->builder->arena, sizeof(*counter));

	if (!counter)
		return;
	tercel__link__counter__init(counter);
	counter->name = copy(agent->builder, left);
	text_to_u64(right, &counter->value);
	add_pointer(agent->builder->arena, (void ***)&agent->agent->counters, &agent->agent->n_counters,
		    &agent->counter_capacity, counter);
}

static ProtobufCBinaryData copy_digest(struct status_builder *builder, const uint8_t digest[STORE_DIGEST_BYTES])
{
	struct text kept = arena_copy_text(builder->arena, text_of((const char *)digest, STORE_DIGEST_BYTES));

	return binary_of(kept.bytes, kept.bytes ? kept.length : 0);
}

static Tercel__Link__BundleName *copy_bundle_name(struct status_builder *builder, const struct store_bundle *bundle)
{
	Tercel__Link__BundleName *name = arena_allocate(builder->arena, sizeof(*name));

	if (!name)
		return NULL;
	tercel__link__bundle_name__init(name);
	name->name = copy(builder, bundle->name);
	name->channel = copy(builder, bundle->channel);
	name->version = bundle->version;
	name->digest = copy_digest(builder, bundle->digest);
	return name;
}

static Tercel__Link__Refusal *copy_refusal(struct status_builder *builder, const struct store_refusal *refusal)
{
	Tercel__Link__Refusal *copied;

	if (refusal->code.length == 0 || !(copied = arena_allocate(builder->arena, sizeof(*copied))))
		return NULL;
	tercel__link__refusal__init(copied);
	copied->code = copy(builder, refusal->code);
	copied->message = copy(builder, refusal->message);
	copied->digest = copy_digest(builder, refusal->digest);
	copied->time_ns = refusal->time_ns;
	return copied;
}

static int add_agent(void *context, const struct store_agent *stored)
{
	struct status_builder *builder = context;
	Tercel__Link__AgentStatus *agent = arena_allocate(builder->arena, sizeof(*agent));
	struct agent_builder details = {builder, agent, 0, 0};

	if (!agent)
		return -ENOMEM;
	tercel__link__agent_status__init(agent);
	agent->agent_id = copy(builder, stored->agent_id);
	agent->host_name = copy(builder, stored->host_name);
	agent->container_id = copy(builder, stored->container_id);
	agent->agent_version = copy(builder, stored->agent_version);
	agent->engine = copy(builder, stored->engine);
	agent->channel = copy(builder, stored->channel);
	each_line(stored->labels, '=', add_label, &details);
	each_line(stored->counters, ' ', add_counter, &details);
	if (stored->has_running)
		agent->running = copy_bundle_name(builder, &stored->running);
	agent->last_refusal = copy_refusal(builder, &stored->last_refusal);
	agent->last_seen_ns = stored->last_seen_ns;
	agent->alerts_stored = stored->alerts_stored;
	agent->last_sequence = stored->last_sequence;
	agent->lost_alerts = stored->lost_alerts;
	agent->has_ended = stored->has_ended;
	return add_pointer(builder->arena, (void ***)&builder->agents, &builder->agent_count, &builder->agent_capacity,
			   agent);
}

static int add_bundle(void *context, const struct store_bundle *stored)
{
	struct status_builder *builder = context;
	Tercel__Link__PublishedBundle *bundle = arena_allocate(builder->arena, sizeof(*bundle));

	if (!bundle)
		return -ENOMEM;
	tercel__link__published_bundle__init(bundle);
	bundle->bundle = copy_bundle_name(builder, stored);
	bundle->size_bytes = stored->size_bytes;
	bundle->published_ns = stored->published_ns;
	bundle->expires_s = stored->expires_s;
	for (size_t i = 0; i < builder->agent_count; i++) {
		const Tercel__Link__BundleName *running = builder->agents[i]->running;

		if (running && !builder->agents[i]->has_ended && running->digest.len == STORE_DIGEST_BYTES &&
		    memcmp(running->digest.data, stored->digest, STORE_DIGEST_BYTES) == 0)
			bundle->agents_running++;
	}
	return add_pointer(builder->arena, (void ***)&builder->bundles, &builder->bundle_count, &builder->bundle_capacity,
			   bundle);
}

static void read_link_counters(struct service *service)
{
	struct link_server_counters link;

	link_server_read_counters(service->server, &link);
	service->counters[COUNTER_CONNECTIONS] = link.accepted;
	service->counters[COUNTER_CONNECTIONS_ENDED] = link.disconnected;
	service->counters[COUNTER_CONNECTIONS_REJECTED] = link.rejected;
	service->counters[COUNTER_REQUESTS] = link.requests;
}

int handle_status_query(struct service *service, struct link_request *request)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__StatusReply reply = TERCEL__LINK__STATUS_REPLY__INIT;
	Tercel__Link__Counter counters[COUNTER_COUNT], *counter_pointers[COUNTER_COUNT];
	struct status_builder builder = {.arena = arena_new(STATUS_MEMORY_MAX)};
	struct store_refusal refusal;
	int error = builder.arena ? 0 : -ENOMEM;

	if (error == 0)
		error = store_each_agent(service->store, add_agent, &builder);
	if (error == 0)
		error = store_each_bundle(service->store, add_bundle, &builder);
	if (error == 0)
		error = store_refusal(service->store, &refusal);
	if (error == 0)
		error = store_count_alerts(service->store, &reply.alerts_stored);
	if (error == 0) {
		read_link_counters(service);
		for (unsigned i = 0; i < COUNTER_COUNT; i++) {
			tercel__link__counter__init(&counters[i]);
			counters[i].name = string_of(service_counter_name(i));
			counters[i].value = service->counters[i];
			counter_pointers[i] = &counters[i];
		}
		reply.counters = counter_pointers;
		reply.n_counters = COUNTER_COUNT;
		reply.agents = builder.agents;
		reply.n_agents = builder.agent_count;
		reply.bundles = builder.bundles;
		reply.n_bundles = builder.bundle_count;
		reply.last_refusal = copy_refusal(&builder, &refusal);
		reply.version = string_of(TERCEL_VERSION);
		reply.database_problem = string_of(service->store_problem);
		reply.database_problem_ns = service->store_problem_ns;
		response.reply_case = TERCEL__LINK__RESPONSE__REPLY_STATUS_REPLY;
		response.status_reply = &reply;
		error = service_answer_now(service, request, &response);
	}
	arena_free(builder.arena);
	return error;
}

/* ---- alerts ---- */

struct alerts_builder {
	struct arena *arena;
	Tercel__Link__StoredAlert **alerts;
	size_t count, capacity, bytes;
};

static int add_alert(void *context, const struct store_alert *stored)
{
	struct alerts_builder *builder = context;
	Tercel__Link__StoredAlert *alert = arena_allocate(builder->arena, sizeof(*alert));
	Tercel__Link__AgentIdentity *agent = arena_allocate(builder->arena, sizeof(*agent));
	struct text json = arena_copy_text(builder->arena, stored->json);

	if (!alert || !agent || !json.bytes)
		return -ENOMEM;
	tercel__link__stored_alert__init(alert);
	tercel__link__agent_identity__init(agent);
	agent->agent_id = arena_copy_string(builder->arena, stored->agent_id);
	alert->id = stored->id;
	alert->agent = agent;
	alert->sequence = stored->sequence;
	alert->priority = stored->priority;
	alert->rule = arena_copy_string(builder->arena, stored->rule);
	alert->json = binary_of(json.bytes, json.length);
	if (!agent->agent_id || !alert->rule ||
	    add_pointer(builder->arena, (void ***)&builder->alerts, &builder->count, &builder->capacity, alert) < 0)
		return -ENOMEM;
	builder->bytes += stored->json.length + stored->rule.length + stored->agent_id.length;
	return builder->bytes > ANSWER_BYTES_MAX; /* enough for one answer */
}

/* Answers when there are alerts, or anyhow. 1: answered; 0: nothing to say yet; or a negative errno. */
static int answer_alerts(struct service *service, struct link_request *request, uint64_t after_id, uint32_t limit,
			 bool even_if_none)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__AlertsReply reply = TERCEL__LINK__ALERTS_REPLY__INIT;
	struct alerts_builder builder = {.arena = arena_new(0)};
	int result = builder.arena ? 0 : -ENOMEM;

	if (limit == 0 || limit > ALERTS_PER_ANSWER_MAX)
		limit = ALERTS_PER_ANSWER_MAX;
	if (result == 0)
		result = store_each_alert(service->store, after_id, limit, add_alert, &builder);
	if (result >= 0) {
		result = builder.count > 0 || even_if_none;
		if (result) {
			reply.alerts = builder.alerts;
			reply.n_alerts = builder.count;
			response.reply_case = TERCEL__LINK__RESPONSE__REPLY_ALERTS_REPLY;
			response.alerts_reply = &reply;
			service_answer_now(service, request, &response);
		}
	}
	arena_free(builder.arena);
	return result;
}

int handle_alerts_query(struct service *service, struct link_request *request, const Tercel__Link__AlertsQuery *call)
{
	uint32_t timeout_ms = call->timeout_ms < WAIT_MS_MAX ? call->timeout_ms : WAIT_MS_MAX;
	struct parked parked = {.request = request,
				.kind = PARKED_FOR_ALERTS,
				.deadline_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS,
				.after_id = call->after_id,
				.limit = call->limit};
	int answered = answer_alerts(service, request, call->after_id, call->limit, timeout_ms == 0);

	if (answered != 0)
		return answered < 0 ? answered : 0;
	if (service_park(service, &parked))
		return 0;
	return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
				     "too many requests wait for alerts");
}

bool answer_parked_alerts(struct service *service, struct parked *parked, bool is_late)
{
	int answered = answer_alerts(service, parked->request, parked->after_id, parked->limit, is_late);

	if (answered < 0)
		service_answer_status(service, parked->request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
				      "the database failed");
	return answered != 0;
}
