#include "compiler/lints/predicate_facts.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/hash_table.h"
#include "compiler/patterns/build_dfa.h"
#include "compiler/condition/canonical_text.h"
#include "compiler/check/check_constants.h"
#include "compiler/oracle/evaluate_ast.h"
#include "compiler/patterns/glob_parse.h"

/* Two automata whose product is larger are taken to have a value in common. */
#define PRODUCT_STATES_MAX 20000u
/* Comparisons of constants with each other, and paths in one automaton, beyond which nothing is claimed. */
#define CONSTANT_PAIRS_MAX 2000000u
#define PATHS_MAX 64u
/* Used before the scratch arena is emptied: evaluating a glob takes some. */
#define SCRATCH_BYTES ((size_t)1 << 20)

enum fact_kind { FACT_NOTHING, FACT_EXISTS, FACT_VALUES, FACT_RANGE, FACT_LANGUAGE, FACT_OTHER };

/* A range of numbers; signed ones are shifted so that their order is that of unsigned ones. */
struct range {
	uint64_t low, high; /* both inside; low > high: empty */
};

struct fact {
	bool is_ready, is_scalar;
	uint8_t kind;
	uint32_t slot;
	const struct condition *check; /* the predicate alone */
	const struct value *values;
	uint32_t value_count;
	struct range range;
	const struct program_dfa *dfa; /* made when it is first needed */
	bool has_no_dfa;
};

struct predicate_facts {
	struct arena *arena, *scratch;
	struct ir *ir;
	struct fact *facts; /* by predicate; on the heap */
	uint32_t capacity;
	struct hash_table *slots;
	uint32_t slot_count;
	/* Pairs of literals, to whether they have a value in common: as languages, and all in all. */
	struct number_table *products, *pairs;
	bool failed;
};

static char no, yes; /* values of `products` and `pairs` */

struct predicate_facts *predicate_facts_new(struct arena *arena, struct ir *ir)
{
	struct predicate_facts *facts = calloc(1, sizeof *facts);

	if (!facts)
		return NULL;
	facts->arena = arena;
	facts->ir = ir;
	facts->scratch = arena_new(0);
	facts->slots = hash_table_new(0);
	facts->products = number_table_new(0);
	facts->pairs = number_table_new(0);
	if (!facts->scratch || !facts->slots || !facts->products || !facts->pairs)
		return predicate_facts_free(facts);
	return facts;
}

struct predicate_facts *predicate_facts_free(struct predicate_facts *facts)
{
	if (!facts)
		return NULL;
	arena_free(facts->scratch);
	hash_table_free(facts->slots);
	number_table_free(facts->products);
	number_table_free(facts->pairs);
	free(facts->facts);
	free(facts);
	return NULL;
}

bool predicate_facts_failed(const struct predicate_facts *facts)
{
	return facts->failed;
}

/* ---- one predicate ---- */

/* Whether the comparison is true for the value. */
static bool holds_for(struct predicate_facts *facts, const struct condition *check, const struct value *value)
{
	bool holds = false;

	if (arena_used_bytes(facts->scratch) > SCRATCH_BYTES)
		arena_reset(facts->scratch);
	if (evaluate_comparison(facts->scratch, check, value, &holds) != 0)
		facts->failed = true;
	return holds;
}

