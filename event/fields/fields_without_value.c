/* Fields that never have a value here (catalog/fields_without_value.def says why). */
#include "event/fields/field_context.h"

#define WITHOUT_VALUE(constant, reason)                                                                                \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		(void)context;                                                                                         \
		return value_absent();                                                                                 \
	}
#include "catalog/fields_without_value.def"
#undef WITHOUT_VALUE
