/* Listings as lines of columns. */
#include "compiler/listings/list_internal.h"

#define COLUMN_GAP 2
#define LINE_COLUMNS 100

/* Spaces from the end of a cell that began at `start` to the next column; at least the gap. */
static void pad(struct buffer *output, size_t start, size_t width)
{
	size_t length = output->length - start;

	for (size_t i = length; i < width || i < length + COLUMN_GAP; i++)
		buffer_append_byte(output, ' ');
}

static void append_field(struct buffer *output, size_t row)
{
	const struct field_info *field = field_info((unsigned)row);
	size_t start = output->length;

	list_append_field_form(output, field);
	pad(output, start, 42);
	start = output->length;
	buffer_append_string(output, type_name((enum value_type)field->type));
	pad(output, start, 10);
	buffer_append_string(output, field->meaning);
	if (field->is_list)
		buffer_append_string(output, " (a list)");
	if (field->flags & FIELD_FLAG_FILTER_ONLY)
		buffer_append_string(output, " (in conditions only)");
	if (field->flags & FIELD_FLAG_PRINT_ONLY)
		buffer_append_string(output, " (in outputs only)");
	if ((field->flags & FIELD_FLAG_DEPRECATED) &&
	    !text_starts_with(text_from_string(field->meaning), TEXT("Deprecated")))
		buffer_append_string(output, " (deprecated)");
}

static void append_operator(struct buffer *output, size_t row)
{
	const struct operator_info *info = operator_info((unsigned)row);
	size_t start = output->length;

	buffer_append_string(output, info->name);
	pad(output, start, 13);
	buffer_append_string(output, info->meaning);
	if (info->takes_modifier)
		buffer_append_string(output, "; with oneof, anyof, allof");
}

static void append_transformer(struct buffer *output, size_t row)
{
	const struct transformer_info *transformer = transformer_info((unsigned)row);
	size_t start = output->length;

	buffer_append_string(output, transformer->name);
	pad(output, start, 10);
	buffer_append_string(output, transformer->meaning);
	buffer_append_string(output, " (arguments: ");
	list_append_argument_count(output, transformer);
	buffer_append_byte(output, ')');
}

/* The name, then its parameters, wrapped. */
static void append_event(struct buffer *output, size_t row)
{
	unsigned count = event_parameter_count((unsigned)row);
	size_t line = output->length;

	buffer_append_string(output, event_info((unsigned)row)->name);
	if (count > 0)
		pad(output, line, 20);
	for (unsigned i = 0; i < count; i++) {
		const char *name = event_parameter_info((unsigned)row, i)->name;

		if (output->length - line + 1 + strlen(name) > LINE_COLUMNS) {
			buffer_append_byte(output, '\n');
			line = output->length;
			pad(output, line, 20);
		} else if (i > 0) {
			buffer_append_byte(output, ' ');
		}
		buffer_append_string(output, name);
	}
}

static void append_number(struct buffer *output, int number, size_t width)
{
	size_t start = output->length;

	if (number < 0)
		buffer_append_byte(output, '-');
	else
		buffer_append_decimal(output, (uint64_t)number);
	pad(output, start, width);
}

static void append_syscall(struct buffer *output, size_t row)
{
	const struct syscall_info *call = syscall_at(row);
	size_t start = output->length;

	buffer_append_string(output, call->name);
	pad(output, start, 28);
	append_number(output, call->number_x86_64, 7);
	append_number(output, call->number_aarch64, 8);
	start = output->length;
	buffer_append_string(output, call->event_name);
	pad(output, start, 28);
	buffer_append_string(output, syscall_kind_word((enum syscall_kind)call->kind));
	if (call->is_state_keeping)
		buffer_append_string(output, ", always traced");
	if (call->is_ignored_by_default)
		buffer_append_string(output, ", ignored by default");
}

static void append_flags(struct buffer *output, size_t row)
{
	enum flag_table table = (enum flag_table)row;
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);

	for (size_t i = 0; i < count; i++) {
		size_t start = output->length;

		buffer_append_string(output, flag_table_name(table));
		pad(output, start, 28);
		start = output->length;
		buffer_append_string(output, rows[i].name);
		pad(output, start, 36);
		buffer_append_decimal(output, rows[i].value);
		if (i + 1 < count)
			buffer_append_byte(output, '\n');
	}
}

static void append_diagnostic(struct buffer *output, size_t row)
{
	const struct diagnostic_info *info = diagnostic_info((enum diagnostic_id)row);
	size_t start = output->length;

	buffer_append_string(output, info->name);
	pad(output, start, 26);
	start = output->length;
	buffer_append_string(output, load_code_info(info->load_code)->name);
	pad(output, start, 31);
	buffer_append_string(output, info->meaning);
	if (info->is_off_by_default)
		buffer_append_string(output, " (off by default)");
}

void list_status(struct buffer *output, const struct row_choice *choice)
{
	unsigned count = 0, without_value = 0;

	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		const char *reason = field_without_value(id);
		size_t start = output->length;

		if (!list_row_is_chosen(choice, id))
			continue;
		count++;
		without_value += reason != NULL;
		list_append_field_form(output, field_info(id));
		pad(output, start, 42);
		if (reason)
			buffer_printf(output, "never a value: %s\n", reason);
		else
			buffer_append_string(output, "implemented\n");
	}
	if (count > 0)
		buffer_printf(output, "%u fields: %u implemented, %u never have a value\n", count, count - without_value,
			      without_value);
}

void list_text(struct buffer *output, const struct row_choice *choice)
{
	static void (*const append_row[LIST_KIND_COUNT])(struct buffer *, size_t) = {
	    [LIST_FIELDS] = append_field,           [LIST_OPERATORS] = append_operator,
	    [LIST_EVENTS] = append_event,           [LIST_TRANSFORMERS] = append_transformer,
	    [LIST_SYSCALLS] = append_syscall,       [LIST_FLAGS] = append_flags,
	    [LIST_DIAGNOSTICS] = append_diagnostic,
	};
	size_t rows = list_row_count(choice->kind);

	if (choice->kind == LIST_SYSCALLS)
		buffer_append_string(output,
				     "call                        x86-64 aarch64 evt.type                    event\n");
	for (size_t row = 0; row < rows; row++) {
		if (!list_row_is_chosen(choice, row))
			continue;
		append_row[choice->kind](output, row);
		buffer_append_byte(output, '\n');
	}
}
