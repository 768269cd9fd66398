/*
 * `tercelc show`: rules as they are after all files were merged, as written and with lists, macros and exceptions put
 * in, and which file and line gave what.
 */
#include "compiler/commands/commands.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "compiler/condition/canonical_text.h"
#include "compiler/compile_rules.h"
#include "compiler/diagnostics/diagnostic_render.h"
#include "compiler/load/rule_collection.h"
#include "compiler/load/select_rules.h"

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

/* ---- what a rule is made of ---- */

/* Macros and lists that are in a rule, each once, in the order of the text. */
struct ingredient {
	const char *kind; /* "macro", "list" */
	struct text name;
	bool is_appended;
	struct source_range range; /* its last definition; what a further file appended */
};

static const char list_kind[] = "list", macro_kind[] = "macro";

struct ingredients {
	const struct rule_collection *collection;
	struct buffer at;               /* of struct ingredient */
	const struct mapped_text *last; /* whose insertions were looked at last */
};

static size_t ingredient_count(const struct ingredients *ingredients)
{
	return ingredients->at.length / sizeof(struct ingredient);
}

static struct ingredient ingredient_at(const struct ingredients *ingredients, size_t index)
{
	struct ingredient ingredient;

	memcpy(&ingredient, ingredients->at.bytes + index * sizeof ingredient, sizeof ingredient);
	return ingredient;
}

static void add_ingredient(struct ingredients *ingredients, const char *kind, struct text name, bool is_appended,
			   struct source_range range)
{
	struct ingredient ingredient = {kind, name, is_appended, range};

	for (size_t i = 0; i < ingredient_count(ingredients); i++) {
		struct ingredient known = ingredient_at(ingredients, i);

		if (known.kind == kind && text_equal(known.name, name) && known.range.file == range.file)
			return;
	}
	buffer_append(&ingredients->at, &ingredient, sizeof ingredient);
}

static void add_list(struct ingredients *ingredients, const struct collected_list *list)
{
	add_ingredient(ingredients, list_kind, list->name, false, list->name_range);
	for (uint32_t i = 0; i < list->item_count; i++)
		if (list->items[i]->whole.file != list->name_range.file)
			add_ingredient(ingredients, list_kind, list->name, true, list->items[i]->whole);
}

static void add_macro(struct ingredients *ingredients, const struct collected_macro *macro)
{
	const struct mapped_text *condition = macro->condition;

	add_ingredient(ingredients, macro_kind, macro->name, false, macro->name_range);
	for (uint32_t i = 0; i < condition->piece_count; i++)
		if (condition->pieces[i].range.file != macro->name_range.file)
			add_ingredient(ingredients, macro_kind, macro->name, true, condition->pieces[i].range);
}

static void add_lists(struct ingredients *ingredients, const struct mapped_text *text)
{
	if (text == ingredients->last)
		return;
	ingredients->last = text;
	for (uint32_t i = 0; i < text->piece_count; i++) {
		const struct insertion *insertion = text->pieces[i].inserted_by;

		for (; insertion; insertion = insertion->outer) {
			const struct collected_list *list =
			    hash_table_get(ingredients->collection->list_table, insertion->name);

			if (insertion->kind == INSERTION_LIST && list)
				add_list(ingredients, list);
		}
	}
}

static void add_ingredients(struct ingredients *ingredients, const struct condition *condition)
{
	for (const struct macro_use *use = condition->used_by; use; use = use->outer) {
		const struct collected_macro *macro =
		    hash_table_get(ingredients->collection->macro_table, use->macro_name);

		if (macro)
			add_macro(ingredients, macro);
	}
	if (condition->span.text)
		add_lists(ingredients, condition->span.text);
	for (uint32_t i = 0; i < condition->child_count; i++)
		add_ingredients(ingredients, condition->children[i]);
}

static struct ingredients ingredients_of(const struct compilation *compilation, const struct rule *rule)
{
	struct ingredients ingredients = {.collection = compilation->collection, .at = BUFFER_INIT};

	add_ingredients(&ingredients, rule->condition);
	return ingredients;
}

static const struct collected_rule *collected(const struct compilation *compilation, const struct rule *rule)
{
	return hash_table_get(compilation->collection->rule_table, rule->name);
}

static struct text written_condition(const struct compilation *compilation, const struct rule *rule)
{
	return text_trim(collected(compilation, rule)->content.condition->text, " \t\r\n");
}

/* ---- text ---- */

static void append_place(struct buffer *buffer, struct source_range range)
{
	buffer_printf(buffer, TEXT_FORMAT ":%u", TEXT_ARGUMENTS(range.file->name),
		      source_file_position(range.file, range.start).line);
}

/* On one line. */
static void append_written(struct buffer *buffer, struct text written)
{
	bool is_blank = false;

	for (size_t i = 0; i < written.length; i++) {
		bool blank = strchr(" \t\r\n", written.bytes[i]) != NULL && written.bytes[i];

		if (blank && !is_blank)
			buffer_append_byte(buffer, ' ');
		else if (!blank)
			buffer_append_byte(buffer, (uint8_t)written.bytes[i]);
		is_blank = blank;
	}
}

