/* Bundles: a row each, and the file under the state directory, named by its digest. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_io.h"
#include "orchestrator/store/store_internal.h"

static int bundle_path(const struct store *store, const uint8_t digest[STORE_DIGEST_BYTES], char *path, size_t path_bytes)
{
	char hex[2 * STORE_DIGEST_BYTES + 1];

	for (size_t i = 0; i < STORE_DIGEST_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return snprintf(path, path_bytes, "%s/bundles/%s.tcb", store->directory, hex) < (int)path_bytes ? 0 : -ENAMETOOLONG;
}

static int bundle_exists(struct store *store, const uint8_t digest[STORE_DIGEST_BYTES], uint64_t *ret_size_bytes)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_BUNDLE_EXISTS);
	int result;

	if (!statement)
		return -EIO;
	bind_bytes(statement, 1, digest, STORE_DIGEST_BYTES);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*ret_size_bytes = column_number(statement, 0);
	sqlite3_reset(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : store_failed(store);
}

int store_has_bundle(struct store *store, const uint8_t digest[STORE_DIGEST_BYTES])
{
	uint64_t size_bytes;

	return bundle_exists(store, digest, &size_bytes);
}

int store_add_bundle(struct store *store, const struct store_bundle *bundle, struct text bytes)
{
	sqlite3_stmt *statement;
	char path[4096];
	int error = bundle_path(store, bundle->digest, path, sizeof path);

	if (error == 0)
		error = file_write_atomic(path, bytes.bytes, bytes.length, 0600);
	if (error < 0) {
		snprintf(store->error, sizeof store->error, "cannot write '%.200s': %s", path, strerror(-error));
		return error;
	}
	statement = store_statement(store, STATEMENT_FORGET_BUNDLE);
	if (statement)
		bind_bytes(statement, 1, bundle->digest, STORE_DIGEST_BYTES);
	error = store_run(store, statement);
	statement = error == 0 ? store_statement(store, STATEMENT_ADD_BUNDLE) : NULL;
	if (!statement)
		return -EIO;
	bind_bytes(statement, 1, bundle->digest, STORE_DIGEST_BYTES);
	bind_text(statement, 2, bundle->name);
	bind_text(statement, 3, bundle->channel);
	bind_number(statement, 4, bundle->version);
	bind_number(statement, 5, bundle->expires_s);
	bind_number(statement, 6, bundle->rollback_floor);
	bind_number(statement, 7, bytes.length);
	bind_number(statement, 8, bundle->published_ns);
	return store_run(store, statement);
}

static void read_bundle_row(sqlite3_stmt *statement, struct store_bundle *ret_bundle)
{
	column_digest(statement, 0, ret_bundle->digest);
	ret_bundle->name = column_text(statement, 1);
	ret_bundle->channel = column_text(statement, 2);
	ret_bundle->version = column_number(statement, 3);
	ret_bundle->expires_s = column_number(statement, 4);
	ret_bundle->rollback_floor = column_number(statement, 5);
	ret_bundle->size_bytes = column_number(statement, 6);
	ret_bundle->published_ns = column_number(statement, 7);
}

static int read_one_bundle(struct store *store, sqlite3_stmt *statement, struct store_bundle *ret_bundle)
{
	int result = sqlite3_step(statement);

	if (result == SQLITE_ROW) {
		struct text *const texts[] = {&ret_bundle->name, &ret_bundle->channel};

		read_bundle_row(statement, ret_bundle);
		return store_keep_texts(store, statement, texts, 2);
	}
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? -ENOENT : store_failed(store);
}

int store_newest_bundle(struct store *store, struct text channel, struct store_bundle *ret_bundle)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_NEWEST_BUNDLE);

	if (!statement)
		return -EIO;
	bind_text(statement, 1, channel);
	return read_one_bundle(store, statement, ret_bundle);
}

int store_newest_version(struct store *store, struct text name, struct text channel, struct store_bundle *ret_bundle)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_NEWEST_VERSION);

	if (!statement)
		return -EIO;
	bind_text(statement, 1, name);
	bind_text(statement, 2, channel);
	return read_one_bundle(store, statement, ret_bundle);
}

int store_each_bundle(struct store *store, int (*each)(void *context, const struct store_bundle *bundle), void *context)
{
	sqlite3_stmt *statement = store_statement(store, STATEMENT_BUNDLES);
	int result, answer = 0;

	if (!statement)
		return -EIO;
	while (answer == 0 && (result = sqlite3_step(statement)) != SQLITE_DONE) {
		struct store_bundle bundle;

		if (result != SQLITE_ROW) {
			answer = store_failed(store);
			break;
		}
		read_bundle_row(statement, &bundle);
		answer = each(context, &bundle);
	}
	sqlite3_reset(statement);
	return answer;
}

int store_read_bundle(struct store *store, const uint8_t digest[STORE_DIGEST_BYTES], uint64_t offset, size_t length,
		      uint64_t *ret_total_bytes, struct buffer *buffer)
{
	char path[4096];
	uint64_t total = 0;
	int descriptor, error = bundle_exists(store, digest, &total);
	ssize_t got;

	if (error <= 0)
		return error < 0 ? error : -ENOENT;
	error = bundle_path(store, digest, path, sizeof path);
	if (error < 0)
		return error;
	if (offset > total)
		offset = total;
	if (length > total - offset)
		length = (size_t)(total - offset);
	if (!buffer_reserve(buffer, length))
		return -ENOMEM;
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return -errno;
	got = pread(descriptor, buffer->bytes + buffer->length, length, (off_t)offset);
	error = got < 0 ? -errno : 0;
	close(descriptor);
	if (error < 0)
		return error;
	buffer->length += (size_t)got;
	*ret_total_bytes = total;
	return 0;
}
