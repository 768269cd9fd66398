#include "compiler/load/load_rules.h"

#include <errno.h>

#include "base/suggest.h"
#include "compiler/load/load_internal.h"

#define APPEND_AND_OVERRIDE                                                                                            \
	"Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: "         \
	"append') "                                                                                                    \
	"under 'override' instead."

enum item_kind { ITEM_ENGINE_VERSION, ITEM_PLUGIN_VERSIONS, ITEM_LIST, ITEM_MACRO, ITEM_RULE, ITEM_KIND_COUNT };

/* In the order in which they are looked for: the first key that is there decides. The first known key is the kind's. */
static const struct {
	const char *name;
	const char *keys[18];
} item_kinds[ITEM_KIND_COUNT] = {
    [ITEM_ENGINE_VERSION] = {"required_engine_version", {"required_engine_version"}},
    [ITEM_PLUGIN_VERSIONS] = {"required_plugin_versions", {"required_plugin_versions"}},
    [ITEM_LIST] = {"list", {"list", "items", "append", "override"}},
    [ITEM_MACRO] = {"macro", {"macro", "condition", "append", "override"}},
    [ITEM_RULE] = {"rule",
		   {
		       "rule",
		       "append",
		       "override",
#define RULE_KEY(constant, name, is_appendable, is_replaceable) name,
#include "compiler/load/rule_keys.def"
#undef RULE_KEY
		   }},
};

static bool in_list_name(char byte)
{
	return !strchr("()\"' \t\n\v\f\r=,", byte) || byte == '\0';
}

static bool is_list_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!in_list_name(name.bytes[i]))
			return false;
	return name.length > 0;
}

static bool is_macro_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++) {
		char byte = name.bytes[i];
		bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');

		if (!is_letter && (i == 0 || (byte != '_' && (byte < '0' || byte > '9'))))
			return false;
	}
	return name.length > 0;
}

int load_item_head(struct item_reader *reader, const char *kind, const struct load_context *document,
		   struct item_head *ret_head)
{
	struct load_context *context = arena_allocate(reader->arena, sizeof *context);
	struct text name;

	if (!context)
		return -ENOMEM;
	if (!item_string(reader, kind, KEY_REQUIRED, &name))
		return reader->has_memory_error ? -ENOMEM : -EINVAL;
	*context = (struct load_context){
	    .item_type = kind, .item_name = name, .range = reader->item->range, .outer = document};
	reader->place = scalar_range(document_node_get(reader->item, kind));
	reader->diagnostics->context = context;
	*ret_head = (struct item_head){name, reader->place, context};
	return 0;
}

bool load_append(struct item_reader *reader)
{
	bool appends = false;

	item_bool(reader, "append", KEY_OPTIONAL, &appends);
	if (appends)
		diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_DEPRECATED_APPEND,
				   scalar_range(document_node_get(reader->item, "append")),
				   "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under "
				   "'override' instead.");
	return appends;
}

/* A null key or operation is read as the text that yaml-cpp gives for it. */
static struct text text_of_scalar(const struct document_node *node)
{
	return node->kind == NODE_NULL ? TEXT("null") : node->value;
}

static bool is_plain(const struct document_node *node)
{
	return node->kind == NODE_SCALAR || node->kind == NODE_NULL;
}

static void load_override(struct item_reader *reader, const struct override_key *keys, unsigned key_count,
			  const struct document_node *key, const struct document_node *operation,
			  struct override_keys *overrides)
{
	struct text name = text_of_scalar(key), verb = text_of_scalar(operation);
	unsigned row = 0;
	bool appends, replaces;

	while (row < key_count && !text_is(name, keys[row].name))
		row++;
	appends = row < key_count && keys[row].is_appendable;
	replaces = row < key_count && keys[row].is_replaceable;
	if (operation->kind == NODE_SCALAR && text_is(verb, "append")) {
		if (appends)
			overrides->appends |= 1U << row;
		else
			item_error(reader, DIAGNOSTIC_OVERRIDE_OPERATION, scalar_range(operation),
				   "Key '" TEXT_FORMAT "' cannot be appended to, use 'replace' instead",
				   TEXT_ARGUMENTS(name));
	} else if (operation->kind == NODE_SCALAR && text_is(verb, "replace")) {
		if (replaces)
			overrides->replaces |= 1U << row;
		else
			item_error(reader, DIAGNOSTIC_OVERRIDE_OPERATION, scalar_range(operation),
				   "Key '" TEXT_FORMAT "' cannot be replaced", TEXT_ARGUMENTS(name));
	} else {
		item_error(
		    reader, DIAGNOSTIC_OVERRIDE_OPERATION, scalar_range(operation),
		    "Invalid override operation for key '" TEXT_FORMAT "': '" TEXT_FORMAT "'. Allowed values are: %s%s",
		    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(verb), appends ? "append " : "", replaces ? "replace " : "");
	}
}

