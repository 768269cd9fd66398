/* The loop of a custom runtime of AWS Lambda. Source: Lambda developer guide, "runtime API". */
#ifndef TERCEL_INSTRUMENT_CLOUDFORMATION_LAMBDA_RUNTIME_H
#define TERCEL_INSTRUMENT_CLOUDFORMATION_LAMBDA_RUNTIME_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

#define LAMBDA_EVENT_BYTES_MAX ((size_t)6 << 20) /* Lambda's own maximum of an invocation's payload */

/*
 * Appends the answer to one event. False: there is none, and the invocation failed for a reason that `answer` holds as
 * a sentence.
 */
typedef bool lambda_handler(struct text event, struct buffer *answer, void *context);

/*
 * Takes invocations from the runtime API at `host_and_port` and gives their answers back, one after the other, until
 * the API cannot be talked to any more: then false, with the reason logged.
 */
bool lambda_serve(const char *host_and_port, lambda_handler *handler, void *context);

#endif
