#include "vm/interpret.h"

#include <assert.h>

#include "base/seeded_bug.h"
#include "vm/compare.h"
#include "vm/match_results.h"
#include "vm/program_cost.h"
#include "vm/redzone.h"
#include "vm/transform.h"
#include "vm/value_check.h"

#ifdef TERCEL_COUNT_COST
#define SPEND(interpreter, units) ((interpreter)->cost += (units))
#else
#define SPEND(interpreter, units) ((void)(interpreter))
#endif

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/*
 * What is known of a predicate: MAY_TRUE alone is true, MAY_FALSE alone false, both unknown. IN_DOUBT: it may come out
 * otherwise at exit, because the value is unknown or predicted.
 */
enum answer {
	MAY_TRUE = 1,
	MAY_FALSE = 2,
	IN_DOUBT = 4,
	ANSWER_TRUE = MAY_TRUE,
	ANSWER_FALSE = MAY_FALSE,
	ANSWER_UNKNOWN = MAY_TRUE | MAY_FALSE | IN_DOUBT,
};

_Static_assert(MAY_TRUE == (int)INSTRUCTION_WANTS_TRUE && MAY_FALSE == (int)INSTRUCTION_WANTS_FALSE,
	       "a test holds when the answer has the bit that it wants");

enum node_state { NODE_BEGUN, NODE_FALSE, NODE_TRUE, NODE_MAYBE };

struct node {
	uint32_t key; /* epoch and enum node_state */
	uint32_t doubts; /* when it was begun */
};

/*
 * Everything that is kept for one run carries the number of that run, the epoch, so that nothing is cleared between runs.
 * Where a state is kept with it, it has the low EPOCH_SHIFT bits.
 */
#define EPOCH_SHIFT 3
#define EPOCH_MAX (UINT32_MAX >> EPOCH_SHIFT)

struct interpreter {
	const struct program *program;
	uint32_t epoch;
	enum rule_matching matching;
	uint32_t *answers; /* per predicate: epoch and enum answer; MAY_TRUE and MAY_FALSE are what tests want */
	struct slot_cell *cells;
	struct node *nodes;
	struct match_results results;
	struct rule_match *matches;
	bool *enabled; /* per rule */
	uint8_t *scratch;
	uint64_t cost;
	size_t mapped_bytes;
};

/* ---- memory ---- */

static size_t lay_out(struct interpreter *interpreter, const struct program *program, uint8_t *base)
{
	size_t offset = (sizeof *interpreter + 63) & ~(size_t)63;
	uint32_t words = program->matcher_word_count;

	interpreter->answers = private_part(base, &offset, program->predicates_header->predicate_count, sizeof(uint32_t));
	interpreter->cells = private_part(base, &offset, program->slots_header->slot_count, sizeof(struct slot_cell));
	interpreter->nodes = private_part(base, &offset, program->node_count, sizeof(struct node));
	interpreter->results.program = program;
	interpreter->results.matcher_keys =
		private_part(base, &offset, program->matchers_header->matcher_count, sizeof(uint32_t));
	interpreter->results.word_keys = private_part(base, &offset, words, sizeof(uint32_t));
	interpreter->results.words = private_part(base, &offset, words, sizeof(uint32_t));
	interpreter->matches = private_part(base, &offset, program->matches_max, sizeof(struct rule_match));
	interpreter->enabled = private_part(base, &offset, program->rules_header->rule_count, sizeof(bool));
	interpreter->scratch = private_part(base, &offset, program->scratch_bytes, 1);
	return offset;
}

struct interpreter *interpreter_new(const struct program *program)
{
	struct interpreter layout, *interpreter;
	size_t bytes = lay_out(&layout, program, NULL);

	/* Mapped, not allocated: scratch for the longest values costs nothing until it is touched. */
	interpreter = private_map(bytes);
	if (interpreter == NULL)
		return NULL;
	lay_out(interpreter, program, (uint8_t *)interpreter);
	interpreter->program = program;
	interpreter->mapped_bytes = bytes;
#ifndef NDEBUG
	interpreter->epoch = EPOCH_MAX - 100; /* so that tests go through the wrap */
#endif
	for (uint32_t rule = 0; rule < program->rules_header->rule_count; rule++)
		interpreter->enabled[rule] = program->rules[rule].is_enabled;
	interpreter_set_matching(interpreter, program_rule_matching(program));
	return interpreter;
}

