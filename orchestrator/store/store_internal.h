/* Shared by the files that implement store.h. */
#ifndef TERCEL_ORCHESTRATOR_STORE_STORE_INTERNAL_H
#define TERCEL_ORCHESTRATOR_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "orchestrator/store/store.h"

/* Statements that are prepared at first use and kept. */
#define STATEMENT(constant, sql) STATEMENT_##constant,
enum statement {
#include "orchestrator/store/statements.def"
	STATEMENT_COUNT,
};
#undef STATEMENT

struct store {
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	char *directory;
	struct buffer kept; /* texts that were handed out: good until the next call that hands some out */
	char error[256];
};

/* The statement, reset and ready for binding; NULL after store->error was set. */
sqlite3_stmt *store_statement(struct store *store, enum statement statement);
/* Runs a statement that yields no rows. 0 or -EIO. */
int store_run(struct store *store, sqlite3_stmt *statement);
int store_failed(struct store *store); /* keeps SQLite's message; -EIO */
/*
 * Copies the texts out of the row and resets the statement: an open row would hold its read transaction, and the WAL could
 * not be checkpointed. -ENOMEM.
 */
int store_keep_texts(struct store *store, sqlite3_stmt *statement, struct text *const *texts, size_t count);

void bind_text(sqlite3_stmt *statement, int parameter, struct text t);
void bind_number(sqlite3_stmt *statement, int parameter, uint64_t number); /* stored as signed, read back unsigned */
void bind_bytes(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length);
struct text column_text(sqlite3_stmt *statement, int column);
uint64_t column_number(sqlite3_stmt *statement, int column);
/* Copies a digest; false (and zeros) when the column holds none. */
bool column_digest(sqlite3_stmt *statement, int column, uint8_t digest[STORE_DIGEST_BYTES]);

#endif
