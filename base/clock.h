/* The system's clocks as nanoseconds. */
#ifndef TERCEL_BASE_CLOCK_H
#define TERCEL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

uint64_t clock_realtime_ns(void);
uint64_t clock_monotonic_ns(void);
uint64_t clock_process_cpu_ns(void);

/* Seconds since the epoch: SOURCE_DATE_EPOCH when it is set to a number, else now. Keeps builds reproducible. */
uint64_t clock_build_time_s(void);

/* "90s", "15m", "12h", "30d", "2w", or seconds without a unit. False, and *ret_seconds untouched, for anything else. */
bool duration_to_s(struct text t, uint64_t *ret_seconds);

/*
 * "300ms", "1.5s", "2m30s": numbers, which may have up to nine digits behind a point, with the units ns, us, ms, s, m, h, d;
 * rounded to ns. False, and *ret_ns untouched, for anything else, and for what is more than 64 bits hold.
 */
bool duration_to_ns(struct text t, uint64_t *ret_ns);

/* Room for time_format_utc(). */
#define TIME_FORMAT_UTC_BYTES 32
/* "2026-01-31T12:00:00Z"; times after the year 9999 come out as that year's end. */
const char *time_format_utc(uint64_t time_s, char ret_text[static TIME_FORMAT_UTC_BYTES]);

#endif
