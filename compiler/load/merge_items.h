/*
 * Definitions, appends and overrides applied to the collection (rule language reference §1.6-1.10, §1.13). Mistakes
 * become diagnostics; the functions return 0, -EINVAL after an error (nothing was changed, or what Falco had changed by
 * then), or -ENOMEM.
 */
#ifndef TERCEL_COMPILER_LOAD_MERGE_ITEMS_H
#define TERCEL_COMPILER_LOAD_MERGE_ITEMS_H

#include "compiler/load/rule_collection.h"

struct item_head {
	struct text name;
	struct source_range name_range;
	const struct load_context *context;
};

int merge_list(struct rule_collection *collection, const struct item_head *head, const struct mapped_text **items,
	       uint32_t item_count, bool appends);
int merge_macro(struct rule_collection *collection, const struct item_head *head, const struct mapped_text *condition,
		bool appends);

int merge_rule_definition(struct rule_collection *collection, const struct item_head *head,
			  const struct rule_content *content);
/* content->keys says what is appended or replaced. */
int merge_rule_append(struct rule_collection *collection, const struct item_head *head,
		      const struct rule_content *content);
int merge_rule_replace(struct rule_collection *collection, const struct item_head *head,
		       const struct rule_content *content);
int merge_rule_enable(struct rule_collection *collection, const struct item_head *head, bool enabled,
		      struct source_range place);

/* A sorted set: duplicates collapse. 0 or -ENOMEM. */
int tags_union(struct arena *arena, const struct text *tags, uint32_t count, struct text **ret_tags,
	       uint32_t *ret_count);

#endif
