/* `tercel-agent replay`: the alerts that a bundle's rules give for a capture. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alert_writer.h"
#include "agent/commands.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "detect/alert_build.h"
#include "detect/ruleset_load.h"
#include "detect/ruleset_run.h"
#include "event/sources/scap_read.h"
#include "event/state/state.h"
#include "event/synthetic/synthetic_source.h"

#define HOST_NAME_BYTES 256

static const char *bundle_path;
static const char *synthetic_path;
static const char *format = "text";
static const char *rule_matching;
static bool enable_all;
static bool print_summary;
static struct option_list append_fields;
static struct option_list trusted_keys;
static uint64_t first_number;
static uint64_t last_number = UINT64_MAX;

static const struct option options[] = {
	{"bundle", 0, OPTION_STRING, &bundle_path, "FILE", NULL, "The rules; without them the capture is only read."},
	{"events", 0, OPTION_STRING, &synthetic_path, "FILE.yaml", NULL,
	 "Synthetic events (\"-\": standard input) instead of a capture; see docs/synthetic-events.md."},
	{"format", 0, OPTION_CHOICE, &format, NULL, "text|json", "How alerts are written (default: text)."},
	{"rule-matching", 0, OPTION_CHOICE, &rule_matching, NULL, "first|all",
	 "Whether an event gives one alert or one for each rule that matches (default: as the bundle says, else first)."},
	{"enable-all", 0, OPTION_FLAG, &enable_all, NULL, NULL, "Run disabled rules too."},
	{"append-field", 0, OPTION_LIST, &append_fields, "FIELD", NULL,
	 "Add this field to the output_fields of every alert; may be repeated."},
	{"from", 0, OPTION_NUMBER, &first_number, "NUMBER", NULL, "No alerts for events before this one (evt.num)."},
	{"to", 0, OPTION_NUMBER, &last_number, "NUMBER", NULL, "Stop after this event."},
	{"trust", 0, OPTION_LIST, &trusted_keys, "NAME.pub", NULL,
	 "Refuse a bundle that none of these keys has signed; may be repeated."},
	{"summary", 0, OPTION_FLAG, &print_summary, NULL, NULL, "Say at the end what was read and found."},
	{0},
};

struct replay {
	struct state *state;
	struct event_source *source;
	struct ruleset *ruleset; /* NULL: only reading */
	struct ruleset_runner *runner;
	struct alert_builder *builder;
	struct append_field *fields;
	struct alert_writer writer;
	uint64_t event_count, shown_count, alert_count;
	uint64_t *alerts_by_rule;
	uint64_t started_ns, progress_ns;
	bool shows_progress;
	char host_name[HOST_NAME_BYTES];
};

/* ---- setting up: each returns an exit status, having said what is wrong ---- */

static int read_trusted_keys(struct trust_set *trust)
{
	for (size_t i = 0; i < trusted_keys.count; i++) {
		int error = trust_set_add_argument(trust, trusted_keys.values[i]);

		if (error) {
			log_error("%s: %s", trusted_keys.values[i], key_error_sentence(error));
			return EXIT_STATUS_IO;
		}
	}
	return EXIT_STATUS_OK;
}

static int load_bundle(struct replay *replay)
{
	struct trust_set trust = {0};
	struct bundle_checks checks = {.accept_unsigned = true, .agent_version = TERCEL_VERSION};
	struct buffer bytes = BUFFER_INIT;
	struct bundle_refusal refusal;
	int status = read_trusted_keys(&trust), error;

	if (status != EXIT_STATUS_OK || !bundle_path)
		return status;
	if (trusted_keys.count > 0) {
		checks.trust = &trust;
		checks.accept_unsigned = false;
	}
	error = file_read(bundle_path, BUNDLE_BYTES_MAX, &bytes);
	if (error) {
		log_error("%s: %s", bundle_path, strerror(-error));
		status = EXIT_STATUS_IO;
	} else if (ruleset_load(buffer_text(&bytes), &checks, NULL, &replay->ruleset, &refusal) != BUNDLE_REFUSAL_NONE) {
		log_error("%s: refused: %s%s%s", bundle_path, bundle_refusal_sentence(refusal.code), *refusal.detail ? ": " : "",
			  refusal.detail);
		status = EXIT_STATUS_FINDINGS;
	}
	buffer_release(&bytes);
	return status;
}

static int no_memory(void)
{
	log_error("replay: no memory");
	return EXIT_STATUS_IO;
}

