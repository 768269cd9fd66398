/*
 * A timer that fires every 200 µs for a fifth of a second, while trapped calls run: with SA_RESTART none is ever
 * interrupted, and each does what it is to do exactly once. Then without: a call that blocks ends with EINTR.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "workload.h"

static volatile sig_atomic_t fired;

static void on_timer(int number)
{
	(void)number;
	fired++;
}

static void set_timer(long us)
{
	setitimer(ITIMER_REAL, &(struct itimerval){{0, us}, {0, us}}, NULL);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
	char path[] = "/tmp/timer-workload-XXXXXX", name[64];
	unsigned long rounds = 0, failures = 0, pairs[2] = {0, 0};
	int sockets[2];
	double end;
	char byte;
	ssize_t got;

	require(mkdtemp(path));
	snprintf(name, sizeof name, "%s/d", path);
	sigaction(SIGALRM, &action, NULL);
	set_timer(200);
	for (end = now() + 0.2; now() < end || fired < 20; rounds++) {
		int file = open("/dev/null", O_RDONLY), copy = dup(file), status;
		pid_t pid;

		failures += file < 0 || copy < 0;
		failures += mkdir(name, 0700) != 0; /* twice would be EEXIST */
		failures += rmdir(name) != 0;
		failures += chdir("/") != 0;
		failures += socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0;
		failures += write(sockets[0], "x", 1) != 1 || read(sockets[1], &byte, 1) != 1;
		close(sockets[0]);
		close(sockets[1]);
		close(copy);
		close(file);
		if (rounds % 16 == 0) {
			pid = fork();
			if (pid == 0)
				_exit(9);
			while (waitpid(pid, &status, 0) < 0)
				pairs[errno == EINTR]++;
			failures += !WIFEXITED(status) || WEXITSTATUS(status) != 9;
		}
	}
	printf("rounds: %s, failures: %lu, waits interrupted: %lu\n", rounds > 0 ? "some" : "none", failures, pairs[1]);
	action.sa_flags = 0;
	sigaction(SIGALRM, &action, NULL);
	require(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	got = recv(sockets[0], &byte, 1, 0);
	printf("without SA_RESTART: %s\n", outcome(got));
	{
		int listener = socket(AF_UNIX, SOCK_STREAM, 0);
		struct sockaddr address = {.sa_family = AF_UNIX};

		require(bind(listener, &address, sizeof(sa_family_t)) == 0 && listen(listener, 1) == 0);
		printf("accept: %s\n", outcome(accept(listener, NULL, NULL)));
	}
	set_timer(0);
	rmdir(path);
	return 0;
}
