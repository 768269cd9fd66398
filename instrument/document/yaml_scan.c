#include "instrument/document/yaml_scan.h"

#include <string.h>
#include <yaml.h>

#define ALIAS_NODES_MAX 100000 /* copies that all aliases of a document make together */

struct anchor {
	struct text name;
	struct node *node;
	struct anchor *next;
};

struct loader {
	yaml_parser_t parser;
	struct text source;
	struct arena *arena;
	struct report *report;
	const uint32_t *byte_of; /* of each character; NULL when all are single bytes */
	size_t character_count;
	struct node *root;
	struct node *open; /* the innermost mapping or sequence that is open */
	struct node *key;  /* of the mapping that is open: the value comes next */
	unsigned depth;
	struct anchor *anchors; /* the last one first */
	size_t alias_node_count;
};

static bool fault(struct loader *loader, size_t offset, const char *message)
{
	report_at(loader->report, SEVERITY_ERROR, offset, "%s", message);
	return false;
}

/* Of the byte order mark, which libyaml does not get to see. */
static size_t mark_length(struct text source)
{
	return text_starts_with(source, TEXT("\xef\xbb\xbf")) ? 3 : 0;
}

/* libyaml counts characters. */
static bool map_characters(struct loader *loader)
{
	struct text source = loader->source;
	size_t start = mark_length(source), count = 0;
	uint32_t *map;
	bool is_ascii = start == 0;

	for (size_t i = 0; i < source.length && is_ascii; i++)
		is_ascii = (unsigned char)source.bytes[i] < 0x80;
	if (is_ascii)
		return true;
	map = arena_allocate_array(loader->arena, source.length + 1, sizeof *map);
	if (!map)
		return fault(loader, SIZE_MAX, "no memory");
	for (size_t i = start; i < source.length; i++)
		if (((unsigned char)source.bytes[i] & 0xc0) != 0x80)
			map[count++] = (uint32_t)i;
	map[count] = (uint32_t)source.length;
	loader->byte_of = map;
	loader->character_count = count;
	return true;
}

static size_t byte_of(const struct loader *loader, yaml_mark_t mark)
{
	if (!loader->byte_of)
		return mark.index < loader->source.length ? mark.index : loader->source.length;
	return loader->byte_of[mark.index < loader->character_count ? mark.index : loader->character_count];
}

static struct node *new_node(struct loader *loader, enum node_kind kind, const yaml_event_t *event,
			     const yaml_char_t *tag)
{
	struct node *node = node_new(loader->arena, kind);
	struct text name = tag ? text_from_string((const char *)tag) : TEXT_EMPTY;

	if (!node) {
		fault(loader, SIZE_MAX, "no memory");
		return NULL;
	}
	node->is_new = false;
	node->start = byte_of(loader, event->start_mark);
	node->end = byte_of(loader, event->end_mark);
	if (name.length > 1 && name.bytes[0] == '!') {
		node->tag = arena_copy_text(loader->arena, text_slice(name, 1, SIZE_MAX));
		if (!node->tag.bytes) {
			fault(loader, SIZE_MAX, "no memory");
			return NULL;
		}
	}
	return node;
}

static bool is_one_of(struct text text, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (text_is(text, words[i]))
			return true;
	return false;
}

static bool is_number(struct text text)
{
	size_t at = 0, digits = 0;

	if (at < text.length && (text.bytes[at] == '-' || text.bytes[at] == '+'))
		at++;
	for (; at < text.length; at++) {
		if (text.bytes[at] >= '0' && text.bytes[at] <= '9')
			digits++;
		else if (!memchr(".eE+-_", text.bytes[at], 6))
			return false;
	}
	return digits > 0;
}

static enum node_kind plain_kind(struct text text)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};

	if (is_one_of(text, nulls))
		return NODE_NULL;
	if (is_one_of(text, bools))
		return NODE_BOOL;
	return is_number(text) ? NODE_NUMBER : NODE_STRING;
}

/* Where the key begins, with the "?" of an explicit one on its line. */
static size_t key_start(struct text source, size_t start)
{
	size_t at = start;

	while (at > 0 && (source.bytes[at - 1] == ' ' || source.bytes[at - 1] == '\t'))
		at--;
	if (at == 0 || source.bytes[at - 1] != '?' || (at > 1 && !memchr(" \t\n\r{[,", source.bytes[at - 2], 7)))
		return start;
	return at - 1;
}

