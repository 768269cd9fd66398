/*
 * Binding times against recordings: what the catalogue says is known before a call must be the value that rules see
 * after it, and what it says is predicted must come true when the call succeeds.
 *
 * Every recorded event is first shown as the tracer would see it at entry - what only the kernel knows is unknown - and
 * all fields are asked; then it is applied as recorded and they are asked again.
 */
#include "event/fields/field_source.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "catalog/phase.h"
#include "event/sources/scap_read.h"
#include "event/state/state.h"
#include "event/state/thread.h"

#define EVENTS_PER_TYPE_MAX 150
#define REQUESTS_MAX 1024
#define KERNEL_MADE_OPEN_FLAGS 0xffffc000u

/* A value that outlives its event: numbers and a hash of texts and lists. */
struct kept_value {
	uint8_t state;
	uint32_t length;
	uint64_t content;
	char text[48];
};

struct tally {
	uint64_t events, known, predictions, unpredicted, wrong;
};

static uint64_t content_of(const struct value *value)
{
	enum value_kind kind;
	uint64_t hash = 1;

	if (value->is_list) {
		for (uint32_t i = 0; i < value->length; i++)
			hash = hash * 31 + content_of(&value->elements[i]);
		return hash;
	}
	kind = type_kind((enum value_type)value->type);
	if (kind == KIND_STRING || kind == KIND_BYTES || kind == KIND_ADDRESS || kind == KIND_NETWORK)
		return text_hash(value_text(value), 0);
	return value->number;
}

static struct kept_value keep(const struct value *value)
{
	struct kept_value kept = {.state = value->state, .length = value->length};
	enum value_kind kind;

	if (value->state != VALUE_PRESENT && value->state != VALUE_PREDICTED)
		return kept;
	kept.content = content_of(value);
	kind = type_kind((enum value_type)value->type);
	if (!value->is_list && (kind == KIND_STRING || kind == KIND_BYTES))
		snprintf(kept.text, sizeof(kept.text), TEXT_FORMAT, TEXT_ARGUMENTS(value_text(value)));
	else
		snprintf(kept.text, sizeof(kept.text), "%llu", (unsigned long long)kept.content);
	return kept;
}

static bool same(const struct kept_value *a, const struct kept_value *b)
{
	bool a_is_there = a->state == VALUE_PRESENT || a->state == VALUE_PREDICTED;

	if (!a_is_there || b->state != VALUE_PRESENT)
		return a_is_there == (b->state == VALUE_PRESENT);
	return a->length == b->length && a->content == b->content;
}

/* All fields, with arguments that have a value somewhere. */
static unsigned make_requests(struct field_request *requests)
{
	unsigned count = 0;

	for (uint16_t id = 0; id < FIELD_COUNT; id++) {
		const struct field_info *field = field_info(id);
		struct field_request request = {.field = id};

		if (field->flags & FIELD_FLAG_STATEFUL)
			continue;
		if (!(field->flags & FIELD_FLAG_ARG_REQUIRED))
			requests[count++] = request;
		if (field->flags & (FIELD_FLAG_ANY_ANCESTOR | FIELD_FLAG_EITHER_END)) {
			request.flags = SLOT_FLAG_EACH;
			requests[count++] = request;
			request.flags = 0;
		}
		request.has_argument = true;
		switch (field->argument) {
		case ARGUMENT_INDEX:
		case ARGUMENT_INDEX_OR_NAME:
		case ARGUMENT_DESCRIPTOR:
			request.argument_is_number = true;
			for (int64_t index = 0; index < 3; index++) {
				static const char *const digits[] = {"0", "1", "2"};

				request.argument_number = index;
				request.argument = text_from_string(digits[index]);
				requests[count++] = request;
			}
			break;
		case ARGUMENT_NAME:
			request.argument = TEXT("PATH");
			requests[count++] = request;
			break;
		case ARGUMENT_SOURCE_OR_TARGET:
			request.argument = TEXT("src");
			requests[count++] = request;
			request.argument = TEXT("dst");
			requests[count++] = request;
			break;
		case ARGUMENT_SUBSYSTEM:
			request.argument = TEXT("memory");
			requests[count++] = request;
			break;
		default:
			break;
		}
	}
	return count;
}