/* The check that the predicate is part of, with its operator and its constants only. */
static const struct condition *narrow_check(struct predicate_facts *facts, const struct ir_predicate *predicate)
{
	const struct condition *whole = predicate->check;
	struct condition *check;
	struct constant *constants;
	struct typed_constant *typed;
	uint32_t count = 0;

	/* Most are the check itself. */
	if (predicate->operand == IR_OPERAND_ALL && predicate->operator == whole->operator &&
	    predicate->modifier == whole->modifier)
		return whole;
	check = arena_allocate(facts->arena, sizeof *check);
	if (!check)
		return NULL;
	*check = *whole;
	check->operator= predicate->operator;
	check->modifier = (enum operator_modifier)predicate->modifier;
	if (predicate->operand == IR_OPERAND_ALL)
		return check;
	if (predicate->operand == IR_OPERAND_ONE) {
		/* Not a copy: a list of patterns has a predicate for each of them. */
		check->constants = &whole->constants[predicate->constant];
		check->typed = &whole->typed[predicate->constant];
		check->constant_count = 1;
		return check;
	}
	constants = arena_allocate_array(facts->arena, (size_t)whole->constant_count + 1, sizeof *constants);
	typed = arena_allocate_array(facts->arena, (size_t)whole->constant_count + 1, sizeof *typed);
	if (!constants || !typed)
		return NULL;
	for (uint32_t i = 0; i < whole->constant_count; i++) {
		if (whole->typed[i].dfa)
			continue;
		constants[count] = whole->constants[i];
		typed[count++] = whole->typed[i];
	}
	check->constants = constants;
	check->typed = typed;
	check->constant_count = count;
	return check;
}

static bool has_numbers(enum value_type type)
{
	enum value_kind kind = type_kind(type);

	return kind == KIND_SIGNED || kind == KIND_UNSIGNED || kind == KIND_BOOLEAN;
}

static void fill_values(struct predicate_facts *facts, struct fact *fact)
{
	const struct condition *check = fact->check;
	enum value_type type = check->left->type;
	struct value *values = arena_allocate_array(facts->arena, (size_t)check->constant_count + 1, sizeof *values);

	if (!values) {
		facts->failed = true;
		return;
	}
	fact->kind = FACT_VALUES;
	fact->values = values;
	for (uint32_t i = 0; i < check->constant_count; i++) {
		struct value *value = &values[fact->value_count];

		*value = has_numbers(type) ? value_of_number(type, check->typed[i].number)
					   : value_of_text(type, check->typed[i].bytes);
		/* `= allof (a, b)` and `= oneof (a, a)` are true for fewer than their constants. */
		fact->value_count += check->modifier == MODIFIER_NONE || holds_for(facts, check, value);
	}
}

/* The order of signed numbers as one of unsigned numbers. */
static uint64_t ordered(enum value_type type, uint64_t number)
{
	return type_kind(type) == KIND_SIGNED ? number ^ (UINT64_C(1) << 63) : number;
}

static struct range whole_range(enum value_type type)
{
	unsigned bits = type_kind(type) == KIND_BOOLEAN ? 1 : type_size_bytes(type) * 8;
	struct range range = {0, UINT64_MAX};

	if (bits < 64 && type_kind(type) == KIND_SIGNED) {
		range.low = ordered(type, (uint64_t)(-(INT64_C(1) << (bits - 1))));
		range.high = ordered(type, (UINT64_C(1) << (bits - 1)) - 1);
	} else if (bits < 64) {
		range.high = (UINT64_C(1) << bits) - 1;
	}
	return range;
}

static const struct range empty_range = {1, 0};

static bool range_is_empty(struct range range)
{
	return range.low > range.high;
}

static struct range range_of(enum operator_id operator, uint64_t number)
{
	struct range range = {0, UINT64_MAX};

	switch (operator) {
	case OPERATOR_LESS:
		if (number == 0)
			return empty_range;
		range.high = number - 1;
		break;
	case OPERATOR_LESS_EQUAL:
		range.high = number;
		break;
	case OPERATOR_GREATER:
		if (number == UINT64_MAX)
			return empty_range;
		range.low = number + 1;
		break;
	default:
		range.low = number;
		break;
	}
	return range;
}

static bool is_language_operator(enum operator_id operator)
{
	switch (operator) {
	case OPERATOR_CONTAINS:
	case OPERATOR_ICONTAINS:
	case OPERATOR_STARTSWITH:
	case OPERATOR_ENDSWITH:
	case OPERATOR_GLOB:
	case OPERATOR_IGLOB:
	case OPERATOR_REGEX:
	case OPERATOR_PMATCH:
		return true;
	default:
		return false;
	}
}

