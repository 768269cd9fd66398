/*
 * Between capture and init: what capture reports of the workload's first process, and the signals that init passes on to it.
 *
 * Init is what a shell waits for, so it stops and goes on as the workload does. When the workload goes on, init must do so
 * first: what the workload writes may make somebody press Ctrl-Z again, and an init that is continued, but has not run yet,
 * would stop at once, before the workload has had its say.
 *
 * Init passes signals on by way of capture, which sees what reaches the workload and so does not send what came there by
 * itself, having been sent to the whole process group. A late SIGCONT would undo a stop that came after it.
 */
#ifndef TERCEL_AGENT_CAPTURE_INIT_LINK_H
#define TERCEL_AGENT_CAPTURE_INIT_LINK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/capture/signal_copies.h"

enum capture_report_kind { REPORT_STARTED = 1, REPORT_STOPPED, REPORT_CONTINUED, REPORT_ENDED };

/* What init has to know; written whole (less than PIPE_BUF). */
struct capture_report {
	uint32_t kind;
	int32_t pid;   /* STARTED: of the workload's first process */
	int32_t value; /* STOPPED: the signal; ENDED: its wait status */
};

enum init_message_kind { INIT_SIGNAL = 1, INIT_REPORT_DONE };

/* The other way, written whole as well. After an INIT_SIGNAL init rings capture's doorbell (SIGIO). */
struct init_message {
	uint32_t kind;
	int32_t number, code, pid; /* SIGNAL: members of siginfo_t, as init got it */
	uint32_t uid;
};

struct init_link {
	pid_t init;
	int report_descriptor;	/* struct capture_report, to init */
	int message_descriptor; /* struct init_message, from init; does not block */
	pid_t first;		/* of the workload; 0: not started yet, -1: it has ended */
	bool is_stopped;	/* the last report was REPORT_STOPPED */
	uint32_t reports_sent, reports_done;
	struct signal_copies copies;
	struct init_message senders[NSIG]; /* of the last of each signal that was passed on */
};

void init_link_report_start(struct init_link *link, pid_t first);

/* The first process stopped (stop_signal) or goes on (0). Returns when init has gone on, or after some seconds. */
void init_link_report_job_control(struct init_link *link, int stop_signal);

/* The first process has ended. */
void init_link_report_end(struct init_link *link, int wait_status);

/* Reads what init has sent. */
void init_link_read(struct init_link *link);

/*
 * A signal is about to reach the first process. True: *info was changed, since what is passed on comes from whoever sent it
 * to init. si_signo 0 afterwards: it is a second copy and to be dropped.
 */
bool init_link_take_signal(struct init_link *link, siginfo_t *info);

#endif
