#include "base/option_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "base/text.h"

#define HELP_COLUMN 32

enum parse_result { PARSED = 0, HELP_PRINTED = 1, USAGE_ERROR = EXIT_STATUS_USAGE };

struct parser {
	const struct program *program;
	const struct command *command;
	char **arguments;
	int count;
	int next; /* argument to be looked at */
	int positional_count;
};

static const char *blank_before(const char *word)
{
	return *word ? " " : "";
}

static int print_and_release(struct buffer *text)
{
	int error = text->failed ? -ENOMEM : write_all(STDOUT_FILENO, text->bytes, text->length);

	buffer_release(text);
	if (error) {
		log_error("cannot write the help: %s", strerror(-error));
		return EXIT_STATUS_IO;
	}
	return EXIT_STATUS_OK;
}

static void append_row(struct buffer *text, size_t row_start, const char *help)
{
	size_t width = text->length - row_start;

	if (width + 2 > HELP_COLUMN)
		buffer_printf(text, "\n%*s%s\n", HELP_COLUMN, "", help);
	else
		buffer_printf(text, "%*s%s\n", (int)(HELP_COLUMN - width), "", help);
}

static void append_option(struct buffer *text, const struct option *option)
{
	size_t start = text->length;
	const char *argument = option->argument ? option->argument : option->choices ? option->choices : "";

	if (option->letter)
		buffer_printf(text, "  -%c, --%s", option->letter, option->name);
	else
		buffer_printf(text, "      --%s", option->name);
	if (option->kind != OPTION_FLAG)
		buffer_printf(text, " %s", argument);
	append_row(text, start, option->help);
}

static int print_command_help(const struct program *program, const struct command *command)
{
	static const struct option help_row = {"help", 'h', OPTION_FLAG, NULL, NULL, NULL, "Print this help."};
	bool has_options = command->options && command->options->name;
	struct buffer text = BUFFER_INIT;

	buffer_printf(&text, "Usage: %s%s%s%s%s%s\n\n%s\n\nOptions:\n", program->name, blank_before(command->name),
		      command->name, has_options ? " [OPTIONS]" : "", blank_before(command->arguments),
		      command->arguments, command->help);
	for (const struct option *option = command->options; option && option->name; option++)
		append_option(&text, option);
	append_option(&text, &help_row);
	return print_and_release(&text);
}

static int print_program_help(const struct program *program)
{
	struct buffer text = BUFFER_INIT;

	buffer_printf(&text, "Usage: %s COMMAND [ARGUMENTS]\n\n%s\n\nCommands:\n", program->name, program->summary);
	for (const struct command *command = program->commands; command->name; command++) {
		size_t start = text.length;

		buffer_printf(&text, "  %s", command->name);
		append_row(&text, start, command->help);
	}
	buffer_printf(&text, "\n\"%s COMMAND --help\" explains a command; \"%s --version\" prints the version.\n",
		      program->name, program->name);
	return print_and_release(&text);
}

static int __attribute__((format(printf, 2, 3))) usage_error(const struct parser *parser, const char *format, ...)
{
	struct buffer message = BUFFER_INIT;
	const char *name = parser->command->name;
	va_list arguments;

	va_start(arguments, format);
	buffer_vprintf(&message, format, arguments);
	va_end(arguments);
	log_error("%s%s" TEXT_FORMAT, name, *name ? ": " : "", TEXT_ARGUMENTS(buffer_text(&message)));
	log_error("see \"%s%s%s --help\"", parser->program->name, blank_before(name), name);
	buffer_release(&message);
	return USAGE_ERROR;
}

static bool is_choice(const char *choices, struct text value)
{
	struct text left = text_from_string(choices);

	for (;;) {
		size_t bar = text_find_byte(left, '|');

		if (text_equal(text_slice(left, 0, bar), value))
			return true;
		if (bar == SIZE_MAX)
			return false;
		left = text_slice(left, bar + 1, SIZE_MAX);
	}
}

static int store_value(const struct parser *parser, const struct option *option, const char *value)
{
	struct option_list *list;
	const char **values;

	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)option->target = true;
		return PARSED;
	case OPTION_STRING:
		*(const char **)option->target = value;
		return PARSED;
	case OPTION_CHOICE:
		if (!is_choice(option->choices, text_from_string(value)))
			return usage_error(parser, "--%s must be one of %s, not \"%s\"", option->name, option->choices,
					   value);
		*(const char **)option->target = value;
		return PARSED;
	case OPTION_NUMBER:
		if (!text_to_u64(text_from_string(value), option->target))
			return usage_error(parser, "--%s needs a number without sign, not \"%s\"", option->name, value);
		return PARSED;
	case OPTION_LIST:
		list = option->target;
		values = reallocarray(list->values, list->count + 1, sizeof *values);
		if (!values)
			return usage_error(parser, "out of memory");
		list->values = values;
		values[list->count++] = value;
		return PARSED;
	case OPTION_PAIR: /* takes words, not a value */
		break;
	}
	return USAGE_ERROR;
}

