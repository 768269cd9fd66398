#include "compiler/load/yaml_document.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/hash_table.h"

/* libyaml counts code points; every so many of them the byte offset is noted. */
#define CHECKPOINT_CODE_POINTS 256

enum { STREAM_END = 1, READ_AGAIN };

struct level {
	struct document_node *node;
	struct document_node *key; /* MAPPING: waits for its value */
};

struct reader {
	struct arena *arena;
	const struct source_file *file;
	struct diagnostics *diagnostics;
	yaml_parser_t parser;
	const uint32_t *checkpoints; /* NULL: all ASCII */
	uint32_t checkpoint_count;
	struct hash_table *anchors; /* of the document */
	struct level levels[YAML_DEPTH_MAX];
	unsigned depth, flow_depth;
	uint32_t node_count;
	struct document_node roots; /* a sequence of documents */
	const char *bytes;          /* what libyaml reads: the file's, or a copy without tabs in blank lines */
};

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static int note_checkpoints(struct reader *reader)
{
	struct text bytes = reader->file->bytes;
	uint32_t count = 0, *checkpoints;
	bool is_ascii = true;

	for (size_t i = 0; i < bytes.length && is_ascii; i++)
		is_ascii = (unsigned char)bytes.bytes[i] < 0x80;
	if (is_ascii)
		return 0;
	checkpoints =
	    arena_allocate_array(reader->arena, bytes.length / CHECKPOINT_CODE_POINTS + 1, sizeof *checkpoints);
	if (!checkpoints)
		return -ENOMEM;
	for (size_t i = 0; i < bytes.length; i++) {
		if (is_continuation(bytes.bytes[i]))
			continue;
		if (count % CHECKPOINT_CODE_POINTS == 0)
			checkpoints[count / CHECKPOINT_CODE_POINTS] = (uint32_t)i;
		count++;
	}
	reader->checkpoints = checkpoints;
	reader->checkpoint_count = (count + CHECKPOINT_CODE_POINTS - 1) / CHECKPOINT_CODE_POINTS;
	return 0;
}

static uint32_t offset_of(const struct reader *reader, yaml_mark_t mark)
{
	struct text bytes = reader->file->bytes;
	size_t offset = mark.index, left = 0;

	if (reader->checkpoints) {
		size_t row = mark.index / CHECKPOINT_CODE_POINTS;

		left = mark.index % CHECKPOINT_CODE_POINTS;
		if (row >= reader->checkpoint_count)
			return (uint32_t)bytes.length;
		offset = reader->checkpoints[row];
	}
	for (; left > 0 && offset < bytes.length; left--) {
		offset++;
		while (offset < bytes.length && is_continuation(bytes.bytes[offset]))
			offset++;
	}
	return (uint32_t)(offset < bytes.length ? offset : bytes.length);
}

static struct source_range range_of(const struct reader *reader, yaml_mark_t start, yaml_mark_t end)
{
	return (struct source_range){reader->file, offset_of(reader, start), offset_of(reader, end)};
}

static struct source_range point_at(const struct reader *reader, yaml_mark_t mark)
{
	uint32_t offset = offset_of(reader, mark);

	return (struct source_range){reader->file, offset, offset + 1};
}

/* libyaml points behind a tab that it does not like; the tab may be anywhere in the indentation. */
static bool is_after_tab(const struct reader *reader, uint32_t offset)
{
	struct text bytes = reader->file->bytes;

	for (uint32_t i = offset; i < bytes.length && (bytes.bytes[i] == ' ' || bytes.bytes[i] == '\t'); i++)
		if (bytes.bytes[i] == '\t')
			return true;
	while (offset > 0 && (bytes.bytes[offset - 1] == ' ' || bytes.bytes[offset - 1] == '\t'))
		if (bytes.bytes[--offset] == '\t')
			return true;
	return false;
}

