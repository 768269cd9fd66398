#include "instrument/document/editor.h"

#include <stdlib.h>
#include <string.h>

#include "instrument/document/json_scan.h"
#include "instrument/document/print_value.h"
#include "instrument/document/yaml_scan.h"

struct edit {
	size_t at, length; /* what is replaced */
	size_t number;     /* of edits at one place, the earlier ones come first */
	bool is_element;   /* of a list: before members of the element that begins at the same place */
	struct text text;
	struct edit *next;
};

/* ---- the source around a place ---- */

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static size_t line_start(struct text source, size_t at)
{
	while (at > 0 && source.bytes[at - 1] != '\n')
		at--;
	return at;
}

/* Where the line ends, before its newline or carriage return. */
static size_t line_end(struct text source, size_t at)
{
	while (at < source.length && source.bytes[at] != '\n' &&
	       !(source.bytes[at] == '\r' && at + 1 < source.length && source.bytes[at + 1] == '\n'))
		at++;
	return at;
}

size_t editor_written_end(struct text source, const struct node *value)
{
	size_t end = value->end;

	if (end > value->start && source.bytes[end - 1] == '\n')
		end -= end - 1 > value->start && source.bytes[end - 2] == '\r' ? 2 : 1;
	return end;
}

struct text editor_line_indent(struct text source, size_t at)
{
	size_t start = line_start(source, at), end = start;

	if (text_starts_with(text_slice(source, start, 3), TEXT("\xef\xbb\xbf")))
		start = end = start + 3;
	while (end < source.length && (source.bytes[end] == ' ' || source.bytes[end] == '\t'))
		end++;
	return text_slice(source, start, end - start);
}

/* The newline of the line before this place, or of the first line. */
static struct text newline_style(struct text source, size_t at)
{
	size_t start = line_start(source, at);

	if (start == 0) {
		start = line_end(source, at);
		return start < source.length && source.bytes[start] == '\r' ? TEXT("\r\n") : TEXT("\n");
	}
	return start >= 2 && source.bytes[start - 2] == '\r' ? TEXT("\r\n") : TEXT("\n");
}

static size_t node_start(const struct node *node)
{
	return node->key ? node->key->start : node->start;
}

/* The blanks before a node. */
static struct text gap_before(struct text source, const struct node *node)
{
	size_t end = node_start(node), start = end;

	while (start > 0 && is_blank(source.bytes[start - 1]))
		start--;
	return text_slice(source, start, end - start);
}

/* Behind the bracket that an empty list or mapping begins with; in YAML an anchor or a tag may stand before it. */
static size_t inside_brackets(struct text source, const struct node *node)
{
	char bracket = node->kind == NODE_ARRAY ? '[' : '{';
	size_t at = text_find_byte(node_source(source, node), bracket);

	return node->start + (at == SIZE_MAX ? 0 : at) + 1;
}

static bool has_newline(struct text text)
{
	return text_find_byte(text, '\n') != SIZE_MAX;
}

static struct text spaces(struct editor *editor, size_t count)
{
	char *bytes = arena_allocate(editor->arena, count + 1);

	if (!bytes) {
		editor->failed = true;
		return TEXT_EMPTY;
	}
	memset(bytes, ' ', count);
	return text_of(bytes, count);
}

static size_t column_of(struct text source, size_t at)
{
	return at - line_start(source, at);
}

/* Behind the last byte of the line on which the node ends; a block scalar takes its last newline with it. */
static size_t block_end(struct text source, const struct node *node)
{
	const struct node *leaf = node;

	while (leaf->last && !leaf->is_flow)
		leaf = leaf->last;
	return leaf->is_flow ? line_end(source, leaf->end) : leaf->end;
}

static bool is_at_line_start(struct text source, size_t at)
{
	return at == 0 || source.bytes[at - 1] == '\n';
}

/* ---- recording ---- */

