/* `tercelc build`: rule files into a bundle. */
#include "compiler/commands/commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "compiler/emit/build_bundle.h"
#include "compiler/compile_rules.h"
#include "compiler/diagnostics/diagnostic_levels.h"
#include "compiler/diagnostics/diagnostic_render.h"
#include "compiler/lints/lint_rules.h"

static struct {
	const char *output, *key, *channel, *expires, *rule_matching, *name;
	uint64_t version, rollback_floor;
	bool has_no_debug;
	struct level_arguments levels;
	struct compile_arguments compile;
} arguments = {.channel = BUNDLE_DEFAULT_CHANNEL};

static const struct option options[] = {
	{"output", 'o', OPTION_STRING, &arguments.output, "B.tcb", NULL, "Write the bundle there; required."},
	{"key", 'k', OPTION_STRING, &arguments.key, "NAME.key", NULL, "Sign the bundle with this secret key."},
	{"name", 0, OPTION_STRING, &arguments.name, "NAME", NULL, "Name of the bundle; default: that of the first rule file."},
	{"channel", 0, OPTION_STRING, &arguments.channel, "C", NULL, "Channel of the bundle; default: stable."},
	{"bundle-version", 0, OPTION_NUMBER, &arguments.version, "N", NULL,
	 "Version, higher than those before; default: the time of the build."},
	{"rollback-floor", 0, OPTION_NUMBER, &arguments.rollback_floor, "N", NULL,
	 "Lowest version to which agents may return from this one; default: any."},
	{"expires", 0, OPTION_STRING, &arguments.expires, "DURATION", NULL,
	 "Agents do not install it later than this after the build (12h, 30d); default: never."},
	{"rule-matching", 0, OPTION_CHOICE, &arguments.rule_matching, "MODE", "first|all",
	 "Whether an event may match one rule or all; default: left to the agent."},
	{"no-debug", 0, OPTION_FLAG, &arguments.has_no_debug, NULL, NULL, "Leave out descriptions, and where rules stand in their files."},
	LEVEL_OPTION_ROWS(&arguments.levels),
	COMPILE_OPTION_ROWS(&arguments.compile),
	{0},
};

static int say_no_memory(void)
{
	log_error("build: no memory");
	return EXIT_STATUS_BUG;
}

static enum rule_matching matching_of(const char *text)
{
	if (!text)
		return RULE_MATCHING_UNSET;
	return strcmp(text, "all") == 0 ? RULE_MATCHING_ALL : RULE_MATCHING_FIRST;
}

static int expiry_of(const char *duration, uint64_t created_s, uint64_t *ret_expires_s)
{
	uint64_t duration_s;

	*ret_expires_s = 0;
	if (!duration)
		return EXIT_STATUS_OK;
	if (!duration_to_s(text_from_string(duration), &duration_s) || duration_s == 0 ||
	    __builtin_add_overflow(created_s, duration_s, ret_expires_s)) {
		log_error("build: --expires takes a duration such as 90s, 15m, 12h, 30d or 2w, not '%s'", duration);
		return EXIT_STATUS_USAGE;
	}
	return EXIT_STATUS_OK;
}

/* Everything that was found in the rules goes to standard error. */
static int show_diagnostics(const struct compilation *compilation)
{
	struct buffer text = BUFFER_INIT;
	int status = EXIT_STATUS_OK;

	diagnostic_render_text(&text, &compilation->diagnostics);
	if (text.failed)
		status = say_no_memory();
	else
		write_all(STDERR_FILENO, text.bytes, text.length);
	buffer_release(&text);
	return status;
}

static int write_bundle(const struct build_options *build, const struct compilation *compilation)
{
	struct buffer bundle = BUFFER_INIT;
	struct emit_result result = build_bundle(compilation->rules, compilation->rule_count, build, &bundle);
	int status = EXIT_STATUS_OK, error;

	switch (result.status) {
	case EMIT_OK:
		error = file_write_atomic(arguments.output, bundle.bytes, bundle.length, 0644);
		if (error) {
			log_error("cannot write %s: %s", arguments.output, strerror(-error));
			status = EXIT_STATUS_IO;
		}
		break;
	case EMIT_NO_MEMORY:
		status = say_no_memory();
		break;
	case EMIT_TOO_LARGE:
		log_error("build: no bundle can be made of these rules: %s", result.message);
		status = EXIT_STATUS_FINDINGS;
		break;
	case EMIT_BUG:
		log_error("build: the compiled program does not pass verification, which is a fault of the compiler: %s",
			  result.message);
		status = EXIT_STATUS_BUG;
		break;
	}
	buffer_release(&bundle);
	return status;
}

/* The options are good: compile, then build. */
static int build(struct build_options *build, int path_count, char **paths)
{
	struct compilation *compilation = NULL;
	struct diagnostic_levels levels;
	int status = level_arguments_read(&arguments.levels, &levels);

	if (status == EXIT_STATUS_OK)
		status = compile_arguments_run(&arguments.compile, path_count, paths, &compilation);
	if (status == EXIT_STATUS_OK)
		status = lint_compilation(compilation, &levels, build->emit.matching == RULE_MATCHING_ALL);
	if (status == EXIT_STATUS_OK)
		status = show_diagnostics(compilation);
	if (status == EXIT_STATUS_OK && compilation->error_count > 0) {
		log_error("build: no bundle is written because of %u error%s", compilation->error_count,
			  compilation->error_count == 1 ? "" : "s");
		status = EXIT_STATUS_FINDINGS;
	}
	if (status == EXIT_STATUS_OK)
		status = write_bundle(build, compilation);
	compilation_free(compilation);
	return status;
}

static int run_with_key(struct build_options *options_of_build, int path_count, char **paths)
{
	struct signing_key key;
	int error, status;

	if (!arguments.key)
		return build(options_of_build, path_count, paths);
	error = signing_key_read(arguments.key, &key);
	if (error) {
		log_error("cannot use %s: %s", arguments.key, key_error_sentence(error));
		return EXIT_STATUS_IO;
	}
	options_of_build->key = &key;
	status = build(options_of_build, path_count, paths);
	signing_key_release(&key);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct build_options options_of_build = {
		.created_s = clock_build_time_s(),
		.channel = text_from_string(arguments.channel),
		.rollback_floor = arguments.rollback_floor,
		.emit = {.matching = matching_of(arguments.rule_matching), .keep_debug = !arguments.has_no_debug},
	};
	int status;

	(void)context;
	options_of_build.version = arguments.version ? arguments.version : options_of_build.created_s;
	options_of_build.name = arguments.name ? text_from_string(arguments.name) : bundle_default_name(positionals[0]);
	if (!arguments.output) {
		log_error("build: -o B.tcb is missing");
		status = EXIT_STATUS_USAGE;
	} else {
		status = expiry_of(arguments.expires, options_of_build.created_s, &options_of_build.expires_s);
	}
	if (status == EXIT_STATUS_OK)
		status = run_with_key(&options_of_build, positional_count, positionals);
	compile_arguments_release(&arguments.compile);
	level_arguments_release(&arguments.levels);
	return status;
}

struct command command_build(void)
{
	return (struct command){
		.name = "build",
		.arguments = "-o B.tcb RULES...",
		.help = "Compile rule files into a bundle.",
		.options = options,
		.positional_min = 1,
		.positional_max = SIZE_MAX,
		.run = run,
	};
}
