#include "compiler/diagnostics/diagnostic.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SUGGESTIONS_MAX 200

static const struct load_code_info load_codes[] = {
#define LOAD_CODE(constant, severity, short_text, long_text) {#constant, SEVERITY_##severity, short_text, long_text},
#define DIAGNOSTIC(constant, name, load_code, is_unknown_class, meaning)
#define LINT(constant, name, default, meaning)
#include "compiler/diagnostics/diagnostics.def"
#undef LOAD_CODE
#undef DIAGNOSTIC
#undef LINT
};

static const struct diagnostic_info diagnostic_rows[] = {
#define LOAD_CODE(constant, severity, short_text, long_text)
#define DIAGNOSTIC(constant, name, load_code, is_unknown_class, meaning) \
	{name, load_code, is_unknown_class, false, meaning},
#define LINT_IS_ON false
#define LINT_IS_OFF true
#define LINT(constant, name, default, meaning) {name, TERCEL_LINT, false, LINT_IS_##default, meaning},
#include "compiler/diagnostics/diagnostics.def"
#undef LOAD_CODE
#undef DIAGNOSTIC
#undef LINT
};

const struct load_code_info *load_code_info(enum load_code code)
{
	return &load_codes[code];
}

const struct diagnostic_info *diagnostic_info(enum diagnostic_id id)
{
	return &diagnostic_rows[id];
}

int diagnostics_init(struct diagnostics *diagnostics, struct arena *arena)
{
	*diagnostics = (struct diagnostics){.arena = arena, .seen = hash_table_new(0)};
	return diagnostics->seen ? 0 : -ENOMEM;
}

void diagnostics_release(struct diagnostics *diagnostics)
{
	diagnostics->seen = hash_table_free(diagnostics->seen);
}

void diagnostics_begin_load(struct diagnostics *diagnostics, uint32_t load)
{
	diagnostics->load = load;
	diagnostics->has_error = false;
	diagnostics->context = NULL;
}

static struct text format_text(struct diagnostics *diagnostics, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static struct text format_text(struct diagnostics *diagnostics, const char *format, va_list arguments)
{
	va_list again;
	char *bytes;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	bytes = length < 0 ? NULL : arena_allocate(diagnostics->arena, (size_t)length + 1);
	if (!bytes) {
		diagnostics->failed = true;
		return TEXT_EMPTY;
	}
	vsnprintf(bytes, (size_t)length + 1, format, arguments);
	return text_of(bytes, (size_t)length);
}

/* Whether the same was said before; remembers it. */
static bool is_repeated(struct diagnostics *diagnostics, struct diagnostic *diagnostic)
{
	struct text key = arena_format(diagnostics->arena, "%d %p %u " TEXT_FORMAT, (int)diagnostic->id,
				       (const void *)diagnostic->range.file, diagnostic->range.start,
				       TEXT_ARGUMENTS(diagnostic->message));

	if (!key.bytes) {
		diagnostics->failed = true;
		return false;
	}
	if (hash_table_get(diagnostics->seen, key))
		return true;
	if (hash_table_set(diagnostics->seen, key, diagnostic))
		diagnostics->failed = true;
	return false;
}

static bool make_room(struct diagnostics *diagnostics)
{
	uint32_t larger = diagnostics->capacity ? diagnostics->capacity * 2 : 64;
	struct diagnostic **items;

	if (diagnostics->count < diagnostics->capacity)
		return true;
	items = arena_allocate_array(diagnostics->arena, larger, sizeof *items);
	if (!items)
		return false;
	if (diagnostics->count)
		memcpy(items, diagnostics->items, diagnostics->count * sizeof *items);
	diagnostics->items = items;
	diagnostics->capacity = larger;
	return true;
}

static struct diagnostic *add(struct diagnostics *diagnostics, enum diagnostic_id id, struct source_range range,
			      struct text message)
{
	bool is_error = load_code_info(diagnostic_info(id)->load_code)->severity == SEVERITY_ERROR;
	struct diagnostic *diagnostic = NULL;

	if (is_error || !diagnostics->has_error) {
		diagnostic = arena_allocate(diagnostics->arena, sizeof *diagnostic);
		diagnostics->failed |= !diagnostic || !make_room(diagnostics);
	}
	diagnostics->has_error |= is_error;
	if (!diagnostic || diagnostics->failed) {
		diagnostics->spare = (struct diagnostic){.message = TEXT_EMPTY};
		return &diagnostics->spare;
	}
	diagnostic->id = id;
	diagnostic->code = diagnostic_info(id)->load_code;
	diagnostic->severity = load_code_info(diagnostic->code)->severity;
	diagnostic->range = range;
	diagnostic->message = message;
	diagnostic->hint = TEXT_EMPTY;
	diagnostic->context = diagnostics->context;
	diagnostic->load = diagnostics->load;
	diagnostic->is_repeated = is_repeated(diagnostics, diagnostic);
	diagnostics->items[diagnostics->count++] = diagnostic;
	return diagnostic;
}

static void add_insertion_notes(struct diagnostics *diagnostics, struct diagnostic *diagnostic,
				const struct insertion *insertion)
{
	for (; insertion; insertion = insertion->outer)
		diagnostic_add_note(diagnostics, diagnostic, insertion->use,
				    insertion->kind == INSERTION_LIST ? "put in by list '" TEXT_FORMAT "'"
								      : "put in by exception '" TEXT_FORMAT "'",
				    TEXT_ARGUMENTS(insertion->name));
}

struct diagnostic *diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_id id, struct span span,
				   const char *format, ...)
{
	struct diagnostic *diagnostic;
	struct text message;
	va_list arguments;

	va_start(arguments, format);
	message = format_text(diagnostics, format, arguments);
	va_end(arguments);
	diagnostic = add(diagnostics, id, mapped_text_range(span), message);
	diagnostic->span = span;
	add_insertion_notes(diagnostics, diagnostic, mapped_text_insertion(span));
	return diagnostic;
}

