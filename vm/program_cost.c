#include "vm/program_cost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/compare.h"

static uint64_t log2_steps(uint32_t count)
{
	uint64_t steps = 0;

	for (; count > 0; count /= 2)
		steps++;
	return steps;
}

/* ---- one comparison: cost_X() for the last column of comparisons.def ---- */

#define COST(name)                                                                                                     \
	static uint64_t cost_##name(const struct operand *operand __attribute__((unused)),                             \
				    uint64_t length __attribute__((unused)))

COST(fixed)
{
	return 1;
}

COST(prefix)
{
	return 1 + (length < operand->length ? length : operand->length) / 16;
}

COST(number_set)
{
	return 1 + log2_steps(operand->length);
}

COST(bytes_set)
{
	return 2 + length / 8 + operand->length * (1 + length / 16);
}

COST(networks)
{
	return 1 + 2 * log2_steps(operand->length);
}

COST(trie)
{
	return 2 + (length + 1) * operand->length;
}

COST(scan)
{
	return 2 + length;
}

COST(search)
{
	return 5 + length + operand->length;
}

COST(product)
{
	return 5 + (length + 1) * (operand->length + UINT64_C(1));
}

COST(search_any_case)
{
	if (operand->length > CONTAINS_ANY_CASE_PART_MAX)
		return cost_product(operand, length);
	return 5 + 2 * length + operand->length;
}

#undef COST

uint64_t comparison_cost(unsigned comparison, const struct operand *operand, uint64_t length)
{
	switch ((enum comparison)comparison) {
#define COMPARISON(constant, operator, kinds, operand_kind, function, cost)                                            \
	case COMPARISON_##constant:                                                                                    \
		return cost_##cost(operand, length);
#include "vm/comparisons.def"
#undef COMPARISON
	case COMPARISON_COUNT:
	case COMPARISON_GENERAL:
	case COMPARISON_NONE:
		break;
	}
	return 0;
}

uint64_t matcher_cost(const struct matcher *matcher, uint64_t length)
{
	struct operand operand = {.length = matcher->worst};
	uint64_t table = 0;

	switch ((enum matcher_kind)matcher->kind) {
	case MATCHER_BYTES:
		table = cost_bytes_set(&operand, length);
		break;
	case MATCHER_NUMBERS:
		table = cost_number_set(&operand, length);
		break;
	case MATCHER_DFA:
		table = matcher->worst * (2 + length);
		break;
	case MATCHER_TRIE:
		table = cost_trie(&operand, length);
		break;
	case MATCHER_KIND_COUNT:
		break;
	}
	return table + matcher->bits_max * (uint64_t)COST_BIT;
}

/* ---- the worst case ---- */

/* The most expensive comparison that the operator comes to with that operand: one, unless types are known at run time. */
static uint64_t worst_comparison(const struct program *program, const struct slot *slot,
				 unsigned operator, const struct operand *operand)
{
	uint64_t worst = 0;

	for (unsigned kind = 0; kind <= KIND_OPAQUE; kind++) {
		unsigned comparison = program->comparisons.rows[operator][kind][operand->kind];
		uint64_t cost;

		if (comparison == COMPARISON_NONE || (!slot->is_dynamic && kind != slot->value_kind))
			continue;
		cost = comparison_cost(comparison, operand, slot->bytes_max);
		if (worst < cost)
			worst = cost;
	}
	return worst;
}

