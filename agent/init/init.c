#include "agent/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/init/uplink_process.h"
#include "agent/spool/agent_share.h"
#include "agent/spool/alert_ring.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"

#define ACKNOWLEDGE_TIMEOUT_MS 5000
#define EXIT_SIGNAL_BASE 128

struct init {
	struct init_options *options;
	struct inherited_signals signals;
	struct alert_ring ring;
	struct uplink_process uplink;
	int signal_descriptor, report_pipe[2], control_pair[2];
	pid_t capture;
	pid_t first; /* of the workload; 0: not started yet */
	bool capture_has_ended;
	int status;
};

/* ---- signals ---- */

/* All that can be caught; those of a broken program go to it as usual. */
static void block_signals(sigset_t *ret_blocked)
{
	static const int own_faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

	sigfillset(ret_blocked);
	for (size_t i = 0; i < sizeof own_faults / sizeof own_faults[0]; i++)
		sigdelset(ret_blocked, own_faults[i]);
	/* A stop by the terminal stops us with the workload, whose parent the shell takes us for. */
	sigdelset(ret_blocked, SIGTSTP);
	sigdelset(ret_blocked, SIGTTIN);
	sigdelset(ret_blocked, SIGTTOU);
}

static void remember_signals(struct inherited_signals *signals)
{
	struct sigaction action;

	sigprocmask(SIG_SETMASK, NULL, &signals->mask);
	sigemptyset(&signals->ignored);
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			sigaddset(&signals->ignored, number);
}

/*
 * What others send us is meant for the workload. What the terminal sends (SI_KERNEL) went to its whole foreground group,
 * the workload included.
 */
static void forward_signal(const struct init *init, const struct signalfd_siginfo *info)
{
	if (init->first > 0 && info->ssi_code != SI_KERNEL)
		kill(init->first, (int)info->ssi_signo);
	else if (init->first == 0 && (info->ssi_signo == SIGTERM || info->ssi_signo == SIGINT || info->ssi_signo == SIGHUP) &&
		 init->capture > 0)
		kill(init->capture, SIGKILL); /* nothing runs yet that could decide */
}

/* ---- what children say ---- */

static void take_reports(struct init *init)
{
	struct capture_report message;

	while (read(init->report_pipe[0], &message, sizeof message) == (ssize_t)sizeof message)
		if (message.kind == REPORT_STARTED)
			init->first = message.pid;
		else if (message.kind == REPORT_ENDED)
			init->first = -1; /* its id may belong to somebody else from now on */
}

static void reap(struct init *init)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == init->capture) {
			init->capture_has_ended = true;
			/* Killed by a signal nobody expected: the workload went with it (PTRACE_O_EXITKILL). */
			init->status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL_BASE + WTERMSIG(status);
			if (WIFSIGNALED(status))
				log_error("capture was killed by signal %d, and the workload with it", WTERMSIG(status));
		} else if (pid == init->uplink.pid) {
			uplink_process_ended(&init->uplink);
		}
	}
}

static int poll_timeout_ms(const struct init *init)
{
	return uplink_process_wait_ms(&init->uplink);
}

static void supervise(struct init *init)
{
	struct pollfd polled[2] = {{init->signal_descriptor, POLLIN, 0}, {init->report_pipe[0], POLLIN, 0}};
	struct signalfd_siginfo info;

	while (!init->capture_has_ended) {
		if (poll(polled, 2, poll_timeout_ms(init)) < 0 && errno != EINTR)
			break;
		take_reports(init);
		while (read(init->signal_descriptor, &info, sizeof info) == (ssize_t)sizeof info)
			if (info.ssi_signo != SIGCHLD)
				forward_signal(init, &info);
		reap(init);
		uplink_process_check(&init->uplink);
	}
}

/* ---- starting ---- */

static int open_ring_file(const struct init_options *options)
{
	char path[4096];

	if (!options->spool_directory)
		return memfd_create("tercel-alerts", MFD_CLOEXEC);
	if (mkdir(options->spool_directory, 0700) < 0 && errno != EEXIST)
		return -1;
	if (snprintf(path, sizeof path, "%s/alerts.ring", options->spool_directory) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static int open_shared(struct init *init)
{
	struct capture_options *capture = &init->options->capture;
	bool has_uplink = init->options->orchestrator_url != NULL;

	capture->share_descriptor = memfd_create("tercel-share", MFD_CLOEXEC);
	capture->ring_descriptor = has_uplink ? open_ring_file(init->options) : -1;
	capture->control_socket = -1;
	if (capture->share_descriptor < 0 || (has_uplink && capture->ring_descriptor < 0) ||
	    pipe2(init->report_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	capture->report_descriptor = init->report_pipe[1];
	if (has_uplink) {
		int error = alert_ring_create(capture->ring_descriptor, ALERT_RING_CAPACITY_DEFAULT, &init->ring);

		if (error < 0)
			return error;
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, init->control_pair) < 0)
			return -errno;
		capture->control_socket = init->control_pair[0];
	}
	return 0;
}

static int start_capture(struct init *init)
{
	init->options->capture.signals = &init->signals;
	init->capture = fork();
	if (init->capture < 0)
		return -errno;
	if (init->capture == 0) {
		/* Signals of the terminal are for the workload; capture ends when the workload has ended. */
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		signal(SIGTSTP, SIG_IGN);
		signal(SIGTTIN, SIG_IGN);
		signal(SIGTTOU, SIG_IGN);
		signal(SIGPIPE, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		sigprocmask(SIG_SETMASK, &init->signals.mask, NULL);
		close(init->signal_descriptor);
		close(init->report_pipe[0]);
		if (init->control_pair[1] >= 0)
			close(init->control_pair[1]);
		alert_ring_close(&init->ring);
		_exit(capture_run(&init->options->capture));
	}
	return 0;
}

static int start(struct init *init)
{
	sigset_t blocked;
	int error;

	remember_signals(&init->signals);
	block_signals(&blocked);
	if (sigprocmask(SIG_SETMASK, &blocked, NULL) < 0 ||
	    (init->signal_descriptor = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return -errno;
	/* Orphans of the workload are ours to reap, as they would be with PID 1. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	error = open_shared(init);
	if (error == 0)
		error = start_capture(init);
	if (error == 0 && init->options->orchestrator_url)
		error = uplink_process_start(&init->uplink, init->options, init->control_pair[1], &init->signals.mask);
	return error;
}

int init_run(struct init_options *options)
{
	struct init init = {.options = options,
			    .signal_descriptor = -1,
			    .report_pipe = {-1, -1},
			    .control_pair = {-1, -1},
			    .uplink = UPLINK_PROCESS_INIT,
			    .status = EXIT_STATUS_IO};
	int error = start(&init);

	if (error < 0) {
		log_error("cannot start: %s", strerror(-error));
		if (init.capture > 0)
			kill(init.capture, SIGKILL);
		return EXIT_STATUS_IO;
	}
	supervise(&init);
	if (options->orchestrator_url) {
		/* The last alerts: uplink is there, or will be again, until they are acknowledged or patience ends. */
		uint64_t deadline_ns = clock_monotonic_ns() + ACKNOWLEDGE_TIMEOUT_MS * NS_PER_MS;

		while (!alert_ring_wait_empty(&init.ring, 100) && clock_monotonic_ns() < deadline_ns) {
			reap(&init);
			uplink_process_check(&init.uplink);
		}
		if (!alert_ring_is_empty(&init.ring))
			log_warning("the orchestrator did not acknowledge all alerts in time");
		uplink_process_stop(&init.uplink, &init.ring);
		alert_ring_close(&init.ring);
	}
	return init.status;
}