/* And those on the parameters of one event. */
static unsigned add_parameter_requests(struct field_request *requests, unsigned count, unsigned event)
{
	static const uint16_t fields[] = {FIELD_EVT_ARG, FIELD_EVT_RAWARG};

	for (unsigned i = 0; i < event_parameter_count(event); i++)
		for (unsigned k = 0; k < 2; k++)
			requests[count++] = (struct field_request){
			    .field = fields[k],
			    .has_argument = true,
			    .argument = text_from_string(event_parameter_info(event, i)->name),
			};
	return count;
}

/*
 * As a tracer would have it before the call. What the kernel completes is there in part: open flags without what it
 * adds. `storage` keeps them.
 */
static struct event at_entry(const struct event *event, uint32_t *storage)
{
	struct event entry = *event;

	entry.stage = STAGE_ENTER;
	for (unsigned i = 0; i < entry.parameter_count; i++) {
		const struct event_parameter_info *info = event_parameter_info(entry.type, i);
		struct event_parameter *parameter = &entry.parameters[i];

		if (!info)
			continue;
		switch (info->source) {
		case PARAMETER_SOURCE_KERNEL:
		case PARAMETER_SOURCE_RESULT:
			*parameter = (struct event_parameter){.state = PARAMETER_UNKNOWN};
			break;
		case PARAMETER_SOURCE_REGISTER_AND_KERNEL:
		case PARAMETER_SOURCE_MEMORY_AND_KERNEL:
			if (info->flag_table == FLAG_TABLE_file_flags && parameter->length == sizeof(*storage)) {
				memcpy(storage, parameter->bytes, sizeof(*storage));
				*storage &= ~KERNEL_MADE_OPEN_FLAGS;
				parameter->bytes = (const uint8_t *)storage;
			}
			parameter->state = PARAMETER_PREDICTED;
			break;
		default:
			break;
		}
	}
	return entry;
}

/* A child's event of clone has no entry of its own. */
static bool has_entry(struct event *event)
{
	const struct event_info *info = event_info(event->type);
	int64_t result;

	if (event->is_hidden || info->production != PRODUCED_LIVE || info->event_class != EVENT_CLASS_SYSCALL)
		return false;
	if (info->rebinds & BINDING_ANCESTORS)
		return event_result(event, &result) && result != 0;
	return true;
}

static bool succeeded(struct event *event)
{
	int64_t result;

	return event_result(event, &result) &&
	       (result >= 0 || (event->type == EVENT_SOCKET_CONNECT_X && result == -115));
}

static void compare(const struct event *event, const struct field_request *request, const struct kept_value *before,
		    const struct kept_value *after, bool call_succeeded, struct tally *tally)
{
	struct field_phase phase = phase_of(request, event->type);
	const char *claim;

	/* A function may have looked at something unknown before it found that the event has no such value. */
	if (phase.phase == PHASE_CONSTANT && before->state == VALUE_UNKNOWN)
		return;
	if (phase.phase != PHASE_RESULT) {
		claim = phase_name(phase.phase);
		tally->known++;
	} else if (before->state == VALUE_PREDICTED) {
		if (!call_succeeded)
			return;
		claim = "predicted";
		tally->predictions++;
	} else {
		tally->unpredicted += phase.is_predicted;
		return;
	}
	if (before->state != VALUE_UNKNOWN && same(before, after))
		return;
	if (tally->wrong++ < 20)
		printf("# event %llu %s: %s" TEXT_FORMAT " is %s: state %u \"%s\", after the call %u \"%s\"\n",
		       (unsigned long long)event->number, event_info(event->type)->name,
		       field_info(request->field)->name, TEXT_ARGUMENTS(request->argument), claim, before->state,
		       before->text, after->state, after->text);
}

