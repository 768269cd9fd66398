#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/sync/remote.h"

static struct {
	const char *url, *format;
	struct token_source token;
} options = {.format = "text"};

static const struct option rows[] = {
	{"to", 0, OPTION_STRING, &options.url, "URL", NULL, "the orchestrator: tcp://HOST:PORT"},
	TOKEN_OPTION_ROWS(&options.token),
	{"format", 0, OPTION_CHOICE, &options.format, "FORMAT", "text|json", "how to print it (default: text)"},
	{0},
};

static int run(int count, char **arguments, void *context)
{
	struct buffer out = BUFFER_INIT;
	struct remote *remote = NULL;
	int status = open_remote(options.url, &options.token, &remote), error;

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
