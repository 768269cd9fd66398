#include "agent/capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/capture/alert_output.h"
#include "agent/capture/blind_spots.h"
#include "agent/capture/bundle_expiry.h"
#include "agent/capture/capture_plan.h"
#include "agent/capture/decode.h"
#include "agent/capture/doorbell.h"
#include "agent/capture/engine.h"
#include "agent/capture/init_link.h"
#include "agent/capture/kept_events.h"
#include "agent/capture/proc_files.h"
#include "agent/capture/recording.h"
#include "agent/spool/control.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "detect/ruleset_load.h"
#include "detect/ruleset_run.h"

#define HOST_NAME_BYTES 256
#define TERMINATE_GRACE_S 2
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127
#define EXIT_SIGNAL_BASE 128

struct capture {
	struct engine_handler handler; /* first: the engine gives it back to us */
	const struct capture_options *options;
	struct engine *engine;
	struct decoder decoder;
	struct kept_events kept;
	struct proc_view view;
	struct proc_lookup lookup;
	struct state *state;
	struct ruleset_runner *runner;
	struct ruleset *ruleset; /* NULL: none yet */
	struct bundle_policy *policy;
	struct capture_plan plan;
	struct alert_output output;
	struct alert_ring ring;
	struct agent_share *share;
	uint64_t event_number;
	char host_name[HOST_NAME_BYTES];
	bool first_has_ended;
	int first_status; /* as waitpid(2) gives it */
	struct init_link link;
	struct bundle_expiry expiry;
	struct recording recording;
	/* The last bundle that was refused. */
	bool has_refusal;
	struct bundle_refusal refusal;
	uint8_t refused_digest[CONTROL_DIGEST_BYTES], running_digest[CONTROL_DIGEST_BYTES];
	uint64_t refused_ns;
};

static struct capture *capture_of(struct engine_handler *handler)
{
	return (struct capture *)(void *)handler;
}

static void count(struct capture *capture, enum agent_counter counter)
{
	atomic_fetch_add_explicit(&capture->share->counters[counter], 1, memory_order_relaxed);
}

static void set_counter(struct capture *capture, enum agent_counter counter, uint64_t value)
{
	atomic_store_explicit(&capture->share->counters[counter], value, memory_order_relaxed);
}

/* ---- events ---- */

/*
 * Calls that nobody watches may have closed and reused descriptors: those that this call gets are looked at before they
 * are believed (one stat each).
 */
static void check_descriptors(struct capture *capture, struct event *event)
{
	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter_info *info = event_parameter_info(event->type, i);
		struct descriptor_identity identity;
		int64_t number;

		if (info->type != TYPE_FD || info->source != PARAMETER_SOURCE_REGISTER)
			continue;
		number = event_parameter_signed(event, i, -1);
		if (number >= 0 && proc_read_descriptor_identity((pid_t)event->thread_id, number, &identity))
			state_check_descriptor(capture->state, event->thread_id, number, &identity);
	}
}

static uint32_t evaluate(struct capture *capture, struct event *event, const struct rule_match **ret_matches)
{
	event->number = ++capture->event_number;
	count(capture, AGENT_COUNTER_EVENTS);
	state_apply(capture->state, event);
	return ruleset_run(capture->runner, event, ret_matches);
}

static void raise_all(struct capture *capture, const struct event *event, const struct rule_match *matches, uint32_t count_of)
{
	for (uint32_t i = 0; i < count_of; i++)
		alert_output_raise(&capture->output, capture->runner, event, matches[i].rule, false);
}

/* Everything that the alert prints is known as well: it can be given before the call has run. */
static bool output_is_known(struct capture *capture, uint32_t rule)
{
	const struct program *program = ruleset_runner_program(capture->runner);

	for (uint32_t i = 0; i < program_output_field_count(program, rule); i++) {
		const struct value *value =
			ruleset_runner_slot_value(capture->runner, program_output_field(program, rule, i).slot);

		if (value->state == VALUE_UNKNOWN || value->state == VALUE_PREDICTED)
			return false;
	}
	return true;
}

