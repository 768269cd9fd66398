/*
 * storm SECONDS: processes fork, make threads, execute and stop, and are killed in the middle of it by SIGKILL, from
 * within and from outside, over and over. Every one of them must come to its end.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "workload.h"

#define WIDTH 8
#define DEPTH 2 /* of processes that make processes */

static volatile int *is_over; /* shared by all */

/* Of our own: a child of a process with threads may not wait for the locks of rand(3), nor of exit(3). */
static unsigned random_state = 1;

static unsigned random_number(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static void *open_and_die(void *context)
{
	unsigned seed = (unsigned)(unsigned long)context;

	for (unsigned i = seed % 40; i > 0; i--) {
		close(open("/dev/null", O_RDONLY));
		mkdir("/nonexistent/x", 0700);
	}
	if (seed % 5 == 0)
		_exit(0);
	return NULL;
}

static void live(const char *self, unsigned seed)
{
	static int depth;
	pthread_t thread;

	random_state = seed * 2654435761u;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!*is_over) {
		switch (random_number() % 7) {
		case 0:
			if (depth < DEPTH && fork() == 0) {
				depth++;
				random_state ^= 0x5bd1e995;
				prctl(PR_SET_PDEATHSIG, SIGKILL);
			}
			break;
		case 1:
			if (vfork() == 0)
				_exit(0);
			break;
		case 2:
			pthread_create(&thread, NULL, open_and_die, (void *)(unsigned long)random_number());
			break;
		case 3:
			if (fork() == 0) {
				execl(self, self, "0", NULL);
				_exit(0);
			}
			break;
		case 4:
			if (fork() == 0) {
				raise(SIGSTOP);
				_exit(0);
			}
			break;
		case 5:
			open_and_die((void *)(unsigned long)(random_number() | 1));
			break;
		default:
			while (waitpid(-1, NULL, WNOHANG) > 0)
				continue;
			if (random_number() % 8 == 0)
				kill(getpid(), SIGKILL);
		}
	}
	_exit(0);
}

int main(int count, char **arguments)
{
	double seconds = count > 1 ? atof(arguments[1]) : 1;
	pid_t pids[WIDTH] = {0};
	struct timespec start, now, pause = {0, 300000};
	unsigned killed = 0, seed = 1;
	int status;

	if (seconds == 0)
		return 0;
	is_over = mmap(NULL, sizeof *is_over, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(is_over != MAP_FAILED);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* all that is left over comes to us, to be counted */
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		pid_t *victim = &pids[random_number() % WIDTH];

		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9 > seconds)
			break;
		if (*victim == 0) {
			*victim = fork_flushed();
			if (*victim == 0)
				live(arguments[0], ++seed);
			seed++;
		} else {
			kill(*victim, SIGKILL);
			*victim = 0;
			killed++;
		}
		nanosleep(&pause, NULL);
		while (waitpid(-1, &status, WNOHANG) > 0)
			continue;
	}
	*is_over = 1;
	/* Their children become ours, the stopped ones as well. */
	for (;;) {
		pid_t pid = waitpid(-1, &status, WUNTRACED);

		if (pid < 0)
			break;
		if (WIFSTOPPED(status))
			kill(pid, SIGKILL);
	}
	printf("killed %s, all gone: %s\n", killed > 10 ? "many" : "few", strerrorname_np(errno));
	return 0;
}