struct diagnostic *diagnostics_add_at(struct diagnostics *diagnostics, enum diagnostic_id id, struct source_range range,
				      const char *format, ...)
{
	struct text message;
	va_list arguments;

	va_start(arguments, format);
	message = format_text(diagnostics, format, arguments);
	va_end(arguments);
	return add(diagnostics, id, range, message);
}

void diagnostic_add_note(struct diagnostics *diagnostics, struct diagnostic *diagnostic, struct source_range range,
			 const char *format, ...)
{
	va_list arguments;

	if (diagnostic->note_count == diagnostic->note_capacity) {
		uint32_t larger = diagnostic->note_capacity ? diagnostic->note_capacity * 2 : 4;
		struct diagnostic_note *notes = arena_allocate_array(diagnostics->arena, larger, sizeof *notes);

		if (!notes) {
			diagnostics->failed = true;
			return;
		}
		if (diagnostic->note_count)
			memcpy(notes, diagnostic->notes, diagnostic->note_count * sizeof *notes);
		diagnostic->notes = notes;
		diagnostic->note_capacity = larger;
	}
	va_start(arguments, format);
	diagnostic->notes[diagnostic->note_count++] =
	    (struct diagnostic_note){range, format_text(diagnostics, format, arguments)};
	va_end(arguments);
}

void diagnostic_add_macro_notes(struct diagnostics *diagnostics, struct diagnostic *diagnostic,
				const struct macro_use *used_by)
{
	for (; used_by; used_by = used_by->outer)
		diagnostic_add_note(diagnostics, diagnostic, mapped_text_range(used_by->use_span),
				    "in macro '" TEXT_FORMAT "', used here", TEXT_ARGUMENTS(used_by->macro_name));
}

void diagnostic_set_hint(struct diagnostics *diagnostics, struct diagnostic *diagnostic, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	diagnostic->hint = format_text(diagnostics, format, arguments);
	va_end(arguments);
}

bool diagnostics_may_suggest(struct diagnostics *diagnostics)
{
	return diagnostics->suggestion_count++ < SUGGESTIONS_MAX;
}

void diagnostics_find_repetitions(struct diagnostics *diagnostics)
{
	hash_table_clear(diagnostics->seen);
	for (uint32_t i = 0; i < diagnostics->count; i++)
		if (!diagnostics->items[i]->is_hidden)
			diagnostics->items[i]->is_repeated = is_repeated(diagnostics, diagnostics->items[i]);
}

void diagnostics_repeat(struct diagnostics *diagnostics, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++) {
		const struct diagnostic *old = diagnostics->items[i];
		struct diagnostic *repeated = add(diagnostics, old->id, old->range, old->message);

		if (repeated == &diagnostics->spare)
			continue;
		*repeated = *old;
		repeated->load = diagnostics->load;
		repeated->is_repeated = true;
	}
}