static void record(struct editor *editor, size_t at, size_t length, struct text text)
{
	struct edit *edit = arena_allocate(editor->arena, sizeof *edit);

	if (!edit) {
		editor->failed = true;
		return;
	}
	edit->at = at;
	edit->length = length;
	edit->text = text;
	edit->number = editor->count++;
	if (editor->last)
		editor->last->next = edit;
	else
		editor->first = edit;
	editor->last = edit;
}

/* Every change begins with this: `node` is what gets another value. */
static void touch(struct editor *editor, const struct node *node)
{
	for (; node && !editor->shared; node = node->parent)
		if (node->sharing != SHARING_NONE)
			editor->shared = node;
}

/* What goes whole must have no anchor that is needed elsewhere. */
static void touch_all(struct editor *editor, const struct node *root)
{
	touch(editor, root);
	for (const struct node *node = root; node && !editor->shared; node = node_next_within(root, node))
		if (node->sharing == SHARING_ANCHOR)
			editor->shared = node;
}

/* Takes over what was printed. */
static void record_printed(struct editor *editor, size_t at, size_t length, struct buffer *printed)
{
	struct text text = arena_copy_text(editor->arena, buffer_text(printed));

	if (printed->failed || !text.bytes)
		editor->failed = true;
	else
		record(editor, at, length, text);
	buffer_release(printed);
}

/* The same for elements. */
static void record_elements(struct editor *editor, size_t at, struct buffer *printed)
{
	const struct edit *last = editor->last;

	record_printed(editor, at, 0, printed);
	if (editor->last != last)
		editor->last->is_element = true;
}

/* ---- layouts ---- */

/* What `inner` has more than `outer`. */
static struct text indent_unit(struct text outer, struct text inner)
{
	if (inner.length > outer.length && text_starts_with(inner, outer))
		return text_slice(inner, outer.length, SIZE_MAX);
	return TEXT("  ");
}

static struct layout one_line_layout(const struct editor *editor)
{
	return (struct layout){
	    .is_yaml = editor->is_yaml,
	    .is_flow = true,
	    .newline = TEXT("\n"),
	    .indent = TEXT_EMPTY,
	    .unit = TEXT("  "),
	    .colon = TEXT(": "),
	    .item_gap = TEXT(" "),
	    .dash_offset = editor->dash_offset,
	};
}

/* What stands between a member's key and its value, when that is something usual. */
static struct text colon_of(struct text source, const struct node *member)
{
	struct text colon = text_slice(source, member->key->end, member->start - member->key->end);

	return member->start < member->key->end || colon.length > 3 || has_newline(colon) ? TEXT(": ") : colon;
}

/* For members or elements beside `sibling` in brackets. */
static struct layout bracket_layout(struct editor *editor, const struct node *sibling)
{
	struct text source = editor->source, gap = gap_before(source, sibling);
	struct layout layout = one_line_layout(editor);
	const struct node *inner = sibling->kind == NODE_OBJECT ? sibling->first : NULL;

	layout.newline = newline_style(source, node_start(sibling));
	layout.indent = editor_line_indent(source, node_start(sibling));
	if (sibling->key && !editor->is_yaml)
		layout.colon = colon_of(source, sibling);
	else if (sibling->parent->key && !inner && !editor->is_yaml)
		layout.colon = colon_of(source, sibling->parent);
	else if (inner && inner->key && !inner->is_new && !editor->is_yaml)
		layout.colon = colon_of(source, inner);
	if (has_newline(gap)) {
		layout.is_flow = editor->is_yaml;
		layout.unit = indent_unit(editor_line_indent(source, sibling->parent->start), layout.indent);
	} else if (inner && !inner->is_new && has_newline(gap_before(source, inner))) {
		layout.is_flow = editor->is_yaml;
		layout.unit = indent_unit(layout.indent, editor_line_indent(source, node_start(inner)));
	} else {
		const struct node *second = sibling->next && !sibling->next->is_new ? sibling->next : sibling;

		if (sibling->previous || second != sibling)
			layout.item_gap = gap_before(source, second);
		else
			layout.item_gap = text_ends_with(layout.colon, TEXT(" ")) ? TEXT(" ") : TEXT_EMPTY;
		if (has_newline(layout.item_gap) || layout.item_gap.length > 1)
			layout.item_gap = TEXT(" ");
	}
	return layout;
}

