/* A line on the terminal while a replay goes on, written over and over once the work has taken a second. */
#ifndef TERCEL_AGENT_REPLAY_PROGRESS_H
#define TERCEL_AGENT_REPLAY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_shown; /* standard error is a terminal, and alerts do not go to one */
	uint64_t started_ns, shown_ns;
};

/* What there is to tell; total_bytes 0: not known. Bytes are those on disk. */
struct progress_figures {
	uint64_t events, alerts, done_bytes, total_bytes;
};

struct progress progress_start(void);
bool progress_is_due(const struct progress *progress, uint64_t now_ns);
void progress_show(struct progress *progress, uint64_t now_ns, const struct progress_figures *figures);
void progress_end(const struct progress *progress); /* takes the line away */

#define PROGRESS_LINE_BYTES 120
/* The line, for tests: "120000 events, 3 alerts, 31.0 MB/s, 42 %, 5 s left". */
void progress_line(uint64_t elapsed_ns, const struct progress_figures *figures, char line[PROGRESS_LINE_BYTES]);

#endif