static bool are_final(struct capture *capture, const struct rule_match *matches, uint32_t match_count)
{
	for (uint32_t i = 0; i < match_count; i++)
		if (!matches[i].is_certain || !output_is_known(capture, matches[i].rule))
			return false;
	return true;
}

/* Whether the event is wanted with its result whatever the rules say. */
static bool is_recorded(const struct capture *capture, int64_t number)
{
	return recording_is_on(&capture->recording) && capture->plan.is_recorded[number];
}

/* An event with its result: rules are asked, and it is recorded. */
static void judge(struct capture *capture, struct event *event)
{
	const struct rule_match *matches;
	uint32_t match_count;

	recording_before(&capture->recording, capture->view.first, event);
	match_count = evaluate(capture, event, &matches);
	raise_all(capture, event, matches, match_count);
	recording_after(&capture->recording, event, match_count > 0);
}

static enum engine_decision on_enter(struct engine_handler *handler, const struct engine_call *call)
{
	struct capture *capture = capture_of(handler);
	const struct rule_match *matches;
	struct event event;
	enum engine_decision otherwise; /* unless rules want more */
	uint32_t match_count;

	if (call->number < 0 || call->number >= CAPTURE_NUMBERS_MAX)
		return ENGINE_DONE;
	otherwise = is_recorded(capture, call->number) ? ENGINE_RESULT : ENGINE_DONE;
	capture->decoder.thread = thread_find(capture->state->threads, call->tid);
	if (capture->plan.changes_state[call->number]) {
		/* Its result is wanted anyhow: rules are asked once, then. What will be gone by then is read now. */
		decode_keep(&capture->decoder, call);
		return ENGINE_RESULT;
	}
	blind_spots_look_at(&capture->output, call, capture->decoder.thread);
	if (!capture->plan.has_rules[call->number] ||
	    decode_call(&capture->decoder, call, STAGE_ENTER, &event) < 0)
		return otherwise;
	if (otherwise == ENGINE_DONE)
		check_descriptors(capture, &event);
	match_count = evaluate(capture, &event, &matches);
	if (match_count == 0 && otherwise == ENGINE_DONE)
		return ENGINE_DONE;
	if (otherwise == ENGINE_RESULT || !are_final(capture, matches, match_count)) {
		capture->event_number--; /* the same event comes again */
		if (match_count > 0)
			kept_events_put(&capture->kept, call->tid, &event);
		return ENGINE_RESULT;
	}
	raise_all(capture, &event, matches, match_count);
	return ENGINE_DONE;
}

/* As pid 1 of its container, the first process is the parent of all orphans. */
static void make_reaper(const struct thread *first)
{
	if (first && first->group)
		first->group->is_reaper = true;
}

static void on_result(struct engine_handler *handler, const struct engine_call *call)
{
	struct capture *capture = capture_of(handler);
	struct event event;

	capture->decoder.thread = thread_find(capture->state->threads, call->tid);
	kept_events_drop(&capture->kept, call->tid);
	if (decode_call(&capture->decoder, call, STAGE_EXIT, &event) < 0)
		return;
	/* Else it was done at enter, when what a close has closed was still there. */
	if (capture->plan.changes_state[call->number] && !is_recorded(capture, call->number))
		check_descriptors(capture, &event);
	judge(capture, &event);
	if (call->tid == capture->view.first)
		make_reaper(event.thread);
}

/* The call was under way when the thread was killed: the alert is given as if it had succeeded, and says so. */
static void on_lost(struct engine_handler *handler, const struct engine_call *call)
{
	struct capture *capture = capture_of(handler);
	const struct rule_match *matches;
	struct event event;
	uint32_t match_count;

	if (!kept_events_get(&capture->kept, call->tid, &event))
		return;
	match_count = evaluate(capture, &event, &matches);
	for (uint32_t i = 0; i < match_count; i++)
		alert_output_raise(&capture->output, capture->runner, &event, matches[i].rule, true);
	kept_events_drop(&capture->kept, call->tid);
}

static void on_new_thread(struct engine_handler *handler, pid_t parent_tid, pid_t child, uint64_t clone_flags)
{
	struct capture *capture = capture_of(handler);
	const struct thread *parent;
	struct event event;

	for (int as_child = 0; as_child <= 1; as_child++) {
		parent = thread_find(capture->state->threads, parent_tid);
		if (!parent || decode_clone(&capture->decoder, parent, child, clone_flags, as_child, &event) < 0)
			return;
		judge(capture, &event);
	}
}

