/* `tercel-instrument terraform-external`: the program of a data source `external` of Terraform. */
#include "instrument/commands/commands.h"

#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "instrument/commands/arguments.h"
#include "instrument/terraform/terraform_external.h"

#define OPTION_WORDS_MAX 10000

static struct instrument_arguments arguments;

/* What the query's member "options" may hold, by these names; `_` is the same as `-` there. */
static const struct option query_options[] = {INSTRUMENT_OPTION_ROWS(&arguments), {0}};

/* ---- the options in the query ---- */

struct words {
	struct arena *arena;
	char **words;
	size_t count;
};

static bool add_word(struct words *words, const struct option *option, struct text value)
{
	struct text word = option->kind == OPTION_FLAG
			       ? arena_format(words->arena, "--%s", option->name)
			       : arena_format(words->arena, "--%s=" TEXT_FORMAT, option->name, TEXT_ARGUMENTS(value));

	if (!word.bytes || words->count + 1 >= OPTION_WORDS_MAX)
		return false;
	words->words[words->count] = arena_copy_string(words->arena, word);
	return words->words[words->count++] != NULL;
}

static bool is_named(const char *option, struct text name)
{
	if (name.length != strlen(option))
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (option[i] != (name.bytes[i] == '_' ? '-' : name.bytes[i]))
			return false;
	return true;
}

static const struct option *find_option(struct text name)
{
	const struct option *option = query_options;

	while (option->name && !is_named(option->name, name))
		option++;
	return option->name ? option : NULL;
}

/* A list, or an object of which each member is "key=value". */
static bool add_list(struct words *words, const struct option *option, const struct node *list)
{
	for (const struct node *element = list->first; element; element = element->next) {
		struct text value = element->text;

		if (element->kind != NODE_STRING)
			return false;
		if (element->key)
			value = arena_format(words->arena, TEXT_FORMAT "=" TEXT_FORMAT,
					     TEXT_ARGUMENTS(element->key->text), TEXT_ARGUMENTS(element->text));
		if (!add_word(words, option, value))
			return false;
	}
	return true;
}

static bool has_nul(const struct node *value)
{
	for (const struct node *node = value; node; node = node_next_within(value, node))
		if (text_find_byte(node->text, '\0') != SIZE_MAX ||
		    (node->key && text_find_byte(node->key->text, '\0') != SIZE_MAX))
			return true;
	return false;
}

static bool add_option(struct words *words, const struct node *value)
{
	const struct option *option = find_option(value->key->text);
	bool good;

	if (!option) {
		log_error("options: there is no \"" TEXT_FORMAT "\"", TEXT_ARGUMENTS(value->key->text));
		return false;
	}
	if (node_is_absent(value))
		return true;
	if (option->kind == OPTION_FLAG)
		good =
		    value->kind == NODE_BOOL && (text_is(value->text, "false") || add_word(words, option, TEXT_EMPTY));
	else if (value->kind == NODE_ARRAY || value->kind == NODE_OBJECT)
		good = option->kind == OPTION_LIST && !has_nul(value) && add_list(words, option, value);
	else
		good = value->kind != NODE_BOOL && !has_nul(value) && add_word(words, option, value->text);
	if (!good)
		log_error("options: this is no value for \"%s\"", option->name);
	return good;
}

/* Fills `arguments` as the same words on a command line would. False after a message. */
static bool read_options(struct arena *arena, const struct node *options)
{
	static const struct program program = {.name = "tercel-instrument"};
	const struct command command = {.name = "terraform-external", .arguments = "", .options = query_options};
	struct words words = {.arena = arena, .words = arena_allocate_array(arena, OPTION_WORDS_MAX, sizeof(char *))};
	char **positionals;
	int positional_count;

	if (!words.words)
		return false;
	for (const struct node *value = options ? options->first : NULL; value; value = value->next)
		if (!add_option(&words, value))
			return false;
	return options_parse(&program, &command, (int)words.count, words.words, &positional_count, &positionals) == 0 &&
	       instrument_arguments_check(&arguments);
}

/* ---- the command ---- */

/* An exit status; what was found goes to standard error. */
static int show(const struct report *report, const char *name, bool good)
{
	struct buffer text = BUFFER_INIT;

	report_render_text(report, name, false, &text);
	write_all(STDERR_FILENO, text.bytes, text.length);
	buffer_release(&text);
	return report_exit_status(report, good);
}

static int answer_query(struct arena *arena, struct text source)
{
	struct report query_report = report_of(arena, source), report;
	struct buffer answer = BUFFER_INIT;
	struct terraform_query query;
	int status;
	bool good;

	if (!terraform_query_read(source, arena, &query_report, &query))
		return show(&query_report, "query", false);
	if (!read_options(arena, query.options))
		return EXIT_STATUS_FINDINGS;
	arguments.images.arena = arena;
	arguments.images.configurations = query.image_configs;
	report = report_of(arena, query.container_definitions);
	good = terraform_answer(&query, &arguments.options, &arguments.images, arena, &report, &answer);
	good = good && result_is_enough(&arguments.output, &report);
	status = show(&report, "container_definitions", good);
	if (good && write_all(STDOUT_FILENO, answer.bytes, answer.length)) {
		log_error("cannot write the answer");
		status = EXIT_STATUS_IO;
	}
	buffer_release(&answer);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct arena *arena;
	struct text source;
	int status = document_read("-", &arena, &source);

	(void)positional_count;
	(void)positionals;
	(void)context;
	if (status)
		return status;
	status = answer_query(arena, source);
	instrument_arguments_release(&arguments);
	arena_free(arena);
	return status;
}

struct command command_terraform_external(void)
{
	arguments = INSTRUMENT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "terraform-external",
	    .arguments = "",
	    .help =
		"Answers a query of Terraform's data source \"external\" from standard input: containers in, wrapped "
		"containers out. Its member \"options\" takes the options of task-definition.",
	    .run = run,
	};
}
