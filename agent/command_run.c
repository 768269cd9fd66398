/* `tercel-agent run`: a command under the eyes of the rules. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/baked_in.h"
#include "agent/commands.h"
#include "agent/init/init.h"
#include "agent/init/uplink_process.h"
#include "agent/joined_words.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/given_value.h"
#include "base/log.h"
#include "base/utf8.h"
#include "event/state/container.h"
#include "proto/link/link_client.h"
#include "proto/link/proxy_relay.h"

#define WAIT_DEFAULT_MS 10000u
#define WAIT_S_MAX 3600u
#define RANDOM_ID_BYTES 6
#define CGROUP_BYTES_MAX ((size_t)16 << 10)
#define NAME_BYTES_MAX 120 /* of ids, labels and channels */

static const char *bundle_path, *rule_matching, *alerts_path, *orchestrator_url, *container_id, *agent_id;
static const char *without_bundle = "wait", *engine = "trace", *channel = BUNDLE_DEFAULT_CHANNEL;
static const char *state_directory, *spool_directory;
static const char *proxy_url;
static struct given_value token_source, authorities_source;
static const char *write_path, *write_events = "all";
static bool compress_written;
static uint64_t write_limit_bytes; /* 0: none */
static const char *joined[2]; /* separator and words; NULL: none */
static struct option_list trusted_keys, labels;

static const struct option options[] = {
	{"bundle", 0, OPTION_STRING, &bundle_path, "FILE", NULL, "The rules to begin with, signed by a trusted key (default: bundle.tcb beside this program, if it is there)."},
	{"trust", 0, OPTION_LIST, &trusted_keys, "NAME.pub", NULL,
	 "A key whose bundles are taken, or the key itself; may be repeated (default: trust.pub beside this program)."},
	{"rule-matching", 0, OPTION_CHOICE, &rule_matching, NULL, "first|all",
	 "Whether an event gives one alert or one for each rule that matches (default: as the bundle says, else first)."},
	{"alerts", 0, OPTION_STRING, &alerts_path, "FILE", NULL, "Write alerts there as JSON lines; - is standard output."},
	{"write", 0, OPTION_STRING, &write_path, "OUT.scap", NULL,
	 "Record the run as a capture, which replay and Falco's kin read; stops twice at every call that the state needs."},
	{"write-events", 0, OPTION_CHOICE, &write_events, NULL, "all|alerts",
	 "Which events: all, or those that gave alerts, and of the others what they do to the state (default: all)."},
	{"compress", 0, OPTION_FLAG, &compress_written, NULL, NULL,
	 "Compress what --write writes, as gzip does; so it is, too, when its name ends in .gz."},
	{"write-limit", 0, OPTION_NUMBER, &write_limit_bytes, "BYTES", NULL,
	 "End the recording before its file is larger; the command goes on (default: no limit)."},
	{"orchestrator", 0, OPTION_STRING, &orchestrator_url, "URL", NULL, "Take bundles from there and send alerts there."},
	{"token-file", 0, OPTION_STRING, &token_source.file, "FILE", NULL, "What the orchestrator asks for."},
	{"token-env", 0, OPTION_STRING, &token_source.variable, "NAME", NULL,
	 "The same from this environment variable, which the command does not get to see."},
	{"ca-file", 0, OPTION_STRING, &authorities_source.file, "FILE", NULL,
	 "The certificates (PEM) of which the orchestrator's must come, for a URL that begins with tls+tcp://."},
	{"ca-env", 0, OPTION_STRING, &authorities_source.variable, "NAME", NULL, "The same from this environment variable."},
	{"proxy", 0, OPTION_STRING, &proxy_url, "URL", NULL,
	 "The way to the orchestrator: an HTTP proxy that opens tunnels, http://[USER:PASSWORD@]HOST:PORT."},
	{"without-bundle", 0, OPTION_STRING, &without_bundle, "start|wait[=SECONDS]|refuse", NULL,
	 "Without a bundle yet: start at once, wait and then start (default: wait=10), or wait and not start."},
	{"channel", 0, OPTION_STRING, &channel, "NAME", NULL, "Take bundles of this channel (default: stable)."},
	{"container-id", 0, OPTION_STRING, &container_id, "ID|host", NULL,
	 "What container.id says (default: from the cgroup, else a random one)."},
	{"agent-id", 0, OPTION_STRING, &agent_id, "ID", NULL, "What the orchestrator knows this agent by."},
	{"label", 0, OPTION_LIST, &labels, "KEY=VALUE", NULL, "Tell the orchestrator this as well; may be repeated."},
	{"state", 0, OPTION_STRING, &state_directory, "DIR", NULL, "Keep there which bundle versions were seen."},
	{"spool", 0, OPTION_STRING, &spool_directory, "DIR", NULL,
	 "Keep alerts there until they are acknowledged (default: in memory)."},
	{"prepend-joined", 0, OPTION_PAIR, joined, "SEPARATOR TEXT", NULL,
	 "Put the words between the separators in the text before the command's."},
	{"engine", 0, OPTION_CHOICE, &engine, NULL, "trace", "How system calls are captured (seccomp and ptrace stops)."},
	{0},
};

