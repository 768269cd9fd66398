/*
 * Lists, macros and rules as collected from all files so far: what definitions, appends and overrides left of them.
 * load_rules reads items out of YAML, merge_items applies them, and after every file the whole collection is compiled.
 *
 * Everything lives in the compilation's arena.
 */
#ifndef TERCEL_COMPILER_LOAD_RULE_COLLECTION_H
#define TERCEL_COMPILER_LOAD_RULE_COLLECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash_table.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "compiler/check/check_constants.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/load/mapped_text.h"

/*
 * Every item, definition and append takes the next number of one counter. A definition's position is that of the first
 * one of its name, its visibility that of the last definition or append: lists and macros see what has a position below
 * their visibility (rule language reference §1.14, §1.15).
 */
struct item_order {
	uint32_t position, visibility;
};

struct collected_list {
	struct text name;
	struct source_range name_range;
	const struct load_context *context;
	struct item_order order;
	const struct mapped_text **items;
	uint32_t item_count;

	/* Of the current compilation (expand_lists). */
	const struct mapped_text **expanded;
	uint32_t expanded_count;
	const struct mapped_text *text; /* what stands for the name in conditions; NULL: not needed yet */
	uint32_t stamp; /* rule_collection.stamp: the name is in the text at hand */
	bool is_used, is_no_word;
};

struct collected_macro {
	struct text name;
	struct source_range name_range;
	const struct load_context *context;
	struct item_order order;
	const struct mapped_text *condition;

	/* Of the current compilation (resolve_names). */
	const struct mapped_text *parsed_condition, *parsed_text; /* before and after lists were put in */
	struct condition *parsed;                                 /* NULL: it has an error */
	uint32_t resolved_nodes;                                  /* of the condition with its macros put in */
	bool is_used, is_broken, is_resolved, is_on_path;
	bool is_changed; /* it, or a macro that it uses, is not as in the compilation before */
};

/* `fields`, `comps`, or one value of an exception: a text or a list of such. */
struct exception_entry {
	bool is_present; /* there, and neither null nor a mapping; an empty list is not present either */
	bool is_list;
	const struct mapped_text *text; /* never NULL; empty for lists and what is not present */
	struct exception_entry *items;
	uint32_t count;
	struct source_range range;
};

struct rule_exception {
	struct text name;
	struct source_range range, name_range;
	const struct load_context *context;
	struct exception_entry fields, comps;
	struct exception_entry *values;
	uint32_t value_count;
};

struct rule_exceptions {
	struct rule_exception *items;
	uint32_t count;
};

/* Keys of rules that can be set: RULE_KEY_CONDITION ... as bits. */
enum rule_key {
#define RULE_KEY(constant, name, is_appendable, is_replaceable) RULE_KEY_##constant,
#include "compiler/load/rule_keys.def"
#undef RULE_KEY
	RULE_KEY_COUNT,
};

#define RULE_KEY_BIT(constant) (1U << RULE_KEY_##constant)

struct rule_key_info {
	const char *name;
	bool is_appendable, is_replaceable;
};

extern const struct rule_key_info rule_key_table[RULE_KEY_COUNT];

/* A rule as one item gives it, and as it is kept. */
struct rule_content {
	uint32_t keys; /* mask of RULE_KEY_BIT(): what the item has */
	const struct mapped_text *condition, *output;
	struct text description;
	struct text source; /* of items that change a rule: empty when not given */
	enum priority priority;
	bool enabled, warn_evttypes, skip_if_unknown_filter, capture;
	uint32_t capture_duration_ms;
	struct text *tags; /* ascending, distinct */
	uint32_t tag_count;
	struct rule_exceptions exceptions;
	struct source_range places[RULE_KEY_COUNT]; /* of the values in the item; no file: the item does not have the key */
};

/* Which item gave a rule what it is: for `tercelc show`. */
struct rule_origin {
	enum rule_key key;
	bool is_appended;
	struct source_range range;
	struct rule_origin *next;
};

struct collected_rule {
	struct text name;
	struct source_range name_range;
	const struct load_context *context;
	struct item_order order;
	struct rule_content content;
	struct rule_origin *origins; /* in the order of loading; of each key the last replacement and what was appended since */
	bool has_unknown_source;

	/* Of the current compilation. */
	struct condition *condition; /* NULL: an error, or dropped as skip_if_unknown_filter says */
	struct output_template *output;

	/* What compile_one_rule() found last time, to be said again while nothing changes. */
	struct {
		bool is_valid;
		uint32_t visibility;
		const struct mapped_text *expanded; /* condition with exceptions */
		const struct mapped_text *text;     /* ... and lists */
		struct condition *parsed;           /* ... before macros were put in */
		uint32_t first_diagnostic, end_diagnostic;
	} last;
};

struct rule_collection {
	struct arena *arena;
	struct diagnostics *diagnostics;
	uint32_t counter;

	/* In the order of first definition; the tables find them by name. */
	struct collected_list **lists;
	uint32_t list_count, list_capacity;
	struct hash_table *list_table;
	struct collected_macro **macros;
	uint32_t macro_count, macro_capacity;
	struct hash_table *macro_table;
	struct collected_rule **rules;
	uint32_t rule_count, rule_capacity;
	struct hash_table *rule_table;

	/*
	 * Names whose definition had an error of its own: that they are missing afterwards is no news. Keys are "list
	 * x", "macro x", "rule x".
	 */
	struct hash_table *broken_names;

	struct constant_pool constants; /* of all conditions */

	uint32_t required_engine[3]; /* the highest version asked for */
	uint32_t exception_entries;  /* read so far */
	uint32_t stamp;              /* expand_lists: number of the text at hand */
};

/* Notes that the item's keys were set or appended. 0 or -ENOMEM. */
int rule_note_origins(struct arena *arena, struct collected_rule *rule, const struct rule_content *content, bool is_appended);

struct rule_collection *rule_collection_new(struct arena *arena, struct diagnostics *diagnostics);
struct rule_collection *rule_collection_free(struct rule_collection *collection);

int rule_collection_note_broken(struct rule_collection *collection, const char *kind, struct text name);
bool rule_collection_is_broken(const struct rule_collection *collection, const char *kind, struct text name);

#endif