static bool is_order_operator(enum operator_id operator)
{
	return operator== OPERATOR_LESS || operator== OPERATOR_LESS_EQUAL || operator== OPERATOR_GREATER || operator==
	    OPERATOR_GREATER_EQUAL;
}

static void classify(struct predicate_facts *facts, struct fact *fact)
{
	const struct condition *check = fact->check;
	enum value_type type = check->left->type;
	enum operator_id operator=(enum operator_id) check->operator;

	fact->kind = FACT_OTHER;
	if (operator== OPERATOR_EXISTS) {
		fact->kind = FACT_EXISTS;
	} else if (check->constant_count == 0) {
		return;
	} else if ((operator== OPERATOR_EQUAL || operator== OPERATOR_IN) &&
		   (has_numbers(type) || type_kind(type) == KIND_STRING || type_kind(type) == KIND_ADDRESS)) {
		fill_values(facts, fact);
	} else if (check->modifier != MODIFIER_NONE) {
		return;
	} else if (is_order_operator(operator) && has_numbers(type)) {
		fact->kind = FACT_RANGE;
		fact->range = range_of(operator, ordered(type, check->typed[0].number));
	} else if (is_language_operator(operator) && type_kind(type) == KIND_STRING) {
		fact->kind = FACT_LANGUAGE;
	}
}

/* Nothing is known of what keeps state, of comparisons with fields, and of values that are not what they seem. */
static bool is_known(const struct ir_predicate *predicate)
{
	const struct condition *check = predicate->check;

	if (predicate->rule != UINT32_MAX || check->right_side == RIGHT_FIELD || check->right_side == RIGHT_TRANSFORMER)
		return false;
	return check->left->kind != EXPRESSION_FIELD ||
	       (check->left->field != FIELD_EVT_RAWARG && check->left->field != FIELD_EVT_AROUND);
}

/* Predicates on the same expression that quantify alike are on one slot. */
static uint32_t slot_of(struct predicate_facts *facts, const struct ir_predicate *predicate)
{
	struct buffer key = BUFFER_INIT;
	uintptr_t found;
	struct text copy;

	buffer_append_byte(&key, predicate->quantifier);
	buffer_append_byte(&key, predicate->asks_each);
	canonical_expression(&key, predicate->check->left);
	found = (uintptr_t)hash_table_get(facts->slots, buffer_text(&key));
	if (found == 0 && !key.failed) {
		copy = arena_copy_text(facts->arena, buffer_text(&key));
		found = ++facts->slot_count;
		facts->failed |= !copy.bytes || hash_table_set(facts->slots, copy, (void *)found) != 0;
	}
	facts->failed |= key.failed;
	buffer_release(&key);
	return (uint32_t)found;
}

/* Valid until the next call: the array may move. */
static struct fact *fact_of(struct predicate_facts *facts, uint32_t number)
{
	static struct fact nothing;
	const struct ir_predicate *predicate = &facts->ir->predicates[number];
	struct fact *fact;

	if (number < facts->capacity && facts->facts[number].is_ready)
		return &facts->facts[number];
	if (number >= facts->capacity) {
		uint32_t capacity = facts->ir->predicate_capacity;
		struct fact *larger = realloc(facts->facts, capacity * sizeof *larger);

		if (!larger) {
			facts->failed = true;
			nothing = (struct fact){.slot = SLOT_NONE};
			return &nothing;
		}
		memset(larger + facts->capacity, 0, (capacity - facts->capacity) * sizeof *larger);
		facts->facts = larger;
		facts->capacity = capacity;
	}
	fact = &facts->facts[number];
	fact->is_ready = true;
	fact->slot = SLOT_NONE;
	if (!is_known(predicate))
		return fact;
	fact->check = narrow_check(facts, predicate);
	if (!fact->check) {
		facts->failed = true;
		return fact;
	}
	fact->is_scalar =
	    predicate->quantifier == QUANTIFIER_SCALAR && !predicate->asks_each && !fact->check->left->is_list;
	fact->slot = slot_of(facts, predicate);
	classify(facts, fact);
	return fact;
}