static void on_gone(struct engine_handler *handler, pid_t tid, int wait_status)
{
	struct capture *capture = capture_of(handler);
	struct event event;

	/*
	 * Not known: its leader executed another program meanwhile, and the event of that has removed it. A first process that
	 * could not execute its command was ours.
	 */
	if (thread_find(capture->state->threads, tid) && capture->engine->operations->start_error(capture->engine) == 0) {
		decode_end(&capture->decoder, tid, wait_status, &event);
		judge(capture, &event);
	}
	decoder_forget(&capture->decoder, tid);
	if (tid == capture->view.first && !capture->first_has_ended) {
		capture->first_has_ended = true;
		capture->first_status = wait_status;
		init_link_report_end(&capture->link, wait_status);
	}
}

/* ---- signals and job control ---- */

static void on_job_control(struct engine_handler *handler, int stop_signal)
{
	init_link_report_job_control(&capture_of(handler)->link, stop_signal);
}

static bool on_signal(struct engine_handler *handler, siginfo_t *info)
{
	return init_link_take_signal(&capture_of(handler)->link, info);
}

/* ---- bundles ---- */

static void copy_string(char *to, size_t size, struct text from)
{
	snprintf(to, size, TEXT_FORMAT, TEXT_ARGUMENTS(from));
}

static void send_status(struct capture *capture)
{
	struct control_message message = {.kind = CONTROL_STATUS};

	if (capture->options->control_socket < 0)
		return;
	if (capture->ruleset) {
		const struct bundle_manifest *manifest = bundle_manifest(capture->ruleset->bundle);

		message.status.has_running = true;
		memcpy(message.status.running.digest, capture->running_digest, CONTROL_DIGEST_BYTES);
		copy_string(message.status.running.name, sizeof message.status.running.name, manifest->name);
		copy_string(message.status.running.channel, sizeof message.status.running.channel, manifest->channel);
		message.status.running.version = manifest->version;
	}
	if (capture->has_refusal) {
		message.status.has_refusal = true;
		copy_string(message.status.refusal_code, sizeof message.status.refusal_code,
			    text_from_string(bundle_refusal_name(capture->refusal.code)));
		snprintf(message.status.refusal_message, sizeof message.status.refusal_message, "%s%s%s",
			 bundle_refusal_sentence(capture->refusal.code), capture->refusal.detail[0] ? ": " : "",
			 capture->refusal.detail);
		memcpy(message.status.refused_digest, capture->refused_digest, CONTROL_DIGEST_BYTES);
		message.status.refused_ns = capture->refused_ns;
	}
	control_send(capture->options->control_socket, &message, -1);
}

/* Checks, verifies and makes it active, whole; or keeps the old one and remembers why. True: it runs. */
static bool install_bundle(struct capture *capture, struct text bytes, const uint8_t *digest)
{
	struct bundle_checks checks = {.trust = capture->options->trust,
				       .now_s = clock_realtime_ns() / NS_PER_S,
				       .agent_version = TERCEL_VERSION};
	struct buffer blind_calls = BUFFER_INIT;
	struct ruleset *ruleset;
	struct bundle_refusal refusal;

	if (ruleset_load(bytes, &checks, capture->policy, &ruleset, &refusal) != BUNDLE_REFUSAL_NONE) {
		capture->has_refusal = true;
		capture->refusal = refusal;
		capture->refused_ns = clock_realtime_ns();
		memcpy(capture->refused_digest, digest, CONTROL_DIGEST_BYTES);
		count(capture, AGENT_COUNTER_BUNDLES_REFUSED);
		log_warning("bundle refused: %s%s%s", bundle_refusal_sentence(refusal.code), refusal.detail[0] ? ": " : "",
			    refusal.detail);
		return false;
	}
	if (ruleset_runner_set_program(capture->runner, ruleset->program, capture->options->matching) < 0) {
		ruleset_free(ruleset);
		return false;
	}
	if (bundle_policy_record(capture->policy, ruleset->bundle) == 0 && capture->options->state_directory)
		bundle_policy_save(capture->policy, capture->options->state_directory);
	ruleset_free(capture->ruleset);
	capture->ruleset = ruleset;
	memcpy(capture->running_digest, digest, CONTROL_DIGEST_BYTES);
	bundle_expiry_watch(&capture->expiry, bundle_manifest(ruleset->bundle));
	count(capture, AGENT_COUNTER_BUNDLES_INSTALLED);
	capture_plan_change(&capture->plan, ruleset->program, &blind_calls);
	if (capture->view.first != 0)
		blind_spots_tell_calls(&capture->output, &blind_calls);
	buffer_release(&blind_calls);
	return true;
}

