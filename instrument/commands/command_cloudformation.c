/* `tercel-instrument cloudformation`: adds the agent to the task definitions of a template. */
#include "instrument/commands/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "instrument/commands/arguments.h"
#include "instrument/cloudformation/cloudformation.h"
#include "instrument/cloudformation/lambda_runtime.h"
#include "instrument/cloudformation/macro.h"

static struct instrument_arguments arguments;
static struct template_arguments template;
static bool is_macro, is_lambda;

static const struct option options[] = {
    TEMPLATE_OPTION_ROWS(&template),
    INSTRUMENT_OPTION_ROWS(&arguments),
    OUTPUT_OPTION_ROWS(&arguments.output),
    {"macro", 0, OPTION_FLAG, &is_macro, NULL, NULL,
     "Take a macro's event from standard input and write the response; no FILE."},
    {"lambda", 0, OPTION_FLAG, &is_lambda, NULL, NULL,
     "Answer a macro's events as the custom runtime of a Lambda function; no FILE."},
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
	good = cloudformation_transform(source, ACTION_INSTRUMENT, &arguments.options, &arguments.images, &resolver,
					arena, &report, &result);
	status = result_write(&arguments.output, path, source, result, good, &report);
	arena_free(arena);
	return status;
}

/* ---- macros ---- */

/* The answer to one event, with the report on standard error, which is Lambda's log. */
static bool answer(struct text event, struct buffer *response, bool *ret_has_response)
{
	const struct macro macro = {
	    .options = &arguments.options,
	    .images = &arguments.images,
	    .parameters = &template.parameters,
	    .required = (size_t)arguments.output.required,
	};
	struct arena *arena = arena_new(0);
	struct buffer log = BUFFER_INIT;
	struct report report;
	bool good;

	*ret_has_response = false;
	if (!arena)
		return false;
	good = macro_answer(&macro, event, arena, &report, response, ret_has_response);
	if (strcmp(arguments.output.format, "json") == 0)
		report_render_json(&report, "event", &log);
	else
		report_render_text(&report, "event", true, &log);
	write_all(STDERR_FILENO, log.bytes, log.length);
	buffer_release(&log);
	arena_free(arena);
	return good;
}

static int answer_one(void)
{
	struct buffer event = BUFFER_INIT, response = BUFFER_INIT;
	int status = file_read("-", LAMBDA_EVENT_BYTES_MAX, &event);
	bool good, has_response = false;

	if (status) {
		log_error("cannot read the event: %s", strerror(-status));
		buffer_release(&event);
		return EXIT_STATUS_IO;
	}
	good = answer(buffer_text(&event), &response, &has_response);
	if (has_response) {
		buffer_append_byte(&response, '\n');
		status = write_all(STDOUT_FILENO, response.bytes, response.length);
		if (status)
			log_error("cannot write: %s", strerror(-status));
	}
	buffer_release(&event);
	buffer_release(&response);
	if (status)
		return EXIT_STATUS_IO;
	return good ? EXIT_STATUS_OK : EXIT_STATUS_FINDINGS;
}

static bool handle(struct text event, struct buffer *response, void *context)
{
	bool has_response;

	(void)context;
	/* A refusal is a response too: CloudFormation shows its message. */
	answer(event, response, &has_response);
	if (!has_response) {
		buffer_clear(response);
		buffer_append_string(response, "this is no event of a CloudFormation macro");
	}
	return has_response;
}

static int serve(void)
{
	const char *address = getenv("AWS_LAMBDA_RUNTIME_API");

	if (!address || !*address) {
		log_error("--lambda: AWS_LAMBDA_RUNTIME_API is not set; this runs in a Lambda function");
		return EXIT_STATUS_USAGE;
	}
	lambda_serve(address, handle, NULL);
	return EXIT_STATUS_IO;
}

static bool are_consistent(int positional_count)
{
	if (is_macro && is_lambda) {
		log_error("--macro or --lambda, not both");
		return false;
	}
	if ((is_macro || is_lambda) &&
	    (positional_count > 0 || arguments.output.path || arguments.output.in_place || arguments.output.diff)) {
		log_error("--%s takes no FILE and no options of output", is_macro ? "macro" : "lambda");
		return false;
	}
	if (!is_macro && !is_lambda && positional_count == 0) {
		log_error("FILE is missing; \"-\" is standard input");
		return false;
	}
	return true;
}

static int run(int positional_count, char **positionals, void *context)
{
	int status = EXIT_STATUS_USAGE;

	(void)context;
	if (are_consistent(positional_count) && instrument_arguments_check(&arguments)) {
		if (is_macro)
			status = answer_one();
		else if (is_lambda)
			status = serve();
		else
			status = transform(positionals[0]);
	}
	instrument_arguments_release(&arguments);
	option_list_release(&template.parameters);
	return status;
}

struct command command_cloudformation(void)
{
	arguments = INSTRUMENT_ARGUMENTS_INIT;
	return (struct command){
	    .name = "cloudformation",
	    .arguments = "[FILE|-]",
	    .help = "Adds the agent to the task definitions of a CloudFormation template, YAML or JSON.",
	    .options = options,
	    .positional_min = 0,
	    .positional_max = 1,
	    .run = run,
	};
}
