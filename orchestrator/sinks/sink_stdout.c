#include "orchestrator/sinks/sink_stdout.h"

#include <errno.h>

#include "base/file_io.h"
#include "orchestrator/store/store.h"

#define SINK_NAME "stdout"
#define ALERTS_PER_WRITE 512

int sink_stdout_open(struct sink_stdout *sink, struct store *store, int descriptor)
{
	*sink = (struct sink_stdout){.store = store, .descriptor = descriptor};
	return store_cursor(store, SINK_NAME, &sink->cursor);
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

int sink_stdout_run(struct sink_stdout *sink)
{
	for (;;) {
		uint64_t before = sink->cursor;
		int error;

		buffer_clear(&sink->lines);
		error = store_each_alert(sink->store, sink->cursor, ALERTS_PER_WRITE, add_line, sink);
		if (error == 0 && sink->lines.failed)
			error = -ENOMEM;
		if (error == 0 && sink->cursor == before)
			return 0;
		if (error == 0)
			error = write_all(sink->descriptor, sink->lines.bytes, sink->lines.length);
		if (error == 0)
			error = store_set_cursor(sink->store, SINK_NAME, sink->cursor);
		if (error < 0) {
			sink->cursor = before;
			return error;
		}
	}
}