/* What comes between an inserted thing and `sibling`, behind the comma. */
static struct text bracket_separator(struct editor *editor, const struct node *sibling, const struct layout *layout)
{
	struct text gap = gap_before(editor->source, sibling);

	if (!has_newline(gap))
		return layout->item_gap;
	return arena_format(editor->arena, TEXT_FORMAT TEXT_FORMAT, TEXT_ARGUMENTS(layout->newline),
			    TEXT_ARGUMENTS(layout->indent));
}

/* For members or elements of a block at the column of `sibling`. */
static struct layout block_layout(struct editor *editor, const struct node *sibling)
{
	struct layout layout = one_line_layout(editor);

	layout.is_flow = false;
	layout.newline = newline_style(editor->source, node_start(sibling));
	layout.indent = spaces(editor, column_of(editor->source, node_start(sibling)));
	return layout;
}

/* Column of the dash before an element of a block sequence; comments may stand between them. */
static size_t dash_column(struct text source, const struct node *element)
{
	size_t at = element->start;

	for (;;) {
		size_t start, first;

		while (at > 0 && is_blank(source.bytes[at - 1]))
			at--;
		if (at == 0 || source.bytes[at - 1] == '-')
			break;
		start = first = line_start(source, at);
		while (first < at && is_blank(source.bytes[first]))
			first++;
		if (source.bytes[first] == '-')
			return column_of(source, first);
		if (source.bytes[first] != '#')
			return column_of(source, element->parent->start);
		at = start;
	}
	return at > 0 ? column_of(source, at - 1) : column_of(source, element->parent->start);
}

/* ---- changes ---- */

static bool is_block(const struct editor *editor, const struct node *container)
{
	return editor->is_yaml && !container->is_flow;
}

static struct node *make_key(struct editor *editor, struct node *value, const char *name)
{
	struct node *key = node_new_string(editor->arena, text_from_string(name));

	if (!key || !value) {
		editor->failed = true;
		return NULL;
	}
	value->key = key;
	return value;
}

void editor_insert_member(struct editor *editor, struct node *anchor, const char *name, struct node *value)
{
	struct buffer printed = BUFFER_INIT;
	struct layout layout;

	touch(editor, anchor->parent);
	if (!make_key(editor, value, name))
		return;
	if (is_block(editor, anchor->parent)) {
		layout = block_layout(editor, anchor);
		print_member(&printed, value, &layout);
		buffer_append_text(&printed, layout.newline);
		buffer_append_text(&printed, layout.indent);
	} else {
		layout = bracket_layout(editor, anchor);
		print_member(&printed, value, &layout);
		buffer_append_byte(&printed, ',');
		buffer_append_text(&printed, bracket_separator(editor, anchor, &layout));
	}
	record_printed(editor, node_start(anchor), 0, &printed);
	node_insert_before(anchor, value);
}

void editor_insert_only_member(struct editor *editor, struct node *object, const char *name, struct node *value)
{
	struct layout layout = one_line_layout(editor);
	struct buffer printed = BUFFER_INIT;

	touch(editor, object);
	if (!make_key(editor, value, name))
		return;
	print_member(&printed, value, &layout);
	record_printed(editor, inside_brackets(editor->source, object), 0, &printed);
	node_append(object, value);
}

static void print_elements(struct buffer *printed, const struct node *items, const struct layout *layout,
			   struct text separator)
{
	for (const struct node *item = items->first; item; item = item->next) {
		print_value(printed, item, layout);
		if (item->next)
			buffer_append_text(printed, separator);
	}
}

