/* Lists of strings (arguments, environments, cgroups) as texts. Private to event/fields. */
#ifndef TERCEL_EVENT_FIELDS_PROCESS_TEXT_H
#define TERCEL_EVENT_FIELDS_PROCESS_TEXT_H

#include "base/buffer.h"
#include "base/text.h"

/* NUL-separated strings, joined by blanks. */
void strings_join(struct buffer *out, struct text strings);

/* The value of a variable, without blanks at its ends; empty when there is none. */
struct text environment_value(struct text environment, struct text name);

#endif
