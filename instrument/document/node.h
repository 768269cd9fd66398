/*
 * The tree of a document (JSON, or YAML) with the place of each value in its source, and values made by us.
 *
 * Nodes live in an arena. The tree can be changed (instrument/document/editor.h records what that means for the source): the
 * tree after all changes must be that of the edited source, which is how the editor checks itself.
 */
#ifndef TERCEL_INSTRUMENT_DOCUMENT_NODE_H
#define TERCEL_INSTRUMENT_DOCUMENT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

#define DOCUMENT_BYTES_MAX ((size_t)1 << 20) /* CloudFormation's own maximum for a template */
#define SCAN_BYTES_MAX ((size_t)8 << 20)     /* a document that grew, an event with a template in it */
#define DOCUMENT_DEPTH_MAX 200

enum node_kind {
	NODE_NULL,
	NODE_BOOL,
	NODE_NUMBER,
	NODE_STRING,
	NODE_ARRAY,
	NODE_OBJECT,
};

enum sharing {
	SHARING_NONE,
	SHARING_ANCHOR, /* it has one, of which there is an alias */
	SHARING_ALIAS,  /* it is one; what is in it is a copy */
};

struct node {
	enum node_kind kind;
	struct text text;                      /* strings: decoded; numbers and booleans: as written */
	struct text tag;                       /* YAML's short tag without the "!": "Ref"; empty when there is none */
	struct node *key;                      /* of a member of an object: a string */
	size_t start, end;                     /* bytes of the source; meaningless when `is_new` */
	struct text verbatim;                  /* of new ones: how to write it; bytes NULL: in the document's style */
	bool is_new;                           /* made by us */
	bool is_flow;                          /* JSON, and YAML in brackets; of a scalar: it is no block scalar */
	bool is_quoted;                        /* of a string */
	enum sharing sharing;                  /* YAML: whether it stands in another place, too */
	size_t shared_with;                    /* where that is: of an anchor, its first alias */
	struct node *parent, *previous, *next; /* the siblings in the order of the source */
	struct node *first, *last;
	size_t count; /* of elements or members */
};

/* An absent value behaves like null here: every function accepts NULL for a node that is only read. */
bool node_is_string(const struct node *node, const char *string);
bool node_is_absent(const struct node *node); /* NULL or null */
/* The member of that name, or NULL when there is none or `object` is no object. */
struct node *node_member(const struct node *object, const char *name);
struct node *node_member_named(const struct node *object, struct text name);
/* The text of a string; empty when it is none. */
struct text node_string(const struct node *node);
/* The text of a string member; empty when there is none. */
struct text node_member_text(const struct node *object, const char *name);
/* The same value: objects by their members whatever their order. False also when there is no memory. */
bool node_equal(const struct node *a, const struct node *b);
/* How it is written there; of one that is not new. */
struct text node_source(struct text source, const struct node *node);
/* The second one of two members with the same key, or NULL; *ret_first is the other. */
const struct node *node_duplicate_key(const struct node *object, const struct node **ret_first);

/* New values; NULL when the arena is exhausted. Strings are not copied. */
struct node *node_new(struct arena *arena, enum node_kind kind);
struct node *node_new_string(struct arena *arena, struct text text);
struct node *node_new_bool(struct arena *arena, bool value);
/* A value for a tree of ours from one of a source, with everything in it. */
struct node *node_copy(struct arena *arena, const struct node *node);

/*
 * Changes of the tree alone. `child` or `array` may be NULL (out of memory), then nothing happens. node_add_member()
 * makes the key.
 */
void node_append(struct node *array, struct node *child);
void node_add_member(struct arena *arena, struct node *object, const char *name, struct node *child);
void node_add_string(struct arena *arena, struct node *object, const char *name, struct text value);
void node_insert_before(struct node *sibling, struct node *child);
void node_unlink(struct node *child);
/* The node takes over what the new value is; its key, its place in the tree and in the source stay. */
void node_become(struct node *node, struct node *value);

/* Depth-first: the node after `node` within `root`, or NULL at the end. */
struct node *node_next_within(const struct node *root, const struct node *node);

#endif
