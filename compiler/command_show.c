/* `tercelc show`: rules as they are after all files were merged, with lists, macros and exceptions put in. */
#include "compiler/commands.h"

#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "compiler/canonical_text.h"
#include "compiler/compile_rules.h"
#include "compiler/diagnostic_render.h"
#include "compiler/select_rules.h"

static struct {
	const char *format, *rule;
	struct compile_arguments compile;
} arguments = {.format = "text"};

static const struct option options[] = {
    {"format", 'f', OPTION_CHOICE, &arguments.format, "FORMAT", "text|json", "How to show the rules."},
    {"rule", 'r', OPTION_STRING, &arguments.rule, "NAME", NULL, "Only rules of that name; * is a wildcard."},
    COMPILE_OPTION_ROWS(&arguments.compile),
    {0},
};

static bool is_wanted(const struct rule *rule)
{
	return !arguments.rule || rule_name_matches(text_from_string(arguments.rule), rule->name);
}

static void show_text(struct buffer *buffer, const struct rule *rule)
{
	buffer_printf(buffer, "rule: " TEXT_FORMAT "%s\n  defined: " TEXT_FORMAT ":%u\n  priority: %s\n  tags:",
		      TEXT_ARGUMENTS(rule->name), rule->is_enabled ? "" : " (disabled)", TEXT_ARGUMENTS(rule->file),
		      rule->line, priority_name(rule->priority));
	for (uint32_t i = 0; i < rule->tag_count; i++)
		buffer_printf(buffer, " " TEXT_FORMAT, TEXT_ARGUMENTS(rule->tags[i]));
	buffer_append_string(buffer, "\n  condition: ");
	canonical_condition(buffer, rule->condition);
	buffer_append_string(buffer, "\n  output: ");
	canonical_output(buffer, rule->output);
	buffer_append_string(buffer, "\n\n");
}

static void show_json(struct json_writer *json, const struct rule *rule)
{
	struct buffer text = BUFFER_INIT;

	json_begin_object(json);
	json_key(json, TEXT("name"));
	json_string(json, rule->name);
	json_key(json, TEXT("description"));
	json_string(json, rule->description);
	json_key(json, TEXT("file"));
	json_string(json, rule->file);
	json_key(json, TEXT("line"));
	json_unsigned(json, rule->line);
	json_key(json, TEXT("priority"));
	json_string(json, text_from_string(priority_name(rule->priority)));
	json_key(json, TEXT("source"));
	json_string(json, rule->source);
	json_key(json, TEXT("enabled"));
	json_bool(json, rule->is_enabled);
	json_key(json, TEXT("tags"));
	json_begin_array(json);
	for (uint32_t i = 0; i < rule->tag_count; i++)
		json_string(json, rule->tags[i]);
	json_end_array(json);
	canonical_condition(&text, rule->condition);
	json_key(json, TEXT("condition"));
	json_string(json, buffer_text(&text));
	json->buffer->failed |= text.failed;
	buffer_clear(&text);
	canonical_output(&text, rule->output);
	json_key(json, TEXT("output"));
	json_string(json, buffer_text(&text));
	json->buffer->failed |= text.failed;
	buffer_release(&text);
	json_end_object(json);
}

static void show_rules(struct buffer *buffer, const struct compilation *compilation)
{
	bool is_json = strcmp(arguments.format, "json") == 0;
	struct json_writer json;

	json_writer_init(&json, buffer);
	if (is_json)
		json_begin_array(&json);
	for (uint32_t i = 0; i < compilation->rule_count; i++) {
		if (!is_wanted(&compilation->rules[i]))
			continue;
		if (is_json)
			show_json(&json, &compilation->rules[i]);
		else
			show_text(buffer, &compilation->rules[i]);
	}
	if (is_json) {
		json_end_array(&json);
		buffer_append_byte(buffer, '\n');
	}
}

static int print(const struct compilation *compilation)
{
	struct buffer output = BUFFER_INIT;
	bool has_errors = compilation->error_count > 0;
	int written = 0, status;

	if (has_errors)
		diagnostic_render_text(&output, &compilation->diagnostics);
	else
		show_rules(&output, compilation);
	if (!output.failed)
		written = write_all(has_errors ? STDERR_FILENO : STDOUT_FILENO, output.bytes, output.length);
	if (output.failed || written)
		log_error("show: %s", output.failed ? "no memory" : strerror(-written));
	status = output.failed ? EXIT_STATUS_BUG
		 : written     ? EXIT_STATUS_IO
		 : has_errors  ? EXIT_STATUS_FINDINGS
			       : EXIT_STATUS_OK;
	buffer_release(&output);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct compilation *compilation = NULL;
	int status = compile_arguments_run(&arguments.compile, positional_count, positionals, &compilation);

	(void)context;
	if (status == EXIT_STATUS_OK)
		status = print(compilation);
	compilation_free(compilation);
	compile_arguments_release(&arguments.compile);
	return status;
}

struct command command_show(void)
{
	return (struct command){
	    .name = "show",
	    .arguments = "RULES...",
	    .help = "Show rules after all files were merged, with lists, macros and exceptions put in.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = SIZE_MAX,
	    .run = run,
	};
}
