/* Listings as JSON: everything that the catalogue knows. */
#include "base/json_writer.h"
#include "compiler/listings/list_internal.h"

static void string(struct json_writer *json, const char *key, const char *value)
{
	json_key(json, text_from_string(key));
	json_string(json, text_from_string(value));
}

static void number(struct json_writer *json, const char *key, uint64_t value)
{
	json_key(json, text_from_string(key));
	json_unsigned(json, value);
}

static void boolean(struct json_writer *json, const char *key, bool value)
{
	json_key(json, text_from_string(key));
	json_bool(json, value);
}

/* null for `none` */
static void signed_or_null(struct json_writer *json, const char *key, int64_t value, int64_t none)
{
	json_key(json, text_from_string(key));
	if (value == none)
		json_null(json);
	else
		json_signed(json, value);
}

static void words(struct json_writer *json, const char *key, const struct word_list *list, uint32_t mask)
{
	json_key(json, text_from_string(key));
	json_begin_array(json);
	for (size_t i = 0; i < list->count; i++)
		if (mask >> i & 1)
			json_string(json, text_from_string(list->words[i]));
	json_end_array(json);
}

static void write_field(struct json_writer *json, size_t row)
{
	const struct field_info *field = field_info((unsigned)row);

	string(json, "name", field->name);
	string(json, "type", type_name((enum value_type)field->type));
	string(json, "format", format_word((enum value_format)field->format));
	boolean(json, "list", field->is_list);
	string(json, "argument", argument_word((enum field_argument)field->argument));
	words(json, "flags", &field_flag_words, field->flags);
	string(json, "class", field->class_name);
	words(json, "depends", &binding_words, field->depends);
	number(json, "value_bytes_max", field->value_bytes_max);
	string(json, "meaning", field->meaning);
	/* Every field has its function in event/fields, or the agent would not link. */
	string(json, "status", field_without_value((unsigned)row) ? "never a value" : "implemented");
	json_key(json, TEXT("without_value"));
	if (field_without_value((unsigned)row))
		json_string(json, text_from_string(field_without_value((unsigned)row)));
	else
		json_null(json);
}

static void write_operator(struct json_writer *json, size_t row)
{
	const struct operator_info *info = operator_info((unsigned)row);

	string(json, "name", info->name);
	words(json, "kinds", &kind_words, info->kinds);
	boolean(json, "takes_list_fields", info->takes_list_fields);
	boolean(json, "takes_modifier", info->takes_modifier);
	string(json, "meaning", info->meaning);
}

static void write_transformer(struct json_writer *json, size_t row)
{
	const struct transformer_info *transformer = transformer_info((unsigned)row);

	string(json, "name", transformer->name);
	number(json, "arguments_min", transformer->arguments_min);
	signed_or_null(json, "arguments_max", transformer->arguments_max, 255);
	string(json, "meaning", transformer->meaning);
}

static bool has_argument(const struct event_parameter_info *parameter)
{
	return parameter->source == PARAMETER_SOURCE_REGISTER || parameter->source == PARAMETER_SOURCE_MEMORY ||
	       parameter->source == PARAMETER_SOURCE_REGISTER_AND_KERNEL ||
	       parameter->source == PARAMETER_SOURCE_MEMORY_AND_KERNEL;
}

static void write_parameter(struct json_writer *json, const struct event_parameter_info *parameter)
{
	json_begin_object(json);
	string(json, "name", parameter->name);
	string(json, "type", type_name((enum value_type)parameter->type));
	string(json, "format", format_word((enum value_format)parameter->format));
	json_key(json, TEXT("table"));
	if (parameter->flag_table >= 0)
		json_string(json, text_from_string(flag_table_name((enum flag_table)parameter->flag_table)));
	else
		json_null(json);
	signed_or_null(json, "directory_parameter", parameter->directory_parameter, -1);
	string(json, "source", source_word((enum parameter_source)parameter->source));
	signed_or_null(json, "argument", has_argument(parameter) ? parameter->argument : -1, -1);
	json_end_object(json);
}