static void show_origins(struct buffer *buffer, const struct compilation *compilation, const struct rule *rule)
{
	struct ingredients ingredients = ingredients_of(compilation, rule);

	buffer_append_string(buffer, "  from:\n");
	for (const struct rule_origin *origin = collected(compilation, rule)->origins; origin; origin = origin->next) {
		buffer_printf(buffer, "    %s%s: ", rule_key_table[origin->key].name,
			      origin->is_appended ? " (appended)" : "");
		append_place(buffer, origin->range);
		buffer_append_byte(buffer, '\n');
	}
	for (size_t i = 0; i < ingredient_count(&ingredients); i++) {
		struct ingredient ingredient = ingredient_at(&ingredients, i);

		buffer_printf(buffer, "    %s " TEXT_FORMAT "%s: ", ingredient.kind, TEXT_ARGUMENTS(ingredient.name),
			      ingredient.is_appended ? " (appended)" : "");
		append_place(buffer, ingredient.range);
		buffer_append_byte(buffer, '\n');
	}
	buffer->failed |= ingredients.at.failed;
	buffer_release(&ingredients.at);
}

static void show_text(struct buffer *buffer, const struct compilation *compilation, const struct rule *rule)
{
	buffer_printf(buffer, "rule: " TEXT_FORMAT "%s\n  defined: " TEXT_FORMAT ":%u\n  priority: %s\n  tags:",
		      TEXT_ARGUMENTS(rule->name), rule->is_enabled ? "" : " (disabled)", TEXT_ARGUMENTS(rule->file),
		      rule->line, priority_name(rule->priority));
	for (uint32_t i = 0; i < rule->tag_count; i++)
		buffer_printf(buffer, " " TEXT_FORMAT, TEXT_ARGUMENTS(rule->tags[i]));
	buffer_append_string(buffer, "\n  written: ");
	append_written(buffer, written_condition(compilation, rule));
	buffer_append_string(buffer, "\n  condition: ");
	canonical_condition(buffer, rule->condition);
	buffer_append_string(buffer, "\n  output: ");
	canonical_output(buffer, rule->output);
	buffer_append_byte(buffer, '\n');
	show_origins(buffer, compilation, rule);
	buffer_append_byte(buffer, '\n');
}

/* ---- JSON ---- */

static void write_place(struct json_writer *json, struct source_range range)
{
	json_key(json, TEXT("file"));
	json_string(json, range.file->name);
	json_key(json, TEXT("line"));
	json_unsigned(json, source_file_position(range.file, range.start).line);
}

static void write_origins(struct json_writer *json, const struct compilation *compilation, const struct rule *rule)
{
	struct ingredients ingredients = ingredients_of(compilation, rule);

	json_key(json, TEXT("from"));
	json_begin_array(json);
	for (const struct rule_origin *origin = collected(compilation, rule)->origins; origin; origin = origin->next) {
		json_begin_object(json);
		json_key(json, TEXT("key"));
		json_string(json, text_from_string(rule_key_table[origin->key].name));
		json_key(json, TEXT("appended"));
		json_bool(json, origin->is_appended);
		write_place(json, origin->range);
		json_end_object(json);
	}
	for (size_t i = 0; i < ingredient_count(&ingredients); i++) {
		struct ingredient ingredient = ingredient_at(&ingredients, i);

		json_begin_object(json);
		json_key(json, text_from_string(ingredient.kind));
		json_string(json, ingredient.name);
		json_key(json, TEXT("appended"));
		json_bool(json, ingredient.is_appended);
		write_place(json, ingredient.range);
		json_end_object(json);
	}
	json_end_array(json);
	json->buffer->failed |= ingredients.at.failed;
	buffer_release(&ingredients.at);
}

static void show_json(struct json_writer *json, const struct compilation *compilation, const struct rule *rule)
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
	json_key(json, TEXT("written"));
	json_string(json, written_condition(compilation, rule));
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
	write_origins(json, compilation, rule);
	json_end_object(json);
}

/* ---- the command ---- */

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
			show_json(&json, compilation, &compilation->rules[i]);
		else
			show_text(buffer, compilation, &compilation->rules[i]);
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

/* `show RULE FILES`: the first argument is no file, and its name is not that of one. */
static bool is_rule_name(const char *argument)
{
	struct text text = text_from_string(argument);
	struct stat status;

	return !text_is(text, "-") && !text_ends_with(text, TEXT(".yaml")) && !text_ends_with(text, TEXT(".yml")) &&
	       stat(argument, &status) != 0;
}

static bool any_is_wanted(const struct compilation *compilation)
{
	for (uint32_t i = 0; i < compilation->rule_count; i++)
		if (is_wanted(&compilation->rules[i]))
			return true;
	return false;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct compilation *compilation = NULL;
	int status, skipped = 0;

	(void)context;
	if (!arguments.rule && positional_count > 1 && is_rule_name(positionals[0]))
		arguments.rule = positionals[skipped++];
	status =
	    compile_arguments_run(&arguments.compile, positional_count - skipped, positionals + skipped, &compilation);
	if (status == EXIT_STATUS_OK && arguments.rule && compilation->error_count == 0 &&
	    !any_is_wanted(compilation)) {
		log_error("show: there is no rule '%s' in these files", arguments.rule);
		status = EXIT_STATUS_FINDINGS;
	}
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
	    .arguments = "[RULE] RULES...",
	    .help = "Show rules after all files were merged, as written and with everything put in, and what came from "
		    "where.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = SIZE_MAX,
	    .run = run,
	};
}
