/* The pages of docs/reference/. */
#include "compiler/listings/list_internal.h"

#define GENERATED "<!-- Made by scripts/update_reference from catalog/: do not edit. -->\n\n"

/* Text inside a table cell: a bar would end it. */
static void cell(struct buffer *output, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			buffer_append_byte(output, '\\');
		buffer_append_byte(output, (uint8_t)*text);
	}
}

static void code_cell(struct buffer *output, const char *text)
{
	buffer_append_byte(output, '`');
	cell(output, text);
	buffer_append_byte(output, '`');
}

static void next_cell(struct buffer *output)
{
	buffer_append_string(output, " | ");
}

/* ---- fields ---- */

static const char fields_head[] =
    "# Fields\n\n"
    "What conditions and outputs can ask about an event. `tercelc list fields --search WORD` finds one on the command "
    "line.\n\n"
    "*Hangs on* says what a value depends on: the event itself (header, arguments, result, success, time), the "
    "process\n"
    "(everything up to memory use) or its descriptors. A call that changes one of these, as execve does the image, "
    "shows the new\n"
    "value; everything else is known before the call runs. Nothing: the type of the event decides alone.\n";

static void field_row(struct buffer *output, unsigned id)
{
	const struct field_info *field = field_info(id);

	buffer_append_string(output, "| `");
	list_append_field_form(output, field);
	buffer_append_string(output, "` | ");
	buffer_append_string(output, type_name((enum value_type)field->type));
	if (field->is_list)
		buffer_append_string(output, " list");
	next_cell(output);
	list_append_words(output, &binding_words, field->depends, ", ");
	next_cell(output);
	cell(output, field->meaning);
	if (field->flags & FIELD_FLAG_FILTER_ONLY)
		buffer_append_string(output, " (in conditions only)");
	if (field->flags & FIELD_FLAG_PRINT_ONLY)
		buffer_append_string(output, " (in outputs only)");
	if (field_without_value(id)) {
		buffer_append_string(output, " (never has a value: ");
		cell(output, field_without_value(id));
		buffer_append_byte(output, ')');
	}
	buffer_append_string(output, " |\n");
}

static void fields_page(struct buffer *output, const struct row_choice *choice)
{
	const char *class_name = "";

	buffer_append_string(output, fields_head);
	for (size_t row = 0; row < FIELD_COUNT; row++) {
		const struct field_info *field = field_info((unsigned)row);

		if (!list_row_is_chosen(choice, row))
			continue;
		if (strcmp(field->class_name, class_name) != 0) {
			class_name = field->class_name;
			buffer_printf(output,
				      "\n## %s\n\n| field | type | hangs on | meaning |\n| --- | --- | --- | --- |\n",
				      class_name);
		}
		field_row(output, (unsigned)row);
	}
}

/* ---- operators, transformers ---- */

static void operators_page(struct buffer *output, const struct row_choice *choice)
{
	buffer_append_string(output, "# Operators\n\n"
				     "How a field is compared. `==` is another spelling of `=`. A comparison with a "
				     "field that has no value is false,\n"
				     "whatever the operator; `not` around it is true. *Modifiers*: `field operator "
				     "oneof (a, b)`, `anyof`, `allof`.\n\n"
				     "| operator | fields of kind | list fields | modifiers | meaning |\n"
				     "| --- | --- | --- | --- | --- |\n");
	for (size_t row = 0; row < OPERATOR_COUNT; row++) {
		const struct operator_info *info = operator_info((unsigned)row);

		if (!list_row_is_chosen(choice, row))
			continue;
		buffer_append_string(output, "| ");
		code_cell(output, info->name);
		next_cell(output);
		list_append_words(output, &kind_words, info->kinds, ", ");
		buffer_printf(output, " | %s | %s | ", info->takes_list_fields ? "yes" : "no",
			      info->takes_modifier ? "yes" : "no");
		cell(output, info->meaning);
		buffer_append_string(output, " |\n");
	}
}

