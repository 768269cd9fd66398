/* Uplink as init sees it: started by exec, started again when it dies or gives no sign of life. */
#ifndef TERCEL_AGENT_INIT_UPLINK_PROCESS_H
#define TERCEL_AGENT_INIT_UPLINK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where the new program finds the descriptors that it is started with. */
enum handed_over { HANDED_RING = 3, HANDED_SHARE, HANDED_CONTROL, HANDED_STOP, HANDED_TOKEN, HANDED_AUTHORITIES, HANDED_END };

/* What is in the last two of them is not longer. */
#define TOKEN_BYTES_MAX ((size_t)4096)
#define AUTHORITIES_BYTES_MAX ((size_t)64 << 10)

struct init_options;
struct agent_share;
struct alert_ring;

struct uplink_process {
	pid_t pid; /* 0: not running */
	const struct init_options *options;
	struct agent_share *share;
	int control_socket, stop_pipe[2];
	uint64_t started_ns, restart_ns; /* monotonic; restart_ns 0: not due */
	uint32_t failures;		 /* starts that ended soon, in a row */
	bool is_stopping;
};

#define UPLINK_PROCESS_INIT ((struct uplink_process){.control_socket = -1, .stop_pipe = {-1, -1}})

/* 0 or a negative errno. */
int uplink_process_start(struct uplink_process *uplink, const struct init_options *options, struct agent_share *share,
			 int control_socket);
void uplink_process_ended(struct uplink_process *uplink); /* init reaped it */
/* Starts it again when that is due, and kills one that froze. */
void uplink_process_check(struct uplink_process *uplink);
/* How long init may sleep before the next check; -1: for ever. */
int uplink_process_wait_ms(const struct uplink_process *uplink);
/* Tells it to end and waits a moment for it. */
void uplink_process_stop(struct uplink_process *uplink, struct alert_ring *ring);

#endif
