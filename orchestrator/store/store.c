#include "orchestrator/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file_io.h"
#include "orchestrator/store/schema.sql.h"
#include "orchestrator/store/store_internal.h"

#define STATEMENT(constant, sql) sql,
static const char *const statement_texts[] = {
#include "orchestrator/store/statements.def"
};
#undef STATEMENT

#define BUSY_TIMEOUT_MS 5000

/* ---- the database ---- */

int store_failed(struct store *store)
{
	snprintf(store->error, sizeof store->error, "%s", sqlite3_errmsg(store->database));
	return -EIO;
}

const char *store_error(const struct store *store)
{
	return store->error;
}

sqlite3_stmt *store_statement(struct store *store, enum statement statement)
{
	sqlite3_stmt **kept = &store->statements[statement];

	if (!*kept && sqlite3_prepare_v3(store->database, statement_texts[statement], -1, SQLITE_PREPARE_PERSISTENT, kept,
					 NULL) != SQLITE_OK) {
		store_failed(store);
		return NULL;
	}
	sqlite3_reset(*kept);
	sqlite3_clear_bindings(*kept);
	return *kept;
}

int store_run(struct store *store, sqlite3_stmt *statement)
{
	int result;

	if (!statement)
		return -EIO;
	result = sqlite3_step(statement);
	sqlite3_reset(statement);
	return result == SQLITE_DONE || result == SQLITE_ROW ? 0 : store_failed(store);
}

static int run_sql(struct store *store, const char *sql)
{
	return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_failed(store);
}

static int read_schema_version(struct store *store, int *ret_version)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(store->database, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK)
		return store_failed(store);
	if (sqlite3_step(statement) == SQLITE_ROW)
		*ret_version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return 0;
}

static int bring_schema_up_to_date(struct store *store)
{
	int steps = (int)(sizeof schema_steps / sizeof schema_steps[0]), version = 0;
	int error = read_schema_version(store, &version);

	if (error < 0)
		return error;
	if (version > steps) {
		snprintf(store->error, sizeof store->error, "the database is of a newer version (%d, this program knows %d)",
			 version, steps);
		return -EINVAL;
	}
	for (; version < steps; version++) {
		char sql[64];

		snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version + 1);
		if (run_sql(store, "BEGIN IMMEDIATE") < 0 || run_sql(store, schema_steps[version]) < 0 ||
		    run_sql(store, sql) < 0 || run_sql(store, "COMMIT") < 0)
			return -EIO;
	}
	return 0;
}

