/* `tercel-agent replay`: the alerts that a bundle's rules give for a capture. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alert_writer.h"
#include "agent/commands.h"
#include "agent/replay/event_range.h"
#include "agent/replay/progress.h"
#include "agent/replay/summary.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "detect/alert_build.h"
#include "detect/ruleset_load.h"
#include "detect/ruleset_run.h"
#include "event/sources/scap_read.h"
#include "event/sources/scap_write.h"
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
static const char *least_priority, *from_text, *to_text;
static const char *write_path, *write_events = "all";
static bool compress_written;

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
	{"min-priority", 0, OPTION_CHOICE, &least_priority, NULL,
	 "emergency|alert|critical|error|warning|notice|informational|debug",
	 "Run only rules that are at least so urgent (default: debug, all)."},
	{"from", 0, OPTION_STRING, &from_text, "NUMBER|TIME", NULL,
	 "No alerts for events before this one: evt.num, 16:00:00.5, 2019-08-19T16:00:00Z, ns since the epoch, +5s."},
	{"to", 0, OPTION_STRING, &to_text, "NUMBER|TIME", NULL, "Stop after this event or time."},
	{"write", 0, OPTION_STRING, &write_path, "OUT.scap", NULL,
	 "Write the events between --from and --to, with the state that they need, as a capture of its own."},
	{"write-events", 0, OPTION_CHOICE, &write_events, NULL, "all|alerts",
	 "Which of them: all, or those that gave alerts, and of the others what they do to the state (default: all)."},
	{"compress", 0, OPTION_FLAG, &compress_written, NULL, NULL,
	 "Compress what --write writes, as gzip does; so it is, too, when its name ends in .gz."},
	{"trust", 0, OPTION_LIST, &trusted_keys, "NAME.pub", NULL,
	 "Refuse a bundle that none of these keys has signed; may be repeated."},
	{"summary", 0, OPTION_FLAG, &print_summary, NULL, NULL, "Say at the end, on standard error, what was read, dropped and found: events by type, alerts by rule."},
	{0},
};

struct replay {
	struct state *state;
	struct event_source *source;
	bool is_capture; /* the source is one, not synthetic events */
	struct ruleset *ruleset; /* NULL: only reading */
	struct ruleset_runner *runner;
	struct alert_builder *builder;
	struct append_field *fields;
	struct alert_writer writer;
	struct event_range range;
	struct scap_writer *capture; /* NULL: nothing is written */
	bool capture_has_begun;
	struct replay_summary summary;
	struct progress progress;
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

static int parse_bound(const char *option, const char *text, struct event_bound *ret_bound)
{
	if (!text || event_bound_parse(text_from_string(text), ret_bound))
		return EXIT_STATUS_OK;
	log_error("replay: %s: \"%s\" is neither an event's number nor a time (5000, 16:00:00.5, 2019-08-19T16:00:00Z, "
		  "1566230400010000000, +5s)", option, text);
	return EXIT_STATUS_USAGE;
}

static int parse_options(struct replay *replay)
{
	int status = parse_bound("--from", from_text, &replay->range.from);

	if (status == EXIT_STATUS_OK)
		status = parse_bound("--to", to_text, &replay->range.to);
	if (status == EXIT_STATUS_OK && write_path && strcmp(write_path, "-") == 0) {
		log_error("replay: --write: standard output is for alerts; name a file");
		status = EXIT_STATUS_USAGE;
	}
	return status == EXIT_STATUS_OK ? parse_append_fields(replay) : status;
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
	replay->summary.program = replay->ruleset->program;
	replay->summary.alerts_by_rule = calloc((size_t)program_rule_count(replay->ruleset->program) + 1,
						sizeof *replay->summary.alerts_by_rule);
	if (!replay->builder || !replay->runner || !replay->summary.alerts_by_rule ||
	    ruleset_runner_set_program(replay->runner, replay->ruleset->program, matching) < 0)
		return no_memory();
	if (enable_all)
		ruleset_runner_enable_all(replay->runner);
	if (least_priority)
		ruleset_runner_set_priority(replay->runner,
					    (enum priority)priority_by_name(text_from_string(least_priority)));
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
	replay->is_capture = true;
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

static int open_written(struct replay *replay)
{
	struct scap_write_options write_options = {.is_compressed = compress_written};
	int error;

	if (!write_path)
		return EXIT_STATUS_OK;
	write_options.is_compressed |= text_ends_with(text_from_string(write_path), TEXT(".gz"));
	error = scap_writer_open(write_path, &write_options, &replay->capture);
	if (!error)
		return EXIT_STATUS_OK;
	log_error("cannot write %s: %s", write_path, strerror(-error));
	return EXIT_STATUS_IO;
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
		replay->summary.alerts_by_rule[matches[i].rule]++;
		replay->summary.alerts++;
	}
	return EXIT_STATUS_OK;
}

static void show_progress(struct replay *replay)
{
	struct progress_figures figures = {.events = replay->summary.events, .alerts = replay->summary.alerts};
	uint64_t now_ns = clock_monotonic_ns();

	if (!progress_is_due(&replay->progress, now_ns))
		return;
	if (replay->is_capture)
		scap_source_progress(replay->source, &figures.done_bytes, &figures.total_bytes);
	progress_show(&replay->progress, now_ns, &figures);
}

/* ---- what --write writes ---- */