uint32_t predicate_slot(struct predicate_facts *facts, uint32_t predicate)
{
	return fact_of(facts, predicate)->slot;
}

uint32_t predicate_values(struct predicate_facts *facts, uint32_t predicate, const struct value **ret_values)
{
	const struct fact *fact = fact_of(facts, predicate);

	*ret_values = fact->values;
	return fact->kind == FACT_VALUES ? fact->value_count : 0;
}

/* ---- languages ---- */

static struct pattern *with_anything(struct arena *arena, struct text bytes, bool before, bool behind)
{
	struct pattern *parts[3];
	uint32_t count = 0;

	if (before)
		parts[count++] = pattern_repeat(arena, pattern_any_byte(arena), 0, REPEAT_UNBOUNDED);
	parts[count++] = pattern_literal(arena, bytes, false);
	if (behind)
		parts[count++] = pattern_repeat(arena, pattern_any_byte(arena), 0, REPEAT_UNBOUNDED);
	return pattern_list(arena, PATTERN_SEQUENCE, parts, count);
}

static struct pattern *pattern_of(struct arena *arena, const struct condition *check)
{
	struct text bytes = check->typed[0].bytes;
	struct text *paths;

	switch (check->operator) {
	case OPERATOR_CONTAINS:
		return with_anything(arena, bytes, true, true);
	case OPERATOR_STARTSWITH:
		return with_anything(arena, bytes, false, true);
	case OPERATOR_ENDSWITH:
		return with_anything(arena, bytes, true, false);
	case OPERATOR_ICONTAINS:
		return substring_pattern(arena, bytes);
	default: /* pmatch */
		paths = arena_allocate_array(arena, check->constant_count, sizeof *paths);
		if (!paths)
			return NULL;
		for (uint32_t i = 0; i < check->constant_count; i++)
			paths[i] = check->typed[i].bytes;
		return path_prefix_pattern(arena, paths, check->constant_count);
	}
}

/* The automaton of a FACT_LANGUAGE; NULL when it is too large. */
static const struct program_dfa *dfa_of(struct predicate_facts *facts, struct fact *fact)
{
	struct pattern *pattern;
	struct program_dfa *dfa;
	int status;

	if (fact->dfa || fact->has_no_dfa)
		return fact->dfa;
	if (fact->check->constant_count > PATHS_MAX)
		return NULL;
	if (fact->check->constant_count == 1 && fact->check->typed[0].dfa) {
		fact->dfa = fact->check->typed[0].dfa;
		return fact->dfa;
	}
	arena_reset(facts->scratch); /* the pattern's, which is much larger */
	pattern = pattern_of(facts->scratch, fact->check);
	dfa = arena_allocate(facts->arena, sizeof *dfa);
	status = pattern && dfa ? build_dfa(facts->arena, pattern, DFA_BYTES, dfa) : -ENOMEM;
	if (status == 0)
		fact->dfa = dfa;
	facts->failed |= status == -ENOMEM;
	fact->has_no_dfa = status != 0;
	return fact->dfa;
}

/* A byte for every pair of classes that some byte of a string has. */
static uint32_t distinct_bytes(const struct program_dfa *a, const struct program_dfa *b, uint8_t ret_bytes[256])
{
	uint32_t count = 0;

	for (unsigned byte = 1; byte < 256; byte++) { /* strings have no NUL inside */
		bool is_new = true;

		for (uint32_t i = 0; i < count && is_new; i++)
			is_new = a->byte_class[ret_bytes[i]] != a->byte_class[byte] ||
				 b->byte_class[ret_bytes[i]] != b->byte_class[byte];
		if (is_new)
			ret_bytes[count++] = (uint8_t)byte;
	}
	return count;
}

