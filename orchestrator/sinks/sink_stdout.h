/* Alerts as JSON lines on standard output, with a cursor in the store: a restart goes on where the last one stopped. */
#ifndef TERCEL_ORCHESTRATOR_SINKS_SINK_STDOUT_H
#define TERCEL_ORCHESTRATOR_SINKS_SINK_STDOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct store;

struct sink_stdout {
	struct store *store;
	int descriptor;
	uint64_t cursor; /* id of the last alert in `lines` */
	uint64_t passed_on; /* id of the last alert that is out, and known to be in the store */
	struct buffer lines;
	size_t written; /* bytes of `lines` that are out already */
	bool cursor_is_due; /* to be stored */
};

int sink_stdout_open(struct sink_stdout *sink, struct store *store, int descriptor);
void sink_stdout_release(struct sink_stdout *sink);

/*
 * Writes the committed alerts that were not written yet, as far as the reader takes them without waiting, and moves the
 * cursor. A line that was written may be written again after a crash (at least once), never lost. 0: all are out; 1: the
 * reader is slow, call again when the descriptor is writable; SINK_STORE_FAILED: call again later; or a negative errno:
 * -EPIPE when nobody reads any more.
 */
#define SINK_STORE_FAILED 2
int sink_stdout_run(struct sink_stdout *sink);

#endif
