/* YAML (libyaml) as a tree that knows where in the source each value stands. */
#ifndef TERCEL_INSTRUMENT_YAML_SCAN_H
#define TERCEL_INSTRUMENT_YAML_SCAN_H

#include "base/arena.h"
#include "instrument/node.h"
#include "instrument/report.h"

/*
 * The one document of `source`. NULL after a fault, which is then the one diagnostic in the report: syntax, nesting
 * above DOCUMENT_DEPTH_MAX, a key twice in one mapping, a key that is no scalar, an alias (CloudFormation takes none),
 * several documents, more bytes than SCAN_BYTES_MAX. Places are bytes; the end of a block mapping or sequence is
 * that of the last scalar in it, that of a block scalar the start of a later line.
 */
struct node *yaml_scan(struct text source, struct arena *arena, struct report *report);

#endif
