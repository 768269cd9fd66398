/* Verification of operands, predicates and matchers; decodes them for the interpreter. */
#include <string.h>

#include "vm/match_dfa.h"
#include "vm/match_set.h"
#include "vm/program_cost.h"
#include "vm/program_verify.h"
#include "vm/transform.h"

/* ---- operands ---- */

static bool verify_list(struct verifier *verifier, uint32_t number, const struct format_operand *row,
			const struct table *table, struct operand *operand, uint64_t *ret_length)
{
	const uint32_t *members = (const void *)table->bytes;
	uint32_t count = row->length / (uint32_t)sizeof *members;

	if (row->length % sizeof *members != 0 || row->length > table->length)
		return refuse(verifier, REFUSAL_OPERAND, "operand %u: %u bytes of members", number, row->length);
	for (uint32_t i = 0; i < count; i++)
		if (members[i] >= number || verifier->program->operands[members[i]].kind != row->element_kind)
			return refuse(verifier, REFUSAL_OPERAND, "operand %u: member %u", number, members[i]);
	if (row->element_kind == OPERAND_NONE ? count > 0
					      : count == 0 || row->element_kind == OPERAND_SLOT ||
							row->element_kind == OPERAND_LIST)
		return refuse(verifier, REFUSAL_OPERAND, "operand %u: kind %u of members", number, row->element_kind);
	operand->element_kind = row->element_kind;
	operand->length = count;
	operand->list = members;
	*ret_length = row->length;
	return true;
}

/* A table of an operand: it begins where the one before ended, and has the length that its row says. */
static bool verify_operand_table(struct verifier *verifier, uint32_t number, const struct format_operand *row,
				 struct operand *operand, uint64_t *next_table)
{
	const struct program *program = verifier->program;
	struct table table = {verifier,	       program->operand_tables + *next_table,
			      program->operand_tables_bytes - *next_table,
			      "operand", number};
	uint64_t length = 0;
	bool is_good;

	if (row->value != *next_table)
		return refuse(verifier, REFUSAL_OPERAND, "operand %u: its table is at %u, not %llu", number, row->value,
			      (unsigned long long)*next_table);
	operand->bytes = table.bytes;
	switch (row->kind) {
	case OPERAND_NUMBER_SET:
		is_good = verify_number_set(&table, &length, &operand->length);
		break;
	case OPERAND_BYTES_SET:
		is_good = verify_bytes_set(&table, &length, &operand->length);
		break;
	case OPERAND_DFA:
		is_good = verify_dfa(&table, 0, &length, &operand->length);
		break;
	case OPERAND_TRIE:
		is_good = verify_trie(&table, 0, &length, &operand->length);
		break;
	case OPERAND_NETWORKS:
		is_good = verify_networks(&table, &length, &operand->length);
		break;
	default:
		is_good = verify_list(verifier, number, row, &table, operand, &length);
		break;
	}
	if (!is_good)
		return false;
	if (length != row->length)
		return refuse(verifier, REFUSAL_OPERAND, "operand %u: its table has %llu bytes, not %u", number,
			      (unsigned long long)length, row->length);
	for (; length % PROGRAM_ALIGNMENT != 0; length++)
		if (length >= table.length || table.bytes[length] != 0)
			return refuse(verifier, REFUSAL_OPERAND, "operand %u: padding of its table", number);
	*next_table += length;
	return true;
}