struct interpreter *interpreter_free(struct interpreter *interpreter)
{
	if (interpreter != NULL)
		private_unmap(interpreter, interpreter->mapped_bytes);
	return NULL;
}

void interpreter_set_enabled(struct interpreter *interpreter, uint32_t rule, bool is_enabled)
{
	if (rule < interpreter->program->rules_header->rule_count)
		interpreter->enabled[rule] = is_enabled;
}

bool interpreter_is_enabled(const struct interpreter *interpreter, uint32_t rule)
{
	return rule < interpreter->program->rules_header->rule_count && interpreter->enabled[rule];
}

void interpreter_set_matching(struct interpreter *interpreter, enum rule_matching matching)
{
	interpreter->matching = matching == RULE_MATCHING_ALL ? RULE_MATCHING_ALL : RULE_MATCHING_FIRST;
}

uint64_t interpreter_cost(const struct interpreter *interpreter)
{
	return interpreter->cost;
}

/* After 2^29 runs old marks could be taken for new ones: forget them all. */
static void restart_epochs(struct interpreter *interpreter)
{
	const struct program *program = interpreter->program;

	memset(interpreter->answers, 0, program->predicates_header->predicate_count * sizeof(uint32_t));
	memset(interpreter->cells, 0, program->slots_header->slot_count * sizeof(struct slot_cell));
	memset(interpreter->nodes, 0, program->node_count * sizeof(struct node));
	memset(interpreter->results.matcher_keys, 0, program->matchers_header->matcher_count * sizeof(uint32_t));
	memset(interpreter->results.word_keys, 0, program->matcher_word_count * sizeof(uint32_t));
	interpreter->epoch = 0;
}

/* ---- values of slots ---- */

static inline bool is_known(const struct value *value)
{
	return value->state == VALUE_PRESENT || value->state == VALUE_PREDICTED;
}

/* A single value of the declared type, not too long: as they nearly all are. Without bytes the length is 0. */
static inline bool is_as_declared(const struct slot *slot, const struct value *value)
{
	return value->type == slot->type && !value->is_list && !slot->is_list && value->length <= slot->bytes_max;
}

static const struct value *slot_value(struct interpreter *interpreter, struct value_source *source, uint32_t number);

static __attribute__((noinline)) void combine_inputs(struct interpreter *interpreter, struct value_source *source,
						     const struct slot *slot, struct value *ret_value)
{
	for (uint32_t i = 0; i < slot->input_count; i++)
		slot_value(interpreter, source, slot->inputs[i]);
	SPEND(interpreter, transform_spent(slot, interpreter->cells));
	transform_apply(slot, interpreter->cells, interpreter->scratch + slot->scratch_offset, ret_value);
}

static __attribute__((noinline)) void compute_slot(struct interpreter *interpreter, struct value_source *source,
						   uint32_t number)
{
	const struct slot *slot = &interpreter->program->slots[number];
	struct slot_cell *cell = &interpreter->cells[number];

	if (likely(slot->kind == SLOT_FIELD)) {
		SPEND(interpreter, COST_FETCH);
		source->get(source, number, &slot->request, &cell->value);
		if (unlikely(!is_as_declared(slot, &cell->value)))
			value_check(slot, &cell->value, interpreter->scratch + slot->scratch_offset);
	} else if (slot->kind == SLOT_CONSTANT) {
		SPEND(interpreter, COST_FETCH);
		cell->value = value_of_text(TYPE_CHARBUF, slot->text);
	} else {
		combine_inputs(interpreter, source, slot, &cell->value);
	}
	cell->epoch = interpreter->epoch;
	cell->present_epoch = cell->value.state == VALUE_PRESENT ? interpreter->epoch : 0;
	if (!SEEDED_BUG(STALE_HASHES))
		cell->hash = 0;
}

