/*
 * The comparisons of comparisons.def: one value against one operand, both known and of the right kinds. Language reference,
 * sections 4.3 to 4.8.
 */
#ifndef TERCEL_VM_COMPARE_H
#define TERCEL_VM_COMPARE_H

#include "base/seeded_bug.h"
#include "catalog/value.h"
#include "vm/match_dfa.h"
#include "vm/match_glob.h"
#include "vm/match_network.h"
#include "vm/match_set.h"
#include "vm/match_trie.h"
#include "vm/program_internal.h"

/* memmem(3) on ASCII letters of either case; a part longer than this costs the product of the lengths. */
#define CONTAINS_ANY_CASE_PART_MAX 512
bool contains_any_case(struct text value, struct text part);

#define COMPARE(name)                                                                                                  \
	static inline bool compare_##name(const struct value *value __attribute__((unused)),                           \
					  const struct operand *operand __attribute__((unused)),                       \
					  const uint8_t *constants __attribute__((unused)))

static inline struct text operand_text(const struct operand *operand)
{
	return text_of((const char *)operand->bytes, operand->length);
}

static inline double operand_real(const struct operand *operand)
{
	double real;

	memcpy(&real, &operand->number, sizeof real);
	return real;
}

COMPARE(true)
{
	return true;
}

COMPARE(number_equal)
{
	return value->number == operand->number;
}

COMPARE(number_not_equal)
{
	return value->number != operand->number;
}

/* name_less and so on, from what is left and right of the sign. */
#define COMPARE_ORDER(name, left, right)                                                                               \
	COMPARE(name##_less) { return (left) < (right); }                                                              \
	COMPARE(name##_less_equal) { return (left) <= (right); }                                                       \
	COMPARE(name##_greater) { return (left) > (right); }                                                           \
	COMPARE(name##_greater_equal) { return (left) >= (right); }

COMPARE_ORDER(signed, (int64_t)value->number, (int64_t)operand->number)
COMPARE_ORDER(unsigned, value->number, operand->number)
COMPARE_ORDER(real, value->real, operand_real(operand))
COMPARE_ORDER(bytes, text_compare(value_text(value), operand_text(operand)), 0)
#undef COMPARE_ORDER

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wfloat-equal"
COMPARE(real_equal)
{
	return value->real == operand_real(operand);
}

COMPARE(real_not_equal)
{
	return value->real != operand_real(operand);
}
#pragma GCC diagnostic pop

/* Most values differ in length or in the first bytes: that is seen here, without a call. */
COMPARE(bytes_equal)
{
	uint32_t length = value->length;

	if (length != operand->length)
		return false;
	if (length >= 8) {
		if (load_u64(value->bytes) != load_u64(operand->bytes))
			return false;
		return memcmp(value->bytes + 8, operand->bytes + 8, length - 8) == 0;
	}
	for (uint32_t i = 0; i < length; i++)
		if (value->bytes[i] != operand->bytes[i])
			return false;
	return true;
}

COMPARE(bytes_not_equal)
{
	return !compare_bytes_equal(value, operand, constants);
}

COMPARE(in_numbers)
{
	return number_set_find(operand->number_set, value->number) != SET_NO_MEMBER;
}

COMPARE(in_bytes)
{
	const struct format_bytes_set *set = operand->bytes_set;

	return bytes_set_find(set, constants, value->bytes, value->length, hash_bytes(value->bytes, value->length)) !=
	       SET_NO_MEMBER;
}

COMPARE(in_networks)
{
	return networks_contain(operand->networks, value->bytes, value->length);
}

COMPARE(not_in_networks)
{
	return !networks_contain(operand->networks, value->bytes, value->length);
}

COMPARE(has_path_prefix)
{
	return trie_has_prefix_of(operand->trie, constants, value->bytes, value->length);
}

COMPARE(dfa_accepts)
{
	return dfa_accepts(operand->dfa, value->bytes, value->length);
}

COMPARE(contains)
{
	if (operand->length == 0 || value->length < operand->length)
		return operand->length == 0;
	return memmem(value->bytes, value->length, operand->bytes, operand->length) != NULL;
}

COMPARE(contains_any_case)
{
	return contains_any_case(value_text(value), operand_text(operand));
}

COMPARE(starts_with)
{
	uint32_t length = operand->length;

	if (value->length < length + SEEDED_BUG(WHOLE_IS_NO_PREFIX))
		return false;
	if (length >= 4) {
		if (load_u32(value->bytes) != load_u32(operand->bytes))
			return false;
		return memcmp(value->bytes + 4, operand->bytes + 4, length - 4) == 0;
	}
	for (uint32_t i = 0; i < length; i++)
		if (value->bytes[i] != operand->bytes[i])
			return false;
	return true;
}

COMPARE(ends_with)
{
	return text_ends_with(value_text(value), operand_text(operand));
}

COMPARE(glob)
{
	return glob_match(operand_text(operand), value_text(value), false);
}

COMPARE(glob_any_case)
{
	return glob_match(operand_text(operand), value_text(value), true);
}

#undef COMPARE

#endif
