/* What the commands that take RULES… share. */
#include "compiler/compile_rules.h"

#include <errno.h>
#include <stdlib.h>

#include "base/exit_status.h"
#include "base/log.h"

static struct rule_selector *add_selectors(struct rule_selector *selectors, const struct option_list *list,
					   bool enables, bool is_tag)
{
	for (size_t i = 0; i < list->count; i++)
		*selectors++ = (struct rule_selector){enables, is_tag, text_from_string(list->values[i])};
	return selectors;
}

static int add_paths(struct compilation *compilation, int path_count, char **paths)
{
	for (int i = 0; i < path_count; i++) {
		int status = compilation_add_path(compilation, paths[i]);

		if (status == 0)
			continue;
		if (status == -ENOMEM && arena_hit_limit(compilation->arena)) {
			log_error("%s: the rules need more than %zu MiB of memory", paths[i],
				  COMPILATION_BYTES_MAX >> 20);
			return EXIT_STATUS_FINDINGS;
		}
		log_error("%s: %s", paths[i], strerror(-status));
		return status == -ENOMEM ? EXIT_STATUS_BUG : EXIT_STATUS_IO;
	}
	if (compilation_finish(compilation)) {
		log_error("no memory");
		return EXIT_STATUS_BUG;
	}
	return EXIT_STATUS_OK;
}

int compile_arguments_run(struct compile_arguments *arguments, int path_count, char **paths,
			  struct compilation **ret_compilation)
{
	size_t count = arguments->enable.count + arguments->disable.count + arguments->enable_tag.count +
		       arguments->disable_tag.count;
	struct compile_options options = COMPILE_OPTIONS_DEFAULT;
	struct compilation *compilation = NULL;
	struct rule_selector *selectors, *next;
	int status = EXIT_STATUS_OK;

	if (arguments->min_priority) {
		int priority = priority_by_name(text_from_string(arguments->min_priority));

		if (priority < 0) {
			log_error("--min-priority: no such priority: %s", arguments->min_priority);
			return EXIT_STATUS_USAGE;
		}
		options.least_priority = (enum priority)priority;
	}
	/* The selection lives as long as the compilation: freed with it, from its arena. */
	compilation = compilation_new(&options);
	selectors = compilation ? arena_allocate_array(compilation->arena, count + 1, sizeof *selectors) : NULL;
	if (!selectors) {
		log_error("no memory");
		compilation_free(compilation);
		return EXIT_STATUS_BUG;
	}
	next = add_selectors(selectors, &arguments->disable, false, false);
	next = add_selectors(next, &arguments->disable_tag, false, true);
	next = add_selectors(next, &arguments->enable, true, false);
	add_selectors(next, &arguments->enable_tag, true, true);
	compilation->options.selectors = selectors;
	compilation->options.selector_count = (uint32_t)count;
	status = add_paths(compilation, path_count, paths);
	if (status == EXIT_STATUS_OK)
		*ret_compilation = compilation;
	else
		compilation_free(compilation);
	return status;
}

void compile_arguments_release(struct compile_arguments *arguments)
{
	option_list_release(&arguments->enable);
	option_list_release(&arguments->disable);
	option_list_release(&arguments->enable_tag);
	option_list_release(&arguments->disable_tag);
}
