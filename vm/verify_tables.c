/* Verification of the tables of operands and matchers: sets, DFAs, tries, networks. */
#include <string.h>

#include "vm/match_dfa.h"
#include "vm/match_network.h"
#include "vm/match_set.h"
#include "vm/match_trie.h"
#include "vm/program_verify.h"

static bool bad(const struct table *table, enum refusal_code code, const char *why)
{
	return refuse(table->verifier, code, "%s %u: %s", table->what, table->row, why);
}

/* ---- sets ---- */

bool verify_bytes_set(const struct table *table, uint64_t *ret_length, uint32_t *ret_worst)
{
	const struct format_bytes_set *set = (const void *)table->bytes;
	const struct program *program = table->verifier->program;
	const uint32_t *members;
	uint64_t filter = 0, length;
	uint32_t longest = 0, end = 0;

	if (table->length < sizeof *set)
		return bad(table, REFUSAL_SET, "its table is too short");
	if (set->bucket_count == 0 || (set->bucket_count & (set->bucket_count - 1)) != 0)
		return bad(table, REFUSAL_SET, "the number of buckets is no power of two");
	length = sizeof *set + (uint64_t)set->member_count * sizeof *members +
		 ((uint64_t)set->bucket_count + 1) * bytes_set_start_bytes(set);
	if (length > table->length)
		return bad(table, REFUSAL_SET, "its table is too short");
	members = bytes_set_members(set);
	for (uint32_t bucket = 0; bucket < set->bucket_count; bucket++) {
		uint32_t start = bytes_set_start(set, bucket);

		if (start != end)
			return bad(table, REFUSAL_SET, "the first bucket does not begin at 0");
		end = bytes_set_start(set, bucket + 1);
		if (start > end || end > set->member_count)
			return bad(table, REFUSAL_SET, "the buckets do not ascend");
		if (longest < end - start)
			longest = end - start;
		for (uint32_t i = start; i < end; i++) {
			struct text member;
			uint32_t hash;

			if (!verify_counted(table->verifier, members[i], "member", i))
				return false;
			member = program_counted(program, members[i]);
			hash = hash_bytes((const uint8_t *)member.bytes, (uint32_t)member.length);
			if ((hash & (set->bucket_count - 1)) != bucket)
				return bad(table, REFUSAL_SET, "a member lies in the wrong bucket");
			if (i > start && text_compare(program_counted(program, members[i - 1]), member) >= 0)
				return bad(table, REFUSAL_SET, "the members of a bucket do not ascend");
			filter |= set_filter_bit(hash);
		}
	}
	if (end != set->member_count)
		return bad(table, REFUSAL_SET, "the buckets do not cover the members");
	if (filter != set->filter)
		return bad(table, REFUSAL_SET, "the filter is not that of the members");
	*ret_length = length;
	*ret_worst = longest;
	return true;
}

bool verify_number_set(const struct table *table, uint64_t *ret_length, uint32_t *ret_worst)
{
	const struct format_number_set *set = (const void *)table->bytes;
	const uint64_t *numbers = (const uint64_t *)(set + 1);
	uint64_t length;

	if (table->length < sizeof *set || set->zero != 0)
		return bad(table, REFUSAL_SET, "its table is too short");
	length = sizeof *set + (uint64_t)set->member_count * sizeof *numbers;
	if (length > table->length)
		return bad(table, REFUSAL_SET, "its table is too short");
	for (uint32_t i = 1; i < set->member_count; i++)
		if (numbers[i] <= numbers[i - 1])
			return bad(table, REFUSAL_SET, "the numbers do not ascend");
	*ret_length = length;
	*ret_worst = set->member_count;
	return true;
}

/* ---- DFAs ---- */

