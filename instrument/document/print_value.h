/* Values as text in the style of the document that they go into. */
#ifndef TERCEL_INSTRUMENT_DOCUMENT_PRINT_VALUE_H
#define TERCEL_INSTRUMENT_DOCUMENT_PRINT_VALUE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"
#include "instrument/document/node.h"

struct layout {
	bool is_yaml;
	bool is_flow;         /* on one line; always so for YAML in brackets */
	struct text newline;  /* "\n" or "\r\n" */
	struct text indent;   /* of the line on which the value begins (JSON), or of its siblings (YAML blocks) */
	struct text unit;     /* one level more */
	struct text colon;    /* between key and value: ": " */
	struct text item_gap; /* behind a comma on one line: " " */
	unsigned dash_offset; /* YAML blocks: dashes stand so far to the right of their key */
};

/* Lists of scalars stay on one line; other values take lines unless the layout is flow. */
void print_value(struct buffer *buffer, const struct node *value, const struct layout *layout);
/* KEY: VALUE. */
void print_member(struct buffer *buffer, const struct node *member, const struct layout *layout);
void print_string(struct buffer *buffer, struct text text, bool is_yaml);
/* On one line, for reports. */
void print_compact(struct buffer *buffer, const struct node *value);

#endif
