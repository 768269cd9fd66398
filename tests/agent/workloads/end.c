/* end exit N | kill SIGNAL | fault | abort | return_from_thread: ends in that way. */
#include <pthread.h>
#include <sys/resource.h>

#include "workload.h"

static void *exit_process(void *context)
{
	exit(*(const int *)context);
}

int main(int count, char **arguments)
{
	static volatile int *nowhere;
	const char *way = count > 1 ? arguments[1] : "";
	int number = count > 2 ? atoi(arguments[2]) : 0;
	pthread_t thread;

	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	puts("before the end");
	fflush(stdout);
	if (strcmp(way, "exit") == 0)
		return number;
	if (strcmp(way, "_exit") == 0)
		_exit(number);
	if (strcmp(way, "kill") == 0)
		kill(getpid(), number);
	if (strcmp(way, "fault") == 0)
		*nowhere = 1;
	if (strcmp(way, "abort") == 0)
		abort();
	if (strcmp(way, "thread") == 0) {
		require(pthread_create(&thread, NULL, exit_process, &number) == 0);
		pthread_exit(NULL); /* the leader goes first */
	}
	return 98;
}