static int syntax_error(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	struct diagnostic *diagnostic;
	struct source_range range;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR) {
		uint32_t offset =
		    (uint32_t)(parser->problem_offset < reader->file->bytes.length ? parser->problem_offset
										   : reader->file->bytes.length);

		range = (struct source_range){reader->file, offset, offset + 1};
		if (parser->problem_value == -1)
			diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_YAML_SYNTAX, range, "%s", parser->problem);
		else
			diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_YAML_SYNTAX, range, "%s (0x%02X)",
					   parser->problem, (unsigned)parser->problem_value);
		return -EINVAL;
	}
	/* What is never closed is best shown where it was opened. */
	if (parser->context && offset_of(reader, parser->problem_mark) == reader->file->bytes.length)
		range = point_at(reader, parser->context_mark);
	else
		range = point_at(reader, parser->problem_mark);
	diagnostic = diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_YAML_SYNTAX, range, "%s%s%s",
					parser->problem ? parser->problem : "not well-formed",
					parser->context ? " " : "", parser->context ? parser->context : "");
	if (parser->context && offset_of(reader, parser->context_mark) < range.start)
		diagnostic_add_note(reader->diagnostics, diagnostic, point_at(reader, parser->context_mark),
				    "%s from here", parser->context);
	if (is_after_tab(reader, range.start))
		diagnostic_set_hint(reader->diagnostics, diagnostic, "YAML does not allow tabs in the indentation");
	return -EINVAL;
}

static bool append_node(struct arena *arena, struct document_node *parent, struct document_node *item,
			struct document_node *value)
{
	if (parent->count == parent->capacity) {
		uint32_t larger = parent->capacity ? parent->capacity * 2 : 8;
		struct document_node **items = arena_allocate_array(arena, larger, sizeof(struct document_node *));
		struct document_node **values = NULL;

		if (parent->kind == NODE_MAPPING)
			values = arena_allocate_array(arena, larger, sizeof(struct document_node *));
		if (!items || (parent->kind == NODE_MAPPING && !values))
			return false;
		if (parent->count) {
			memcpy(items, parent->items, parent->count * sizeof *items);
			if (values)
				memcpy(values, parent->values, parent->count * sizeof *values);
		}
		parent->items = items;
		parent->values = values;
		parent->capacity = larger;
	}
	parent->items[parent->count] = item;
	if (parent->kind == NODE_MAPPING)
		parent->values[parent->count] = value;
	parent->count++;
	return true;
}

/* Puts a complete or opening node where it belongs. */
static int place(struct reader *reader, struct document_node *node)
{
	struct level *level;

	if (reader->depth == 0)
		return append_node(reader->arena, &reader->roots, node, NULL) ? 0 : -ENOMEM;
	level = &reader->levels[reader->depth - 1];
	if (level->node->kind == NODE_SEQUENCE)
		return append_node(reader->arena, level->node, node, NULL) ? 0 : -ENOMEM;
	if (!level->key) {
		level->key = node;
		return 0;
	}
	if (!append_node(reader->arena, level->node, level->key, node))
		return -ENOMEM;
	level->key = NULL;
	return 0;
}

static int new_node(struct reader *reader, enum node_kind kind, const yaml_event_t *event, const yaml_char_t *anchor,
		    struct document_node **ret_node)
{
	struct document_node *node;

	if (++reader->node_count > YAML_NODES_MAX) {
		diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_YAML_TOO_LARGE,
				   range_of(reader, event->start_mark, event->end_mark), "more than %u YAML nodes",
				   YAML_NODES_MAX);
		return -EINVAL;
	}
	node = arena_allocate(reader->arena, sizeof *node);
	if (!node)
		return -ENOMEM;
	node->kind = kind;
	node->range = range_of(reader, event->start_mark, event->end_mark);
	node->is_in_flow = reader->flow_depth > 0;
	node->raw = reader->bytes;
	if (anchor) {
		struct text name = arena_copy_text(reader->arena, text_from_string((const char *)anchor));

		if (!name.bytes || hash_table_set(reader->anchors, name, node))
			return -ENOMEM;
	}
	*ret_node = node;
	return 0;
}

