/* What the files that read items share: load_rules.c, load_requirements.c, load_rule_item.c, load_exceptions.c. */
#ifndef TERCEL_COMPILER_LOAD_LOAD_INTERNAL_H
#define TERCEL_COMPILER_LOAD_LOAD_INTERNAL_H

#include "compiler/load/item_reader.h"
#include "compiler/load/merge_items.h"

/* Each reads one item and merges it; -ENOMEM or 0. Mistakes set reader->has_error. */
int load_engine_version(struct item_reader *reader);
int load_plugin_versions(struct item_reader *reader);
int load_rule_item(struct item_reader *reader, const struct load_context *document);

/*
 * The name of an item, its context, and from then on the place of its faults. -EINVAL when the item has none; the
 * diagnostics have then been told.
 */
int load_item_head(struct item_reader *reader, const char *kind, const struct load_context *document,
		   struct item_head *ret_head);

struct override_keys {
	uint32_t appends, replaces; /* masks of positions in the table that was given */
	struct source_range range;  /* of the value */
};

struct override_key {
	const char *name;
	bool is_appendable, is_replaceable;
};

/*
 * The `override` of an item: which of `keys` it appends to or replaces. A value without entries is as none at all.
 */
void load_overrides(struct item_reader *reader, const struct override_key *keys, unsigned key_count,
		    struct override_keys *ret_overrides);

/* `append`, with its deprecation warning; an error when there are overrides too. */
bool load_append(struct item_reader *reader);
void check_append_and_override(struct item_reader *reader, bool appends, const struct override_keys *overrides);

/* The exceptions of a rule item; `fields` may be missing when they are appended. */
void load_exceptions(struct item_reader *reader, const struct load_context *rule, bool appends,
		     struct rule_exceptions *ret_exceptions);

#endif