static inline const struct value *slot_value(struct interpreter *interpreter, struct value_source *source, uint32_t number)
{
	struct slot_cell *cell = &interpreter->cells[number];

	assert(number < interpreter->program->slots_header->slot_count);
	if (cell->epoch != interpreter->epoch)
		compute_slot(interpreter, source, number);
	return &cell->value;
}

const struct value *interpreter_slot_value(struct interpreter *interpreter, struct value_source *source, uint32_t slot)
{
	assert(slot < interpreter->program->slots_header->slot_count);
	return slot_value(interpreter, source, slot);
}

/* hash_bytes() of the slot's value, computed once. */
static inline uint32_t slot_hash(struct slot_cell *cell)
{
	if (cell->hash == 0)
		cell->hash = hash_bytes(cell->value.bytes, cell->value.length);
	return cell->hash;
}

/* ---- predicates that are not one value against one constant ---- */

static inline unsigned answer_of(bool is_true)
{
	return is_true ? ANSWER_TRUE : ANSWER_FALSE;
}

static unsigned kleene_or(unsigned a, unsigned b)
{
	if (a == ANSWER_TRUE || b == ANSWER_TRUE)
		return ANSWER_TRUE;
	return ((a | b) & (MAY_TRUE | IN_DOUBT)) | (a & b & MAY_FALSE);
}

static unsigned kleene_and(unsigned a, unsigned b)
{
	if (a == ANSWER_FALSE || b == ANSWER_FALSE)
		return ANSWER_FALSE;
	return (a & b & MAY_TRUE) | ((a | b) & (MAY_FALSE | IN_DOUBT));
}

static bool compare(struct interpreter *interpreter, unsigned comparison, const struct value *value,
		    const struct operand *operand)
{
	const uint8_t *constants = interpreter->program->constants;

	SPEND(interpreter, comparison_cost(comparison, operand, value->length));
	switch ((enum comparison)comparison) {
#define COMPARISON(constant, operator, kinds, operand_kind, function, cost)                                            \
	case COMPARISON_##constant:                                                                                    \
		return compare_##function(value, operand, constants);
#include "vm/comparisons.def"
#undef COMPARISON
	case COMPARISON_COUNT:
	case COMPARISON_GENERAL:
	case COMPARISON_NONE:
		break;
	}
	return false;
}

/* The kind by which a value of the slot is compared. */
static unsigned compared_kind(const struct slot *slot, const struct value *value)
{
	return slot->is_dynamic ? type_kind((enum value_type)value->type) : slot->value_kind;
}

static unsigned comparison_for(struct interpreter *interpreter, unsigned operator, unsigned kind, unsigned operand_kind)
{
	return interpreter->program->comparisons.rows[operator][kind][operand_kind];
}

/* Whether the value satisfies the operator with one, all, or exactly one of the list's operands. */
static bool answer_modifier(struct interpreter *interpreter, const struct predicate *predicate, unsigned kind,
			    const struct value *value)
{
	const struct operand *list = &predicate->operand;
	unsigned comparison = comparison_for(interpreter, predicate->operator, kind, list->element_kind);
	uint32_t hits = 0;

	for (uint32_t i = 0; i < list->length; i++)
		hits += compare(interpreter, comparison, value, &interpreter->program->operands[list->list[i]]);
	switch (predicate->modifier) {
	case MODIFIER_ONEOF:
		return hits == 1 || (SEEDED_BUG(ONEOF_IS_ANYOF) && hits > 0);
	case MODIFIER_ANYOF:
		return hits > 0;
	default:
		return hits > 0 && hits == list->length;
	}
}

