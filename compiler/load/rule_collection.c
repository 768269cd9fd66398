#include "compiler/load/rule_collection.h"

#include <errno.h>

const struct rule_key_info rule_key_table[RULE_KEY_COUNT] = {
#define RULE_KEY(constant, name, is_appendable, is_replaceable) {name, is_appendable, is_replaceable},
#include "compiler/load/rule_keys.def"
#undef RULE_KEY
};

struct rule_collection *rule_collection_new(struct arena *arena, struct diagnostics *diagnostics)
{
	struct rule_collection *collection = arena_allocate(arena, sizeof *collection);

	if (!collection)
		return NULL;
	collection->arena = arena;
	collection->diagnostics = diagnostics;
	collection->list_table = hash_table_new(0);
	collection->macro_table = hash_table_new(0);
	collection->rule_table = hash_table_new(0);
	collection->broken_names = hash_table_new(0);
	collection->constants = (struct constant_pool){arena, hash_table_new(0)};
	if (collection->list_table && collection->macro_table && collection->rule_table && collection->broken_names &&
	    collection->constants.table)
		return collection;
	return rule_collection_free(collection);
}

struct rule_collection *rule_collection_free(struct rule_collection *collection)
{
	if (!collection)
		return NULL;
	hash_table_free(collection->list_table);
	hash_table_free(collection->macro_table);
	hash_table_free(collection->rule_table);
	hash_table_free(collection->broken_names);
	hash_table_free(collection->constants.table);
	return NULL;
}

int rule_collection_note_broken(struct rule_collection *collection, const char *kind, struct text name)
{
	struct text key = arena_format(collection->arena, "%s " TEXT_FORMAT, kind, TEXT_ARGUMENTS(name));

	if (!key.bytes)
		return -ENOMEM;
	return hash_table_set(collection->broken_names, key, collection);
}

bool rule_collection_is_broken(const struct rule_collection *collection, const char *kind, struct text name)
{
	struct text key;

	if (hash_table_count(collection->broken_names) == 0)
		return false;
	key = arena_format(collection->arena, "%s " TEXT_FORMAT, kind, TEXT_ARGUMENTS(name));
	return key.bytes && hash_table_get(collection->broken_names, key);
}

static void forget_origins(struct collected_rule *rule, enum rule_key key)
{
	struct rule_origin **at = &rule->origins;

	while (*at) {
		if ((*at)->key == key)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

int rule_note_origins(struct arena *arena, struct collected_rule *rule, const struct rule_content *content, bool is_appended)
{
	for (unsigned key = 0; key < RULE_KEY_COUNT; key++) {
		struct rule_origin **end, *origin;

		if (!content->places[key].file)
			continue;
		if (!is_appended)
			forget_origins(rule, (enum rule_key)key);
		origin = arena_allocate(arena, sizeof *origin);
		if (!origin)
			return -ENOMEM;
		*origin = (struct rule_origin){(enum rule_key)key, is_appended, content->places[key], NULL};
		end = &rule->origins;
		while (*end)
			end = &(*end)->next;
		*end = origin;
	}
	return 0;
}