bool verify_operands(struct verifier *verifier)
{
	struct program *program = verifier->program;
	uint64_t next_table = 0;

	for (uint32_t i = 0; i < program->predicates_header->operand_count; i++) {
		const struct format_operand *row = &program->operand_rows[i];
		struct operand *operand = &program->operands[i];
		bool has_length = true;

		operand->kind = row->kind;
		if (row->zero != 0 || (row->kind != OPERAND_LIST && row->element_kind != 0))
			return refuse(verifier, REFUSAL_OPERAND, "operand %u: a reserved byte", i);
		switch (row->kind) {
		case OPERAND_NONE:
			has_length = false;
			if (row->value != 0)
				return refuse(verifier, REFUSAL_OPERAND, "operand %u: a value for nothing", i);
			break;
		case OPERAND_NUMBER:
			operand->number = (uint64_t)row->length << 32 | row->value;
			break;
		case OPERAND_BYTES:
			if (!verify_constant(verifier, (struct format_text){row->value, row->length},
					     PROGRAM_VALUE_BYTES_MAX, "operand", i))
				return false;
			operand->length = row->length;
			operand->bytes = program->constants + row->value;
			break;
		case OPERAND_SLOT:
			has_length = false;
			if (row->value >= program->slots_header->slot_count)
				return refuse(verifier, REFUSAL_OPERAND, "operand %u: slot %u", i, row->value);
			operand->slot = row->value;
			break;
		case OPERAND_NUMBER_SET:
		case OPERAND_BYTES_SET:
		case OPERAND_DFA:
		case OPERAND_TRIE:
		case OPERAND_NETWORKS:
		case OPERAND_LIST:
			if (!verify_operand_table(verifier, i, row, operand, &next_table))
				return false;
			break;
		default:
			return refuse(verifier, REFUSAL_OPERAND, "operand %u: kind %u", i, row->kind);
		}
		if (!has_length && row->length != 0)
			return refuse(verifier, REFUSAL_OPERAND, "operand %u: a length of %u", i, row->length);
	}
	if (next_table != program->operand_tables_bytes)
		return refuse(verifier, REFUSAL_OPERAND, "%u bytes of tables, the operands use %llu",
			      program->operand_tables_bytes, (unsigned long long)next_table);
	return true;
}

/* ---- predicates ---- */

/* The comparison for the operator and kind of operand; for values typed at run time, whether there is one at all. */
static unsigned find_comparison(const struct program *program, unsigned operator, const struct slot *slot,
				unsigned operand_kind)
{
	unsigned found = COMPARISON_NONE;

	if (!slot->is_dynamic)
		return program->comparisons.rows[operator][slot->value_kind][operand_kind];
	for (unsigned kind = 0; kind <= KIND_OPAQUE && found == COMPARISON_NONE; kind++)
		found = program->comparisons.rows[operator][kind][operand_kind];
	return found;
}

/* A value on the right: of the same kind, a list only where membership is asked. */
static bool right_slot_fits(const struct program *program, unsigned operator, const struct slot *left,
			    const struct slot *right)
{
	bool is_membership = operator == OPERATOR_IN || operator == OPERATOR_INTERSECTS;

	if (left->is_dynamic || right->is_dynamic || left->value_kind != right->value_kind)
		return false;
	if (right->is_list && !is_membership)
		return false;
	return find_comparison(program, is_membership ? OPERATOR_EQUAL : operator, left,
			       kind_has_bytes(left->value_kind) ? OPERAND_BYTES : OPERAND_NUMBER) != COMPARISON_NONE;
}

static bool verify_predicate(struct verifier *verifier, uint32_t number)
{
	struct program *program = verifier->program;
	const struct format_predicate *row = &program->predicate_rows[number];
	struct predicate *predicate = &program->predicates[number];
	unsigned comparison = COMPARISON_GENERAL, operand_kind;
	unsigned quantifier = row->how & FORMAT_PREDICATE_QUANTIFIER, modifier = row->how >> 2 & 3;
	const struct slot *slot;
	bool fits;

	if (row->slot >= program->slots_header->slot_count ||
	    (row->how & ~(FORMAT_PREDICATE_QUANTIFIER | FORMAT_PREDICATE_MODIFIER | FORMAT_PREDICATE_COUNTED)) != 0)
		return refuse(verifier, REFUSAL_PREDICATE, "predicate %u: slot %u, flags %x", number, row->slot, row->how);
	if (row->how & FORMAT_PREDICATE_COUNTED) {
		if (!verify_counted(verifier, row->operand, "operand of predicate", number))
			return false;
		predicate->operand = (struct operand){.kind = OPERAND_BYTES,
						      .length = program->constants[row->operand - 1],
						      .bytes = program->constants + row->operand};
	} else {
		if (row->operand >= program->predicates_header->operand_count)
			return refuse(verifier, REFUSAL_PREDICATE, "predicate %u: there is no operand %u", number,
				      row->operand);
		predicate->operand = program->operands[row->operand];
	}
	slot = &program->slots[row->slot];
	if (predicate->operand.kind == OPERAND_BYTES_SET)
		predicate->filter = predicate->operand.bytes_set->filter;
	predicate->slot = row->slot;
	predicate->matcher_word = NO_MATCHER_WORD;
	predicate->operator = row->operator;
	predicate->quantifier = (uint8_t)quantifier;
	predicate->modifier = (uint8_t)modifier;
	operand_kind = predicate->operand.kind;
	if ((quantifier == QUANTIFIER_SCALAR) != !slot->is_list && row->operator != OPERATOR_EXISTS)
		return refuse(verifier, REFUSAL_PREDICATE, "predicate %u: quantifier %u on %s", number, quantifier,
			      slot->is_list ? "a list" : "a single value");
	if (quantifier != QUANTIFIER_SCALAR && !slot->is_list)
		return refuse(verifier, REFUSAL_PREDICATE, "predicate %u: quantifier %u on a single value", number,
			      quantifier);
	if ((modifier != MODIFIER_NONE) != (operand_kind == OPERAND_LIST) ||
	    (modifier != MODIFIER_NONE && !operator_info(row->operator)->takes_modifier))
		return refuse(verifier, REFUSAL_PREDICATE, "predicate %u: modifier %u with %s and operand of kind %u", number,
			      modifier, operator_info(row->operator)->name, operand_kind);
	if (operand_kind == OPERAND_SLOT) {
		fits = right_slot_fits(program, row->operator, slot, &program->slots[predicate->operand.slot]);
	} else if (operand_kind == OPERAND_LIST) {
		fits = predicate->operand.length == 0 ||
		       find_comparison(program, row->operator, slot, predicate->operand.element_kind) != COMPARISON_NONE;
	} else {
		comparison = find_comparison(program, row->operator, slot, operand_kind);
		fits = comparison != COMPARISON_NONE;
		if (quantifier != QUANTIFIER_SCALAR || (slot->is_dynamic && row->operator != OPERATOR_EXISTS))
			comparison = COMPARISON_GENERAL;
	}
	if (!fits)
		return refuse(verifier, REFUSAL_COMPARISON, "predicate %u: %s on %s with an operand of kind %u", number,
			      operator_info(row->operator)->name, type_name((enum value_type)slot->type), operand_kind);
	predicate->comparison = (uint8_t)comparison;
	predicate->is_quick = comparison != COMPARISON_GENERAL;
	return true;
}

