/* Dockerfiles as a list of instructions, each with its place. Comments and blank lines belong to nobody. */
#ifndef TERCEL_INSTRUMENT_DOCKERFILE_DOCKERFILE_PARSE_H
#define TERCEL_INSTRUMENT_DOCKERFILE_DOCKERFILE_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "instrument/document/report.h"

enum instruction_kind {
#define INSTRUCTION(name, takes_heredocs) INSTRUCTION_##name,
#include "instrument/dockerfile/dockerfile_instructions.def"
#undef INSTRUCTION
	INSTRUCTION_COUNT,
};

struct instruction {
	enum instruction_kind kind;
	struct text arguments; /* continued lines joined, without blanks around; heredocs not included */
	size_t start, end;     /* bytes of the source, with heredocs and the last newline */
	struct instruction *previous, *next;
};

/* A comment of the source that begins with the words that the caller asked for. */
struct marker {
	struct text text;  /* of the line, without its newline */
	size_t start, end; /* bytes of the line, with its newline */
	struct marker *next;
};

struct dockerfile {
	struct text source;
	char escape; /* '\\', or as the directive says */
	struct instruction *first, *last;
	struct marker *first_marker, *last_marker;
	bool ends_open; /* the last line is continued, but there is none */
};

/*
 * `marker` is how the comments begin that are to be found. False after a fault, which is then the one diagnostic in the
 * report: an unknown instruction, one before FROM, a heredoc without an end, no FROM, bytes that are no text.
 * Everything lives in the arena; `source` must outlive it.
 */
bool dockerfile_parse(struct text source, struct text marker, struct arena *arena, struct report *report,
		      struct dockerfile *ret_dockerfile);

/* By content: the first instruction is FROM or ARG. */
bool is_dockerfile(struct text source);

/* The next word, by blanks; *rest goes on behind it. Empty at the end. */
struct text dockerfile_next_word(struct text *rest);
/* The same, but blanks in quotes are part of it. */
struct text dockerfile_next_quoted_word(struct text *rest, char escape);

#endif
