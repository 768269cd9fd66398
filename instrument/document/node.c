#include "instrument/document/node.h"

#include <stdlib.h>
#include <string.h>

bool node_is_string(const struct node *node, const char *string)
{
	return node && node->kind == NODE_STRING && node->tag.length == 0 && text_is(node->text, string);
}

bool node_is_absent(const struct node *node)
{
	return !node || node->kind == NODE_NULL;
}

struct node *node_member_named(const struct node *object, struct text name)
{
	if (!object || object->kind != NODE_OBJECT)
		return NULL;
	for (struct node *member = object->first; member; member = member->next)
		if (text_equal(member->key->text, name))
			return member;
	return NULL;
}

struct node *node_member(const struct node *object, const char *name)
{
	return node_member_named(object, text_from_string(name));
}

struct text node_string(const struct node *node)
{
	return node && node->kind == NODE_STRING && node->tag.length == 0 ? node->text : TEXT_EMPTY;
}

struct text node_source(struct text source, const struct node *node)
{
	return text_slice(source, node->start, node->end - node->start);
}

struct text node_member_text(const struct node *object, const char *name)
{
	return node_string(node_member(object, name));
}

/* ---- comparison ---- */

static int compare_keys(const void *a, const void *b)
{
	const struct node *const *left = a, *const *right = b;

	return text_compare((*left)->key->text, (*right)->key->text);
}

/* The members by key, in memory of the caller's; NULL when there is none. The object has members. */
static const struct node **sorted_members(const struct node *object)
{
	const struct node **members = calloc(object->count, sizeof *members);
	size_t count = 0;

	if (!members)
		return NULL;
	for (const struct node *member = object->first; member; member = member->next)
		members[count++] = member;
	qsort(members, count, sizeof *members, compare_keys);
	return members;
}

static bool objects_equal(const struct node *a, const struct node *b)
{
	const struct node **left, **right;
	bool equal;

	if (a->count == 0)
		return true;
	left = sorted_members(a);
	right = sorted_members(b);
	equal = left && right;
	for (size_t i = 0; equal && i < a->count; i++)
		equal = text_equal(left[i]->key->text, right[i]->key->text) && node_equal(left[i], right[i]);
	free(left);
	free(right);
	return equal;
}

bool node_equal(const struct node *a, const struct node *b)
{
	const struct node *right;

	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->count != b->count || !text_equal(a->tag, b->tag))
		return false;
	if (a->kind == NODE_OBJECT)
		return objects_equal(a, b);
	if (a->kind != NODE_ARRAY)
		return a->kind == NODE_NULL || text_equal(a->text, b->text);
	right = b->first;
	for (const struct node *left = a->first; left; left = left->next, right = right->next)
		if (!right || !node_equal(left, right))
			return false;
	return true;
}

const struct node *node_duplicate_key(const struct node *object, const struct node **ret_first)
{
	const struct node **members, *second = NULL;

	if (object->kind != NODE_OBJECT || object->count < 2)
		return NULL;
	members = sorted_members(object);
	for (size_t i = 1; members && i < object->count && !second; i++) {
		const struct node *a = members[i - 1], *b = members[i];

		if (!text_equal(a->key->text, b->key->text))
			continue;
		*ret_first = a->start < b->start ? a : b;
		second = a->start < b->start ? b : a;
	}
	free(members);
	return second;
}

/* ---- new values ---- */

struct node *node_new(struct arena *arena, enum node_kind kind)
{
	struct node *node = arena_allocate(arena, sizeof *node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->is_new = true;
	node->is_flow = true;
	node->text = TEXT_EMPTY;
	node->tag = TEXT_EMPTY;
	return node;
}

struct node *node_new_string(struct arena *arena, struct text text)
{
	struct node *node = node_new(arena, NODE_STRING);

	if (node) {
		node->text = text;
		node->is_quoted = true;
	}
	return node;
}

struct node *node_new_bool(struct arena *arena, bool value)
{
	struct node *node = node_new(arena, NODE_BOOL);

	if (node)
		node->text = value ? TEXT("true") : TEXT("false");
	return node;
}

/* Recursion is bounded by DOCUMENT_DEPTH_MAX, as that of every function on trees. */
struct node *node_copy(struct arena *arena, const struct node *node)
{
	struct node *copy = node_new(arena, node->kind);

	if (!copy)
		return NULL;
	copy->text = node->text;
	copy->tag = node->tag;
	copy->is_quoted = node->is_quoted;
	for (const struct node *child = node->first; child; child = child->next) {
		struct node *child_copy = node_copy(arena, child);

		if (!child_copy)
			return NULL;
		child_copy->key = child->key;
		node_append(copy, child_copy);
	}
	return copy;
}

/* ---- changes ---- */

void node_append(struct node *array, struct node *child)
{
	if (!array || !child)
		return;
	child->parent = array;
	child->previous = array->last;
	child->next = NULL;
	if (array->last)
		array->last->next = child;
	else
		array->first = child;
	array->last = child;
	array->count++;
}

void node_add_member(struct arena *arena, struct node *object, const char *name, struct node *child)
{
	if (!object || !child)
		return;
	child->key = node_new_string(arena, text_from_string(name));
	if (child->key)
		node_append(object, child);
}

void node_add_string(struct arena *arena, struct node *object, const char *name, struct text value)
{
	node_add_member(arena, object, name, node_new_string(arena, value));
}

void node_insert_before(struct node *sibling, struct node *child)
{
	child->parent = sibling->parent;
	child->next = sibling;
	child->previous = sibling->previous;
	if (sibling->previous)
		sibling->previous->next = child;
	else
		sibling->parent->first = child;
	sibling->previous = child;
	sibling->parent->count++;
}

void node_unlink(struct node *child)
{
	struct node *parent = child->parent;

	if (child->previous)
		child->previous->next = child->next;
	else
		parent->first = child->next;
	if (child->next)
		child->next->previous = child->previous;
	else
		parent->last = child->previous;
	parent->count--;
	child->parent = child->previous = child->next = NULL;
}

void node_become(struct node *node, struct node *value)
{
	node->kind = value->kind;
	node->text = value->text;
	node->tag = value->tag;
	node->is_flow = true;
	node->is_quoted = value->is_quoted;
	node->first = value->first;
	node->last = value->last;
	node->count = value->count;
	for (struct node *child = node->first; child; child = child->next)
		child->parent = node;
}

struct node *node_next_within(const struct node *root, const struct node *node)
{
	if (node->first)
		return node->first;
	while (node != root && !node->next)
		node = node->parent;
	return node == root ? NULL : node->next;
}
