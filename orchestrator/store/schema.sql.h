/* The database's schema. Migrations append steps; user_version says how many were done. */
#ifndef TERCEL_ORCHESTRATOR_STORE_SCHEMA_SQL_H
#define TERCEL_ORCHESTRATOR_STORE_SCHEMA_SQL_H

static const char *const schema_steps[] = {
	"CREATE TABLE alerts ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  agent_id TEXT NOT NULL, start_id INTEGER NOT NULL, sequence INTEGER NOT NULL,"
	"  time_ns INTEGER NOT NULL, priority INTEGER NOT NULL, rule TEXT NOT NULL, source TEXT NOT NULL,"
	"  json BLOB NOT NULL,"
	"  UNIQUE (agent_id, start_id, sequence));"
	"CREATE TABLE cursors (sink TEXT PRIMARY KEY, alert_id INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE bundles ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE,"
	"  name TEXT NOT NULL, channel TEXT NOT NULL, version INTEGER NOT NULL, expires_s INTEGER NOT NULL,"
	"  rollback_floor INTEGER NOT NULL, size_bytes INTEGER NOT NULL, published_ns INTEGER NOT NULL);"
	"CREATE INDEX bundles_by_version ON bundles (name, channel, version);"
	"CREATE TABLE agents ("
	"  agent_id TEXT PRIMARY KEY, start_id INTEGER NOT NULL,"
	"  host_name TEXT NOT NULL DEFAULT '', container_id TEXT NOT NULL DEFAULT '',"
	"  agent_version TEXT NOT NULL DEFAULT '', engine TEXT NOT NULL DEFAULT '', channel TEXT NOT NULL DEFAULT '',"
	"  labels TEXT NOT NULL DEFAULT '', last_seen_ns INTEGER NOT NULL,"
	"  running_digest BLOB, running_name TEXT NOT NULL DEFAULT '', running_channel TEXT NOT NULL DEFAULT '',"
	"  running_version INTEGER NOT NULL DEFAULT 0,"
	"  refusal_code TEXT NOT NULL DEFAULT '', refusal_message TEXT NOT NULL DEFAULT '', refusal_digest BLOB,"
	"  refusal_time_ns INTEGER NOT NULL DEFAULT 0,"
	"  last_sequence INTEGER NOT NULL DEFAULT 0, lost_alerts INTEGER NOT NULL DEFAULT 0,"
	"  has_ended INTEGER NOT NULL DEFAULT 0, counters TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
	"CREATE TABLE refusal ("
	"  id INTEGER PRIMARY KEY CHECK (id = 1), code TEXT NOT NULL, message TEXT NOT NULL, digest BLOB,"
	"  time_ns INTEGER NOT NULL);",

	"ALTER TABLE alerts ADD COLUMN stored_ns INTEGER NOT NULL DEFAULT 0;"
	"UPDATE alerts SET stored_ns = time_ns;"
	"ALTER TABLE agents ADD COLUMN alerts_removed INTEGER NOT NULL DEFAULT 0;",
};

#endif
