/*
 * racing SECONDS: threads call with arguments in memory that other threads change, unmap and map again all the while. What
 * the calls give is left to chance; that they come back, and that nothing else goes wrong, is not.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "workload.h"

#define PAGE ((size_t)4096)

static char *shared;	/* four pages; the last one comes and goes */
static atomic_bool is_over;

static void *change(void *context)
{
	unsigned state = (unsigned)(unsigned long)context;

	while (!is_over) {
		state = state * 1664525 + 1013904223;
		/* Strings get longer and shorter, lose their ends; pointers and lengths become anything. */
		shared[state >> 8 & (3 * PAGE - 1)] = (char)(state & 0x80 ? 0 : state);
		if ((state & 0xff00) == 0)
			memset(shared, state & 1 ? 'x' : 0, 3 * PAGE);
	}
	return NULL;
}

static void *come_and_go(void *context)
{
	(void)context;
	while (!is_over) {
		munmap(shared + 3 * PAGE, PAGE);
		sched_yield();
		mmap(shared + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	return NULL;
}

static void *call(void *context)
{
	unsigned state = (unsigned)(unsigned long)context;
	int socket_number = socket(AF_INET, SOCK_DGRAM, 0), file;

	while (!is_over) {
		char *at;

		state = state * 1664525 + 1013904223;
		at = shared + (state >> 8) % (4 * PAGE);
		switch (state >> 24 & 15) {
		case 0:
			file = openat(-1, at, O_RDONLY); /* only absolute paths open anything */
			if (file >= 0)
				close(file);
			break;
		case 1:
			syscall(SYS_openat2, -1, at, at, state & 64);
			break;
		case 2:
			mkdirat(-1, at, 0);
			break;
		case 3:
			connect(socket_number, (struct sockaddr *)at, state & 127);
			break;
		case 4:
			sendto(socket_number, at, state & 8191, MSG_DONTWAIT, (struct sockaddr *)(at + 16), state & 31);
			break;
		case 5:
			sendmsg(socket_number, (struct msghdr *)at, MSG_DONTWAIT);
			break;
		case 6:
			bind(-1, (struct sockaddr *)at, state & 127);
			break;
		case 7:
			syscall(SYS_execve, "/nonexistent", at, at + 8);
			break;
		case 8:
			syscall(SYS_execveat, -1, at, at, at, 0);
			break;
		case 9:
			symlinkat(at, -1, at + 1);
			break;
		case 10:
			renameat(-1, at, -1, at + 100);
			break;
		case 11:
			recvmsg(socket_number, (struct msghdr *)at, MSG_DONTWAIT);
			break;
		case 12:
			syscall(SYS_memfd_create, at, -1);
			break;
		default:
			fchownat(-1, at, (uid_t)-1, (gid_t)-1, 0);
		}
	}
	close(socket_number);
	return NULL;
}

int main(int count, char **arguments)
{
	double seconds = count > 1 ? atof(arguments[1]) : 1;
	struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	pthread_t threads[6];

	shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(shared != MAP_FAILED);
	require(chdir("/nonexistent") < 0);
	for (unsigned long i = 0; i < 6; i++)
		require(pthread_create(&threads[i], NULL, i < 1 ? change : i < 2 ? come_and_go : call, (void *)(i * 7919)) == 0);
	nanosleep(&time, NULL);
	is_over = true;
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	puts("all came back");
	return 0;
}
