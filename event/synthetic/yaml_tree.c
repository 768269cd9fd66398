#include "event/synthetic/yaml_tree.h"

#include <errno.h>
#include <yaml.h>

#include "base/hash_table.h"

struct level {
	struct yaml_node *node;
	struct yaml_node **end;  /* where its next child goes */
	struct yaml_node *key;   /* MAPPING: waits for its value */
	struct hash_table *keys; /* MAPPING: those that were seen; NULL before the first */
};

struct parser {
	struct arena *arena;
	const struct source_file *file;
	struct report *report;
	yaml_parser_t yaml;
	struct level levels[YAML_TREE_DEPTH_MAX + 1]; /* the first one is the sequence of documents */
	unsigned depth;
	uint32_t node_count;
	/* libyaml counts code points: where the last one that was asked for begins. */
	size_t known_index;
	uint32_t known_offset;
};

/* ---- places ---- */

static uint32_t offset_from(const struct parser *parser, size_t index, uint32_t offset, size_t target)
{
	struct text bytes = parser->file->bytes;

	for (; index < target && offset < bytes.length; index++) {
		offset++;
		while (offset < bytes.length && ((unsigned char)bytes.bytes[offset] & 0xc0) == 0x80)
			offset++;
	}
	return offset;
}

/* Marks come in the order of the text, so the text is walked through once. */
static uint32_t offset_of(struct parser *parser, yaml_mark_t mark)
{
	if (mark.index < parser->known_index)
		return offset_from(parser, 0, 0, mark.index);
	parser->known_offset = offset_from(parser, parser->known_index, parser->known_offset, mark.index);
	parser->known_index = mark.index;
	return parser->known_offset;
}

static struct source_range range_of(struct parser *parser, yaml_mark_t start, yaml_mark_t end)
{
	uint32_t offset = offset_of(parser, start);

	return (struct source_range){parser->file, offset,
				     offset_from(parser, parser->known_index, parser->known_offset, end.index)};
}

static struct source_range point_at(struct parser *parser, yaml_mark_t mark)
{
	uint32_t offset = offset_of(parser, mark);

	return (struct source_range){parser->file, offset, offset + 1};
}