/* The accept part of a matcher's DFA; the most bits of one state. */
static bool verify_accept_lists(const struct table *table, const struct format_dfa *dfa, uint32_t bit_limit,
				uint64_t *ret_length, uint32_t *ret_worst)
{
	const uint32_t *starts = (const uint32_t *)(dfa + 1);
	const uint32_t *bits = starts + dfa->state_count + 1;
	uint64_t left = table->length - sizeof *dfa, starts_bytes = ((uint64_t)dfa->state_count + 1) * sizeof *starts;
	uint32_t most = 0;

	if (starts_bytes > left || starts[0] != 0)
		return bad(table, REFUSAL_DFA, "its accept part is too short");
	for (uint32_t state = 0; state < dfa->state_count; state++) {
		if (starts[state + 1] < starts[state])
			return bad(table, REFUSAL_DFA, "the bits of its states do not ascend");
		if (most < starts[state + 1] - starts[state])
			most = starts[state + 1] - starts[state];
	}
	if (starts[dfa->state_count] > (left - starts_bytes) / sizeof *bits)
		return bad(table, REFUSAL_DFA, "its accept part is too short");
	for (uint32_t i = 0; i < starts[dfa->state_count]; i++)
		if (bits[i] >= bit_limit)
			return bad(table, REFUSAL_DFA, "a bit is out of range");
	*ret_length = matcher_accept_bytes(dfa, starts);
	*ret_worst = most;
	return true;
}

static bool verify_transitions(const struct table *table, const struct format_dfa *dfa, const uint8_t *transitions)
{
	uint32_t count = dfa->first_sink * dfa->class_count;
	const uint16_t *wide = (const void *)transitions;
	uint32_t largest = 0;

	/* One pass without a branch per transition: this is most of the time that verifying takes. */
	if (dfa_is_narrow(dfa))
		for (uint32_t i = 0; i < count; i++)
			largest = transitions[i] > largest ? transitions[i] : largest;
	else
		for (uint32_t i = 0; i < count; i++)
			largest = wide[i] > largest ? wide[i] : largest;
	if (count > 0 && largest >= dfa->state_count)
		return bad(table, REFUSAL_DFA, "a transition leads nowhere");
	return true;
}

bool verify_dfa(const struct table *table, uint32_t bit_limit, uint64_t *ret_length, uint32_t *ret_worst)
{
	const struct format_dfa *dfa = (const void *)table->bytes;
	uint64_t accept_bytes, length;
	uint32_t worst = 0;

	if (table->length < sizeof *dfa)
		return bad(table, REFUSAL_DFA, "its table is too short");
	if (dfa->state_count == 0 || dfa->state_count > PROGRAM_DFA_STATES_MAX || dfa->class_count == 0 ||
	    dfa->class_count > PROGRAM_DFA_CLASSES_MAX || dfa->start >= dfa->state_count ||
	    dfa->first_sink > dfa->state_count)
		return bad(table, REFUSAL_DFA, "states, classes, start or sinks are out of range");
	for (unsigned byte = 0; byte < 256; byte++)
		if (dfa->byte_class[byte] >= dfa->class_count)
			return bad(table, REFUSAL_DFA, "a byte's class is out of range");
	accept_bytes = dfa_accept_bitmap_bytes(dfa);
	if (bit_limit > 0 && !verify_accept_lists(table, dfa, bit_limit, &accept_bytes, &worst))
		return false;
	length = sizeof *dfa + accept_bytes + dfa_transition_bytes(dfa);
	if (length > table->length)
		return bad(table, REFUSAL_DFA, "its table is too short");
	if (!verify_transitions(table, dfa, (const uint8_t *)(dfa + 1) + accept_bytes))
		return false;
	*ret_length = length;
	*ret_worst = worst;
	return true;
}

/* ---- path prefixes ---- */

static uint32_t comparisons_among(uint32_t count)
{
	uint32_t comparisons = 0;

	for (; count > 0; count /= 2)
		comparisons++;
	return comparisons;
}

