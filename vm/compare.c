#include "vm/compare.h"

static const struct {
	const char *name;
	uint8_t operator;
	uint16_t kinds;
	uint8_t operand;
} comparisons[] = {
#define COMPARISON(constant, operator, kinds, operand, function, cost)                                                 \
	{#constant, OPERATOR_##operator, kinds, OPERAND_##operand},
#include "vm/comparisons.def"
#undef COMPARISON
};

void comparison_table_fill(struct comparison_table *table)
{
	memset(table, COMPARISON_NONE, sizeof *table);
	for (unsigned i = 0; i < COMPARISON_COUNT; i++)
		for (unsigned kind = 0; kind <= KIND_OPAQUE; kind++)
			if (comparisons[i].kinds >> kind & 1)
				table->rows[comparisons[i].operator][kind][comparisons[i].operand] = (uint8_t)i;
}

const char *comparison_name(unsigned comparison)
{
	return comparison < COMPARISON_COUNT ? comparisons[comparison].name : "none";
}

static void lower_case(uint8_t *ret_bytes, struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		uint8_t byte = (uint8_t)t.bytes[i];

		ret_bytes[i] = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
	}
}

static bool equal_any_case(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t x, y;

		lower_case(&x, text_of(a + i, 1));
		lower_case(&y, text_of(b + i, 1));
		if (x != y)
			return false;
	}
	return true;
}

/* Lower-cased pieces of the value that overlap by the part's length: as fast as memmem(3), without memory. */
bool contains_any_case(struct text value, struct text part)
{
	uint8_t lower_part[CONTAINS_ANY_CASE_PART_MAX], piece[4096];
	size_t step;

	if (part.length > value.length)
		return false;
	if (part.length > sizeof lower_part) {
		for (size_t at = 0; at + part.length <= value.length; at++)
			if (equal_any_case(value.bytes + at, part.bytes, part.length))
				return true;
		return false;
	}
	if (part.length == 0)
		return true;
	lower_case(lower_part, part);
	step = sizeof piece - (part.length - 1);
	for (size_t at = 0; at + part.length <= value.length; at += step) {
		struct text t = text_slice(value, at, sizeof piece);

		lower_case(piece, t);
		if (memmem(piece, t.length, lower_part, part.length) != NULL)
			return true;
	}
	return false;
}
