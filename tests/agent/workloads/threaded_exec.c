/*
 * threaded_exec leader|other|orphan: another program is executed by the leader, by another thread while the leader and
 * more threads are busy, or by a thread whose leader has ended. The process keeps its id; nothing else is left of it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "workload.h"

static char **new_arguments;

static bool leader_has_ended(void)
{
	char path[64], text[256] = "";
	FILE *stream;
	const char *state;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
	stream = fopen(path, "r");
	require(stream && fgets(text, sizeof text, stream));
	fclose(stream);
	state = strrchr(text, ')');
	return state && state[2] == 'Z';
}

static void *execute(void *context)
{
	while (context && !leader_has_ended())
		sched_yield();
	execv(new_arguments[0], new_arguments);
	printf("exec: %s\n", strerrorname_np(errno));
	exit(1);
}

static void *be_busy(void *context)
{
	(void)context;
	for (;;)
		close(open("/dev/null", O_RDONLY));
	return NULL;
}

static int count_threads(void)
{
	DIR *directory = opendir("/proc/self/task");
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

int main(int count, char **arguments)
{
	char former[32];
	pthread_t thread;

	if (count > 2) {
		printf("after exec by %s: %s process, thread is %s leader, %d thread\n", arguments[1],
		       atoi(arguments[2]) == getpid() ? "same" : "another",
		       syscall(SYS_gettid) == getpid() ? "the" : "no", count_threads());
		return 17;
	}
	snprintf(former, sizeof former, "%d", getpid());
	new_arguments = (char *[]){arguments[0], arguments[1], former, NULL};
	for (int i = 0; i < 3; i++)
		require(pthread_create(&thread, NULL, be_busy, NULL) == 0);
	if (strcmp(arguments[1], "leader") == 0)
		execute(NULL);
	require(pthread_create(&thread, NULL, execute, strcmp(arguments[1], "orphan") == 0 ? "" : NULL) == 0);
	if (strcmp(arguments[1], "orphan") == 0)
		pthread_exit(NULL);
	be_busy(NULL);
	return 1;
}
