/*
 * Values of the keys of one item, with Falco's checks in Falco's order (rule language reference §1.3). Every function
 * reports what is wrong; afterwards item_reader.has_error says so.
 */
#ifndef TERCEL_COMPILER_LOAD_ITEM_READER_H
#define TERCEL_COMPILER_LOAD_ITEM_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/load/rule_collection.h"
#include "compiler/load/scalar_text.h"
#include "compiler/load/yaml_document.h"

struct item_reader {
	struct rule_collection *collection;
	struct diagnostics *diagnostics;
	struct arena *arena; /* of what is kept */
	const struct document_node *item;
	struct source_range place; /* where a missing key is reported: the name of the item */
	bool has_error;
	bool has_memory_error;
};

enum requirement { KEY_REQUIRED, KEY_OPTIONAL };

struct diagnostic *item_error(struct item_reader *reader, enum diagnostic_id id, struct source_range range,
			      const char *format, ...) __attribute__((format(printf, 4, 5)));

bool item_has(const struct item_reader *reader, const char *key);

/* The node of a scalar that is neither null nor empty; NULL when it is absent or wrong. */
const struct document_node *item_scalar(struct item_reader *reader, const char *key, enum requirement requirement);

/*
 * Nodes live only while the file is loaded: this copies the value of a scalar. False, with *ret_value untouched, when there
 * is no memory.
 */
bool item_keep_value(struct item_reader *reader, const struct document_node *node, struct text *ret_value);

/* False, with *ret_value untouched, when the key is absent or wrong. The text is a copy. */
bool item_string(struct item_reader *reader, const char *key, enum requirement requirement, struct text *ret_value);
bool item_text(struct item_reader *reader, const char *key, enum requirement requirement,
	       const struct mapped_text **ret_value);
bool item_bool(struct item_reader *reader, const char *key, enum requirement requirement, bool *ret_value);
bool item_u32(struct item_reader *reader, const char *key, enum requirement requirement, uint32_t *ret_value);

/* A sequence of scalars; NULL when it is absent or wrong. */
const struct document_node *item_sequence(struct item_reader *reader, const char *key, enum requirement requirement);

/* The whole text as yaml-cpp reads an unsigned number: decimal, 0x hexadecimal, 0 octal, leading +, trailing blanks. */
bool parse_yaml_u32(struct text text, uint32_t *ret_value);

/* Three dot-separated numbers at the start of the text. */
bool parse_version(struct text text, uint32_t ret_version[3]);

#endif