/* One value of the left side with one of the right side. */
static unsigned answer_pair(struct interpreter *interpreter, const struct predicate *predicate, unsigned kind,
			    const struct value *value, const struct value *right)
{
	unsigned operator = predicate->operator;
	struct operand operand = {.length = right->length};
	unsigned answer;

	if (right->state == VALUE_ABSENT)
		return ANSWER_FALSE;
	if (right->state == VALUE_UNKNOWN)
		return ANSWER_UNKNOWN;
	if (operator == OPERATOR_IN || operator == OPERATOR_INTERSECTS)
		operator = OPERATOR_EQUAL;
	if (kind_has_bytes(kind)) {
		operand.kind = OPERAND_BYTES;
		operand.bytes = right->bytes;
	} else {
		operand.kind = OPERAND_NUMBER;
		operand.number = right->number;
	}
	answer = answer_of(compare(interpreter, comparison_for(interpreter, operator, kind, operand.kind), value, &operand));
	return right->state == VALUE_PREDICTED ? answer | IN_DOUBT : answer;
}

/* One value of the left side, which is not a list. `right`: the right-hand slot's value, or NULL. */
static unsigned answer_one(struct interpreter *interpreter, const struct predicate *predicate, const struct value *value,
			   const struct value *right)
{
	const struct slot *slot = &interpreter->program->slots[predicate->slot];
	unsigned kind = compared_kind(slot, value);
	unsigned answer;

	if (value->state == VALUE_ABSENT)
		return ANSWER_FALSE;
	if (value->state == VALUE_UNKNOWN)
		return ANSWER_UNKNOWN;
	if (right != NULL && right->is_list) {
		answer = ANSWER_FALSE;
		for (uint32_t i = 0; i < right->length && answer != ANSWER_TRUE; i++)
			answer = kleene_or(answer, answer_pair(interpreter, predicate, kind, value, &right->elements[i]));
	} else if (right != NULL) {
		answer = answer_pair(interpreter, predicate, kind, value, right);
	} else if (predicate->modifier != MODIFIER_NONE) {
		answer = answer_of(answer_modifier(interpreter, predicate, kind, value));
	} else {
		unsigned comparison = comparison_for(interpreter, predicate->operator, kind, predicate->operand.kind);

		answer = answer_of(compare(interpreter, comparison, value, &predicate->operand));
	}
	return value->state == VALUE_PREDICTED ? answer | IN_DOUBT : answer;
}

static unsigned answer_elements(struct interpreter *interpreter, const struct predicate *predicate,
				const struct value *list, const struct value *right)
{
	bool is_any = predicate->quantifier == QUANTIFIER_ANY;
	unsigned decided = is_any ? ANSWER_TRUE : ANSWER_FALSE;
	unsigned answer = is_any ? ANSWER_FALSE : ANSWER_TRUE;

	if (list->length == 0 && predicate->quantifier == QUANTIFIER_ALL_OF_SOME)
		return ANSWER_FALSE;
	for (uint32_t i = 0; i < list->length && answer != decided; i++) {
		unsigned one = answer_one(interpreter, predicate, &list->elements[i], right);

		SPEND(interpreter, COST_ELEMENT);
		answer = is_any ? kleene_or(answer, one) : kleene_and(answer, one);
	}
	return answer;
}

static __attribute__((noinline)) unsigned answer_general(struct interpreter *interpreter, struct value_source *source,
							 const struct predicate *predicate)
{
	const struct value *value = slot_value(interpreter, source, predicate->slot);
	const struct value *right = NULL;
	unsigned answer;

	if (value->state == VALUE_ABSENT)
		return ANSWER_FALSE;
	if (predicate->operand.kind == OPERAND_SLOT) {
		right = slot_value(interpreter, source, predicate->operand.slot);
		if (right->state == VALUE_ABSENT)
			return ANSWER_FALSE;
	}
	if (value->state == VALUE_UNKNOWN || (right != NULL && right->state == VALUE_UNKNOWN))
		return ANSWER_UNKNOWN;
	if (predicate->quantifier != QUANTIFIER_SCALAR)
		answer = answer_elements(interpreter, predicate, value, right);
	else if (predicate->operator == OPERATOR_EXISTS)
		answer = ANSWER_TRUE;
	else
		answer = answer_one(interpreter, predicate, value, right);
	if (value->state == VALUE_PREDICTED || (right != NULL && right->state == VALUE_PREDICTED))
		answer |= IN_DOUBT;
	return answer;
}

