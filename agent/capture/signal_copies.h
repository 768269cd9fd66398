/*
 * A signal that was sent to the workload's process group comes to its first process twice: directly, and through init,
 * which is in that group as well and passes on what it gets. This tells the second copy from a signal of its own.
 */
#ifndef TERCEL_AGENT_CAPTURE_SIGNAL_COPIES_H
#define TERCEL_AGENT_CAPTURE_SIGNAL_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SIGNAL_ARRIVALS 8
#define SIGNAL_COPY_WITHIN_NS UINT64_C(2000000000) /* init may be slow to run on a busy machine */

struct signal_arrival {
	uint64_t time_ns;
	int number, code;
	pid_t sender;
	bool is_forwarded, has_copy;
};

/* All zeros: nothing has come yet. */
struct signal_copies {
	struct signal_arrival arrivals[SIGNAL_ARRIVALS];
	size_t next;
};

/*
 * True when the same signal (number, code and sender as siginfo_t has them) came by the other way a moment ago. Each has one
 * copy at most: the next one is a signal of its own again.
 */
bool signal_copies_take(struct signal_copies *copies, const struct signal_arrival *arrival);

/* A signal reaches the process: likewise, and it is remembered when it is no copy. */
bool signal_copies_note(struct signal_copies *copies, const struct signal_arrival *arrival);

#endif
