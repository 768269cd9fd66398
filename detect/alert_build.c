#include "detect/alert_build.h"

#include <stdlib.h>

#include "base/arena.h"
#include "event/render/time_text.h"
#include "event/render/value_text.h"

/* Enough for any alert whose values are within the catalogue's bounds; kept and used again. */
#define SCRATCH_BYTES_MAX ((size_t)64 << 20)

struct alert_builder {
	struct alert_builder_options options;
	struct arena *scratch; /* fields, tags and texts of the alert */
	struct buffer output;
	struct buffer text;    /* of one value */
	struct time_cache times;
	struct alert alert;
};

struct alert_builder *alert_builder_new(const struct alert_builder_options *options)
{
	struct alert_builder *builder = calloc(1, sizeof *builder);

	if (!builder)
		return NULL;
	builder->options = *options;
	builder->scratch = arena_new(SCRATCH_BYTES_MAX);
	return builder->scratch ? builder : alert_builder_free(builder);
}

struct alert_builder *alert_builder_free(struct alert_builder *builder)
{
	if (!builder)
		return NULL;
	arena_free(builder->scratch);
	buffer_release(&builder->output);
	buffer_release(&builder->text);
	free(builder);
	return NULL;
}

/* ---- the text ---- */

/* Cut to `width_bytes`, or filled up with blanks. */
static void append_with_width(struct buffer *out, struct text t, uint32_t width_bytes)
{
	buffer_append_text(out, text_slice(t, 0, width_bytes));
	for (size_t i = t.length; i < width_bytes; i++)
		buffer_append_byte(out, ' ');
}

static struct value_style slot_style(struct ruleset_runner *runner, uint32_t slot)
{
	struct field_request request;

	if (program_slot_request(ruleset_runner_program(runner), slot, &request))
		return field_style(ruleset_runner_fields(runner), slot, &request);
	return value_style_of_transformer();
}

static void append_piece(struct alert_builder *builder, struct ruleset_runner *runner,
			 const struct program_output_piece *piece)
{
	if (piece->is_literal) {
		buffer_append_text(&builder->output, piece->literal);
		return;
	}
	buffer_clear(&builder->text);
	value_text_append(&builder->text, ruleset_runner_slot_value(runner, piece->slot), slot_style(runner, piece->slot));
	if (builder->text.failed)
		builder->output.failed = true;
	if (piece->width_bytes > 0)
		append_with_width(&builder->output, buffer_text(&builder->text), piece->width_bytes);
	else
		buffer_append_text(&builder->output, buffer_text(&builder->text));
}

/* "16:00:00.010000000: Warning " and the rule's own text. */
static void append_output(struct alert_builder *builder, struct ruleset_runner *runner, const struct event *event,
			  uint32_t rule, enum priority priority)
{
	const struct program *program = ruleset_runner_program(runner);
	uint32_t count = program_output_piece_count(program, rule);
	char time[TIME_TEXT_MAX_BYTES];

	buffer_clear(&builder->output);
	buffer_append(&builder->output, time, time_text(&builder->times, event->timestamp_ns, TIME_CLOCK, time));
	buffer_append_string(&builder->output, ": ");
	buffer_append_string(&builder->output, priority_name(priority));
	buffer_append_byte(&builder->output, ' ');
	for (uint32_t i = 0; i < count; i++) {
		struct program_output_piece piece = program_output_piece(program, rule, i);

		append_piece(builder, runner, &piece);
	}
}

/* ---- the fields ---- */

static struct text value_text_copy(struct alert_builder *builder, const struct value *value, struct value_style style)
{
	struct text copy;

	buffer_clear(&builder->text);
	value_text_append(&builder->text, value, style);
	copy = arena_copy_text(builder->scratch, buffer_text(&builder->text));
	return copy.bytes ? copy : TEXT_EMPTY; /* the arena is marked as exhausted */
}

static struct alert_value alert_value_of(struct alert_builder *builder, const struct event *event,
					 const struct value *value, struct value_style style);

static struct alert_value alert_array(struct alert_builder *builder, const struct event *event, const struct value *value,
				      struct value_style style)
{
	struct alert_value *elements = arena_allocate_array(builder->scratch, value->length, sizeof *elements);

	if (!elements)
		return (struct alert_value){.kind = ALERT_VALUE_NULL};
	for (uint32_t i = 0; i < value->length; i++)
		elements[i] = alert_value_of(builder, event, &value->elements[i], style);
	return (struct alert_value){.kind = ALERT_VALUE_ARRAY, .elements = elements, .element_count = value->length};
}

