/* `tercel-instrument plan`: what task-definition, cloudformation or dockerfile would decide; changes nothing. */
#include "instrument/commands/commands.h"

#include "base/exit_status.h"
#include "instrument/commands/arguments.h"
#include "instrument/cloudformation/cloudformation.h"
#include "instrument/dockerfile/dockerfile.h"
#include "instrument/dockerfile/dockerfile_parse.h"
#include "instrument/task/task_definition.h"

static struct instrument_arguments arguments;
static struct template_arguments template;
static struct option_list build_arguments;

static const struct option options[] = {
    TEMPLATE_OPTION_ROWS(&template),
    {"build-arg", 0, OPTION_LIST, &build_arguments, "NAME=VALUE", NULL,
     "The value of a Dockerfile's ARG before FROM; may be repeated."},
    INSTRUMENT_OPTION_ROWS(&arguments),
    {"format", 0, OPTION_CHOICE, &arguments.output.format, NULL, "text|json", "How to show it."},
    {0},
};

static int transform(const char *path)
{
	const struct resolver resolver = template_resolver(&template);
	struct text source, result = TEXT_EMPTY;
	struct arena *arena;
	struct report report;
	int status = document_read(path, &arena, &source);
	bool good;

	if (status)
		return status;
	report = report_of(arena, source);
	arguments.images.arena = arena;
	if (is_dockerfile(source))
		good = dockerfile_transform(source, ACTION_INSTRUMENT, &arguments.options, &build_arguments,
					    &arguments.images, arena, &report, &result);
	else if (is_cloudformation(source, arena))
		good = cloudformation_transform(source, ACTION_INSTRUMENT, &arguments.options, &arguments.images,
						&resolver, arena, &report, &result);
	else
		good = task_definition_transform(source, ACTION_INSTRUMENT, SPELLING_API, &arguments.options,
						 &arguments.images, arena, &report, &result);
	good = good && result_is_enough(&arguments.output, &report);
	status = report_write(arguments.output.format, path, good, &report);
	arena_free(arena);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	int status = EXIT_STATUS_USAGE;

	(void)positional_count;
	(void)context;
	if (instrument_arguments_check(&arguments))
		status = transform(positionals[0]);
	instrument_arguments_release(&arguments);
	option_list_release(&template.parameters);
	option_list_release(&build_arguments);
	return status;
}

struct command command_plan(void)
{
	arguments = INSTRUMENT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "plan",
	    .arguments = "FILE|-",
	    .help = "Shows what would be done with each container of a definition, template or Dockerfile, and why; "
		    "changes nothing.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
