#include "compiler/load/merge_items.h"

#include <errno.h>
#include <stdlib.h>

#include "base/suggest.h"
#include "compiler/load/exceptions.h"

#define NO_LIST "List uses 'append' or 'override.items: append' but no list by that name already exists"
#define NO_MACRO "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists"
#define NO_RULE_APPEND "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
#define NO_RULE_REPLACE "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
#define NO_RULE_ENABLE "Rule has 'enabled' key but no rule by that name already exists"

/* One more pointer at the end of an array in the arena. */
static int append_pointer(struct arena *arena, void ***items, uint32_t *count, uint32_t *capacity, void *item)
{
	if (*count == *capacity) {
		uint32_t larger = *capacity ? *capacity * 2 : 64;
		void **array = arena_allocate_array(arena, larger, sizeof *array);

		if (!array)
			return -ENOMEM;
		if (*count)
			memcpy(array, *items, *count * sizeof *array);
		*items = array;
		*capacity = larger;
	}
	(*items)[(*count)++] = item;
	return 0;
}

/* The name is missing: reported unless its definition failed. With the nearest existing name as a hint. */
static int report_missing(struct rule_collection *collection, const struct item_head *head, const char *kind,
			  const struct hash_table *table, enum diagnostic_id id, const char *message)
{
	struct suggestion suggestion = suggestion_begin(head->name);
	struct text name;
	struct diagnostic *diagnostic;
	size_t position = 0;
	void *value;

	if (rule_collection_is_broken(collection, kind, head->name))
		return -EINVAL;
	diagnostic = diagnostics_add_at(collection->diagnostics, id, head->name_range, "%s", message);
	if (!diagnostics_may_suggest(collection->diagnostics))
		return -EINVAL;
	while (hash_table_next(table, &position, &name, &value))
		suggestion_offer(&suggestion, name);
	if (suggestion_exists(&suggestion))
		diagnostic_set_hint(collection->diagnostics, diagnostic, "did you mean '" TEXT_FORMAT "'?",
				    TEXT_ARGUMENTS(suggestion.nearest));
	return -EINVAL;
}

/* old + " " + new, every byte in its place. */
static int join_texts(struct rule_collection *collection, const struct mapped_text *old, const struct mapped_text *more,
		      const struct mapped_text **ret_text)
{
	struct mapped_text_builder builder;
	const struct mapped_text *text;

	mapped_text_begin(&builder, collection->arena);
	mapped_text_add_slice(&builder, old, 0, (uint32_t)old->text.length, NULL);
	mapped_text_add(&builder, TEXT(" "), more->whole, NULL);
	mapped_text_add_slice(&builder, more, 0, (uint32_t)more->text.length, NULL);
	text = mapped_text_finish(&builder, old->whole);
	if (!text && builder.is_too_long) {
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_TEXT_TOO_LONG, more->whole,
				   "the text is longer than %u bytes", MAPPED_TEXT_BYTES_MAX);
		return -EINVAL;
	}
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

/* ---- lists and macros ---- */

static int find_or_add_list(struct rule_collection *collection, const struct item_head *head,
			    struct collected_list **ret_list)
{
	struct collected_list *list = hash_table_get(collection->list_table, head->name);

	if (!list) {
		list = arena_allocate(collection->arena, sizeof *list);
		if (!list || append_pointer(collection->arena, (void ***)&collection->lists, &collection->list_count,
					    &collection->list_capacity, list))
			return -ENOMEM;
		list->name = head->name;
		list->order.position = collection->counter;
		if (hash_table_set(collection->list_table, list->name, list))
			return -ENOMEM;
	}
	list->name_range = head->name_range;
	list->context = head->context;
	*ret_list = list;
	return 0;
}

int merge_list(struct rule_collection *collection, const struct item_head *head, const struct mapped_text **items,
	       uint32_t item_count, bool appends)
{
	struct collected_list *list = hash_table_get(collection->list_table, head->name);
	const struct mapped_text **joined;

	if (!appends) {
		if (find_or_add_list(collection, head, &list))
			return -ENOMEM;
		list->items = items;
		list->item_count = item_count;
		list->order.visibility = collection->counter++;
		return 0;
	}
	if (!list)
		return report_missing(collection, head, "list", collection->list_table,
				      DIAGNOSTIC_APPEND_WITHOUT_TARGET, NO_LIST);
	joined = arena_allocate_array(collection->arena, (size_t)list->item_count + item_count + 1, sizeof *joined);
	if (!joined)
		return -ENOMEM;
	if (list->item_count)
		memcpy(joined, list->items, list->item_count * sizeof *joined);
	if (item_count)
		memcpy(joined + list->item_count, items, item_count * sizeof *joined);
	list->items = joined;
	list->item_count += item_count;
	list->order.visibility = collection->counter++;
	return 0;
}

