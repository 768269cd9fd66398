/* Writing to descriptors and their tables; for the files of event/state alone (see descriptor.h for reading). */
#ifndef TERCEL_EVENT_STATE_DESCRIPTOR_TABLE_H
#define TERCEL_EVENT_STATE_DESCRIPTOR_TABLE_H

#include "event/state/descriptor.h"

/* A zeroed entry with one reference; NULL when there is no memory. */
struct descriptor *descriptor_new(enum descriptor_kind kind);
/* A separate copy; names are shared. */
struct descriptor *descriptor_copy(const struct descriptor *descriptor);
void descriptor_release(struct descriptor *descriptor); /* accepts NULL */

/* Tables: `*slot` NULL is an empty one. */
struct descriptor_table *descriptor_table_share(struct descriptor_table *table); /* a reference; accepts NULL */
void descriptor_table_release(struct descriptor_table **slot);

/*
 * Puts `descriptor` under `number`, in place of what was there, and takes over its reference (on failure too: then it is
 * released). 0, -ENOMEM, -ENOSPC when the table has `limit` entries. `seed` spreads the numbers of a new table.
 */
int descriptor_table_set(struct descriptor_table **slot, int64_t number, struct descriptor *descriptor, size_t limit,
			 uint64_t seed);
/* 0, or -ENOMEM when a shared table could not be copied; then nothing changed. */
int descriptor_table_remove(struct descriptor_table **slot, int64_t number);
/*
 * The entry, safe to be written: neither the table nor the entry is shared afterwards. NULL when it is not there or there
 * is no memory.
 */
struct descriptor *descriptor_table_edit(struct descriptor_table **slot, int64_t number);

/* Removes the entries that `is_removed` picks. 0 or -ENOMEM (nothing changed). */
int descriptor_table_remove_if(struct descriptor_table **slot,
			       bool (*is_removed)(int64_t number, const struct descriptor *descriptor, const void *context),
			       const void *context);

#endif