void editor_insert_first(struct editor *editor, struct node *array, struct node *items)
{
	struct buffer printed = BUFFER_INIT;
	struct node *sibling = array->first, *next;
	struct text separator;
	struct layout layout;
	size_t at;

	touch(editor, array);
	if (!items) {
		editor->failed = true;
		return;
	}
	if (!sibling) {
		layout = one_line_layout(editor);
		print_elements(&printed, items, &layout, TEXT(", "));
		at = inside_brackets(editor->source, array);
	} else if (is_block(editor, array)) {
		size_t dash = dash_column(editor->source, sibling), column = column_of(editor->source, sibling->start);
		struct text before = spaces(editor, dash),
			    behind = spaces(editor, column > dash ? column - dash - 1 : 1);

		layout = block_layout(editor, sibling);
		if (sibling->start == sibling->end) { /* nothing behind the dash */
			behind = TEXT(" ");
			layout.indent = spaces(editor, dash + 2);
			buffer_append_byte(&printed, ' ');
		}
		separator =
		    arena_format(editor->arena, TEXT_FORMAT TEXT_FORMAT "-" TEXT_FORMAT, TEXT_ARGUMENTS(layout.newline),
				 TEXT_ARGUMENTS(before), TEXT_ARGUMENTS(behind));
		print_elements(&printed, items, &layout, separator);
		buffer_append_text(&printed, separator);
		at = sibling->start;
	} else {
		layout = bracket_layout(editor, sibling);
		separator = arena_format(editor->arena, "," TEXT_FORMAT,
					 TEXT_ARGUMENTS(bracket_separator(editor, sibling, &layout)));
		print_elements(&printed, items, &layout, separator);
		buffer_append_text(&printed, separator);
		at = sibling->start;
	}
	record_elements(editor, at, &printed);
	for (struct node *item = items->first; item; item = next) {
		next = item->next;
		if (sibling)
			node_insert_before(sibling, item);
		else
			node_append(array, item);
	}
}

static void insert_last_of_block(struct editor *editor, struct node *array, struct node *item)
{
	struct node *sibling = array->last;
	struct text source = editor->source, newline = newline_style(source, sibling->start);
	size_t at = block_end(source, sibling), dash = dash_column(source, sibling);
	struct layout layout = block_layout(editor, sibling);
	struct buffer printed = BUFFER_INIT;
	bool is_line_start = is_at_line_start(source, at);

	layout.indent = spaces(editor, dash + 2);
	if (!is_line_start)
		buffer_append_text(&printed, newline);
	buffer_append_text(&printed, spaces(editor, dash));
	buffer_append_string(&printed, "- ");
	print_value(&printed, item, &layout);
	if (is_line_start)
		buffer_append_text(&printed, newline);
	record_printed(editor, at, 0, &printed);
	node_append(array, item);
}

/* The file ends in the text of a block scalar, without a newline: whatever follows would add one to it. */
static bool ends_unfinished(struct text source, const struct node *node)
{
	const struct node *leaf = node;

	while (leaf->last && !leaf->is_flow)
		leaf = leaf->last;
	return !leaf->is_flow && leaf->end >= source.length && !is_at_line_start(source, source.length);
}

void editor_insert_last(struct editor *editor, struct node *array, struct node *item)
{
	struct node *sibling = array->last;
	struct buffer printed = BUFFER_INIT;
	struct layout layout;

	touch(editor, array);
	if (!item) {
		editor->failed = true;
		return;
	}
	if (is_block(editor, array) && ends_unfinished(editor->source, array)) {
		layout = block_layout(editor, sibling);
		print_value(&printed, item, &layout);
		buffer_append_text(&printed, layout.newline);
		buffer_append_text(&printed, spaces(editor, dash_column(editor->source, sibling)));
		buffer_append_byte(&printed, '-');
		buffer_append_text(&printed, spaces(editor, column_of(editor->source, sibling->start) -
								dash_column(editor->source, sibling) - 1));
		record_elements(editor, sibling->start, &printed);
		node_insert_before(sibling, item);
		return;
	}
	if (is_block(editor, array)) {
		insert_last_of_block(editor, array, item);
		return;
	}
	layout = bracket_layout(editor, sibling);
	buffer_append_byte(&printed, ',');
	buffer_append_text(&printed, bracket_separator(editor, sibling, &layout));
	print_value(&printed, item, &layout);
	record_printed(editor, sibling->end, 0, &printed);
	node_append(array, item);
}

