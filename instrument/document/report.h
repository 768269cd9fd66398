/*
 * What a run has to say: diagnostics with their places, and what was decided for each container. Everything lives in
 * the arena that the caller gives.
 */
#ifndef TERCEL_INSTRUMENT_DOCUMENT_REPORT_H
#define TERCEL_INSTRUMENT_DOCUMENT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include "instrument/document/node.h"

enum severity {
	SEVERITY_ERROR,
	SEVERITY_WARNING,
};

struct diagnostic {
	enum severity severity;
	uint32_t line, column; /* from 1; the column counts characters. Both 0: no place */
	size_t offset;         /* the same place; SIZE_MAX: none */
	struct text resource;  /* CloudFormation's logical id; empty: none */
	struct text message;
	struct diagnostic *next;
};

enum outcome {
	OUTCOME_INSTRUMENTED,
	OUTCOME_RESTORED, /* the instrumentation was taken out */
	OUTCOME_SKIPPED,
	OUTCOME_REFUSED,
};

/* One container. */
struct decision {
	enum outcome outcome;
	struct text resource;  /* CloudFormation's logical id; empty otherwise */
	struct text container; /* its name, or the expression's text */
	struct text reason;
	struct text before, after; /* entry point and command, as words in JSON */
	struct text digest;        /* of the image's configuration, when it was read */
	struct decision *next;
};

/* Where bytes of an edited text come from: each piece up to the next one's start was copied from there. */
struct source_map {
	const struct source_map *earlier; /* of the text that this one maps to; NULL: that is the document */
	const struct source_piece {
		size_t start, origin; /* origin SIZE_MAX: from nowhere in the document */
	} * pieces;
	size_t count;
};

struct report {
	struct arena *arena;
	struct text source;           /* the document: what positions are shown in */
	struct text resource;         /* what is worked on: of the diagnostics that follow */
	const struct source_map *map; /* from the text that is worked on to the document; NULL: they are the same */
	struct diagnostic *first_diagnostic, *last_diagnostic;
	struct decision *first_decision, *last_decision;
	size_t error_count, warning_count, instrumented_count;
	bool io_failed; /* an error was one of reading a registry, not of the document */
	bool failed;    /* no memory for the report */
};

struct report report_of(struct arena *arena, struct text source);

/* From now on a text is worked on that has these pieces of the one until now; they are copied. False without memory. */
bool report_map_pieces(struct report *report, const struct source_piece *pieces, size_t count);

/* `offset` SIZE_MAX: no place. */
void report_at(struct report *report, enum severity severity, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* At the node: its key if it is a member. A new node or NULL: no place. */
void report_node(struct report *report, enum severity severity, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds one and returns it, NULL without memory; its texts must live as long as the report. */
struct decision *report_decision(struct report *report, const struct decision *decision);

/* Line and column of a byte of the text that is worked on, in the document; both 0: it is not there. */
void report_position(const struct report *report, size_t offset, uint32_t *ret_line, uint32_t *ret_column);

/* Line and column of a byte, both from 1. */
void source_position(struct text source, size_t offset, uint32_t *ret_line, uint32_t *ret_column);

void report_render_text(const struct report *report, const char *file_name, bool with_decisions, struct buffer *buffer);
void report_render_json(const struct report *report, const char *file_name, struct buffer *buffer);

#endif