static void examine(struct state *state, struct field_reader *reader, struct event *event,
		    struct field_request *requests, unsigned count, struct tally *tally)
{
	static struct kept_value before[REQUESTS_MAX];
	uint32_t storage = 0;
	struct event entry = at_entry(event, &storage);
	struct value value;
	bool call_succeeded = succeeded(event);

	count = add_parameter_requests(requests, count, event->type);
	state_apply(state, &entry);
	/* A thread that nobody knew before the call becomes known by execve: all about it is new then. */
	if (entry.thread && entry.thread->is_placeholder) {
		state_apply(state, event);
		field_reader_begin(reader, event);
		return;
	}
	field_reader_begin(reader, &entry);
	for (unsigned i = 0; i < count; i++) {
		field_get(reader, UINT32_MAX, &requests[i], &value);
		before[i] = keep(&value);
	}
	state_apply(state, event);
	field_reader_begin(reader, event);
	for (unsigned i = 0; i < count; i++) {
		struct kept_value after;

		field_get(reader, UINT32_MAX, &requests[i], &value);
		after = keep(&value);
		compare(event, &requests[i], &before[i], &after, call_succeeded, tally);
	}
	tally->events++;
}

static int examine_capture(const char *path, struct tally *tally)
{
	static uint32_t seen[EVENT_ID_COUNT];
	static struct field_request requests[REQUESTS_MAX];
	unsigned count = make_requests(requests);
	struct state *state = state_new(NULL, NULL);
	struct field_reader *reader = state ? field_reader_new(state, 0) : NULL;
	struct event_source *source = NULL;
	struct event event;
	int status = reader ? scap_source_open(path, &source) : -1;

	memset(seen, 0, sizeof(seen));
	while (status == 0 && (status = source->next(source, state, &event)) == 1) {
		status = 0;
		if (has_entry(&event) && seen[event.type] < EVENTS_PER_TYPE_MAX) {
			seen[event.type]++;
			examine(state, reader, &event, requests, count, tally);
		} else {
			state_apply(state, &event);
			field_reader_begin(reader, &event);
		}
	}
	if (source)
		source->free(source);
	field_reader_free(reader);
	state_free(state);
	return status;
}

static int is_capture(const struct dirent *entry)
{
	return text_ends_with(text_from_string(entry->d_name), TEXT(".scap"));
}

int main(int argc, char **argv)
{
	const char *folder = getenv("TERCEL_CAPTURES");
	char path[4096];
	struct dirent **entries;
	int count, failed = 0;

	if (!folder) {
		snprintf(path, sizeof(path), "%s/../shared/captures", argc > 1 ? argv[1] : ".");
		folder = path;
	}
	count = scandir(folder, &entries, is_capture, alphasort);
	if (count <= 0) {
		printf("1..0 # SKIP no captures in %s ($TERCEL_CAPTURES)\n", folder);
		return EXIT_SUCCESS;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		struct tally tally = {0};
		char capture[8192];
		int status;

		snprintf(capture, sizeof(capture), "%s/%s", folder, entries[i]->d_name);
		status = examine_capture(capture, &tally);
		if (status != 0)
			printf("# %s: cannot be read\n", capture);
		printf("%s %d - %s: %llu events, %llu known, %llu predictions, %llu not made, %llu wrong\n",
		       status == 0 && tally.wrong == 0 && tally.events > 0 ? "ok" : "not ok", i + 1, entries[i]->d_name,
		       (unsigned long long)tally.events, (unsigned long long)tally.known,
		       (unsigned long long)tally.predictions, (unsigned long long)tally.unpredicted,
		       (unsigned long long)tally.wrong);
		failed |= status != 0 || tally.wrong != 0 || tally.events == 0;
		free(entries[i]);
	}
	free(entries);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
