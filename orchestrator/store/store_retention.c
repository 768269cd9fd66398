/* Old alerts go, oldest first. */
#include <errno.h>

#include "orchestrator/store/store_internal.h"

#define VACUUM_STEPS_MAX 10000

static int last_removable(struct store *store, const struct store_retention *retention, uint32_t limit, uint64_t *ret_id)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_LAST_REMOVABLE);
	int result;

	if (!statement)
		return -EIO;
	bind_number(statement, 1, limit);
	bind_number(statement, 2, retention->keep_count);
	bind_number(statement, 3, retention->keep_since_ns);
	result = sqlite3_step(statement);
	*ret_id = result == SQLITE_ROW ? column_number(statement, 0) : 0; /* NULL, where nothing is to go, is 0 */
	sqlite3_reset(statement);
	return result == SQLITE_ROW ? 0 : store_failed(store);
}

static int run_up_to(struct store *store, enum statement which, uint64_t last_id)
{
	sqlite3_stmt *statement = store_statement(store, which);

	if (statement)
		bind_number(statement, 1, last_id);
	return store_run(store, statement);
}

/* Gives pages that are free now back to the file system. */
static int shrink(struct store *store)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_VACUUM);
	int result = SQLITE_ROW;

	if (!statement)
		return -EIO;
	for (unsigned i = 0; result == SQLITE_ROW && i < VACUUM_STEPS_MAX; i++)
		result = sqlite3_step(statement);
	sqlite3_reset(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? 0 : store_failed(store);
}

int store_remove_alerts(struct store *store, const struct store_retention *retention, uint32_t limit, uint64_t *ret_removed)
{
	uint64_t last_id, removed = 0;
	int error = last_removable(store, retention, limit, &last_id);

	if (error == 0 && last_id > 0) {
		error = store_begin(store);
		if (error == 0)
			error = run_up_to(store, STATEMENT_COUNT_REMOVED, last_id);
		if (error == 0)
			error = run_up_to(store, STATEMENT_REMOVE_ALERTS, last_id);
		removed = (uint64_t)sqlite3_changes(store->database);
		if (error == 0)
			error = store_commit(store);
		if (error < 0)
			store_roll_back(store);
		else
			error = shrink(store);
	}
	if (error == 0)
		*ret_removed = removed;
	return error;
}