static int written(struct replay *replay, int error)
{
	if (!error)
		return EXIT_STATUS_OK;
	scap_writer_discard(replay->capture);
	replay->capture = NULL;
	log_error("cannot write %s: %s", write_path, strerror(-error));
	return EXIT_STATUS_IO;
}

/* Before the state knows the event: what is written first is the state as the event finds it. */
static int write_before(struct replay *replay, const struct event *event, bool is_in_range)
{
	if (!replay->capture || !(replay->capture_has_begun ? event->starts_section : is_in_range))
		return EXIT_STATUS_OK;
	replay->capture_has_begun = true;
	return written(replay, scap_writer_begin_section(replay->capture, replay->state, event));
}

static int write_after(struct replay *replay, struct event *event, bool is_in_range, bool gave_alert)
{
	bool is_wanted;

	if (!replay->capture || !replay->capture_has_begun)
		return EXIT_STATUS_OK;
	is_wanted = is_in_range && (gave_alert || strcmp(write_events, "all") == 0);
	return written(replay, scap_writer_add(replay->capture, event, is_wanted ? SCAP_WRITE_SHOWN : SCAP_WRITE_STATE_ONLY));
}

static int end_written(struct replay *replay)
{
	struct scap_writer *capture = replay->capture;
	bool is_empty;
	int error;

	if (!capture)
		return EXIT_STATUS_OK;
	replay->capture = NULL;
	is_empty = scap_writer_counters(capture)->events == 0;
	if (is_empty) {
		scap_writer_discard(capture);
		log_error("%s is not written: no event of the capture is between --from and --to", write_path);
		return EXIT_STATUS_FINDINGS;
	}
	error = scap_writer_close(capture);
	return written(replay, error);
}

/* ---- all events ---- */

static int run_event(struct replay *replay, struct event *event)
{
	const struct rule_match *matches = NULL;
	bool is_in_range = event_range_has(&replay->range, event);
	uint32_t count = 0;
	int status = write_before(replay, event, is_in_range);

	if (status != EXIT_STATUS_OK)
		return status;
	state_apply(replay->state, event);
	replay_summary_count(&replay->summary, event);
	if (!is_in_range)
		event->is_hidden = true;
	if (replay->runner)
		count = ruleset_run(replay->runner, event, &matches);
	if (count > 0)
		status = give_alerts(replay, event, matches, count);
	return status == EXIT_STATUS_OK ? write_after(replay, event, is_in_range, count > 0) : status;
}

/* To the end of the capture or to its fault; alerts before it are given. */
static int run_events(struct replay *replay, const char *path)
{
	struct event event;
	int status = EXIT_STATUS_OK, more;

	while ((more = replay->source->next(replay->source, replay->state, &event)) == 1) {
		event_range_see(&replay->range, &event);
		if (event_range_is_over(&replay->range, &event)) {
			more = 0;
			break;
		}
		status = run_event(replay, &event);
		if (status != EXIT_STATUS_OK)
			break;
		if (replay->progress.is_shown && replay->summary.events % 4096 == 0)
			show_progress(replay);
	}
	progress_end(&replay->progress);
	if (status != EXIT_STATUS_OK) {
		/* Alerts could not be written; half a capture is not what was asked for. */
		scap_writer_discard(replay->capture);
		replay->capture = NULL;
	}
	if (more < 0) {
		log_error("%s: %s", path, replay->source->error(replay->source));
		return EXIT_STATUS_IO;
	}
	return status;
}

static void log_summary(const struct replay *replay)
{
	const struct replay_totals totals = {
		.state = replay->state,
		.reader = replay->is_capture ? scap_source_counters(replay->source) : NULL,
		.values_cut =
			replay->runner ? field_reader_counters(ruleset_runner_fields(replay->runner))->values_cut : 0,
		.elapsed_ns = clock_monotonic_ns() - replay->progress.started_ns,
	};
	struct buffer out = BUFFER_INIT;

	if (replay->writer.is_json)
		replay_summary_json(&out, &replay->summary, &totals);
	else
		replay_summary_text(&out, &replay->summary, &totals);
	if (out.failed)
		no_memory();
	else
		fprintf(stderr, TEXT_FORMAT "%s", TEXT_ARGUMENTS(buffer_text(&out)), replay->writer.is_json ? "\n" : "");
	buffer_release(&out);
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
	free(replay->summary.alerts_by_rule);
	scap_writer_discard(replay->capture);
	option_list_release(&append_fields);
	option_list_release(&trusted_keys);
}

static int run(int positional_count, char **positionals, void *context)
{
	struct replay replay = {
		.writer = {.descriptor = STDOUT_FILENO, .is_json = strcmp(format, "json") == 0},
		.progress = progress_start(),
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
		status = parse_options(&replay);
	if (status == EXIT_STATUS_OK)
		status = prepare_rules(&replay);
	if (status == EXIT_STATUS_OK)
		status = synthetic_path ? open_synthetic(&replay) : open_capture(&replay, path);
	if (status == EXIT_STATUS_OK)
		status = open_written(&replay);
	if (status == EXIT_STATUS_OK) {
		status = run_events(&replay, path);
		error = alert_writer_flush(&replay.writer);
		if (error && status == EXIT_STATUS_OK) {
			log_error("replay: cannot write: %s", strerror(-error));
			status = EXIT_STATUS_IO;
		}
		/* What there was before a fault in the capture is worth keeping. */
		error = end_written(&replay);
		if (status == EXIT_STATUS_OK)
			status = error;
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
