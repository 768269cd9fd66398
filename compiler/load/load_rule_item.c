/* `rule` items: definitions, overrides, appends and enable items (rule language reference §1.8-1.12). */
#include "compiler/load/load_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/suggest.h"

static const char white_space[] = " \t\n\r\f\v";

/* Text without the white space around it, every byte still in its place. */
static const struct mapped_text *trimmed(struct arena *arena, const struct mapped_text *text)
{
	struct text inner = text_trim(text->text, white_space);
	struct mapped_text_builder builder;
	uint32_t start;

	if (inner.length == text->text.length)
		return text;
	start = inner.length ? (uint32_t)(inner.bytes - text->text.bytes) : 0;
	mapped_text_begin(&builder, arena);
	mapped_text_add_slice(&builder, text, start, start + (uint32_t)inner.length, NULL);
	return mapped_text_finish(&builder, text->whole);
}

static void read_priority(struct item_reader *reader, enum requirement requirement, enum priority *ret_priority)
{
	const struct document_node *node = item_scalar(reader, "priority", requirement);
	const char *names[PRIORITY_COUNT + 1] = {0}, *nearest;
	struct diagnostic *diagnostic;
	int priority;

	if (!node)
		return;
	priority = priority_by_name(node->value);
	if (priority >= 0) {
		*ret_priority = (enum priority)priority;
		return;
	}
	for (unsigned i = 0; i < PRIORITY_COUNT; i++)
		names[i] = priority_name((enum priority)i);
	nearest = suggest_among(node->value, names);
	diagnostic = item_error(reader, DIAGNOSTIC_INVALID_PRIORITY, scalar_range(node), "Invalid priority");
	if (nearest)
		diagnostic_set_hint(reader->diagnostics, diagnostic, "did you mean '%s'?", nearest);
	else
		diagnostic_set_hint(
		    reader->diagnostics, diagnostic,
		    "priorities are Emergency, Alert, Critical, Error, Warning, Notice, Informational and Debug");
}

static int read_tags(struct item_reader *reader, enum requirement requirement, struct rule_content *content)
{
	const struct document_node *sequence = item_sequence(reader, "tags", requirement);
	struct text *tags;

	if (!sequence || sequence->count == 0)
		return 0;
	tags = arena_allocate_array(reader->arena, sequence->count, sizeof *tags);
	if (!tags)
		return -ENOMEM;
	for (uint32_t i = 0; i < sequence->count; i++)
		if (!item_keep_value(reader, sequence->items[i], &tags[i]))
			return -ENOMEM;
	return tags_union(reader->arena, tags, sequence->count, &content->tags, &content->tag_count);
}

static int read_key(struct item_reader *reader, enum rule_key key, const struct load_context *rule, bool appends,
		    struct rule_content *content)
{
	const char *name = rule_key_table[key].name;

	switch (key) {
	case RULE_KEY_CONDITION:
		item_text(reader, name, KEY_REQUIRED, &content->condition);
		break;
	case RULE_KEY_OUTPUT:
		item_text(reader, name, KEY_REQUIRED, &content->output);
		break;
	case RULE_KEY_DESC:
		item_string(reader, name, KEY_REQUIRED, &content->description);
		break;
	case RULE_KEY_PRIORITY:
		read_priority(reader, KEY_REQUIRED, &content->priority);
		break;
	case RULE_KEY_SOURCE:
		item_string(reader, name, KEY_OPTIONAL, &content->source);
		break;
	case RULE_KEY_ENABLED:
		item_bool(reader, name, KEY_OPTIONAL, &content->enabled);
		break;
	case RULE_KEY_WARN_EVTTYPES:
		item_bool(reader, name, KEY_OPTIONAL, &content->warn_evttypes);
		break;
	case RULE_KEY_SKIP_IF_UNKNOWN_FILTER:
		item_bool(reader, name, KEY_OPTIONAL, &content->skip_if_unknown_filter);
		break;
	case RULE_KEY_CAPTURE:
		item_bool(reader, name, KEY_OPTIONAL, &content->capture);
		break;
	case RULE_KEY_CAPTURE_DURATION:
		item_u32(reader, name, KEY_OPTIONAL, &content->capture_duration_ms);
		break;
	case RULE_KEY_TAGS:
		if (read_tags(reader, KEY_OPTIONAL, content))
			return -ENOMEM;
		break;
	case RULE_KEY_EXCEPTIONS:
		load_exceptions(reader, rule, appends, &content->exceptions);
		break;
	case RULE_KEY_COUNT:
		break;
	}
	content->keys |= 1U << key;
	if (item_has(reader, name))
		content->places[key] = scalar_range(document_node_get(reader->item, name));
	return reader->has_memory_error ? -ENOMEM : 0;
}

