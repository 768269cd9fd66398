#include "compiler/emit/rule_ir.h"

#include <stdlib.h>

struct ir *ir_new(struct arena *arena)
{
	struct ir *ir = calloc(1, sizeof *ir);

	if (!ir)
		return NULL;
	ir->arena = arena;
	ir->node_index = hash_table_new(0);
	ir->predicate_index = hash_table_new(0);
	ir->node_capacity = 256;
	ir->nodes = calloc(ir->node_capacity, sizeof *ir->nodes);
	if (!ir->node_index || !ir->predicate_index || !ir->nodes)
		return ir_free(ir);
	ir->node_count = 2; /* IR_FALSE and IR_TRUE */
	return ir;
}

struct ir *ir_free(struct ir *ir)
{
	if (!ir)
		return NULL;
	hash_table_free(ir->node_index);
	hash_table_free(ir->predicate_index);
	free(ir->nodes);
	free(ir->predicates);
	free(ir->seen);
	buffer_release(&ir->parts);
	free(ir);
	return NULL;
}

/* Numbers are kept in the tables as pointers; 0 would be no value. */
static void *pointer_of(uint32_t number)
{
	return (void *)((uintptr_t)number + 1);
}

static uint32_t number_of(const void *pointer)
{
	return (uint32_t)((uintptr_t)pointer - 1);
}

/* Makes room for one more element; false (and ir->failed) without memory. */
static bool reserve(struct ir *ir, void **array, uint32_t count, uint32_t *capacity, size_t element_bytes)
{
	uint32_t more = *capacity ? *capacity * 2 : 64;
	void *larger;

	if (count < *capacity)
		return true;
	larger = realloc(*array, more * element_bytes);
	if (!larger) {
		ir->failed = true;
		return false;
	}
	*array = larger;
	*capacity = more;
	return true;
}

/* NULL bytes, and ir->failed, without memory. */
static struct text remember(struct ir *ir, struct hash_table *table, struct text key, uint32_t number)
{
	struct text copy = arena_copy_text(ir->arena, key);

	if (copy.bytes && hash_table_set(table, copy, pointer_of(number)) == 0)
		return copy;
	ir->failed = true;
	return (struct text){0};
}

uint32_t ir_add_predicate(struct ir *ir, struct text key, const struct ir_predicate *predicate)
{
	const void *known = hash_table_get(ir->predicate_index, key);
	void *array = ir->predicates;

	if (known)
		return number_of(known);
	if (!reserve(ir, &array, ir->predicate_count, &ir->predicate_capacity, sizeof *ir->predicates))
		return 0;
	ir->predicates = array;
	if (!remember(ir, ir->predicate_index, key, ir->predicate_count).bytes)
		return 0;
	ir->predicates[ir->predicate_count] = *predicate;
	return ir->predicate_count++;
}

/* The node with the key, made if it is new. Its children, if any, are the key's numbers from the second on. */
static uint32_t share_node(struct ir *ir, struct text key, const struct ir_node *node)
{
	const void *known = hash_table_get(ir->node_index, key);
	void *array = ir->nodes;
	struct text kept;

	if (known)
		return number_of(known);
	if (!reserve(ir, &array, ir->node_count, &ir->node_capacity, sizeof *ir->nodes))
		return IR_FALSE;
	ir->nodes = array;
	kept = remember(ir, ir->node_index, key, ir->node_count);
	if (!kept.bytes)
		return IR_FALSE;
	ir->nodes[ir->node_count] = *node;
	if (node->child_count) /* what the arena gives is aligned */
		ir->nodes[ir->node_count].children = (const uint32_t *)(const void *)kept.bytes + 1;
	return ir->node_count++;
}

uint32_t ir_test(struct ir *ir, uint32_t predicate, bool polarity)
{
	const uint32_t key[] = {IR_TEST, predicate, polarity};
	const struct ir_node node = {.kind = IR_TEST, .polarity = polarity, .predicate = predicate};

	return share_node(ir, text_of((const char *)key, sizeof key), &node);
}

/* Everything that a join is made of, in `out`; returns how much, or UINT32_MAX when a child decides alone. */
static uint32_t flatten(struct ir *ir, enum ir_kind kind, const uint32_t *children, uint32_t count, uint32_t *out)
{
	uint32_t neutral = kind == IR_AND ? IR_TRUE : IR_FALSE;
	uint32_t length = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct ir_node *child = &ir->nodes[children[i]];
		const uint32_t *parts = child->kind == kind ? child->children : &children[i];
		uint32_t part_count = child->kind == kind ? child->child_count : 1;

		for (uint32_t j = 0; j < part_count; j++) {
			if (parts[j] == neutral || ir->seen[parts[j]] == ir->join_number)
				continue;
			if (ir->nodes[parts[j]].kind == IR_CONSTANT)
				return UINT32_MAX;
			ir->seen[parts[j]] = ir->join_number;
			out[length++] = parts[j];
		}
	}
	return length;
}

static bool reserve_seen(struct ir *ir)
{
	uint32_t *seen;

	if (ir->seen_capacity >= ir->node_count)
		return true;
	seen = realloc(ir->seen, ir->node_capacity * sizeof *seen);
	if (!seen) {
		ir->failed = true;
		return false;
	}
	memset(seen + ir->seen_capacity, 0, (ir->node_capacity - ir->seen_capacity) * sizeof *seen);
	ir->seen = seen;
	ir->seen_capacity = ir->node_capacity;
	return true;
}

uint32_t ir_join(struct ir *ir, enum ir_kind kind, const uint32_t *children, uint32_t count)
{
	size_t room = 1;
	uint32_t *parts, length;
	struct ir_node node = {.kind = (uint8_t)kind};

	for (uint32_t i = 0; i < count; i++)
		room += ir->nodes[children[i]].child_count + 1;
	/* The kind stands before the parts, so that both make the key. */
	buffer_clear(&ir->parts);
	if (!buffer_reserve(&ir->parts, room * sizeof *parts) || !reserve_seen(ir)) {
		ir->failed = true;
		return IR_FALSE;
	}
	parts = (uint32_t *)(void *)ir->parts.bytes;
	ir->join_number++;
	parts[0] = kind;
	length = flatten(ir, kind, children, count, parts + 1);
	if (length == UINT32_MAX)
		return kind == IR_AND ? IR_FALSE : IR_TRUE;
	if (length == 0)
		return kind == IR_AND ? IR_TRUE : IR_FALSE;
	if (length == 1)
		return parts[1];
	node.child_count = length;
	return share_node(ir, text_of((const char *)parts, ((size_t)length + 1) * sizeof *parts), &node);
}
