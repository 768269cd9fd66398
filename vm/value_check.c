#include "vm/value_check.h"

#include <string.h>

/* Kinds that may stand for each other: a source may widen numbers, never give a number for a text. */
static bool kinds_agree(unsigned a, unsigned b)
{
	const unsigned whole = 1u << KIND_SIGNED | 1u << KIND_UNSIGNED | 1u << KIND_BOOLEAN;
	const unsigned address = 1u << KIND_ADDRESS | 1u << KIND_NETWORK;

	return a == b || ((1u << a | 1u << b) & ~whole) == 0 || ((1u << a | 1u << b) & ~address) == 0;
}

static bool is_known(const struct value *value)
{
	return value->state == VALUE_PRESENT || value->state == VALUE_PREDICTED;
}

/* A list of the right kind, none of its elements too long; else it is absent, or a copy with shorter ones. */
static void check_list(const struct slot *slot, struct value *list, struct value *copies)
{
	bool is_too_long = false;

	if (list->length > slot->elements_max)
		list->length = slot->elements_max;
	for (uint32_t i = 0; i < list->length; i++) {
		const struct value *element = &list->elements[i];

		if (!is_known(element))
			continue;
		if (element->is_list || !kinds_agree(type_kind((enum value_type)element->type), slot->value_kind)) {
			*list = value_absent();
			return;
		}
		is_too_long |= kind_has_bytes(slot->value_kind) && element->length > slot->bytes_max;
	}
	if (!is_too_long)
		return;
	memcpy(copies, list->elements, list->length * sizeof *copies);
	for (uint32_t i = 0; i < list->length; i++)
		if (is_known(&copies[i]) && copies[i].length > slot->bytes_max)
			copies[i].length = slot->bytes_max;
	list->elements = copies;
}

void value_check(const struct slot *slot, struct value *value, uint8_t *scratch)
{
	unsigned kind = type_kind((enum value_type)value->type);

	if (!is_known(value))
		return;
	if (value->is_list != slot->is_list)
		*value = value_absent();
	else if (value->is_list)
		check_list(slot, value, (struct value *)(void *)scratch);
	else if (!slot->is_dynamic && !kinds_agree(kind, slot->value_kind))
		*value = value_absent();
	else if (kind_has_bytes(kind) && value->length > slot->bytes_max)
		value->length = slot->bytes_max;
}
