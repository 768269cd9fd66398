/*
 * A YAML text as trees, one per document, with byte ranges. The whole text is parsed before anything is looked at; the
 * first syntax error makes all of it unreadable (rule language reference §1.1).
 *
 * Aliases are shared nodes, so that nothing grows; a node may thus be its own descendant: readers look at a fixed
 * number of levels. Nodes live in the arena, and no longer than the file is loaded.
 */
#ifndef TERCEL_COMPILER_LOAD_YAML_DOCUMENT_H
#define TERCEL_COMPILER_LOAD_YAML_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source_file.h"
#include "compiler/diagnostics/diagnostic.h"

#define YAML_DEPTH_MAX 64 /* libyaml's cost grows with the square of the depth */
#define YAML_NODES_MAX (2U << 20)

enum node_kind { NODE_NULL, NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

enum node_style {
	NODE_STYLE_PLAIN,
	NODE_STYLE_SINGLE_QUOTED,
	NODE_STYLE_DOUBLE_QUOTED,
	NODE_STYLE_LITERAL,
	NODE_STYLE_FOLDED
};

struct document_node {
	enum node_kind kind;
	enum node_style style;
	bool is_in_flow;           /* inside [ ] or { } */
	struct source_range range; /* of a block scalar: from its indicator to the next token */
	const char *raw;   /* what libyaml read at the offsets of range.file: its bytes, but for tabs in blank lines */
	struct text value; /* SCALAR; its bytes are followed by a NUL */
	struct document_node **items;  /* SEQUENCE: elements; MAPPING: keys */
	struct document_node **values; /* MAPPING */
	uint32_t count, capacity;
};

struct yaml_documents {
	struct document_node **roots;
	uint32_t count;
};

/* 0; -EINVAL after a diagnostic; -ENOMEM. */
int yaml_documents_parse(struct arena *arena, const struct source_file *file, struct diagnostics *diagnostics,
			 struct yaml_documents *ret_documents);

/* The value of the first scalar key of that name; NULL when there is none, or `mapping` is no mapping. */
const struct document_node *document_node_get(const struct document_node *mapping, const char *key);

#endif
