#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "base/text.h"

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	/* Fails only for a clock that the kernel does not have; these three are always there. */
	if (clock_gettime(clock, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

uint64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t clock_process_cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_build_time_s(void)
{
	const char *given = getenv("SOURCE_DATE_EPOCH");
	uint64_t time_s;

	if (given && text_to_u64(text_from_string(given), &time_s))
		return time_s;
	return clock_realtime_ns() / NS_PER_S;
}