static int make_directory(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

int store_open(const char *directory, struct store **ret_store, char *error_text, size_t error_bytes)
{
	struct store *store = calloc(1, sizeof(*store));
	char path[4096];
	int error;

	if (!store || !(store->directory = strdup(directory))) {
		free(store);
		snprintf(error_text, error_bytes, "no memory");
		return -ENOMEM;
	}
	error = make_directory(directory);
	if (error == 0 && snprintf(path, sizeof path, "%s/bundles", directory) < (int)sizeof path)
		error = make_directory(path);
	if (error < 0 || snprintf(path, sizeof path, "%s/tercel.db", directory) >= (int)sizeof path) {
		snprintf(error_text, error_bytes, "cannot use the state directory '%s': %s", directory,
			 strerror(error < 0 ? -error : ENAMETOOLONG));
		store_free(store);
		return error < 0 ? error : -ENAMETOOLONG;
	}
	if (sqlite3_open_v2(path, &store->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		error = store_failed(store);
	sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS);
	/* auto_vacuum has to be set before WAL and before the first table. */
	if (error == 0)
		error = run_sql(store, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
				       "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
	if (error == 0)
		error = bring_schema_up_to_date(store);
	if (error < 0) {
		snprintf(error_text, error_bytes, "cannot use the database '%s': %s", path, store->error);
		store_free(store);
		return error;
	}
	*ret_store = store;
	return 0;
}

struct store *store_free(struct store *store)
{
	if (!store)
		return NULL;
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->database);
	buffer_release(&store->kept);
	free(store->directory);
	free(store);
	return NULL;
}

int store_begin(struct store *store)
{
	return store_run(store, store_statement(store, STATEMENT_BEGIN));
}

int store_commit(struct store *store)
{
	return store_run(store, store_statement(store, STATEMENT_COMMIT));
}

void store_roll_back(struct store *store)
{
	/* SQLite may have done so by itself. What failed before stays what store_error() tells. */
	if (!sqlite3_get_autocommit(store->database))
		sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- binding and reading ---- */

void bind_text(sqlite3_stmt *statement, int parameter, struct text t)
{
	sqlite3_bind_text(statement, parameter, t.length ? t.bytes : "", (int)t.length, SQLITE_TRANSIENT);
}

void bind_number(sqlite3_stmt *statement, int parameter, uint64_t number)
{
	sqlite3_bind_int64(statement, parameter, (sqlite3_int64)number);
}

void bind_bytes(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length)
{
	sqlite3_bind_blob(statement, parameter, length ? bytes : "", (int)length, SQLITE_TRANSIENT);
}

struct text column_text(sqlite3_stmt *statement, int column)
{
	const void *bytes = sqlite3_column_blob(statement, column);

	return bytes ? text_of(bytes, (size_t)sqlite3_column_bytes(statement, column)) : TEXT_EMPTY;
}

uint64_t column_number(sqlite3_stmt *statement, int column)
{
	return (uint64_t)sqlite3_column_int64(statement, column);
}

bool column_digest(sqlite3_stmt *statement, int column, uint8_t digest[STORE_DIGEST_BYTES])
{
	struct text bytes = column_text(statement, column);

	memset(digest, 0, STORE_DIGEST_BYTES);
	if (bytes.length != STORE_DIGEST_BYTES)
		return false;
	memcpy(digest, bytes.bytes, STORE_DIGEST_BYTES);
	return true;
}

int store_keep_texts(struct store *store, sqlite3_stmt *statement, struct text *const *texts, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += texts[i]->length;
	buffer_clear(&store->kept);
	/* Reserved at once: growing in between would move what was copied before. */
	if (!buffer_reserve(&store->kept, total + 1)) {
		sqlite3_reset(statement);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		size_t start = store->kept.length;

		buffer_append_text(&store->kept, *texts[i]);
		*texts[i] = text_of((const char *)store->kept.bytes + start, texts[i]->length);
	}
	sqlite3_reset(statement);
	return 0;
}

/* ---- alerts and cursors ---- */

int store_add_alert(struct store *store, const struct store_alert *alert, bool *ret_is_new)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_ADD_ALERT);
	int error;

	if (!statement)
		return -EIO;
	bind_text(statement, 1, alert->agent_id);
	bind_number(statement, 2, alert->start_id);
	bind_number(statement, 3, alert->sequence);
	bind_number(statement, 4, alert->time_ns);
	bind_number(statement, 5, alert->priority);
	bind_text(statement, 6, alert->rule);
	bind_text(statement, 7, alert->source);
	bind_bytes(statement, 8, alert->json.bytes, alert->json.length);
	bind_number(statement, 9, clock_realtime_ns());
	error = store_run(store, statement);
	if (error == 0)
		*ret_is_new = sqlite3_changes(store->database) > 0;
	return error;
}

int store_each_alert(struct store *store, uint64_t after_id, uint32_t limit,
		     int (*each)(void *context, const struct store_alert *alert), void *context)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_ALERTS_AFTER);
	int result, answer = 0;

	if (!statement)
		return -EIO;
	bind_number(statement, 1, after_id);
	bind_number(statement, 2, limit);
	while (answer == 0 && (result = sqlite3_step(statement)) != SQLITE_DONE) {
		struct store_alert alert;

		if (result != SQLITE_ROW) {
			answer = store_failed(store);
			break;
		}
		alert.id = column_number(statement, 0);
		alert.agent_id = column_text(statement, 1);
		alert.start_id = column_number(statement, 2);
		alert.sequence = column_number(statement, 3);
		alert.time_ns = column_number(statement, 4);
		alert.priority = (uint32_t)column_number(statement, 5);
		alert.rule = column_text(statement, 6);
		alert.source = column_text(statement, 7);
		alert.json = column_text(statement, 8);
		answer = each(context, &alert);
	}
	sqlite3_reset(statement);
	return answer;
}

/* One number from a statement; `otherwise` when it yields no row. */
static int read_number(struct store *store, sqlite3_stmt *statement, uint64_t otherwise, uint64_t *ret_number)
{
	int result;

	if (!statement)
		return -EIO;
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*ret_number = column_number(statement, 0);
	else if (result == SQLITE_DONE)
		*ret_number = otherwise;
	sqlite3_reset(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : store_failed(store);
}

int store_count_alerts(struct store *store, uint64_t *ret_count)
{
	return read_number(store, store_statement(store, STATEMENT_COUNT_ALERTS), 0, ret_count);
}

int store_last_alert_id(struct store *store, uint64_t *ret_alert_id)
{
	return read_number(store, store_statement(store, STATEMENT_LAST_ALERT), 0, ret_alert_id);
}

int store_cursor(struct store *store, const char *sink, uint64_t *ret_alert_id)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_CURSOR);

	if (statement)
		bind_text(statement, 1, text_from_string(sink));
	return read_number(store, statement, 0, ret_alert_id);
}

int store_set_cursor(struct store *store, const char *sink, uint64_t alert_id)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_SET_CURSOR);

	if (!statement)
		return -EIO;
	bind_text(statement, 1, text_from_string(sink));
	bind_number(statement, 2, alert_id);
	return store_run(store, statement);
}

/* ---- the last refused publication ---- */

int store_set_refusal(struct store *store, const struct store_refusal *refusal)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_SET_REFUSAL);

	if (!statement)
		return -EIO;
	bind_text(statement, 1, refusal->code);
	bind_text(statement, 2, refusal->message);
	bind_bytes(statement, 3, refusal->digest, STORE_DIGEST_BYTES);
	bind_number(statement, 4, refusal->time_ns);
	return store_run(store, statement);
}

int store_refusal(struct store *store, struct store_refusal *ret_refusal)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_REFUSAL);
	int result;

	if (!statement)
		return -EIO;
	*ret_refusal = (struct store_refusal){.code = TEXT_EMPTY, .message = TEXT_EMPTY};
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		struct text *const texts[] = {&ret_refusal->code, &ret_refusal->message};

		ret_refusal->code = column_text(statement, 0);
		ret_refusal->message = column_text(statement, 1);
		column_digest(statement, 2, ret_refusal->digest);
		ret_refusal->time_ns = column_number(statement, 3);
		return store_keep_texts(store, statement, texts, 2);
	}
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : store_failed(store);
}
