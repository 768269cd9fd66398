/*
 * Steps of the scripted workload that no common tool does: `attack_steps STEP`. Each is tried once; whether the system
 * allows it does not matter, the attempt counts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* A copy of this very program in a memory file, whose only step there is to end. */
static int memory_file(const char *name)
{
	char bytes[65536];
	int file = memfd_create(name, 0), self = open("/proc/self/exe", O_RDONLY);
	ssize_t got;

	while ((got = read(self, bytes, sizeof bytes)) > 0)
		if (write(file, bytes, (size_t)got) != got)
			exit(3);
	close(self);
	return file;
}

static void wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		exit(4);
}

static void execute_memory_file(void)
{
	static char name[] = "kworker", step[] = "end";
	char *const arguments[] = {name, step, NULL};
	char path[64];
	int file = memory_file("kworker-x");
	pid_t child = fork();

	if (child == 0) {
		syscall(SYS_execveat, file, "", arguments, environ, AT_EMPTY_PATH);
		_exit(5);
	}
	wait_for(child);
	child = fork();
	if (child == 0) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", file);
		execve(path, arguments, environ);
		_exit(5);
	}
	wait_for(child);
}

static void trace_child(void)
{
	struct user_regs_struct registers;
	int hold[2];
	pid_t child;
	char byte;

	if (pipe(hold) < 0)
		exit(3);
	child = fork();
	if (child == 0) {
		close(hold[1]);
		_exit(read(hold[0], &byte, 1) == 0 ? 0 : 5);
	}
	memset(&registers, 0, sizeof registers);
	ptrace(PTRACE_SEIZE, child, NULL, NULL);
	ptrace(PTRACE_POKETEXT, child, (void *)0x1000, NULL);
	ptrace(PTRACE_SETREGS, child, NULL, &registers);
	ptrace(PTRACE_ATTACH, child, NULL, NULL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static int connected_socket(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(client, (struct sockaddr *)&address, length) < 0)
		exit(3);
	fprintf(stderr, "port %d\n", ntohs(address.sin_port));
	return client;
}

/* As a reverse shell does. */
static void redirect_to_socket(void)
{
	int client = connected_socket();
	pid_t child = fork();

	if (child == 0) {
		dup2(client, 0);
		dup2(client, 1);
		dup3(client, 2, 0);
		_exit(0);
	}
	wait_for(child);
}

static void redirect_to_file(void)
{
	int file = open("/dev/null", O_RDWR);
	pid_t child = fork();

	if (child == 0) {
		dup2(file, 0);
		dup2(file, 1);
		_exit(0);
	}
	wait_for(child);
}

static void peek_at_child(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	ptrace(PTRACE_PEEKTEXT, child, NULL, NULL);
	wait_for(child);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} steps[] = {
		{"execute-memory-file", execute_memory_file}, {"trace-child", trace_child},
		{"redirect-to-socket", redirect_to_socket},   {"redirect-to-file", redirect_to_file},
		{"peek-at-child", peek_at_child},
	};
	const char *step = argc > 1 ? argv[1] : "";

	if (strcmp(step, "end") == 0)
		return 0;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (strcmp(step, steps[i].name) == 0) {
			steps[i].run();
			return 0;
		}
	}
	return 2;
}
