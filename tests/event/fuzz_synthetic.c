/*
 * Fuzz target: any text as a file of synthetic events. It must end with a report or with events that state, fields and
 * rendering take.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "event/fields/field_source.h"
#include "event/state/state.h"
#include "event/synthetic/synthetic_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void ask_all(struct field_reader *reader)
{
	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		struct field_request request = {.field = (uint16_t)id, .argument = TEXT_EMPTY};
		struct value value;

		field_get(reader, id, &request, &value);
	}
}

static void play(struct event_source *source)
{
	struct state *state = state_new(NULL, NULL);
	struct field_reader *reader = state ? field_reader_new(state, FIELD_COUNT) : NULL;
	struct event event;

	while (reader && source->next(source, state, &event) == 1) {
		state_apply(state, &event);
		field_reader_begin(reader, &event);
		ask_all(reader);
	}
	field_reader_free(reader);
	state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text yaml = text_of((const char *)bytes, size);
	struct buffer report = BUFFER_INIT;
	struct event_source *source;
	int error = synthetic_source_of_text(TEXT("input"), yaml, &report, &source);

	if ((error != 0) != (report.length > 0 || error == -EFBIG || error == -ENOMEM))
		abort();
	if (!error) {
		play(source);
		source->free(source);
	}
	buffer_release(&report);
	return 0;
}
