#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/sync/service.h"
#include "proto/key_file.h"

/* What an environment variable may hold of keys. */
#define TRUST_BYTES_MAX ((size_t)64 << 10)

static struct {
	const char *state, *acknowledge, *keep_alerts;
	struct given_value token, trust_variable; /* the second: never a file */
	struct option_list urls, trust;
} options = {.acknowledge = "disk"};

static const struct option rows[] = {
	{"state", 0, OPTION_STRING, &options.state, "DIR", NULL, "where bundles and alerts are kept; made when missing"},
	{"trust", 0, OPTION_LIST, &options.trust, "NAME.pub", NULL, "a key whose bundles are accepted, or the key itself; may be repeated"},
	{"trust-env", 0, OPTION_STRING, &options.trust_variable.variable, "NAME", NULL,
	 "the same from this environment variable: what such a file holds"},
	{"listen", 0, OPTION_LIST, &options.urls, "URL", NULL, "where to listen: tcp://ADDRESS:PORT; may be repeated"},
	{"token-file", 0, OPTION_STRING, &options.token.file, "FILE", NULL,
	 "the token that every request must carry; may be left out on loopback only"},
	{"token-env", 0, OPTION_STRING, &options.token.variable, "NAME", NULL, "the same from this environment variable"},
	{"ack", 0, OPTION_CHOICE, &options.acknowledge, NULL, "disk|sink",
	 "agents may forget their alerts when these are on disk (default), or when they are passed on: for hosts whose disk "
	 "is ephemeral"},
	{"keep-alerts", 0, OPTION_STRING, &options.keep_alerts, "N|DURATION", NULL,
	 "keep only the newest N alerts, or those of the last 12h, 30d or 2w; what was not passed on yet stays (default: all)"},
	{0},
};

/* tcp://127.x.y.z:port, tcp://[::1]:port, tcp://localhost:port */
static bool is_loopback(const char *url)
{
	return strncmp(url, "tcp://127.", 10) == 0 || strncmp(url, "tcp://[::1]:", 12) == 0 ||
	       strncmp(url, "tcp://localhost:", 16) == 0;
}

static int check_options(void)
{
	if (!options.state || (options.trust.count == 0 && !options.trust_variable.variable) || options.urls.count == 0) {
		log_error("--state, --trust or --trust-env, and --listen are needed (see --help)");
		return EXIT_STATUS_USAGE;
	}
	for (size_t i = 0; i < options.urls.count; i++) {
		if (strncmp(options.urls.values[i], "tcp://", 6) != 0) {
			log_error("'%s' is no URL of the form tcp://ADDRESS:PORT", options.urls.values[i]);
			return EXIT_STATUS_USAGE;
		}
		if (!given_value_is_there(&options.token) && !is_loopback(options.urls.values[i])) {
			log_error("'%s' can be reached from outside: --token-file or --token-env is needed", options.urls.values[i]);
			return EXIT_STATUS_USAGE;
		}
	}
	return EXIT_STATUS_OK;
}

static int read_trust_variable(struct trust_set *trust)
{
	struct buffer keys = BUFFER_INIT;
	int error = given_value_read(&options.trust_variable, TRUST_BYTES_MAX, &keys);
	const char *fault = error < 0 ? given_value_fault(&options.trust_variable, error) : NULL;

	if (error == 0 && keys.length > 0 && (error = trust_set_add(trust, buffer_text(&keys))) < 0)
		fault = key_error_sentence(error);
	if (error < 0)
		log_error("cannot use the keys in --trust-env %s: %s", options.trust_variable.variable, fault);
	buffer_release(&keys);
	return error < 0 ? EXIT_STATUS_IO : EXIT_STATUS_OK;
}

/* A number of alerts, or a duration with its unit. */
static int read_keep_alerts(uint64_t *ret_count, uint64_t *ret_seconds)
{
	struct text given = text_from_string(options.keep_alerts ? options.keep_alerts : "");
	uint64_t number;

	if (!options.keep_alerts)
		return EXIT_STATUS_OK;
	if (duration_to_s(given, &number) && number > 0) {
		*(given.bytes[given.length - 1] >= '0' && given.bytes[given.length - 1] <= '9' ? ret_count : ret_seconds) = number;
		return EXIT_STATUS_OK;
	}
	log_error("--keep-alerts takes a number of alerts, or a duration such as 12h, 30d or 2w, not '%s'", options.keep_alerts);
	return EXIT_STATUS_USAGE;
}

static int read_trust(struct trust_set *trust)
{
	int status = read_trust_variable(trust);

	if (status != EXIT_STATUS_OK)
		return status;
	for (size_t i = 0; i < options.trust.count; i++) {
		int error = trust_set_add_argument(trust, options.trust.values[i]);

		if (error < 0) {
			log_error("cannot use the key '%s': %s", options.trust.values[i], key_error_sentence(error));
			return EXIT_STATUS_IO;
		}
	}
	return EXIT_STATUS_OK;
}

/* SIGTERM and SIGINT end the service; reading them from a descriptor keeps the loop the only place that waits. */
static int open_stop_descriptor(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that is too large is an error like a full disk */
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int run(int count, char **arguments, void *context)
{
	static struct trust_set trust;
	struct buffer token = BUFFER_INIT;
	struct service *service = NULL;
	char error_text[512];
	uint64_t keep_alerts = 0, keep_s = 0;
	int stop_descriptor = -1, status = check_options(), error;

	(void)count;
	(void)arguments;
	(void)context;
	if (status == EXIT_STATUS_OK)
		status = read_keep_alerts(&keep_alerts, &keep_s);
	if (status == EXIT_STATUS_OK)
		status = read_trust(&trust);
	if (status == EXIT_STATUS_OK)
		status = read_token(&options.token, &token);
	if (status == EXIT_STATUS_OK && (sodium_init() < 0 || (stop_descriptor = open_stop_descriptor()) < 0)) {
		log_error("cannot start: %s", strerror(errno));
		status = EXIT_STATUS_BUG;
	}
	if (status == EXIT_STATUS_OK) {
		struct service_options service_options = {.state_directory = options.state,
							  .trust = &trust,
							  .urls = options.urls.values,
							  .url_count = options.urls.count,
							  .token = buffer_text(&token),
							  .keep_alerts = keep_alerts,
							  .keep_s = keep_s,
							  .alerts_descriptor = STDOUT_FILENO,
							  .acknowledge = strcmp(options.acknowledge, "sink") == 0
										 ? ACKNOWLEDGE_SINK
										 : ACKNOWLEDGE_DISK};

		error = service_open(&service_options, &service, error_text, sizeof error_text);
		if (error < 0) {
			log_error("%s", error_text);
			status = EXIT_STATUS_IO;
		}
	}
	if (status == EXIT_STATUS_OK) {
		log_info("listening on %s (port %d)", options.urls.values[0], service_port(service));
		error = service_run(service, stop_descriptor);
		if (error < 0) {
			log_error("%s", service_error(service));
			status = EXIT_STATUS_IO;
		}
	}
	service_free(service);
	if (stop_descriptor >= 0)
		close(stop_descriptor);
	buffer_release(&token);
	option_list_release(&options.trust);
	option_list_release(&options.urls);
	return status;
}

const struct command command_serve = {
	.name = "serve",
	.arguments = "",
	.help = "keep bundles and alerts, serve agents; alerts go to standard output as JSON lines",
	.options = rows,
	.run = run,
};
