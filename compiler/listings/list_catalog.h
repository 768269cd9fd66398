/*
 * What rules can be written with, from the catalogue: the text of `tercelc list` and the pages of docs/reference/.
 */
#ifndef TERCEL_COMPILER_LISTINGS_LIST_CATALOG_H
#define TERCEL_COMPILER_LISTINGS_LIST_CATALOG_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

enum list_format {
	LIST_FORMAT_TEXT,     /* a line each, for people and grep */
	LIST_FORMAT_JSON,     /* everything that the catalogue knows, one document */
	LIST_FORMAT_MARKDOWN, /* a page for docs/reference/ */
	LIST_FORMAT_STATUS,   /* fields: whether each can have a value, and their numbers */
};

/* The things that can be listed: "fields", "events" ...; NULL at the end. */
const char *list_kind_name(size_t index);

/*
 * Appends the listing of `kind`. With a search word only rows that have it, in any case of ASCII letters, in their name
 * or description (events: in the name of a parameter too). 0 and the number of rows; -ENOENT when there is no such
 * kind, -EINVAL when it has no such format.
 */
int list_catalog(struct text kind, struct text search, enum list_format format, struct buffer *output,
		 size_t *ret_row_count);

#endif
