/*
 * Two maps to pointers: by text (`hash_table`) and by 64-bit number (`number_table`). Open addressing, random seed per
 * table (keys may be chosen by an attacker), optional cap on the number of entries.
 *
 * Neither owns its values. A hash_table does not copy its keys: the caller keeps them alive while they are in the table
 * (usually in an arena or inside the value). Iteration order is that of insertion for hash_table as long as nothing was
 * removed; for number_table it is unspecified.
 */
#ifndef TERCEL_BASE_HASH_TABLE_H
#define TERCEL_BASE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct hash_table;

struct hash_table *hash_table_new(size_t limit_entries); /* 0: no limit */
struct hash_table *hash_table_free(struct hash_table *table);
size_t hash_table_count(const struct hash_table *table);
void *hash_table_get(const struct hash_table *table, struct text key); /* NULL when absent */
/* Adds or replaces. 0, -ENOMEM, or -ENOSPC at the limit. `value` must not be NULL. */
int hash_table_set(struct hash_table *table, struct text key, void *value);
void *hash_table_remove(struct hash_table *table, struct text key); /* the value that was there, or NULL */
void hash_table_clear(struct hash_table *table);
/* Start with *position = 0; false at the end. */
bool hash_table_next(const struct hash_table *table, size_t *position, struct text *ret_key, void **ret_value);

struct number_table;

struct number_table *number_table_new(size_t limit_entries);
struct number_table *number_table_free(struct number_table *table);
size_t number_table_count(const struct number_table *table);
void *number_table_get(const struct number_table *table, uint64_t key);
int number_table_set(struct number_table *table, uint64_t key, void *value);
void *number_table_remove(struct number_table *table, uint64_t key);
void number_table_clear(struct number_table *table);
bool number_table_next(const struct number_table *table, size_t *position, uint64_t *ret_key, void **ret_value);

#endif
