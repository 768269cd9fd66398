/* What a parent learns of children that exit, are killed, stop and go on: wait4, waitid, SIGCHLD. */
#include <sys/resource.h>

#include "workload.h"

static void report(const char *what, pid_t pid, int options)
{
	int status;

	require(waitpid(pid, &status, options) == pid);
	print_wait_status(what, status);
}

static pid_t child_that(void (*act)(void))
{
	pid_t pid = fork_flushed();

	require(pid >= 0);
	if (pid == 0) {
		act();
		_exit(0);
	}
	return pid;
}

static void exit_three(void)
{
	_exit(3);
}

static void kill_itself(void)
{
	kill(getpid(), SIGKILL);
}

static void divide_by_zero(void)
{
	raise(SIGFPE);
}

static int go_on[2]; /* so that it neither stops nor ends before its continuation was seen */

static volatile sig_atomic_t continued;

static void on_continue(int number)
{
	(void)number;
	continued++;
}

static void stop_twice(void)
{
	char byte;

	signal(SIGCONT, on_continue);
	raise(SIGSTOP);
	require(read(go_on[0], &byte, 1) == 1);
	raise(SIGTSTP); /* does nothing in a process group that no shell looks after */
	if (continued == 2)
		require(read(go_on[0], &byte, 1) == 1);
	_exit(5);
}

int main(void)
{
	siginfo_t info;
	pid_t pid;
	int status;

	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	report("exits", child_that(exit_three), 0);
	report("killed", child_that(kill_itself), 0);
	report("faults", child_that(divide_by_zero), 0);

	require(pipe(go_on) == 0);
	pid = child_that(stop_twice);
	report("first stop", pid, WUNTRACED);
	require(waitpid(pid, &status, WNOHANG | WUNTRACED) == 0);
	kill(pid, SIGCONT);
	report("first continue", pid, WCONTINUED);
	require(write(go_on[1], "g", 1) == 1);
	require(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOWAIT) == 0);
	printf("then: code %d status %d pid %s\n", info.si_code, info.si_status, info.si_pid == pid ? "right" : "wrong");
	if (info.si_code == CLD_STOPPED) {
		report("second stop", pid, WUNTRACED);
		kill(pid, SIGCONT);
		report("second continue", pid, WCONTINUED);
		require(write(go_on[1], "g", 1) == 1);
	}
	require(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	printf("waitid: code %d status %d\n", info.si_code, info.si_status);
	report("ends", pid, 0);
	require(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
	puts("no children left");
	return 0;
}
