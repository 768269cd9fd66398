/* A strict JSON scanner (RFC 8259) whose tree knows where in the source each value stands. */
#ifndef TERCEL_INSTRUMENT_DOCUMENT_JSON_SCAN_H
#define TERCEL_INSTRUMENT_DOCUMENT_JSON_SCAN_H

#include "base/arena.h"
#include "instrument/document/node.h"
#include "instrument/document/report.h"

/*
 * The whole of `source`, after a byte order mark if there is one. NULL after a fault, which is then the one diagnostic
 * in the report: syntax, UTF-8, nesting above DOCUMENT_DEPTH_MAX, a key twice in one object, more bytes than
 * SCAN_BYTES_MAX. `source` must outlive the tree.
 */
struct node *json_scan(struct text source, struct arena *arena, struct report *report);

#endif
