/* vfork and posix_spawn: the parent waits for the exec, memory is shared until then, file actions and errors arrive. */
#include <fcntl.h>
#include <spawn.h>

#include "workload.h"

extern char **environ;

static void vforked(const char *path)
{
	static volatile int seen; /* static: the child may not touch our frame */
	char *arguments[] = {(char *)path, "child", NULL};
	int status;
	pid_t pid;

	seen = 0;
	fflush(stdout);
	pid = vfork();
	if (pid == 0) {
		seen = 42;
		execv(path, arguments);
		_exit(127);
	}
	printf("vfork: child wrote %d\n", seen);
	require(waitpid(pid, &status, 0) == pid);
	print_wait_status("vforked", status);
}

static void spawned(const char *path, const char *what)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t mask;
	char *arguments[] = {(char *)path, "child", NULL};
	pid_t pid;
	int status, error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 9, "/dev/zero", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, 9, 8);
	posix_spawnattr_init(&attributes);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	posix_spawnattr_setsigmask(&attributes, &mask);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	fflush(stdout);
	error = posix_spawn(&pid, path, &actions, &attributes, arguments, environ);
	printf("%s: %s\n", what, error ? strerrorname_np(error) : "ok");
	if (error == 0) {
		require(waitpid(pid, &status, 0) == pid);
		print_wait_status(what, status);
	}
}

static int child(void)
{
	sigset_t mask;
	char byte = 1;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	printf("child: USR2 %s, 8 %s, leads its group: %s\n", sigismember(&mask, SIGUSR2) ? "blocked" : "open",
	       outcome(read(8, &byte, 1)), getpgrp() == getpid() ? "yes" : "no");
	return 11;
}

int main(int count, char **arguments)
{
	if (count > 1)
		return child();
	for (int i = 0; i < 3; i++)
		vforked(arguments[0]);
	vforked("/nonexistent");
	for (int i = 0; i < 3; i++)
		spawned(arguments[0], "spawn");
	spawned("/nonexistent", "spawn of nothing");
	return 0;
}