static int parse_append_fields(struct replay *replay)
{
	replay->fields = calloc(append_fields.count + 1, sizeof *replay->fields);
	if (!replay->fields)
		return no_memory();
	for (size_t i = 0; i < append_fields.count; i++) {
		if (!append_field_parse(text_from_string(append_fields.values[i]), &replay->fields[i])) {
			log_error("replay: --append-field: there is no field \"%s\"", append_fields.values[i]);
			return EXIT_STATUS_USAGE;
		}
	}
	return EXIT_STATUS_OK;
}

/* As Falco names it: the environment's word, else this machine's name. */
static void set_host_name(struct replay *replay)
{
	const char *name = getenv("FALCO_HOSTNAME");

	if (name)
		snprintf(replay->host_name, sizeof replay->host_name, "%s", name);
	else if (gethostname(replay->host_name, sizeof replay->host_name - 1) != 0)
		replay->host_name[0] = 0;
}

static int prepare_rules(struct replay *replay)
{
	const struct alert_builder_options builder_options = {
		.host_name = text_from_string(replay->host_name),
		.fields = replay->fields,
		.field_count = append_fields.count,
	};
	enum rule_matching matching = RULE_MATCHING_UNSET;

	if (!replay->ruleset)
		return EXIT_STATUS_OK;
	if (rule_matching)
		matching = strcmp(rule_matching, "all") == 0 ? RULE_MATCHING_ALL : RULE_MATCHING_FIRST;
	replay->builder = alert_builder_new(&builder_options);
	replay->runner = ruleset_runner_new(replay->state);
	replay->alerts_by_rule = calloc((size_t)program_rule_count(replay->ruleset->program) + 1,
					sizeof *replay->alerts_by_rule);
	if (!replay->builder || !replay->runner || !replay->alerts_by_rule ||
	    ruleset_runner_set_program(replay->runner, replay->ruleset->program, matching) < 0)
		return no_memory();
	if (enable_all)
		ruleset_runner_enable_all(replay->runner);
	return EXIT_STATUS_OK;
}

static int open_capture(struct replay *replay, const char *path)
{
	uint64_t done, total;
	int error = scap_source_open(path, &replay->source);

	if (error) {
		log_error("%s: %s", path, strerror(-error));
		return EXIT_STATUS_IO;
	}
	scap_source_progress(replay->source, &done, &total);
	/* Who pipes a capture in may be waiting for alerts. */
	replay->writer.is_immediate = total == 0 || isatty(STDOUT_FILENO);
	replay->shows_progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	return EXIT_STATUS_OK;
}

static int open_synthetic(struct replay *replay)
{
	struct buffer report = BUFFER_INIT;
	int error = synthetic_source_open(synthetic_path, &report, &replay->source);

	int status = error ? EXIT_STATUS_IO : EXIT_STATUS_OK;

	if (report.length > 0) {
		fwrite(report.bytes, 1, report.length, stderr);
		status = EXIT_STATUS_FINDINGS;
	} else if (error) {
		log_error("%s: %s", synthetic_path, strerror(-error));
	}
	buffer_release(&report);
	return status;
}

/* ---- running ---- */

static int give_alerts(struct replay *replay, const struct event *event, const struct rule_match *matches, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct alert *alert =
			alert_build(replay->builder, replay->runner, event, matches[i].rule, NULL, 0);
		int error;

		if (!alert)
			return no_memory();
		error = alert_writer_add(&replay->writer, alert);
		if (error) {
			log_error("replay: cannot write: %s", strerror(-error));
			return EXIT_STATUS_IO;
		}
		replay->alerts_by_rule[matches[i].rule]++;
		replay->alert_count++;
	}
	return EXIT_STATUS_OK;
}

/* A line on the terminal, written over and over, once the work has taken a second. */
static void show_progress(struct replay *replay)
{
	uint64_t now_ns = clock_monotonic_ns(), done, total;

	if (now_ns - replay->progress_ns < NS_PER_S / 5 || now_ns - replay->started_ns < NS_PER_S)
		return;
	replay->progress_ns = now_ns;
	scap_source_progress(replay->source, &done, &total);
	if (total > 0)
		fprintf(stderr, "\r%3" PRIu64 " %%, ", done * 100 / total);
	else
		fprintf(stderr, "\r");
	fprintf(stderr, "%" PRIu64 " events, %" PRIu64 " alerts ", replay->event_count, replay->alert_count);
}

