/*
 * Fuzz target: any bytes as a CloudFormation template. What can be instrumented can be instrumented again without a
 * change, and the agent can be taken out of it again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "instrument/cloudformation/cloudformation.h"
#include "tests/support/fuzz_target.h"

static bool transform(struct arena *arena, struct text source, enum action action, struct text *ret_output)
{
	const struct instrument_options options = {
	    .agent_image = "agent@sha256:0",
	    .token_secret = "!Ref Token",
	    .name_prefix = "tercel",
	    .init_user = "0",
	    .ptrace = true,
	    .skip_unknown_images = true,
	};
	const struct resolver resolver = {.region = "eu-west-1"};
	struct image_lookup images = {.arena = arena, .offline = true};
	struct report report = report_of(arena, source);
	bool good = cloudformation_transform(source, action, &options, &images, &resolver, arena, &report, ret_output);

	require(good == (report.error_count == 0), "a fault is reported, and nothing else is one");
	for (const struct diagnostic *diagnostic = report.first_diagnostic; diagnostic; diagnostic = diagnostic->next)
		require(!text_starts_with(diagnostic->message, TEXT("the edited template is not as planned")),
			"edits are as planned");
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text source = text_of((const char *)bytes, size), clean, wrapped, again, removed;
	struct arena *arena = arena_new(0);
	struct report report = report_of(arena, source);

	require(arena, "memory");
	cloudformation_check(source, arena, &report);
	if (transform(arena, source, ACTION_REMOVE, &clean) && transform(arena, clean, ACTION_INSTRUMENT, &wrapped)) {
		require(transform(arena, wrapped, ACTION_INSTRUMENT, &again), "what was instrumented can be so again");
		require(text_equal(wrapped, again), "a second time changes nothing");
		require(transform(arena, wrapped, ACTION_REMOVE, &removed), "the agent can be taken out again");
	}
	arena_free(arena);
	return 0;
}
