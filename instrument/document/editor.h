/*
 * Changes to a document as insertions and deletions of bytes of its source, so that everything else stays as it is:
 * comments, order, quoting, indentation. What is inserted takes the style of its neighbours.
 *
 * Each change is made to the tree too. editor_finish() parses the edited source again and compares it with the tree; a
 * difference is a fault of ours and nothing is given out.
 *
 * Insertion and removal undo each other byte for byte: what editor_insert_*() added, editor_remove() of a later run
 * takes away together with exactly the separators that came with it.
 */
#ifndef TERCEL_INSTRUMENT_DOCUMENT_EDITOR_H
#define TERCEL_INSTRUMENT_DOCUMENT_EDITOR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "instrument/document/node.h"
#include "instrument/document/report.h"

struct edit;

/* Where the text of a value ends: a block scalar's last newline, which belongs to it, stays where it is. */
size_t editor_written_end(struct text source, const struct node *value);

/* The blanks that the line of this place begins with. */
struct text editor_line_indent(struct text source, size_t at);

struct editor {
	struct arena *arena;
	struct text source;
	struct node *root;
	bool is_yaml;
	bool has_long_tags;   /* YAML: intrinsics are written as mappings */
	unsigned dash_offset; /* YAML: of the lists in this document */
	struct edit *first, *last;
	size_t count;
	const struct node *shared; /* YAML: what was to be changed and stands in another place, too; NULL: nothing */
	bool failed;               /* no memory */
};

/* `root` is the tree of `source`; both outlive the editor. */
struct editor editor_of(struct arena *arena, struct text source, struct node *root, bool is_yaml);

/*
 * Values are new nodes, and become part of the tree; NULL (no memory) makes the editor fail. `anchor` is a member of
 * the source: the new one comes before it.
 */
void editor_insert_member(struct editor *editor, struct node *anchor, const char *name, struct node *value);
/* Into an object without members. */
void editor_insert_only_member(struct editor *editor, struct node *object, const char *name, struct node *value);
/* As the first elements, in this order: all children of `items`. */
void editor_insert_first(struct editor *editor, struct node *array, struct node *items);
/*
 * As the last element of an array that has one of the source. Where that would change the text before it (a block
 * scalar that the file ends with, without a newline), before the last element.
 */
void editor_insert_last(struct editor *editor, struct node *array, struct node *item);
/* The value, not its key; the node stays and becomes the new value. */
void editor_replace(struct editor *editor, struct node *old, struct node *value);
/* The text of a string of the source, keeping its quotes where the old one stands there as it is. */
void editor_replace_text(struct editor *editor, struct node *old, struct text text);
/* Members or elements `first` to `last`, which are siblings of the source. */
void editor_remove(struct editor *editor, struct node *first, struct node *last);

/*
 * Reports that something was to be changed that stands in another place, too (an anchor and its aliases), and tells so.
 */
bool editor_changes_shared(const struct editor *editor, struct report *report);

/*
 * The edited source, in the editor's arena; false when there is no memory or the check finds a difference. *ret_map,
 * whose `earlier` the caller sets, says where the pieces come from.
 */
bool editor_finish(struct editor *editor, struct text *ret_edited, struct source_map *ret_map);

#endif
