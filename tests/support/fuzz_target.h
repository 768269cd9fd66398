/* What every fuzz target begins with. */
#ifndef TERCEL_TESTS_SUPPORT_FUZZ_TARGET_H
#define TERCEL_TESTS_SUPPORT_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's entry; fuzz_replay.c calls it with the files of the corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A property that must hold for every input: where it does not, the run ends, and says what was violated. */
static inline void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "violated: %s\n", what);
	abort();
}

#endif
