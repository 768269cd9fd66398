/* Small workloads of one kind of call: `loops open|connect|fork COUNT`. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void open_once(void)
{
	int file = open("/etc/hostname", O_RDONLY);

	if (file >= 0)
		close(file);
}

static void connect_once(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int file = socket(AF_INET, SOCK_DGRAM, 0);

	if (connect(file, (struct sockaddr *)&address, sizeof address) == 0)
		close(file);
}

static void fork_once(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	void (*work)(void);
	long count;

	if (argc != 3)
		return 2;
	count = atol(argv[2]);
	work = strcmp(argv[1], "open") == 0 ? open_once : strcmp(argv[1], "connect") == 0 ? connect_once : fork_once;
	for (long i = 0; i < count; i++)
		work();
	return 0;
}
