/* `tercelc check`: everything that is wrong or doubtful in rule files. */
#include "compiler/commands/commands.h"

#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "compiler/compile_rules.h"
#include "compiler/diagnostics/diagnostic_levels.h"
#include "compiler/diagnostics/diagnostic_render.h"
#include "compiler/lints/lint_rules.h"

static struct {
	const char *format;
	struct level_arguments levels;
	struct compile_arguments compile;
} arguments = {.format = "text"};

static const struct option options[] = {
    {"format", 'f', OPTION_CHOICE, &arguments.format, "FORMAT", "text|json|sarif|github|falco-json",
     "How to show what was found."},
    LEVEL_OPTION_ROWS(&arguments.levels),
    COMPILE_OPTION_ROWS(&arguments.compile),
    {0},
};

static void render_text(struct buffer *buffer, const struct compilation *compilation)
{
	diagnostic_render_text(buffer, &compilation->diagnostics);
	buffer_printf(buffer, "%u error%s, %u warning%s\n", compilation->error_count,
		      compilation->error_count == 1 ? "" : "s", compilation->warning_count,
		      compilation->warning_count == 1 ? "" : "s");
}

static const struct {
	const char *name;
	void (*render)(struct buffer *buffer, const struct compilation *compilation);
} formats[] = {
    {"text", render_text},
    {"json", diagnostic_render_json},
    {"sarif", diagnostic_render_sarif},
    {"github", diagnostic_render_github},
    {"falco-json", diagnostic_render_falco_json},
};

static int show(const struct compilation *compilation)
{
	struct buffer output = BUFFER_INIT;
	int status = EXIT_STATUS_OK, written;

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(arguments.format, formats[i].name) == 0)
			formats[i].render(&output, compilation);
	if (output.failed) {
		log_error("check: no memory");
		status = EXIT_STATUS_BUG;
	} else {
		written = write_all(STDOUT_FILENO, output.bytes, output.length);
		if (written) {
			log_error("check: cannot write: %s", strerror(-written));
			status = EXIT_STATUS_IO;
		}
	}
	buffer_release(&output);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct compilation *compilation = NULL;
	struct diagnostic_levels levels;
	int status = level_arguments_read(&arguments.levels, &levels);

	(void)context;
	if (status == EXIT_STATUS_OK)
		status = compile_arguments_run(&arguments.compile, positional_count, positionals, &compilation);
	if (status == EXIT_STATUS_OK)
		status = lint_compilation(compilation, &levels, false);
	if (status == EXIT_STATUS_OK)
		status = show(compilation);
	if (status == EXIT_STATUS_OK && compilation->error_count)
		status = EXIT_STATUS_FINDINGS;
	compilation_free(compilation);
	compile_arguments_release(&arguments.compile);
	level_arguments_release(&arguments.levels);
	return status;
}

struct command command_check(void)
{
	return (struct command){
	    .name = "check",
	    .arguments = "RULES...",
	    .help = "Check rule files and show everything that is wrong or doubtful in them.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = SIZE_MAX,
	    .run = run,
	};
}
