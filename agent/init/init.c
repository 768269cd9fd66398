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

#include "agent/capture/init_link.h"
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
	struct alert_ring ring;
	struct agent_share *share;
	struct uplink_process uplink;
	sigset_t blocked;
	int signal_descriptor, report_pipe[2], message_pipe[2], control_pair[2];
	pid_t capture;
	pid_t first; /* of the workload; 0: not started yet, -1: it has ended */
	bool capture_has_ended;
	int stop_signal;   /* the workload's first process is stopped by it; 0: it runs */
	int ending_signal; /* that ended us before there was a workload; 0: none */
	int status;
};

/* ---- signals ---- */

/*
 * All that can be blocked: the processes of the agent must outlive what is sent to the workload's process group, which
 * they belong to. But for those of a broken program.
 */
static void fill_blocked(sigset_t *ret_blocked)
{
	static const int own_faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

	sigfillset(ret_blocked);
	for (size_t i = 0; i < sizeof own_faults / sizeof own_faults[0]; i++)
		sigdelset(ret_blocked, own_faults[i]);
}

/*
 * What the kernel sends (the terminal's keys) went to the whole foreground group, the workload included; but a hang-up
 * goes to the leader of the session first, whose place the workload would have without us.
 */
static bool is_for_workload(const struct signalfd_siginfo *info)
{
	return info->ssi_code != SI_KERNEL || (info->ssi_signo == SIGHUP && getsid(0) == getpid());
}

static void tell_capture(const struct init *init, const struct init_message *message)
{
	ssize_t written = write(init->message_pipe[1], message, sizeof *message);

	(void)written; /* capture is gone: so are we, soon */
}

/* Capture sends it to the workload, if it has not come there already. */
static void forward_signal(struct init *init, const struct signalfd_siginfo *info)
{
	struct init_message message = {.kind = INIT_SIGNAL,
				       .number = (int)info->ssi_signo,
				       .code = info->ssi_code,
				       .pid = (pid_t)info->ssi_pid,
				       .uid = info->ssi_uid};

	if (message.number == SIGCHLD || message.pid == init->capture || !is_for_workload(info))
		return;
	if (init->first > 0) {
		tell_capture(init, &message);
		kill(init->capture, SIGIO);
	} else if (init->first == 0 && (message.number == SIGTERM || message.number == SIGINT ||
					message.number == SIGHUP || message.number == SIGQUIT)) {
		init->ending_signal = message.number; /* nothing runs yet that could decide */
		kill(init->capture, SIGKILL);
	}
}

/* Stops as the workload has stopped, for a parent that waits for us in its stead. Goes on when capture sends SIGCONT. */
static void stop_too(const struct init *init)
{
	sigset_t one;

	signal(init->stop_signal, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, init->stop_signal);
	/* Sent before it is unblocked, so that a copy which the terminal has sent us makes one stop with it, not two. */
	kill(getpid(), init->stop_signal);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
}

/* ---- what children say ---- */

static void take_reports(struct init *init)
{
	struct capture_report message;
	unsigned taken = 0;

	while (read(init->report_pipe[0], &message, sizeof message) == (ssize_t)sizeof message) {
		if (message.kind == REPORT_STARTED) {
			init->first = message.pid;
		} else if (message.kind == REPORT_ENDED) {
			init->first = -1; /* its id may belong to somebody else from now on */
			init->stop_signal = 0;
		} else {
			init->stop_signal = message.kind == REPORT_STOPPED ? message.value : 0;
		}
		taken++;
	}
	if (init->stop_signal && taken > 0)
		stop_too(init);
	for (; taken > 0; taken--)
		tell_capture(init, &(struct init_message){.kind = INIT_REPORT_DONE});
}

static void reap(struct init *init)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == init->capture) {
			init->capture_has_ended = true;
			init->status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL_BASE + WTERMSIG(status);
			if (init->ending_signal)
				init->status = EXIT_SIGNAL_BASE + init->ending_signal;
			else if (WIFSIGNALED(status)) /* the workload went with it: PTRACE_O_EXITKILL */
				log_error("capture was killed by signal %d, and the workload with it", WTERMSIG(status));
		} else if (pid == init->uplink.pid) {
			uplink_process_ended(&init->uplink);
		}
	}
}

