#include "event/state/descriptor_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	char letter;
	const char *type_name;
} kinds[] = {
#define KIND(constant, letter, type, meaning) {letter, type},
#include "event/state/descriptor_kinds.def"
#undef KIND
};

char descriptor_letter(enum descriptor_kind kind)
{
	return kinds[kind].letter;
}

const char *descriptor_type_name(enum descriptor_kind kind)
{
	return kinds[kind].type_name;
}

static const uint8_t list_type_kinds[LIST_TYPE_COUNT] = {
#define LIST_TYPE(constant, kind) DESCRIPTOR_##kind,
#include "event/state/descriptor_list_types.def"
#undef LIST_TYPE
};

enum descriptor_kind descriptor_kind_of_list_type(uint8_t type)
{
	return type < LIST_TYPE_COUNT ? (enum descriptor_kind)list_type_kinds[type] : DESCRIPTOR_UNSUPPORTED;
}

enum descriptor_list_type descriptor_list_type_of_kind(enum descriptor_kind kind)
{
	for (unsigned type = LIST_TYPE_COUNT; type-- > 0;)
		if (list_type_kinds[type] == kind)
			return (enum descriptor_list_type)type;
	return LIST_TYPE_UNSUPPORTED;
}

struct descriptor *descriptor_new(enum descriptor_kind kind)
{
	struct descriptor *descriptor = calloc(1, sizeof *descriptor);

	if (descriptor) {
		descriptor->references = 1;
		descriptor->kind = (uint8_t)kind;
	}
	return descriptor;
}

struct descriptor *descriptor_copy(const struct descriptor *descriptor)
{
	struct descriptor *copy = malloc(sizeof *copy);

	if (copy) {
		*copy = *descriptor;
		copy->references = 1;
		shared_text_share(copy->name);
		shared_text_share(copy->raw_name);
	}
	return copy;
}

void descriptor_release(struct descriptor *descriptor)
{
	if (!descriptor || --descriptor->references > 0)
		return;
	shared_text_release(&descriptor->name);
	shared_text_release(&descriptor->raw_name);
	free(descriptor);
}

/*
 * Open addressing with linear probing; removing shifts the entries behind, so there are no tombstones. Numbers are
 * small and dense in real programs; the odd multiplier keeps them apart and, being secret, hostile ones too.
 */
struct slot {
	int64_t number;
	struct descriptor *descriptor; /* NULL: free */
};

struct descriptor_table {
	uint32_t references;
	uint32_t count;
	uint32_t capacity; /* power of two */
	uint32_t shift;	   /* 64 - log2(capacity) */
	uint64_t multiplier;
	struct slot slots[];
};

#define LEAST_CAPACITY 8
#define LARGEST_CAPACITY (UINT32_C(1) << 30)

static struct descriptor_table *table_new(uint32_t capacity, uint64_t multiplier)
{
	struct descriptor_table *table = calloc(1, sizeof *table + capacity * sizeof table->slots[0]);

	if (table) {
		table->references = 1;
		table->capacity = capacity;
		table->shift = 64 - (uint32_t)__builtin_ctz(capacity);
		table->multiplier = multiplier;
	}
	return table;
}

static uint32_t home_of(const struct descriptor_table *table, int64_t number)
{
	return (uint32_t)(((uint64_t)number * table->multiplier) >> table->shift);
}

/* The slot of `number`, or the free one where it would go. */
static uint32_t slot_of(const struct descriptor_table *table, int64_t number)
{
	uint32_t at = home_of(table, number);

	while (table->slots[at].descriptor && table->slots[at].number != number)
		at = (at + 1) & (table->capacity - 1);
	return at;
}

struct descriptor_table *descriptor_table_share(struct descriptor_table *table)
{
	if (table)
		table->references++;
	return table;
}

void descriptor_table_release(struct descriptor_table **slot)
{
	struct descriptor_table *table = *slot;

	*slot = NULL;
	if (!table || --table->references > 0)
		return;
	for (uint32_t i = 0; i < table->capacity; i++)
		descriptor_release(table->slots[i].descriptor);
	free(table);
}

const struct descriptor *descriptor_table_find(const struct descriptor_table *table, int64_t number)
{
	return table ? table->slots[slot_of(table, number)].descriptor : NULL;
}

size_t descriptor_table_count(const struct descriptor_table *table)
{
	return table ? table->count : 0;
}

bool descriptor_table_next(const struct descriptor_table *table, size_t *position, int64_t *ret_number,
			   const struct descriptor **ret_descriptor)
{
	while (table && *position < table->capacity) {
		const struct slot *slot = &table->slots[(*position)++];

		if (!slot->descriptor)
			continue;
		*ret_number = slot->number;
		*ret_descriptor = slot->descriptor;
		return true;
	}
	return false;
}