/* ---- matchers ---- */

static void run_matcher(struct interpreter *interpreter, struct value_source *source, uint32_t number)
{
	const struct matcher *matcher = &interpreter->program->matchers[number];
	const struct value *value = slot_value(interpreter, source, matcher->slot);
	uint32_t hash = 0;
	uint64_t cost;

	if (matcher->kind == MATCHER_BYTES && is_known(value) && !value->is_list)
		hash = slot_hash(&interpreter->cells[matcher->slot]);
	cost = match_results_run(&interpreter->results, interpreter->epoch, matcher, value, hash);
	SPEND(interpreter, cost);
	(void)cost;
}

/* The answer that a matcher left for the predicate in this run; 0: none did. */
static inline unsigned matcher_answer(const struct interpreter *interpreter, const struct predicate *predicate)
{
	const struct match_results *results = &interpreter->results;
	uint32_t key = results->matcher_keys[interpreter->program->word_matchers[predicate->matcher_word]];
	bool is_true;

	if (key >> MATCHER_KEY_SHIFT != interpreter->epoch)
		return 0;
	if ((key & MATCHER_STATE_MASK) == MATCHER_UNKNOWN)
		return ANSWER_UNKNOWN;
	is_true = match_results_may(results, interpreter->epoch, predicate->matcher_word) >> predicate->matcher_bit & 1;
	return answer_of(is_true) | (key & MATCHER_PREDICTED ? IN_DOUBT : 0);
}

/* ---- predicates ---- */

/* One present value against one constant: the comparisons as functions, so that a test makes one short call. */
#define compare_in_bytes(value, operand, constants) cell_in_set(cell, predicate, constants)
#define COMPARISON(constant, operator, kinds, operand_kind, function, cost)                                            \
	static bool quick_##constant(struct slot_cell *cell, const struct predicate *predicate,                        \
				     const uint8_t *constants __attribute__((unused)))                                 \
	{                                                                                                              \
		return compare_##function(&cell->value, &predicate->operand, constants);                               \
	}

/* Several sets are asked about one value: its hash is kept beside it, the sets' filters beside the predicates. */
static inline bool cell_in_set(struct slot_cell *cell, const struct predicate *predicate, const uint8_t *constants)
{
	uint32_t hash = slot_hash(cell);

	return (predicate->filter & set_filter_bit(hash)) != 0 &&
	       bytes_set_find(predicate->operand.bytes_set, constants, cell->value.bytes, cell->value.length, hash) !=
		       SET_NO_MEMBER;
}

#include "vm/comparisons.def"
#undef COMPARISON
#undef compare_in_bytes

static bool (*const quick_comparisons[])(struct slot_cell *cell, const struct predicate *predicate,
					 const uint8_t *constants) = {
#define COMPARISON(constant, operator, kinds, operand_kind, function, cost) quick_##constant,
#include "vm/comparisons.def"
#undef COMPARISON
};

/* The answer of a predicate that has none in this run yet, and keeps it. */
static __attribute__((noinline)) unsigned answer_predicate(struct interpreter *interpreter, struct value_source *source,
							    uint32_t number)
{
	const struct predicate *predicate = &interpreter->program->predicates[number];
	const struct value *value;
	unsigned answer = 0;

	SPEND(interpreter, COST_PREDICATE);
	if (predicate->matcher_word != NO_MATCHER_WORD)
		answer = matcher_answer(interpreter, predicate);
	if (answer != 0)
		goto keep;
	if (predicate->comparison == COMPARISON_GENERAL) {
		answer = answer_general(interpreter, source, predicate);
		goto keep;
	}
	value = slot_value(interpreter, source, predicate->slot);
	if (!is_known(value)) {
		answer = value->state == VALUE_ABSENT || SEEDED_BUG(UNKNOWN_IS_FALSE) ? ANSWER_FALSE : ANSWER_UNKNOWN;
		goto keep;
	}
	SPEND(interpreter, comparison_cost(predicate->comparison, &predicate->operand, value->length));
	answer = answer_of(quick_comparisons[predicate->comparison](&interpreter->cells[predicate->slot], predicate,
								    interpreter->program->constants));
	if (value->state == VALUE_PREDICTED && !SEEDED_BUG(PREDICTED_IS_FINAL))
		answer |= IN_DOUBT;
keep:
	interpreter->answers[number] = interpreter->epoch << EPOCH_SHIFT | answer;
	return answer;
}

