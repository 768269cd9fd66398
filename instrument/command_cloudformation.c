/* `tercel-instrument cloudformation`: adds the agent to the task definitions of a template. */
#include "instrument/commands.h"

#include "base/exit_status.h"
#include "instrument/arguments.h"
#include "instrument/cloudformation.h"

static struct instrument_arguments arguments;
static struct option_list parameters;
static const char *region, *account, *partition;

static const struct option options[] = {
    {"parameter", 0, OPTION_LIST, &parameters, "NAME=VALUE", NULL,
     "The value of a template's parameter; may be repeated."},
    {"region", 0, OPTION_STRING, &region, "NAME", NULL, "The value of AWS::Region."},
    {"account", 0, OPTION_STRING, &account, "ID", NULL, "The value of AWS::AccountId."},
    {"partition", 0, OPTION_STRING, &partition, "NAME", NULL, "The value of AWS::Partition."},
    INSTRUMENT_OPTION_ROWS(&arguments),
    OUTPUT_OPTION_ROWS(&arguments.output),
    {0},
};

static int transform(const char *path)
{
	const struct resolver resolver = {
	    .values = &parameters,
	    .region = region,
	    .account = account,
	    .partition = partition,
	};
	struct text source, result = TEXT_EMPTY;
	struct arena *arena;
	struct report report;
	int status = document_read(path, &arena, &source);
	bool good;

	if (status)
		return status;
	report = report_of(arena, source);
	arguments.images.arena = arena;
	arguments.options.architecture = arguments.architecture;
	good = cloudformation_transform(source, ACTION_INSTRUMENT, &arguments.options, &arguments.images, &resolver,
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
	option_list_release(&parameters);
	return status;
}

struct command command_cloudformation(void)
{
	arguments = INSTRUMENT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "cloudformation",
	    .arguments = "FILE|-",
	    .help = "Adds the agent to the task definitions of a CloudFormation template, YAML or JSON.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
