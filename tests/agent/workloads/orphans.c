/* orphans N: makes N orphans that end at once, and looks whether their remains go away: PID 1's duty. */
#include <dirent.h>
#include <sched.h>
#include <time.h>

#include "workload.h"

static int count_zombies(void)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	while ((entry = readdir(directory))) {
		char path[300], text[512] = "";
		const char *state;
		FILE *stream;
		int group;

		if (atoi(entry->d_name) <= 0)
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		stream = fopen(path, "r");
		if (!stream)
			continue;
		/* "pid (comm) state ppid pgrp": those of our own group, which orphans stay in. */
		if (fgets(text, sizeof text, stream) && (state = strrchr(text, ')')) &&
		    sscanf(state + 2, "Z %*d %d", &group) == 1)
			count += group == getpgrp();
		fclose(stream);
	}
	closedir(directory);
	return count;
}

int main(int count, char **arguments)
{
	int wanted = count > 1 ? atoi(arguments[1]) : 20, status, alive[2], zombies;
	time_t deadline = time(NULL) + 10;
	char byte;

	require(pipe(alive) == 0);
	for (int i = 0; i < wanted; i++) {
		pid_t pid = fork_flushed();

		if (pid == 0) {
			pid_t parent = getpid();

			if (fork() == 0) {
				while (getppid() == parent)
					continue;
				_exit(0);
			}
			_exit(0);
		}
		require(waitpid(pid, &status, 0) == pid);
	}
	close(alive[1]);
	require(read(alive[0], &byte, 1) == 0); /* until all have ended */
	while ((zombies = count_zombies()) > 0 && time(NULL) < deadline)
		sched_yield();
	printf("zombies: %d\n", zombies);
	return 0;
}
