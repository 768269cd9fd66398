/*
 * Dockerfiles: the agent goes into the image of the last stage. What is added stands in one block between two comments
 * at the end of the file, so taking the block out is undoing it, byte for byte.
 */
#ifndef TERCEL_INSTRUMENT_DOCKERFILE_DOCKERFILE_H
#define TERCEL_INSTRUMENT_DOCKERFILE_DOCKERFILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/option_table.h"
#include "base/text.h"
#include "instrument/images/image_lookup.h"
#include "instrument/document/report.h"
#include "instrument/task/task.h"
#include "instrument/task/task_definition.h"

/*
 * The document after the action, in the arena; the source itself when nothing changes. `build_arguments` are NAME=VALUE
 * as `docker build` takes them. False after a fault, which is in the report; the report's source is the document.
 */
bool dockerfile_transform(struct text source, enum action action, const struct instrument_options *options,
			  const struct option_list *build_arguments, struct image_lookup *images, struct arena *arena,
			  struct report *report, struct text *ret_output);

/* Reports what is wrong with the file, and whether its image has the agent. False when something is wrong. */
bool dockerfile_check(struct text source, struct arena *arena, struct report *report);

#endif
