/* Operators, transformers and priorities: what rules are written with beside fields. */
#include "catalog/catalog.h"

#include <strings.h>

static const struct operator_info operators[] = {
#define OPERATOR(constant, name, kinds, list, modifier, meaning) {name, kinds, list, modifier, meaning},
#include "catalog/operators.def"
#undef OPERATOR
};

const struct operator_info *operator_info(unsigned id)
{
	return id < OPERATOR_COUNT ? &operators[id] : NULL;
}

int operator_by_name(struct text name)
{
	if (text_is(name, "=="))
		return OPERATOR_EQUAL;
	for (unsigned id = 0; id < OPERATOR_COUNT; id++)
		if (text_is(name, operators[id].name))
			return (int)id;
	return -1;
}

static const struct transformer_info transformers[] = {
#define TRANSFORMER(constant, name, arguments_min, arguments_max, meaning) {name, arguments_min, arguments_max, meaning},
#include "catalog/transformers.def"
#undef TRANSFORMER
};

const struct transformer_info *transformer_info(unsigned id)
{
	return id < TRANSFORMER_COUNT ? &transformers[id] : NULL;
}

int transformer_by_name(struct text name)
{
	for (unsigned id = 0; id < TRANSFORMER_COUNT; id++)
		if (text_is(name, transformers[id].name))
			return (int)id;
	return -1;
}

static const char *const priorities[PRIORITY_COUNT] = {"Emergency", "Alert",  "Critical",      "Error",
						       "Warning",   "Notice", "Informational", "Debug"};

const char *priority_name(enum priority priority)
{
	return (unsigned)priority < PRIORITY_COUNT ? priorities[priority] : "Unknown";
}

int priority_by_name(struct text name)
{
	for (int i = 0; i < PRIORITY_COUNT; i++)
		if (name.length == strlen(priorities[i]) && strncasecmp(name.bytes, priorities[i], name.length) == 0)
			return i;
	if (name.length == 4 && strncasecmp(name.bytes, "info", 4) == 0)
		return PRIORITY_INFORMATIONAL;
	return -1;
}
