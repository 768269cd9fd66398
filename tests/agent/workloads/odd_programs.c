/*
 * Executes itself in ways that leave the agent little to name it by: a file that is removed meanwhile, a memory file, an
 * empty path, a descriptor's path; with no arguments, an odd first one, a name with anything in it.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "workload.h"

static char *const environment[] = {"ODD=\n\t\x01=\xff", NULL};

static int copy_self(int target)
{
	int self = open("/proc/self/exe", O_RDONLY);
	struct stat status;

	require(self >= 0 && fstat(self, &status) == 0);
	require(sendfile(target, self, NULL, (size_t)status.st_size) == status.st_size);
	close(self);
	return target;
}

static void wait_for(const char *what, pid_t pid)
{
	int status;

	require(pid > 0 && waitpid(pid, &status, 0) == pid);
	print_wait_status(what, status);
}

int main(int count, char **arguments)
{
	char *const odd[] = {"odd) S 1 2\n(", "\xff\xfe", "", "\"\\\x7f", NULL}, *const none[] = {NULL};
	char path[] = "/tmp/odd-program-XXXXXX", link_path[64];
	int file, memory;
	pid_t pid;

	if (count != 1 || strcmp(arguments[0], "") == 0) {
		/* The new program: it tells by its status which way it came. */
		return 50 + count;
	}
	file = mkstemp(path);
	require(file >= 0 && fchmod(copy_self(file), 0700) == 0 && close(file) == 0);
	pid = fork_flushed();
	if (pid == 0) {
		require(chmod(path, 0700) == 0);
		file = open(path, O_RDONLY);
		require(unlink(path) == 0);
		fexecve(file, odd, environment);
		_exit(1);
	}
	wait_for("removed file", pid);
	memory = copy_self(memfd_create("odd memory\n) X", 0));
	pid = fork_flushed();
	if (pid == 0) {
		syscall(SYS_execveat, memory, "", odd, environment, AT_EMPTY_PATH);
		_exit(1);
	}
	wait_for("memory file", pid);
	pid = fork_flushed();
	if (pid == 0) {
		snprintf(link_path, sizeof link_path, "/proc/self/fd/%d", memory);
		execve(link_path, odd, environment);
		_exit(1);
	}
	wait_for("link to a descriptor", pid);
	pid = fork_flushed();
	if (pid == 0) {
		execve("/proc/self/exe", none, environment); /* the kernel makes it one empty argument */
		_exit(1);
	}
	wait_for("no arguments", pid);
	pid = fork_flushed();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a) R 0 (b");
		open("/nonexistent/odd", O_RDONLY);
		execve("/proc/self/exe", odd, NULL);
		_exit(1);
	}
	wait_for("no environment, odd name", pid);
	return 0;
}
