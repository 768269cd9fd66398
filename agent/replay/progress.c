#include "agent/replay/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define QUIET_NS NS_PER_S
#define INTERVAL_NS (NS_PER_S / 5)
#define ERASE_TO_END "\033[K"

struct progress progress_start(void)
{
	return (struct progress){
		.is_shown = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO),
		.started_ns = clock_monotonic_ns(),
	};
}

bool progress_is_due(const struct progress *progress, uint64_t now_ns)
{
	return now_ns - progress->started_ns >= QUIET_NS && now_ns - progress->shown_ns >= INTERVAL_NS;
}

void progress_line(uint64_t elapsed_ns, const struct progress_figures *figures, char line[PROGRESS_LINE_BYTES])
{
	double seconds = (double)elapsed_ns / (double)NS_PER_S, rate = (double)figures->done_bytes / seconds;
	int length = snprintf(line, PROGRESS_LINE_BYTES, "%" PRIu64 " events, %" PRIu64 " alerts, %.1f MB/s", figures->events,
			      figures->alerts, rate / 1e6);

	/* The file may have grown since it was opened. */
	if (figures->total_bytes == 0 || figures->done_bytes == 0 || figures->done_bytes > figures->total_bytes)
		return;
	snprintf(line + length, PROGRESS_LINE_BYTES - (size_t)length, ", %" PRIu64 " %%, %.0f s left",
		 figures->done_bytes * 100 / figures->total_bytes,
		 (double)(figures->total_bytes - figures->done_bytes) / rate);
}

void progress_show(struct progress *progress, uint64_t now_ns, const struct progress_figures *figures)
{
	char line[PROGRESS_LINE_BYTES];

	progress->shown_ns = now_ns;
	progress_line(now_ns - progress->started_ns, figures, line);
	fprintf(stderr, "\r%s" ERASE_TO_END, line);
}

void progress_end(const struct progress *progress)
{
	if (progress->shown_ns != 0)
		fprintf(stderr, "\r" ERASE_TO_END);
}