/* Whether some string is in both languages, each taken as it is (`polarity`) or as its complement. */
static bool products_meet(struct predicate_facts *facts, const struct program_dfa *a, bool a_polarity,
			  const struct program_dfa *b, bool b_polarity)
{
	uint64_t pairs = (uint64_t)a->state_count * b->state_count;
	uint8_t bytes[256], *seen;
	uint32_t *queue, count = 0, next = 0, byte_count;
	bool meets = false;

	if (pairs > PRODUCT_STATES_MAX)
		return true;
	arena_reset(facts->scratch);
	seen = arena_allocate(facts->scratch, (size_t)pairs);
	queue = arena_allocate_array(facts->scratch, (size_t)pairs, sizeof *queue);
	if (!seen || !queue) {
		facts->failed = true;
		return true;
	}
	byte_count = distinct_bytes(a, b, bytes);
	queue[count++] = a->start * b->state_count + b->start;
	seen[queue[0]] = 1;
	while (next < count && !meets) {
		uint32_t at_a = queue[next] / b->state_count, at_b = queue[next] % b->state_count;

		next++;
		meets = (a->accepting[at_a] != 0) == a_polarity && (b->accepting[at_b] != 0) == b_polarity;
		for (uint32_t i = 0; i < byte_count && !meets; i++) {
			uint32_t to = a->next[at_a * a->class_count + a->byte_class[bytes[i]]] * b->state_count +
				      b->next[at_b * b->class_count + b->byte_class[bytes[i]]];

			if (seen[to])
				continue;
			seen[to] = 1;
			queue[count++] = to;
		}
	}
	return meets;
}

/* The text that a comparison has in every value for which it is true, and that is such a value; empty: none is known.
 */
static struct text text_inside(const struct condition *check)
{
	switch (check->operator) {
	case OPERATOR_CONTAINS:
	case OPERATOR_ICONTAINS:
	case OPERATOR_STARTSWITH:
	case OPERATOR_ENDSWITH:
	case OPERATOR_PMATCH:
		return check->typed[0].bytes;
	default:
		return TEXT_EMPTY;
	}
}

/* Whether a value that is easily found has both; most have, and need no automaton. */
static bool easy_value_has_both(struct predicate_facts *facts, struct literal a, struct literal b)
{
	const struct condition *checks[] = {fact_of(facts, a.predicate)->check, fact_of(facts, b.predicate)->check};
	struct text texts[] = {text_inside(checks[0]), text_inside(checks[1])};
	char bytes[2 * CONSTANT_BYTES_MAX + 1];

	for (unsigned way = 0; way < 4; way++) {
		/* One of them, or both in either order. */
		struct text first = texts[way & 1], second = way < 2 ? TEXT_EMPTY : texts[1 - (way & 1)];
		struct value value;

		if (first.length + second.length > sizeof bytes)
			continue;
		if (first.length > 0)
			memcpy(bytes, first.bytes, first.length);
		if (second.length > 0)
			memcpy(bytes + first.length, second.bytes, second.length);
		value = value_of_text(checks[0]->left->type, text_of(bytes, first.length + second.length));
		if (holds_for(facts, checks[0], &value) == a.polarity &&
		    holds_for(facts, checks[1], &value) == b.polarity)
			return true;
	}
	return false;
}

static uint64_t pair_key(struct literal a, struct literal b)
{
	return (uint64_t)(a.predicate * 2 + a.polarity) << 32 | (b.predicate * 2 + b.polarity);
}

static bool languages_meet(struct predicate_facts *facts, struct literal a, struct literal b)
{
	uint64_t key = pair_key(a, b);
	const void *known = number_table_get(facts->products, key);
	const struct program_dfa *a_dfa, *b_dfa;
	bool meets;

	if (known)
		return known == &yes;
	meets = easy_value_has_both(facts, a, b);
	if (!meets) {
		a_dfa = dfa_of(facts, fact_of(facts, a.predicate));
		b_dfa = dfa_of(facts, fact_of(facts, b.predicate));
		meets = !a_dfa || !b_dfa || products_meet(facts, a_dfa, a.polarity, b_dfa, b.polarity);
	}
	facts->failed |= number_table_set(facts->products, key, meets ? &yes : &no) != 0;
	return meets;
}

/* ---- several literals on one slot ---- */

