#include "compiler/load/expand_lists.h"

#include <errno.h>

#include "compiler/load/exceptions.h"

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_delimiter(char byte)
{
	static const bool delimiters[256] = {
	    [' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true,
	    ['('] = true, [')'] = true,  [','] = true,  ['='] = true,
	};

	return delimiters[(unsigned char)byte];
}

static bool has_delimiter(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (is_delimiter(text.bytes[i]))
			return true;
	return false;
}

/* ---- items that are lists ---- */

/* `expanded` of a list that is as it was stays, and with it the text. */
static int expand_list(struct rule_collection *collection, struct arena *scratch, struct collected_list *list)
{
	const struct mapped_text **expanded;
	size_t count = 0;

	for (uint32_t i = 0; i < list->item_count; i++) {
		struct collected_list *inner = hash_table_get(collection->list_table, list->items[i]->text);
		bool sees = inner && inner->order.position < list->order.visibility;

		count += sees ? inner->item_count : 1;
	}
	arena_reset(scratch);
	expanded = arena_allocate_array(scratch, count + 1, sizeof *expanded);
	if (!expanded || count > UINT32_MAX)
		return -ENOMEM;
	count = 0;
	for (uint32_t i = 0; i < list->item_count; i++) {
		struct collected_list *inner = hash_table_get(collection->list_table, list->items[i]->text);

		if (inner && inner->order.position < list->order.visibility) {
			for (uint32_t k = 0; k < inner->item_count; k++)
				expanded[count++] = inner->items[k];
			inner->is_used = true;
		} else {
			expanded[count++] = list->items[i];
		}
	}
	if (list->expanded && list->expanded_count == count &&
	    memcmp(list->expanded, expanded, count * sizeof *expanded) == 0)
		return 0;
	list->expanded = arena_allocate_array(collection->arena, count + 1, sizeof *expanded);
	if (!list->expanded)
		return -ENOMEM;
	memcpy(list->expanded, expanded, count * sizeof *expanded);
	list->expanded_count = (uint32_t)count;
	list->text = NULL;
	return 0;
}

int lists_expand(struct rule_collection *collection)
{
	struct arena *scratch = arena_new_within(collection->arena);
	int status = scratch ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < collection->list_count; i++) {
		collection->lists[i]->is_used = false;
		collection->lists[i]->is_no_word = has_delimiter(collection->lists[i]->name);
	}
	for (uint32_t i = 0; i < collection->list_count && status == 0; i++)
		status = expand_list(collection, scratch, collection->lists[i]);
	arena_free(scratch);
	return status;
}

/* ---- substitution ---- */

/* Lists whose name is a word of the text may be in it; a list's stamp says that this text has it. */
static void stamp_words(struct rule_collection *collection, struct text text)
{
	size_t start = 0;

	for (size_t at = 0; at <= text.length; at++) {
		struct collected_list *list;

		if (at < text.length && !is_delimiter(text.bytes[at]))
			continue;
		list = at > start ? hash_table_get(collection->list_table, text_slice(text, start, at - start)) : NULL;
		if (list)
			list->stamp = collection->stamp;
		start = at + 1;
	}
}

static bool is_delimited(struct text text, size_t start, size_t end)
{
	return (start == 0 || is_delimiter(text.bytes[start - 1])) &&
	       (end == text.length || is_delimiter(text.bytes[end]));
}

/*
 * The items as they stand for the name: one text for all its uses. The commas stand for the name, where it is used. An
 * empty item in front gets no comma. NULL, with builder->failed, without memory or when it is too long.
 */
static const struct mapped_text *text_of_items(struct mapped_text_builder *builder, struct rule_collection *collection,
					       const struct collected_list *list)
{
	mapped_text_begin(builder, collection->arena);
	for (uint32_t i = 0; i < list->expanded_count; i++) {
		const struct mapped_text *item = list->expanded[i];
		bool quoted = value_needs_quotes(item->text);

		if (builder->length > 0)
			mapped_text_add(builder, TEXT(", "), SOURCE_RANGE_NONE, NULL);
		if (quoted)
			mapped_text_add(builder, TEXT("\""), item->whole, NULL);
		mapped_text_add_slice(builder, item, 0, (uint32_t)item->text.length, NULL);
		if (quoted)
			mapped_text_add(builder, TEXT("\""), item->whole, NULL);
	}
	return mapped_text_finish(builder, SOURCE_RANGE_NONE);
}

/* The items instead of the name. */
static void add_items(struct mapped_text_builder *builder, struct rule_collection *collection, struct collected_list *list,
		      const struct insertion *insertion)
{
	struct mapped_text_builder items;

	if (!list->text)
		list->text = text_of_items(&items, collection, list);
	if (list->text) {
		mapped_text_add_text(builder, list->text, insertion);
		return;
	}
	mapped_text_abandon(builder);
	builder->failed = true;
	builder->is_too_long = items.is_too_long;
}

