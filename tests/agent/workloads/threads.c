/* Threads come and go, in waves and all at once; thread-local storage, conditions, cancellation, per-thread ids. */
#include <pthread.h>
#include <sys/syscall.h>

#include "workload.h"

#define WAVES 50
#define WIDTH 16

static __thread int own;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int arrived;
static unsigned long sum;

static void *work(void *context)
{
	int number = (int)(long)context;

	own = number;
	pthread_mutex_lock(&lock);
	if (++arrived % WIDTH == 0)
		pthread_cond_broadcast(&changed);
	while (arrived % WIDTH != 0 && arrived / WIDTH == number / WIDTH)
		pthread_cond_wait(&changed, &lock);
	sum += (unsigned long)own;
	pthread_mutex_unlock(&lock);
	return (void *)(long)(syscall(SYS_gettid) != getpid() && own == number);
}

static void *wait_for_ever(void *context)
{
	(void)context;
	for (;;)
		pause();
	return NULL;
}

int main(void)
{
	pthread_t threads[WIDTH];
	void *result;
	int right = 0;

	for (int wave = 0; wave < WAVES; wave++) {
		for (int i = 0; i < WIDTH; i++)
			require(pthread_create(&threads[i], NULL, work, (void *)(long)(wave * WIDTH + i)) == 0);
		for (int i = 0; i < WIDTH; i++) {
			pthread_join(threads[i], &result);
			right += result != NULL;
		}
	}
	printf("%d threads, %d right, sum %lu\n", WAVES * WIDTH, right, sum);
	require(pthread_create(&threads[0], NULL, wait_for_ever, NULL) == 0);
	pthread_cancel(threads[0]);
	pthread_join(threads[0], &result);
	printf("cancelled: %s\n", result == PTHREAD_CANCELED ? "yes" : "no");
	return 0;
}
