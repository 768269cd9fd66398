/* `tercel-instrument check`: the rules of ECS on Fargate, for any task definition. */
#include "instrument/commands/commands.h"

#include "base/exit_status.h"
#include "instrument/commands/arguments.h"
#include "instrument/cloudformation/cloudformation.h"
#include "instrument/dockerfile/dockerfile.h"
#include "instrument/dockerfile/dockerfile_parse.h"
#include "instrument/task/task_definition.h"

static const char *format = "text";

static const struct option options[] = {
    {"format", 0, OPTION_CHOICE, &format, NULL, "text|json", "How to show what was found."},
    {0},
};

static int run(int positional_count, char **positionals, void *context)
{
	struct arena *arena;
	struct report report;
	struct text source;
	int status = document_read(positionals[0], &arena, &source);
	bool good;

	(void)positional_count;
	(void)context;
	if (status)
		return status;
	report = report_of(arena, source);
	if (is_dockerfile(source))
		good = dockerfile_check(source, arena, &report);
	else if (is_cloudformation(source, arena))
		good = cloudformation_check(source, arena, &report);
	else
		good = task_definition_check(source, SPELLING_API, arena, &report);
	status = report_write(format, positionals[0], good, &report);
	arena_free(arena);
	return status;
}

struct command command_check(void)
{
	return (struct command){
	    .name = "check",
	    .arguments = "FILE|-",
	    .help =
		"Says which rules of Fargate a task definition breaks, and which of its containers are instrumented.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
