/*
 * Command lines from tables: parsing, `--help` and usage errors all come from the rows, so they cannot disagree.
 *
 * A program is a list of commands; each has options and positional arguments. Options may stand anywhere before "--";
 * "--name=value" and "--name value" are the same.
 */
#ifndef TERCEL_BASE_OPTION_TABLE_H
#define TERCEL_BASE_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_FLAG,   /* bool *                                   */
	OPTION_STRING, /* const char **                            */
	OPTION_LIST,   /* struct option_list *: may be repeated    */
	OPTION_NUMBER, /* uint64_t *                               */
	OPTION_CHOICE, /* const char **: one of `choices`          */
	OPTION_PAIR,   /* const char *[2]: two words of their own  */
};

struct option_list {
	const char **values; /* points into argv; the array is freed by option_list_release() */
	size_t count;
};

struct option {
	const char *name; /* "bundle-version": without dashes */
	char letter;      /* 'o', or 0; 0 for pairs */
	enum option_kind kind;
	void *target;
	const char *argument; /* what the help calls it: "FILE"; NULL for flags */
	const char *choices;  /* OPTION_CHOICE: "text|json" */
	const char *help;     /* one line */
};

struct command {
	const char *name;
	const char *arguments;                 /* "RULES…": as the usage line shows it; "" for none */
	const char *help;                      /* one line */
	const struct option *options;          /* ends with a row whose name is NULL; NULL for none */
	size_t positional_min, positional_max; /* SIZE_MAX: no limit */
	bool stops_at_positional; /* everything from the first positional on is positional: `run -- COMMAND…` */
	int (*run)(int positional_count, char **positionals, void *context);
	void *context;
};

struct program {
	const char *name;
	const char *summary;
	const struct command *commands; /* ends with a row whose name is NULL */
};

/* Parses, runs the command and returns its exit status; 2 after a usage error, which is explained on standard error. */
int program_main(const struct program *program, int argc, char **argv);

/*
 * Only the parsing, for tests and for commands with options of their own. `argv` is what follows the command's name;
 * positionals are moved to its front. A command whose name is "" belongs to a program that has only this one.
 * Returns 0, 1 when help was printed, 2 after a usage error, or 3 when the help could not be printed.
 */
int options_parse(const struct program *program, const struct command *command, int argc, char **argv,
		  int *ret_positional_count, char ***ret_positionals);

void option_list_release(struct option_list *list);

#endif
