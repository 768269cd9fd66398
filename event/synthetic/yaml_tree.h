/*
 * A YAML text as a tree with places, for files that people write to an agent's `replay`: synthetic events. Aliases and
 * tags are refused, duplicate keys too; depth and number of nodes are bounded.
 */
#ifndef TERCEL_EVENT_SYNTHETIC_YAML_TREE_H
#define TERCEL_EVENT_SYNTHETIC_YAML_TREE_H

#include <stdbool.h>

#include "base/arena.h"
#include "event/synthetic/report.h"

#define YAML_TREE_DEPTH_MAX 64 /* libyaml's cost grows with the square of the depth */
#define YAML_TREE_NODES_MAX (1u << 20)

enum yaml_kind { YAML_KIND_NULL, YAML_KIND_SCALAR, YAML_KIND_SEQUENCE, YAML_KIND_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	bool is_plain;		   /* a scalar without quotes */
	struct source_range range; /* of a collection: where it starts */
	struct text text;	   /* SCALAR: followed by a NUL; NULL: as it is written */
	struct yaml_node *first;   /* elements, or keys */
	struct yaml_node *next;	   /* after this one in its collection */
	struct yaml_node *value;   /* of a key */
};

/*
 * *ret_documents is a sequence of the documents' roots. 0; -EINVAL after a report; -ENOMEM.
 */
int yaml_tree_parse(struct arena *arena, const struct source_file *file, struct report *report,
		    const struct yaml_node **ret_documents);

#endif
