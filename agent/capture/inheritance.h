/*
 * What the workload inherits from whoever started the agent: signals, descriptors, limits. The agent changes some of it
 * for itself and keeps the rest in use no longer than needed; the workload finds all of it as the agent found it.
 */
#ifndef TERCEL_AGENT_CAPTURE_INHERITANCE_H
#define TERCEL_AGENT_CAPTURE_INHERITANCE_H

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>

#define INHERITED_LIMITS 5

struct inheritance {
	sigset_t mask, ignored;
	int *descriptors; /* that were open, but for 0, 1 and 2 */
	size_t descriptor_count;
	struct rlimit limits[INHERITED_LIMITS];
};

/*
 * Takes note of everything; to be called before the agent opens anything. Then fills the places of closed standard
 * descriptors, so that nothing of ours gets there (the workload finds them closed), and raises soft limits that would
 * hit the agent. 0 or a negative errno.
 */
int inheritance_take(struct inheritance *ret_inheritance);

/* In the workload's first process before its exec: signals and limits as they were. Async-signal-safe. */
void inheritance_give(const struct inheritance *inheritance);

/*
 * In a process of the agent once the workload has its copies: closes the inherited descriptors; 0 and 1 become /dev/null.
 * A reader at the other end of a pipe must see its end when the workload closes it, not when the agent ends.
 */
void inheritance_drop(const struct inheritance *inheritance);

void inheritance_release(struct inheritance *inheritance);

#endif
