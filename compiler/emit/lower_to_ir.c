#include "compiler/emit/lower_to_ir.h"

#include "base/buffer.h"
#include "base/seeded_bug.h"
#include "compiler/condition/canonical_text.h"
#include "compiler/check/check_constants.h"
#include "compiler/oracle/evaluate_values.h"
#include "compiler/emit/fold_event.h"

struct lowering {
	struct ir *ir;
	uint32_t rule;
	struct number_table *parts; /* NULL: nobody asks */
};

/* ---- predicates ---- */

static bool is_stateful(const struct expression *expression)
{
	bool stateful = expression->kind == EXPRESSION_FIELD &&
			(field_info((unsigned)expression->field)->flags & FIELD_FLAG_STATEFUL) != 0;

	for (uint32_t i = 0; i < expression->child_count; i++)
		stateful |= is_stateful(expression->children[i]);
	return stateful;
}

static void append_counted(struct buffer *buffer, struct text text)
{
	buffer_append_u32(buffer, (uint32_t)text.length);
	buffer_append_text(buffer, text);
}

/* Two predicates with the same key compare the same with the same. */
static void append_key(struct buffer *buffer, const struct ir_predicate *predicate)
{
	const struct condition *check = predicate->check;
	bool is_one = predicate->operand == IR_OPERAND_ONE;

	buffer_append_byte(buffer, predicate->operator);
	buffer_append_byte(buffer, predicate->quantifier);
	buffer_append_byte(buffer, SEEDED_BUG(SHARED_MODIFIERS) ? MODIFIER_NONE : predicate->modifier);
	buffer_append_byte(buffer, is_one ? IR_OPERAND_ALL : predicate->operand);
	buffer_append_byte(buffer, predicate->asks_each);
	buffer_append_u32(buffer, predicate->rule);
	canonical_expression(buffer, check->left);
	buffer_append_byte(buffer, 0);
	if (check->right)
		canonical_expression(buffer, check->right);
	else if (is_one)
		append_counted(buffer, check->constants[predicate->constant].value);
	else
		for (uint32_t i = 0; i < check->constant_count; i++)
			append_counted(buffer, check->constants[i].value);
}

static uint32_t test(struct lowering *lowering, struct ir_predicate predicate, bool polarity)
{
	struct ir *ir = lowering->ir;
	const struct condition *check = predicate.check;
	struct buffer key = BUFFER_INIT;
	uint32_t number = 0;

	predicate.rule = UINT32_MAX;
	if (is_stateful(check->left) || (check->right && is_stateful(check->right)))
		predicate.rule = lowering->rule;
	predicate.folds = check_may_fold(check);
	append_key(&key, &predicate);
	if (key.failed)
		ir->failed = true;
	else
		number = ir_add_predicate(ir, buffer_text(&key), &predicate);
	buffer_release(&key);
	return ir->failed ? IR_FALSE : ir_test(ir, number, polarity);
}

/* ---- checks ---- */

static uint32_t constant_node(bool is_true)
{
	return is_true ? IR_TRUE : IR_FALSE;
}

/*
 * Exactly one of the predicates is true (`polarity`), or not. Written out, because the parts are about one value: what is
 * counted are constants for which the comparison with either end of a socket holds.
 */
static uint32_t exactly_one(struct lowering *lowering, const struct ir_predicate *one, uint32_t count, bool polarity)
{
	struct ir *ir = lowering->ir;
	uint32_t none = constant_node(polarity), some = constant_node(!polarity);

	/*
	 * From the last constant to the first: `none` and `some` say that none, that exactly one of those behind it holds.
	 * For the opposite polarity AND and OR change places.
	 */
	for (uint32_t i = count; i-- > 0 && !ir->failed;) {
		struct ir_predicate predicate = *one;
		enum ir_kind both = polarity ? IR_AND : IR_OR, either = polarity ? IR_OR : IR_AND;
		uint32_t holds, fails, here, later;

		predicate.constant = i;
		holds = test(lowering, predicate, polarity);
		fails = test(lowering, predicate, !polarity);
		here = ir_join(ir, both, (uint32_t[]){holds, none}, 2);
		later = ir_join(ir, both, (uint32_t[]){fails, some}, 2);
		some = ir_join(ir, either, (uint32_t[]){here, later}, 2);
		none = ir_join(ir, both, (uint32_t[]){fails, none}, 2);
	}
	return some;
}