/* The one of the command line, if there is one. False when it was refused. */
static bool install_given_bundle(struct capture *capture)
{
	struct text bytes = capture->options->bundle;
	uint8_t digest[CONTROL_DIGEST_BYTES];

	if (bytes.length == 0)
		return true;
	bundle_file_digest(bytes, digest);
	return install_bundle(capture, bytes, digest);
}

static void take_bundle(struct capture *capture, const struct control_message *message, int file)
{
	uint64_t size = message->bundle.size_bytes;
	struct buffer bytes = BUFFER_INIT;

	/* Copied before anything is checked: the other side could change a shared file while it is looked at. */
	if (size > 0 && size <= CONTROL_BUNDLE_BYTES_MAX && buffer_reserve(&bytes, (size_t)size) &&
	    pread(file, bytes.bytes, (size_t)size, 0) == (ssize_t)size) {
		bytes.length = (size_t)size;
		install_bundle(capture, buffer_text(&bytes), message->bundle.digest);
	}
	buffer_release(&bytes);
}

/* Everything that uplink has sent. */
static void read_control(struct capture *capture)
{
	struct control_message message;
	int attached, got;

	while ((got = control_receive(capture->options->control_socket, &message, &attached)) == 1 || got == -EBADMSG) {
		if (got == -EBADMSG)
			continue;
		if (message.kind == CONTROL_BUNDLE)
			take_bundle(capture, &message, attached);
		if (attached >= 0)
			close(attached);
		if (message.kind != CONTROL_STATUS)
			send_status(capture);
	}
}

static void answer_doorbell(struct capture *capture)
{
	if (!doorbell_answer())
		return;
	recording_flush_if_due(&capture->recording);
	init_link_read(&capture->link);
	if (capture->ruleset)
		bundle_expiry_look(&capture->expiry, bundle_manifest(capture->ruleset->bundle), &capture->output);
	if (capture->options->control_socket >= 0)
		read_control(capture);
}

/* ---- the workload ---- */

static int prepare_workload(void *context)
{
	inheritance_give(context);
	return 0;
}

static int start_workload(struct capture *capture)
{
	union {
		const struct inheritance *in;
		void *out;
	} inheritance = {capture->options->inheritance};
	struct engine_workload workload = {.arguments = capture->options->arguments,
					   .environment = capture->options->environment,
					   .prepare = prepare_workload,
					   .context = inheritance.out};
	const struct program *program = capture->ruleset ? capture->ruleset->program : NULL;
	struct filter_row *rows;
	size_t row_count;
	int error = capture_plan_build(&capture->plan, program, recording_is_on(&capture->recording), &rows, &row_count);

	if (error < 0)
		return error;
	error = capture->engine->operations->start(capture->engine, &workload, rows, row_count, &capture->view.first);
	free(rows);
	if (error < 0)
		return error;
	init_link_report_start(&capture->link, capture->view.first);
	inheritance_drop(capture->options->inheritance);
	return 0;
}

