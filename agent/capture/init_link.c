#include "agent/capture/init_link.h"

#include <poll.h>
#include <unistd.h>

#include "base/clock.h"

#define WAKE_RETRY_MS 20
#define WAKE_TIMEOUT_NS (5 * NS_PER_S)

/* ---- reports ---- */

static void report(struct init_link *link, enum capture_report_kind kind, int value)
{
	struct capture_report message = {kind, link->first, value};

	/* Else init is gone: so are we, soon. */
	if (write(link->report_descriptor, &message, sizeof message) == (ssize_t)sizeof message)
		link->reports_sent++;
	link->is_stopped = kind == REPORT_STOPPED;
}

/* Init may only be about to stop when it is told to go on: it is told until it has done all that was reported. */
static void wake(struct init_link *link)
{
	struct pollfd polled = {link->message_descriptor, POLLIN, 0};
	uint64_t deadline_ns = clock_monotonic_ns() + WAKE_TIMEOUT_NS;

	for (;;) {
		kill(link->init, SIGCONT);
		poll(&polled, 1, WAKE_RETRY_MS);
		init_link_read(link);
		if (link->reports_done == link->reports_sent || (polled.revents & POLLHUP) ||
		    clock_monotonic_ns() >= deadline_ns)
			return;
	}
}

void init_link_report_start(struct init_link *link, pid_t first)
{
	link->first = first;
	report(link, REPORT_STARTED, 0);
}

void init_link_report_job_control(struct init_link *link, int stop_signal)
{
	report(link, stop_signal ? REPORT_STOPPED : REPORT_CONTINUED, stop_signal);
	if (!stop_signal)
		wake(link);
}

void init_link_report_end(struct init_link *link, int wait_status)
{
	bool was_stopped = link->is_stopped;

	report(link, REPORT_ENDED, wait_status);
	link->first = -1;
	if (was_stopped)
		wake(link); /* SIGKILL ends what is stopped, and nothing says that it went on */
}

/* ---- signals ---- */

static struct signal_arrival arrival_of(int number, int code, pid_t sender, bool is_forwarded)
{
	return (struct signal_arrival){.time_ns = clock_monotonic_ns(),
				       .number = number,
				       .code = code,
				       .sender = sender,
				       .is_forwarded = is_forwarded};
}

/* Sends the first process what init has got, unless it has come there already. */
static void pass_on(struct init_link *link, const struct init_message *message)
{
	struct signal_arrival arrival = arrival_of(message->number, message->code, message->pid, true);

	if (link->first <= 0 || message->number <= 0 || message->number >= NSIG ||
	    signal_copies_take(&link->copies, &arrival))
		return;
	link->senders[message->number] = *message;
	kill(link->first, message->number);
}

void init_link_read(struct init_link *link)
{
	struct init_message message;

	while (read(link->message_descriptor, &message, sizeof message) == (ssize_t)sizeof message) {
		if (message.kind == INIT_REPORT_DONE)
			link->reports_done++;
		else
			pass_on(link, &message);
	}
}

bool init_link_take_signal(struct init_link *link, siginfo_t *info)
{
	bool is_forwarded = info->si_code == SI_USER && info->si_pid == getpid();
	struct signal_arrival arrival;

	if (info->si_signo <= 0 || info->si_signo >= NSIG || (info->si_code > 0 && info->si_code != SI_KERNEL))
		return false; /* of the thread's own making */
	if (is_forwarded) {
		info->si_code = link->senders[info->si_signo].code;
		info->si_pid = link->senders[info->si_signo].pid;
		info->si_uid = link->senders[info->si_signo].uid;
	}
	arrival = arrival_of(info->si_signo, info->si_code, info->si_pid, is_forwarded);
	if (!signal_copies_note(&link->copies, &arrival))
		return is_forwarded;
	info->si_signo = 0;
	return true;
}