/* Puts a value where it belongs. */
static bool place(struct loader *loader, struct node *node)
{
	struct node *open = loader->open;

	if (!open) {
		loader->root = node;
		return true;
	}
	if (open->kind == NODE_ARRAY) {
		node_append(open, node);
		return true;
	}
	if (loader->key) {
		node->key = loader->key;
		loader->key = NULL;
		node_append(open, node);
		return true;
	}
	if (node->kind == NODE_OBJECT)
		return fault(loader, node->start,
			     "a mapping stands where a key is expected: this looks like an unrendered template");
	if (node->kind == NODE_ARRAY)
		return fault(loader, node->start, "a list stands where a key is expected");
	loader->key = node;
	node->start = key_start(loader->source, node->start);
	return true;
}

static bool note_anchor(struct loader *loader, const yaml_char_t *name, struct node *node)
{
	struct anchor *anchor;

	if (!name)
		return true;
	anchor = arena_allocate(loader->arena, sizeof *anchor);
	if (anchor)
		*anchor = (struct anchor){arena_copy_text(loader->arena, text_from_string((const char *)name)), node,
					  loader->anchors};
	if (!anchor || !anchor->name.bytes)
		return fault(loader, SIZE_MAX, "no memory");
	loader->anchors = anchor;
	return true;
}

static bool load_scalar(struct loader *loader, const yaml_event_t *event)
{
	struct text text = text_of((const char *)event->data.scalar.value, event->data.scalar.length);
	yaml_scalar_style_t style = event->data.scalar.style;
	struct node *node = new_node(loader, NODE_STRING, event, event->data.scalar.tag);

	if (!node)
		return false;
	node->text = arena_copy_text(loader->arena, text);
	if (!node->text.bytes)
		return fault(loader, SIZE_MAX, "no memory");
	node->is_quoted = style != YAML_PLAIN_SCALAR_STYLE ||
			  (event->data.scalar.tag && strcmp((const char *)event->data.scalar.tag, YAML_STR_TAG) == 0);
	node->is_flow = style != YAML_LITERAL_SCALAR_STYLE && style != YAML_FOLDED_SCALAR_STYLE;
	if (!node->is_quoted && node->tag.length == 0)
		node->kind = plain_kind(node->text);
	return note_anchor(loader, event->data.scalar.anchor, node) && place(loader, node);
}

static bool open_container(struct loader *loader, enum node_kind kind, bool is_flow, const yaml_event_t *event,
			   const yaml_char_t *tag, const yaml_char_t *anchor)
{
	struct node *node = new_node(loader, kind, event, tag);

	if (!node || !note_anchor(loader, anchor, node) || !place(loader, node))
		return false;
	if (++loader->depth > DOCUMENT_DEPTH_MAX)
		return fault(loader, node->start, "nested too deeply");
	node->is_flow = is_flow;
	/* The way back up, until it is closed: an element's parent is set by then, the root has none. */
	loader->open = node;
	return true;
}

static bool close_container(struct loader *loader, const yaml_event_t *event)
{
	struct node *node = loader->open;
	const struct node *first = NULL, *second = node_duplicate_key(node, &first);

	if (second) {
		uint32_t line, column;

		source_position(loader->source, first->key->start, &line, &column);
		report_node(loader->report, SEVERITY_ERROR, second,
			    "the key \"" TEXT_FORMAT "\" stands here twice; first at %u:%u",
			    TEXT_ARGUMENTS(second->key->text), line, column);
		return false;
	}
	if (node->is_flow)
		node->end = byte_of(loader, event->end_mark);
	else if (node->last)
		node->end = node->last->end;
	loader->depth--;
	loader->open = node->parent;
	return true;
}

static struct node *find_anchor(const struct loader *loader, struct text name)
{
	const struct anchor *anchor = loader->anchors;

	while (anchor && !text_equal(anchor->name, name))
		anchor = anchor->next;
	return anchor ? anchor->node : NULL;
}

/* All of it at the alias's place. NULL after a fault. */
static struct node *expand(struct loader *loader, const struct node *node, const yaml_event_t *event, unsigned depth)
{
	struct node *copy = NULL;