/* Waits for a first bundle as the policy says. False: there is none and the workload must not start. */
static bool wait_for_bundle(struct capture *capture)
{
	uint64_t deadline_ns = clock_monotonic_ns() + capture->options->wait_ms * NS_PER_MS;
	struct pollfd polled = {capture->options->control_socket, POLLIN, 0};

	while (!capture->ruleset && capture->options->control_socket >= 0 && capture->options->policy != START_AT_ONCE) {
		uint64_t now_ns = clock_monotonic_ns();

		if (now_ns >= deadline_ns)
			break;
		if (poll(&polled, 1, (int)((deadline_ns - now_ns) / NS_PER_MS) + 1) < 0 && errno != EINTR)
			break;
		read_control(capture);
		if (polled.revents & (POLLHUP | POLLERR))
			break;
	}
	if (capture->ruleset)
		return true;
	if (capture->options->control_socket < 0 && capture->options->policy != START_REFUSED &&
	    recording_is_on(&capture->recording))
		return true; /* only a recording is wanted */
	if (capture->options->policy == START_REFUSED) {
		log_error("no bundle could be had: the workload is not started (--without-bundle=refuse)");
		return false;
	}
	log_warning("the workload starts without rules: no bundle %s",
		    capture->options->policy == START_AT_ONCE ? "yet" : "came in time");
	return true;
}

static void update_counters(struct capture *capture)
{
	const struct engine_counters *engine = capture->engine->operations->counters(capture->engine);
	const struct state_counters *state = &capture->state->counters;

	set_counter(capture, AGENT_COUNTER_STOPS_ENTER, engine->enter_stops);
	set_counter(capture, AGENT_COUNTER_STOPS_EXIT, engine->exit_stops);
	set_counter(capture, AGENT_COUNTER_STOPS_OTHER, engine->other_stops);
	set_counter(capture, AGENT_COUNTER_THREADS, engine->threads_now);
	set_counter(capture, AGENT_COUNTER_THREADS_SEEN, engine->threads_seen);
	set_counter(capture, AGENT_COUNTER_PLACEHOLDERS, state->placeholders_made);
	set_counter(capture, AGENT_COUNTER_DESCRIPTORS_UNKNOWN, state->descriptors_unknown);
	set_counter(capture, AGENT_COUNTER_LOOKUPS, state->lookups);
	set_counter(capture, AGENT_COUNTER_MEMORY_UNREADABLE, capture->decoder.unreadable);
}

/* When the first process has ended, the others are asked to end, and then made to. */
static void end_the_rest(struct capture *capture, uint64_t *terminated_ns)
{
	if (!capture->first_has_ended)
		return;
	if (*terminated_ns == 0) {
		*terminated_ns = clock_monotonic_ns();
		capture->engine->operations->signal_all(capture->engine, SIGTERM);
		capture->engine->operations->signal_all(capture->engine, SIGCONT);
		/* Again and again: a signal just before waitpid would be missed, and a child just being made escape. */
		setitimer(ITIMER_REAL, &(struct itimerval){{1, 0}, {TERMINATE_GRACE_S, 0}}, NULL);
	} else if (clock_monotonic_ns() - *terminated_ns >= TERMINATE_GRACE_S * NS_PER_S) {
		capture->engine->operations->signal_all(capture->engine, SIGKILL);
	}
}

static int follow_workload(struct capture *capture)
{
	uint64_t terminated_ns = 0;
	int result;

	for (;;) {
		answer_doorbell(capture);
		end_the_rest(capture, &terminated_ns);
		result = capture->engine->operations->step(capture->engine);
		update_counters(capture);
		if (result == 0 || (result < 0 && result != -EINTR))
			break;
		if (capture->output.file_error) {
			log_warning("cannot write alerts any more: %s", strerror(-capture->output.file_error));
			capture->output.file_descriptor = -1;
			capture->output.file_error = 0;
		}
	}
	return result;
}

