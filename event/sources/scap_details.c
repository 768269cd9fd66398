#include "event/sources/scap_details.h"

#include <errno.h>

#include "event/sources/scap_format.h"
#include "event/sources/scap_reader.h"
#include "event/sources/scap_writer.h"

/* Above any text of the state: command lines join two of 4096 bytes, cgroups grow when they are rewritten. */
#define SCAP_DETAILS_TEXT_BYTES_MAX 16384u

enum detail_kind {
	DETAIL_THREAD = 1,
	DETAIL_DESCRIPTOR = 2,
	DETAIL_EXIT = 3,
	DETAIL_PROCESS = 4,
	DETAIL_CONTAINER = 5,
};
enum thread_flag { THREAD_PLACEHOLDER = 1, THREAD_ENDED = 2, THREAD_REAPER = 4 };
enum descriptor_flag { DESCRIPTOR_CONNECTED = 1, DESCRIPTOR_CLOSE_ON_EXEC = 2, DESCRIPTOR_UPPER = 4, DESCRIPTOR_LOWER = 8 };

/* ---- writing ---- */

void scap_details_begin(struct buffer *body)
{
	buffer_append_u16(body, SCAP_DETAILS_VERSION);
	buffer_append_u16(body, 0); /* reserved */
}

static size_t begin_entry(struct buffer *block, enum detail_kind kind)
{
	size_t start = scap_begin_entry(block);

	buffer_append_byte(block, (uint8_t)kind);
	return start;
}

void scap_details_thread(struct buffer *block, const struct thread_details *details)
{
	size_t start = begin_entry(block, DETAIL_THREAD);

	buffer_append_u64(block, (uint64_t)details->tid);
	buffer_append_byte(block, (uint8_t)((details->is_placeholder ? THREAD_PLACEHOLDER : 0) |
					    (details->is_dead ? THREAD_ENDED : 0) | (details->is_reaper ? THREAD_REAPER : 0)));
	buffer_append_byte(block, details->pipeline);
	buffer_append_u64(block, details->clone_time_ns);
	buffer_append_u64(block, details->exe_ctime_to_clone_ns);
	buffer_append_u64(block, details->pidns_start_to_exe_ctime_ns);
	buffer_append_byte(block, details->text_mask);
	for (unsigned i = 0; i < THREAD_TEXT_COUNT; i++) {
		if (details->text_mask & 1u << i)
			scap_append_text(block, details->texts[i], UINT16_MAX);
	}
	buffer_append_u16(block, details->enter_type);
	if (details->enter_type) {
		buffer_append_u64(block, (uint64_t)details->enter_directory);
		buffer_append_u32(block, details->enter_flags);
		scap_append_text(block, details->enter_bytes, UINT16_MAX);
	}
	scap_end_entry(block, start, true);
}

static void append_end(struct buffer *block, const struct socket_end *end)
{
	buffer_append(block, end->address, sizeof end->address);
	buffer_append_u16(block, end->port);
}

void scap_details_descriptor(struct buffer *block, int64_t tid, const struct snapshot_descriptor *row)
{
	const struct descriptor *descriptor = row->descriptor;
	size_t start = begin_entry(block, DETAIL_DESCRIPTOR);

	buffer_append_u64(block, (uint64_t)tid);
	buffer_append_u64(block, (uint64_t)row->number);
	buffer_append_byte(block, descriptor->kind);
	buffer_append_byte(block, descriptor->protocol);
	buffer_append_byte(block, descriptor->role);
	buffer_append_byte(block, (uint8_t)((descriptor->is_connected ? DESCRIPTOR_CONNECTED : 0) |
					    (descriptor->close_on_exec ? DESCRIPTOR_CLOSE_ON_EXEC : 0) |
					    (descriptor->is_upper_layer ? DESCRIPTOR_UPPER : 0) |
					    (descriptor->is_lower_layer ? DESCRIPTOR_LOWER : 0)));
	buffer_append_u32(block, descriptor->open_flags);
	buffer_append_u32(block, descriptor->device);
	buffer_append_u64(block, descriptor->inode);
	scap_append_text(block, descriptor_name(descriptor), UINT16_MAX);
	scap_append_text(block, descriptor_raw_name(descriptor), UINT16_MAX);
	if (descriptor_is_ip(descriptor) || descriptor_is_listening(descriptor)) {
		append_end(block, &descriptor->source);
		append_end(block, &descriptor->destination);
	} else if (descriptor->kind == DESCRIPTOR_UNIX) {
		buffer_append_u64(block, descriptor->source_pointer);
		buffer_append_u64(block, descriptor->destination_pointer);
	} else if (descriptor->kind == DESCRIPTOR_PIDFD) {
		buffer_append_u64(block, (uint64_t)descriptor->process_id);
	}
	scap_end_entry(block, start, true);
}