static void supervise(struct init *init)
{
	struct pollfd polled[2] = {{init->signal_descriptor, POLLIN, 0}, {init->report_pipe[0], POLLIN, 0}};
	struct signalfd_siginfo info;

	while (!init->capture_has_ended) {
		if (poll(polled, 2, uplink_process_wait_ms(&init->uplink)) < 0 && errno != EINTR)
			break;
		take_reports(init);
		while (read(init->signal_descriptor, &info, sizeof info) == (ssize_t)sizeof info)
			forward_signal(init, &info);
		reap(init);
		uplink_process_check(&init->uplink);
	}
}

/* ---- starting ---- */

static int open_ring(struct init *init)
{
	const struct init_options *options = init->options;
	int *descriptor = &init->options->capture.ring_descriptor;
	char path[4096];

	if (!options->spool_directory) {
		*descriptor = memfd_create("tercel-alerts", MFD_CLOEXEC);
		return *descriptor < 0 ? -errno : alert_ring_create(*descriptor, ALERT_RING_CAPACITY_DEFAULT, &init->ring);
	}
	if (mkdir(options->spool_directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (snprintf(path, sizeof path, "%s/alerts.ring", options->spool_directory) >= (int)sizeof path)
		return -ENAMETOOLONG;
	return alert_ring_create_file(path, ALERT_RING_CAPACITY_DEFAULT, &init->ring, descriptor);
}

static int open_shared(struct init *init)
{
	struct capture_options *capture = &init->options->capture;
	bool has_uplink = init->options->orchestrator_url != NULL;
	int error;

	capture->share_descriptor = memfd_create("tercel-share", MFD_CLOEXEC);
	capture->ring_descriptor = -1;
	capture->control_socket = -1;
	if (capture->share_descriptor < 0 || pipe2(init->report_pipe, O_CLOEXEC | O_NONBLOCK) < 0 ||
	    pipe2(init->message_pipe, O_CLOEXEC) < 0 || fcntl(init->message_pipe[0], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	error = agent_share_map(capture->share_descriptor, &init->share);
	if (error < 0)
		return error;
	capture->report_descriptor = init->report_pipe[1];
	capture->init_message_descriptor = init->message_pipe[0];
	if (has_uplink) {
		error = open_ring(init);
		if (error < 0)
			return error;
		/* Alerts that an earlier agent left behind keep their identity, and ours go on behind them. */
		init->options->start_id = alert_ring_adopt_start(&init->ring, init->options->start_id);
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, init->control_pair) < 0)
			return -errno;
		capture->control_socket = init->control_pair[0];
	}
	return 0;
}

static int start_capture(struct init *init)
{
	init->options->capture.init = getpid();
	init->capture = fork();
	if (init->capture < 0)
		return -errno;
	if (init->capture == 0) {
		close(init->signal_descriptor);
		close(init->report_pipe[0]);
		close(init->message_pipe[1]);
		if (init->control_pair[1] >= 0)
			close(init->control_pair[1]);
		alert_ring_close(&init->ring);
		_exit(capture_run(&init->options->capture));
	}
	return 0;
}

static int start(struct init *init)
{
	int error;

	fill_blocked(&init->blocked);
	if (sigprocmask(SIG_SETMASK, &init->blocked, NULL) < 0 ||
	    (init->signal_descriptor = signalfd(-1, &init->blocked, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return -errno;
	signal(SIGCHLD, SIG_DFL); /* ignored, children would vanish without a word */
	/* Orphans of the workload are ours to reap, as they would be with PID 1. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	error = open_shared(init);
	if (error == 0)
		error = start_capture(init);
	if (error < 0)
		return error;
	inheritance_drop(init->options->capture.inheritance);
	if (init->options->capture.alerts_descriptor >= 0)
		close(init->options->capture.alerts_descriptor);
	if (init->options->capture.recording.descriptor >= 0)
		close(init->options->capture.recording.descriptor);
	return init->options->orchestrator_url ?
		       uplink_process_start(&init->uplink, init->options, init->share, init->control_pair[1]) :
		       0;
}

int init_run(struct init_options *options)
{
	struct init init = {.options = options,
			    .signal_descriptor = -1,
			    .report_pipe = {-1, -1},
			    .message_pipe = {-1, -1},
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