static bool verify_trie_edges(const struct table *table, const struct format_trie *trie, const struct format_trie_node *node)
{
	const struct program *program = table->verifier->program;
	const uint32_t *edges = trie_edges(trie);

	for (uint32_t edge = node->first_edge; edge < node->first_edge + node->edge_count; edge++) {
		if (!verify_counted(table->verifier, edges[edge], "component", edge))
			return false;
		if (edge > node->first_edge &&
		    text_compare(program_counted(program, edges[edge - 1]), program_counted(program, edges[edge])) >= 0)
			return bad(table, REFUSAL_TRIE, "the components of a node do not ascend");
	}
	return true;
}

bool verify_trie(const struct table *table, uint32_t bit_limit, uint64_t *ret_length, uint32_t *ret_worst)
{
	const struct format_trie *trie = (const void *)table->bytes;
	const struct format_trie_node *nodes = trie_nodes(trie);
	uint64_t next_edge = 0, next_bit = 0, length;
	uint32_t most_edges = 0;

	if (table->length < sizeof *trie || trie->node_count == 0)
		return bad(table, REFUSAL_TRIE, "its table is too short");
	length = sizeof *trie + (uint64_t)trie->node_count * sizeof *nodes +
		 ((uint64_t)trie->node_count - 1) * sizeof(uint32_t) +
		 (uint64_t)trie->bit_count * sizeof(uint32_t);
	if (length > table->length)
		return bad(table, REFUSAL_TRIE, "its table is too short");
	for (uint32_t i = 0; i < trie->node_count; i++) {
		const struct format_trie_node *node = &nodes[i];

		/* Edge e leads to node e + 1: edges that start behind their own node make it a tree. */
		if (node->first_edge != next_edge || next_edge + node->edge_count > trie->node_count - 1 ||
		    (node->edge_count > 0 && node->first_edge < i))
			return bad(table, REFUSAL_TRIE, "the edges of a node are out of range");
		if (node->first_bit != next_bit || next_bit + node->bit_count > trie->bit_count)
			return bad(table, REFUSAL_TRIE, "the bits of a node are out of range");
		next_edge += node->edge_count;
		next_bit += node->bit_count;
		if (most_edges < node->edge_count)
			most_edges = node->edge_count;
		if (!verify_trie_edges(table, trie, node))
			return false;
	}
	if (next_edge != trie->node_count - 1 || next_bit != trie->bit_count)
		return bad(table, REFUSAL_TRIE, "edges or bits that no node has");
	for (uint32_t i = 0; i < trie->bit_count; i++)
		if (trie_bits(trie)[i] >= (bit_limit > 0 ? bit_limit : 1))
			return bad(table, REFUSAL_TRIE, "a bit is out of range");
	*ret_length = length;
	*ret_worst = comparisons_among(most_edges);
	return true;
}

/* ---- networks ---- */

bool verify_networks(const struct table *table, uint64_t *ret_length, uint32_t *ret_worst)
{
	const struct format_networks *networks = (const void *)table->bytes;
	const struct format_range_v4 *v4 = networks_v4(networks);
	const struct format_range_v6 *v6;
	uint64_t length;

	if (table->length < sizeof *networks)
		return bad(table, REFUSAL_NETWORKS, "its table is too short");
	length = sizeof *networks + (uint64_t)networks->v4_count * sizeof *v4 + (uint64_t)networks->v6_count * sizeof *v6;
	if (length > table->length)
		return bad(table, REFUSAL_NETWORKS, "its table is too short");
	for (uint32_t i = 0; i < networks->v4_count; i++)
		if (v4[i].low > v4[i].high || (i > 0 && v4[i].low <= v4[i - 1].high))
			return bad(table, REFUSAL_NETWORKS, "the IPv4 networks do not ascend");
	v6 = networks_v6(networks);
	for (uint32_t i = 0; i < networks->v6_count; i++)
		if (memcmp(v6[i].low, v6[i].high, 16) > 0 || (i > 0 && memcmp(v6[i].low, v6[i - 1].high, 16) <= 0))
			return bad(table, REFUSAL_NETWORKS, "the IPv6 networks do not ascend");
	*ret_length = length;
	*ret_worst = networks->v4_count > networks->v6_count ? networks->v4_count : networks->v6_count;
	return true;
}
