/* CloudFormation templates, YAML or JSON: every task definition for Fargate in them, all or nothing. */
#ifndef TERCEL_INSTRUMENT_CLOUDFORMATION_CLOUDFORMATION_H
#define TERCEL_INSTRUMENT_CLOUDFORMATION_CLOUDFORMATION_H

#include <stdbool.h>

#include "instrument/cloudformation/resolver.h"
#include "instrument/task/task_definition.h"

/* Whether the document is a CloudFormation template: it has resources. Says nothing about a document that is none. */
bool is_cloudformation(struct text source, struct arena *arena);

/*
 * As task_definition_transform(). `resolver` needs only the values from outside (and `parameters` for a template that
 * does not declare them); its sections are taken from the template.
 */
bool cloudformation_transform(struct text source, enum action action, const struct instrument_options *options,
			      struct image_lookup *images, const struct resolver *resolver, struct arena *arena,
			      struct report *report, struct text *ret_output);

/* As task_definition_check(). */
bool cloudformation_check(struct text source, struct arena *arena, struct report *report);

#endif