void scap_details_exit(struct buffer *block, const struct recent_exit_row *row)
{
	size_t start = begin_entry(block, DETAIL_EXIT);

	buffer_append_u64(block, (uint64_t)row->tid);
	buffer_append_u64(block, (uint64_t)row->ptid);
	buffer_append_u64(block, row->time_ns);
	scap_end_entry(block, start, true);
}

void scap_details_process(struct buffer *block, const struct process_entry *entry)
{
	size_t start = begin_entry(block, DETAIL_PROCESS);

	scap_append_process(block, entry);
	scap_end_entry(block, start, true);
}

void scap_details_container(struct buffer *block, struct text id)
{
	size_t start = begin_entry(block, DETAIL_CONTAINER);

	scap_append_text(block, id, UINT16_MAX);
	scap_end_entry(block, start, true);
}

/* ---- reading ---- */

static int read_thread(struct byte_reader *bytes, struct state *state)
{
	struct thread_details details = {.tid = (int64_t)byte_reader_u64(bytes), .enter_bytes = TEXT_EMPTY};
	uint8_t flags = byte_reader_u8(bytes);

	details.is_placeholder = flags & THREAD_PLACEHOLDER;
	details.is_dead = flags & THREAD_ENDED;
	details.is_reaper = flags & THREAD_REAPER;
	details.pipeline = byte_reader_u8(bytes);
	details.clone_time_ns = byte_reader_u64(bytes);
	details.exe_ctime_to_clone_ns = byte_reader_u64(bytes);
	details.pidns_start_to_exe_ctime_ns = byte_reader_u64(bytes);
	details.text_mask = byte_reader_u8(bytes);
	for (unsigned i = 0; i < THREAD_TEXT_COUNT; i++) {
		if (details.text_mask & 1u << i)
			details.texts[i] = scap_text(bytes, SCAP_DETAILS_TEXT_BYTES_MAX);
	}
	details.enter_type = byte_reader_u16(bytes);
	if (details.enter_type) {
		details.enter_directory = (int64_t)byte_reader_u64(bytes);
		details.enter_flags = byte_reader_u32(bytes);
		details.enter_bytes = scap_text(bytes, SCAP_DETAILS_TEXT_BYTES_MAX);
	}
	return bytes->failed ? -EBADMSG : state_add_thread_details(state, &details);
}

static void read_end(struct byte_reader *bytes, struct socket_end *end)
{
	const uint8_t *address = byte_reader_take(bytes, sizeof end->address);

	if (address)
		memcpy(end->address, address, sizeof end->address);
	end->port = byte_reader_u16(bytes);
}

static int read_descriptor(struct byte_reader *bytes, struct state *state)
{
	int64_t tid = (int64_t)byte_reader_u64(bytes), number = (int64_t)byte_reader_u64(bytes);
	struct descriptor descriptor = {.kind = byte_reader_u8(bytes)};
	struct text name, raw_name;
	uint8_t flags;

	descriptor.protocol = byte_reader_u8(bytes);
	descriptor.role = byte_reader_u8(bytes);
	flags = byte_reader_u8(bytes);
	descriptor.is_connected = flags & DESCRIPTOR_CONNECTED;
	descriptor.close_on_exec = flags & DESCRIPTOR_CLOSE_ON_EXEC;
	descriptor.is_upper_layer = flags & DESCRIPTOR_UPPER;
	descriptor.is_lower_layer = flags & DESCRIPTOR_LOWER;
	descriptor.open_flags = byte_reader_u32(bytes);
	descriptor.device = byte_reader_u32(bytes);
	descriptor.inode = byte_reader_u64(bytes);
	name = scap_text(bytes, SCAP_DETAILS_TEXT_BYTES_MAX);
	raw_name = scap_text(bytes, SCAP_DETAILS_TEXT_BYTES_MAX);
	if (descriptor_is_ip(&descriptor) || descriptor_is_listening(&descriptor)) {
		read_end(bytes, &descriptor.source);
		read_end(bytes, &descriptor.destination);
	} else if (descriptor.kind == DESCRIPTOR_UNIX) {
		descriptor.source_pointer = byte_reader_u64(bytes);
		descriptor.destination_pointer = byte_reader_u64(bytes);
	} else if (descriptor.kind == DESCRIPTOR_PIDFD) {
		descriptor.process_id = (int64_t)byte_reader_u64(bytes);
	}
	return bytes->failed ? -EBADMSG :
			       state_add_descriptor_details(state, tid, number, &descriptor, name, raw_name);
}