bool verify_predicates(struct verifier *verifier)
{
	for (uint32_t i = 0; i < verifier->program->predicates_header->predicate_count; i++)
		if (!verify_predicate(verifier, i))
			return false;
	return true;
}

/* ---- matchers ---- */

static bool matcher_may_answer(const struct matcher *matcher, const struct predicate *predicate)
{
	unsigned operand = predicate->operand.kind;
	bool is_equality = predicate->operator == OPERATOR_EQUAL || predicate->operator == OPERATOR_NOT_EQUAL;
	bool is_membership = predicate->operator == OPERATOR_IN || predicate->operator == OPERATOR_INTERSECTS;

	switch (matcher->kind) {
	case MATCHER_BYTES:
		return (is_equality && operand == OPERAND_BYTES) || (is_membership && operand == OPERAND_BYTES_SET);
	case MATCHER_NUMBERS:
		return (is_equality && operand == OPERAND_NUMBER) || (is_membership && operand == OPERAND_NUMBER_SET);
	case MATCHER_DFA:
		return operand == OPERAND_DFA || operand == OPERAND_BYTES;
	default: /* MATCHER_TRIE */
		return operand == OPERAND_TRIE;
	}
}

static bool verify_matcher_predicates(struct verifier *verifier, uint32_t number, const struct format_matcher *row,
				      const struct matcher *matcher)
{
	struct program *program = verifier->program;
	bool is_list = program->slots[row->slot].is_list;

	for (uint32_t bit = 0; bit < row->predicate_count; bit++) {
		uint32_t index = program->matcher_predicates[row->first_predicate + bit];
		struct predicate *predicate;

		if (index >= program->predicates_header->predicate_count)
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: predicate %u", number, index);
		predicate = &program->predicates[index];
		if (predicate->slot != row->slot || predicate->matcher_word != NO_MATCHER_WORD ||
		    predicate->modifier != MODIFIER_NONE ||
		    predicate->quantifier != (is_list ? QUANTIFIER_ANY : QUANTIFIER_SCALAR) ||
		    !matcher_may_answer(matcher, predicate))
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: it cannot answer predicate %u", number,
				      index);
		predicate->matcher_word = row->first_word + bit / 32;
		predicate->matcher_bit = (uint8_t)(bit % 32);
		/* Reading a bit takes longer than one comparison, but not than a search. */
		if (matcher->kind == MATCHER_DFA || matcher->kind == MATCHER_TRIE)
			predicate->is_quick = false;
	}
	return true;
}