/* Modifiers on either end of a socket: each constant is compared with both ends, then the modifier counts constants. */
static uint32_t lower_ends_with_modifier(struct lowering *lowering, struct ir_predicate predicate, bool polarity)
{
	struct ir *ir = lowering->ir;
	uint32_t count = predicate.check->constant_count;
	bool is_all = predicate.modifier == MODIFIER_ALLOF;
	uint32_t *tests = arena_allocate_array(ir->arena, count, sizeof *tests);

	if (!tests) {
		ir->failed = true;
		return IR_FALSE;
	}
	predicate.operand = IR_OPERAND_ONE;
	if (predicate.modifier == MODIFIER_ONEOF) {
		predicate.modifier = MODIFIER_NONE;
		return exactly_one(lowering, &predicate, count, polarity);
	}
	predicate.modifier = MODIFIER_NONE;
	for (uint32_t i = 0; i < count; i++) {
		predicate.constant = i;
		tests[i] = test(lowering, predicate, polarity);
	}
	return ir_join(ir, is_all == polarity ? IR_AND : IR_OR, tests, count);
}

/* Each path with wildcards is matched by its automaton, those without by one trie. */
static uint32_t lower_pmatch(struct lowering *lowering, struct ir_predicate predicate, bool polarity)
{
	const struct condition *check = predicate.check;
	uint32_t *parts = arena_allocate_array(lowering->ir->arena, (size_t)check->constant_count + 1, sizeof *parts);
	uint32_t count = 0;
	bool has_plain = false;

	if (!parts) {
		lowering->ir->failed = true;
		return IR_FALSE;
	}
	for (uint32_t i = 0; i < check->constant_count; i++)
		has_plain |= check->typed[i].dfa == NULL;
	if (has_plain) {
		predicate.operand = IR_OPERAND_PLAIN_PATHS;
		parts[count++] = test(lowering, predicate, polarity);
	}
	predicate.operand = IR_OPERAND_ONE;
	for (uint32_t i = 0; i < check->constant_count; i++) {
		predicate.constant = i;
		if (check->typed[i].dfa)
			parts[count++] = test(lowering, predicate, polarity);
	}
	return ir_join(lowering->ir, polarity ? IR_OR : IR_AND, parts, count);
}

static enum quantifier quantifier_of(const struct condition *check, bool asks_each)
{
	bool is_either_end = asks_each && (field_info((unsigned)check->left->field)->flags & FIELD_FLAG_EITHER_END) != 0;

	if (check->operator == OPERATOR_EXISTS)
		/* Some ancestor exists; an entry or a list exists even when it is empty. */
		return asks_each && !is_either_end ? QUANTIFIER_ANY : QUANTIFIER_SCALAR;
	if (is_either_end && check->operator == OPERATOR_NOT_EQUAL && !SEEDED_BUG(ONE_END_DIFFERS))
		return QUANTIFIER_ALL_OF_SOME;
	if (asks_each)
		return QUANTIFIER_ANY;
	if (check->left->is_list)
		return check->operator == OPERATOR_IN ? QUANTIFIER_ALL : QUANTIFIER_ANY;
	return QUANTIFIER_SCALAR;
}

static bool has_constants(const struct condition *check)
{
	return check->right_side == RIGHT_VALUE || check->right_side == RIGHT_LIST || check->right_side == RIGHT_IDENTIFIER;
}

static struct expression *lower_cased(struct ir *ir, struct expression *expression)
{
	struct expression *result = arena_allocate(ir->arena, sizeof *result);
	struct expression **children = arena_allocate(ir->arena, sizeof(struct expression *));

	if (!result || !children) {
		ir->failed = true;
		return expression;
	}
	children[0] = expression;
	*result = (struct expression){.kind = EXPRESSION_TRANSFORMER,
				      .span = expression->span,
				      .name = TEXT("tolower"),
				      .children = children,
				      .child_count = 1,
				      .field = -1,
				      .transformer = TRANSFORMER_TOLOWER,
				      .type = expression->type,
				      .is_list = expression->is_list};
	return result;
}

/*
 * `x icontains val(y)` as `tolower(x) contains tolower(y)`: without a constant to prepare, a search without regard to case
 * would take the product of both lengths at worst.
 */
