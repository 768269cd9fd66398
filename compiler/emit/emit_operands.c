/* Slots and predicates of the program. */
#include "compiler/check/check_constants.h"
#include "compiler/condition/canonical_text.h"
#include "compiler/emit/emission.h"
#include "compiler/oracle/evaluate_values.h"

/* ---- slots ---- */

static bool keeps_state(const struct expression *expression)
{
	bool keeps = expression->kind == EXPRESSION_FIELD &&
		     (field_info((unsigned)expression->field)->flags & FIELD_FLAG_STATEFUL) != 0;

	for (uint32_t i = 0; i < expression->child_count; i++)
		keeps |= keeps_state(expression->children[i]);
	return keeps;
}

static uint32_t new_slot(struct emission *emission, const struct expression *expression, bool asks_each, uint32_t use)
{
	struct program_writer *writer = emission->writer;
	struct field_request request;
	uint32_t *inputs;

	switch (expression->kind) {
	case EXPRESSION_FIELD:
		request = request_of_field(expression, asks_each);
		/* What evt.rawarg was checked as need not be what the event at hand has. */
		return program_writer_field_slot(writer, &request,
						 expression->field == FIELD_EVT_RAWARG ? TYPE_DYN : expression->type,
						 expression->is_list || asks_each);
	case EXPRESSION_CONSTANT:
		return program_writer_constant_slot(writer, expression->name);
	case EXPRESSION_LIST:
	case EXPRESSION_TRANSFORMER:
		break;
	}
	inputs = arena_allocate_array(emission->arena, (size_t)expression->child_count + 1, sizeof *inputs);
	if (!inputs) {
		emission->failed = true;
		return 0;
	}
	for (uint32_t i = 0; i < expression->child_count; i++)
		inputs[i] = emit_slot(emission, expression->children[i], false, use);
	if (expression->kind == EXPRESSION_LIST)
		return program_writer_list_slot(writer, inputs, expression->child_count);
	return program_writer_transformer_slot(writer, (enum transformer_id)expression->transformer, inputs,
					       expression->child_count,
					       expression->has_argument ? expression->argument : TEXT_EMPTY, expression->type,
					       expression->is_list);
}

/* Remembers what was made of an expression. */
static void remember_slot(struct emission *emission, struct text key, uint32_t slot)
{
	struct text copy = arena_copy_text(emission->arena, key);

	/* Numbers are kept in the table as pointers; 0 would be no value. */
	if (!copy.bytes || hash_table_set(emission->slots, copy, (void *)((uintptr_t)slot + 1)) != 0)
		emission->failed = true;
}

uint32_t emit_slot(struct emission *emission, const struct expression *expression, bool asks_each, uint32_t use)
{
	struct buffer key = BUFFER_INIT;
	uint32_t slot = 0;
	const void *known;

	if (emission->failed)
		return 0;
	buffer_append_byte(&key, asks_each);
	buffer_append_byte(&key, (uint8_t)expression->kind);
	buffer_append_u32(&key, keeps_state(expression) ? use : 0);
	canonical_expression(&key, expression);
	if (key.failed) {
		emission->failed = true;
	} else {
		known = hash_table_get(emission->slots, buffer_text(&key));
		slot = known ? (uint32_t)((uintptr_t)known - 1) : new_slot(emission, expression, asks_each, use);
		if (!known)
			remember_slot(emission, buffer_text(&key), slot);
	}
	buffer_release(&key);
	return slot;
}

/* ---- operands ---- */

static enum value_kind kind_of(const struct condition *check)
{
	return type_kind(check->left->type);
}

/* One constant as the operand of a comparison. */
static struct program_operand one_operand(struct emission *emission, const struct ir_predicate *predicate, uint32_t constant)
{
	const struct typed_constant *typed = &predicate->check->typed[constant];

	if (typed->dfa)
		return program_writer_dfa_operand(emission->writer, typed->dfa);
	switch (kind_of(predicate->check)) {
	case KIND_STRING:
	case KIND_BYTES:
	case KIND_ADDRESS:
		return program_writer_bytes_operand(emission->writer, typed->bytes);
	case KIND_NETWORK:
		return program_writer_networks_operand(emission->writer, &typed->network, 1);
	default:
		return program_writer_number_operand(emission->writer, typed->number);
	}
}