int merge_macro(struct rule_collection *collection, const struct item_head *head, const struct mapped_text *condition,
		bool appends)
{
	struct collected_macro *macro = hash_table_get(collection->macro_table, head->name);

	if (appends) {
		int status;

		if (!macro)
			return report_missing(collection, head, "macro", collection->macro_table,
					      DIAGNOSTIC_APPEND_WITHOUT_TARGET, NO_MACRO);
		status = join_texts(collection, macro->condition, condition, &macro->condition);
		if (status == 0)
			macro->order.visibility = collection->counter++;
		return status;
	}
	if (!macro) {
		macro = arena_allocate(collection->arena, sizeof *macro);
		if (!macro || append_pointer(collection->arena, (void ***)&collection->macros, &collection->macro_count,
					     &collection->macro_capacity, macro))
			return -ENOMEM;
		macro->name = head->name;
		macro->order.position = collection->counter;
		if (hash_table_set(collection->macro_table, macro->name, macro))
			return -ENOMEM;
	}
	macro->name_range = head->name_range;
	macro->context = head->context;
	macro->condition = condition;
	macro->order.visibility = collection->counter++;
	return 0;
}

/* ---- rules ---- */

/* Events come from system calls only; rules for plugins' sources are left out with a warning. */
static bool source_is_known(struct text source)
{
	return text_is(source, "syscall");
}

static int compare_texts(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

int tags_union(struct arena *arena, const struct text *tags, uint32_t count, struct text **ret_tags,
	       uint32_t *ret_count)
{
	struct text *sorted = arena_allocate_array(arena, (size_t)count + 1, sizeof *sorted);
	uint32_t distinct = 0;

	if (!sorted)
		return -ENOMEM;
	if (count)
		memcpy(sorted, tags, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare_texts);
	for (uint32_t i = 0; i < count; i++)
		if (distinct == 0 || !text_equal(sorted[distinct - 1], sorted[i]))
			sorted[distinct++] = sorted[i];
	*ret_tags = sorted;
	*ret_count = distinct;
	return 0;
}

static int report_different_source(struct rule_collection *collection, const struct item_head *head,
				   const struct collected_rule *rule)
{
	struct diagnostic *diagnostic =
	    diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_DIFFERENT_SOURCE, head->name_range,
			       "Rule has been re-defined with a different source");

	diagnostic_add_note(collection->diagnostics, diagnostic, rule->name_range,
			    "it is defined here for source '" TEXT_FORMAT "'", TEXT_ARGUMENTS(rule->content.source));
	return -EINVAL;
}

/* A definition's or replacement's exceptions: all of them must be complete. */
static int check_exceptions(struct rule_collection *collection, struct rule_exceptions *exceptions, bool checks_fields)
{
	int status = 0;

	for (uint32_t i = 0; i < exceptions->count; i++) {
		struct rule_exception *exception = &exceptions->items[i];
		int result = -EINVAL;

		if (exception->fields.is_present)
			result = exception_check(collection, exception, checks_fields);
		else
			diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_FIELDS,
					   exception->fields.range,
					   "Rule exception item must have fields property with a list of fields");
		if (result == -ENOMEM)
			return result;
		if (result)
			status = result;
	}
	return status;
}

int merge_rule_definition(struct rule_collection *collection, const struct item_head *head,
			  const struct rule_content *content)
{
	struct collected_rule *rule = hash_table_get(collection->rule_table, head->name);
	bool has_unknown_source = !source_is_known(content->source);
	struct rule_content kept = *content;
	int status;

	if (rule && !text_equal(rule->content.source, content->source))
		return report_different_source(collection, head, rule);
	if (has_unknown_source)
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_UNKNOWN_SOURCE, head->name_range,
				   "Unknown source " TEXT_FORMAT ", skipping", TEXT_ARGUMENTS(content->source));
	status = check_exceptions(collection, &kept.exceptions, !has_unknown_source);
	if (status)
		return status;
	if (!rule) {
		rule = arena_allocate(collection->arena, sizeof *rule);
		if (!rule || append_pointer(collection->arena, (void ***)&collection->rules, &collection->rule_count,
					    &collection->rule_capacity, rule))
			return -ENOMEM;
		rule->name = head->name;
		rule->order.position = collection->counter;
		if (hash_table_set(collection->rule_table, rule->name, rule))
			return -ENOMEM;
	}
	rule->name_range = head->name_range;
	rule->context = head->context;
	rule->content = kept;
	rule->origins = NULL;
	rule->has_unknown_source = has_unknown_source;
	rule->order.visibility = collection->counter++;
	return rule_note_origins(collection->arena, rule, content, false);
}