static bool is_null_text(struct text value)
{
	return value.length == 0 || text_is(value, "~") || text_is(value, "null") || text_is(value, "Null") ||
	       text_is(value, "NULL");
}

static int read_scalar(struct reader *reader, const yaml_event_t *event)
{
	static const enum node_style styles[] = {
	    [YAML_PLAIN_SCALAR_STYLE] = NODE_STYLE_PLAIN,
	    [YAML_SINGLE_QUOTED_SCALAR_STYLE] = NODE_STYLE_SINGLE_QUOTED,
	    [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = NODE_STYLE_DOUBLE_QUOTED,
	    [YAML_LITERAL_SCALAR_STYLE] = NODE_STYLE_LITERAL,
	    [YAML_FOLDED_SCALAR_STYLE] = NODE_STYLE_FOLDED,
	};
	struct text value = text_of((const char *)event->data.scalar.value, event->data.scalar.length);
	struct document_node *node;
	int status;

	if (value.length > MAPPED_TEXT_BYTES_MAX) {
		diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_YAML_TOO_LARGE,
				   range_of(reader, event->start_mark, event->end_mark), "a text of more than %u bytes",
				   MAPPED_TEXT_BYTES_MAX);
		return -EINVAL;
	}
	status = new_node(reader, NODE_SCALAR, event, event->data.scalar.anchor, &node);
	if (status)
		return status;
	node->style = styles[event->data.scalar.style];
	/* Only untagged plain scalars can be null; `!!str null` and quoted ones are text. */
	if (node->style == NODE_STYLE_PLAIN && !event->data.scalar.tag && is_null_text(value))
		node->kind = NODE_NULL;
	node->value = arena_copy_text(reader->arena, value);
	if (!node->value.bytes)
		return -ENOMEM;
	return place(reader, node);
}

static int open_collection(struct reader *reader, const yaml_event_t *event, enum node_kind kind,
			   const yaml_char_t *anchor, bool is_flow)
{
	struct document_node *node;
	int status;

	if (reader->depth == YAML_DEPTH_MAX) {
		diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_YAML_TOO_DEEP, point_at(reader, event->start_mark),
				   "sequences and mappings are nested deeper than %u", YAML_DEPTH_MAX);
		return -EINVAL;
	}
	status = new_node(reader, kind, event, anchor, &node);
	if (status == 0)
		status = place(reader, node);
	if (status)
		return status;
	reader->flow_depth += is_flow || reader->flow_depth > 0;
	reader->levels[reader->depth++] = (struct level){.node = node};
	return 0;
}

static void close_collection(struct reader *reader, const yaml_event_t *event)
{
	struct document_node *node = reader->levels[--reader->depth].node;

	if (reader->flow_depth > 0) {
		reader->flow_depth--;
		node->range.end = offset_of(reader, event->end_mark);
	} else {
		/* The end of a block collection is where the next thing starts. */
		node->range.end = offset_of(reader, event->start_mark);
	}
}

static int read_alias(struct reader *reader, const yaml_event_t *event)
{
	struct document_node *node =
	    hash_table_get(reader->anchors, text_from_string((const char *)event->data.alias.anchor));

	if (node)
		return place(reader, node);
	diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_YAML_SYNTAX,
			   range_of(reader, event->start_mark, event->end_mark),
			   "the referenced anchor is not defined: %s", (const char *)event->data.alias.anchor);
	return -EINVAL;
}

