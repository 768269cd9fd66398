#include "orchestrator/sinks/sink_stdout.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "orchestrator/store/store.h"

#define SINK_NAME "stdout"
#define ALERTS_PER_WRITE 512

int sink_stdout_open(struct sink_stdout *sink, struct store *store, int descriptor)
{
	int error;

	*sink = (struct sink_stdout){.store = store, .descriptor = descriptor};
	error = store_cursor(store, SINK_NAME, &sink->cursor);
	sink->passed_on = sink->cursor;
	return error;
}

void sink_stdout_release(struct sink_stdout *sink)
{
	buffer_release(&sink->lines);
}

static int add_line(void *context, const struct store_alert *alert)
{
	struct sink_stdout *sink = context;

	buffer_append_text(&sink->lines, alert->json);
	buffer_append_byte(&sink->lines, '\n');
	sink->cursor = alert->id;
	return 0;
}

/*
 * A pipe that poll(2) calls writable takes PIPE_BUF bytes without blocking (pipe(7)). So the descriptor, which others may
 * share, needs no O_NONBLOCK.
 */
static int write_lines(struct sink_stdout *sink)
{
	while (sink->written < sink->lines.length) {
		struct pollfd polled = {sink->descriptor, POLLOUT, 0};
		size_t left = sink->lines.length - sink->written;
		ssize_t done;

		if (poll(&polled, 1, 0) == 0)
			return 1;
		done = write(sink->descriptor, sink->lines.bytes + sink->written, left < PIPE_BUF ? left : PIPE_BUF);
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (done > 0)
			sink->written += (size_t)done;
	}
	return 0;
}

int sink_stdout_run(struct sink_stdout *sink)
{
	for (;;) {
		uint64_t before;
		int result = write_lines(sink);

		if (result != 0)
			return result;
		sink->cursor_is_due |= sink->lines.length > 0;
		buffer_clear(&sink->lines);
		sink->written = 0;
		if (sink->cursor_is_due && store_set_cursor(sink->store, SINK_NAME, sink->cursor) < 0)
			return SINK_STORE_FAILED;
		sink->cursor_is_due = false;
		sink->passed_on = before = sink->cursor;
		result = store_each_alert(sink->store, sink->cursor, ALERTS_PER_WRITE, add_line, sink);
		if (sink->lines.failed) {
			buffer_clear(&sink->lines);
			sink->cursor = before;
			return -ENOMEM;
		}
		if (result < 0)
			return SINK_STORE_FAILED; /* what was read before goes out next time */
		if (sink->cursor == before)
			return 0;
	}
}
