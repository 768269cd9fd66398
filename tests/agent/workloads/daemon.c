/* A daemon outlives its parent and reports to its grandparent through a pipe: it got another parent, and works. */
#include <sys/stat.h>

#include "workload.h"

int main(void)
{
	int channel[2], status, ready[2];
	char line[256];
	pid_t pid;
	ssize_t got, total = 0;

	require(pipe(channel) == 0 && pipe(ready) == 0);
	pid = fork_flushed();
	if (pid == 0) {
		pid_t parent;

		require(setsid() > 0);
		parent = getpid();
		if (fork_flushed() > 0) {
			char byte;

			require(read(ready[0], &byte, 1) == 1); /* until the daemon knows its first parent */
			_exit(0);
		}
		require(getppid() == parent);
		require(write(ready[1], "r", 1) == 1);
		while (getppid() == parent)
			continue;
		umask(0);
		require(chdir("/") == 0);
		dprintf(channel[1], "daemon: orphaned, session %s\n", getsid(0) == parent ? "of its parent" : "another");
		_exit(7);
	}
	close(channel[1]);
	require(waitpid(pid, &status, 0) == pid);
	print_wait_status("parent of the daemon", status);
	while ((got = read(channel[0], line + total, sizeof line - 1 - (size_t)total)) > 0)
		total += got;
	line[total] = '\0';
	fputs(line, stdout);
	printf("is it our child? %s\n", outcome(waitpid(-1, &status, WNOHANG)));
	return 0;
}
