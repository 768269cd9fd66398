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

#define FRACTION_DIGITS_MAX 9

/* The digits at the start of *t, which are taken away. */
static struct text take_digits(struct text *t)
{
	struct text digits;
	size_t count = 0;

	while (count < t->length && t->bytes[count] >= '0' && t->bytes[count] <= '9')
		count++;
	digits = text_slice(*t, 0, count);
	*t = text_slice(*t, count, SIZE_MAX);
	return digits;
}

/* ".01" as billionths; nothing is 0. */
static bool take_fraction(struct text *t, uint64_t *ret_billionths)
{
	struct text digits;

	*ret_billionths = 0;
	if (!text_starts_with(*t, TEXT(".")))
		return true;
	*t = text_slice(*t, 1, SIZE_MAX);
	digits = take_digits(t);
	if (digits.length > FRACTION_DIGITS_MAX || !text_to_u64(digits, ret_billionths))
		return false;
	for (size_t i = digits.length; i < FRACTION_DIGITS_MAX; i++)
		*ret_billionths *= 10;
	return true;
}

/* The unit at the start of *t, which is taken away; 0: there is none. */
static uint64_t take_unit_ns(struct text *t)
{
	/* "m" behind "ms" */
	static const struct {
		struct text name;
		uint64_t ns;
	} units[] = {
		{{"ns", 2}, 1},
		{{"us", 2}, 1000},
		{{"ms", 2}, NS_PER_MS},
		{{"s", 1}, NS_PER_S},
		{{"m", 1}, 60 * NS_PER_S},
		{{"h", 1}, 3600 * NS_PER_S},
		{{"d", 1}, 86400 * NS_PER_S},
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (text_starts_with(*t, units[i].name)) {
			*t = text_slice(*t, units[i].name.length, SIZE_MAX);
			return units[i].ns;
		}
	}
	return 0;
}

bool duration_to_ns(struct text t, uint64_t *ret_ns)
{
	uint64_t total_ns = 0;

	if (t.length == 0)
		return false;
	while (t.length > 0) {
		uint64_t number, billionths, unit_ns, whole_ns, fraction_ns;

		if (!text_to_u64(take_digits(&t), &number) || !take_fraction(&t, &billionths))
			return false;
		unit_ns = take_unit_ns(&t);
		/* Nine digits of a day's nanoseconds do not fit into 64 bits: its seconds first. */
		fraction_ns = unit_ns / NS_PER_S * billionths + (unit_ns % NS_PER_S * billionths + NS_PER_S / 2) / NS_PER_S;
		if (unit_ns == 0 || __builtin_mul_overflow(number, unit_ns, &whole_ns) ||
		    __builtin_add_overflow(total_ns, whole_ns, &total_ns) ||
		    __builtin_add_overflow(total_ns, fraction_ns, &total_ns))
			return false;
	}
	*ret_ns = total_ns;
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
