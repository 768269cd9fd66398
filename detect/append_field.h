/*
 * Fields that somebody wants to see in every alert beside those of the rule's output: their texts, as they stand in rules,
 * become requests.
 */
#ifndef TERCEL_DETECT_APPEND_FIELD_H
#define TERCEL_DETECT_APPEND_FIELD_H

#include <stdbool.h>

#include "base/text.h"
#include "catalog/value.h"

struct append_field {
	struct text name; /* as given: the key in output_fields */
	struct field_request request;
};

/* "proc.aname[2]", "evt.arg.flags". False when there is no such field. `text` must live as long as the result. */
bool append_field_parse(struct text text, struct append_field *ret_field);

#endif
