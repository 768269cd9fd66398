/*
 * The protocol of Terraform's data source `external`: one JSON object with strings comes in, one goes out. Values that
 * are more than strings are JSON in a string. Source: the documentation of the provider hashicorp/external.
 */
#ifndef TERCEL_INSTRUMENT_TERRAFORM_TERRAFORM_EXTERNAL_H
#define TERCEL_INSTRUMENT_TERRAFORM_TERRAFORM_EXTERNAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include "instrument/images/image_lookup.h"
#include "instrument/document/node.h"
#include "instrument/document/report.h"
#include "instrument/task/task.h"

/* The query; what may be left out is empty or NULL then. */
struct terraform_query {
	struct text container_definitions; /* a list in JSON: the document that the containers' report speaks of */
	const struct node *options;        /* an object: the options of task-definition */
	const struct node *image_configs;  /* an object: container or image to what it runs */
	const struct node *tags;           /* an object: the task's, for hints */
	struct text cpu_architecture, operating_system_family, proxy_container;
	struct text action; /* "remove" takes the agent out again; "instrument" or empty adds it */
};

/* False after a fault, which is in the report; its source is the query. Everything lives in the arena. */
bool terraform_query_read(struct text source, struct arena *arena, struct report *report,
			  struct terraform_query *ret_query);

/*
 * Does what task-definition (or remove) does with a task of these containers, and appends the answer: one object, all values
 * strings. False after a fault, which is in the report; its source is query->container_definitions.
 */
bool terraform_answer(const struct terraform_query *query, const struct instrument_options *options,
		      struct image_lookup *images, struct arena *arena, struct report *report, struct buffer *answer);

#endif
