/* PR_SET_PDEATHSIG: the signal comes when the parent is gone, once. */
#include <sys/prctl.h>

#include "workload.h"

int main(void)
{
	int channel[2], status, ready[2];
	char line[64];
	ssize_t got;
	pid_t pid;

	require(pipe(channel) == 0 && pipe(ready) == 0);
	pid = fork_flushed();
	if (pid == 0) {
		if (fork_flushed() == 0) {
			sigset_t set;
			siginfo_t info;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			require(write(ready[1], "r", 1) == 1);
			require(sigwaitinfo(&set, &info) == SIGUSR1);
			dprintf(channel[1], "parent died, code %d", info.si_code);
			_exit(0);
		}
		require(read(ready[0], line, 1) == 1);
		_exit(0);
	}
	close(channel[1]);
	require(waitpid(pid, &status, 0) == pid);
	got = read(channel[0], line, sizeof line - 1);
	line[got > 0 ? got : 0] = '\0';
	puts(line);
	printf("our own: %d\n", prctl(PR_GET_PDEATHSIG, &status) == 0 ? status : -1);
	return 0;
}
