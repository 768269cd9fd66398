#include "base/hash_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

#define LEAST_SLOTS ((size_t)8)

/* The kernel's random bytes; where getrandom is refused, those that it gave to the process at exec. */
static void random_bytes(void *bytes, size_t length)
{
	const char *at_exec;

	if (getrandom(bytes, length, GRND_NONBLOCK) == (ssize_t)length)
		return;
	at_exec = (const char *)getauxval(AT_RANDOM); /* 16 bytes */
	if (at_exec)
		memcpy(bytes, at_exec, length < 16 ? length : 16);
}

/* Half to two thirds full at most: short probes, and always an empty slot that ends them. */
static bool is_crowded(size_t used, size_t slots)
{
	return used * 3 >= slots * 2;
}

static size_t slots_for(size_t entries)
{
	size_t slots = LEAST_SLOTS;

	while (entries * 2 > slots)
		slots *= 2;
	return slots;
}

/*
 * hash_table: entries lie densely in order of insertion; the slots hold 1-based indices to them. A removed entry stays,
 * with a NULL value, until the next rebuild, so that removing while iterating is safe and probes stay intact.
 */
struct entry {
	struct text key;
	uint64_t hash;
	void *value; /* NULL: removed */
};

struct hash_table {
	struct entry *entries;
	uint32_t *slots;    /* power of two; 0 is empty, else index + 1 */
	size_t slot_count;  /* 0 before the first entry */
	size_t entry_count; /* with the removed ones */
	size_t live_count;
	size_t limit_entries;
	uint64_t seed;
};

struct hash_table *hash_table_new(size_t limit_entries)
{
	struct hash_table *table = calloc(1, sizeof *table);

	if (table) {
		table->limit_entries = limit_entries;
		random_bytes(&table->seed, sizeof table->seed);
	}
	return table;
}

struct hash_table *hash_table_free(struct hash_table *table)
{
	if (table) {
		free(table->entries);
		free(table->slots);
	}
	free(table);
	return NULL;
}

size_t hash_table_count(const struct hash_table *table)
{
	return table->live_count;
}

static size_t empty_slot(const uint32_t *slots, size_t slot_count, uint64_t hash)
{
	size_t slot = hash & (slot_count - 1);

	while (slots[slot])
		slot = (slot + 1) & (slot_count - 1);
	return slot;
}

static struct entry *find_entry(const struct hash_table *table, struct text key, uint64_t hash)
{
	if (table->slot_count == 0)
		return NULL;
	for (size_t slot = hash & (table->slot_count - 1); table->slots[slot];
	     slot = (slot + 1) & (table->slot_count - 1)) {
		struct entry *entry = &table->entries[table->slots[slot] - 1];

		if (entry->value && entry->hash == hash && text_equal(entry->key, key))
			return entry;
	}
	return NULL;
}

/* New arrays with room for one more than the live entries; drops the removed ones. */
static int rebuild(struct hash_table *table)
{
	size_t slot_count = slots_for(table->live_count + 1);
	size_t capacity = slot_count * 2 / 3 + 1;
	struct entry *entries;
	uint32_t *slots;
	size_t count = 0;

	if (slot_count > UINT32_MAX)
		return -ENOMEM;
	entries = reallocarray(NULL, capacity, sizeof *entries);
	slots = calloc(slot_count, sizeof *slots);
	if (!entries || !slots) {
		free(entries);
		free(slots);
		return -ENOMEM;
	}
	for (size_t i = 0; i < table->entry_count; i++) {
		if (!table->entries[i].value)
			continue;
		entries[count++] = table->entries[i];
		slots[empty_slot(slots, slot_count, table->entries[i].hash)] = (uint32_t)count;
	}
	free(table->entries);
	free(table->slots);
	table->entries = entries;
	table->slots = slots;
	table->slot_count = slot_count;
	table->entry_count = count;
	return 0;
}

void *hash_table_get(const struct hash_table *table, struct text key)
{
	struct entry *entry;

	if (table->live_count == 0)
		return NULL;
	entry = find_entry(table, key, text_hash(key, table->seed));
	return entry ? entry->value : NULL;
}

int hash_table_set(struct hash_table *table, struct text key, void *value)
{
	uint64_t hash = text_hash(key, table->seed);
	struct entry *entry = find_entry(table, key, hash);

	if (entry) {
		entry->key = key;
		entry->value = value;
		return 0;
	}
	if (table->limit_entries && table->live_count >= table->limit_entries)
		return -ENOSPC;
	if (is_crowded(table->entry_count, table->slot_count)) {
		int error = rebuild(table);

		if (error)
			return error;
	}
	table->entries[table->entry_count++] = (struct entry){key, hash, value};
	table->slots[empty_slot(table->slots, table->slot_count, hash)] = (uint32_t)table->entry_count;
	table->live_count++;
	return 0;
}

void *hash_table_remove(struct hash_table *table, struct text key)
{
	struct entry *entry = find_entry(table, key, text_hash(key, table->seed));
	void *value;

	if (!entry)
		return NULL;
	value = entry->value;
	entry->value = NULL;
	entry->key = TEXT_EMPTY;
	table->live_count--;
	return value;
}

