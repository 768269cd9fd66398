#include "compiler/oracle/evaluate_ast.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>

#include "compiler/check/check_constants.h"
#include "compiler/oracle/evaluate_values.h"
#include "compiler/patterns/pattern_match.h"
#include "compiler/patterns/regex_parse.h"

struct evaluation {
	struct arena *scratch;
	struct value_source *source;
	bool has_no_memory;
};

/* ---- one value and one constant ---- */

static bool is_ordered(enum operator_id operator, int order)
{
	switch (operator) {
	case OPERATOR_EQUAL:
	case OPERATOR_IN:
	case OPERATOR_INTERSECTS:
		return order == 0;
	case OPERATOR_NOT_EQUAL:
		return order != 0;
	case OPERATOR_LESS:
		return order < 0;
	case OPERATOR_LESS_EQUAL:
		return order <= 0;
	case OPERATOR_GREATER:
		return order > 0;
	case OPERATOR_GREATER_EQUAL:
		return order >= 0;
	default:
		return false;
	}
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_bytes(struct text a, struct text b)
{
	size_t shared = a.length < b.length ? a.length : b.length;
	int order = shared > 0 ? memcmp(a.bytes, b.bytes, shared) : 0;

	return order != 0 ? order : ORDER(a.length, b.length);
}

static bool contains(struct text value, struct text part, bool any_case)
{
	for (size_t at = 0; at + part.length <= value.length; at++)
		if (part.length == 0 || (any_case ? strncasecmp(value.bytes + at, part.bytes, part.length)
						  : memcmp(value.bytes + at, part.bytes, part.length)) == 0)
			return true;
	return false;
}

static bool glob(struct evaluation *evaluation, struct text pattern, struct text value, int flags)
{
	char *pattern_string = arena_copy_string(evaluation->scratch, pattern);
	char *value_string = arena_copy_string(evaluation->scratch, value);

	if (!pattern_string || !value_string) {
		evaluation->has_no_memory = true;
		return false;
	}
	return fnmatch(pattern_string, value_string, flags) == 0;
}

/* The next component of a path; false at its end. */
static bool next_component(struct text *path, struct text *ret_component)
{
	while (text_starts_with(*path, TEXT("/")))
		*path = text_slice(*path, 1, SIZE_MAX);
	*ret_component = text_slice(*path, 0, text_find_byte(*path, '/'));
	*path = text_slice(*path, ret_component->length, SIZE_MAX);
	return ret_component->length > 0;
}

static bool is_path_prefix(struct evaluation *evaluation, struct text path, struct text value)
{
	struct text wanted, found;

	while (next_component(&path, &wanted)) {
		bool is_glob = contains(wanted, TEXT("*"), false) || contains(wanted, TEXT("?"), false) ||
			       contains(wanted, TEXT("["), false);

		if (!next_component(&value, &found))
			return false;
		if (is_glob ? !glob(evaluation, wanted, found, 0) : !text_equal(wanted, found))
			return false;
	}
	return true;
}

static bool regex(struct evaluation *evaluation, struct text source, struct text value)
{
	struct pattern *pattern;
	struct text error;
	bool matches = false;

	if (regex_parse(evaluation->scratch, source, &pattern, &error) != 0 ||
	    pattern_match(evaluation->scratch, pattern, value, &matches) != 0)
		evaluation->has_no_memory = true;
	return matches;
}

static bool compare_text(struct evaluation *evaluation, enum operator_id operator, struct text value, struct text constant)
{
	switch (operator) {
	case OPERATOR_CONTAINS:
	case OPERATOR_BCONTAINS:
		return contains(value, constant, false);
	case OPERATOR_ICONTAINS:
		return contains(value, constant, true);
	case OPERATOR_STARTSWITH:
	case OPERATOR_BSTARTSWITH:
		return text_equal(text_slice(value, 0, constant.length), constant);
	case OPERATOR_ENDSWITH:
		return value.length >= constant.length &&
		       text_equal(text_slice(value, value.length - constant.length, SIZE_MAX), constant);
	case OPERATOR_GLOB:
		return glob(evaluation, constant, value, 0);
	case OPERATOR_IGLOB:
		return glob(evaluation, constant, value, FNM_CASEFOLD);
	case OPERATOR_REGEX:
		return regex(evaluation, constant, value);
	case OPERATOR_PMATCH:
		return is_path_prefix(evaluation, constant, value);
	default:
		return is_ordered(operator, compare_bytes(value, constant));
	}
}

static bool is_inside(const struct program_network *network, struct text address)
{
	if (address.length != network->address_bytes)
		return false;
	for (unsigned bit = 0; bit < network->prefix_bits; bit++)
		if ((((uint8_t)address.bytes[bit / 8] ^ network->address[bit / 8]) >> (7 - bit % 8) & 1) != 0)
			return false;
	return true;
}

static double real_of(uint64_t bits)
{
	double real;

	memcpy(&real, &bits, sizeof real);
	return real;
}

/* The constant was made for `type`; a value of another kind (evt.rawarg) satisfies nothing. */
static bool compare_constant(struct evaluation *evaluation, enum operator_id operator, enum value_type type,
			     const struct value *value, const struct typed_constant *constant)
{
	enum value_kind kind = type_kind((enum value_type)value->type), constant_kind = type_kind(type);
	bool both_whole = kind <= KIND_UNSIGNED && constant_kind <= KIND_UNSIGNED;

	if (kind != constant_kind && !both_whole && !(constant_kind == KIND_NETWORK && kind == KIND_ADDRESS))
		return false;
	switch (constant_kind == KIND_NETWORK ? KIND_NETWORK : kind) {
	case KIND_SIGNED:
		return is_ordered(operator, ORDER((int64_t)value->number, (int64_t)constant->number));
	case KIND_UNSIGNED:
	case KIND_BOOLEAN:
		return is_ordered(operator, ORDER(value->number, constant->number));
	case KIND_REAL:
		return is_ordered(operator, ORDER(value->real, real_of(constant->number)));
	case KIND_STRING:
	case KIND_BYTES:
	case KIND_ADDRESS:
		return compare_text(evaluation, operator, value_text(value), constant->bytes);
	case KIND_NETWORK:
		return is_inside(&constant->network, value_text(value)) == (operator != OPERATOR_NOT_EQUAL);
	case KIND_OPAQUE:
		break;
	}
	return false;
}

/* Both were computed at run time and have the same type. */
static bool compare_values(struct evaluation *evaluation, enum operator_id operator, const struct value *left,
			   const struct value *right)
{
	struct typed_constant constant = {.number = right->number};

	switch (type_kind((enum value_type)right->type)) {
	case KIND_STRING:
	case KIND_BYTES:
	case KIND_ADDRESS:
		constant.bytes = value_text(right);
		break;
	default:
		break;
	}
	return compare_constant(evaluation, operator, (enum value_type)right->type, left, &constant);
}

/* ---- truth values ---- */

static enum truth truth_of(bool is_true)
{
	return is_true ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth truth_and(enum truth a, enum truth b)
{
	return a < b ? a : b;
}

static enum truth truth_or(enum truth a, enum truth b)
{
	return a > b ? a : b;
}

/* What `answer == wanted` is when the answer is about a value in this state. */
static enum truth literal(bool answer, bool wanted, const struct value *value, const struct value *right)
{
	bool is_predicted = value->state == VALUE_PREDICTED || (right && right->state == VALUE_PREDICTED);

	if (answer != wanted)
		return TRUTH_FALSE;
	return is_predicted ? TRUTH_UNKNOWN : TRUTH_TRUE;
}

/* ---- checks ---- */

/* One present value and the constants, with the modifier or as a set. */
static bool compare_constants(struct evaluation *evaluation, const struct condition *check, const struct value *value)
{
	enum operator_id operator = (enum operator_id)check->operator;
	uint32_t hits = 0;

	if (check->left->kind == EXPRESSION_FIELD && check->left->field == FIELD_EVT_AROUND)
		operator = OPERATOR_LESS_EQUAL;
	for (uint32_t i = 0; i < check->constant_count; i++)
		hits += compare_constant(evaluation, operator, check->left->type, value, &check->typed[i]);
	switch (check->modifier) {
	case MODIFIER_ONEOF:
		return hits == 1;
	case MODIFIER_ALLOF:
		return hits > 0 && hits == check->constant_count;
	default:
		return hits > 0;
	}
}

static enum truth literal_of_one(struct evaluation *evaluation, const struct condition *check, const struct value *value,
				 const struct value *right, bool wanted)
{
	bool answer = false;

	if (value->state == VALUE_UNKNOWN)
		return TRUTH_UNKNOWN;
	if (check->operator == OPERATOR_EXISTS) {
		answer = true;
	} else if (!right) {
		answer = compare_constants(evaluation, check, value);
	} else if (right->is_list) {
		enum truth truth = truth_of(!wanted);

		for (uint32_t i = 0; i < right->length; i++) {
			enum truth one;

			if (right->elements[i].state == VALUE_UNKNOWN)
				one = TRUTH_UNKNOWN;
			else
				one = literal(compare_values(evaluation, OPERATOR_EQUAL, value, &right->elements[i]), wanted, value,
					      &right->elements[i]);
			truth = wanted ? truth_or(truth, one) : truth_and(truth, one);
		}
		return truth;
	} else {
		answer = compare_values(evaluation, (enum operator_id)check->operator, value, right);
	}
	return literal(answer, wanted, value, right);
}

/* `some`: for one element at least, else for all of them. */
static enum truth literal_of_elements(struct evaluation *evaluation, const struct condition *check, const struct value *list,
				      const struct value *right, bool some, bool wanted)
{
	/* Wanting "not some" is wanting "not" of all. */
	bool is_or = some == wanted;
	enum truth truth = truth_of(!is_or);

	for (uint32_t i = 0; i < list->length; i++) {
		enum truth one = literal_of_one(evaluation, check, &list->elements[i], right, wanted);

		truth = is_or ? truth_or(truth, one) : truth_and(truth, one);
	}
	if (list->state == VALUE_PREDICTED && truth == TRUTH_TRUE)
		truth = TRUTH_UNKNOWN;
	return truth;
}

/* Either end of a socket: `!=` wants both to differ; modifiers count constants for which the comparison holds. */
static enum truth literal_of_ends(struct evaluation *evaluation, const struct condition *check, const struct value *ends,
				  bool wanted)
{
	uint32_t hits = 0;
	bool answer;

	if (check->operator == OPERATOR_EXISTS)
		return literal(true, wanted, ends, NULL);
	for (uint32_t i = 0; i < check->constant_count; i++) {
		uint32_t ends_that_hold = 0;

		for (uint32_t j = 0; j < ends->length; j++)
			ends_that_hold += compare_constant(evaluation, (enum operator_id)check->operator, check->left->type,
							   &ends->elements[j], &check->typed[i]);
		hits += check->operator == OPERATOR_NOT_EQUAL ? ends->length > 0 && ends_that_hold == ends->length
							      : ends_that_hold > 0;
	}
	switch (check->modifier) {
	case MODIFIER_ONEOF:
		answer = hits == 1;
		break;
	case MODIFIER_ALLOF:
		answer = hits > 0 && hits == check->constant_count;
		break;
	default:
		answer = hits > 0;
		break;
	}
	return literal(answer, wanted, ends, NULL);
}

/* Holds whatever the value is: no constant to compare with, and not the emptiness of a list asked. */
static bool is_never(const struct condition *check)
{
	bool has_constants = check->right_side == RIGHT_VALUE || check->right_side == RIGHT_LIST ||
			     check->right_side == RIGHT_IDENTIFIER;
	bool is_each = expression_is_compared_each(check->left);

	return has_constants && check->constant_count == 0 &&
	       !(check->left->is_list && !is_each && check->operator == OPERATOR_IN);
}

static enum truth evaluate_check(struct evaluation *evaluation, const struct condition *check, bool wanted)
{
	const struct expression *left = check->left;
	bool is_each = expression_is_compared_each(left);
	struct value value, right_value;
	const struct value *right = NULL;

	if (is_never(check))
		return truth_of(!wanted);
	if (evaluate_expression(evaluation->scratch, left, evaluation->source, is_each, &value) != 0)
		goto no_memory;
	if (value.state == VALUE_ABSENT)
		return truth_of(!wanted);
	if (check->right) {
		right = &right_value;
		if (evaluate_expression(evaluation->scratch, check->right, evaluation->source, false, &right_value) != 0)
			goto no_memory;
		if (right->state == VALUE_ABSENT)
			return truth_of(!wanted);
	}
	if (value.state == VALUE_UNKNOWN || (right && right->state == VALUE_UNKNOWN))
		return TRUTH_UNKNOWN;
	if (!value.is_list)
		return literal_of_one(evaluation, check, &value, right, wanted);
	if (is_each && (field_info((unsigned)left->field)->flags & FIELD_FLAG_EITHER_END))
		return literal_of_ends(evaluation, check, &value, wanted);
	if (check->operator == OPERATOR_EXISTS && !is_each)
		return literal(true, wanted, &value, NULL);
	return literal_of_elements(evaluation, check, &value, right, is_each || check->operator == OPERATOR_INTERSECTS, wanted);
no_memory:
	evaluation->has_no_memory = true;
	return TRUTH_UNKNOWN;
}

/* Whether the condition is what is wanted. */
static enum truth evaluate(struct evaluation *evaluation, const struct condition *condition, bool wanted)
{
	enum truth truth;

	if (condition->kind == CONDITION_CHECK)
		return evaluate_check(evaluation, condition, wanted);
	if (condition->kind == CONDITION_NOT)
		return evaluate(evaluation, condition->children[0], !wanted);
	/* `and` is wanted, or `or` is not: all of them; else one of them. */
	if ((condition->kind == CONDITION_AND) == wanted) {
		truth = TRUTH_TRUE;
		for (uint32_t i = 0; i < condition->child_count && truth != TRUTH_FALSE; i++)
			truth = truth_and(truth, evaluate(evaluation, condition->children[i], wanted));
	} else {
		truth = TRUTH_FALSE;
		for (uint32_t i = 0; i < condition->child_count && truth != TRUTH_TRUE; i++)
			truth = truth_or(truth, evaluate(evaluation, condition->children[i], wanted));
	}
	return truth;
}

int evaluate_condition(struct arena *scratch, const struct condition *root, struct value_source *source,
		       enum truth *ret_truth)
{
	struct evaluation evaluation = {.scratch = scratch, .source = source};
	enum truth truth = evaluate(&evaluation, root, true);

	if (evaluation.has_no_memory)
		return -ENOMEM;
	*ret_truth = truth;
	return 0;
}

int evaluate_comparison(struct arena *scratch, const struct condition *check, const struct value *left, bool *ret_holds)
{
	struct evaluation evaluation = {.scratch = scratch};
	bool holds = check->operator == OPERATOR_EXISTS || compare_constants(&evaluation, check, left);

	if (evaluation.has_no_memory)
		return -ENOMEM;
	*ret_holds = holds;
	return 0;
}