static int load_definition(struct item_reader *reader, const struct item_head *head)
{
	/* Falco's order: the first key that is missing or wrong is the one reported. */
	static const enum rule_key order[] = {
	    RULE_KEY_CONDITION, RULE_KEY_OUTPUT,           RULE_KEY_DESC,          RULE_KEY_PRIORITY,
	    RULE_KEY_SOURCE,    RULE_KEY_ENABLED,          RULE_KEY_WARN_EVTTYPES, RULE_KEY_SKIP_IF_UNKNOWN_FILTER,
	    RULE_KEY_CAPTURE,   RULE_KEY_CAPTURE_DURATION, RULE_KEY_TAGS,          RULE_KEY_EXCEPTIONS,
	};
	struct rule_content content = {.source = TEXT("syscall"), .enabled = true, .warn_evttypes = true};

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		if (read_key(reader, order[i], head->context, false, &content))
			return -ENOMEM;
	if (reader->has_error)
		return -EINVAL;
	content.output = trimmed(reader->arena, content.output);
	if (!content.output)
		return -ENOMEM;
	return merge_rule_definition(reader->collection, head, &content);
}

/* Reads the keys of `mask` in the order of the table; all of them must be there. */
static int read_overridden(struct item_reader *reader, const struct item_head *head, uint32_t mask, const char *verb,
			   const struct override_keys *overrides, struct rule_content *ret_content)
{
	*ret_content = (struct rule_content){.source = TEXT_EMPTY};
	for (unsigned key = 0; key < RULE_KEY_COUNT; key++) {
		if (!(mask & 1U << key))
			continue;
		if (!item_has(reader, rule_key_table[key].name))
			item_error(reader, DIAGNOSTIC_OVERRIDE_WITHOUT_KEY, overrides->range,
				   "An %s override for '%s' was specified but '%s' is not defined", verb,
				   rule_key_table[key].name, rule_key_table[key].name);
		else if (read_key(reader, (enum rule_key)key, head->context, *verb == 'a', ret_content))
			return -ENOMEM;
	}
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(rule_key_table[*(const unsigned *)a].name, rule_key_table[*(const unsigned *)b].name);
}

static void check_unexpected_keys(struct item_reader *reader, const struct override_keys *overrides)
{
	unsigned order[RULE_KEY_COUNT];

	for (unsigned key = 0; key < RULE_KEY_COUNT; key++)
		order[key] = key;
	qsort(order, RULE_KEY_COUNT, sizeof order[0], compare_keys);
	for (unsigned i = 0; i < RULE_KEY_COUNT; i++) {
		const struct rule_key_info *info = &rule_key_table[order[i]];
		const struct document_node *value = document_node_get(reader->item, info->name);

		if (!value || !(info->is_appendable || info->is_replaceable) ||
		    ((overrides->appends | overrides->replaces) & 1U << order[i]))
			continue;
		item_error(reader, DIAGNOSTIC_KEY_WITHOUT_OVERRIDE, scalar_range(value),
			   "Unexpected key '%s': no corresponding entry under 'override' is defined.", info->name);
	}
}

