#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/sync/remote.h"

#define BUNDLE_FILE_BYTES_MAX ((size_t)16 << 20)

static struct {
	struct remote_options remote;
} options;

static const struct option rows[] = {
	REMOTE_OPTION_ROWS(&options.remote),
	{0},
};

static int run(int count, char **files, void *context)
{
	struct buffer bundle = BUFFER_INIT, summary = BUFFER_INIT;
	struct remote *remote = NULL;
	int status, error;

	(void)count;
	(void)context;
	error = file_read(files[0], BUNDLE_FILE_BYTES_MAX, &bundle);
	if (error < 0) {
		log_error("cannot read '%s': %s", files[0], strerror(-error));
		return EXIT_STATUS_IO;
	}
	status = open_remote(&options.remote, &remote);
	if (status == EXIT_STATUS_OK) {
		error = remote_publish(remote, buffer_text(&bundle), &summary);
		status = error < 0 ? remote_failed(remote, error) : EXIT_STATUS_OK;
		if (status == EXIT_STATUS_OK && write_all(STDOUT_FILENO, summary.bytes, summary.length) < 0)
			status = EXIT_STATUS_IO;
	}
	remote_free(remote);
	buffer_release(&summary);
	buffer_release(&bundle);
	return status;
}

const struct command command_publish = {
	.name = "publish",
	.arguments = "BUNDLE",
	.help = "give a signed bundle to a running orchestrator, which verifies it and offers it to its agents",
	.options = rows,
	.positional_min = 1,
	.positional_max = 1,
	.run = run,
};
