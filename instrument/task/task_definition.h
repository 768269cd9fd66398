/* Documents with one task definition: register-task-definition's JSON, describe's answer, a bare list of containers. */
#ifndef TERCEL_INSTRUMENT_TASK_TASK_DEFINITION_H
#define TERCEL_INSTRUMENT_TASK_TASK_DEFINITION_H

#include <stdbool.h>

#include "base/arena.h"
#include "instrument/task/ecs.h"
#include "instrument/images/image_lookup.h"
#include "instrument/document/report.h"
#include "instrument/task/task.h"

enum action {
	ACTION_INSTRUMENT,
	ACTION_REMOVE,
};

/*
 * The document after the action, in the arena; the source itself when nothing changes. The answer of
 * describe-task-definition becomes what register-task-definition takes. False after a fault, which is in the report;
 * the report's source is the document.
 */
bool task_definition_transform(struct text source, enum action action, enum spelling spelling,
			       const struct instrument_options *options, struct image_lookup *images,
			       struct arena *arena, struct report *report, struct text *ret_output);

/*
 * Reports every rule of Fargate that the document breaks, and for each container whether it is instrumented. False when
 * something is broken.
 */
bool task_definition_check(struct text source, enum spelling spelling, struct arena *arena, struct report *report);

#endif
