#include "compiler/patterns/build_dfa.h"

#include <errno.h>
#include <stdlib.h>

#include "compiler/patterns/state_table.h"
#include "compiler/patterns/subset_construction.h"
#include "compiler/patterns/utf8_automaton.h"

/* A table over 256 classes, each byte its own, from one over classes of bytes. */
static int spread_over_bytes(const struct symbol_classes *classes, const struct state_table *table,
			     struct state_table *ret_bytes)
{
	struct state_table bytes = {.state_count = table->state_count, .class_count = 256, .start = table->start};

	bytes.next = calloc((size_t)table->state_count * 256, sizeof *bytes.next);
	bytes.accepting = calloc(table->state_count, 1);
	if (!bytes.next || !bytes.accepting) {
		state_table_release(&bytes);
		return -ENOMEM;
	}
	memcpy(bytes.accepting, table->accepting, table->state_count);
	for (uint32_t state = 0; state < table->state_count; state++)
		for (uint32_t byte = 0; byte < 256; byte++)
			bytes.next[(size_t)state * 256 + byte] =
				table->next[(size_t)state * table->class_count + symbol_class_of(classes, byte)];
	*ret_bytes = bytes;
	return 0;
}

/* The table without classes that behave alike; byte_class, the class of each byte, follows. */
static int merge_classes(const struct state_table *table, uint8_t byte_class[256], struct state_table *ret_table)
{
	struct state_table merged = {.state_count = table->state_count, .start = table->start};
	uint32_t representatives[256];
	uint8_t merged_class[256];

	state_table_equal_classes(table, representatives);
	for (uint32_t class = 0; class < table->class_count; class++) {
		if (representatives[class] == class)
			merged_class[class] = (uint8_t)merged.class_count++;
		else
			merged_class[class] = merged_class[representatives[class]];
	}
	merged.next = calloc((size_t)table->state_count * merged.class_count, sizeof *merged.next);
	merged.accepting = calloc(table->state_count, 1);
	if (!merged.next || !merged.accepting) {
		state_table_release(&merged);
		return -ENOMEM;
	}
	memcpy(merged.accepting, table->accepting, table->state_count);
	for (uint32_t state = 0; state < table->state_count; state++)
		for (uint32_t class = 0; class < table->class_count; class++)
			merged.next[(size_t)state * merged.class_count + merged_class[class]] =
				table->next[(size_t)state * table->class_count + class];
	for (uint32_t byte = 0; byte < 256; byte++)
		byte_class[byte] = merged_class[byte_class[byte]];
	*ret_table = merged;
	return 0;
}

static int to_program(struct arena *arena, const struct state_table *table, const uint8_t byte_class[256],
		      struct program_dfa *ret_dfa)
{
	size_t entries = (size_t)table->state_count * table->class_count;
	uint16_t *next = arena_allocate_array(arena, entries, sizeof *next);
	uint8_t *accepting = arena_allocate_array(arena, table->state_count, 1);

	if (!next || !accepting)
		return -ENOMEM;
	for (size_t i = 0; i < entries; i++)
		next[i] = (uint16_t)table->next[i];
	memcpy(accepting, table->accepting, table->state_count);
	*ret_dfa = (struct program_dfa){.state_count = table->state_count,
					.class_count = table->class_count,
					.start = table->start,
					.next = next,
					.accepting = accepting};
	memcpy(ret_dfa->byte_class, byte_class, 256);
	return 0;
}

_Static_assert(DFA_STATES_MAX <= UINT16_MAX, "states are numbered in 16 bits");

int build_dfa(struct arena *arena, const struct pattern *pattern, enum dfa_alphabet alphabet, struct program_dfa *ret_dfa)
{
	uint32_t symbol_max = alphabet == DFA_BYTES ? SYMBOL_BYTE_MAX : SYMBOL_CODE_POINT_MAX;
	struct symbol_classes classes = {0};
	struct state_table subsets = {0}, small = {0}, bytes = {0}, merged = {0}, minimal = {0}, final = {0};
	uint8_t byte_class[256];
	int status;

	for (unsigned byte = 0; byte < 256; byte++)
		byte_class[byte] = (uint8_t)byte;
	status = subset_construction(pattern, symbol_max, DFA_STATES_MAX, &classes, &subsets);
	if (status == 0)
		status = state_table_minimise(&subsets, &small);
	if (status == 0)
		status = alphabet == DFA_BYTES ? spread_over_bytes(&classes, &small, &bytes)
					       : utf8_automaton(&classes, &small, DFA_STATES_MAX, &bytes);
	if (status == 0)
		status = merge_classes(&bytes, byte_class, &merged);
	if (status == 0)
		status = state_table_minimise(&merged, &minimal);
	/* States that became one take the differences between classes with them. */
	if (status == 0)
		status = merge_classes(&minimal, byte_class, &final);
	if (status == 0)
		status = to_program(arena, &final, byte_class, ret_dfa);
	symbol_classes_release(&classes);
	state_table_release(&subsets);
	state_table_release(&small);
	state_table_release(&bytes);
	state_table_release(&merged);
	state_table_release(&minimal);
	state_table_release(&final);
	return status;
}

bool built_dfa_accepts(const struct program_dfa *dfa, struct text value)
{
	uint32_t state = dfa->start;

	for (size_t i = 0; i < value.length; i++)
		state = dfa->next[(size_t)state * dfa->class_count + dfa->byte_class[(uint8_t)value.bytes[i]]];
	return dfa->accepting[state] != 0;
}
