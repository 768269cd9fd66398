#include "event/sources/scap_event.h"

#include <errno.h>

#include "base/bytes.h"
#include "catalog/catalog.h"
#include "event/sources/scap_format.h"

/* Written with a length that is 3 too large in version 1 blocks. */
#define V1_SURPLUS_BYTES 3u

static unsigned length_entry_bytes(unsigned type)
{
	return scap_event_has_long_lengths(type) ? 4 : 2;
}

static uint32_t load_length(const uint8_t *entry, unsigned entry_bytes)
{
	return entry_bytes == 4 ? load_u32(entry) : load_u16(entry);
}

/*
 * The number of parameters of a version 1 event: the largest one, not above today's, whose lengths add up to the event's
 * length. False when there is none.
 */
static bool find_parameter_count(unsigned type, const uint8_t *lengths, size_t bytes, uint32_t *ret_count)
{
	unsigned entry_bytes = length_entry_bytes(type);

	for (unsigned count = event_parameter_count(type) + 1; count-- > 0;) {
		uint64_t sum = (uint64_t)count * entry_bytes;

		if (sum > bytes)
			continue;
		for (unsigned i = 0; i < count; i++)
			sum += load_length(lengths + (size_t)i * entry_bytes, entry_bytes);
		if (sum == bytes) {
			*ret_count = count;
			return true;
		}
		if (sum < bytes)
			return false;
	}
	return false;
}

static int fault(const char **ret_fault, const char *text)
{
	*ret_fault = text;
	return -EBADMSG;
}

int scap_event_decode(struct scap_event_block block, const uint8_t *body, size_t length, struct scap_event *ret_facts,
		      struct event *event, const char **ret_fault)
{
	unsigned header_bytes = block.version == 1 ? SCAP_EVENT_HEADER_V1_BYTES : SCAP_EVENT_HEADER_V2_BYTES;
	const uint8_t *header = body + 2, *lengths, *data, *end;
	struct scap_event facts = {0};
	unsigned entry_bytes;
	uint32_t event_bytes, count;

	if (block.has_flags)
		header += 4;
	if (length < (size_t)(header - body) + header_bytes)
		return fault(ret_fault, "the block is too short for an event");
	if (block.has_flags)
		facts.flags = load_u32(body + 2);
	event_bytes = load_u32(header + 16);
	if (event_bytes < header_bytes)
		return fault(ret_fault, "the event is shorter than its header");
	if (event_bytes > length - (size_t)(header - body))
		return fault(ret_fault, "the event is longer than its block");

	event->type = load_u16(header + 20);
	if (event->type >= EVENT_ID_COUNT) {
		*ret_facts = facts;
		return 0;
	}
	event->cpu = load_u16(body);
	event->timestamp_ns = load_u64(header);
	event->thread_id = (int64_t)load_u64(header + 8);
	lengths = header + header_bytes;
	end = header + event_bytes;
	entry_bytes = length_entry_bytes(event->type);
	if (block.version == 1) {
		if ((event->type == EVENT_NOTIFICATION_E || event->type == EVENT_INFRASTRUCTURE_EVENT_E) &&
		    event_bytes >= header_bytes + V1_SURPLUS_BYTES)
			end -= V1_SURPLUS_BYTES;
		if (!find_parameter_count(event->type, lengths, (size_t)(end - lengths), &count))
			return fault(ret_fault, "the parameters do not add up to the event's length");
	} else {
		count = load_u32(header + 22);
		if (count > (size_t)(end - lengths) / entry_bytes)
			return fault(ret_fault, "the event is too short for its parameters' lengths");
	}

	data = lengths + (size_t)count * entry_bytes;
	for (uint32_t i = 0; i < count; i++, lengths += entry_bytes) {
		uint32_t parameter_bytes = load_length(lengths, entry_bytes);

		if (parameter_bytes > (size_t)(end - data))
			return fault(ret_fault, "a parameter reaches beyond the event");
		if (i < EVENT_PARAMETERS_MAX)
			event->parameters[i] = (struct event_parameter){
				.bytes = data, .length = parameter_bytes, .state = PARAMETER_PRESENT};
		data += parameter_bytes;
	}
	event->parameter_count = (uint8_t)(count < EVENT_PARAMETERS_MAX ? count : EVENT_PARAMETERS_MAX);
	facts.parameter_count = count;
	facts.is_known = true;
	*ret_facts = facts;
	return 0;
}
