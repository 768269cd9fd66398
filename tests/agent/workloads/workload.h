/*
 * For the small programs that run once as they are and once under the agent: what they print, and how they end, must be
 * the same. So they print what they observe and nothing that differs from run to run.
 */
#ifndef TERCEL_TESTS_AGENT_WORKLOAD_H
#define TERCEL_TESTS_AGENT_WORKLOAD_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* For what must work, or there is nothing to observe. */
#define require(condition)                                                                                             \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			printf("%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno));                    \
			exit(99);                                                                                      \
		}                                                                                                      \
	} while (0)

static inline void print_wait_status(const char *what, int status)
{
	if (WIFEXITED(status))
		printf("%s: exit %d\n", what, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: killed by %s\n", what, sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		printf("%s: stopped by %s\n", what, sigabbrev_np(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		printf("%s: continued\n", what);
}

/* "ok" or the name of the error. */
static inline const char *outcome(long result)
{
	return result >= 0 ? "ok" : strerrorname_np(errno);
}

/* Forks with nothing buffered twice. */
static inline pid_t fork_flushed(void)
{
	fflush(NULL);
	return fork();
}

#endif