void load_overrides(struct item_reader *reader, const struct override_key *keys, unsigned key_count,
		    struct override_keys *ret_overrides)
{
	const struct document_node *node = document_node_get(reader->item, "override");

	*ret_overrides = (struct override_keys){0};
	if (!node)
		return;
	ret_overrides->range = scalar_range(node);
	if (node->kind == NODE_SEQUENCE && node->count > 0)
		item_error(reader, DIAGNOSTIC_OVERRIDE_SHAPE, node->range,
			   "override must be a mapping of keys to operations");
	if (node->kind != NODE_MAPPING)
		return;
	for (uint32_t i = 0; i < node->count; i++) {
		if (is_plain(node->items[i]) && is_plain(node->values[i]))
			load_override(reader, keys, key_count, node->items[i], node->values[i], ret_overrides);
		else
			item_error(reader, DIAGNOSTIC_OVERRIDE_SHAPE, node->items[i]->range,
				   "an override must be a key with an operation");
	}
}

void check_append_and_override(struct item_reader *reader, bool appends, const struct override_keys *overrides)
{
	if (appends && (overrides->appends || overrides->replaces))
		item_error(reader, DIAGNOSTIC_APPEND_AND_OVERRIDE, overrides->range, APPEND_AND_OVERRIDE);
}

/* Reported once for the item: what its own reading has said already is enough. */
static int finish_merge(struct item_reader *reader, int status)
{
	if (status == -EINVAL)
		reader->has_error = true;
	return status == -EINVAL ? 0 : status;
}

static int load_list(struct item_reader *reader, const struct load_context *document)
{
	static const struct override_key keys[] = {{"items", true, true}};
	const struct document_node *sequence;
	const struct mapped_text **items = NULL;
	struct override_keys overrides;
	struct item_head head;
	bool appends;
	int status = load_item_head(reader, "list", document, &head);

	if (status)
		return status;
	if (!is_list_name(head.name))
		diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_INVALID_LIST_NAME, head.name_range,
				   "List has an invalid name. List names should match a regular expression: "
				   "([^()\"'[:space:]=,]+)");
	sequence = item_sequence(reader, "items", KEY_REQUIRED);
	if (sequence && sequence->count) {
		items = arena_allocate_array(reader->arena, sequence->count, sizeof(const struct mapped_text *));
		for (uint32_t i = 0; items && i < sequence->count; i++) {
			items[i] = scalar_text(reader->arena, sequence->items[i]);
			if (!items[i])
				return -ENOMEM;
		}
		if (!items)
			return -ENOMEM;
	}
	appends = load_append(reader);
	load_overrides(reader, keys, 1, &overrides);
	check_append_and_override(reader, appends, &overrides);
	if (reader->has_error)
		return rule_collection_note_broken(reader->collection, "list", head.name);
	return finish_merge(reader, merge_list(reader->collection, &head, items, sequence ? sequence->count : 0,
					       appends || overrides.appends));
}

static int load_macro(struct item_reader *reader, const struct load_context *document)
{
	static const struct override_key keys[] = {{"condition", true, true}};
	const struct mapped_text *condition = NULL;
	struct override_keys overrides;
	struct item_head head;
	bool appends;
	int status = load_item_head(reader, "macro", document, &head);

	if (status)
		return status;
	if (!is_macro_name(head.name))
		diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_INVALID_MACRO_NAME, head.name_range,
				   "Macro has an invalid name. Macro names should match a regular expression: "
				   "([a-zA-Z]+[a-zA-Z0-9_]*)");
	item_text(reader, "condition", KEY_REQUIRED, &condition);
	appends = load_append(reader);
	load_overrides(reader, keys, 1, &overrides);
	check_append_and_override(reader, appends, &overrides);
	if (reader->has_memory_error)
		return -ENOMEM;
	if (reader->has_error)
		return rule_collection_note_broken(reader->collection, "macro", head.name);
	return finish_merge(reader, merge_macro(reader->collection, &head, condition, appends || overrides.appends));
}

static bool is_known_key(enum item_kind kind, struct text key)
{
	for (unsigned i = 0; item_kinds[kind].keys[i]; i++)
		if (text_is(key, item_kinds[kind].keys[i]))
			return true;
	return false;
}

static void warn_unknown_keys(struct item_reader *reader, enum item_kind kind)
{
	for (uint32_t i = 0; i < reader->item->count; i++) {
		const struct document_node *key = reader->item->items[i];
		struct diagnostic *diagnostic;
		const char *nearest;

		if (!is_plain(key)) {
			item_error(reader, DIAGNOSTIC_KEY_SHAPE, key->range, "a key must be a scalar");
			continue;
		}
		if (is_known_key(kind, text_of_scalar(key)))
			continue;
		diagnostic = diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_UNKNOWN_KEY, scalar_range(key),
						"Unknown key '" TEXT_FORMAT "'. The key will be ignored.",
						TEXT_ARGUMENTS(text_of_scalar(key)));
		nearest = suggest_among(text_of_scalar(key), item_kinds[kind].keys);
		if (nearest)
			diagnostic_set_hint(reader->diagnostics, diagnostic, "did you mean '%s'?", nearest);
	}
}

