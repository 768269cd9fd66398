/* util.cnt: how often this use was asked. */
#include "event/fields/field_context.h"

struct value field_UTIL_CNT(struct field_context *context)
{
	return value_of_number(TYPE_UINT64, context->slot ? ++context->slot->number : 1);
}
