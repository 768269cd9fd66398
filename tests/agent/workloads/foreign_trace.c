/* ptrace of one's own: what the engine `trace` documents as not working. */
#include <sys/ptrace.h>

#include "workload.h"

int main(void)
{
	int status;
	pid_t pid = fork_flushed();

	if (pid == 0) {
		printf("TRACEME: %s\n", outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
		fflush(stdout);
		_exit(0);
	}
	require(waitpid(pid, &status, 0) == pid);
	print_wait_status("child", status);
	pid = fork_flushed();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	printf("SEIZE: %s\n", outcome(ptrace(PTRACE_SEIZE, pid, NULL, NULL)));
	kill(pid, SIGKILL);
	require(waitpid(pid, &status, 0) == pid);
	print_wait_status("other child", status);
	return 0;
}