static const struct condition *search_lower_cased(struct ir *ir, const struct condition *check)
{
	struct condition *result = arena_allocate(ir->arena, sizeof *result);

	if (!result) {
		ir->failed = true;
		return check;
	}
	*result = *check;
	result->operator = OPERATOR_CONTAINS;
	result->left = lower_cased(ir, check->left);
	result->right = lower_cased(ir, check->right);
	return result;
}

static uint32_t lower_check(struct lowering *lowering, const struct condition *check, bool polarity)
{
	struct ir_predicate predicate = {.modifier = (uint8_t)check->modifier};
	bool holds;

	if (check->operator == OPERATOR_ICONTAINS && check->right)
		check = search_lower_cased(lowering->ir, check);
	predicate.check = check;
	predicate.operator = (uint8_t)check->operator;
	if (condition_decides_event_number(check, &holds))
		return constant_node(holds == polarity);
	predicate.asks_each = expression_is_compared_each(check->left);
	predicate.quantifier = (uint8_t)quantifier_of(check, predicate.asks_each);
	/* On single values, and one by one, both ask whether the value is in the set. */
	if (check->operator == OPERATOR_INTERSECTS)
		predicate.operator = OPERATOR_IN;
	if (check->left->kind == EXPRESSION_FIELD && check->left->field == FIELD_EVT_AROUND)
		predicate.operator = OPERATOR_LESS_EQUAL; /* the field is the distance in milliseconds */
	if (!has_constants(check))
		return test(lowering, predicate, polarity);

	/* Nothing satisfies a comparison with no constant, except that all elements of an empty list do. */
	if (check->constant_count == 0 && (predicate.quantifier != QUANTIFIER_ALL || SEEDED_BUG(NOTHING_IN_NO_CONSTANTS)))
		return constant_node(!polarity);
	if (check->operator == OPERATOR_PMATCH)
		return lower_pmatch(lowering, predicate, polarity);
	if (check->constant_count == 1) { /* all modifiers are alike, and a set of one is a value */
		predicate.modifier = MODIFIER_NONE;
		predicate.operand = IR_OPERAND_ONE;
		if (predicate.operator == OPERATOR_IN)
			predicate.operator = OPERATOR_EQUAL;
	}
	if (predicate.modifier == MODIFIER_NONE)
		return test(lowering, predicate, polarity);
	if (predicate.asks_each && (field_info((unsigned)check->left->field)->flags & FIELD_FLAG_EITHER_END))
		return lower_ends_with_modifier(lowering, predicate, polarity);
	if (predicate.modifier == MODIFIER_ANYOF && predicate.operator == OPERATOR_EQUAL) {
		predicate.modifier = MODIFIER_NONE;
		predicate.operator = OPERATOR_IN;
	}
	return test(lowering, predicate, polarity);
}

/* ---- trees ---- */

static uint64_t part_key(const struct condition *part, bool polarity)
{
	return (uint64_t)(uintptr_t)part * 2 + polarity;
}

static uint32_t lower_part(struct lowering *lowering, const struct condition *condition, bool polarity);

static uint32_t lower(struct lowering *lowering, const struct condition *condition, bool polarity)
{
	uint32_t node = lower_part(lowering, condition, polarity);

	if (lowering->parts && number_table_set(lowering->parts, part_key(condition, polarity), (void *)((uintptr_t)node + 1)))
		lowering->ir->failed = true;
	return node;
}

static uint32_t lower_part(struct lowering *lowering, const struct condition *condition, bool polarity)
{
	struct ir *ir = lowering->ir;
	uint32_t *children;

	if (ir->failed)
		return IR_FALSE;
	switch (condition->kind) {
	case CONDITION_CHECK:
		return lower_check(lowering, condition, polarity);
	case CONDITION_NOT:
		return lower(lowering, condition->children[0], !polarity);
	case CONDITION_MACRO: /* put in before */
		return IR_FALSE;
	case CONDITION_AND:
	case CONDITION_OR:
		break;
	}
	children = arena_allocate_array(ir->arena, condition->child_count, sizeof *children);
	if (!children) {
		ir->failed = true;
		return IR_FALSE;
	}
	for (uint32_t i = 0; i < condition->child_count; i++)
		children[i] = lower(lowering, condition->children[i], polarity);
	if (ir->failed)
		return IR_FALSE;
	return ir_join(ir, (condition->kind == CONDITION_AND) == (polarity || SEEDED_BUG(NEGATED_AND)) ? IR_AND : IR_OR, children,
		       condition->child_count);
}

