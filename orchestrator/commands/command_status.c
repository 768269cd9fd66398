#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/sync/remote.h"

static struct {
	const char *format;
	struct remote_options remote;
} options = {.format = "text"};

static const struct option rows[] = {
	REMOTE_OPTION_ROWS(&options.remote),
	{"format", 0, OPTION_CHOICE, &options.format, "FORMAT", "text|json", "how to print it (default: text)"},
	{0},
};

static int run(int count, char **arguments, void *context)
{
	struct buffer out = BUFFER_INIT;
	struct remote *remote = NULL;
	int status = open_remote(&options.remote, &remote), error;

	(void)count;
	(void)arguments;
	(void)context;
	if (status == EXIT_STATUS_OK) {
		error = remote_status(remote, strcmp(options.format, "json") == 0, &out);
		status = error < 0 ? remote_failed(remote, error) : EXIT_STATUS_OK;
		if (status == EXIT_STATUS_OK && write_all(STDOUT_FILENO, out.bytes, out.length) < 0)
			status = EXIT_STATUS_IO;
	}
	remote_free(remote);
	buffer_release(&out);
	return status;
}

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.help = "show the bundles and agents of a running orchestrator, refusals and counters",
	.options = rows,
	.run = run,
};
