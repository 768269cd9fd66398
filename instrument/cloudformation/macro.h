/* CloudFormation macros: an event with a fragment of a template in, a response with the instrumented fragment out. */
#ifndef TERCEL_INSTRUMENT_CLOUDFORMATION_MACRO_H
#define TERCEL_INSTRUMENT_CLOUDFORMATION_MACRO_H

#include <stdbool.h>

#include "base/buffer.h"
#include "instrument/cloudformation/cloudformation.h"

/* What every event gets; belongs to the caller. */
struct macro {
	const struct instrument_options *options;
	const struct image_lookup *images;
	const struct option_list *parameters; /* where the event has none of that name */
	size_t required;                      /* containers */
};

/*
 * Appends the response to one event: the fragment (a whole template, some resources, one resource, or the properties of
 * a task definition) instrumented, or the reasons why not; never a part of it. False when it is a failure. Without
 * `requestId` there is no response, and *ret_has_response is false.
 *
 * The report has the diagnostics and decisions without the values of NoEcho parameters, and without words of the
 * template, so that it can go into a log. Source: CloudFormation user guide, "macro function interface".
 */
bool macro_answer(const struct macro *macro, struct text event, struct arena *arena, struct report *report,
		  struct buffer *response, bool *ret_has_response);

#endif
