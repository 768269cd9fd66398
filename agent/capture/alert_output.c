#include "agent/capture/alert_output.h"

#include <errno.h>

#include "base/file_io.h"
#include "catalog/catalog.h"
#include "event/render/time_text.h"
#include "proto/alert_json.h"
#include "proto/link/alert_record.h"

int alert_output_init(struct alert_output *output, struct text host_name, const char *agent_id, struct alert_ring *ring,
		      int file_descriptor, struct agent_share *share)
{
	*output = (struct alert_output){.ring = ring,
					.file_descriptor = file_descriptor,
					.share = share,
					.agent_id = agent_id,
					.builder = alert_builder_new(&(struct alert_builder_options){.host_name = host_name})};
	if (ring)
		output->sequence = alert_ring_last_sequence(ring);
	return output->builder ? 0 : -ENOMEM;
}

void alert_output_release(struct alert_output *output)
{
	alert_builder_free(output->builder);
	buffer_release(&output->line);
	buffer_release(&output->record);
}

static void count(struct alert_output *output, enum agent_counter counter)
{
	atomic_fetch_add_explicit(&output->share->counters[counter], 1, memory_order_relaxed);
}

static void note_lost(struct alert_output *output)
{
	output->lost_untold++;
	count(output, AGENT_COUNTER_ALERTS_LOST);
}

/* A gap is itself an alert, as soon as there is room for one. */
static void tell_lost(struct alert_output *output, uint64_t time_ns)
{
	struct buffer message = BUFFER_INIT;

	buffer_append_string(&message, "Alerts were lost: the ring that holds them until they are acknowledged was full (count=");
	buffer_append_decimal(&message, output->lost_untold);
	buffer_append_string(&message, ")");
	output->lost_untold = 0;
	alert_output_raise_internal(output, TEXT("Tercel alerts lost"), PRIORITY_CRITICAL, buffer_text(&message), time_ns);
	buffer_release(&message);
}

/* Every alert takes a number, lost ones too: so a gap shows. */
static void send_alert(struct alert_output *output, const struct alert *alert)
{
	bool is_lost = false;

	count(output, AGENT_COUNTER_ALERTS);
	buffer_clear(&output->line);
	alert_json_append(&output->line, alert);
	if (output->ring) {
		buffer_clear(&output->record);
		if (output->line.failed || alert_record_encode(&(struct alert_record){.sequence = output->sequence,
										      .time_ns = alert->time_ns,
										      .priority = alert->priority,
										      .rule = alert->rule,
										      .source = alert->source,
										      .json = buffer_text(&output->line)},
							       &output->record) < 0) {
			alert_ring_count_lost(output->ring);
			is_lost = true;
		} else if (alert_ring_append(output->ring, output->sequence, buffer_text(&output->record)) < 0) {
			is_lost = true;
		}
	}
	if (output->file_descriptor >= 0 && !output->file_error) {
		buffer_append_byte(&output->line, '\n');
		output->file_error = output->line.failed ? -ENOMEM
							 : write_all(output->file_descriptor, output->line.bytes,
								     output->line.length);
	}
	if (is_lost)
		note_lost(output);
	else if (output->lost_untold > 0)
		tell_lost(output, alert->time_ns);
}

/* Our own keys, in the order of the names; alert_build() puts them among the others. */
static size_t own_fields(struct alert_output *output, bool is_unconfirmed, struct alert_field fields[3])
{
	size_t used = 0;

	fields[used++] = (struct alert_field){
		TEXT("tercel.agent"), {.kind = ALERT_VALUE_STRING, .text = text_from_string(output->agent_id)}};
	fields[used++] = (struct alert_field){TEXT("tercel.sequence"),
					      {.kind = ALERT_VALUE_UNSIGNED, .unsigned_number = output->sequence}};
	if (is_unconfirmed)
		fields[used++] = (struct alert_field){TEXT("tercel.unconfirmed"),
						      {.kind = ALERT_VALUE_BOOLEAN, .boolean = true}};
	return used;
}

void alert_output_raise(struct alert_output *output, struct ruleset_runner *runner, const struct event *event, uint32_t rule,
			bool is_unconfirmed)
{
	struct alert_field fields[3];
	const struct alert *alert;
	size_t field_count;

	output->sequence++;
	field_count = own_fields(output, is_unconfirmed, fields);
	if (is_unconfirmed)
		count(output, AGENT_COUNTER_ALERTS_UNCONFIRMED);
	alert = alert_build(output->builder, runner, event, rule, fields, field_count);
	if (alert) {
		send_alert(output, alert);
	} else {
		if (output->ring)
			alert_ring_count_lost(output->ring);
		note_lost(output);
	}
}

void alert_output_raise_internal(struct alert_output *output, struct text rule, uint8_t priority, struct text message,
				 uint64_t time_ns)
{
	struct alert_field fields[3];
	struct alert alert = {.time_ns = time_ns,
			      .priority = priority,
			      .priority_name = text_from_string(priority_name(priority)),
			      .rule = rule,
			      .source = TEXT("internal"),
			      .host_name = TEXT_EMPTY,
			      .output = message,
			      .fields = fields};

	output->sequence++;
	alert.field_count = own_fields(output, false, fields);
	send_alert(output, &alert);
}
