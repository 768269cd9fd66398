/* From a match to an alert: the rule's output filled with the event's values, and the values themselves. */
#ifndef TERCEL_DETECT_ALERT_BUILD_H
#define TERCEL_DETECT_ALERT_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "detect/append_field.h"
#include "detect/ruleset_run.h"
#include "proto/alert.h"

struct alert_builder;

struct alert_builder_options {
	struct text host_name;
	const struct append_field *fields; /* in the output_fields of every alert */
	size_t field_count;
};

/* What the options point to must outlive the builder. NULL when there is no memory. */
struct alert_builder *alert_builder_new(const struct alert_builder_options *options);
struct alert_builder *alert_builder_free(struct alert_builder *builder); /* returns NULL; accepts NULL */

/*
 * The alert of `rule` for the event for which ruleset_run() was called last. `extra` fields, `extra_count` of them, are
 * added as they are (tercel.unconfirmed). It lives until the next call. NULL when there is no memory.
 */
const struct alert *alert_build(struct alert_builder *builder, struct ruleset_runner *runner, const struct event *event,
				uint32_t rule, const struct alert_field *extra, size_t extra_count);

#endif
