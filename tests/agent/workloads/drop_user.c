/*
 * drop_user SELF_EXECUTED: becomes another user as daemons do, without an exec; makes calls with paths and sockets; so does
 * its child, which then executes a script and a program. For check_rights.py, which looks at what the agent has seen.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "workload.h"

static void use_socket(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int socket_number = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	require(connect(socket_number, (struct sockaddr *)&address, sizeof address) == 0);
	require(dup2(socket_number, 50) == 50);
	close(socket_number);
}

int main(int count, char **arguments)
{
	int status;
	pid_t pid;

	require(count > 1);
	mkdir("/nonexistent/before", 0700);
	require(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
	mkdir("/nonexistent/after", 0700);
	use_socket();
	pid = fork_flushed();
	if (pid == 0) {
		execl(arguments[1], "script", "argument", NULL);
		_exit(1);
	}
	require(waitpid(pid, &status, 0) == pid);
	print_wait_status("script", status);
	execl("/bin/true", "true", "last", NULL);
	return 1;
}