static enum item_kind kind_of(const struct document_node *item)
{
	for (int kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (document_node_get(item, item_kinds[kind].name))
			return (enum item_kind)kind;
	return ITEM_KIND_COUNT;
}

static int load_item(struct rule_collection *collection, const struct document_node *item,
		     const struct load_context *document)
{
	struct load_context context = {
	    .item_type = "rules content item", .item_name = TEXT_EMPTY, .range = item->range, .outer = document};
	struct load_context *kept = arena_allocate(collection->arena, sizeof *kept);
	struct item_reader reader = {
	    .collection = collection,
	    .diagnostics = collection->diagnostics,
	    .arena = collection->arena,
	    .item = item,
	    .place = {item->range.file, item->range.start, item->range.start + 1},
	};
	enum item_kind kind = kind_of(item);
	int status = 0;

	if (!kept)
		return -ENOMEM;
	*kept = context;
	collection->diagnostics->context = kept;
	switch (kind) {
	case ITEM_ENGINE_VERSION:
		status = load_engine_version(&reader);
		break;
	case ITEM_PLUGIN_VERSIONS:
		status = load_plugin_versions(&reader);
		break;
	case ITEM_LIST:
		status = load_list(&reader, document);
		break;
	case ITEM_MACRO:
		status = load_macro(&reader, document);
		break;
	case ITEM_RULE:
		status = load_rule_item(&reader, document);
		break;
	case ITEM_KIND_COUNT:
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_UNKNOWN_ITEM, reader.place,
				   "Unknown top level item");
		return 0;
	}
	if (reader.has_memory_error || collection->diagnostics->failed)
		return -ENOMEM;
	if (status == 0 && !reader.has_error)
		warn_unknown_keys(&reader, kind);
	return status == -EINVAL ? 0 : status;
}

static int load_document(struct rule_collection *collection, const struct document_node *root,
			 const struct load_context *document)
{
	collection->diagnostics->context = document;
	if (root->kind == NODE_NULL)
		return 0;
	if (root->kind == NODE_SCALAR || root->kind == NODE_MAPPING) {
		struct diagnostic *diagnostic = diagnostics_add_at(
		    collection->diagnostics, DIAGNOSTIC_DOCUMENT_SHAPE,
		    (struct source_range){root->range.file, root->range.start, root->range.start + 1}, "%s",
		    root->kind == NODE_SCALAR ? "Rules content is not yaml"
					      : "Rules content is not yaml array of objects");

		diagnostic_set_hint(collection->diagnostics, diagnostic,
				    "a rules file is a sequence: every item starts with '- '");
		return 0;
	}
	for (uint32_t i = 0; i < root->count; i++) {
		const struct document_node *item = root->items[i];
		int status = 0;

		collection->diagnostics->context = document;
		if (item->kind == NODE_MAPPING)
			status = load_item(collection, item, document);
		else if (item->kind != NODE_NULL)
			diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_ITEM_SHAPE, item->range,
					   "Unexpected element type. Each element should be a yaml associative array.");
		if (status)
			return status;
	}
	return 0;
}

/* What is kept of the nodes is copied: they are freed when all items are read. */
static int load_documents(struct rule_collection *collection, struct arena *arena_of_nodes, const struct source_file *file,
			  const struct load_context *document)
{
	struct yaml_documents documents;
	int status = yaml_documents_parse(arena_of_nodes, file, collection->diagnostics, &documents);

	for (uint32_t i = 0; status == 0 && i < documents.count; i++)
		status = load_document(collection, documents.roots[i], document);
	return status;
}

int load_rules(struct rule_collection *collection, const struct source_file *file)
{
	struct load_context *document = arena_allocate(collection->arena, sizeof *document);
	struct arena *arena_of_nodes;
	int status;

	if (!document)
		return -ENOMEM;
	*document = (struct load_context){
	    .item_type = "rules content", .item_name = TEXT_EMPTY, .range = {file, 0, (uint32_t)file->bytes.length}};
	collection->diagnostics->context = document;
	arena_of_nodes = arena_new_within(collection->arena);
	status = arena_of_nodes ? load_documents(collection, arena_of_nodes, file, document) : -ENOMEM;
	arena_free(arena_of_nodes);
	/* Where the memory ended is told with what was read then. */
	if (status != -ENOMEM)
		collection->diagnostics->context = NULL;
	return status;
}