static struct alert_value alert_value_of(struct alert_builder *builder, const struct event *event,
					 const struct value *value, struct value_style style)
{
	switch (value_json_kind(value, style)) {
	case VALUE_JSON_SIGNED:
		return (struct alert_value){.kind = ALERT_VALUE_SIGNED, .signed_number = (int64_t)value->number};
	case VALUE_JSON_UNSIGNED:
		return (struct alert_value){.kind = ALERT_VALUE_UNSIGNED, .unsigned_number = value->number};
	case VALUE_JSON_REAL:
		return (struct alert_value){.kind = ALERT_VALUE_REAL, .real = value->real};
	case VALUE_JSON_BOOLEAN:
		return (struct alert_value){.kind = ALERT_VALUE_BOOLEAN, .boolean = value->number != 0};
	case VALUE_JSON_STRING:
		return (struct alert_value){.kind = ALERT_VALUE_STRING, .text = value_text_copy(builder, value, style)};
	case VALUE_JSON_TIMESTAMP:
		return (struct alert_value){.kind = ALERT_VALUE_UNSIGNED, .unsigned_number = event->timestamp_ns};
	case VALUE_JSON_ARRAY:
		return alert_array(builder, event, value, style);
	case VALUE_JSON_NULL:
		break;
	}
	return (struct alert_value){.kind = ALERT_VALUE_NULL};
}

/*
 * Fields that keep something per use are asked anew: the text of the alert was one use, its output_fields are another one
 * for the same event.
 */
static struct alert_value slot_field_value(struct alert_builder *builder, struct ruleset_runner *runner,
					   const struct event *event, uint32_t slot)
{
	struct field_reader *fields = ruleset_runner_fields(runner);
	struct field_request request;
	struct value value;

	if (program_slot_request(ruleset_runner_program(runner), slot, &request) &&
	    (field_info(request.field)->flags & FIELD_FLAG_STATEFUL)) {
		field_get(fields, slot, &request, &value);
		return alert_value_of(builder, event, &value, field_style(fields, slot, &request));
	}
	return alert_value_of(builder, event, ruleset_runner_slot_value(runner, slot), slot_style(runner, slot));
}

/* Adds a field unless there is one of that name. Kept in order: few are added to the many that come in order. */
static void add_field(struct alert_field *fields, size_t *count, struct text name, struct alert_value value)
{
	size_t at = *count;

	while (at > 0 && text_compare(fields[at - 1].name, name) > 0)
		at--;
	if (at > 0 && text_equal(fields[at - 1].name, name))
		return;
	memmove(&fields[at + 1], &fields[at], (*count - at) * sizeof *fields);
	fields[at] = (struct alert_field){.name = name, .value = value};
	++*count;
}

static bool build_fields(struct alert_builder *builder, struct ruleset_runner *runner, const struct event *event,
			 uint32_t rule, const struct alert_field *extra, size_t extra_count)
{
	const struct program *program = ruleset_runner_program(runner);
	struct field_reader *reader = ruleset_runner_fields(runner);
	uint32_t own_count = program_output_field_count(program, rule);
	size_t count = 0;
	struct alert_field *fields = arena_allocate_array(
		builder->scratch, (size_t)own_count + builder->options.field_count + extra_count + 1, sizeof *fields);

	if (!fields)
		return false;
	for (uint32_t i = 0; i < own_count; i++) {
		struct program_output_field field = program_output_field(program, rule, i);

		add_field(fields, &count, field.name, slot_field_value(builder, runner, event, field.slot));
	}
	add_field(fields, &count, TEXT("evt.time"),
		  (struct alert_value){.kind = ALERT_VALUE_UNSIGNED, .unsigned_number = event->timestamp_ns});
	for (size_t i = 0; i < builder->options.field_count; i++) {
		const struct append_field *field = &builder->options.fields[i];
		struct value value;

		/* No slot is theirs: what keeps something per use starts anew each time. */
		field_get(reader, UINT32_MAX, &field->request, &value);
		add_field(fields, &count, field->name,
			  alert_value_of(builder, event, &value, field_style(reader, UINT32_MAX, &field->request)));
	}
	for (size_t i = 0; i < extra_count; i++)
		add_field(fields, &count, extra[i].name, extra[i].value);
	builder->alert.fields = fields;
	builder->alert.field_count = count;
	return true;
}

static bool build_tags(struct alert_builder *builder, const struct program *program, uint32_t rule, uint32_t count)
{
	struct text *tags = arena_allocate_array(builder->scratch, count ? count : 1, sizeof *tags);

	if (!tags)
		return false;
	for (uint32_t i = 0; i < count; i++)
		tags[i] = program_rule_tag(program, rule, i);
	builder->alert.tags = tags;
	builder->alert.tag_count = count;
	return true;
}

const struct alert *alert_build(struct alert_builder *builder, struct ruleset_runner *runner, const struct event *event,
				uint32_t rule, const struct alert_field *extra, size_t extra_count)
{
	const struct program *program = ruleset_runner_program(runner);
	struct program_rule info = program_rule(program, rule);

	arena_reset(builder->scratch);
	builder->alert = (struct alert){
		.time_ns = event->timestamp_ns,
		.priority = info.priority,
		.priority_name = text_from_string(priority_name(info.priority)),
		.rule = info.name,
		.source = info.source,
		.host_name = builder->options.host_name,
	};
	append_output(builder, runner, event, rule, info.priority);
	if (!build_tags(builder, program, rule, info.tag_count) ||
	    !build_fields(builder, runner, event, rule, extra, extra_count))
		return NULL;
	if (builder->output.failed || builder->text.failed || arena_is_exhausted(builder->scratch))
		return NULL;
	builder->alert.output = buffer_text(&builder->output);
	return &builder->alert;
}
