/* Three processes joined by pipes, a megabyte through them: write | rotate | count. */
#include "workload.h"

#define BYTES (1 << 20)

static void write_numbers(void)
{
	for (int i = 0; i < BYTES; i++)
		putchar_unlocked(i * 7 + (i >> 8));
	exit(fflush(stdout));
}

static void rotate(void)
{
	int c;

	while ((c = getchar_unlocked()) != EOF)
		putchar_unlocked((c << 3 | c >> 5) & 0xff);
	exit(fflush(stdout));
}

static pid_t stage(int input, int output, int unused, void (*run)(void))
{
	pid_t pid = fork_flushed();

	require(pid >= 0);
	if (pid == 0) {
		dup2(input, STDIN_FILENO);
		dup2(output, STDOUT_FILENO);
		close(unused);
		run();
	}
	return pid;
}

int main(void)
{
	int first[2], second[2], status;
	unsigned long count = 0, sum = 0;
	FILE *stream;
	int c;

	require(pipe(first) == 0);
	stage(STDIN_FILENO, first[1], first[0], write_numbers);
	close(first[1]);
	require(pipe(second) == 0);
	stage(first[0], second[1], second[0], rotate);
	close(first[0]);
	close(second[1]);
	stream = fdopen(second[0], "r");
	while ((c = getc_unlocked(stream)) != EOF) {
		count++;
		sum = sum * 31 + (unsigned)c;
	}
	while (wait(&status) > 0)
		print_wait_status("stage", status);
	printf("%lu bytes, sum %lx\n", count, sum);
	return 0;
}
