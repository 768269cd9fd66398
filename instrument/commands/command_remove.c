/* `tercel-instrument remove`: takes the agent out again. */
#include "instrument/commands/commands.h"

#include "base/exit_status.h"
#include "instrument/commands/arguments.h"
#include "instrument/cloudformation/cloudformation.h"
#include "instrument/dockerfile/dockerfile.h"
#include "instrument/dockerfile/dockerfile_parse.h"
#include "instrument/task/task_definition.h"

static struct output_arguments output;

static const struct option options[] = {OUTPUT_OPTION_ROWS(&output), {0}};

static int run(int positional_count, char **positionals, void *context)
{
	const struct instrument_options none = {.name_prefix = "tercel"};
	struct text source, result = TEXT_EMPTY;
	const struct resolver resolver = {0};
	struct image_lookup images = {0};
	struct arena *arena;
	struct report report;
	int status = document_read(positionals[0], &arena, &source);
	bool good;

	(void)positional_count;
	(void)context;
	if (status)
		return status;
	report = report_of(arena, source);
	if (is_dockerfile(source))
		good = dockerfile_transform(source, ACTION_REMOVE, &none, NULL, &images, arena, &report, &result);
	else if (is_cloudformation(source, arena))
		good =
		    cloudformation_transform(source, ACTION_REMOVE, &none, &images, &resolver, arena, &report, &result);
	else
		good = task_definition_transform(source, ACTION_REMOVE, SPELLING_API, &none, &images, arena, &report,
						 &result);
	status = result_write(&output, positionals[0], source, result, good, &report);
	arena_free(arena);
	return status;
}

struct command command_remove(void)
{
	output = OUTPUT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "remove",
	    .arguments = "FILE|-",
	    .help = "Takes the agent out of a file again: what was there before.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
