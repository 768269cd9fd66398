/*
 * The driver: rule files in, checked rules out. Files are added one after the other into one compilation; each load
 * compiles everything collected so far again, as Falco does (rule language reference §1.1).
 *
 *	compilation_new(), compilation_add_path() ..., compilation_finish(), rules and diagnostics, compilation_free()
 */
#ifndef TERCEL_COMPILER_COMPILE_RULES_H
#define TERCEL_COMPILER_COMPILE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/option_table.h"
#include "base/source_file.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/condition/syntax_tree.h"

/* One entry of a rule selection, applied in order after all files (reference §7): the last that matches decides. */
struct rule_selector {
	bool enables;
	bool is_tag; /* exact tag; otherwise a rule name in which `*` stands for anything */
	struct text pattern;
};

struct compile_options {
	const struct rule_selector *selectors;
	uint32_t selector_count;
	enum priority least_priority; /* rules less severe are checked and left out; PRIORITY_DEBUG: none */
	size_t memory_bytes_max;      /* 0: COMPILATION_BYTES_MAX */
};

#define COMPILE_OPTIONS_DEFAULT ((struct compile_options){.least_priority = PRIORITY_DEBUG})
#define COMPILATION_BYTES_MAX ((size_t)1 << 30)

struct engine_version {
	uint32_t major, minor, patch;
};

/* One file load: its part of the diagnostics, [first_diagnostic, end_diagnostic). */
struct file_load {
	const struct source_file *file;
	uint32_t first_diagnostic, end_diagnostic;
	uint32_t first_compiled; /* from there on: what was said about everything collected so far, not about this file */
	bool has_errors;
};

struct compilation {
	struct arena *arena; /* owns all that follows */
	struct compile_options options;
	struct diagnostics diagnostics;
	struct file_load *loads;
	uint32_t load_count;
	bool hit_memory_limit; /* told as an error; nothing is loaded any more */
	uint32_t error_count, warning_count;           /* without repetitions */
	struct engine_version required_engine_version; /* the highest one asked for */

	/* After compilation_finish(): in the order in which rules are tried; empty when there are errors. */
	struct rule *rules;
	uint32_t rule_count;

	struct rule_collection *collection; /* what load_rules and merge_items keep: lists, macros, rules */
};

/* The options' arrays must outlive the compilation. NULL when there is no memory. */
struct compilation *compilation_new(const struct compile_options *options);
struct compilation *compilation_free(struct compilation *compilation);

/*
 * Loads a file, or the *.yaml and *.yml files of a directory in bytewise order. Mistakes in rules become diagnostics.
 * Returns 0; the negative errno of reading (nothing was loaded from that path on); -ENOMEM.
 */
int compilation_add_path(struct compilation *compilation, const char *path);
int compilation_add_text(struct compilation *compilation, struct text name, struct text bytes);

/*
 * Applies the selection and fills `rules`. When there are no errors, warnings of earlier loads that the last one does not
 * repeat are hidden: a later file used the macro, or changed the rule. 0 or -ENOMEM.
 */
int compilation_finish(struct compilation *compilation);

/*
 * What a pass returned, unless it is -ENOMEM because the compilation's memory limit was reached: that is an error in
 * the input, told at the item that the diagnostics' context names, and 0 is returned. Memory that the system does not
 * have stays -ENOMEM.
 */
int compilation_tell_memory_limit(struct compilation *compilation, int status);

/* Counts errors and warnings anew, as far as they are shown. */
void compilation_count_diagnostics(struct compilation *compilation);

/*
 * What the commands that take RULES… share: options --enable, --disable, --enable-tag, --disable-tag and
 * --min-priority, to be put into a command's option table, and the loading with messages for people on failure.
 */
struct compile_arguments {
	struct option_list enable, disable, enable_tag, disable_tag;
	const char *min_priority;
};

#define COMPILE_OPTION_ROWS(arguments)                                                                                 \
	{"enable", 0, OPTION_LIST, &(arguments)->enable, "RULE", NULL, "Enable rules by name; * is a wildcard."},      \
	    {"disable",                                                                                                \
	     0,                                                                                                        \
	     OPTION_LIST,                                                                                              \
	     &(arguments)->disable,                                                                                    \
	     "RULE",                                                                                                   \
	     NULL,                                                                                                     \
	     "Disable rules by name; done before enabling."},                                                          \
	    {"enable-tag",                                                                                             \
	     0,                                                                                                        \
	     OPTION_LIST,                                                                                              \
	     &(arguments)->enable_tag,                                                                                 \
	     "TAG",                                                                                                    \
	     NULL,                                                                                                     \
	     "Enable the rules that have the tag."},                                                                   \
	    {"disable-tag",                                                                                            \
	     0,                                                                                                        \
	     OPTION_LIST,                                                                                              \
	     &(arguments)->disable_tag,                                                                                \
	     "TAG",                                                                                                    \
	     NULL,                                                                                                     \
	     "Disable the rules that have the tag."},                                                                  \
	{                                                                                                              \
		"min-priority", 0, OPTION_STRING, &(arguments)->min_priority, "PRIORITY", NULL,                        \
		    "Leave out rules that are less severe."                                                            \
	}

/*
 * Compiles the files. Returns EXIT_STATUS_OK and the finished compilation, which may hold errors; or EXIT_STATUS_USAGE,
 * EXIT_STATUS_IO or EXIT_STATUS_BUG after a message on standard error. Disabling comes before enabling, names before
 * tags.
 */
int compile_arguments_run(struct compile_arguments *arguments, int path_count, char **paths,
			  struct compilation **ret_compilation);
void compile_arguments_release(struct compile_arguments *arguments);

#endif
