/*
 * The rules alone: replays a capture and evaluates each event ROUNDS times, timing only that. With ROUNDS 0 it only reads
 * and applies the events: what is to be subtracted from instruction counts. Prints events, evaluations and nanoseconds for
 * each evaluation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file_io.h"
#include "detect/ruleset_load.h"
#include "detect/ruleset_run.h"
#include "event/sources/scap_read.h"
#include "event/state/state.h"

int main(int argc, char **argv)
{
	struct bundle_checks checks = {.accept_unsigned = true};
	struct buffer bytes = BUFFER_INIT;
	struct bundle_refusal refusal;
	struct ruleset *ruleset;
	struct state *state = state_new(NULL, NULL);
	struct ruleset_runner *runner = state ? ruleset_runner_new(state) : NULL;
	struct event_source *source;
	struct event event;
	uint64_t events = 0, evaluations = 0, matches = 0, spent_ns = 0;
	unsigned rounds;

	if (argc != 4 || !runner) {
		fprintf(stderr, "usage: rules_only BUNDLE CAPTURE ROUNDS\n");
		return 2;
	}
	rounds = (unsigned)atoi(argv[3]);
	if (file_read(argv[1], BUNDLE_BYTES_MAX, &bytes) < 0 || scap_source_open(argv[2], &source) < 0 ||
	    ruleset_load(buffer_text(&bytes), &checks, NULL, &ruleset, &refusal) != BUNDLE_REFUSAL_NONE ||
	    ruleset_runner_set_program(runner, ruleset->program, RULE_MATCHING_FIRST) < 0) {
		fprintf(stderr, "cannot load\n");
		return 3;
	}
	while (source->next(source, state, &event) == 1) {
		const struct rule_match *found;
		uint64_t started_ns;

		state_apply(state, &event);
		if (event.is_hidden)
			continue;
		events++;
		if (rounds == 0)
			continue;
		started_ns = clock_monotonic_ns();
		for (unsigned i = 0; i < rounds; i++)
			matches += ruleset_run(runner, &event, &found);
		spent_ns += clock_monotonic_ns() - started_ns;
		evaluations += rounds;
	}
	printf("%llu %llu %.1f %llu\n", (unsigned long long)events, (unsigned long long)evaluations,
	       evaluations ? (double)spent_ns / (double)evaluations : 0.0, (unsigned long long)matches);
	source->free(source);
	ruleset_runner_free(runner);
	ruleset_free(ruleset);
	state_free(state);
	buffer_release(&bytes);
	return 0;
}