static int store_pair(struct parser *parser, const struct option *option)
{
	const char **pair = option->target;

	if (parser->count - parser->next < 2)
		return usage_error(parser, "--%s needs two values: %s", option->name, option->argument);
	pair[0] = parser->arguments[parser->next++];
	pair[1] = parser->arguments[parser->next++];
	return PARSED;
}

static int parse_long(struct parser *parser, const char *argument)
{
	struct text whole = text_from_string(argument);
	size_t equals = text_find_byte(whole, '=');
	struct text name = text_slice(whole, 0, equals);
	const char *value = equals == SIZE_MAX ? NULL : argument + equals + 1;

	if (text_is(name, "help") && !value)
		return print_command_help(parser->program, parser->command) ? EXIT_STATUS_IO : HELP_PRINTED;
	for (const struct option *option = parser->command->options; option && option->name; option++) {
		if (!text_is(name, option->name))
			continue;
		if (option->kind == OPTION_FLAG && value)
			return usage_error(parser, "--%s takes no value", option->name);
		if (option->kind == OPTION_PAIR)
			return value ? usage_error(parser, "--%s takes two values, each a word of its own: %s",
						   option->name, option->argument)
				     : store_pair(parser, option);
		if (option->kind != OPTION_FLAG && !value) {
			if (parser->next >= parser->count)
				return usage_error(parser, "--%s needs a value", option->name);
			value = parser->arguments[parser->next++];
		}
		return store_value(parser, option, value);
	}
	return usage_error(parser, "unknown option \"--" TEXT_FORMAT "\"", TEXT_ARGUMENTS(name));
}

/* "-o FILE", "-oFILE", and flags in a row. */
static int parse_letters(struct parser *parser, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *option = parser->command->options;
		const char *value = NULL;
		int result;

		while (option && option->name && option->letter != *letters)
			option++;
		if (!option || !option->name) {
			if (*letters == 'h')
				return print_command_help(parser->program, parser->command) ? EXIT_STATUS_IO
											    : HELP_PRINTED;
			return usage_error(parser, "unknown option \"-%c\"", *letters);
		}
		if (option->kind != OPTION_FLAG) {
			if (letters[1])
				value = letters + 1;
			else if (parser->next < parser->count)
				value = parser->arguments[parser->next++];
			else
				return usage_error(parser, "-%c needs a value", option->letter);
		}
		result = store_value(parser, option, value);
		if (result || value)
			return result;
	}
	return PARSED;
}

static int check_positionals(const struct parser *parser)
{
	const struct command *command = parser->command;
	size_t count = (size_t)parser->positional_count;

	if (count > command->positional_max) {
		if (command->positional_max == 0)
			return usage_error(parser, "unexpected argument \"%s\"", parser->arguments[0]);
		return usage_error(parser, "unexpected argument \"%s\" after %s",
				   parser->arguments[command->positional_max], command->arguments);
	}
	if (count < command->positional_min)
		return usage_error(parser, "expected %s", command->arguments);
	return PARSED;
}

int options_parse(const struct program *program, const struct command *command, int argc, char **argv,
		  int *ret_positional_count, char ***ret_positionals)
{
	struct parser parser = {.program = program, .command = command, .arguments = argv, .count = argc};
	bool only_positionals = false;
	int result;

	while (parser.next < parser.count) {
		char *argument = argv[parser.next++];

		if (only_positionals || argument[0] != '-' || !argument[1]) {
			argv[parser.positional_count++] = argument;
			only_positionals |= command->stops_at_positional;
			continue;
		}
		if (strcmp(argument, "--") == 0) {
			only_positionals = true;
			continue;
		}
		result = argument[1] == '-' ? parse_long(&parser, argument + 2) : parse_letters(&parser, argument + 1);
		if (result)
			return result;
	}
	result = check_positionals(&parser);
	if (result)
		return result;
	*ret_positional_count = parser.positional_count;
	*ret_positionals = argv;
	return PARSED;
}

int program_main(const struct program *program, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	int positional_count, result;
	char **positionals;

	log_set_program(program->name);
	if (!name) {
		log_error("which command? see \"%s --help\"", program->name);
		return EXIT_STATUS_USAGE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return print_program_help(program);
	if (strcmp(name, "--version") == 0) {
		struct buffer text = BUFFER_INIT;

		buffer_printf(&text, "%s %s\n", program->name, TERCEL_VERSION);
		return print_and_release(&text);
	}
	for (const struct command *command = program->commands; command->name; command++) {
		if (strcmp(command->name, name) != 0)
			continue;
		result = options_parse(program, command, argc - 2, argv + 2, &positional_count, &positionals);
		if (result == PARSED)
			return command->run(positional_count, positionals, command->context);
		return result == HELP_PRINTED ? EXIT_STATUS_OK : result;
	}
	log_error("unknown command \"%s\"; see \"%s --help\"", name, program->name);
	return EXIT_STATUS_USAGE;
}

void option_list_release(struct option_list *list)
{
	free(list->values);
	*list = (struct option_list){0};
}