void editor_replace(struct editor *editor, struct node *old, struct node *value)
{
	struct layout layout = one_line_layout(editor);
	struct buffer printed = BUFFER_INIT;
	size_t start = old->start;

	touch_all(editor, old);
	if (!value) {
		editor->failed = true;
		return;
	}
	if (old->start == old->end) /* YAML: nothing behind the colon or the dash */
		buffer_append_byte(&printed, ' ');
	else if (value->verbatim.bytes && value->verbatim.length == 0 && start > 0 &&
		 editor->source.bytes[start - 1] == ' ')
		start--; /* and back again */
	print_value(&printed, value, &layout);
	record_printed(editor, start, editor_written_end(editor->source, old) - start, &printed);
	node_become(old, value);
}

void editor_replace_text(struct editor *editor, struct node *old, struct text text)
{
	struct text written = node_source(editor->source, old);
	size_t at = text_find(written, old->text);

	touch(editor, old);
	if (at == SIZE_MAX || at > 1 || written.length > old->text.length + 2 || old->text.length == 0) {
		editor_replace(editor, old, node_new_string(editor->arena, text));
		return;
	}
	record(editor, old->start + at, old->text.length, text);
	old->text = text;
}

/* The bytes that go when `first` to `last` go. */
static void removed_range(const struct editor *editor, const struct node *first, const struct node *last,
			  size_t *ret_start, size_t *ret_end)
{
	struct text source = editor->source;
	bool block = is_block(editor, first->parent);

	if (last->next) {
		*ret_start = node_start(first);
		*ret_end = node_start(last->next);
	} else if (first->previous && block) {
		*ret_start = block_end(source, first->previous);
		*ret_end = block_end(source, last);
		/* After a block scalar the range begins at a line, so the line's end goes too. */
		if (is_at_line_start(source, *ret_start) && !is_at_line_start(source, *ret_end) &&
		    *ret_end < source.length)
			*ret_end += source.bytes[*ret_end] == '\r' ? 2 : 1;
	} else if (first->previous) {
		*ret_start = first->previous->end;
		*ret_end = last->end;
	} else {
		*ret_start = block ? first->parent->start : node_start(first);
		*ret_end = last->end;
	}
}

void editor_remove(struct editor *editor, struct node *first, struct node *last)
{
	bool leaves_empty_block = !first->previous && !last->next && is_block(editor, first->parent);
	struct text left = first->parent->kind == NODE_OBJECT ? TEXT("{}") : TEXT("[]");
	size_t start, end;

	touch(editor, first->parent);
	for (const struct node *node = first; node; node = node == last ? NULL : node->next)
		touch_all(editor, node);
	removed_range(editor, first, last, &start, &end);
	record(editor, start, end - start, leaves_empty_block ? left : TEXT_EMPTY);
	for (struct node *node = first, *next; node; node = next) {
		next = node == last ? NULL : node->next;
		node_unlink(node);
	}
}

/* ---- the end ---- */

static int compare_edits(const void *a, const void *b)
{
	const struct edit *const *left = a, *const *right = b;

	if ((*left)->at != (*right)->at)
		return (*left)->at < (*right)->at ? -1 : 1;
	/* What is inserted comes before what goes or is replaced there. */
	if (((*left)->length == 0) != ((*right)->length == 0))
		return (*left)->length == 0 ? -1 : 1;
	if ((*left)->is_element != (*right)->is_element)
		return (*left)->is_element ? -1 : 1;
	return (*left)->number < (*right)->number ? -1 : 1;
}

