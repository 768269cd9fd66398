/* A process with several threads is stopped and continued by its parent, twenty times; all its threads go on counting. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "workload.h"

#define THREADS 4

static struct shared {
	_Atomic unsigned counts[THREADS];
} *shared;

static void *count_on(void *context)
{
	for (;;)
		atomic_fetch_add((_Atomic unsigned *)context, 1);
	return NULL;
}

static unsigned total(void)
{
	unsigned sum = 0;

	for (int i = 0; i < THREADS; i++)
		sum += atomic_load(&shared->counts[i]);
	return sum;
}

int main(void)
{
	pid_t pid;
	int status, moved_while_stopped = 0;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(shared != MAP_FAILED);
	pid = fork_flushed();
	if (pid == 0) {
		pthread_t thread;

		for (int i = 0; i < THREADS; i++)
			pthread_create(&thread, NULL, count_on, &shared->counts[i]);
		pthread_exit(NULL);
	}
	for (int round = 0; round < 20; round++) {
		unsigned before;

		kill(pid, SIGSTOP);
		require(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
		before = total();
		for (int i = 0; i < 1000; i++)
			getppid();
		moved_while_stopped += total() != before;
		kill(pid, SIGCONT);
		require(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
		while (total() == before)
			continue;
	}
	kill(pid, SIGTERM);
	require(waitpid(pid, &status, 0) == pid);
	print_wait_status("at last", status);
	printf("moved while stopped: %d\n", moved_while_stopped);
	return 0;
}
