/* Builds the tables of operands: sets, path tries, networks, DFAs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/match_dfa.h"
#include "vm/match_set.h"
#include "vm/program_writer_internal.h"

/* ---- sets ---- */

struct set_member {
	struct text t;
	uint32_t bucket, order;
};

static int compare_members(const void *a, const void *b)
{
	const struct set_member *x = a, *y = b;
	int order;

	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	order = text_compare(x->t, y->t);
	if (order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Between one and two members to a bucket. */
static uint32_t bucket_count_for(uint32_t member_count)
{
	uint32_t buckets = 1;

	while (buckets < member_count / 2 + 1)
		buckets *= 2;
	return buckets;
}

void writer_append_bytes_set(struct program_writer *writer, const struct text *members, uint32_t count,
			     struct buffer *table, uint32_t *ret_order, uint32_t *ret_count)
{
	struct set_member *sorted = calloc(count + (size_t)1, sizeof *sorted);
	struct format_bytes_set header = {.bucket_count = bucket_count_for(count)};
	uint32_t next = 0;

	if (sorted == NULL) {
		writer_fail(writer, -ENOMEM);
		*ret_count = 0;
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t length = (uint32_t)members[i].length, hash;

		if (members[i].length > PROGRAM_MEMBER_BYTES_MAX) {
			writer_fail(writer, -E2BIG);
			length = 0;
		}
		hash = hash_bytes((const uint8_t *)members[i].bytes, length);
		sorted[i] = (struct set_member){.t = members[i], .bucket = hash & (header.bucket_count - 1), .order = i};
		header.filter |= set_filter_bit(hash);
	}
	qsort(sorted, count, sizeof *sorted, compare_members);
	for (uint32_t i = 0; i < count; i++) {
		if (header.member_count > 0 && text_equal(sorted[i].t, sorted[header.member_count - 1].t))
			continue;
		if (ret_order != NULL)
			ret_order[header.member_count] = sorted[i].order;
		sorted[header.member_count++] = sorted[i];
	}
	buffer_append(table, &header, sizeof header);
	for (uint32_t i = 0; i < header.member_count; i++)
		buffer_append_u32(table, writer_counted(writer, sorted[i].t));
	for (uint32_t bucket = 0; bucket <= header.bucket_count; bucket++) {
		while (next < header.member_count && sorted[next].bucket < bucket)
			next++;
		if (bytes_set_start_bytes(&header) == 1)
			buffer_append_byte(table, (uint8_t)next);
		else if (bytes_set_start_bytes(&header) == 2)
			buffer_append_u16(table, (uint16_t)next);
		else
			buffer_append_u32(table, next);
	}
	*ret_count = header.member_count;
	free(sorted);
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void writer_append_number_set(struct program_writer *writer, const uint64_t *numbers, uint32_t count,
			      struct buffer *table, uint32_t *ret_count)
{
	uint64_t *sorted = malloc((count + (size_t)1) * sizeof *sorted);
	struct format_number_set header = {0};

	*ret_count = 0;
	if (sorted == NULL) {
		writer_fail(writer, -ENOMEM);
		return;
	}
	if (count > 0)
		memcpy(sorted, numbers, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare_numbers);
	for (uint32_t i = 0; i < count; i++)
		if (header.member_count == 0 || sorted[i] != sorted[header.member_count - 1])
			sorted[header.member_count++] = sorted[i];
	buffer_append(table, &header, sizeof header);
	buffer_append(table, sorted, header.member_count * sizeof *sorted);
	*ret_count = header.member_count;
	free(sorted);
}

/* ---- path tries ---- */

/* A path as its components, in the order that puts prefixes first and the children of a node together. */
struct trie_path {
	const struct text *components;
	uint32_t component_count;
	uint32_t bit;
};

static int compare_paths(const void *a, const void *b)
{
	const struct trie_path *x = a, *y = b;

	for (uint32_t i = 0; i < x->component_count && i < y->component_count; i++) {
		int order = text_compare(x->components[i], y->components[i]);

		if (order != 0)
			return order;
	}
	if (x->component_count != y->component_count)
		return x->component_count < y->component_count ? -1 : 1;
	return x->bit < y->bit ? -1 : x->bit > y->bit;
}

/* Appends the components of a path. */
static uint32_t split_path(struct program_writer *writer, struct text path, struct buffer *components)
{
	uint32_t count = 0;

	for (size_t at = 0; at < path.length;) {
		struct text rest = text_slice(path, at, SIZE_MAX), component;
		size_t slash = text_find_byte(rest, '/');

		component = text_slice(rest, 0, slash);
		at += component.length + 1;
		if (component.length == 0)
			continue;
		if (component.length > PROGRAM_MEMBER_BYTES_MAX)
			writer_fail(writer, -E2BIG);
		buffer_append(components, &component, sizeof component);
		count++;
	}
	return count;
}

/* A node of the trie as a range of the sorted paths that share its components. */
struct trie_range {
	uint32_t first, end, depth;
};

/* Breadth first, so that the edges of one node lie together and edge e leads to node e + 1. */
static void build_trie(struct program_writer *writer, const struct trie_path *paths, uint32_t path_count, bool is_operand,
		       struct buffer *table)
{
	struct buffer ranges = BUFFER_INIT, nodes = BUFFER_INIT, edges = BUFFER_INIT, bits = BUFFER_INIT;
	struct trie_range root = {0, path_count, 0};
	struct format_trie header = {0};

	buffer_append(&ranges, &root, sizeof root);
	for (uint32_t number = 0; number < ranges.length / sizeof root && !ranges.failed; number++) {
		struct trie_range range = ((const struct trie_range *)(const void *)ranges.bytes)[number];
		struct format_trie_node node = {.first_edge = (uint32_t)(edges.length / sizeof(uint32_t)),
						.first_bit = (uint32_t)(bits.length / sizeof(uint32_t))};
		uint32_t at = range.first;

		for (; at < range.end && paths[at].component_count == range.depth; at++) {
			bool is_known = node.bit_count > 0 && paths[at].bit == paths[at - 1].bit;

			if (is_known || (is_operand && node.bit_count > 0))
				continue;
			buffer_append_u32(&bits, paths[at].bit);
			node.bit_count++;
		}
		/* An operand is decided here: what extends the path says nothing more. */
		while (at < range.end && !(is_operand && node.bit_count > 0)) {
			struct trie_range child = {at, at, range.depth + 1};
			struct text label = paths[at].components[range.depth];

			while (child.end < range.end && text_equal(paths[child.end].components[range.depth], label))
				child.end++;
			buffer_append(&ranges, &child, sizeof child);
			buffer_append_u32(&edges, writer_counted(writer, label));
			node.edge_count++;
			at = child.end;
		}
		buffer_append(&nodes, &node, sizeof node);
		header.node_count++;
	}
	header.bit_count = (uint32_t)(bits.length / sizeof(uint32_t));
	buffer_append(table, &header, sizeof header);
	buffer_append(table, nodes.bytes, nodes.length);
	buffer_append(table, edges.bytes, edges.length);
	buffer_append(table, bits.bytes, bits.length);
	table->failed |= ranges.failed || nodes.failed || edges.failed || bits.failed;
	buffer_release(&ranges);
	buffer_release(&nodes);
	buffer_release(&edges);
	buffer_release(&bits);
}

void writer_append_trie(struct program_writer *writer, const struct writer_path *paths, uint32_t count, bool is_operand,
			struct buffer *table)
{
	struct trie_path *rows = calloc(count + (size_t)1, sizeof *rows);
	struct buffer components = BUFFER_INIT;
	size_t first = 0;

	if (rows != NULL) {
		for (uint32_t i = 0; i < count; i++) {
			rows[i].component_count = split_path(writer, paths[i].path, &components);
			rows[i].bit = paths[i].bit;
		}
		for (uint32_t i = 0; i < count && !components.failed; i++) {
			rows[i].components = (const struct text *)(const void *)components.bytes + first;
			first += rows[i].component_count;
		}
	}
	if (rows == NULL || components.failed) {
		writer_fail(writer, -ENOMEM);
	} else {
		qsort(rows, count, sizeof *rows, compare_paths);
		build_trie(writer, rows, count, is_operand, table);
	}
	buffer_release(&components);
	free(rows);
}

/* ---- networks ---- */

/* Both families as 16-byte ranges while they are merged. */
struct range {
	uint8_t low[16], high[16];
};

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	int order = memcmp(x->low, y->low, 16);

	return order != 0 ? order : memcmp(x->high, y->high, 16);
}

static void range_of(const struct program_network *network, struct range *ret_range)
{
	unsigned bits = network->address_bytes * 8u;

	memset(ret_range, 0, sizeof *ret_range);
	for (unsigned bit = 0; bit < bits; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);
		bool is_one = network->address[bit / 8] & mask, is_host = bit >= network->prefix_bits;

		if (is_one && !is_host)
			ret_range->low[bit / 8] |= mask;
		if (is_one || is_host)
			ret_range->high[bit / 8] |= mask;
	}
}

/* Whether `next` begins inside `range` or right behind it. */
static bool touches(const struct range *range, const struct range *next, unsigned address_bytes)
{
	uint8_t behind[16];

	if (memcmp(next->low, range->high, 16) <= 0)
		return true;
	memcpy(behind, range->high, 16);
	for (unsigned i = address_bytes; i-- > 0;)
		if (++behind[i] != 0)
			break;
	return memcmp(next->low, behind, 16) == 0;
}

/* Sorts and merges the networks of one family in place; the number of ranges that are left. */
static uint32_t merge_ranges(struct range *ranges, uint32_t count, unsigned address_bytes)
{
	uint32_t kept = 0;

	qsort(ranges, count, sizeof *ranges, compare_ranges);
	for (uint32_t i = 0; i < count; i++) {
		if (kept > 0 && touches(&ranges[kept - 1], &ranges[i], address_bytes)) {
			if (memcmp(ranges[i].high, ranges[kept - 1].high, 16) > 0)
				memcpy(ranges[kept - 1].high, ranges[i].high, 16);
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	return kept;
}

static uint32_t v4_number(const uint8_t bytes[16])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

struct program_operand program_writer_networks_operand(struct program_writer *writer,
						       const struct program_network *networks, uint32_t count)
{
	struct range *v4 = calloc(2 * ((size_t)count + 1), sizeof *v4), *v6 = v4 != NULL ? v4 + count + 1 : NULL;
	struct format_networks header = {0};
	struct buffer table = BUFFER_INIT;
	uint32_t number;

	if (v4 == NULL) {
		writer_fail(writer, -ENOMEM);
		return (struct program_operand){OPERAND_NETWORKS, false, 0};
	}
	for (uint32_t i = 0; i < count; i++) {
		if (networks[i].address_bytes != 4 && networks[i].address_bytes != 16)
			writer_fail(writer, -EINVAL);
		else if (networks[i].address_bytes == 4)
			range_of(&networks[i], &v4[header.v4_count++]);
		else
			range_of(&networks[i], &v6[header.v6_count++]);
	}
	header.v4_count = merge_ranges(v4, header.v4_count, 4);
	header.v6_count = merge_ranges(v6, header.v6_count, 16);
	buffer_append(&table, &header, sizeof header);
	for (uint32_t i = 0; i < header.v4_count; i++) {
		struct format_range_v4 row = {v4_number(v4[i].low), v4_number(v4[i].high)};

		buffer_append(&table, &row, sizeof row);
	}
	buffer_append(&table, v6, header.v6_count * sizeof *v6);
	if (table.failed)
		writer_fail(writer, -ENOMEM);
	number = writer_operand(writer, (struct format_operand){.kind = OPERAND_NETWORKS}, buffer_text(&table));
	buffer_release(&table);
	free(v4);
	return (struct program_operand){OPERAND_NETWORKS, false, number};
}

/* ---- DFAs ---- */

static bool is_sink(const struct program_dfa *dfa, uint32_t state)
{
	for (uint32_t class = 0; class < dfa->class_count; class++)
		if (dfa->next[state * dfa->class_count + class] != state)
			return false;
	return true;
}

/* The states in their old order, sinks behind the others: old number by new, and new by old. */
static uint32_t order_states(const struct program_dfa *dfa, uint32_t *old_of, uint32_t *new_of)
{
	uint32_t placed = 0, first_sink;

	for (uint32_t state = 0; state < dfa->state_count; state++)
		if (!is_sink(dfa, state))
			old_of[placed++] = state;
	first_sink = placed;
	for (uint32_t state = 0; state < dfa->state_count; state++)
		if (is_sink(dfa, state))
			old_of[placed++] = state;
	for (uint32_t state = 0; state < dfa->state_count; state++)
		new_of[old_of[state]] = state;
	return first_sink;
}

static void append_accept_bitmap(const struct program_dfa *dfa, const uint32_t *old_of, struct buffer *table)
{
	size_t start = table->length;

	buffer_append_zeros(table, (dfa->state_count + 7) / 8);
	for (uint32_t state = 0; state < dfa->state_count && !table->failed; state++)
		if (dfa->accepting[old_of[state]])
			table->bytes[start + state / 8] |= (uint8_t)(1 << state % 8);
}

static void append_accept_lists(const struct program_dfa *dfa, const uint32_t *old_of, const uint32_t *accept_starts,
				const uint32_t *accept_bits, struct buffer *table)
{
	uint32_t place = 0;

	for (uint32_t state = 0; state <= dfa->state_count; state++) {
		buffer_append_u32(table, place);
		if (state < dfa->state_count)
			place += accept_starts[old_of[state] + 1] - accept_starts[old_of[state]];
	}
	for (uint32_t state = 0; state < dfa->state_count; state++)
		for (uint32_t i = accept_starts[old_of[state]]; i < accept_starts[old_of[state] + 1]; i++)
			buffer_append_u32(table, accept_bits[i]);
}

void writer_append_dfa(struct program_writer *writer, const struct program_dfa *dfa, const uint32_t *accept_starts,
		       const uint32_t *accept_bits, struct buffer *table)
{
	uint32_t *old_of = calloc(dfa->state_count + (size_t)1, sizeof *old_of);
	uint32_t *new_of = calloc(dfa->state_count + (size_t)1, sizeof *new_of);
	struct format_dfa header = {.state_count = dfa->state_count, .class_count = dfa->class_count};

	if (dfa->state_count > PROGRAM_DFA_STATES_MAX || old_of == NULL || new_of == NULL) {
		writer_fail(writer, dfa->state_count > PROGRAM_DFA_STATES_MAX ? -E2BIG : -ENOMEM);
	} else {
		header.first_sink = order_states(dfa, old_of, new_of);
		header.start = new_of[dfa->start];
		memcpy(header.byte_class, dfa->byte_class, sizeof header.byte_class);
		buffer_append(table, &header, sizeof header);
		if (accept_starts == NULL)
			append_accept_bitmap(dfa, old_of, table);
		else
			append_accept_lists(dfa, old_of, accept_starts, accept_bits, table);
		buffer_align(table, PROGRAM_ALIGNMENT);
		for (uint32_t state = 0; state < header.first_sink; state++) {
			const uint16_t *row = dfa->next + old_of[state] * (size_t)dfa->class_count;

			for (uint32_t class = 0; class < dfa->class_count; class++) {
				if (dfa_is_narrow(&header))
					buffer_append_byte(table, (uint8_t)new_of[row[class]]);
				else
					buffer_append_u16(table, (uint16_t)new_of[row[class]]);
			}
		}
		buffer_align(table, PROGRAM_ALIGNMENT);
	}
	free(old_of);
	free(new_of);
}
