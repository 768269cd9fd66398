/* Children made with CLONE_UNTRACED, by clone and clone3, make the calls that the agent traps. */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "workload.h"

static int child(const char *self)
{
	printf("mkdir: %s, ", outcome(mkdir("/nonexistent/x", 0700)));
	printf("socket: %s, ", outcome(socket(AF_INET, SOCK_DGRAM, 0)));
	printf("open: %s, ", outcome(open("/dev/null", O_RDONLY)));
	printf("chdir: %s\n", outcome(chdir("/")));
	fflush(stdout);
	execl(self, self, "child", NULL);
	printf("exec: %s\n", strerrorname_np(errno));
	return 1;
}

int main(int count, char **arguments)
{
	static const struct clone_args constant = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
	struct clone_args changing = constant;
	int status;
	pid_t pid;

	(void)arguments;
	if (count > 1)
		return 21;
	for (int way = 0; way < 3; way++) {
		fflush(NULL);
		if (way == 0)
			pid = (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, NULL);
		else
			pid = (pid_t)syscall(SYS_clone3, way == 1 ? &changing : &constant, sizeof changing);
		require(pid >= 0);
		if (pid == 0)
			_exit(child("/proc/self/exe"));
		require(waitpid(pid, &status, 0) == pid);
		print_wait_status("untraced", status);
	}
	printf("flags: %s\n", changing.flags == CLONE_UNTRACED ? "as they were" : "changed");
	changing.flags |= CLONE_SIGHAND; /* without CLONE_VM: EINVAL */
	printf("clone3: %s, ", outcome(syscall(SYS_clone3, &changing, sizeof changing)));
	printf("flags: %s\n", changing.flags == (CLONE_UNTRACED | CLONE_SIGHAND) ? "as they were" : "changed");
	return 0;
}
