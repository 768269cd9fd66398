/* `tercel-instrument dockerfile`: builds the agent into an image. */
#include "instrument/commands/commands.h"

#include "base/exit_status.h"
#include "base/log.h"
#include "instrument/commands/arguments.h"
#include "instrument/dockerfile/dockerfile.h"

static struct instrument_arguments arguments;
static struct option_list build_arguments;
static const char *from;
static bool takes_token;

static const struct option options[] = {
    {"agent-image", 0, OPTION_STRING, &arguments.options.agent_image, "IMAGE", NULL, "The image that has the agent."},
    {"from", 0, OPTION_STRING, &from, "IMAGE", NULL, "Write a new file that builds on this image, instead of FILE."},
    {"build-arg", 0, OPTION_LIST, &build_arguments, "NAME=VALUE", NULL,
     "The value of an ARG before FROM; may be repeated."},
    AGENT_OPTION_ROWS(&arguments),
    {"token-env", 0, OPTION_FLAG, &takes_token, NULL, NULL,
     "The agent finds its token in " TERCEL_TOKEN_VARIABLE ", which whoever runs the image sets."},
    {"force-pid1", 0, OPTION_FLAG, &arguments.options.force_pid1, NULL, NULL,
     "Wrap programs that want to be process 1."},
    IMAGE_OPTION_ROWS(&arguments),
    {"require", 0, OPTION_NUMBER, &arguments.output.required, "COUNT", NULL, "With 1: fail unless the agent is added."},
    OUTPUT_OPTION_ROWS(&arguments.output),
    {0},
};

static int transform(const char *path, struct arena *arena, struct text source)
{
	struct report report = report_of(arena, source);
	struct text result = TEXT_EMPTY;
	bool good;

	arguments.images.arena = arena;
	if (takes_token)
		arguments.options.token_secret = TERCEL_TOKEN_VARIABLE;
	good = dockerfile_transform(source, ACTION_INSTRUMENT, &arguments.options, &build_arguments, &arguments.images,
				    arena, &report, &result);
	return result_write(&arguments.output, path, source, result, good, &report);
}

static int transform_file(const char *path)
{
	struct arena *arena;
	struct text source;
	int status = document_read(path, &arena, &source);

	if (status)
		return status;
	status = transform(path, arena, source);
	arena_free(arena);
	return status;
}

static int write_new(void)
{
	struct arena *arena = arena_new(0);
	struct text source = arena ? arena_format(arena, "FROM %s\n", from) : TEXT_EMPTY;
	int status = source.bytes ? transform("-", arena, source) : EXIT_STATUS_BUG;

	arena_free(arena);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	int status = EXIT_STATUS_USAGE;

	(void)context;
	if ((positional_count == 1) == (from != NULL))
		log_error("give a FILE, or --from IMAGE for a new one");
	else if (instrument_arguments_check(&arguments))
		status = from ? write_new() : transform_file(positionals[0]);
	instrument_arguments_release(&arguments);
	option_list_release(&build_arguments);
	return status;
}

struct command command_dockerfile(void)
{
	arguments = INSTRUMENT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "dockerfile",
	    .arguments = "[FILE|-]",
	    .help = "Adds the agent to the last stage of a Dockerfile.",
	    .options = options,
	    .positional_max = 1,
	    .run = run,
	};
}