/* What init needs, and what has to live as long as it. */
struct run {
	struct init_options init;
	struct trust_set trust;
	char **words; /* of the command */
	struct buffer bundle, token, authorities;
	char baked_in_bundle[PATH_MAX], baked_in_trust[PATH_MAX]; /* empty: not there */
	struct inheritance inheritance;
	char agent_id[128], container_id[128];
};

static int read_key(struct run *run, const char *key)
{
	int error = trust_set_add_argument(&run->trust, key);

	if (error == 0)
		return EXIT_STATUS_OK;
	log_error("%s: %s", key, key_error_sentence(error));
	return EXIT_STATUS_IO;
}

/* No rules are wanted: they can be tried on the recording. */
static bool only_records(void)
{
	return write_path && !bundle_path && !orchestrator_url;
}

/* What the options do not say, where an image has it. */
static int find_baked_in(struct run *run)
{
	if (!bundle_path && baked_in_file(BAKED_IN_BUNDLE, run->baked_in_bundle, sizeof run->baked_in_bundle) == 0)
		bundle_path = run->baked_in_bundle;
	if (trusted_keys.count > 0 || only_records() ||
	    baked_in_file(BAKED_IN_TRUST, run->baked_in_trust, sizeof run->baked_in_trust) == 0)
		return EXIT_STATUS_OK;
	log_error("--trust is missing, and beside this program is no " BAKED_IN_TRUST ": unsigned bundles are never run");
	return EXIT_STATUS_USAGE;
}

static int read_value(const struct given_value *given, size_t bytes_max, struct buffer *value)
{
	int error = given_value_read(given, bytes_max, value);

	if (error == 0)
		return EXIT_STATUS_OK;
	log_error("%s %s: %s", given_value_kind(given), given_value_name(given), given_value_fault(given, error));
	return EXIT_STATUS_IO;
}

/* What proves who is who: our token, the orchestrator's certificate. */
static int read_credentials(struct run *run)
{
	int status = read_value(&token_source, TOKEN_BYTES_MAX, &run->token);

	if (status == EXIT_STATUS_OK)
		status = read_value(&authorities_source, AUTHORITIES_BYTES_MAX, &run->authorities);
	if (status == EXIT_STATUS_OK && run->authorities.length > 0 &&
	    text_find(buffer_text(&run->authorities), TEXT("-----BEGIN CERTIFICATE-----")) == SIZE_MAX) {
		log_error("%s: no certificate in it", given_value_name(&authorities_source));
		return EXIT_STATUS_IO;
	}
	return status;
}

static int read_keys_and_bundle(struct run *run)
{
	int status = trusted_keys.count == 0 && run->baked_in_trust[0] ? read_key(run, run->baked_in_trust) : EXIT_STATUS_OK;

	for (size_t i = 0; status == EXIT_STATUS_OK && i < trusted_keys.count; i++)
		status = read_key(run, trusted_keys.values[i]);
	if (status != EXIT_STATUS_OK)
		return status;
	if (bundle_path) {
		int error = file_read(bundle_path, BUNDLE_BYTES_MAX, &run->bundle);

		if (error < 0) {
			log_error("%s: %s", bundle_path, strerror(-error));
			return EXIT_STATUS_IO;
		}
	}
	return EXIT_STATUS_OK;
}

