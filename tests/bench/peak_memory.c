/*
 * Runs a command and writes its peak memory in kB to standard error's last line. A program of its own, because a process
 * begins with the peak of the one that it was forked from: Python's would be the result.
 *
 *	peak_memory COMMAND...
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 2)
		return 2;
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status))
		return 3;
	fprintf(stderr, "%ld\n", usage.ru_maxrss);
	return WEXITSTATUS(status);
}