static int read_exit(struct byte_reader *bytes, struct state *state)
{
	struct recent_exit_row row = {.tid = (int64_t)byte_reader_u64(bytes)};

	row.ptid = (int64_t)byte_reader_u64(bytes);
	row.time_ns = byte_reader_u64(bytes);
	if (bytes->failed)
		return -EBADMSG;
	state_add_recent_exit(state, &row);
	return 0;
}

static int read_process(struct byte_reader *bytes, struct state *state)
{
	struct process_entry entry = scap_process_entry(bytes, SCAP_PROCESS_VERSION);

	return bytes->failed ? -EBADMSG : state_add_found_process(state, &entry);
}

static int read_container(struct byte_reader *bytes, struct state *state)
{
	struct text id = scap_text(bytes, SCAP_DETAILS_TEXT_BYTES_MAX);

	return bytes->failed ? -EBADMSG : state_fix_container(state, id);
}

static int read_entry(struct byte_reader *bytes, struct state *state)
{
	switch (byte_reader_u8(bytes)) {
	case DETAIL_THREAD:
		return read_thread(bytes, state);
	case DETAIL_DESCRIPTOR:
		return read_descriptor(bytes, state);
	case DETAIL_EXIT:
		return read_exit(bytes, state);
	case DETAIL_PROCESS:
		return read_process(bytes, state);
	case DETAIL_CONTAINER:
		return read_container(bytes, state);
	default:
		return 0;
	}
}

/* What else is wrong with an entry, as a thread that is not in the list, leaves the state as it is. */
static int take_entry(struct scap_reader *reader, struct byte_reader *bytes, struct state *state)
{
	int error = read_entry(bytes, state);

	if (error == -EBADMSG)
		return scap_fault(reader, error, "an entry does not fit");
	return error == -ENOMEM ? scap_fault(reader, error, "no memory for the details") : 0;
}

bool scap_is_details_event(struct event *event)
{
	return event->type == EVENT_ASYNCEVENT_E &&
	       text_equal(event_parameter_text(event, PARAMETER_INDEX(ASYNCEVENT_E, name)), TEXT(SCAP_DETAILS_EVENT_NAME));
}

int scap_read_details_event(struct scap_reader *reader, struct state *state, struct event *event)
{
	const struct event_parameter *data = event_parameter(event, PARAMETER_INDEX(ASYNCEVENT_E, data));
	struct byte_reader bytes = byte_reader_of(data->bytes, data->length);
	int error = 0;

	if (byte_reader_u16(&bytes) != SCAP_DETAILS_VERSION)
		return 0;
	byte_reader_u16(&bytes);
	while (!error && byte_reader_left(&bytes) >= 4) {
		uint32_t length = byte_reader_u32(&bytes);
		const uint8_t *entry = length < 4 ? NULL : byte_reader_take(&bytes, length - 4);
		struct byte_reader entry_bytes = byte_reader_of(entry, entry ? length - 4 : 0);

		error = entry ? take_entry(reader, &entry_bytes, state) : scap_fault(reader, -EBADMSG, "an entry does not fit");
	}
	return error;
}

int scap_read_details(struct scap_reader *reader, struct state *state)
{
	struct byte_reader bytes;
	int error = scap_block_peek(reader, 4, &bytes);

	if (error)
		return error;
	if (byte_reader_u16(&bytes) != SCAP_DETAILS_VERSION)
		return 0; /* of another version: passed over */
	byte_reader_u16(&bytes);
	if (bytes.failed)
		return scap_fault(reader, -EBADMSG, "the block is too short");
	scap_block_take(reader, 4);
	while (scap_block_has_entry(reader)) {
		size_t length;

		error = scap_block_entry(reader, true, &bytes);
		if (error)
			return error;
		length = byte_reader_left(&bytes);
		error = take_entry(reader, &bytes, state);
		if (error)
			return error;
		scap_block_take(reader, length);
	}
	return 0;
}