static void end_progress(const struct replay *replay)
{
	if (replay->progress_ns != 0)
		fprintf(stderr, "\r\033[K");
}

/* All events, to the end of the capture or to its fault; alerts before it are given. */
static int run_events(struct replay *replay, const char *path)
{
	struct event event;
	int status = EXIT_STATUS_OK, more;

	while ((more = replay->source->next(replay->source, replay->state, &event)) == 1) {
		const struct rule_match *matches = NULL;
		uint32_t count = 0;

		if (event.number > last_number) {
			more = 0;
			break;
		}
		state_apply(replay->state, &event);
		replay->event_count++;
		replay->shown_count += !event.is_hidden;
		if (event.number < first_number)
			event.is_hidden = true;
		if (replay->runner)
			count = ruleset_run(replay->runner, &event, &matches);
		if (count > 0)
			status = give_alerts(replay, &event, matches, count);
		if (status != EXIT_STATUS_OK)
			return status;
		if (replay->shows_progress && replay->event_count % 4096 == 0)
			show_progress(replay);
	}
	end_progress(replay);
	if (more < 0) {
		log_error("%s: %s", path, replay->source->error(replay->source));
		return EXIT_STATUS_IO;
	}
	return EXIT_STATUS_OK;
}

static void log_summary(const struct replay *replay)
{
	const struct state_counters *counters = &replay->state->counters;

	log_info("%" PRIu64 " events, %" PRIu64 " of them hidden; %" PRIu64 " alerts; %" PRIu64 " ms", replay->event_count,
		 replay->event_count - replay->shown_count, replay->alert_count,
		 (clock_monotonic_ns() - replay->started_ns) / NS_PER_MS);
	log_info("%" PRIu64 " events of unknown threads, %" PRIu64 " uses of unknown descriptors",
		 counters->placeholders_made, counters->descriptors_unknown);
	if (!replay->ruleset)
		return;
	for (uint32_t rule = 0; rule < program_rule_count(replay->ruleset->program); rule++) {
		struct text name = program_rule(replay->ruleset->program, rule).name;

		if (replay->alerts_by_rule[rule] > 0)
			log_info("%8" PRIu64 "  " TEXT_FORMAT, replay->alerts_by_rule[rule], TEXT_ARGUMENTS(name));
	}
}

static void release(struct replay *replay)
{
	alert_writer_release(&replay->writer);
	alert_builder_free(replay->builder);
	ruleset_runner_free(replay->runner);
	ruleset_free(replay->ruleset);
	if (replay->source)
		replay->source->free(replay->source);
	state_free(replay->state);
	free(replay->fields);
	free(replay->alerts_by_rule);
	option_list_release(&append_fields);
	option_list_release(&trusted_keys);
}

static int run(int positional_count, char **positionals, void *context)
{
	struct replay replay = {
		.writer = {.descriptor = STDOUT_FILENO, .is_json = strcmp(format, "json") == 0},
		.started_ns = clock_monotonic_ns(),
	};
	const char *path = synthetic_path ? synthetic_path : positionals[0];
	int status, error;

	(void)context;
	if ((positional_count == 1) == (synthetic_path != NULL)) {
		log_error("replay: give a capture, or --events and a file");
		return EXIT_STATUS_USAGE;
	}
	set_host_name(&replay);
	replay.state = state_new(NULL, NULL);
	status = replay.state ? load_bundle(&replay) : no_memory();
	if (status == EXIT_STATUS_OK)
		status = parse_append_fields(&replay);
	if (status == EXIT_STATUS_OK)
		status = prepare_rules(&replay);
	if (status == EXIT_STATUS_OK)
		status = synthetic_path ? open_synthetic(&replay) : open_capture(&replay, path);
	if (status == EXIT_STATUS_OK) {
		status = run_events(&replay, path);
		error = alert_writer_flush(&replay.writer);
		if (error && status == EXIT_STATUS_OK) {
			log_error("replay: cannot write: %s", strerror(-error));
			status = EXIT_STATUS_IO;
		}
		if (print_summary)
			log_summary(&replay);
	}
	release(&replay);
	return status;
}

struct command command_replay(void)
{
	return (struct command){
		.name = "replay",
		.arguments = "[FILE.scap]",
		.help = "Run a bundle's rules on a recorded capture (\"-\": standard input) and print the alerts.",
		.options = options,
		.positional_max = 1,
		.run = run,
	};
}