static uint64_t worst_predicate(const struct program *program, const struct predicate *predicate, uint64_t *members)
{
	const struct slot *slot = &program->slots[predicate->slot];
	const struct operand *operand = &predicate->operand;
	unsigned operator = predicate->operator;
	uint64_t one = 0;

	if (operand->kind == OPERAND_SLOT) {
		const struct slot *right = &program->slots[operand->slot];
		struct operand value = {.kind = kind_has_bytes(slot->value_kind) ? OPERAND_BYTES : OPERAND_NUMBER,
					.length = right->bytes_max};

		if (operator == OPERATOR_IN || operator == OPERATOR_INTERSECTS)
			operator = OPERATOR_EQUAL;
		one = right->elements_max * worst_comparison(program, slot, operator, &value);
	} else if (operand->kind == OPERAND_LIST) {
		*members += operand->length;
		for (uint32_t i = 0; i < operand->length && *members <= PROGRAM_LIST_MEMBERS_MAX; i++)
			one = saturating_add(one, worst_comparison(program, slot, operator,
								   &program->operands[operand->list[i]]));
	} else {
		one = worst_comparison(program, slot, operator, operand);
	}
	if (slot->is_list && predicate->quantifier != QUANTIFIER_SCALAR) {
		one = saturating_add(one, COST_ELEMENT);
		if (__builtin_mul_overflow(one, slot->elements_max, &one))
			one = UINT64_MAX;
	}
	return saturating_add(COST_PREDICATE, one);
}

/* A slot counts once in a block. `stamp` differs from block to block. */
static uint64_t slot_once(const struct program *program, uint32_t slot, uint32_t *marks, uint32_t stamp)
{
	if (marks[slot] == stamp)
		return 0;
	marks[slot] = stamp;
	return program->slots[slot].cost;
}

static uint64_t worst_matcher(const struct program *program, const struct matcher *matcher)
{
	const struct slot *slot = &program->slots[matcher->slot];
	uint64_t one = matcher_cost(matcher, slot->bytes_max);

	if (slot->is_list)
		one = slot->elements_max * (one + COST_ELEMENT);
	return COST_PREDICATE + one;
}

/* Each instruction runs at most once, each predicate is answered and each slot asked for at most once in a run. */
static uint64_t worst_block(const struct program *program, const struct format_block *block, const uint64_t *predicate_costs,
			    uint32_t *slot_marks, uint32_t *predicate_marks, uint32_t stamp)
{
	const struct format_instruction *code = program->code + block->first_instruction;
	uint64_t cost = block->instruction_count * (uint64_t)COST_INSTRUCTION;

	for (uint32_t i = 0; i < block->instruction_count; i++) {
		uint32_t number = code[i].operand;

		if (code[i].opcode == OP_RUN_MATCHER) {
			cost = saturating_add(cost, worst_matcher(program, &program->matchers[number]));
			cost = saturating_add(cost,
					      slot_once(program, program->matchers[number].slot, slot_marks, stamp));
		} else if ((code[i].opcode == OP_TEST_THEN || code[i].opcode == OP_TEST_ELSE) &&
			   predicate_marks[number] != stamp) {
			const struct predicate *predicate = &program->predicates[number];

			predicate_marks[number] = stamp;
			cost = saturating_add(cost, predicate_costs[number]);
			cost = saturating_add(cost, slot_once(program, predicate->slot, slot_marks, stamp));
			if (predicate->operand.kind == OPERAND_SLOT)
				cost = saturating_add(
					cost, slot_once(program, predicate->operand.slot, slot_marks, stamp));
		}
	}
	return cost;
}

int program_compute_costs(struct program *program, uint32_t *marks)
{
	uint32_t slot_count = program->slots_header->slot_count;
	uint32_t predicate_count = program->predicates_header->predicate_count;
	uint64_t *predicate_costs = malloc((predicate_count + 1) * sizeof *predicate_costs);
	uint64_t members = 0;

	if (predicate_costs == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < predicate_count && members <= PROGRAM_LIST_MEMBERS_MAX; i++)
		predicate_costs[i] = worst_predicate(program, &program->predicates[i], &members);
	if (members > PROGRAM_LIST_MEMBERS_MAX) {
		free(predicate_costs);
		return -E2BIG;
	}
	memset(marks, 0, ((size_t)slot_count + predicate_count) * sizeof *marks);
	for (uint32_t i = 0; i < program->entries_header->block_count; i++)
		program->block_costs[i] = worst_block(program, &program->blocks[i], predicate_costs, marks,
						      marks + slot_count, i + 1);
	free(predicate_costs);
	return 0;
}