static void write_event(struct json_writer *json, size_t row)
{
	unsigned id = (unsigned)row;
	const struct event_info *event = event_info(id);

	number(json, "id", id);
	string(json, "name", event->name);
	string(json, "constant", event->constant);
	string(json, "direction", event->direction == DIRECTION_ENTER ? "enter" : "exit");
	string(json, "category", event_category_name((enum event_category)event->category));
	string(json, "class", event_class_word((enum event_class)event->event_class));
	words(json, "flags", &event_flag_words, event->flags);
	string(json, "produced", production_word((enum event_production)event->production));
	words(json, "rebinds", &binding_words, event->rebinds);
	words(json, "predicts", &prediction_words, event->predicts);
	json_key(json, TEXT("parameters"));
	json_begin_array(json);
	for (unsigned i = 0; i < event_parameter_count(id); i++)
		write_parameter(json, event_parameter_info(id, i));
	json_end_array(json);
}

static void write_syscall(struct json_writer *json, size_t row)
{
	const struct syscall_info *call = syscall_at(row);

	string(json, "name", call->name);
	number(json, "code", call->code);
	signed_or_null(json, "x86_64", call->number_x86_64, -1);
	signed_or_null(json, "aarch64", call->number_aarch64, -1);
	string(json, "event_name", call->event_name);
	string(json, "kind", syscall_kind_word((enum syscall_kind)call->kind));
	string(json, "category", event_category_name((enum event_category)call->category));
	signed_or_null(json, "exit_event", call->exit_event, -1);
	signed_or_null(json, "enter_event", call->enter_event, -1);
	boolean(json, "has_pre_execution_copy", call->has_pre_execution_copy);
	boolean(json, "keeps_state", call->is_state_keeping);
	boolean(json, "ignored_by_default", call->is_ignored_by_default);
}

static void write_flags(struct json_writer *json, size_t row)
{
	enum flag_table table = (enum flag_table)row;
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);

	string(json, "table", flag_table_name(table));
	string(json, "style", flag_style_word(flag_table_style(table)));
	json_key(json, TEXT("rows"));
	json_begin_array(json);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(json);
		string(json, "name", rows[i].name);
		number(json, "value", rows[i].value);
		signed_or_null(json, "kernel_x86_64", rows[i].kernel_x86_64, FLAG_NO_KERNEL_VALUE);
		signed_or_null(json, "kernel_aarch64", rows[i].kernel_aarch64, FLAG_NO_KERNEL_VALUE);
		if (rows[i].type != TYPE_NONE)
			string(json, "format", format_word((enum value_format)rows[i].format));
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_diagnostic(struct json_writer *json, size_t row)
{
	const struct diagnostic_info *info = diagnostic_info((enum diagnostic_id)row);
	const struct load_code_info *code = load_code_info(info->load_code);

	string(json, "id", info->name);
	string(json, "code", code->name);
	string(json, "severity", code->severity == SEVERITY_ERROR ? "error" : "warning");
	boolean(json, "forgiven_by_skip_if_unknown_filter", info->is_unknown_class);
	boolean(json, "on_by_default", !info->is_off_by_default);
	string(json, "meaning", info->meaning);
}

void list_json(struct buffer *output, const struct row_choice *choice)
{
	static const struct {
		const char *key;
		void (*write)(struct json_writer *, size_t);
	} kinds[LIST_KIND_COUNT] = {
	    [LIST_FIELDS] = {"fields", write_field},
	    [LIST_OPERATORS] = {"operators", write_operator},
	    [LIST_EVENTS] = {"events", write_event},
	    [LIST_TRANSFORMERS] = {"transformers", write_transformer},
	    [LIST_SYSCALLS] = {"syscalls", write_syscall},
	    [LIST_FLAGS] = {"flags", write_flags},
	    [LIST_DIAGNOSTICS] = {"diagnostics", write_diagnostic},
	};
	size_t rows = list_row_count(choice->kind);
	struct json_writer json;

	json_writer_init(&json, output);
	json_begin_object(&json);
	json_key(&json, text_from_string(kinds[choice->kind].key));
	json_begin_array(&json);
	for (size_t row = 0; row < rows; row++) {
		if (!list_row_is_chosen(choice, row))
			continue;
		json_begin_object(&json);
		kinds[choice->kind].write(&json, row);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
	buffer_append_byte(output, '\n');
}