/* The same; the usual case, a comparison of a present value, without a call but that of the comparison. */
static inline unsigned find_answer(struct interpreter *interpreter, struct value_source *source, uint32_t number)
{
	const struct predicate *predicate = &interpreter->program->predicates[number];
	struct slot_cell *cell = &interpreter->cells[predicate->slot];
	unsigned answer;

	if (!predicate->is_quick)
		return answer_predicate(interpreter, source, number);
	if (cell->epoch != interpreter->epoch)
		compute_slot(interpreter, source, predicate->slot);
	if (cell->present_epoch != interpreter->epoch)
		return answer_predicate(interpreter, source, number);
	SPEND(interpreter, COST_PREDICATE + comparison_cost(predicate->comparison, &predicate->operand, cell->value.length));
	answer = answer_of(quick_comparisons[predicate->comparison](cell, predicate, interpreter->program->constants));
	interpreter->answers[number] = interpreter->epoch << EPOCH_SHIFT | answer;
	return answer;
}

/* ---- code ---- */

/* Whether every predicate of the masks is known to be false. */
static inline bool guard_excludes(const struct interpreter *interpreter, const struct format_instruction *masks,
				  uint32_t mask_count)
{
	for (uint32_t i = 0; i < mask_count; i++) {
		uint32_t word = masks[i].target;

		assert(masks[i].opcode == OP_MASK && word < interpreter->program->matcher_word_count);
		if ((match_results_may(&interpreter->results, interpreter->epoch, word) & masks[i].operand) != 0)
			return false;
	}
	return true;
}

/* Where an instruction jumps to, from the block's start. Behind a WIDE it has 0, which is no place to jump to. */
static inline uint32_t jump_target(const struct format_instruction *instruction)
{
	return likely(instruction->target != 0) ? instruction->target : instruction[-1].operand;
}

/*
 * One body of cases for both ways of dispatch: computed goto, where each case jumps to the next one by itself, and a
 * switch in a loop (-DTERCEL_SWITCH_DISPATCH), which any compiler and every analyser understands.
 */
#define FETCH                                                                                                          \
	do {                                                                                                           \
		assert(next < code + block->instruction_count);                                                        \
		instruction = next++;                                                                                  \
		SPEND(interpreter, COST_INSTRUCTION);                                                                  \
	} while (0)
#ifdef TERCEL_SWITCH_DISPATCH
#define DISPATCH switch ((enum opcode)instruction->opcode)
#define CASE(constant) case OP_##constant
#define NEXT break
#else
#define DISPATCH goto *labels[instruction->opcode];
#define CASE(constant) op_##constant
#define NEXT                                                                                                           \
	do {                                                                                                           \
		FETCH;                                                                                                 \
		goto *labels[instruction->opcode];                                                                     \
	} while (0)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
#define JUMP (next = code + jump_target(instruction))