/* Whether one of the values satisfies all other literals. */
static bool some_value_fits(struct predicate_facts *facts, uint32_t with_values, const struct literal *literals,
			    uint32_t count)
{
	const struct value *values;
	uint32_t value_count = predicate_values(facts, literals[with_values].predicate, &values);
	uint64_t pairs = 0;

	for (uint32_t k = 0; k < count; k++)
		pairs += (uint64_t)value_count * (1 + fact_of(facts, literals[k].predicate)->check->constant_count);
	if (pairs > CONSTANT_PAIRS_MAX)
		return true;
	for (uint32_t i = 0; i < value_count; i++) {
		bool fits = true;

		for (uint32_t k = 0; k < count && fits; k++)
			fits = k == with_values || holds_for(facts, fact_of(facts, literals[k].predicate)->check,
							     &values[i]) == literals[k].polarity;
		if (fits)
			return true;
	}
	return false;
}

/* There is a value: ranges are cut by what is not in others. */
static bool ranges_meet(struct predicate_facts *facts, const struct literal *literals, uint32_t count)
{
	enum value_type type = fact_of(facts, literals[0].predicate)->check->left->type;
	struct range left = whole_range(type);

	if (!has_numbers(type))
		return true;
	for (uint32_t i = 0; i < count; i++) {
		const struct fact *fact = fact_of(facts, literals[i].predicate);
		struct range range = fact->range;

		if (fact->kind != FACT_RANGE)
			continue;
		if (!literals[i].polarity) { /* one side of it is open */
			if (range_is_empty(range))
				continue;
			if (range.low == 0)
				range =
				    range.high == UINT64_MAX ? empty_range : (struct range){range.high + 1, UINT64_MAX};
			else
				range = (struct range){0, range.low - 1};
		}
		if (range_is_empty(range))
			return false;
		left.low = range.low > left.low ? range.low : left.low;
		left.high = range.high < left.high ? range.high : left.high;
	}
	return !range_is_empty(left);
}

/* Each of the others with the last. What two automata both refuse is no concern: that leaves nearly everything. */
static bool all_languages_meet(struct predicate_facts *facts, const struct literal *literals, uint32_t count)
{
	const struct literal last = literals[count - 1];

	if (fact_of(facts, last.predicate)->kind != FACT_LANGUAGE)
		return true;
	for (uint32_t i = 0; i + 1 < count; i++)
		if ((literals[i].polarity || last.polarity) &&
		    fact_of(facts, literals[i].predicate)->kind == FACT_LANGUAGE &&
		    !languages_meet(facts, literals[i], last))
			return false;
	return true;
}

static bool all_may_hold(struct predicate_facts *facts, const struct literal *literals, uint32_t count)
{
	uint32_t fewest = UINT32_MAX;
	bool has_value = false;

	for (uint32_t i = 0; i < count; i++) {
		const struct fact *fact = fact_of(facts, literals[i].predicate);

		if (!fact->is_scalar)
			return true;
		has_value |= literals[i].polarity;
		if (literals[i].polarity && fact->kind == FACT_VALUES &&
		    (fewest == UINT32_MAX ||
		     fact->value_count < fact_of(facts, literals[fewest].predicate)->value_count))
			fewest = i;
	}
	if (!has_value)
		return true; /* as when there is no value */
	for (uint32_t i = 0; i < count; i++)
		if (!literals[i].polarity && fact_of(facts, literals[i].predicate)->kind == FACT_EXISTS)
			return false;
	if (fewest != UINT32_MAX)
		return some_value_fits(facts, fewest, literals, count);
	return ranges_meet(facts, literals, count) && all_languages_meet(facts, literals, count);
}

bool literals_may_hold(struct predicate_facts *facts, const struct literal *literals, uint32_t count)
{
	const void *known;
	uint64_t key;
	bool may_hold;

	if (count != 2)
		return all_may_hold(facts, literals, count);
	/* The same two meet at every event, and whenever a part of the rule is tried without another. */
	key = pair_key(literals[0], literals[1]);
	known = number_table_get(facts->pairs, key);
	if (known)
		return known == &yes;
	may_hold = all_may_hold(facts, literals, count);
	facts->failed |= number_table_set(facts->pairs, key, may_hold ? &yes : &no) != 0;
	return may_hold;
}