static void random_id(char *id)
{
	uint8_t bytes[RANDOM_ID_BYTES] = {0};

	/* It cannot fail with so few bytes once the system runs; if it does, a constant id is better than no agent. */
	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		memset(bytes, 0xfe, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

/* "3:cpu:/a" as "cpu=/a", NUL-separated, which is what the patterns of container runtimes are looked for in. */
static void container_id_from_own_cgroup(char *id, size_t id_bytes)
{
	struct buffer file = BUFFER_INIT, list = BUFFER_INIT;
	struct text found = TEXT_EMPTY;

	if (file_read("/proc/self/cgroup", CGROUP_BYTES_MAX, &file) == 0) {
		struct text rest = buffer_text(&file);

		while (rest.length > 0) {
			size_t end = text_find_byte(rest, '\n');
			struct text line = text_slice(rest, 0, end);
			size_t last = text_find_last_byte(line, ':');

			if (last != SIZE_MAX) {
				buffer_append_string(&list, "all=");
				buffer_append_text(&list, text_slice(line, last + 1, SIZE_MAX));
				buffer_append_byte(&list, '\0');
			}
			rest = end == SIZE_MAX ? TEXT_EMPTY : text_slice(rest, end + 1, SIZE_MAX);
		}
		if (!list.failed)
			found = container_id_from_cgroups(buffer_text(&list));
	}
	snprintf(id, id_bytes, TEXT_FORMAT, TEXT_ARGUMENTS(found));
	buffer_release(&list);
	buffer_release(&file);
}

static void choose_ids(struct run *run)
{
	char host_name[64] = "";

	if (!container_id)
		container_id_from_own_cgroup(run->container_id, sizeof run->container_id);
	else if (strcmp(container_id, "host") != 0)
		snprintf(run->container_id, sizeof run->container_id, "%s", container_id);
	if (!container_id && !run->container_id[0])
		random_id(run->container_id);
	if (agent_id) {
		snprintf(run->agent_id, sizeof run->agent_id, "%s", agent_id);
	} else {
		gethostname(host_name, sizeof host_name - 1);
		snprintf(run->agent_id, sizeof run->agent_id, "%s",
			 run->container_id[0] ? run->container_id : host_name);
	}
	if (getrandom(&run->init.start_id, sizeof run->init.start_id, 0) != (ssize_t)sizeof run->init.start_id)
		run->init.start_id = (uint64_t)getpid();
}

static int read_policy(struct capture_options *capture)
{
	struct text seconds;
	uint64_t number;

	capture->wait_ms = WAIT_DEFAULT_MS;
	capture->policy = START_AFTER_WAITING;
	if (strcmp(without_bundle, "start") == 0) {
		capture->policy = START_AT_ONCE;
	} else if (strcmp(without_bundle, "refuse") == 0) {
		capture->policy = START_REFUSED;
	} else if (strncmp(without_bundle, "wait=", 5) == 0) {
		seconds = text_from_string(without_bundle + 5);
		if (!text_to_u64(seconds, &number) || number > WAIT_S_MAX) {
			log_error("--without-bundle=wait=SECONDS takes 0 to %u seconds", WAIT_S_MAX);
			return EXIT_STATUS_USAGE;
		}
		capture->wait_ms = (uint32_t)number * 1000;
	} else if (strcmp(without_bundle, "wait") != 0) {
		log_error("--without-bundle is start, wait, wait=SECONDS or refuse, not '%s'", without_bundle);
		return EXIT_STATUS_USAGE;
	}
	return EXIT_STATUS_OK;
}

/* What goes into messages: the orchestrator takes no others. */
static bool is_sendable(const char *what, const char *value)
{
	struct text t = text_from_string(value);

	if (utf8_is_printable(t) && t.length <= NAME_BYTES_MAX)
		return true;
	log_error("%s: not UTF-8 without control characters, or longer than %d bytes", what, NAME_BYTES_MAX);
	return false;
}

static int check_options(void)
{
	for (size_t i = 0; i < labels.count; i++)
		if (!is_sendable("--label", labels.values[i]))
			return EXIT_STATUS_USAGE;
	if (!is_sendable("--channel", channel) || (agent_id && !is_sendable("--agent-id", agent_id)) ||
	    (container_id && !is_sendable("--container-id", container_id)))
		return EXIT_STATUS_USAGE;
	if ((token_source.file && token_source.variable) || (authorities_source.file && authorities_source.variable)) {
		log_error("%s: which of them?", token_source.file && token_source.variable ? "--token-file and --token-env" :
											     "--ca-file and --ca-env");
		return EXIT_STATUS_USAGE;
	}
	if (write_path && strcmp(write_path, "-") == 0) {
		log_error("--write: standard output is the command's; name a file");
		return EXIT_STATUS_USAGE;
	}
	if (!bundle_path && !orchestrator_url && !only_records()) {
		log_error("--bundle or --orchestrator is missing: where do the rules come from?");
		return EXIT_STATUS_USAGE;
	}
	if (orchestrator_url && !link_client_takes_url(orchestrator_url)) {
		log_error("'%s' is no URL of the form tcp://HOST:PORT or tls+tcp://HOST:PORT", orchestrator_url);
		return EXIT_STATUS_USAGE;
	}
	if (proxy_url && !proxy_relay_takes_url(proxy_url)) {
		log_error("--proxy: '%s' is no URL of the form http://[USER:PASSWORD@]HOST:PORT", proxy_url);
		return EXIT_STATUS_USAGE;
	}
	if (orchestrator_url && link_client_has_tls(orchestrator_url) != given_value_is_there(&authorities_source)) {
		log_error("%s", link_client_has_tls(orchestrator_url) ?
				"tls+tcp:// needs --ca-file or --ca-env: the certificates that the orchestrator's comes from" :
				"--ca-file and --ca-env are for a URL that begins with tls+tcp://");
		return EXIT_STATUS_USAGE;
	}
	return EXIT_STATUS_OK;
}

static int open_alerts(int *ret_descriptor)
{
	*ret_descriptor = -1;
	if (!alerts_path)
		return EXIT_STATUS_OK;
	*ret_descriptor = strcmp(alerts_path, "-") == 0
				  ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10)
				  : open(alerts_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (*ret_descriptor >= 0)
		return EXIT_STATUS_OK;
	log_error("%s: %s", alerts_path, strerror(errno));
	return EXIT_STATUS_IO;
}

/* A pipe would stop the workload when its reader is slow. */
static int open_recording(struct recording_options *recording)
{
	struct stat status;

	*recording = (struct recording_options){.descriptor = -1,
						.is_compressed = compress_written,
						.alerts_only = strcmp(write_events, "alerts") == 0,
						.limit_bytes = write_limit_bytes};
	if (!write_path)
		return EXIT_STATUS_OK;
	recording->is_compressed |= text_ends_with(text_from_string(write_path), TEXT(".gz"));
	recording->descriptor = open(write_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (recording->descriptor >= 0 && fstat(recording->descriptor, &status) == 0 &&
	    (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)))
		return EXIT_STATUS_OK;
	log_error("cannot write %s: %s", write_path, recording->descriptor < 0 ? strerror(errno) : "it is not a file");
	return EXIT_STATUS_IO;
}

/* A recording without a single event, as of a command that could not be started, is no capture. */
static void remove_empty_recording(void)
{
	struct stat status;

	if (write_path && stat(write_path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
		unlink(write_path);
}

/* The command's words: those that were given as one text first. */
static int choose_words(struct run *run, int count, char **arguments)
{
	arguments[count] = NULL; /* argv is as long: the options that stood there have been read */
	run->words = arguments;
	if (joined[0] && !*joined[0]) {
		log_error("--prepend-joined: the separator is empty");
		return EXIT_STATUS_USAGE;
	}
	if (joined[0])
		run->words = joined_words_prepend(joined[0], joined[1], arguments, (size_t)count);
	if (!run->words) {
		log_error("cannot start: %s", strerror(ENOMEM));
		return EXIT_STATUS_IO;
	}
	if (!run->words[0]) {
		log_error("run: expected COMMAND…");
		return EXIT_STATUS_USAGE;
	}
	return EXIT_STATUS_OK;
}

static int run_command(int count, char **arguments, void *context)
{
	static struct run run;
	struct capture_options *capture = &run.init.capture;
	int status = choose_words(&run, count, arguments), error;

	(void)context;
	if (status == EXIT_STATUS_OK)
		status = find_baked_in(&run);
	if (status == EXIT_STATUS_OK)
		status = check_options();
	if (status != EXIT_STATUS_OK)
		return status;
	error = inheritance_take(&run.inheritance);
	if (error < 0) {
		log_error("cannot start: %s", strerror(-error));
		return EXIT_STATUS_IO;
	}
	status = read_policy(capture);
	if (status == EXIT_STATUS_OK)
		status = read_keys_and_bundle(&run);
	if (status == EXIT_STATUS_OK)
		status = read_credentials(&run);
	if (status == EXIT_STATUS_OK)
		status = open_alerts(&capture->alerts_descriptor);
	if (status == EXIT_STATUS_OK)
		status = open_recording(&capture->recording);
	if (status != EXIT_STATUS_OK)
		return status;
	choose_ids(&run);
	capture->arguments = run.words;
	capture->environment = environ;
	capture->inheritance = &run.inheritance;
	capture->trust = &run.trust;
	capture->bundle = buffer_text(&run.bundle);
	capture->state_directory = state_directory;
	capture->matching = !rule_matching			? RULE_MATCHING_UNSET
			    : strcmp(rule_matching, "all") == 0 ? RULE_MATCHING_ALL
								: RULE_MATCHING_FIRST;
	capture->container_id = text_from_string(run.container_id);
	capture->agent_id = run.agent_id;
	run.init.orchestrator_url = orchestrator_url;
	run.init.proxy_url = proxy_url;
	run.init.token = buffer_text(&run.token);
	run.init.authorities = buffer_text(&run.authorities);
	run.init.container_id = run.container_id[0] ? run.container_id : "host";
	run.init.channel = channel;
	run.init.labels = labels.values;
	run.init.label_count = labels.count;
	run.init.spool_directory = spool_directory;
	status = init_run(&run.init);
	remove_empty_recording();
	return status;
}

struct command command_run(void)
{
	return (struct command){
		.name = "run",
		.arguments = "COMMAND…",
		.help = "run a command and watch its system calls, and those of everything it starts",
		.options = options,
		.positional_min = 0, /* choose_words() counts */
		.positional_max = SIZE_MAX,
		.stops_at_positional = true,
		.run = run_command,
	};
}