static void transformers_page(struct buffer *output, const struct row_choice *choice)
{
	buffer_append_string(
	    output, "# Transformers\n\n"
		    "Functions on fields, on either side of a comparison and in outputs: `toupper(proc.name) = BASH`.\n"
		    "`val(field)` is not one of them: it marks a field on the right-hand side.\n\n"
		    "| transformer | arguments | meaning |\n| --- | --- | --- |\n");
	for (size_t row = 0; row < TRANSFORMER_COUNT; row++) {
		const struct transformer_info *transformer = transformer_info((unsigned)row);

		if (!list_row_is_chosen(choice, row))
			continue;
		buffer_append_string(output, "| ");
		code_cell(output, transformer->name);
		next_cell(output);
		list_append_argument_count(output, transformer);
		next_cell(output);
		cell(output, transformer->meaning);
		buffer_append_string(output, " |\n");
	}
}

/* ---- events ---- */

static const char events_head[] =
    "# Events\n\n"
    "One event a system call, made when it returns. `evt.arg.NAME`, `evt.arg[N]` and `evt.rawarg.NAME` give the "
    "parameters.\n\n"
    "*Known* says when a parameter is: `register N` and `memory N` (of the caller, behind argument N) before the call "
    "runs,\n"
    "`result` and `kernel` when it has returned; `and kernel`: the kernel adds to it. Names of flags stand in\n"
    "[flags](flags.md). Calls without parameters of their own are at the end.\n";

static void calls_of_event(struct buffer *output, unsigned id)
{
	const char *separator = "; calls ";
	size_t count = syscall_count();

	if (id == EVENT_GENERIC_X)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct syscall_info *call = syscall_at(i);

		if (call->exit_event != (int)id)
			continue;
		buffer_append_string(output, separator);
		code_cell(output, call->name);
		separator = ", ";
	}
}

static void parameter_row(struct buffer *output, const struct event_parameter_info *parameter)
{
	buffer_append_string(output, "| ");
	code_cell(output, parameter->name);
	buffer_printf(output, " | %s | ", type_name((enum value_type)parameter->type));
	switch (parameter->source) {
	case PARAMETER_SOURCE_REGISTER:
	case PARAMETER_SOURCE_MEMORY:
		buffer_printf(output, "%s %u", source_word((enum parameter_source)parameter->source),
			      parameter->argument);
		break;
	case PARAMETER_SOURCE_REGISTER_AND_KERNEL:
		buffer_printf(output, "register %u and kernel", parameter->argument);
		break;
	case PARAMETER_SOURCE_MEMORY_AND_KERNEL:
		buffer_printf(output, "memory %u and kernel", parameter->argument);
		break;
	default:
		buffer_append_string(output, source_word((enum parameter_source)parameter->source));
		break;
	}
	next_cell(output);
	if (parameter->flag_table >= 0) {
		const char *table = flag_table_name((enum flag_table)parameter->flag_table);

		buffer_printf(output, "[%s](flags.md#%s)", table, table);
	}
	buffer_append_string(output, " |\n");
}

static void event_section(struct buffer *output, unsigned id)
{
	const struct event_info *event = event_info(id);
	unsigned count = event_parameter_count(id);

	buffer_printf(output, "\n## %s\n\n%s, id %u, category %s", event->name,
		      production_word((enum event_production)event->production), id,
		      event_category_name((enum event_category)event->category));
	calls_of_event(output, id);
	buffer_append_string(output, "\n");
	if (count == 0)
		return;
	buffer_append_string(output, "\n| parameter | type | known | names |\n| --- | --- | --- | --- |\n");
	for (unsigned i = 0; i < count; i++)
		parameter_row(output, event_parameter_info(id, i));
}

static void generic_calls(struct buffer *output)
{
	size_t count = syscall_count();

	buffer_append_string(output,
			     "\n## Calls without parameters of their own\n\n"
			     "Their events have neither parameters nor a result, but `evt.type` shows the name.\n\n");
	for (size_t i = 0; i < count; i++) {
		const struct syscall_info *call = syscall_at(i);

		if (call->kind != SYSCALL_GENERIC)
			continue;
		code_cell(output, call->event_name);
		buffer_append_byte(output, '\n');
	}
}

static void events_page(struct buffer *output, const struct row_choice *choice)
{
	buffer_append_string(output, events_head);
	for (size_t row = 0; row < EVENT_ID_COUNT; row++)
		if (list_row_is_chosen(choice, row))
			event_section(output, (unsigned)row);
	if (choice->search.length == 0)
		generic_calls(output);
}

/* ---- system calls, flags ---- */

static void append_number(struct buffer *output, int number)
{
	if (number >= 0)
		buffer_append_decimal(output, (uint64_t)number);
}

