/* What is known of programs by their path (known_images.def). */
#ifndef TERCEL_INSTRUMENT_TASK_KNOWN_PROGRAMS_H
#define TERCEL_INSTRUMENT_TASK_KNOWN_PROGRAMS_H

#include <stdbool.h>

#include "base/text.h"

/* The vendor whose tracer this program is, or NULL. Two tracers cannot share a container. */
const char *known_program_vendor(struct text program);

/* Whether it works only as process 1. */
bool known_program_is_pid1(struct text program);

#endif
