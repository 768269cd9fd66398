/* `exceptions` of rule items, as they stand in YAML (rule language reference §1.13). */
#include "compiler/load/load_internal.h"

#include <errno.h>

/* Deeper lists count as an empty text. */
#define ENTRY_LEVELS 3
/* Aliases can multiply a small text: so many entries, of all exceptions of all rules, are enough. */
#define EXCEPTION_ENTRIES_MAX (1U << 20)

static const struct mapped_text *empty_text(struct item_reader *reader, struct source_range range)
{
	struct mapped_text_builder builder;
	const struct mapped_text *text;

	mapped_text_begin(&builder, reader->arena);
	text = mapped_text_finish(&builder, range);
	if (!text)
		reader->has_memory_error = true;
	return text;
}

static bool is_empty_scalar(const struct document_node *node)
{
	return node->kind == NODE_SCALAR && node->value.length == 0;
}

/* `level` lists are still to be opened. */
static void read_entry(struct item_reader *reader, const struct document_node *node, unsigned level,
		       struct exception_entry *ret_entry)
{
	*ret_entry = (struct exception_entry){.range = scalar_range(node)};
	if (++reader->collection->exception_entries > EXCEPTION_ENTRIES_MAX) {
		if (reader->collection->exception_entries == EXCEPTION_ENTRIES_MAX + 1)
			item_error(reader, DIAGNOSTIC_TEXT_TOO_LONG, ret_entry->range,
				   "more than %u values of exceptions", EXCEPTION_ENTRIES_MAX);
		reader->has_error = true;
		return;
	}
	if (is_empty_scalar(node))
		item_error(reader, DIAGNOSTIC_EMPTY_STRING, ret_entry->range, "Value must be non-empty");
	ret_entry->is_list = node->kind == NODE_SEQUENCE;
	ret_entry->is_present = node->kind == NODE_SCALAR || (node->kind == NODE_SEQUENCE && node->count > 0);
	ret_entry->text =
	    node->kind == NODE_SCALAR ? scalar_text(reader->arena, node) : empty_text(reader, ret_entry->range);
	if (!ret_entry->text)
		reader->has_memory_error = true;
	if (!ret_entry->is_list || level == 0 || node->count == 0)
		return;
	ret_entry->items = arena_allocate_array(reader->arena, node->count, sizeof *ret_entry->items);
	if (!ret_entry->items) {
		reader->has_memory_error = true;
		return;
	}
	for (uint32_t i = 0; i < node->count && !reader->has_memory_error; i++)
		read_entry(reader, node->items[i], level - 1, &ret_entry->items[i]);
	ret_entry->count = node->count;
}

static void read_values(struct item_reader *reader, struct rule_exception *exception, bool appends)
{
	const struct document_node *node = document_node_get(reader->item, "values");

	if (!node) {
		if (appends)
			diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_EXCEPTION_NO_VALUES, exception->name_range,
					   "Overriding/appending exception with no values");
		return;
	}
	if (node->kind != NODE_SEQUENCE) {
		item_error(reader, DIAGNOSTIC_EXCEPTION_SHAPE, scalar_range(node),
			   "Rule exception values must be a sequence");
		return;
	}
	if (node->count == 0)
		return;
	exception->values = arena_allocate_array(reader->arena, node->count, sizeof *exception->values);
	if (!exception->values) {
		reader->has_memory_error = true;
		return;
	}
	for (uint32_t i = 0; i < node->count && !reader->has_memory_error; i++)
		read_entry(reader, node->items[i], ENTRY_LEVELS - 1, &exception->values[i]);
	exception->value_count = node->count;
}

static void read_part(struct item_reader *reader, const char *key, struct exception_entry *ret_entry)
{
	const struct document_node *node = document_node_get(reader->item, key);

	*ret_entry = (struct exception_entry){.range = reader->place};
	if (node)
		read_entry(reader, node, 1, ret_entry);
	else
		ret_entry->text = empty_text(reader, reader->place);
}

/* Falco warns as soon as it has the name, whatever is wrong with the rest of the exception. */
static void note_name(struct item_reader *reader, struct rule_exception *exception, struct hash_table *names)
{
	struct rule_exception *earlier = hash_table_get(names, exception->name);
	struct diagnostic *diagnostic;

	if (!earlier) {
		if (hash_table_set(names, exception->name, exception))
			reader->has_memory_error = true;
		return;
	}
	diagnostic = diagnostics_add_at(reader->diagnostics, DIAGNOSTIC_EXCEPTION_NOT_UNIQUE, exception->name_range,
					"Multiple definitions of exception '" TEXT_FORMAT "' in the same rule",
					TEXT_ARGUMENTS(exception->name));
	diagnostic_add_note(reader->diagnostics, diagnostic, earlier->name_range, "the first one is here");
}

static void read_exception(struct item_reader *reader, const struct load_context *rule, bool appends,
			   struct hash_table *names, struct rule_exception *ret_exception)
{
	struct load_context *context = arena_allocate(reader->arena, sizeof *context);
	struct text name = TEXT_EMPTY;
	bool has_name;

	if (!context) {
		reader->has_memory_error = true;
		return;
	}
	has_name = item_string(reader, "name", KEY_REQUIRED, &name);
	if (has_name)
		reader->place = scalar_range(document_node_get(reader->item, "name"));
	*ret_exception = (struct rule_exception){.name = name, .range = reader->item->range};
	ret_exception->name_range = reader->place;
	*context = (struct load_context){"exception", ret_exception->name, reader->item->range, rule};
	ret_exception->context = context;
	reader->diagnostics->context = context;
	if (has_name)
		note_name(reader, ret_exception, names);
	if (!appends && !item_has(reader, "fields"))
		item_error(reader, DIAGNOSTIC_MISSING_KEY, reader->place, "Item has no mapping for key 'fields'");
	read_part(reader, "fields", &ret_exception->fields);
	read_part(reader, "comps", &ret_exception->comps);
	read_values(reader, ret_exception, appends);
}

void load_exceptions(struct item_reader *reader, const struct load_context *rule, bool appends,
		     struct rule_exceptions *ret_exceptions)
{
	const struct document_node *node = document_node_get(reader->item, "exceptions");
	struct hash_table *names;

	*ret_exceptions = (struct rule_exceptions){0};
	if (!node || node->kind == NODE_NULL)
		return;
	if (node->kind != NODE_SEQUENCE) {
		item_error(reader, DIAGNOSTIC_EXCEPTION_SHAPE, scalar_range(node),
			   "Rule exceptions must be a sequence");
		return;
	}
	if (node->count == 0)
		return;
	ret_exceptions->items = arena_allocate_array(reader->arena, node->count, sizeof *ret_exceptions->items);
	names = hash_table_new(0);
	if (!ret_exceptions->items || !names)
		reader->has_memory_error = true;
	for (uint32_t i = 0; i < node->count && !reader->has_memory_error; i++) {
		const struct document_node *element = node->items[i];
		struct item_reader inner = *reader;

		if (element->kind != NODE_MAPPING) {
			item_error(reader, DIAGNOSTIC_EXCEPTION_SHAPE, scalar_range(element),
				   "Rule exception must be a mapping");
			continue;
		}
		inner.item = element;
		inner.place =
		    (struct source_range){element->range.file, element->range.start, element->range.start + 1};
		read_exception(&inner, rule, appends, names, &ret_exceptions->items[ret_exceptions->count]);
		ret_exceptions->count++;
		reader->has_error |= inner.has_error;
		reader->has_memory_error |= inner.has_memory_error;
		reader->diagnostics->context = rule;
	}
	hash_table_free(names);
}
