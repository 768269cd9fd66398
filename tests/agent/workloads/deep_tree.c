/* deep_tree N: a chain of N processes and a fan of N more, all alive at once; then all end. */
#include "workload.h"

/* The process at depth d ends with d, as the one below it says, but with no more than 200. */
static void chain(int length, int hold)
{
	int status;
	char byte;
	pid_t pid = 0;

	for (int depth = 0; depth < length; depth++) {
		pid = fork_flushed();
		require(pid >= 0);
		if (pid > 0)
			break;
	}
	if (pid == 0) {
		(void)!read(hold, &byte, 1); /* until the fan is there as well */
		_exit(0);
	}
	require(waitpid(pid, &status, 0) == pid);
	_exit(WEXITSTATUS(status) + 1 > 200 ? 200 : WEXITSTATUS(status) + 1);
}

int main(int count, char **arguments)
{
	int n = count > 1 ? atoi(arguments[1]) : 100, hold[2], status, ended = 0;
	pid_t first;
	char byte;

	require(pipe(hold) == 0);
	first = fork_flushed();
	if (first == 0) {
		close(hold[1]);
		chain(n, hold[0]);
	}
	for (int i = 0; i < n; i++) {
		pid_t pid = fork_flushed();

		require(pid >= 0);
		if (pid == 0) {
			close(hold[1]);
			(void)!read(hold[0], &byte, 1);
			_exit(0);
		}
	}
	close(hold[1]);
	require(waitpid(first, &status, 0) == first);
	print_wait_status("chain", status);
	while (wait(&status) > 0)
		ended += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	printf("fan: %d\n", ended);
	return 0;
}
