#include "event/state/user.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash_table.h"

enum entry_kind { ENTRY_USER = 'u', ENTRY_GROUP = 'g' };

#define CONTAINER_ID_BYTES_MAX 256
#define KEY_BYTES_MAX (5 + CONTAINER_ID_BYTES_MAX)

struct entry {
	union {
		struct user user;
		struct group group;
	};
	size_t key_length;
	char key[]; /* kind, number, container id */
};

struct user_table {
	struct hash_table *entries;
};

struct user_table *user_table_new(size_t limit_entries)
{
	struct user_table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->entries = hash_table_new(limit_entries);
	return table->entries ? table : user_table_free(table);
}

static void entry_free(struct entry *entry)
{
	if (entry->key[0] == ENTRY_USER) {
		shared_text_release(&entry->user.name);
		shared_text_release(&entry->user.home);
		shared_text_release(&entry->user.shell);
	} else {
		shared_text_release(&entry->group.name);
	}
	free(entry);
}

void user_table_clear(struct user_table *table)
{
	size_t position = 0;
	struct text key;
	void *value;

	while (hash_table_next(table->entries, &position, &key, &value))
		entry_free(value);
	hash_table_clear(table->entries);
}

struct user_table *user_table_free(struct user_table *table)
{
	if (!table)
		return NULL;
	if (table->entries)
		user_table_clear(table);
	hash_table_free(table->entries);
	free(table);
	return NULL;
}

static struct text make_key(enum entry_kind kind, struct text container_id, uint32_t number, char buffer[KEY_BYTES_MAX])
{
	container_id = text_slice(container_id, 0, CONTAINER_ID_BYTES_MAX);
	buffer[0] = (char)kind;
	store_u32(buffer + 1, number);
	if (container_id.length > 0)
		memcpy(buffer + 5, container_id.bytes, container_id.length);
	return text_of(buffer, 5 + container_id.length);
}

static struct entry *find_entry(const struct user_table *table, enum entry_kind kind, struct text container_id,
				uint32_t number)
{
	char buffer[KEY_BYTES_MAX];

	return hash_table_get(table->entries, make_key(kind, container_id, number, buffer));
}

static void remove_entry(struct user_table *table, enum entry_kind kind, struct text container_id, uint32_t number)
{
	char buffer[KEY_BYTES_MAX];
	struct entry *entry = hash_table_remove(table->entries, make_key(kind, container_id, number, buffer));

	if (entry)
		entry_free(entry);
}

static struct entry *new_entry(enum entry_kind kind, struct text container_id, uint32_t number)
{
	char buffer[KEY_BYTES_MAX];
	struct text key = make_key(kind, container_id, number, buffer);
	struct entry *entry = calloc(1, sizeof *entry + key.length);

	if (entry) {
		memcpy(entry->key, key.bytes, key.length);
		entry->key_length = key.length;
	}
	return entry;
}

/* Puts a complete entry in place of an older one of its key; takes it over. */
static int put_entry(struct user_table *table, struct entry *entry, int error)
{
	struct text key = text_of(entry->key, entry->key_length);
	struct entry *older;

	if (error) {
		entry_free(entry);
		return error;
	}
	older = hash_table_get(table->entries, key);
	error = hash_table_set(table->entries, key, entry);
	if (error)
		entry_free(entry);
	else if (older)
		entry_free(older);
	return error;
}

int user_table_add(struct user_table *table, struct text container_id, uint32_t uid, uint32_t gid, struct text name,
		   struct text home, struct text shell)
{
	struct entry *entry = new_entry(ENTRY_USER, container_id, uid);
	int error;

	if (!entry)
		return -ENOMEM;
	entry->user.uid = uid;
	entry->user.gid = gid;
	error = shared_text_set(&entry->user.name, name);
	if (!error)
		error = shared_text_set(&entry->user.home, home);
	if (!error)
		error = shared_text_set(&entry->user.shell, shell);
	return put_entry(table, entry, error);
}

int user_table_add_group(struct user_table *table, struct text container_id, uint32_t gid, struct text name)
{
	struct entry *entry = new_entry(ENTRY_GROUP, container_id, gid);

	if (!entry)
		return -ENOMEM;
	entry->group.gid = gid;
	return put_entry(table, entry, shared_text_set(&entry->group.name, name));
}

void user_table_remove(struct user_table *table, struct text container_id, uint32_t uid)
{
	remove_entry(table, ENTRY_USER, container_id, uid);
}

void user_table_remove_group(struct user_table *table, struct text container_id, uint32_t gid)
{
	remove_entry(table, ENTRY_GROUP, container_id, gid);
}

const struct user *user_table_find(const struct user_table *table, struct text container_id, uint32_t uid)
{
	const struct entry *entry = find_entry(table, ENTRY_USER, container_id, uid);

	return entry ? &entry->user : NULL;
}

const struct group *user_table_find_group(const struct user_table *table, struct text container_id, uint32_t gid)
{
	const struct entry *entry = find_entry(table, ENTRY_GROUP, container_id, gid);

	return entry ? &entry->group : NULL;
}

size_t user_table_count(const struct user_table *table)
{
	return hash_table_count(table->entries);
}

bool user_table_next(const struct user_table *table, size_t *position, struct user_row *ret_row)
{
	const struct entry *entry;
	struct text key;
	void *value;

	if (!hash_table_next(table->entries, position, &key, &value))
		return false;
	entry = value;
	*ret_row = (struct user_row){.container_id = text_slice(key, 5, SIZE_MAX), .number = load_u32(key.bytes + 1)};
	if (entry->key[0] == ENTRY_USER)
		ret_row->user = &entry->user;
	else
		ret_row->group = &entry->group;
	return true;
}
