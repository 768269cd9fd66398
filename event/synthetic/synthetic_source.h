/*
 * Synthetic events: a YAML list of calls, each with the process that makes it, the descriptor that it works on, its
 * parameters and its result (docs/synthetic-events.md). They become what a capture would hold: a process list, open
 * descriptors, users, containers, and events with the parameters of their types; state, fields and rules see no difference.
 *
 * The whole file is read and checked before the first event.
 */
#ifndef TERCEL_EVENT_SYNTHETIC_SYNTHETIC_SOURCE_H
#define TERCEL_EVENT_SYNTHETIC_SYNTHETIC_SOURCE_H

#include "base/buffer.h"
#include "event/sources/event_source.h"

/*
 * `path` "-": standard input. 0 and *ret_source; -EINVAL when the file has errors, which are appended to `report` as text
 * with places; or a negative errno of opening and reading the file, -EFBIG for one that is too large, -ENOMEM.
 */
int synthetic_source_open(const char *path, struct buffer *report, struct event_source **ret_source);

/* The same from a text; `name` is what errors call it. */
int synthetic_source_of_text(struct text name, struct text yaml, struct buffer *report, struct event_source **ret_source);

#endif