uint32_t lower_condition(struct ir *ir, const struct condition *condition, uint32_t rule)
{
	return lower_condition_noting(ir, condition, rule, NULL);
}

uint32_t lower_condition_noting(struct ir *ir, const struct condition *condition, uint32_t rule, struct number_table *parts)
{
	struct lowering lowering = {.ir = ir, .rule = rule, .parts = parts};

	return lower(&lowering, condition, true);
}

uint32_t lowered_part(const struct number_table *parts, const struct condition *part, bool polarity)
{
	return (uint32_t)((uintptr_t)number_table_get(parts, part_key(part, polarity)) - 1);
}

/* ---- what is left for a type of event ---- */

/* The distinct predicates below a node that may fold, in `out`. */
struct predicate_list {
	uint32_t *at;
	uint32_t count, capacity;
};

static void collect_folding(struct ir *ir, uint32_t node, struct predicate_list *list)
{
	const struct ir_node *at = &ir->nodes[node];

	for (uint32_t i = 0; i < at->child_count; i++)
		collect_folding(ir, at->children[i], list);
	if (at->kind != IR_TEST || !ir->predicates[at->predicate].folds)
		return;
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i] == at->predicate)
			return;
	if (list->count == list->capacity) {
		uint32_t capacity = list->capacity ? list->capacity * 2 : 16;
		uint32_t *larger = arena_allocate_array(ir->arena, capacity, sizeof *larger);

		if (!larger) {
			ir->failed = true;
			return;
		}
		if (list->count > 0)
			memcpy(larger, list->at, list->count * sizeof *larger);
		list->at = larger;
		list->capacity = capacity;
	}
	list->at[list->count++] = at->predicate;
}

/* The node with the answers put in for the predicates of the list. */
static uint32_t substitute(struct ir *ir, uint32_t node, const struct predicate_list *list, const uint8_t *answers)
{
	const struct ir_node at = ir->nodes[node];
	uint32_t *children;

	if (ir->failed || at.kind == IR_CONSTANT)
		return node;
	if (at.kind == IR_TEST) {
		for (uint32_t i = 0; i < list->count; i++)
			if (list->at[i] == at.predicate && answers[i] != FOLDED_NOT)
				return constant_node((answers[i] == FOLDED_TRUE) == at.polarity);
		return node;
	}
	children = arena_allocate_array(ir->arena, at.child_count, sizeof *children);
	if (!children) {
		ir->failed = true;
		return IR_FALSE;
	}
	for (uint32_t i = 0; i < at.child_count; i++)
		children[i] = substitute(ir, at.children[i], list, answers);
	return ir->failed ? IR_FALSE : ir_join(ir, at.kind, children, at.child_count);
}

uint32_t specialise_node(struct ir *ir, uint32_t node, const struct event_codes *codes, struct specialised *ret_specialised)
{
	struct predicate_list list = {0};
	struct hash_table *known = hash_table_new(0); /* answers -> node + 1 */
	uint32_t count = 0;

	collect_folding(ir, node, &list);
	if (!known)
		ir->failed = true;
	for (unsigned event = 0; event < EVENT_ID_COUNT && !ir->failed; event++) {
		uint8_t *answers;
		struct text key;
		uintptr_t found;

		if (!event_codes_has(codes, event))
			continue;
		answers = arena_allocate(ir->arena, list.count + 1);
		for (uint32_t i = 0; answers && i < list.count; i++) {
			enum folded folded;

			if (fold_check(ir->arena, ir->predicates[list.at[i]].check, event, &folded) != 0)
				answers = NULL;
			else
				answers[i] = (uint8_t)folded;
		}
		if (!answers) {
			ir->failed = true;
			break;
		}
		key = text_of((const char *)answers, list.count);
		found = (uintptr_t)hash_table_get(known, key);
		if (found == 0) {
			found = (uintptr_t)substitute(ir, node, &list, answers) + 1;
			ir->failed |= hash_table_set(known, key, (void *)found) != 0;
		}
		if (found - 1 != IR_FALSE)
			ret_specialised[count++] = (struct specialised){(uint16_t)event, (uint32_t)(found - 1)};
	}
	hash_table_free(known);
	return count;
}