static uint32_t run_block(struct interpreter *interpreter, struct value_source *source, const struct format_block *block)
{
#ifndef TERCEL_SWITCH_DISPATCH
	static const void *const labels[OPCODE_COUNT] = {
#define OPCODE(constant, name, target, operand, flags, meaning) [OP_##constant] = &&op_##constant,
#include "vm/opcodes.def"
#undef OPCODE
	};
#endif
	const struct format_instruction *const code = interpreter->program->code + block->first_instruction;
	const uint32_t *const answers = interpreter->answers;
	const uint32_t key = interpreter->epoch << EPOCH_SHIFT;
	const struct format_instruction *next = code, *instruction;
	uint32_t doubts = 0, rule_doubts = 0; /* tests that held in doubt: in the run, and when the rule began */
	uint32_t match_count = 0, answer, state;
	struct node *node;

	for (;;) {
		FETCH;
		DISPATCH
		{
			CASE(TEST_THEN):
				answer = answers[instruction->operand] ^ key;
				if (answer >= 1 << EPOCH_SHIFT)
					answer = find_answer(interpreter, source, instruction->operand);
				if (answer & instruction->flags) {
					doubts += answer / IN_DOUBT;
					JUMP;
				}
				NEXT;
			CASE(TEST_ELSE):
				answer = answers[instruction->operand] ^ key;
				if (answer >= 1 << EPOCH_SHIFT)
					answer = find_answer(interpreter, source, instruction->operand);
				if (answer & instruction->flags)
					doubts += answer / IN_DOUBT;
				else
					JUMP;
				NEXT;
			CASE(BEGIN_RULE):
				rule_doubts = doubts;
				if (unlikely(!interpreter->enabled[instruction->operand]))
					JUMP;
				NEXT;
			CASE(JUMP):
				JUMP;
				NEXT;
			CASE(GUARD):
				SPEND(interpreter, instruction->operand * COST_INSTRUCTION);
				if (guard_excludes(interpreter, next, instruction->operand))
					JUMP;
				else
					next += instruction->operand;
				NEXT;
			CASE(RUN_MATCHER):
				run_matcher(interpreter, source, instruction->operand);
				NEXT;
			CASE(SET_NODE):
				node = &interpreter->nodes[instruction->operand];
				if ((instruction->flags & INSTRUCTION_HOLDS) == 0)
					node->key = key | NODE_FALSE;
				else if (doubts == (node->key == (key | NODE_BEGUN) ? node->doubts : rule_doubts))
					node->key = key | NODE_TRUE;
				else
					node->key = key | NODE_MAYBE;
				NEXT;
			CASE(NODE_THEN):
				state = interpreter->nodes[instruction->operand].key ^ key;
				if (state != NODE_FALSE) {
					doubts += state != NODE_TRUE;
					JUMP;
				}
				NEXT;
			CASE(NODE_ELSE):
				state = interpreter->nodes[instruction->operand].key ^ key;
				if (state != NODE_FALSE)
					doubts += state != NODE_TRUE;
				else
					JUMP;
				NEXT;
			CASE(JUMP_IF_SET):
				node = &interpreter->nodes[instruction->operand];
				state = node->key ^ key;
				if (state >= NODE_FALSE && state <= NODE_MAYBE) {
					JUMP;
				} else {
					node->key = key | NODE_BEGUN;
					node->doubts = doubts;
				}
				NEXT;
			CASE(MATCH):
				assert(match_count < interpreter->program->matches_max);
				interpreter->matches[match_count++] =
					(struct rule_match){instruction->operand, doubts == rule_doubts};
				if ((doubts == rule_doubts || SEEDED_BUG(FIRST_ENDS_IN_DOUBT)) &&
				    interpreter->matching == RULE_MATCHING_FIRST)
					return match_count;
				NEXT;
			CASE(WIDE): /* belongs to the next one: jump_target() */
				NEXT;
			CASE(END):
				return match_count;
			CASE(MASK): /* skipped by GUARD; the verifier lets nothing else come here */
				assert(false);
				NEXT;
#ifdef TERCEL_SWITCH_DISPATCH
			case OPCODE_COUNT:
				break;
#endif
		}
	}
}

#ifndef TERCEL_SWITCH_DISPATCH
#pragma GCC diagnostic pop
#endif

uint32_t interpreter_run(struct interpreter *interpreter, struct value_source *source, unsigned event,
			 const struct rule_match **ret_matches)
{
	const struct program *program = interpreter->program;
	uint32_t block = event < EVENT_ID_COUNT ? program->event_block[event] : NO_BLOCK;

	if (unlikely(interpreter->epoch == EPOCH_MAX))
		restart_epochs(interpreter);
	interpreter->epoch += !SEEDED_BUG(STALE_ANSWERS);
	*ret_matches = interpreter->matches;
	return block != NO_BLOCK ? run_block(interpreter, source, &program->blocks[block]) : 0;
}