static int exit_status_of(const struct capture *capture)
{
	int error = capture->engine->operations->start_error(capture->engine), status = capture->first_status;

	if (error > 0) {
		log_error("cannot run '%s': %s", capture->options->arguments[0], strerror(error));
		return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	if (error < 0 && error != -ECHILD) {
		log_error("cannot watch '%s': %s", capture->options->arguments[0], strerror(-error));
		return EXIT_STATUS_IO;
	}
	if (WIFSIGNALED(status))
		return EXIT_SIGNAL_BASE + WTERMSIG(status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_STATUS_BUG;
}

/* ---- opening and closing ---- */

static void on_alarm(int signal_number)
{
	(void)signal_number; /* only to interrupt waitpid */
}

static int open_capture(struct capture *capture)
{
	const struct capture_options *options = capture->options;
	struct sigaction alarm_action = {.sa_handler = on_alarm};
	struct timespec now;
	int error = agent_share_map(options->share_descriptor, &capture->share);

	if (error == 0 && options->ring_descriptor >= 0)
		error = alert_ring_open(options->ring_descriptor, &capture->ring);
	if (error == 0)
		error = decoder_init(&capture->decoder, &capture->view);
	if (error == 0)
		error = kept_events_init(&capture->kept);
	if (error == 0)
		error = proc_lookup_init(&capture->lookup, &capture->view);
	if (error < 0)
		return error;
	capture->link = (struct init_link){.init = options->init,
					   .report_descriptor = options->report_descriptor,
					   .message_descriptor = options->init_message_descriptor};
	gethostname(capture->host_name, sizeof capture->host_name - 1);
	capture->view = (struct proc_view){.agents = {options->init, getpid()}, .container_id = options->container_id};
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	capture->view.started_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
	capture->state = state_new(NULL, &capture->lookup.base);
	if (!capture->state || !(capture->runner = ruleset_runner_new(capture->state)))
		return -ENOMEM;
	error = state_fix_container(capture->state, options->container_id);
	if (error < 0)
		return error;
	proc_read_machine(&capture->state->machine);
	proc_read_interfaces(&capture->state->interfaces);
	proc_read_users(capture->state->users, options->container_id);
	error = options->state_directory ? bundle_policy_load(options->state_directory, &capture->policy) : 0;
	if (error == 0 && !capture->policy && !(capture->policy = bundle_policy_new()))
		error = -ENOMEM;
	if (error == 0)
		error = alert_output_init(&capture->output, text_from_string(capture->host_name), options->agent_id,
					  options->ring_descriptor >= 0 ? &capture->ring : NULL,
					  options->alerts_descriptor, capture->share);
	if (error == 0 && !(capture->engine = engine_trace_new(&capture->handler)))
		error = -ENOMEM;
	if (error == 0 && sigaction(SIGALRM, &alarm_action, NULL) < 0)
		error = -errno;
	if (error == 0)
		error = doorbell_hang(options->control_socket);
	if (error == 0)
		error = bundle_expiry_init(&capture->expiry, DOORBELL_SIGNAL);
	if (error == 0)
		error = recording_open(&capture->recording, &options->recording, capture->state, DOORBELL_SIGNAL);
	return error;
}

static void close_capture(struct capture *capture)
{
	if (capture->engine)
		capture->engine->operations->free(capture->engine);
	alert_output_release(&capture->output);
	ruleset_runner_free(capture->runner);
	ruleset_free(capture->ruleset);
	bundle_policy_free(capture->policy);
	recording_close(&capture->recording);
	state_free(capture->state);
	proc_lookup_release(&capture->lookup);
	decoder_release(&capture->decoder);
	kept_events_release(&capture->kept);
	alert_ring_close(&capture->ring);
}

int capture_run(const struct capture_options *options)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	int status = EXIT_STATUS_IO, error;

	if (!capture)
		return EXIT_STATUS_IO;
	capture->options = options;
	capture->handler = (struct engine_handler){.enter = on_enter,
						   .exit = on_result,
						   .lost = on_lost,
						   .new_thread = on_new_thread,
						   .gone = on_gone,
						   .job_control = on_job_control,
						   .signal = on_signal};
	/* Without init nobody would forward signals, and the workload would go on unseen. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != options->init)
		raise(SIGKILL);
	error = open_capture(capture);
	if (error < 0) {
		log_error("cannot start: %s", strerror(-error));
	} else if (!install_given_bundle(capture)) {
		status = EXIT_STATUS_FINDINGS;
	} else if (!wait_for_bundle(capture)) {
		status = EXIT_STATUS_FINDINGS;
	} else if ((error = start_workload(capture)) < 0) {
		log_error("cannot start '%s': %s", options->arguments[0], strerror(-error));
	} else {
		send_status(capture);
		error = follow_workload(capture);
		if (error < 0)
			log_error("cannot watch '%s' any longer: %s", options->arguments[0], strerror(-error));
		status = exit_status_of(capture);
	}
	close_capture(capture);
	free(capture);
	return status;
}
