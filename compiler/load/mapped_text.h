/*
 * Text put together from pieces of rule files: conditions with appended parts, exceptions and list items in them. Every
 * byte knows where it stands in a file and, if a list or an exception put it there, which one did.
 *
 * Everything lives in the compilation's arena; a finished mapped text never changes.
 */
#ifndef TERCEL_COMPILER_LOAD_MAPPED_TEXT_H
#define TERCEL_COMPILER_LOAD_MAPPED_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source_file.h"
#include "base/text.h"
#include "compiler/condition/syntax_tree.h"

enum insertion_kind { INSERTION_LIST, INSERTION_EXCEPTION };

/* Why text stands where its author did not write it. */
struct insertion {
	enum insertion_kind kind;
	struct text name;              /* of the list or exception */
	struct source_range use;       /* where the list's name stands; of an exception: the exception's name */
	const struct insertion *outer; /* the name itself came in by this one; NULL: no */
};

enum piece_kind {
	PIECE_RUN,   /* byte i of the piece stands at range.start + i */
	PIECE_WHOLE, /* all of it stands for the range: an escape sequence, a folded line break, punctuation of no file */
	PIECE_PART,  /* bytes of another text, with the places that they have there: the items of a list */
};

struct mapped_piece {
	uint32_t start; /* in the text; a piece ends where the next one starts */
	enum piece_kind kind;
	union {
		struct source_range range; /* RUN, WHOLE */
		struct span part;
	};
	const struct insertion *inserted_by; /* NULL: written here */
};

struct mapped_text {
	struct text text;
	const struct mapped_piece *pieces; /* ascending; at least one when the text is not empty */
	uint32_t piece_count;
	struct source_range whole; /* the scalar it mainly comes from: the place of what has no byte */
};

/* The range in the file of the first piece that the span touches, as far as the span goes in the same file. */
struct source_range mapped_text_range(struct span span);

/* Why the span's first byte is there; NULL: it was written there. */
const struct insertion *mapped_text_insertion(struct span span);

/* All of the text as a span. */
struct span mapped_text_span(const struct mapped_text *text);

/* A text that stands in a file byte by byte. */
const struct mapped_text *mapped_text_of_file(struct arena *arena, const struct source_file *file);

/*
 * Builds a mapped text. The first failed step sets `failed` and the later ones do nothing; mapped_text_finish() then
 * returns NULL: there is no memory, or the text grew beyond MAPPED_TEXT_BYTES_MAX (is_too_long). While it grows it is on the
 * heap: whatever is begun is finished or abandoned.
 */
#define MAPPED_TEXT_BYTES_MAX (4U << 20)

struct mapped_text_builder {
	struct arena *arena;
	char *bytes;
	uint32_t length, capacity;
	struct mapped_piece *pieces;
	uint32_t piece_count, piece_capacity;
	bool failed, is_too_long;
};

void mapped_text_begin(struct mapped_text_builder *builder, struct arena *arena);
/* Bytes that no file has; they stand for `range`. */
void mapped_text_add(struct mapped_text_builder *builder, struct text bytes, struct source_range range,
		     const struct insertion *inserted_by);
/* Bytes that stand in the file from `offset` on, byte by byte. */
void mapped_text_add_run(struct mapped_text_builder *builder, struct text bytes, const struct source_file *file,
			 uint32_t offset, const struct insertion *inserted_by);
/* Bytes [start, end) of another text, which keep their places; inserted_by NULL keeps the reason they had. */
void mapped_text_add_slice(struct mapped_text_builder *builder, const struct mapped_text *from, uint32_t start,
			   uint32_t end, const struct insertion *inserted_by);
/*
 * All of another text, which is not copied and must live as long. What has no place in it (SOURCE_RANGE_NONE) stands for
 * the use of the insertion.
 */
void mapped_text_add_text(struct mapped_text_builder *builder, const struct mapped_text *text,
			  const struct insertion *inserted_by);
/* Takes back everything from `length` on. */
void mapped_text_cut(struct mapped_text_builder *builder, uint32_t length);
const struct mapped_text *mapped_text_finish(struct mapped_text_builder *builder, struct source_range whole);
void mapped_text_abandon(struct mapped_text_builder *builder);

#endif
