/* The system's clocks as nanoseconds. */
#ifndef TERCEL_BASE_CLOCK_H
#define TERCEL_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

uint64_t clock_realtime_ns(void);
uint64_t clock_monotonic_ns(void);
uint64_t clock_process_cpu_ns(void);

/* Seconds since the epoch: SOURCE_DATE_EPOCH when it is set to a number, else now. Keeps builds reproducible. */
uint64_t clock_build_time_s(void);

#endif