	if (depth > DOCUMENT_DEPTH_MAX || ++loader->alias_node_count > ALIAS_NODES_MAX) {
		fault(loader, byte_of(loader, event->start_mark), "what this alias stands for is too large");
		return NULL;
	}
	copy = new_node(loader, node->kind, event, NULL);
	if (!copy)
		return NULL;
	copy->text = node->text;
	copy->tag = node->tag;
	copy->is_quoted = node->is_quoted;
	for (const struct node *child = node->first; child; child = child->next) {
		struct node *child_copy = expand(loader, child, event, depth + 1);

		if (!child_copy)
			return NULL;
		child_copy->key = child->key;
		node_append(copy, child_copy);
	}
	copy->is_flow = true;
	return copy;
}

static bool load_alias(struct loader *loader, const yaml_event_t *event)
{
	struct node *node = find_anchor(loader, text_from_string((const char *)event->data.alias.anchor)), *copy;

	if (!node)
		return fault(loader, byte_of(loader, event->start_mark), "an alias without its anchor");
	for (const struct node *open = loader->open; open; open = open->parent)
		if (open == node)
			return fault(loader, byte_of(loader, event->start_mark), "an alias in what it stands for");
	copy = expand(loader, node, event, loader->depth);
	if (!copy)
		return false;
	copy->sharing = SHARING_ALIAS;
	copy->shared_with = node->start;
	if (node->sharing == SHARING_NONE) {
		node->sharing = SHARING_ANCHOR;
		node->shared_with = copy->start;
	}
	return place(loader, copy);
}

/* False after a fault. */
static bool load_event(struct loader *loader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (loader->root)
			return fault(loader, byte_of(loader, event->start_mark), "a second document begins here");
		return true;
	case YAML_ALIAS_EVENT:
		return load_alias(loader, event);
	case YAML_SCALAR_EVENT:
		return load_scalar(loader, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_container(loader, NODE_ARRAY, event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE,
				      event, event->data.sequence_start.tag, event->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return open_container(loader, NODE_OBJECT, event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE,
				      event, event->data.mapping_start.tag, event->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_container(loader, event);
	default:
		return true;
	}
}

/* Of Go's templates, Jinja's, ERB's. */
static bool has_template_marks(struct text source)
{
	return text_find(source, TEXT("{{")) != SIZE_MAX || text_find(source, TEXT("{%")) != SIZE_MAX ||
	       text_find(source, TEXT("<%")) != SIZE_MAX;
}

static bool syntax_fault(struct loader *loader)
{
	const yaml_parser_t *parser = &loader->parser;
	size_t offset = parser->error == YAML_READER_ERROR ? parser->problem_offset + mark_length(loader->source)
							   : byte_of(loader, parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return fault(loader, SIZE_MAX, "no memory");
	report_at(loader->report, SEVERITY_ERROR, offset, "%s%s", parser->problem ? parser->problem : "this is no YAML",
		  has_template_marks(loader->source) ? ": this looks like an unrendered template" : "");
	return false;
}

static bool load(struct loader *loader)
{
	bool good = true, ended = false;

	struct text input = text_slice(loader->source, mark_length(loader->source), SIZE_MAX);

	yaml_parser_set_input_string(&loader->parser, (const unsigned char *)input.bytes, input.length);
	yaml_parser_set_encoding(&loader->parser, YAML_UTF8_ENCODING);
	while (good && !ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(&loader->parser, &event))
			return syntax_fault(loader);
		ended = event.type == YAML_STREAM_END_EVENT;
		good = load_event(loader, &event);
		yaml_event_delete(&event);
	}
	if (good && !loader->root)
		return fault(loader, 0, "the document is empty");
	return good;
}

struct node *yaml_scan(struct text source, struct arena *arena, struct report *report)
{
	struct loader loader = {.source = source, .arena = arena, .report = report};
	bool good;

	if (source.length > SCAN_BYTES_MAX) {
		fault(&loader, SIZE_MAX, "the document is larger than 8 MiB");
		return NULL;
	}
	if (!map_characters(&loader))
		return NULL;
	if (!yaml_parser_initialize(&loader.parser)) {
		fault(&loader, SIZE_MAX, "no memory");
		return NULL;
	}
	good = load(&loader);
	yaml_parser_delete(&loader.parser);
	return good ? loader.root : NULL;
}
