/*
 * As an editor: SIGTSTP is caught, the terminal tidied up, and then the whole process group stopped by the same signal with
 * its default action. Ends when it reads "quit".
 */
#include <time.h>

#include "workload.h"

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(2);
}

static void catch_stops(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigaction(SIGTSTP, &action, NULL);
}

static void on_stop(int number)
{
	sigset_t set;

	nanosleep(&(struct timespec){0, 200000000}, NULL);
	say("tidied up\n");
	catch_stops(SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	kill(0, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &set, NULL);
	catch_stops(on_stop);
	say("back\n");
}

int main(void)
{
	char line[64];

	catch_stops(on_stop);
	say("editing\n");
	while (fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0)
		continue;
	say("bye\n");
	return 0;
}
