/* `tercel-instrument plan`: what task-definition or cloudformation would decide; changes nothing. */
#include "instrument/commands.h"

#include "base/exit_status.h"
#include "instrument/arguments.h"
#include "instrument/cloudformation.h"
#include "instrument/task_definition.h"

static struct instrument_arguments arguments;
static struct template_arguments template;

static const struct option options[] = {
    TEMPLATE_OPTION_ROWS(&template),
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
	if (is_cloudformation(source, arena))
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
	return status;
}

struct command command_plan(void)
{
	arguments = INSTRUMENT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "plan",
	    .arguments = "FILE|-",
	    .help =
		"Shows what task-definition or cloudformation would do with each container, and why; changes nothing.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
