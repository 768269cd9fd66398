/* `tercel-instrument task-definition`: adds the agent to a task definition in JSON. */
#include "instrument/commands/commands.h"

#include "base/exit_status.h"
#include "instrument/commands/arguments.h"
#include "instrument/task/task_definition.h"

static struct instrument_arguments arguments;

static const struct option options[] = {
    INSTRUMENT_OPTION_ROWS(&arguments),
    OUTPUT_OPTION_ROWS(&arguments.output),
    {0},
};

static int transform(const char *path)
{
	struct text source, result = TEXT_EMPTY;
	struct arena *arena;
	struct report report;
	int status = document_read(path, &arena, &source);
	bool good;

	if (status)
		return status;
	report = report_of(arena, source);
	arguments.images.arena = arena;
	good = task_definition_transform(source, ACTION_INSTRUMENT, SPELLING_API, &arguments.options, &arguments.images,
					 arena, &report, &result);
	status = result_write(&arguments.output, path, source, result, good, &report);
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
	return status;
}

struct command command_task_definition(void)
{
	arguments = INSTRUMENT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "task-definition",
	    .arguments = "FILE|-",
	    .help = "Adds the agent to a task definition: register's or describe's JSON, or a list of containers.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
