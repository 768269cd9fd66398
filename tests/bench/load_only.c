/* Opening a bundle and verifying its program, ROUNDS times. Prints the bytes of the bundle and microseconds for each. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file_io.h"
#include "detect/ruleset_load.h"

int main(int argc, char **argv)
{
	struct bundle_checks checks = {.accept_unsigned = true};
	struct buffer bytes = BUFFER_INIT;
	struct bundle_refusal refusal;
	uint64_t started_ns;
	unsigned rounds;

	if (argc != 3 || file_read(argv[1], BUNDLE_BYTES_MAX, &bytes) < 0) {
		fprintf(stderr, "usage: load_only BUNDLE ROUNDS\n");
		return 2;
	}
	rounds = (unsigned)atoi(argv[2]);
	started_ns = clock_monotonic_ns();
	for (unsigned i = 0; i < rounds; i++) {
		struct ruleset *ruleset;

		if (ruleset_load(buffer_text(&bytes), &checks, NULL, &ruleset, &refusal) != BUNDLE_REFUSAL_NONE) {
			fprintf(stderr, "refused\n");
			return 1;
		}
		ruleset_free(ruleset);
	}
	printf("%zu %.1f\n", bytes.length, (double)(clock_monotonic_ns() - started_ns) / 1000.0 / rounds);
	buffer_release(&bytes);
	return 0;
}