/* STREAM_END at the end. */
static int read_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		hash_table_clear(reader->anchors);
		return 0;
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(reader, event, NODE_SEQUENCE, event->data.sequence_start.anchor,
				       event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
	case YAML_MAPPING_START_EVENT:
		return open_collection(reader, event, NODE_MAPPING, event->data.mapping_start.anchor,
				       event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(reader, event);
		return 0;
	case YAML_ALIAS_EVENT:
		return read_alias(reader, event);
	case YAML_STREAM_END_EVENT:
		return STREAM_END;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

/* Whether libyaml stumbled over a tab in a line that has nothing but blanks and perhaps a comment. */
static bool is_tab_in_blank_line(const struct reader *reader)
{
	struct text bytes = reader->file->bytes;
	uint32_t at = offset_of(reader, reader->parser.problem_mark);

	if (reader->parser.error != YAML_SCANNER_ERROR ||
	    reader->parser.context_mark.line != reader->parser.problem_mark.line || reader->bytes != bytes.bytes ||
	    at >= bytes.length || bytes.bytes[at] != '\t')
		return false;
	while (at < bytes.length && (bytes.bytes[at] == ' ' || bytes.bytes[at] == '\t'))
		at++;
	return at == bytes.length || strchr("\r\n#", bytes.bytes[at]);
}

/*
 * The file with spaces for the tabs of such lines: yaml-cpp does not mind them, libyaml does. Offsets stay as they are.
 * NULL when there is no memory.
 */
static const char *without_tabs_in_blank_lines(const struct reader *reader)
{
	struct text bytes = reader->file->bytes;
	char *copy = arena_copy_string(reader->arena, bytes);

	for (uint32_t line = 1; copy && line <= reader->file->line_count; line++) {
		struct text text = source_file_line(reader->file, line);
		size_t start = source_file_line_start(reader->file, line), length = 0;

		while (length < text.length && (text.bytes[length] == ' ' || text.bytes[length] == '\t'))
			length++;
		if (length == text.length || text.bytes[length] == '#')
			memset(copy + start, ' ', length);
	}
	return copy;
}

static int read_stream(struct reader *reader)
{
	int status = 0;

	while (status == 0) {
		yaml_event_t event;

		if (!yaml_parser_parse(&reader->parser, &event))
			return is_tab_in_blank_line(reader) ? READ_AGAIN : syntax_error(reader);
		status = read_event(reader, &event);
		yaml_event_delete(&event);
	}
	return status == STREAM_END ? 0 : status;
}

/* 0, READ_AGAIN, -EINVAL after a diagnostic, -ENOMEM. */
static int read_text(struct reader *reader)
{
	int status;

	reader->roots = (struct document_node){.kind = NODE_SEQUENCE};
	reader->depth = reader->flow_depth = reader->node_count = 0;
	if (!yaml_parser_initialize(&reader->parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)reader->bytes, reader->file->bytes.length);
	reader->anchors = hash_table_new(0);
	status = reader->anchors ? read_stream(reader) : -ENOMEM;
	reader->anchors = hash_table_free(reader->anchors);
	yaml_parser_delete(&reader->parser);
	return status;
}

int yaml_documents_parse(struct arena *arena, const struct source_file *file, struct diagnostics *diagnostics,
			 struct yaml_documents *ret_documents)
{
	struct reader *reader = arena_allocate(arena, sizeof *reader);
	int status;

	if (!reader)
		return -ENOMEM;
	reader->arena = arena;
	reader->file = file;
	reader->diagnostics = diagnostics;
	status = note_checkpoints(reader);
	if (status)
		return status;
	reader->bytes = file->bytes.bytes;
	status = read_text(reader);
	if (status == READ_AGAIN) {
		reader->bytes = without_tabs_in_blank_lines(reader);
		status = reader->bytes ? read_text(reader) : -ENOMEM;
	}
	if (status == 0)
		*ret_documents = (struct yaml_documents){reader->roots.items, reader->roots.count};
	return status;
}

const struct document_node *document_node_get(const struct document_node *mapping, const char *key)
{
	if (!mapping || mapping->kind != NODE_MAPPING)
		return NULL;
	for (uint32_t i = 0; i < mapping->count; i++)
		if (mapping->items[i]->kind == NODE_SCALAR && text_is(mapping->items[i]->value, key))
			return mapping->values[i];
	return NULL;
}