static int load_override_item(struct item_reader *reader, const struct item_head *head, struct text source,
			      const struct override_keys *overrides)
{
	struct rule_content content;
	int status = read_overridden(reader, head, overrides->appends, "append", overrides, &content);

	/* The source counts only where the condition is changed. */
	if (content.keys & RULE_KEY_BIT(CONDITION))
		content.source = source;
	if (status == 0 && content.keys && !reader->has_error)
		status = merge_rule_append(reader->collection, head, &content);
	if (status == -ENOMEM)
		return status;
	reader->has_error |= status == -EINVAL;
	status = read_overridden(reader, head, overrides->replaces, "replace", overrides, &content);
	if (content.keys & RULE_KEY_BIT(CONDITION))
		content.source = source;
	if (status == 0 && content.keys && !reader->has_error)
		status = merge_rule_replace(reader->collection, head, &content);
	if (status == -ENOMEM)
		return status;
	reader->has_error |= status == -EINVAL;
	check_unexpected_keys(reader, overrides);
	return 0;
}

static int load_append_item(struct item_reader *reader, const struct item_head *head, struct text source)
{
	struct rule_content content = {.source = source};
	int status = 0;

	if (item_has(reader, "condition"))
		status = read_key(reader, RULE_KEY_CONDITION, head->context, true, &content);
	if (status == 0 && item_has(reader, "exceptions"))
		status = read_key(reader, RULE_KEY_EXCEPTIONS, head->context, true, &content);
	if (status || reader->has_error)
		return status;
	return merge_rule_append(reader->collection, head, &content);
}

static int load_enable_item(struct item_reader *reader, const struct item_head *head)
{
	bool enabled = true;

	if (!item_bool(reader, "enabled", KEY_REQUIRED, &enabled))
		return 0;
	diagnostics_add_at(
	    reader->diagnostics, DIAGNOSTIC_DEPRECATED_ENABLE, scalar_range(document_node_get(reader->item, "enabled")),
	    "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' "
	    "entry under the 'override' key (i.e. 'enabled: replace').");
	return merge_rule_enable(reader->collection, head, enabled, scalar_range(document_node_get(reader->item, "enabled")));
}

/* `source` where it is only compared: null and empty are as absent. */
static struct text read_source(struct item_reader *reader)
{
	const struct document_node *node = document_node_get(reader->item, "source");
	struct text source = TEXT_EMPTY;

	if (!node || node->kind == NODE_NULL || (node->kind == NODE_SCALAR && node->value.length == 0))
		return TEXT_EMPTY;
	if (node->kind != NODE_SCALAR) {
		item_error(reader, DIAGNOSTIC_NOT_SCALAR, node->range, "Value is not a scalar value");
		return TEXT_EMPTY;
	}
	item_keep_value(reader, node, &source);
	return source;
}

int load_rule_item(struct item_reader *reader, const struct load_context *document)
{
	static const struct override_key keys[] = {
#define RULE_KEY(constant, name, is_appendable, is_replaceable) {name, is_appendable, is_replaceable},
#include "compiler/load/rule_keys.def"
#undef RULE_KEY
	};
	struct override_keys overrides;
	struct item_head head;
	struct text source;
	bool appends, defines;
	int status = load_item_head(reader, "rule", document, &head);

	if (status)
		return status;
	source = read_source(reader);
	if (reader->has_memory_error)
		return -ENOMEM;
	appends = load_append(reader);
	load_overrides(reader, keys, RULE_KEY_COUNT, &overrides);
	check_append_and_override(reader, appends, &overrides);
	defines = item_has(reader, "condition") || item_has(reader, "output") || item_has(reader, "desc") ||
		  item_has(reader, "priority");
	if (reader->has_error)
		status = 0;
	else if (overrides.appends || overrides.replaces)
		return load_override_item(reader, &head, source, &overrides);
	else if (appends)
		status = load_append_item(reader, &head, source);
	else if (!defines)
		status = load_enable_item(reader, &head);
	else
		status = load_definition(reader, &head);
	if (status == -EINVAL)
		reader->has_error = true;
	if (status == -ENOMEM)
		return status;
	/* A definition that failed leaves no rule: items that change it later are not to blame. */
	if (reader->has_error && defines && !appends)
		return rule_collection_note_broken(reader->collection, "rule", head.name);
	return 0;
}