static void trim_builder(struct mapped_text_builder *builder)
{
	uint32_t length = builder->length;

	while (length > 0 && is_blank(builder->bytes[length - 1]))
		length--;
	mapped_text_cut(builder, length);
}

/* In `arena`. NULL with *ret_status 0: the name does not occur. */
static const struct mapped_text *substitute(struct rule_collection *collection, struct arena *arena,
					    struct collected_list *list, const struct mapped_text *text, int *ret_status)
{
	struct text source = text->text;
	struct mapped_text_builder builder = {0};
	const struct mapped_text *result;
	size_t done = 0, search = 0;
	bool is_found = false;

	*ret_status = 0;
	for (;;) {
		struct insertion *insertion;
		size_t at = text_find(text_slice(source, search, SIZE_MAX), list->name), end;

		if (at == SIZE_MAX)
			break;
		at += search;
		end = at + list->name.length;
		if (!is_delimited(source, at, end)) {
			search = at + 1;
			continue;
		}
		if (!is_found)
			mapped_text_begin(&builder, arena);
		is_found = true;
		insertion = arena_allocate(collection->arena, sizeof *insertion);
		if (!insertion) {
			mapped_text_abandon(&builder);
			*ret_status = -ENOMEM;
			return NULL;
		}
		*insertion = (struct insertion){
		    INSERTION_LIST, list->name, mapped_text_range((struct span){text, (uint32_t)at, (uint32_t)end}),
		    mapped_text_insertion((struct span){text, (uint32_t)at, (uint32_t)end})};
		mapped_text_add_slice(&builder, text, (uint32_t)done, (uint32_t)at, NULL);
		trim_builder(&builder);
		while (end < source.length && is_blank(source.bytes[end]))
			end++;
		if (list->expanded_count == 0) {
			if (builder.length && builder.bytes[builder.length - 1] == ',')
				mapped_text_cut(&builder, builder.length - 1);
			else if (end < source.length && source.bytes[end] == ',')
				end++;
		}
		done = search = end;
		/* At the very start there is no space before, and the scan then misses the first byte behind. */
		if (builder.length)
			mapped_text_add(&builder, TEXT(" "), insertion->use, insertion);
		else
			search++;
		add_items(&builder, collection, list, insertion);
		mapped_text_add(&builder, TEXT(" "), insertion->use, insertion);
		if (builder.failed)
			break;
	}
	if (!is_found)
		return NULL;
	mapped_text_add_slice(&builder, text, (uint32_t)done, (uint32_t)source.length, NULL);
	result = mapped_text_finish(&builder, text->whole);
	if (result)
		return result;
	*ret_status = -ENOMEM;
	if (builder.is_too_long) {
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_TEXT_TOO_LONG, text->whole,
				   "the condition with the items of list '" TEXT_FORMAT "' is longer than %u bytes",
				   TEXT_ARGUMENTS(list->name), MAPPED_TEXT_BYTES_MAX);
		*ret_status = -EINVAL;
	}
	return NULL;
}

/* Puts in one list after the other; what comes in between lives in one of two arenas in turn. */
static int substitute_all(struct rule_collection *collection, struct arena *const between[2], const struct mapped_text *text,
			  const struct mapped_text **ret_text)
{
	unsigned turn = 0;

	for (uint32_t i = 0; i < collection->list_count; i++) {
		struct collected_list *list = collection->lists[i];
		const struct mapped_text *substituted;
		int status;

		/* A name with a delimiter in it is no word; such are looked for in any case. */
		if (list->stamp != collection->stamp && !list->is_no_word)
			continue;
		substituted = substitute(collection, between[turn], list, text, &status);
		if (status)
			return status;
		if (!substituted)
			continue;
		turn = 1 - turn;
		arena_reset(between[turn]);
		list->is_used = true;
		text = substituted;
		for (uint32_t k = 0; k < list->expanded_count; k++)
			stamp_words(collection, list->expanded[k]->text);
	}
	*ret_text = text;
	return 0;
}

int lists_substitute(struct rule_collection *collection, const struct mapped_text *text,
		     const struct mapped_text **ret_text)
{
	struct arena *between[2] = {arena_new_within(collection->arena), arena_new_within(collection->arena)};
	const struct mapped_text *substituted = text;
	struct mapped_text_builder builder;
	int status = between[0] && between[1] ? 0 : -ENOMEM;

	collection->stamp++;
	stamp_words(collection, text->text);
	if (status == 0)
		status = substitute_all(collection, between, text, &substituted);
	*ret_text = text;
	if (status == 0 && substituted != text) {
		mapped_text_begin(&builder, collection->arena);
		mapped_text_add_slice(&builder, substituted, 0, (uint32_t)substituted->text.length, NULL);
		*ret_text = mapped_text_finish(&builder, substituted->whole);
		status = *ret_text ? 0 : -ENOMEM;
	}
	arena_free(between[0]);
	arena_free(between[1]);
	return status;
}
