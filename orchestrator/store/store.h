/*
 * What the orchestrator must not forget: alerts, agents, bundles and how far each sink has come. One SQLite database and
 * the bundle files beside it, in the state directory. One thread owns a store.
 *
 * Everything between store_begin() and store_commit() is on disk when store_commit() returns 0 (WAL, synchronous=FULL),
 * or not there at all. Functions return 0 or a negative errno (-EIO: the database failed; store_error() says how).
 */
#ifndef TERCEL_ORCHESTRATOR_STORE_STORE_H
#define TERCEL_ORCHESTRATOR_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

struct store;

#define STORE_DIGEST_BYTES 32

/* Makes the directory and the database where they are missing. A sentence in `error` on failure. */
int store_open(const char *directory, struct store **ret_store, char *error, size_t error_bytes);
struct store *store_free(struct store *store);
const char *store_error(const struct store *store);

int store_begin(struct store *store);
int store_commit(struct store *store);
void store_roll_back(struct store *store);

/* ---- alerts ---- */

struct store_alert {
	uint64_t id; /* ascending in the order of arrival */
	struct text agent_id;
	uint64_t start_id, sequence, time_ns;
	uint32_t priority;
	struct text rule, source, json;
};

/* An alert that is there already (same agent, start and sequence) is left alone: *ret_is_new is false. */
int store_add_alert(struct store *store, const struct store_alert *alert, bool *ret_is_new);

/* Calls `each` for up to `limit` alerts with id > after_id, ascending, until it returns other than 0, which is returned. */
int store_each_alert(struct store *store, uint64_t after_id, uint32_t limit,
		     int (*each)(void *context, const struct store_alert *alert), void *context);

/* Which alerts stay; those that were not yet passed on to every sink stay anyhow. */
struct store_retention {
	uint64_t keep_count;	/* the newest so many; 0: all */
	uint64_t keep_since_ns; /* what was stored since then; 0: all */
};

/* Removes the oldest alerts that need not stay, up to `limit` of them, and shrinks the file. */
int store_remove_alerts(struct store *store, const struct store_retention *retention, uint32_t limit, uint64_t *ret_removed);

int store_count_alerts(struct store *store, uint64_t *ret_count);
int store_last_alert_id(struct store *store, uint64_t *ret_alert_id); /* 0: there is none */

/* ---- sinks: the id of the last alert that was passed on ---- */

int store_cursor(struct store *store, const char *sink, uint64_t *ret_alert_id); /* 0 when there is none yet */
int store_set_cursor(struct store *store, const char *sink, uint64_t alert_id);

/* ---- bundles ---- */

struct store_bundle {
	uint8_t digest[STORE_DIGEST_BYTES]; /* sha256 of the file */
	struct text name, channel;
	uint64_t version, expires_s, rollback_floor, size_bytes, published_ns;
};

/* Writes the file (atomically), then the row. A bundle that is there already becomes the one published last. */
int store_add_bundle(struct store *store, const struct store_bundle *bundle, struct text bytes);
/* 1: it is there; 0: it is not; or a negative errno. */
int store_has_bundle(struct store *store, const uint8_t digest[STORE_DIGEST_BYTES]);
/* The one published last. Texts are good until the next call on the store. -ENOENT. */
int store_newest_bundle(struct store *store, struct text channel, struct store_bundle *ret_bundle);
/* The one with the greatest version. -ENOENT. */
int store_newest_version(struct store *store, struct text name, struct text channel, struct store_bundle *ret_bundle);
int store_each_bundle(struct store *store, int (*each)(void *context, const struct store_bundle *bundle), void *context);
/* Appends bytes [offset, offset + length) of the file, as far as they are there. -ENOENT: no such bundle. */
int store_read_bundle(struct store *store, const uint8_t digest[STORE_DIGEST_BYTES], uint64_t offset, size_t length,
		      uint64_t *ret_total_bytes, struct buffer *buffer);

/* ---- agents ---- */

struct store_refusal {
	struct text code, message; /* empty code: none */
	uint8_t digest[STORE_DIGEST_BYTES];
	uint64_t time_ns;
};

struct store_agent {
	struct text agent_id;
	uint64_t start_id;
	struct text host_name, container_id, agent_version, engine, channel;
	struct text labels; /* "key=value" lines */
	uint64_t last_seen_ns;
	bool has_running;
	struct store_bundle running; /* digest, name, channel, version */
	struct store_refusal last_refusal;
	uint64_t last_sequence, lost_alerts;
	bool has_ended;
	struct text counters; /* "name value" lines */
	uint64_t alerts_stored; /* of this start, removed ones included; only from store_each_agent() */
};

/* A new start replaces the old one's row. */
int store_register_agent(struct store *store, const struct store_agent *agent);
/* Updates what a heartbeat says; an agent that never registered gets a row of its own. */
int store_heartbeat(struct store *store, const struct store_agent *agent);
int store_each_agent(struct store *store, int (*each)(void *context, const struct store_agent *agent), void *context);

/* ---- the last publication that was refused ---- */

int store_set_refusal(struct store *store, const struct store_refusal *refusal);
int store_refusal(struct store *store, struct store_refusal *ret_refusal); /* empty code: none; good until the next call */

#endif
