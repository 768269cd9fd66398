/*
 * What the compiler tells the author of rules. Passes add diagnostics and go on; mistakes of the user are data, never
 * return codes. Rows of diagnostics.def give code and severity.
 *
 * Everything lives in the compilation's arena. Nothing here fails: without memory the list is marked `failed` and what
 * is added is lost; the driver checks once.
 */
#ifndef TERCEL_COMPILER_DIAGNOSTICS_DIAGNOSTIC_H
#define TERCEL_COMPILER_DIAGNOSTICS_DIAGNOSTIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash_table.h"
#include "base/source_file.h"
#include "base/text.h"
#include "compiler/load/mapped_text.h"
#include "compiler/condition/syntax_tree.h"

/* Falco's codes. */
enum load_code {
#define LOAD_CODE(constant, severity, short_text, long_text) constant,
#define DIAGNOSTIC(constant, name, load_code, is_unknown_class, meaning)
#define LINT(constant, name, default, meaning)
#include "compiler/diagnostics/diagnostics.def"
#undef LOAD_CODE
#undef DIAGNOSTIC
#undef LINT
	LOAD_CODE_COUNT,
};

/* Ours, finer: DIAGNOSTIC_UNDEFINED_MACRO ... */
enum diagnostic_id {
#define LOAD_CODE(constant, severity, short_text, long_text)
#define DIAGNOSTIC(constant, name, load_code, is_unknown_class, meaning) DIAGNOSTIC_##constant,
#define LINT(constant, name, default, meaning) DIAGNOSTIC_##constant,
#include "compiler/diagnostics/diagnostics.def"
#undef LOAD_CODE
#undef DIAGNOSTIC
#undef LINT
	DIAGNOSTIC_COUNT,
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct load_code_info {
	const char *name; /* "LOAD_ERR_VALIDATE" */
	enum severity severity;
	const char *short_text, *long_text;
};

struct diagnostic_info {
	const char *name; /* "undefined-macro" */
	enum load_code load_code;
	/* An unknown name, which `skip-if-unknown-filter` forgives (rule language reference §1.16). */
	bool is_unknown_class;
	bool is_off_by_default; /* lints only */
	const char *meaning;
};

const struct load_code_info *load_code_info(enum load_code code);
const struct diagnostic_info *diagnostic_info(enum diagnostic_id id);

/* From the document down to the culprit: "rules content", "rule", "rule condition" ... Innermost first. */
struct load_context {
	const char *item_type;
	struct text item_name;
	struct source_range range;
	const struct load_context *outer;
};

struct diagnostic_note {
	struct source_range range;
	struct text message; /* "in macro 'x'" */
};

struct diagnostic {
	enum diagnostic_id id;
	enum load_code code;
	enum severity severity;
	struct source_range range;
	struct span span; /* where it stands in a condition or output; text NULL: not in one */
	struct text message;
	struct text hint; /* empty: none */
	struct diagnostic_note *notes;
	uint32_t note_count, note_capacity;
	const struct load_context *context;
	struct text deprecated_field; /* LOAD_DEPRECATED_ITEM about a field */
	uint32_t load;                /* in the how manieth file load, from 0 */
	bool is_repeated;             /* the same was said before: by an earlier file load, or for another rule */
	bool is_hidden;               /* a later file made it void, or it is switched off */
};

struct diagnostics {
	struct arena *arena;
	struct diagnostic **items; /* in the order of Falco's checks */
	uint32_t count, capacity;
	uint32_t load; /* current file load */
	/*
	 * The current load has an error. Warnings found after it are dropped: many would only follow from it (a macro
	 * is unused because its user has an error), and Falco, which stops at the error, has none of them either.
	 */
	bool has_error;
	const struct load_context *context;
	struct hash_table *seen;
	uint32_t suggestion_count;
	struct diagnostic spare; /* handed out when there is no memory */
	bool failed;
};

int diagnostics_init(struct diagnostics *diagnostics, struct arena *arena); /* 0 or -ENOMEM */
void diagnostics_release(struct diagnostics *diagnostics);
void diagnostics_begin_load(struct diagnostics *diagnostics, uint32_t load);

/*
 * Adds one at a place in a condition or output. Notes say which list or exception brought the text in. Never NULL; what
 * is returned may be completed until the next call.
 */
struct diagnostic *diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_id id, struct span span,
				   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same at a place in a file. */
struct diagnostic *diagnostics_add_at(struct diagnostics *diagnostics, enum diagnostic_id id, struct source_range range,
				      const char *format, ...) __attribute__((format(printf, 4, 5)));

void diagnostic_add_note(struct diagnostics *diagnostics, struct diagnostic *diagnostic, struct source_range range,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "in macro 'x'" for every macro that brought the node in. */
void diagnostic_add_macro_notes(struct diagnostics *diagnostics, struct diagnostic *diagnostic,
				const struct macro_use *used_by);
void diagnostic_set_hint(struct diagnostics *diagnostics, struct diagnostic *diagnostic, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Whether to look for a similar name once more. The search goes through all names; when everything is misspelt, the
 * first hints tell what the matter is.
 */
bool diagnostics_may_suggest(struct diagnostics *diagnostics);

/* Whether to show it, in formats that show what is wrong with all files together. */
static inline bool diagnostic_is_shown(const struct diagnostic *diagnostic)
{
	return !diagnostic->is_repeated && !diagnostic->is_hidden;
}

/*
 * After the last load: what is not hidden counts as said for the first time where it stands first among the rest.
 */
void diagnostics_find_repetitions(struct diagnostics *diagnostics);

/* Says [first, end) once more, as found by the current load. */
void diagnostics_repeat(struct diagnostics *diagnostics, uint32_t first, uint32_t end);

#endif
