#include "agent/init/uplink_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/init/init.h"
#include "agent/spool/agent_share.h"
#include "agent/spool/alert_ring.h"
#include "base/clock.h"
#include "base/file_io.h"
#include "base/log.h"

#define FROZEN_AFTER_NS (45 * NS_PER_S) /* it gives a sign every heartbeat; no call of it lasts longer than 10 s */
#define RESTART_FIRST_NS (50 * NS_PER_MS)
#define RESTART_LAST_NS (5 * NS_PER_S)
#define SOON_NS (10 * NS_PER_S)
#define STOP_TIMEOUT_MS 2000

/* Above what is handed over, so that moving them to their places hits none that is still needed. */
static int move_high(int descriptor)
{
	return fcntl(descriptor, F_DUPFD_CLOEXEC, HANDED_END);
}

/* The token goes by a descriptor: neither the command line nor the environment shows it. Certificates may be long. */
static int memory_file(const char *name, struct text contents)
{
	int descriptor = memfd_create(name, MFD_CLOEXEC);

	if (descriptor >= 0 && (write_all(descriptor, contents.bytes, contents.length) < 0 || lseek(descriptor, 0, SEEK_SET) < 0)) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* As a program that is started anew finds them; init has blocked all. */
static void forget_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. Does not return. */
static void run_uplink(const struct uplink_process *uplink)
{
	const struct init_options *options = uplink->options;
	int sources[] = {options->capture.ring_descriptor, options->capture.share_descriptor, uplink->control_socket,
			 uplink->stop_pipe[0], memory_file("token", options->token),
			 memory_file("authorities", options->authorities)};
	size_t fixed = 18, count = 0;
	const char **arguments = calloc(fixed + 2 * options->label_count, sizeof(char *));
	char start_id[32];
	union {
		const char **in;
		char *const *out;
	} vector = {arguments};

	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
		sources[i] = move_high(sources[i]);
	for (int i = 0; i < (int)(sizeof sources / sizeof sources[0]); i++)
		if (dup2(sources[i], HANDED_RING + i) < 0)
			_exit(127);
	if (!arguments)
		_exit(127);
	snprintf(start_id, sizeof start_id, "%" PRIu64, options->start_id);
	arguments[count++] = "tercel-agent";
	arguments[count++] = "uplink";
	arguments[count++] = "--orchestrator";
	arguments[count++] = options->orchestrator_url;
	arguments[count++] = "--agent-id";
	arguments[count++] = options->capture.agent_id;
	arguments[count++] = "--start-id";
	arguments[count++] = start_id;
	arguments[count++] = "--container-id";
	arguments[count++] = options->container_id;
	arguments[count++] = "--channel";
	arguments[count++] = options->channel;
	if (options->proxy_url) {
		arguments[count++] = "--proxy";
		arguments[count++] = options->proxy_url;
	}
	for (size_t i = 0; i < options->label_count; i++) {
		arguments[count++] = "--label";
		arguments[count++] = options->labels[i];
	}
	/* In a session of its own, no signal for the workload's group reaches it; init says when to end. */
	setsid();
	forget_signals();
	syscall(SYS_close_range, HANDED_END, ~0u, CLOSE_RANGE_CLOEXEC);
	execv("/proc/self/exe", vector.out);
	_exit(127);
}

static int start_process(struct uplink_process *uplink)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		run_uplink(uplink);
	uplink->pid = pid;
	uplink->restart_ns = 0;
	uplink->started_ns = clock_monotonic_ns();
	atomic_store(&uplink->share->uplink_alive_ns, uplink->started_ns);
	return 0;
}

int uplink_process_start(struct uplink_process *uplink, const struct init_options *options, struct agent_share *share,
			 int control_socket)
{
	uplink->share = share;
	uplink->options = options;
	uplink->control_socket = control_socket;
	if (pipe2(uplink->stop_pipe, O_CLOEXEC) < 0)
		return -errno;
	return start_process(uplink);
}

void uplink_process_ended(struct uplink_process *uplink)
{
	uint64_t now_ns = clock_monotonic_ns(), delay_ns = RESTART_FIRST_NS;

	uplink->pid = 0;
	uplink->failures = now_ns - uplink->started_ns < SOON_NS ? uplink->failures + 1 : 0;
	for (uint32_t i = 0; i < uplink->failures && delay_ns < RESTART_LAST_NS; i++)
		delay_ns *= 2;
	uplink->restart_ns = now_ns + delay_ns;
}

void uplink_process_check(struct uplink_process *uplink)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (!uplink->options || uplink->is_stopping)
		return;
	if (uplink->pid == 0 && uplink->restart_ns != 0 && now_ns >= uplink->restart_ns) {
		if (start_process(uplink) < 0)
			uplink->restart_ns = now_ns + RESTART_LAST_NS;
	} else if (uplink->pid > 0 && now_ns - atomic_load(&uplink->share->uplink_alive_ns) > FROZEN_AFTER_NS &&
		   now_ns > atomic_load(&uplink->share->uplink_alive_ns)) {
		log_warning("uplink gives no sign of life: it is replaced");
		kill(uplink->pid, SIGKILL);
		atomic_store(&uplink->share->uplink_alive_ns, now_ns);
	}
}

int uplink_process_wait_ms(const struct uplink_process *uplink)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (!uplink->options)
		return -1;
	if (uplink->pid == 0)
		return uplink->restart_ns <= now_ns ? 0 : (int)((uplink->restart_ns - now_ns) / NS_PER_MS) + 1;
	return (int)(FROZEN_AFTER_NS / NS_PER_MS);
}

void uplink_process_stop(struct uplink_process *uplink, struct alert_ring *ring)
{
	struct pollfd polled = {.events = POLLIN};

	uplink->is_stopping = true;
	close(uplink->stop_pipe[1]); /* readable at its other end: that is the word */
	uplink->stop_pipe[1] = -1;
	alert_ring_wake(ring); /* where it sleeps */
	if (uplink->pid <= 0)
		return;
	polled.fd = (int)syscall(SYS_pidfd_open, uplink->pid, 0);
	if (polled.fd >= 0) {
		/* Without an orchestrator there is nothing that it could still do. */
		poll(&polled, 1, atomic_load(&uplink->share->uplink_is_connected) ? STOP_TIMEOUT_MS : 0);
		close(polled.fd);
	}
	kill(uplink->pid, SIGKILL);
	waitpid(uplink->pid, NULL, 0);
}