/* `pieces` has room for one more than there are edits. */
static bool splice(const struct editor *editor, struct buffer *output, struct source_piece *pieces)
{
	const struct edit **edits = calloc(editor->count + 1, sizeof *edits);
	size_t count = 0, at = 0;
	bool fits = edits != NULL;

	if (!edits)
		return false;
	for (const struct edit *edit = editor->first; edit; edit = edit->next)
		edits[count++] = edit;
	qsort(edits, count, sizeof *edits, compare_edits);
	pieces[0] = (struct source_piece){0};
	for (size_t i = 0; i < count && fits; i++) {
		size_t end = edits[i]->at + edits[i]->length;

		/* Removals may overlap: two neighbours that go, one of them the last. */
		fits = (edits[i]->at >= at || edits[i]->text.length == 0) && end <= editor->source.length;
		if (!fits)
			break;
		if (edits[i]->at > at)
			buffer_append_text(output, text_slice(editor->source, at, edits[i]->at - at));
		buffer_append_text(output, edits[i]->text);
		at = end > at ? end : at;
		pieces[i + 1] = (struct source_piece){output->length, at};
	}
	if (fits)
		buffer_append_text(output, text_slice(editor->source, at, SIZE_MAX));
	free(edits);
	return fits && !output->failed;
}

static bool is_as_planned(const struct editor *editor, struct text edited)
{
	struct arena *arena = arena_new(0);
	struct report report = report_of(arena, edited);
	struct node *root = NULL;
	bool equal;

	if (!arena)
		return false;
	root = editor->is_yaml ? yaml_scan(edited, arena, &report) : json_scan(edited, arena, &report);
	equal = root && node_equal(root, editor->root);
	arena_free(arena);
	return equal;
}

bool editor_changes_shared(const struct editor *editor, struct report *report)
{
	const struct node *node = editor->shared;
	uint32_t line, column;

	if (!node)
		return false;
	report_position(report, node->shared_with, &line, &column);
	if (node->sharing == SHARING_ALIAS)
		report_at(report, SEVERITY_ERROR, node->start,
			  "an alias of the anchor at %u:%u would need a change of its own: write its value out", line,
			  column);
	else
		report_at(report, SEVERITY_ERROR, node->start,
			  "this needs a change, and its alias at %u:%u would change, too: write the value out there",
			  line, column);
	return true;
}

bool editor_finish(struct editor *editor, struct text *ret_edited, struct source_map *ret_map)
{
	struct source_piece *pieces = arena_allocate_array(editor->arena, editor->count + 1, sizeof *pieces);
	struct buffer buffer = BUFFER_INIT;
	struct text edited = {0};

	if (!editor->failed && pieces && splice(editor, &buffer, pieces))
		edited = arena_copy_text(editor->arena, buffer_text(&buffer));
	buffer_release(&buffer);
	if (!edited.bytes || !is_as_planned(editor, edited))
		return false;
	*ret_edited = edited;
	*ret_map = (struct source_map){.pieces = pieces, .count = editor->count + 1};
	return true;
}

struct editor editor_of(struct arena *arena, struct text source, struct node *root, bool is_yaml)
{
	struct editor editor = {.arena = arena, .source = source, .root = root, .is_yaml = is_yaml, .dash_offset = 2};
	bool has_short = false, has_long = false;

	if (!is_yaml)
		return editor;
	for (const struct node *node = root; node; node = node_next_within(root, node)) {
		has_short |= node->tag.length > 0;
		has_long |=
		    node->key && (text_starts_with(node->key->text, TEXT("Fn::")) || text_is(node->key->text, "Ref"));
		if (node->kind == NODE_ARRAY && node->key && !node->is_flow && node->first && node->tag.length == 0) {
			size_t dash = dash_column(source, node->first), key = column_of(source, node->key->start);

			editor.dash_offset = dash > key ? 2 : 0;
		}
	}
	editor.has_long_tags = has_long && !has_short;
	return editor;
}
