#include "instrument/images/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file_io.h"

#define TIMEOUT_MS 60000

/* Until the end of the file; false at the time-out, at the buffer's limit and on errors. */
static bool read_output(int descriptor, uint64_t deadline_ms, struct buffer *output)
{
	char bytes[4096];

	for (;;) {
		struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
		uint64_t now_ms = clock_monotonic_ns() / NS_PER_MS;
		int ready = now_ms < deadline_ms ? poll(&wanted, 1, (int)(deadline_ms - now_ms)) : 0;
		ssize_t got;

		if (ready == 0)
			return false;
		got = ready < 0 ? -1 : read(descriptor, bytes, sizeof bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		buffer_append(output, bytes, (size_t)got);
		if (output->failed)
			return false;
	}
}

/* A file, not a pipe: whoever does not read it costs us neither a signal nor a wait. */
static int make_input(struct text input)
{
	int descriptor = memfd_create("input", MFD_CLOEXEC);

	if (descriptor >= 0 &&
	    (write_all(descriptor, input.bytes, input.length) || lseek(descriptor, 0, SEEK_SET) != 0)) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

static bool spawn(char *const arguments[], int input, int output, pid_t *ret_child)
{
	posix_spawn_file_actions_t actions;
	bool good;

	if (posix_spawn_file_actions_init(&actions))
		return false;
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	good = posix_spawnp(ret_child, arguments[0], &actions, NULL, arguments, environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	return good;
}

bool run_program(char *const arguments[], struct text input_text, struct buffer *output)
{
	uint64_t deadline_ms = clock_monotonic_ns() / NS_PER_MS + TIMEOUT_MS;
	int input = make_input(input_text), ends[2], status = -1;
	pid_t child;
	bool good;

	if (input < 0)
		return false;
	if (pipe2(ends, O_CLOEXEC)) {
		close(input);
		return false;
	}
	good = spawn(arguments, input, ends[1], &child);
	close(input);
	close(ends[1]);
	if (good) {
		good = read_output(ends[0], deadline_ms, output);
		if (!good)
			kill(child, SIGKILL);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			continue;
		good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	close(ends[0]);
	return good;
}