static struct rule_exception *find_exception(struct rule_exceptions *exceptions, struct text name)
{
	for (uint32_t i = 0; i < exceptions->count; i++)
		if (text_equal(exceptions->items[i].name, name))
			return &exceptions->items[i];
	return NULL;
}

static int append_values(struct rule_collection *collection, struct rule_exception *exception,
			 const struct rule_exception *more)
{
	struct exception_entry *values = arena_allocate_array(
	    collection->arena, (size_t)exception->value_count + more->value_count + 1, sizeof *values);

	if (!values)
		return -ENOMEM;
	if (exception->value_count)
		memcpy(values, exception->values, exception->value_count * sizeof *values);
	if (more->value_count)
		memcpy(values + exception->value_count, more->values, more->value_count * sizeof *values);
	exception->values = values;
	exception->value_count += more->value_count;
	return 0;
}

static int append_to_exception(struct rule_collection *collection, struct rule_exception *exception,
			       const struct rule_exception *more)
{
	const struct exception_entry *extra = more->fields.is_present ? &more->fields : &more->comps;

	if (!extra->is_present)
		return append_values(collection, exception, more);
	diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_APPEND, extra->range,
			   "Can not append exception %s to existing exception, only values",
			   more->fields.is_present ? "fields" : "comps");
	return -EINVAL;
}

static int append_new_exception(struct rule_collection *collection, struct collected_rule *rule,
				const struct rule_exception *exception)
{
	struct rule_exceptions *exceptions = &rule->content.exceptions;
	struct rule_exception *items;
	int status;

	if (!exception->fields.is_present || exception->value_count == 0) {
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_FIELDS, exception->name_range,
				   "Rule exception must have %s property with a list of %s",
				   exception->fields.is_present ? "values" : "fields",
				   exception->fields.is_present ? "values" : "fields");
		return -EINVAL;
	}
	items = arena_allocate_array(collection->arena, (size_t)exceptions->count + 1, sizeof *items);
	if (!items)
		return -ENOMEM;
	if (exceptions->count)
		memcpy(items, exceptions->items, exceptions->count * sizeof *items);
	items[exceptions->count] = *exception;
	status = exception_check(collection, &items[exceptions->count], !rule->has_unknown_source);
	if (status)
		return status;
	exceptions->items = items;
	exceptions->count++;
	return 0;
}

static int append_exceptions(struct rule_collection *collection, struct collected_rule *rule,
			     const struct rule_exceptions *more)
{
	int status = 0;

	for (uint32_t i = 0; i < more->count; i++) {
		const struct rule_exception *exception = &more->items[i];
		struct rule_exception *existing = find_exception(&rule->content.exceptions, exception->name);
		const struct load_context *before = collection->diagnostics->context;
		int result;

		collection->diagnostics->context = exception->context;
		result = existing ? append_to_exception(collection, existing, exception)
				  : append_new_exception(collection, rule, exception);
		collection->diagnostics->context = before;
		if (result == -ENOMEM)
			return result;
		if (result)
			status = result;
	}
	return status;
}

/* Text that is kept without places. */
static int join_plain(struct arena *arena, struct text *text, struct text more)
{
	struct text joined =
	    arena_format(arena, TEXT_FORMAT " " TEXT_FORMAT, TEXT_ARGUMENTS(*text), TEXT_ARGUMENTS(more));

	if (!joined.bytes)
		return -ENOMEM;
	*text = joined;
	return 0;
}

static int append_tags(struct arena *arena, struct rule_content *content, const struct rule_content *more)
{
	struct text *all = arena_allocate_array(arena, (size_t)content->tag_count + more->tag_count + 1, sizeof *all);

	if (!all)
		return -ENOMEM;
	if (content->tag_count)
		memcpy(all, content->tags, content->tag_count * sizeof *all);
	if (more->tag_count)
		memcpy(all + content->tag_count, more->tags, more->tag_count * sizeof *all);
	return tags_union(arena, all, content->tag_count + more->tag_count, &content->tags, &content->tag_count);
}