/* The constants as an array of one member of theirs each; `element_bytes` apart, from `offset` on. */
static void *gather(struct emission *emission, const struct condition *check, size_t offset, size_t element_bytes)
{
	uint8_t *array = arena_allocate_array(emission->arena, (size_t)check->constant_count + 1, element_bytes);

	if (!array) {
		emission->failed = true;
		return NULL;
	}
	for (uint32_t i = 0; i < check->constant_count; i++)
		memcpy(array + i * element_bytes, (const uint8_t *)&check->typed[i] + offset, element_bytes);
	return array;
}

static struct program_operand set_operand(struct emission *emission, const struct condition *check)
{
	struct program_writer *writer = emission->writer;
	void *members;

	switch (kind_of(check)) {
	case KIND_STRING:
	case KIND_BYTES:
	case KIND_ADDRESS:
		members = gather(emission, check, offsetof(struct typed_constant, bytes), sizeof(struct text));
		return members ? program_writer_bytes_set_operand(writer, members, check->constant_count)
			       : program_writer_none_operand();
	case KIND_NETWORK:
		members = gather(emission, check, offsetof(struct typed_constant, network), sizeof(struct program_network));
		return members ? program_writer_networks_operand(writer, members, check->constant_count)
			       : program_writer_none_operand();
	default:
		members = gather(emission, check, offsetof(struct typed_constant, number), sizeof(uint64_t));
		return members ? program_writer_number_set_operand(writer, members, check->constant_count)
			       : program_writer_none_operand();
	}
}

static struct program_operand list_operand(struct emission *emission, const struct ir_predicate *predicate)
{
	uint32_t count = predicate->check->constant_count;
	struct program_operand *operands = arena_allocate_array(emission->arena, (size_t)count + 1, sizeof *operands);

	if (!operands) {
		emission->failed = true;
		return program_writer_none_operand();
	}
	for (uint32_t i = 0; i < count; i++)
		operands[i] = one_operand(emission, predicate, i);
	return program_writer_list_operand(emission->writer, operands, count);
}

/* The paths of pmatch that have no wildcards. */
static struct program_operand trie_operand(struct emission *emission, const struct condition *check)
{
	struct text *paths = arena_allocate_array(emission->arena, (size_t)check->constant_count + 1, sizeof *paths);
	uint32_t count = 0;

	if (!paths) {
		emission->failed = true;
		return program_writer_none_operand();
	}
	for (uint32_t i = 0; i < check->constant_count; i++)
		if (!check->typed[i].dfa)
			paths[count++] = check->typed[i].bytes;
	return program_writer_trie_operand(emission->writer, paths, count);
}

static struct program_operand operand_of(struct emission *emission, const struct ir_predicate *predicate)
{
	const struct condition *check = predicate->check;

	if (predicate->operator == OPERATOR_EXISTS)
		return program_writer_none_operand();
	if (check->right)
		return program_writer_slot_operand(emission->writer, emit_slot(emission, check->right, false, predicate->rule));
	if (predicate->modifier != MODIFIER_NONE)
		return list_operand(emission, predicate);
	if (predicate->operand == IR_OPERAND_PLAIN_PATHS)
		return trie_operand(emission, check);
	if (predicate->operand == IR_OPERAND_ONE)
		return one_operand(emission, predicate, predicate->constant);
	return set_operand(emission, check);
}

/* ---- predicates ---- */

static bool reserve_predicates(struct emission *emission)
{
	uint32_t count = emission->ir->predicate_count;
	uint32_t *numbers;

	if (emission->predicate_capacity >= count)
		return true;
	numbers = arena_allocate_array(emission->arena, count, sizeof *numbers);
	if (!numbers) {
		emission->failed = true;
		return false;
	}
	memset(numbers, 0xff, count * sizeof *numbers);
	if (emission->predicate_capacity > 0)
		memcpy(numbers, emission->predicates, emission->predicate_capacity * sizeof *numbers);
	emission->predicates = numbers;
	emission->predicate_capacity = count;
	return true;
}

uint32_t emit_predicate(struct emission *emission, uint32_t number)
{
	const struct ir_predicate *predicate = &emission->ir->predicates[number];
	struct program_operand operand;
	uint32_t slot;

	if (!reserve_predicates(emission))
		return 0;
	if (emission->predicates[number] != UINT32_MAX)
		return emission->predicates[number];
	slot = emit_slot(emission, predicate->check->left, predicate->asks_each, predicate->rule);
	operand = operand_of(emission, predicate);
	emission->predicates[number] =
		program_writer_predicate(emission->writer, slot, (enum operator_id)predicate->operator,
					 (enum quantifier)predicate->quantifier,
					 (enum operator_modifier)predicate->modifier, operand);
	return emission->predicates[number];
}