/* The lists of predicate bits behind a set: a start per member and one more, then the bits. */
static bool verify_member_bits(struct verifier *verifier, uint32_t number, const struct table *table, uint64_t *length,
			       uint32_t member_count, uint32_t bit_limit, struct matcher *matcher)
{
	const uint32_t *starts = (const void *)(table->bytes + *length);
	const uint32_t *bits = starts + member_count + 1;
	uint64_t left = table->length - *length, starts_bytes = ((uint64_t)member_count + 1) * sizeof *starts;

	if (starts_bytes > left || starts[0] != 0)
		return refuse(verifier, REFUSAL_MATCHER, "matcher %u: bits of its members", number);
	for (uint32_t i = 0; i < member_count; i++)
		if (starts[i + 1] < starts[i])
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: bits of member %u", number, i);
		else if (matcher->bits_max < starts[i + 1] - starts[i])
			matcher->bits_max = starts[i + 1] - starts[i];
	if (starts[member_count] > (left - starts_bytes) / sizeof *bits)
		return refuse(verifier, REFUSAL_MATCHER, "matcher %u: bits of its members", number);
	for (uint32_t i = 0; i < starts[member_count]; i++)
		if (bits[i] >= bit_limit)
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: bit %u", number, bits[i]);
	matcher->member_starts = starts;
	matcher->member_bits = bits;
	*length += starts_bytes + starts[member_count] * sizeof *bits;
	return true;
}

/*
 * The default bits of a matcher, and from them those of the words above. Bits that no predicate has are zero; over a list all
 * are, because there a bit says that some element satisfies the predicate.
 */
static bool verify_defaults(struct verifier *verifier, uint32_t number, const uint32_t *defaults,
			    const struct matcher *matcher)
{
	const struct program *program = verifier->program;
	uint32_t *words = program->word_defaults + matcher->first_word;
	uint32_t count = matcher->bit_word_count, unused = matcher->predicate_count % 32;

	for (uint32_t word = 0; word < count; word++) {
		words[word] = defaults[word];
		if (defaults[word] != 0 && program->slots[matcher->slot].is_list)
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: defaults over a list", number);
	}
	if (unused != 0 && words[count - 1] >> unused != 0)
		return refuse(verifier, REFUSAL_MATCHER, "matcher %u: defaults of no predicate", number);
	while (count > 1) {
		uint32_t *above = words + count;

		for (uint32_t word = 0; word < count; word++)
			above[word / 32] |= (uint32_t)(words[word] != 0) << word % 32;
		words = above;
		count = (count + 31) / 32;
	}
	return true;
}

static bool verify_matcher_table(struct verifier *verifier, uint32_t number, const struct format_matcher *row,
				 const struct table *table, struct matcher *matcher, uint64_t *ret_length)
{
	struct table part = *table;
	uint64_t length = 0, part_length = 0;
	uint32_t bits_max = 0;
	const struct format_matcher_dfas *dfas = (const void *)table->bytes;

	matcher->table = table->bytes;
	switch (row->kind) {
	case MATCHER_BYTES:
	case MATCHER_NUMBERS:
		length = dfa_padded(matcher->bit_word_count * sizeof(uint32_t));
		if (length > table->length)
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: its table is too short", number);
		if (!verify_defaults(verifier, number, (const void *)table->bytes, matcher))
			return false;
		matcher->set = part.bytes += length;
		part.length -= length;
		if (row->kind == MATCHER_BYTES ? !verify_bytes_set(&part, &part_length, &matcher->worst)
					       : !verify_number_set(&part, &part_length, &matcher->worst))
			return false;
		for (length += part_length; length % sizeof(uint32_t) != 0; length++)
			if (length >= table->length || table->bytes[length] != 0)
				return refuse(verifier, REFUSAL_MATCHER, "matcher %u: padding of its set", number);
		if (!verify_member_bits(verifier, number, table, &length, *(const uint32_t *)matcher->set,
					row->predicate_count, matcher))
			return false;
		break;
	case MATCHER_DFA:
		if (table->length < sizeof *dfas || dfas->zero != 0)
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: its table is too short", number);
		length = sizeof *dfas;
		matcher->worst = dfas->dfa_count;
		for (uint32_t i = 0; i < dfas->dfa_count; i++) {
			part.bytes = table->bytes + length;
			part.length = table->length - length;
			if (!verify_dfa(&part, row->predicate_count, &part_length, &bits_max))
				return false;
			length += part_length;
			matcher->bits_max += bits_max;
		}
		break;
	default: /* MATCHER_TRIE */
		if (!verify_trie(&part, row->predicate_count, &length, &matcher->worst))
			return false;
		matcher->bits_max = ((const struct format_trie *)matcher->table)->bit_count;
		break;
	}
	*ret_length = length;
	return true;
}

