/*
 * Prints "ready", then each signal that comes and how it came, until SIGTERM. Handlers run on the main thread, or the
 * signals are taken with sigwaitinfo ("wait"), or another thread takes them ("thread").
 */
#include <pthread.h>

#include "workload.h"

static const int numbers[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGWINCH, SIGQUIT, SIGCONT};

static const char *way = "";

static const char *sender(const siginfo_t *info)
{
	const char *expected = getenv("EXPECTED_SENDER");

	if (info->si_code == SI_KERNEL)
		return "kernel";
	if (strcmp(way, "wait") == 0)
		return "not to be told"; /* nothing stops such a signal, so nobody can put the sender right */
	return expected && atoi(expected) == info->si_pid ? "expected" : "other";
}

static void say(const siginfo_t *info)
{
	char line[128];
	int length = snprintf(line, sizeof line, "%s code %d sender %s\n", sigabbrev_np(info->si_signo), info->si_code,
			      sender(info));

	if (write(STDOUT_FILENO, line, (size_t)length) < 0 || info->si_signo == SIGTERM)
		_exit(33);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	say(info);
}

static void *sleep_for_ever(void *context)
{
	(void)context;
	for (;;)
		pause();
	return NULL;
}

int main(int count, char **arguments)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
	sigset_t set;
	siginfo_t info;
	pthread_t thread;

	if (count > 1)
		way = arguments[1];
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		sigaction(numbers[i], &action, NULL);
		sigaddset(&set, numbers[i]);
	}
	if (strcmp(way, "thread") == 0) {
		require(pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0);
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
	if (strcmp(way, "wait") == 0)
		sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	while (strcmp(way, "wait") == 0)
		if (sigwaitinfo(&set, &info) > 0)
			say(&info);
	sleep_for_ever(NULL);
}