/* Whether `b` is true for every value for which `a` is. */
static bool values_are_among(struct predicate_facts *facts, uint32_t a, uint32_t b)
{
	struct fact fact_a = *fact_of(facts, a), fact_b = *fact_of(facts, b);

	if (fact_b.kind == FACT_EXISTS)
		return fact_a.is_scalar;
	if (fact_a.kind == FACT_VALUES) {
		if ((uint64_t)fact_a.value_count * (1 + fact_b.check->constant_count) > CONSTANT_PAIRS_MAX)
			return false;
		for (uint32_t i = 0; i < fact_a.value_count; i++)
			if (!holds_for(facts, fact_b.check, &fact_a.values[i]))
				return false;
		return true;
	}
	if (fact_a.kind == FACT_RANGE && fact_b.kind == FACT_RANGE)
		return range_is_empty(fact_a.range) ||
		       (fact_a.range.low >= fact_b.range.low && fact_a.range.high <= fact_b.range.high);
	return fact_a.kind == FACT_LANGUAGE && fact_b.kind == FACT_LANGUAGE &&
	       !languages_meet(facts, (struct literal){a, true}, (struct literal){b, false});
}

bool literal_implies(struct predicate_facts *facts, struct literal a, struct literal b)
{
	if (a.predicate == b.predicate)
		return a.polarity == b.polarity;
	if (predicate_slot(facts, a.predicate) == SLOT_NONE ||
	    predicate_slot(facts, a.predicate) != predicate_slot(facts, b.predicate))
		return false;
	if (a.polarity && b.polarity)
		return values_are_among(facts, a.predicate, b.predicate);
	if (!a.polarity && !b.polarity)
		return values_are_among(facts, b.predicate, a.predicate);
	/* Without a value, what is not true says nothing about what is. */
	if (!a.polarity)
		return false;
	b.polarity = true;
	return !literals_may_hold(facts, (struct literal[]){a, b}, 2);
}

/* A path without components is a prefix of every path. */
static bool is_root(struct text path)
{
	return text_trim(path, "/").length == 0;
}

static bool language_is_whole(struct predicate_facts *facts, const struct condition *check)
{
	const struct program_dfa *dfa = check->typed[0].dfa;

	switch (check->operator) {
	case OPERATOR_PMATCH:
		for (uint32_t i = 0; i < check->constant_count; i++)
			if (is_root(check->typed[i].bytes))
				return true;
		return false;
	case OPERATOR_GLOB:
	case OPERATOR_IGLOB:
	case OPERATOR_REGEX:
		return dfa->accepting[dfa->start] && !products_meet(facts, dfa, false, dfa, false);
	default:
		return check->typed[0].bytes.length == 0;
	}
}

bool predicate_is_true_of_all(struct predicate_facts *facts, uint32_t predicate)
{
	const struct fact *fact = fact_of(facts, predicate);
	struct range whole;

	if (!fact->is_scalar)
		return false;
	if (fact->kind == FACT_RANGE) {
		whole = whole_range(fact->check->left->type);
		return fact->range.low <= whole.low && fact->range.high >= whole.high;
	}
	return fact->kind == FACT_LANGUAGE && language_is_whole(facts, fact->check);
}

bool predicate_is_false_of_all(struct predicate_facts *facts, uint32_t predicate)
{
	const struct fact *fact = fact_of(facts, predicate);
	const struct literal literal = {predicate, true};
	const struct program_dfa *dfa;

	if (!fact->is_scalar)
		return false;
	if (fact->kind != FACT_LANGUAGE)
		return fact->kind == FACT_RANGE ? !ranges_meet(facts, &literal, 1)
						: fact->kind == FACT_VALUES && fact->value_count == 0;
	/* Of automata only those that were built anyway. */
	dfa = fact->check->constant_count == 1 ? fact->check->typed[0].dfa : NULL;
	return dfa && !products_meet(facts, dfa, true, dfa, true);
}
