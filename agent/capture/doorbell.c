#include "agent/capture/doorbell.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define RETRY_NS (20 * NS_PER_MS)

/*
 * The loop sleeps in waitpid(2), which nothing but a signal can interrupt; a signal that comes just before it would be
 * missed. So the handler arms a timer that rings again until the loop has looked, and then disarms it: no wake-ups while
 * nothing happens. Signal handlers have no argument: these two are the process's only mutable globals.
 */
static volatile sig_atomic_t has_rung;
static timer_t retry_timer;

static void set_retry_timer(uint64_t interval_ns)
{
	struct itimerspec setting = {{0, (long)interval_ns}, {0, (long)interval_ns}};

	timer_settime(retry_timer, 0, &setting, NULL);
}

static void on_ring(int signal_number)
{
	int saved_errno = errno;

	(void)signal_number;
	has_rung = 1;
	set_retry_timer(RETRY_NS);
	errno = saved_errno;
}

bool doorbell_answer(void)
{
	if (!has_rung)
		return false;
	set_retry_timer(0);
	has_rung = 0;
	return true;
}

int doorbell_hang(int control_socket)
{
	struct sigaction action = {.sa_handler = on_ring};
	struct sigevent ring = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = DOORBELL_SIGNAL};
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, DOORBELL_SIGNAL);
	sigaddset(&signals, SIGALRM);
	if (timer_create(CLOCK_MONOTONIC, &ring, &retry_timer) < 0 || sigaction(DOORBELL_SIGNAL, &action, NULL) < 0 ||
	    sigprocmask(SIG_UNBLOCK, &signals, NULL) < 0)
		return -errno;
	if (control_socket >= 0 &&
	    (fcntl(control_socket, F_SETOWN, getpid()) < 0 ||
	     fcntl(control_socket, F_SETFL, fcntl(control_socket, F_GETFL) | O_ASYNC) < 0))
		return -errno;
	return 0;
}
