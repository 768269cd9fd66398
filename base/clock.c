#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

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

bool duration_to_s(struct text t, uint64_t *ret_seconds)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
	uint64_t number, seconds = 1;

	for (size_t i = 0; t.length && i < sizeof units / sizeof *units; i++) {
		if (t.bytes[t.length - 1] != units[i].letter)
			continue;
		seconds = units[i].seconds;
		t.length--;
		break;
	}
	if (!text_to_u64(t, &number) || __builtin_mul_overflow(number, seconds, &number))
		return false;
	*ret_seconds = number;
	return true;
}

const char *time_format_utc(uint64_t time_s, char ret_text[static TIME_FORMAT_UTC_BYTES])
{
	const uint64_t last_s = UINT64_C(253402300799); /* 9999-12-31T23:59:59Z */
	time_t time = (time_t)(time_s < last_s ? time_s : last_s);
	struct tm broken_down;

	gmtime_r(&time, &broken_down);
	strftime(ret_text, TIME_FORMAT_UTC_BYTES, "%Y-%m-%dT%H:%M:%SZ", &broken_down);
	return ret_text;
}