static void syscalls_page(struct buffer *output, const struct row_choice *choice)
{
	size_t count = syscall_count();

	buffer_append_string(
	    output, "# System calls\n\n"
		    "Every call with its numbers and the `evt.type` that it has in rules. *generic*: its event has no\n"
		    "parameters. *always traced*: processes and descriptors could not be followed without it.\n\n"
		    "| call | x86-64 | aarch64 | evt.type | event | traced |\n| --- | --- | --- | --- | --- | --- |\n");
	for (size_t row = 0; row < count; row++) {
		const struct syscall_info *call = syscall_at(row);

		if (!list_row_is_chosen(choice, row))
			continue;
		buffer_append_string(output, "| ");
		code_cell(output, call->name);
		next_cell(output);
		append_number(output, call->number_x86_64);
		next_cell(output);
		append_number(output, call->number_aarch64);
		next_cell(output);
		code_cell(output, call->event_name);
		buffer_printf(output, " | %s | %s |\n", syscall_kind_word((enum syscall_kind)call->kind),
			      call->is_state_keeping        ? "always"
			      : call->is_ignored_by_default ? "not by default"
							    : "for rules");
	}
}

static void flags_page(struct buffer *output, const struct row_choice *choice)
{
	buffer_append_string(output, "# Flags\n\n"
				     "Names that `evt.arg` shows for numbers, and the values that `evt.rawarg` has for "
				     "them: often not the kernel's.\n"
				     "Of *bits* all that are set are shown, joined by a bar, in this order.\n");
	for (size_t row = 0; row < FLAG_TABLE_COUNT; row++) {
		size_t count;
		const struct flag_info *rows = flag_table_rows((enum flag_table)row, &count);

		if (!list_row_is_chosen(choice, row))
			continue;
		buffer_printf(output, "\n## %s\n\n%s\n\n| name | value |\n| --- | --- |\n",
			      flag_table_name((enum flag_table)row),
			      flag_style_word(flag_table_style((enum flag_table)row)));
		for (size_t i = 0; i < count; i++) {
			buffer_append_string(output, "| ");
			code_cell(output, rows[i].name);
			next_cell(output);
			buffer_append_decimal(output, rows[i].value);
			buffer_append_string(output, " |\n");
		}
	}
}

/* ---- diagnostics ---- */

static void diagnostics_page(struct buffer *output, const struct row_choice *choice)
{
	buffer_append_string(
	    output,
	    "# Diagnostics\n\n"
	    "What `tercelc check` can say. *Code* is Falco's, *id* is ours and finer; both stand at the end of a "
	    "message.\nFalco stops at the first error of a file; `check` shows all, and the first is Falco's. "
	    "Warnings are shown up to\nthe first error of a file; `--warn`, `--no-warn` and `--error-on` switch them. "
	    "Those with the code `TERCEL_LINT`\nare ours alone: [lints.md](../lints.md) explains them.\n\n"
	    "| id | code | severity | meaning |\n| --- | --- | --- | --- |\n");
	for (size_t row = 0; row < DIAGNOSTIC_COUNT; row++) {
		const struct diagnostic_info *info = diagnostic_info((enum diagnostic_id)row);
		const struct load_code_info *code = load_code_info(info->load_code);

		if (!list_row_is_chosen(choice, row))
			continue;
		buffer_append_string(output, "| ");
		code_cell(output, info->name);
		next_cell(output);
		code_cell(output, code->name);
		buffer_printf(output, " | %s | ", code->severity == SEVERITY_ERROR ? "error" : "warning");
		cell(output, info->meaning);
		if (info->is_unknown_class)
			buffer_append_string(output, "; `skip-if-unknown-filter` forgives it");
		if (info->is_off_by_default)
			buffer_append_string(output, "; off by default");
		buffer_append_string(output, " |\n");
	}
}

void list_markdown(struct buffer *output, const struct row_choice *choice)
{
	static void (*const page[LIST_KIND_COUNT])(struct buffer *, const struct row_choice *) = {
	    [LIST_FIELDS] = fields_page,           [LIST_OPERATORS] = operators_page,
	    [LIST_EVENTS] = events_page,           [LIST_TRANSFORMERS] = transformers_page,
	    [LIST_SYSCALLS] = syscalls_page,       [LIST_FLAGS] = flags_page,
	    [LIST_DIAGNOSTICS] = diagnostics_page,
	};

	buffer_append_string(output, GENERATED);
	page[choice->kind](output, choice);
}
