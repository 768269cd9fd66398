/*
 * Users and groups, keyed by container and number (event-model reference, section 13). The host's have an empty
 * container id. Texts that are handed out live until the next state_apply() or state_reset().
 */
#ifndef TERCEL_EVENT_STATE_USER_H
#define TERCEL_EVENT_STATE_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "event/state/shared_text.h"

struct user {
	uint32_t uid, gid;
	struct shared_text *name, *home, *shell;
};

struct group {
	uint32_t gid;
	struct shared_text *name;
};

/* The longest text of a user list. */
#define USER_ENTRY_TEXT_BYTES_MAX 255u

struct user_table;

/* A row of the table: a user or a group, the other is NULL. */
struct user_row {
	struct text container_id; /* empty: the host */
	uint32_t number;
	const struct user *user;
	const struct group *group;
};

/* limit_entries: users and groups together. */
struct user_table *user_table_new(size_t limit_entries);
struct user_table *user_table_free(struct user_table *table);
void user_table_clear(struct user_table *table);

/* Add or replace. 0, -ENOMEM, -ENOSPC. Texts are copied. */
int user_table_add(struct user_table *table, struct text container_id, uint32_t uid, uint32_t gid, struct text name,
		   struct text home, struct text shell);
int user_table_add_group(struct user_table *table, struct text container_id, uint32_t gid, struct text name);
void user_table_remove(struct user_table *table, struct text container_id, uint32_t uid);
void user_table_remove_group(struct user_table *table, struct text container_id, uint32_t gid);

/*
 * NULL when unknown. These are the bare tables: the default names of uid and gid 0 ("root"), which only user.* and
 * group.* know, are the caller's affair.
 */
const struct user *user_table_find(const struct user_table *table, struct text container_id, uint32_t uid);
const struct group *user_table_find_group(const struct user_table *table, struct text container_id, uint32_t gid);

size_t user_table_count(const struct user_table *table); /* users and groups */
/* Start with *position = 0; false at the end. Order is not specified. */
bool user_table_next(const struct user_table *table, size_t *position, struct user_row *ret_row);

#endif
