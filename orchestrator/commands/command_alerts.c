#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/sync/remote.h"

#define FOLLOW_TIMEOUT_MS 30000

static struct {
	const char *format;
	struct remote_options remote;
	bool follow;
	uint64_t after;
} options = {.format = "text"};

static const struct option rows[] = {
	REMOTE_OPTION_ROWS(&options.remote),
	{"format", 0, OPTION_CHOICE, &options.format, "FORMAT", "text|json",
	 "how to print them (default: text); json: as Falco writes alerts"},
	{"after", 0, OPTION_NUMBER, &options.after, "ID", NULL, "only alerts after this one (ids: first word of the text form)"},
	{"follow", 'f', OPTION_FLAG, &options.follow, NULL, NULL, "go on with new ones as they come"},
	{0},
};

static int run(int count, char **arguments, void *context)
{
	struct remote *remote = NULL;
	uint64_t after_id = options.after;
	int status = open_remote(&options.remote, &remote);
	bool is_json = strcmp(options.format, "json") == 0, is_done = false;

	(void)count;
	(void)arguments;
	(void)context;
	while (status == EXIT_STATUS_OK && !is_done) {
		struct buffer out = BUFFER_INIT;
		uint64_t before = after_id;
		int error = remote_alerts(remote, is_json, options.follow ? FOLLOW_TIMEOUT_MS : 0, &after_id, &out);

		if (error < 0)
			status = remote_failed(remote, error);
		else if (write_all(STDOUT_FILENO, out.bytes, out.length) < 0)
			status = EXIT_STATUS_IO;
		is_done = !options.follow && after_id == before;
		buffer_release(&out);
	}
	remote_free(remote);
	return status;
}

const struct command command_alerts = {
	.name = "alerts",
	.arguments = "",
	.help = "print the alerts that a running orchestrator holds",
	.options = rows,
	.run = run,
};