static unsigned matcher_kinds(unsigned kind)
{
	const unsigned whole = 1 << KIND_SIGNED | 1 << KIND_UNSIGNED | 1 << KIND_BOOLEAN;

	switch (kind) {
	case MATCHER_BYTES:
		return 1 << KIND_STRING | 1 << KIND_BYTES | 1 << KIND_ADDRESS;
	case MATCHER_NUMBERS:
		return whole;
	default:
		return 1 << KIND_STRING | 1 << KIND_BYTES;
	}
}

static bool verify_matcher(struct verifier *verifier, uint32_t number, uint32_t *next_predicate, uint64_t *next_table)
{
	struct program *program = verifier->program;
	const struct format_matcher *row = &program->matcher_rows[number];
	struct matcher *matcher = &program->matchers[number];
	struct table table = {verifier,	       program->matcher_tables + *next_table,
			      program->matcher_tables_bytes - *next_table,
			      "matcher", number};
	const struct slot *slot;
	uint64_t length = 0;
	uint32_t words;

	if (row->slot >= program->slots_header->slot_count || row->kind >= MATCHER_KIND_COUNT || row->zero[0] != 0 ||
	    row->zero[1] != 0 || row->zero[2] != 0 || row->zero2 != 0 || row->predicate_count == 0)
		return refuse(verifier, REFUSAL_MATCHER, "matcher %u: slot %u, kind %u, or a reserved byte", number,
			      row->slot, row->kind);
	slot = &program->slots[row->slot];
	if (slot->is_dynamic || (matcher_kinds(row->kind) >> slot->value_kind & 1) == 0)
		return refuse(verifier, REFUSAL_MATCHER, "matcher %u: kind %u on %s", number, row->kind,
			      type_name((enum value_type)slot->type));
	if (row->first_word != program->matcher_word_count || row->first_predicate != *next_predicate ||
	    (uint64_t)*next_predicate + row->predicate_count > program->matchers_header->predicate_count ||
	    row->table_offset != *next_table)
		return refuse(verifier, REFUSAL_MATCHER, "matcher %u: words from %u, predicates from %u, table at %u", number,
			      row->first_word, row->first_predicate, row->table_offset);
	matcher->slot = row->slot;
	matcher->kind = row->kind;
	matcher->first_word = row->first_word;
	matcher->predicate_count = row->predicate_count;
	matcher->bit_word_count = row->predicate_count / 32 + (row->predicate_count % 32 != 0);
	words = format_matcher_words(row->predicate_count);
	if (words > PROGRAM_MATCHER_WORDS_MAX - program->matcher_word_count)
		return refuse(verifier, REFUSAL_TOO_LARGE, "matcher %u: more than %u words of predicate bits", number,
			      PROGRAM_MATCHER_WORDS_MAX);
	for (uint32_t word = 0; word < words; word++)
		program->word_matchers[program->matcher_word_count++] = number;
	if (!verify_matcher_predicates(verifier, number, row, matcher) ||
	    !verify_matcher_table(verifier, number, row, &table, matcher, &length))
		return false;
	if (length != row->table_length)
		return refuse(verifier, REFUSAL_MATCHER, "matcher %u: its table has %llu bytes, not %u", number,
			      (unsigned long long)length, row->table_length);
	for (; length % PROGRAM_ALIGNMENT != 0; length++)
		if (length >= table.length || table.bytes[length] != 0)
			return refuse(verifier, REFUSAL_MATCHER, "matcher %u: padding of its table", number);
	*next_predicate += row->predicate_count;
	*next_table += length;
	return true;
}

bool verify_matchers(struct verifier *verifier)
{
	const struct program *program = verifier->program;
	uint32_t next_predicate = 0;
	uint64_t next_table = 0;

	for (uint32_t i = 0; i < program->matchers_header->matcher_count; i++)
		if (!verify_matcher(verifier, i, &next_predicate, &next_table))
			return false;
	if (next_predicate != program->matchers_header->predicate_count || next_table != program->matcher_tables_bytes)
		return refuse(verifier, REFUSAL_MATCHER, "predicates or bytes of tables that no matcher uses");
	return true;
}