/* A table of its own with the same entries and at least `capacity` slots, in place of *slot. */
static int table_replace(struct descriptor_table **slot, uint32_t capacity)
{
	struct descriptor_table *old = *slot;
	struct descriptor_table *table = table_new(capacity, old->multiplier);

	if (!table)
		return -ENOMEM;
	for (uint32_t i = 0; i < old->capacity; i++) {
		struct slot entry = old->slots[i];

		if (!entry.descriptor)
			continue;
		entry.descriptor->references++;
		table->slots[slot_of(table, entry.number)] = entry;
	}
	table->count = old->count;
	descriptor_table_release(slot);
	*slot = table;
	return 0;
}

/* The table, copied if it is shared; NULL when there is no memory. */
static struct descriptor_table *table_make_private(struct descriptor_table **slot)
{
	if ((*slot)->references > 1 && table_replace(slot, (*slot)->capacity))
		return NULL;
	return *slot;
}

int descriptor_table_set(struct descriptor_table **slot, int64_t number, struct descriptor *descriptor, size_t limit,
			 uint64_t seed)
{
	struct descriptor_table *table = *slot;
	bool is_new = !descriptor_table_find(table, number);
	uint32_t at;
	int error = 0;

	if (is_new && descriptor_table_count(table) >= limit)
		error = -ENOSPC;
	else if (!table)
		error = (*slot = table_new(LEAST_CAPACITY, seed | 1)) ? 0 : -ENOMEM;
	else if (is_new && (table->count + 1) * 4 > table->capacity * 3)
		error = table->capacity < LARGEST_CAPACITY ? table_replace(slot, 2 * table->capacity) : -ENOMEM;
	else
		error = table_make_private(slot) ? 0 : -ENOMEM;
	if (error) {
		descriptor_release(descriptor);
		return error;
	}
	table = *slot;
	at = slot_of(table, number);
	if (is_new)
		table->count++;
	else
		descriptor_release(table->slots[at].descriptor);
	table->slots[at] = (struct slot){number, descriptor};
	return 0;
}

/* Frees slot `at` of a private table and moves up the entries that were displaced by it. */
static void table_remove_at(struct descriptor_table *table, uint32_t at)
{
	uint32_t mask = table->capacity - 1;
	uint32_t next = at;

	descriptor_release(table->slots[at].descriptor);
	table->count--;
	for (;;) {
		table->slots[at].descriptor = NULL;
		for (;;) {
			next = (next + 1) & mask;
			if (!table->slots[next].descriptor)
				return;
			/* May it move to `at`: does its home not lie between `at` (excluded) and where it is? */
			if (((next - home_of(table, table->slots[next].number)) & mask) >= ((next - at) & mask))
				break;
		}
		table->slots[at] = table->slots[next];
		at = next;
	}
}

int descriptor_table_remove(struct descriptor_table **slot, int64_t number)
{
	struct descriptor_table *table;

	if (!descriptor_table_find(*slot, number))
		return 0;
	table = table_make_private(slot);
	if (!table)
		return -ENOMEM;
	table_remove_at(table, slot_of(table, number));
	return 0;
}

struct descriptor *descriptor_table_edit(struct descriptor_table **slot, int64_t number)
{
	const struct descriptor *shared = descriptor_table_find(*slot, number);
	struct descriptor_table *table = shared ? table_make_private(slot) : NULL;
	struct descriptor *copy;
	struct slot *entry;

	if (!table)
		return NULL;
	entry = &table->slots[slot_of(table, number)];
	if (shared->references == 1)
		return entry->descriptor;
	copy = descriptor_copy(shared);
	if (!copy)
		return NULL;
	descriptor_release(entry->descriptor);
	entry->descriptor = copy;
	return copy;
}

int descriptor_table_remove_if(struct descriptor_table **slot,
			       bool (*is_removed)(int64_t number, const struct descriptor *descriptor, const void *context),
			       const void *context)
{
	const struct descriptor *descriptor;
	struct descriptor_table *old = *slot, *kept;
	size_t position = 0;
	uint32_t count = 0;
	int64_t number;

	while (descriptor_table_next(old, &position, &number, &descriptor))
		count += is_removed(number, descriptor, context);
	if (count == 0)
		return 0;
	kept = table_new(old->capacity, old->multiplier);
	if (!kept)
		return -ENOMEM;
	for (uint32_t i = 0; i < old->capacity; i++) {
		struct slot entry = old->slots[i];

		if (!entry.descriptor || is_removed(entry.number, entry.descriptor, context))
			continue;
		entry.descriptor->references++;
		kept->slots[slot_of(kept, entry.number)] = entry;
		kept->count++;
	}
	descriptor_table_release(slot);
	*slot = kept;
	return 0;
}
