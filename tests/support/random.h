/* Random numbers for generated tests: the same sequence on every machine for a seed (SplitMix64). */
#ifndef TERCEL_TESTS_SUPPORT_RANDOM_H
#define TERCEL_TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

struct random_source {
	uint64_t state;
};

static inline uint64_t random_next(struct random_source *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to bound - 1. */
static inline uint32_t random_below(struct random_source *random, uint32_t bound)
{
	return (uint32_t)(random_next(random) % bound);
}

#endif
