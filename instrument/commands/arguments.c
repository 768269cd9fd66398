#include "instrument/commands/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "base/utf8.h"
#include "instrument/task/plan.h"
#include "instrument/document/unified_diff.h"

#define DOCUMENT_MODE 0644

/* Names of containers and volumes: letters, digits, hyphens, underscores (ECS's API model). */
static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= 200 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

/* Everything that goes into the document must be UTF-8. */
static bool are_texts(const struct instrument_options *options)
{
	const char *const strings[] = {options->agent_image,  options->orchestrator, options->bundle,
				       options->token_secret, options->ca_secret,    options->proxy,
				       options->init_user};
	const struct option_list *const lists[] = {&options->trust, &options->labels, &options->agent_options};

	for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
		if (strings[i] && !utf8_is_printable(text_from_string(strings[i])))
			return false;
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (!utf8_is_printable(text_from_string(lists[i]->values[j])))
				return false;
	return true;
}

static bool has_agent_option(const struct instrument_options *options, const char *prefix)
{
	for (size_t i = 0; i < options->agent_options.count; i++)
		if (strncmp(options->agent_options.values[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

/* What the agent would refuse when it starts, and the workload with it. Expressions are known only at deployment. */
static bool is_way_to_orchestrator(const struct instrument_options *options)
{
	const char *url = options->orchestrator;
	bool has_tls = url && strncmp(url, "tls+tcp://", 10) == 0;

	if (!url || option_is_expression(url))
		return true;
	if (!has_tls && strncmp(url, "tcp://", 6) != 0) {
		log_error("--orchestrator %s: the agent takes tcp://HOST:PORT and tls+tcp://HOST:PORT", url);
		return false;
	}
	if (options->ca_secret && !has_tls) {
		log_error("--ca-secret is for an --orchestrator that begins with tls+tcp://");
		return false;
	}
	if (has_tls && !options->ca_secret && !has_agent_option(options, "--ca-")) {
		log_error("--orchestrator %s needs --ca-secret (or the --agent-option --ca-file): with TLS the agent has to "
			  "know whose certificates it takes",
			  url);
		return false;
	}
	return true;
}

bool instrument_arguments_check(struct instrument_arguments *arguments)
{
	struct instrument_options *options = &arguments->options;

	options->delivery = DELIVERY_INIT;
	if (strcmp(arguments->delivery, "volumes-from") == 0)
		options->delivery = DELIVERY_VOLUMES_FROM;
	if (strcmp(arguments->delivery, "embedded") == 0)
		options->delivery = DELIVERY_EMBEDDED;
	options->skip_unknown_images = strcmp(arguments->unknown_image, "skip") == 0;
	if (!is_name(options->name_prefix)) {
		log_error("--name-prefix %s: letters, digits, '-' and '_' only", options->name_prefix);
		return false;
	}
	if (!are_texts(options)) {
		log_error("a value on the command line is not printable UTF-8");
		return false;
	}
	if (!is_way_to_orchestrator(options))
		return false;
	for (size_t i = 0; i < arguments->images.files.count; i++)
		if (!strchr(arguments->images.files.values[i], '=')) {
			log_error("--image-config %s: it does not say whose configuration it is; NAME=FILE",
				  arguments->images.files.values[i]);
			return false;
		}
	for (size_t i = 0; i < options->agent_options.count; i++)
		if (strcmp(options->agent_options.values[i], "--") == 0) {
			log_error("--agent-option --: that is where the agent's options end");
			return false;
		}
	return true;
}

struct resolver template_resolver(const struct template_arguments *arguments)
{
	return (struct resolver){
	    .values = &arguments->parameters,
	    .region = arguments->region,
	    .account = arguments->account,
	    .partition = arguments->partition,
	};
}

void instrument_arguments_release(struct instrument_arguments *arguments)
{
	option_list_release(&arguments->options.trust);
	option_list_release(&arguments->options.labels);
	option_list_release(&arguments->options.agent_options);
	option_list_release(&arguments->options.include);
	option_list_release(&arguments->options.exclude);
	option_list_release(&arguments->images.files);
	option_list_release(&arguments->images.layouts);
	option_list_release(&arguments->images.archives);
}

static int show_report(int descriptor, const char *format, const char *path, const struct report *report)
{
	const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
	struct buffer text = BUFFER_INIT;
	int status;

	if (strcmp(format, "json") == 0)
		report_render_json(report, name, &text);
	else
		report_render_text(report, name, true, &text);
	status = text.failed || report->failed ? -ENOMEM : write_all(descriptor, text.bytes, text.length);
	buffer_release(&text);
	return status;
}

int document_read(const char *path, struct arena **ret_arena, struct text *ret_source)
{
	struct arena *arena = arena_new(0);
	struct buffer buffer = BUFFER_INIT;
	int status = arena ? file_read(path, DOCUMENT_BYTES_MAX, &buffer) : -ENOMEM;
	struct text source = {0};

	if (!status) {
		source = arena_copy_text(arena, buffer_text(&buffer));
		status = source.bytes ? 0 : -ENOMEM;
	}
	buffer_release(&buffer);
	if (status == -EFBIG) {
		struct report report = report_of(arena, TEXT_EMPTY);

		report_at(&report, SEVERITY_ERROR, 0, "the document is larger than 1 MiB");
		show_report(STDERR_FILENO, "text", path, &report);
		arena_free(arena);
		return EXIT_STATUS_FINDINGS;
	}
	if (status) {
		log_error("%s: cannot read: %s", path, strerror(-status));
		arena_free(arena);
		return EXIT_STATUS_IO;
	}
	*ret_arena = arena;
	*ret_source = source;
	return EXIT_STATUS_OK;
}

static int write_file(const char *path, struct text text, mode_t mode)
{
	int status = file_write_atomic(path, text.bytes, text.length, mode);

	if (status)
		log_error("%s: cannot write: %s", path, strerror(-status));
	return status ? EXIT_STATUS_IO : EXIT_STATUS_OK;
}

static int write_in_place(const struct output_arguments *output, const char *path, struct text source,
			  struct text result)
{
	struct stat info;
	mode_t mode = stat(path, &info) == 0 ? info.st_mode & 07777 : DOCUMENT_MODE;
	char *backup_path = NULL, *real_path;
	int status = EXIT_STATUS_OK;

	if (text_equal(source, result))
		return EXIT_STATUS_OK;
	/* What a link leads to is written, not the link. */
	real_path = realpath(path, NULL);
	if (!real_path) {
		log_error("%s: cannot write: %s", path, strerror(errno));
		return EXIT_STATUS_IO;
	}
	if (output->backup) {
		if (asprintf(&backup_path, "%s.orig", path) < 0) {
			backup_path = NULL;
			status = EXIT_STATUS_BUG;
		} else {
			status = write_file(backup_path, source, mode);
		}
		free(backup_path);
	}
	if (!status)
		status = write_file(real_path, result, mode);
	free(real_path);
	return status;
}

static int write_diff(const char *path, struct text source, struct text result)
{
	const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
	struct buffer buffer = BUFFER_INIT;
	int status = unified_diff(source, name, result, name, &buffer)
			 ? write_all(STDOUT_FILENO, buffer.bytes, buffer.length)
			 : -ENOMEM;

	buffer_release(&buffer);
	if (status)
		log_error("cannot write: %s", strerror(-status));
	return status ? EXIT_STATUS_IO : EXIT_STATUS_OK;
}

static int write_result(const struct output_arguments *output, const char *path, struct text source, struct text result)
{
	int status;

	if (output->diff)
		return write_diff(path, source, result);
	if (output->in_place)
		return write_in_place(output, path, source, result);
	if (output->path && strcmp(output->path, "-") != 0)
		return write_file(output->path, result, DOCUMENT_MODE);
	status = write_all(STDOUT_FILENO, result.bytes, result.length);
	if (status)
		log_error("cannot write: %s", strerror(-status));
	return status ? EXIT_STATUS_IO : EXIT_STATUS_OK;
}

bool result_is_enough(const struct output_arguments *output, struct report *report)
{
	if (report->instrumented_count >= output->required)
		return true;
	report_at(report, SEVERITY_ERROR, SIZE_MAX, "%zu containers are wrapped, %zu are required",
		  report->instrumented_count, (size_t)output->required);
	return false;
}

int report_exit_status(const struct report *report, bool good)
{
	if (good)
		return EXIT_STATUS_OK;
	return report->io_failed ? EXIT_STATUS_IO : EXIT_STATUS_FINDINGS;
}

int report_write(const char *format, const char *path, bool good, const struct report *report)
{
	if (show_report(STDOUT_FILENO, format, path, report)) {
		log_error("cannot write the report");
		return EXIT_STATUS_IO;
	}
	return report_exit_status(report, good);
}

int result_write(const struct output_arguments *output, const char *path, struct text source, struct text result,
		 bool good, struct report *report)
{
	if (output->in_place && (output->path || strcmp(path, "-") == 0)) {
		log_error("--in-place needs a file, and no --output");
		return EXIT_STATUS_USAGE;
	}
	if (output->diff && (output->in_place || output->path)) {
		log_error("--diff writes nothing: it goes without --in-place and --output");
		return EXIT_STATUS_USAGE;
	}
	if (output->backup && !output->in_place) {
		log_error("--backup goes with --in-place");
		return EXIT_STATUS_USAGE;
	}
	good = good && result_is_enough(output, report);
	if (show_report(STDERR_FILENO, output->format, path, report))
		return EXIT_STATUS_BUG;
	if (!good)
		return report_exit_status(report, false);
	return write_result(output, path, source, result);
}
