/* YAML (libyaml) as a tree that knows where in the source each value stands. */
#ifndef TERCEL_INSTRUMENT_DOCUMENT_YAML_SCAN_H
#define TERCEL_INSTRUMENT_DOCUMENT_YAML_SCAN_H

#include "base/arena.h"
#include "instrument/document/node.h"
#include "instrument/document/report.h"

/*
 * The one document of `source`. NULL after a fault, which is then the one error in the report: syntax, nesting above
 * DOCUMENT_DEPTH_MAX, a key twice in one mapping, a key that is no scalar, aliases that stand for themselves or for
 * more than ALIAS_NODES_MAX values, several documents, more bytes than SCAN_BYTES_MAX. Places are bytes; the end of a
 * block mapping or sequence is that of the last scalar in it, that of a block scalar the start of a later line.
 *
 * An alias is a copy of what has its anchor, all of it at the alias's place; both are marked, because a change of one
 * would be a change of the other. Merges ("<<") are members like others. Source: CloudFormation user guide, "template
 * formats", which excludes aliases and merges; tools that render templates take them.
 */
struct node *yaml_scan(struct text source, struct arena *arena, struct report *report);

#endif
