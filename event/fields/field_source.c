#include "event/fields/field_source.h"

#include <errno.h>
#include <stdlib.h>

#include "catalog/phase.h"
#include "event/fields/field_context.h"

/* No value comes near; a runaway text stops here instead of eating the machine's memory. */
#define WORK_LIMIT_BYTES (4u << 20)
#define SCRATCH_LIMIT_BYTES (32u << 20)

struct field_reader {
	struct field_context context;
	struct buffer work, whole;
	struct field_slot *slots;
	uint32_t slot_count;
};

static field_function *const functions[FIELD_COUNT] = {
#define FIELD(constant, name, type, format, list, argument, flags, class, depends, value_bytes_max, meaning)            \
	[FIELD_##constant] = field_##constant,
#include "catalog/fields.def"
#undef FIELD
};

static struct field_slot *free_slots(struct field_slot *slots, uint32_t count)
{
	for (uint32_t i = 0; slots && i < count; i++) {
		free(slots[i].parameter_indexes);
		free(slots[i].binding_times);
		switch_clock_free(slots[i].clock);
		if (slots[i].pattern) {
			regfree(slots[i].pattern);
			free(slots[i].pattern);
		}
	}
	free(slots);
	return NULL;
}

struct field_reader *field_reader_new(struct state *state, uint32_t slot_count)
{
	struct field_reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return NULL;
	reader->context.state = state;
	reader->context.work = &reader->work;
	reader->work.limit_bytes = WORK_LIMIT_BYTES;
	reader->context.whole = &reader->whole;
	reader->whole.limit_bytes = WORK_LIMIT_BYTES;
	reader->context.scratch = arena_new(SCRATCH_LIMIT_BYTES);
	if (!reader->context.scratch || field_reader_set_slots(reader, slot_count) != 0)
		return field_reader_free(reader);
	return reader;
}

struct field_reader *field_reader_free(struct field_reader *reader)
{
	if (!reader)
		return NULL;
	free_slots(reader->slots, reader->slot_count);
	arena_free(reader->context.scratch);
	buffer_release(&reader->work);
	buffer_release(&reader->whole);
	free(reader);
	return NULL;
}

int field_reader_set_slots(struct field_reader *reader, uint32_t slot_count)
{
	struct field_slot *slots = calloc(slot_count > 0 ? slot_count : 1, sizeof *slots);

	if (!slots)
		return -ENOMEM;
	free_slots(reader->slots, reader->slot_count);
	reader->slots = slots;
	reader->slot_count = slot_count;
	return 0;
}

void field_reader_begin(struct field_reader *reader, struct event *event)
{
	struct field_context *context = &reader->context;

	arena_reset(context->scratch);
	context->event = event;
	context->has_prediction = false;
	if (event->starts_section)
		context->has_section_start = false;
	if (!context->has_section_start && event_info(event->type)->event_class != EVENT_CLASS_METAEVENT) {
		context->has_section_start = true;
		context->section_start_ns = event->timestamp_ns;
	}
}

enum binding_time { TIME_NOT_LOOKED_UP, TIME_KNOWN, TIME_PREDICTED, TIME_RESULT };

static enum binding_time look_up_binding_time(const struct field_context *context)
{
	struct field_phase phase = phase_of(context->request, context->event->type);

	if (phase.phase != PHASE_RESULT)
		return TIME_KNOWN;
	return phase.is_predicted ? TIME_PREDICTED : TIME_RESULT;
}

/* Looked up once for each use and event type. */
static enum binding_time binding_time_of(struct field_context *context)
{
	struct field_slot *slot = context->slot;
	uint8_t *kept;

	if (slot && !slot->binding_times)
		slot->binding_times = calloc(EVENT_ID_COUNT, 1);
	if (!slot || !slot->binding_times)
		return look_up_binding_time(context);
	kept = &slot->binding_times[context->event->type];
	if (*kept == TIME_NOT_LOOKED_UP)
		*kept = (uint8_t)look_up_binding_time(context);
	return (enum binding_time)*kept;
}

/*
 * Before the call runs. The catalogue tells what can be said of the pair of field and event; what the function found
 * unknown on its way (a parameter that could not be read, a descriptor that cannot be predicted) takes precedence.
 */
static struct value value_at_enter(struct field_context *context)
{
	enum binding_time time = binding_time_of(context);
	struct value value;

	if (time == TIME_RESULT)
		return value_unknown();
	value = functions[context->request->field](context);
	if (context->is_unknown)
		return value_unknown();
	if (time == TIME_KNOWN)
		return value;
	/* After a failure it might have a value. */
	if (value.state == VALUE_ABSENT)
		return value_unknown();
	value.state = VALUE_PREDICTED;
	return value;
}

static void point_at(struct field_reader *reader, uint32_t slot, const struct field_request *request)
{
	struct field_context *context = &reader->context;

	context->request = request;
	context->slot = slot < reader->slot_count ? &reader->slots[slot] : NULL;
	context->is_unknown = false;
	context->is_predicted = false;
	buffer_clear(context->work);
}

void field_get(struct field_reader *reader, uint32_t slot, const struct field_request *request, struct value *ret_value)
{
	struct field_context *context = &reader->context;
	struct value value;

	if (request->field >= FIELD_COUNT) {
		*ret_value = value_absent();
		return;
	}
	point_at(reader, slot, request);
	if (context->event->stage == STAGE_ENTER)
		value = value_at_enter(context);
	else
		value = functions[request->field](context);
	value = value_without_nul(value);
	/* The bound is that of one ancestor, for comparisons; the text of all of them only prints. */
	if (request->has_argument || (field_info(request->field)->flags & FIELD_FLAG_ANY_ANCESTOR) == 0)
		value = value_bounded(context, value);
	*ret_value = value;
}

struct value_style field_style(struct field_reader *reader, uint32_t slot, const struct field_request *request)
{
	struct value_style style = value_style_of_field(request->field);

	if (request->field == FIELD_EVT_RAWARG) {
		point_at(reader, slot, request);
		style.format = (uint8_t)field_rawarg_format(&reader->context);
	}
	return style;
}

const struct field_reader_counters *field_reader_counters(const struct field_reader *reader)
{
	return &reader->context.counters;
}
