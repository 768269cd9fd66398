#include "vm/match_trie.h"

#include <assert.h>

#include "base/seeded_bug.h"
#include "base/text.h"

#define NO_NODE UINT32_MAX

static uint32_t child(const struct format_trie *trie, const uint8_t *constants, uint32_t node, struct text component)
{
	const struct format_trie_node *row = &trie_nodes(trie)[node];
	const uint32_t *edges = trie_edges(trie);
	uint32_t low = row->first_edge, high = row->first_edge + row->edge_count;

	assert(node < trie->node_count && high < trie->node_count);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		struct text label = text_of((const char *)constants + edges[middle], constants[edges[middle] - 1]);
		int order = text_compare(label, SEEDED_BUG(PART_OF_COMPONENT) ? text_slice(component, 0, label.length) : component);

		if (order == 0)
			return middle + 1;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NO_NODE;
}

/* The next component at or after *position; false at the end. */
static bool next_component(const uint8_t *bytes, uint32_t length, uint32_t *position, struct text *ret_component)
{
	uint32_t start, end;

	for (start = *position; start < length && bytes[start] == '/'; start++)
		;
	for (end = start; end < length && bytes[end] != '/'; end++)
		;
	*position = end;
	*ret_component = text_of((const char *)bytes + start, end - start);
	return end > start;
}

bool trie_has_prefix_of(const struct format_trie *trie, const uint8_t *constants, const uint8_t *bytes, uint32_t length)
{
	const struct format_trie_node *nodes = trie_nodes(trie);
	uint32_t node = 0, position = 0;
	struct text component;

	while (nodes[node].bit_count == 0) {
		if (!next_component(bytes, length, &position, &component))
			return false;
		node = child(trie, constants, node, component);
		if (node == NO_NODE)
			return false;
	}
	return true;
}

void trie_collect(const struct format_trie *trie, const uint8_t *constants, const uint8_t *bytes, uint32_t length,
		  void (*found)(void *context, const uint32_t *bits, uint32_t count), void *context)
{
	const struct format_trie_node *nodes = trie_nodes(trie);
	const uint32_t *bits = trie_bits(trie);
	uint32_t node = 0, position = 0;
	struct text component;

	for (;;) {
		found(context, bits + nodes[node].first_bit, nodes[node].bit_count);
		if (!next_component(bytes, length, &position, &component))
			return;
		node = child(trie, constants, node, component);
		if (node == NO_NODE)
			return;
	}
}
