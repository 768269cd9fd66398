/* What the writers of listings share; for list_catalog.c, list_text.c, list_json.c and list_markdown.c only. */
#ifndef TERCEL_COMPILER_LISTINGS_LIST_INTERNAL_H
#define TERCEL_COMPILER_LISTINGS_LIST_INTERNAL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/listings/list_names.h"

enum list_kind {
	LIST_FIELDS,
	LIST_OPERATORS,
	LIST_EVENTS,
	LIST_TRANSFORMERS,
	LIST_SYSCALLS,
	LIST_FLAGS,
	LIST_DIAGNOSTICS,
	LIST_KIND_COUNT,
};

/* Rows of a kind are counted from 0: fields by id, events by id, system calls by row, flags by table, diagnostics by
 * id. */
size_t list_row_count(enum list_kind kind);

/* The rows of a listing that were chosen. */
struct row_choice {
	enum list_kind kind;
	struct text search;
	bool only_current; /* events: those that rules see today */
};

bool list_row_is_chosen(const struct row_choice *choice, size_t row);

/* proc.aname[N]: a field with the form of its argument. */
void list_append_field_form(struct buffer *output, const struct field_info *field);
/* The words of the set bits, separated. */
void list_append_words(struct buffer *output, const struct word_list *words, uint32_t mask, const char *separator);
/* How many arguments a transformer takes: "1", "2 or more". */
void list_append_argument_count(struct buffer *output, const struct transformer_info *transformer);

void list_text(struct buffer *output, const struct row_choice *choice);
void list_status(struct buffer *output, const struct row_choice *choice); /* LIST_FIELDS only */
void list_json(struct buffer *output, const struct row_choice *choice);
void list_markdown(struct buffer *output, const struct row_choice *choice);

#endif