int merge_rule_append(struct rule_collection *collection, const struct item_head *head,
		      const struct rule_content *content)
{
	struct collected_rule *rule = hash_table_get(collection->rule_table, head->name);
	struct rule_content *old;
	int status = 0;

	if (!rule)
		return report_missing(collection, head, "rule", collection->rule_table,
				      DIAGNOSTIC_APPEND_WITHOUT_TARGET, NO_RULE_APPEND);
	old = &rule->content;
	if (content->keys == 0) {
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_APPEND_NOTHING, head->name_range,
				   "Appended rule must have exceptions or condition property");
		return -EINVAL;
	}
	if (content->source.length && !text_equal(content->source, old->source))
		return report_different_source(collection, head, rule);
	if (content->keys & RULE_KEY_BIT(CONDITION))
		status = join_texts(collection, old->condition, content->condition, &old->condition);
	if (status == 0 && (content->keys & RULE_KEY_BIT(EXCEPTIONS)))
		status = append_exceptions(collection, rule, &content->exceptions);
	if (status == 0 && (content->keys & RULE_KEY_BIT(OUTPUT)))
		status = join_texts(collection, old->output, content->output, &old->output);
	if (status == 0 && (content->keys & RULE_KEY_BIT(DESC)))
		status = join_plain(collection->arena, &old->description, content->description);
	if (status == 0 && (content->keys & RULE_KEY_BIT(TAGS)))
		status = append_tags(collection->arena, old, content);
	if (status == 0)
		status = rule_note_origins(collection->arena, rule, content, true);
	if (status == 0)
		rule->order.visibility = collection->counter++;
	return status;
}

int merge_rule_replace(struct rule_collection *collection, const struct item_head *head,
		       const struct rule_content *content)
{
	struct collected_rule *rule = hash_table_get(collection->rule_table, head->name);
	struct rule_exceptions exceptions = content->exceptions;
	struct rule_content *old;
	uint32_t keys = content->keys;

	if (!rule)
		return report_missing(collection, head, "rule", collection->rule_table,
				      DIAGNOSTIC_REPLACE_WITHOUT_TARGET, NO_RULE_REPLACE);
	old = &rule->content;
	if (content->source.length && !text_equal(content->source, old->source))
		return report_different_source(collection, head, rule);
	if (keys & RULE_KEY_BIT(EXCEPTIONS)) {
		int status = check_exceptions(collection, &exceptions, !rule->has_unknown_source);

		if (status)
			return status;
		old->exceptions = exceptions;
	}
	if (keys & RULE_KEY_BIT(CONDITION))
		old->condition = content->condition;
	if (keys & RULE_KEY_BIT(OUTPUT))
		old->output = content->output;
	if (keys & RULE_KEY_BIT(DESC))
		old->description = content->description;
	if (keys & RULE_KEY_BIT(TAGS)) {
		old->tags = content->tags;
		old->tag_count = content->tag_count;
	}
	if (keys & RULE_KEY_BIT(PRIORITY))
		old->priority = content->priority;
	if (keys & RULE_KEY_BIT(CAPTURE))
		old->capture = content->capture;
	if (keys & RULE_KEY_BIT(CAPTURE_DURATION))
		old->capture_duration_ms = content->capture_duration_ms;
	if (keys & RULE_KEY_BIT(ENABLED))
		old->enabled = content->enabled;
	if (keys & RULE_KEY_BIT(WARN_EVTTYPES))
		old->warn_evttypes = content->warn_evttypes;
	if (keys & RULE_KEY_BIT(SKIP_IF_UNKNOWN_FILTER))
		old->skip_if_unknown_filter = content->skip_if_unknown_filter;
	rule->order.visibility = collection->counter++;
	return rule_note_origins(collection->arena, rule, content, false);
}

int merge_rule_enable(struct rule_collection *collection, const struct item_head *head, bool enabled,
		      struct source_range place)
{
	struct collected_rule *rule = hash_table_get(collection->rule_table, head->name);
	struct rule_content content = {.places = {[RULE_KEY_ENABLED] = place}};

	if (!rule)
		return report_missing(collection, head, "rule", collection->rule_table,
				      DIAGNOSTIC_ENABLE_WITHOUT_TARGET, NO_RULE_ENABLE);
	rule->content.enabled = enabled;
	return rule_note_origins(collection->arena, rule, &content, false);
}
