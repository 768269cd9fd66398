#include "compiler/listings/list_catalog.h"

#include <errno.h>

#include "compiler/listings/list_internal.h"

static const char *const kind_names[LIST_KIND_COUNT] = {
    [LIST_FIELDS] = "fields",           [LIST_OPERATORS] = "operators",
    [LIST_EVENTS] = "events",           [LIST_TRANSFORMERS] = "transformers",
    [LIST_SYSCALLS] = "syscalls",       [LIST_FLAGS] = "flags",
    [LIST_DIAGNOSTICS] = "diagnostics",
};

const char *list_kind_name(size_t index)
{
	return index < LIST_KIND_COUNT ? kind_names[index] : NULL;
}

size_t list_row_count(enum list_kind kind)
{
	switch (kind) {
	case LIST_FIELDS:
		return FIELD_COUNT;
	case LIST_OPERATORS:
		return OPERATOR_COUNT;
	case LIST_EVENTS:
		return EVENT_ID_COUNT;
	case LIST_TRANSFORMERS:
		return TRANSFORMER_COUNT;
	case LIST_SYSCALLS:
		return syscall_count();
	case LIST_FLAGS:
		return FLAG_TABLE_COUNT;
	case LIST_DIAGNOSTICS:
		return DIAGNOSTIC_COUNT;
	case LIST_KIND_COUNT:
		break;
	}
	return 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* An empty word is in every text. */
static bool has_word(const char *string, struct text word)
{
	size_t length = strlen(string);

	for (size_t start = 0; start + word.length <= length; start++) {
		size_t i = 0;

		while (i < word.length && lower(string[start + i]) == lower(word.bytes[i]))
			i++;
		if (i == word.length)
			return true;
	}
	return false;
}

static bool event_has_word(unsigned id, struct text word)
{
	unsigned count = event_parameter_count(id);

	if (has_word(event_info(id)->name, word))
		return true;
	for (unsigned i = 0; i < count; i++)
		if (has_word(event_parameter_info(id, i)->name, word))
			return true;
	return false;
}

static bool flags_have_word(enum flag_table table, struct text word)
{
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);

	if (has_word(flag_table_name(table), word))
		return true;
	for (size_t i = 0; i < count; i++)
		if (has_word(rows[i].name, word))
			return true;
	return false;
}

static bool diagnostic_has_word(const struct diagnostic_info *info, struct text word)
{
	return has_word(info->name, word) || has_word(load_code_info(info->load_code)->name, word) ||
	       has_word(info->meaning, word);
}

static bool is_current(const struct event_info *event)
{
	return event->production == PRODUCED_LIVE || event->production == PRODUCED_COMPAT ||
	       event->production == PRODUCED_TRACEPOINT || event->production == PRODUCED_SYNTHETIC;
}

bool list_row_is_chosen(const struct row_choice *choice, size_t row)
{
	switch (choice->kind) {
	case LIST_FIELDS:
		return has_word(field_info((unsigned)row)->name, choice->search) ||
		       has_word(field_info((unsigned)row)->meaning, choice->search);
	case LIST_OPERATORS:
		return has_word(operator_info((unsigned)row)->name, choice->search) ||
		       has_word(operator_info((unsigned)row)->meaning, choice->search);
	case LIST_EVENTS:
		if (choice->only_current && !is_current(event_info((unsigned)row)))
			return false;
		return event_has_word((unsigned)row, choice->search);
	case LIST_TRANSFORMERS:
		return has_word(transformer_info((unsigned)row)->name, choice->search) ||
		       has_word(transformer_info((unsigned)row)->meaning, choice->search);
	case LIST_SYSCALLS:
		return has_word(syscall_at(row)->name, choice->search) ||
		       has_word(syscall_at(row)->event_name, choice->search);
	case LIST_DIAGNOSTICS:
		return diagnostic_has_word(diagnostic_info((enum diagnostic_id)row), choice->search);
	case LIST_FLAGS:
		return flags_have_word((enum flag_table)row, choice->search);
	case LIST_KIND_COUNT:
		break;
	}
	return false;
}

void list_append_field_form(struct buffer *output, const struct field_info *field)
{
	buffer_append_string(output, field->name);
	buffer_append_string(output, argument_form((enum field_argument)field->argument));
}

void list_append_words(struct buffer *output, const struct word_list *words, uint32_t mask, const char *separator)
{
	bool is_first = true;

	for (size_t i = 0; i < words->count; i++) {
		if (!(mask >> i & 1))
			continue;
		if (!is_first)
			buffer_append_string(output, separator);
		buffer_append_string(output, words->words[i]);
		is_first = false;
	}
}

void list_append_argument_count(struct buffer *output, const struct transformer_info *transformer)
{
	buffer_append_decimal(output, transformer->arguments_min);
	if (transformer->arguments_max == 255)
		buffer_append_string(output, " or more");
	else if (transformer->arguments_max != transformer->arguments_min)
		buffer_printf(output, " to %u", transformer->arguments_max);
}

int list_catalog(struct text kind, struct text search, enum list_format format, struct buffer *output,
		 size_t *ret_row_count)
{
	struct row_choice choice = {.search = search, .only_current = format != LIST_FORMAT_JSON};
	size_t rows = 0, chosen = 0;

	while (choice.kind < LIST_KIND_COUNT && !text_is(kind, kind_names[choice.kind]))
		choice.kind++;
	if (choice.kind == LIST_KIND_COUNT)
		return -ENOENT;

	switch (format) {
	case LIST_FORMAT_TEXT:
		list_text(output, &choice);
		break;
	case LIST_FORMAT_JSON:
		list_json(output, &choice);
		break;
	case LIST_FORMAT_MARKDOWN:
		list_markdown(output, &choice);
		break;
	case LIST_FORMAT_STATUS:
		if (choice.kind != LIST_FIELDS)
			return -EINVAL;
		list_status(output, &choice);
		break;
	}
	rows = list_row_count(choice.kind);
	for (size_t row = 0; row < rows; row++)
		chosen += list_row_is_chosen(&choice, row);
	*ret_row_count = chosen;
	return 0;
}
