/* Agents: a row each, of the newest start. */
#include <errno.h>

#include "orchestrator/store/store_internal.h"

static int is_same_start(struct store *store, const struct store_agent *agent)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_SAME_START);
	int result;

	if (!statement)
		return -EIO;
	bind_text(statement, 1, agent->agent_id);
	bind_number(statement, 2, agent->start_id);
	result = sqlite3_step(statement);
	sqlite3_reset(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : store_failed(store);
}

int store_register_agent(struct store *store, const struct store_agent *agent)
{
	sqlite3_stmt *statement;
	int same = is_same_start(store, agent);

	if (same < 0)
		return same;
	/* Of a start that is known already nothing is forgotten that heartbeats have said. */
	statement = store_statement(store, same ? STATEMENT_DESCRIBE_AGENT : STATEMENT_REGISTER_AGENT);
	if (!statement)
		return -EIO;
	bind_text(statement, 1, agent->agent_id);
	bind_number(statement, 2, agent->start_id);
	bind_text(statement, 3, agent->host_name);
	bind_text(statement, 4, agent->container_id);
	bind_text(statement, 5, agent->agent_version);
	bind_text(statement, 6, agent->engine);
	bind_text(statement, 7, agent->channel);
	bind_text(statement, 8, agent->labels);
	bind_number(statement, 9, agent->last_seen_ns);
	return store_run(store, statement);
}

int store_heartbeat(struct store *store, const struct store_agent *agent)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_HEARTBEAT);

	if (!statement)
		return -EIO;
	bind_text(statement, 1, agent->agent_id);
	bind_number(statement, 2, agent->start_id);
	bind_number(statement, 3, agent->last_seen_ns);
	if (agent->has_running)
		bind_bytes(statement, 4, agent->running.digest, STORE_DIGEST_BYTES);
	bind_text(statement, 5, agent->running.name);
	bind_text(statement, 6, agent->running.channel);
	bind_number(statement, 7, agent->running.version);
	bind_text(statement, 8, agent->last_refusal.code);
	bind_text(statement, 9, agent->last_refusal.message);
	bind_bytes(statement, 10, agent->last_refusal.digest, STORE_DIGEST_BYTES);
	bind_number(statement, 11, agent->last_refusal.time_ns);
	bind_number(statement, 12, agent->last_sequence);
	bind_number(statement, 13, agent->lost_alerts);
	bind_number(statement, 14, agent->has_ended);
	bind_text(statement, 15, agent->counters);
	return store_run(store, statement);
}

int store_each_agent(struct store *store, int (*each)(void *context, const struct store_agent *agent), void *context)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_AGENTS);
	int result, answer = 0;

	if (!statement)
		return -EIO;
	while (answer == 0 && (result = sqlite3_step(statement)) != SQLITE_DONE) {
		struct store_agent agent = {0};

		if (result != SQLITE_ROW) {
			answer = store_failed(store);
			break;
		}
		agent.agent_id = column_text(statement, 0);
		agent.start_id = column_number(statement, 1);
		agent.host_name = column_text(statement, 2);
		agent.container_id = column_text(statement, 3);
		agent.agent_version = column_text(statement, 4);
		agent.engine = column_text(statement, 5);
		agent.channel = column_text(statement, 6);
		agent.labels = column_text(statement, 7);
		agent.last_seen_ns = column_number(statement, 8);
		agent.has_running = column_digest(statement, 9, agent.running.digest);
		agent.running.name = column_text(statement, 10);
		agent.running.channel = column_text(statement, 11);
		agent.running.version = column_number(statement, 12);
		agent.last_refusal.code = column_text(statement, 13);
		agent.last_refusal.message = column_text(statement, 14);
		column_digest(statement, 15, agent.last_refusal.digest);
		agent.last_refusal.time_ns = column_number(statement, 16);
		agent.last_sequence = column_number(statement, 17);
		agent.lost_alerts = column_number(statement, 18);
		agent.has_ended = column_number(statement, 19) != 0;
		agent.counters = column_text(statement, 20);
		agent.alerts_stored = column_number(statement, 21);
		answer = each(context, &agent);
	}
	sqlite3_reset(statement);
	return answer;
}