void hash_table_clear(struct hash_table *table)
{
	if (table->slots)
		memset(table->slots, 0, table->slot_count * sizeof *table->slots);
	table->entry_count = 0;
	table->live_count = 0;
}

bool hash_table_next(const struct hash_table *table, size_t *position, struct text *ret_key, void **ret_value)
{
	while (*position < table->entry_count) {
		const struct entry *entry = &table->entries[(*position)++];

		if (!entry->value)
			continue;
		*ret_key = entry->key;
		*ret_value = entry->value;
		return true;
	}
	return false;
}

/*
 * number_table: keys and values lie in the slots themselves, one cache line a look-up. A removed slot is a tombstone
 * until the next rebuild, unless the slot after it is empty.
 */
struct slot {
	uint64_t key;
	void *value; /* NULL: empty */
};

struct number_table {
	struct slot *slots;
	size_t slot_count; /* power of two; 0 before the first entry */
	size_t live_count;
	size_t used_count; /* with tombstones */
	size_t limit_entries;
	uint64_t seed[2];
};

static char removed_mark; /* only its address is used */
#define REMOVED ((void *)&removed_mark)

struct number_table *number_table_new(size_t limit_entries)
{
	struct number_table *table = calloc(1, sizeof *table);

	if (table) {
		table->limit_entries = limit_entries;
		random_bytes(table->seed, sizeof table->seed);
		table->seed[1] |= 1;
	}
	return table;
}

struct number_table *number_table_free(struct number_table *table)
{
	if (table)
		free(table->slots);
	free(table);
	return NULL;
}

size_t number_table_count(const struct number_table *table)
{
	return table->live_count;
}

/* Both halves of a 128-bit product, folded: every bit of the key reaches the low bits, in two instructions. */
static inline size_t slot_of(const struct number_table *table, uint64_t key)
{
	unsigned __int128 product = (unsigned __int128)(key ^ table->seed[0]) * table->seed[1];

	return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64)) & (table->slot_count - 1);
}

static struct slot *find_slot(const struct number_table *table, uint64_t key)
{
	if (table->slot_count == 0)
		return NULL;
	for (size_t at = slot_of(table, key); table->slots[at].value; at = (at + 1) & (table->slot_count - 1)) {
		if (table->slots[at].key == key && table->slots[at].value != REMOVED)
			return &table->slots[at];
	}
	return NULL;
}

void *number_table_get(const struct number_table *table, uint64_t key)
{
	struct slot *slot = find_slot(table, key);

	return slot ? slot->value : NULL;
}

static void place(struct number_table *table, uint64_t key, void *value)
{
	size_t at = slot_of(table, key);

	while (table->slots[at].value)
		at = (at + 1) & (table->slot_count - 1);
	table->slots[at] = (struct slot){key, value};
}

static int rebuild_numbers(struct number_table *table)
{
	struct slot *old = table->slots;
	size_t old_count = table->slot_count;
	size_t slot_count = slots_for(table->live_count + 1);
	struct slot *slots = calloc(slot_count, sizeof *slots);

	if (!slots)
		return -ENOMEM;
	table->slots = slots;
	table->slot_count = slot_count;
	for (size_t i = 0; i < old_count; i++) {
		if (old[i].value && old[i].value != REMOVED)
			place(table, old[i].key, old[i].value);
	}
	table->used_count = table->live_count;
	free(old);
	return 0;
}

int number_table_set(struct number_table *table, uint64_t key, void *value)
{
	struct slot *slot = find_slot(table, key);

	if (slot) {
		slot->value = value;
		return 0;
	}
	if (table->limit_entries && table->live_count >= table->limit_entries)
		return -ENOSPC;
	if (is_crowded(table->used_count, table->slot_count)) {
		int error = rebuild_numbers(table);

		if (error)
			return error;
	}
	place(table, key, value);
	table->used_count++;
	table->live_count++;
	return 0;
}

void *number_table_remove(struct number_table *table, uint64_t key)
{
	struct slot *slot = find_slot(table, key);
	size_t after;
	void *value;

	if (!slot)
		return NULL;
	value = slot->value;
	after = ((size_t)(slot - table->slots) + 1) & (table->slot_count - 1);
	if (table->slots[after].value) {
		slot->value = REMOVED;
	} else {
		slot->value = NULL;
		table->used_count--;
	}
	table->live_count--;
	return value;
}

void number_table_clear(struct number_table *table)
{
	if (table->slots)
		memset(table->slots, 0, table->slot_count * sizeof *table->slots);
	table->live_count = 0;
	table->used_count = 0;
}

bool number_table_next(const struct number_table *table, size_t *position, uint64_t *ret_key, void **ret_value)
{
	while (*position < table->slot_count) {
		const struct slot *slot = &table->slots[(*position)++];

		if (!slot->value || slot->value == REMOVED)
			continue;
		*ret_key = slot->key;
		*ret_value = slot->value;
		return true;
	}
	return false;
}