static int syntax_error(struct parser *parser)
{
	const yaml_parser_t *yaml = &parser->yaml;

	if (yaml->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (yaml->error == YAML_READER_ERROR) {
		uint32_t offset = (uint32_t)yaml->problem_offset;

		report_error(parser->report, (struct source_range){parser->file, offset, offset + 1}, "no YAML: %s",
			     yaml->problem);
		return -EINVAL;
	}
	report_error(parser->report, point_at(parser, yaml->problem_mark), "no YAML: %s%s%s",
		     yaml->problem ? yaml->problem : "not well-formed", yaml->context ? " " : "",
		     yaml->context ? yaml->context : "");
	return -EINVAL;
}

/* ---- nodes ---- */

static struct yaml_node *new_node(struct parser *parser, enum yaml_kind kind, struct source_range range)
{
	struct yaml_node *node;

	if (++parser->node_count > YAML_TREE_NODES_MAX) {
		report_error(parser->report, range, "the file is too large: more than %u values", YAML_TREE_NODES_MAX);
		return NULL;
	}
	node = arena_allocate(parser->arena, sizeof *node);
	if (!node)
		return NULL;
	node->kind = kind;
	node->range = range;
	node->text = TEXT_EMPTY;
	return node;
}

static int no_node(const struct parser *parser)
{
	return parser->report->error_count > 0 ? -EINVAL : -ENOMEM;
}

static int add_key(struct parser *parser, struct level *level, struct yaml_node *key)
{
	if (key->kind != YAML_KIND_SCALAR && key->kind != YAML_KIND_NULL) {
		report_error(parser->report, key->range, "a key must be a word");
		return -EINVAL;
	}
	if (!level->keys)
		level->keys = hash_table_new(0);
	if (!level->keys)
		return -ENOMEM;
	if (hash_table_get(level->keys, key->text)) {
		report_error(parser->report, key->range, "the key '" TEXT_FORMAT "' is there twice",
			     TEXT_ARGUMENTS(key->text));
		return -EINVAL;
	}
	return hash_table_set(level->keys, key->text, key);
}

/* Puts a complete or opening node where it belongs. */
static int place(struct parser *parser, struct yaml_node *node)
{
	struct level *level = &parser->levels[parser->depth];
	int error;

	if (level->key) {
		level->key->value = node;
		level->key = NULL;
		return 0;
	}
	if (level->node->kind == YAML_KIND_MAPPING) {
		error = add_key(parser, level, node);
		if (error)
			return error;
		level->key = node;
	}
	*level->end = node;
	level->end = &node->next;
	return 0;
}

static bool is_null_text(struct text text)
{
	return text.length == 0 || text_is(text, "~") || text_is(text, "null") || text_is(text, "Null") ||
	       text_is(text, "NULL");
}

static int refuse_tag(struct parser *parser, const yaml_event_t *event, const yaml_char_t *tag)
{
	if (!tag)
		return 0;
	report_error(parser->report, point_at(parser, event->start_mark), "tags are not used here: %s",
		     (const char *)tag);
	return -EINVAL;
}

static int read_scalar(struct parser *parser, const yaml_event_t *event)
{
	struct text text = text_of((const char *)event->data.scalar.value, event->data.scalar.length);
	struct yaml_node *node;
	int error = refuse_tag(parser, event, event->data.scalar.tag);

	if (error)
		return error;
	node = new_node(parser, YAML_KIND_SCALAR, range_of(parser, event->start_mark, event->end_mark));
	if (!node)
		return no_node(parser);
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (node->is_plain && is_null_text(text))
		node->kind = YAML_KIND_NULL;
	node->text = arena_copy_text(parser->arena, text);
	return node->text.bytes ? place(parser, node) : -ENOMEM;
}

static int open_collection(struct parser *parser, const yaml_event_t *event, enum yaml_kind kind,
			   const yaml_char_t *tag)
{
	struct yaml_node *node;
	int error = refuse_tag(parser, event, tag);

	if (error)
		return error;
	if (parser->depth == YAML_TREE_DEPTH_MAX) {
		report_error(parser->report, point_at(parser, event->start_mark),
			     "lists and mappings are nested deeper than %u", YAML_TREE_DEPTH_MAX);
		return -EINVAL;
	}
	node = new_node(parser, kind, point_at(parser, event->start_mark));
	if (!node)
		return no_node(parser);
	error = place(parser, node);
	if (!error)
		parser->levels[++parser->depth] = (struct level){.node = node, .end = &node->first};
	return error;
}

static void close_collection(struct parser *parser)
{
	hash_table_free(parser->levels[parser->depth--].keys);
}

static int read_event(struct parser *parser, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(parser, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(parser, event, YAML_KIND_SEQUENCE, event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return open_collection(parser, event, YAML_KIND_MAPPING, event->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(parser);
		return 0;
	case YAML_ALIAS_EVENT:
		report_error(parser->report, range_of(parser, event->start_mark, event->end_mark),
			     "aliases are not used here: *%s", (const char *)event->data.alias.anchor);
		report_hint(parser->report, "a process that an earlier event described is meant by its pid alone");
		return -EINVAL;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

static int read_stream(struct parser *parser)
{
	bool is_end = false;
	int error = 0;

	while (!error && !is_end) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser->yaml, &event))
			return syntax_error(parser);
		is_end = event.type == YAML_STREAM_END_EVENT;
		error = read_event(parser, &event);
		yaml_event_delete(&event);
	}
	return error;
}

int yaml_tree_parse(struct arena *arena, const struct source_file *file, struct report *report,
		    const struct yaml_node **ret_documents)
{
	struct parser parser = {.arena = arena, .file = file, .report = report};
	struct yaml_node *documents = new_node(&parser, YAML_KIND_SEQUENCE, (struct source_range){file, 0, 0});
	int error;

	if (!documents || !yaml_parser_initialize(&parser.yaml))
		return -ENOMEM;
	parser.levels[0] = (struct level){.node = documents, .end = &documents->first};
	yaml_parser_set_encoding(&parser.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser.yaml, (const unsigned char *)file->bytes.bytes, file->bytes.length);
	error = read_stream(&parser);
	while (parser.depth > 0)
		close_collection(&parser);
	yaml_parser_delete(&parser.yaml);
	if (!error)
		*ret_documents = documents;
	return error;
}
