/*
 * Fuzz target: any bytes as a Dockerfile. What can be wrapped can be wrapped again without a change, is seen to be
 * wrapped, and is unwrapped to the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "instrument/dockerfile/dockerfile.h"
#include "instrument/dockerfile/dockerfile_parse.h"
#include "tests/support/fuzz_target.h"

static bool transform(struct arena *arena, struct text source, enum action action, struct text *ret_output,
		      size_t *ret_wrapped)
{
	const struct instrument_options options = {
	    .agent_image = "agent@sha256:0000000000000000000000000000000000000000000000000000000000000000",
	    .orchestrator = "tcp://o:1",
	    .name_prefix = "tercel",
	};
	struct image_lookup images = {.arena = arena, .offline = true};
	struct report report = report_of(arena, source);
	bool good = dockerfile_transform(source, action, &options, NULL, &images, arena, &report, ret_output);

	require(good == (report.error_count == 0), "a fault is reported, and nothing else is one");
	require(report.error_count <= 1, "there is one fault at most");
	*ret_wrapped = report.instrumented_count;
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text source = text_of((const char *)bytes, size), clean, wrapped, again, removed;
	struct arena *arena = arena_new(0);
	size_t count, ignored;

	require(arena, "memory");
	is_dockerfile(source);
	/* Without what somebody may have wrapped before. */
	if (transform(arena, source, ACTION_REMOVE, &clean, &ignored) &&
	    transform(arena, clean, ACTION_INSTRUMENT, &wrapped, &count)) {
		struct report report = report_of(arena, wrapped);

		require(transform(arena, wrapped, ACTION_INSTRUMENT, &again, &ignored), "what was wrapped can be wrapped");
		require(text_equal(wrapped, again), "a second time changes nothing");
		require(transform(arena, wrapped, ACTION_REMOVE, &removed, &ignored), "what was wrapped can be unwrapped");
		require(text_equal(clean, removed), "what was wrapped is unwrapped to what was there");
		require(dockerfile_check(wrapped, arena, &report), "what was wrapped passes the check");
		require(count == 0 || report.instrumented_count == 1, "the check sees it");
	}
	arena_free(arena);
	return 0;
}
