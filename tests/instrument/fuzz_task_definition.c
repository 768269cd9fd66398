/*
 * Fuzz target: any bytes as a task definition. What can be wrapped can be wrapped again without a change, and unwrapped
 * to the same meaning and, where nothing was normalised, the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "instrument/task/task_definition.h"
#include "tests/support/fuzz_target.h"

static bool transform(struct arena *arena, struct text source, enum action action, struct text *ret_output)
{
	const struct instrument_options options = {
	    .agent_image = "agent@sha256:0",
	    .token_secret = "arn",
	    .name_prefix = "tercel",
	    .init_user = "0",
	    .ptrace = true,
	    .skip_unknown_images = true,
	};
	struct image_lookup images = {.arena = arena, .offline = true};
	struct report report = report_of(arena, source);
	bool good =
	    task_definition_transform(source, action, SPELLING_API, &options, &images, arena, &report, ret_output);

	require(good == (report.error_count == 0), "a fault is reported, and nothing else is one");
	for (const struct diagnostic *diagnostic = report.first_diagnostic; diagnostic; diagnostic = diagnostic->next)
		require(!text_starts_with(diagnostic->message, TEXT("the edited document is not as planned")), "edits are as planned");
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text source = text_of((const char *)bytes, size), clean, wrapped, again, removed;
	struct arena *arena = arena_new(0);

	require(arena, "memory");
	/* Without what somebody may have wrapped or described before. */
	if (transform(arena, source, ACTION_REMOVE, &clean) && transform(arena, clean, ACTION_INSTRUMENT, &wrapped)) {
		require(transform(arena, wrapped, ACTION_INSTRUMENT, &again), "what was wrapped can be wrapped");
		require(text_equal(wrapped, again), "a second time changes nothing");
		require(transform(arena, wrapped, ACTION_REMOVE, &removed), "what was wrapped can be unwrapped");
		require(text_equal(clean, removed), "what was wrapped is unwrapped to what was there");
	}
	arena_free(arena);
	return 0;
}
