#include "event/sources/scap_write.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "event/sources/scap_details.h"
#include "event/sources/scap_format.h"
#include "event/sources/scap_writer.h"

#define EVENT_BYTES_MAX ((size_t)15 << 20) /* larger ones would not be read again */

int scap_writer_open(const char *path, const struct scap_write_options *options, struct scap_writer **ret_writer)
{
	struct scap_writer *writer = calloc(1, sizeof *writer);
	int error = writer ? byte_sink_open(path, options->is_compressed, &writer->sink) : -ENOMEM;

	if (error)
		free(writer);
	else
		*ret_writer = writer;
	return error;
}

int scap_writer_open_growing(int descriptor, const struct scap_write_options *options, struct scap_writer **ret_writer)
{
	struct scap_writer *writer = calloc(1, sizeof *writer);
	int error = writer ? byte_sink_open_growing(descriptor, options->is_compressed, options->limit_bytes, &writer->sink)
			   : -ENOMEM;

	if (error)
		free(writer);
	else
		*ret_writer = writer;
	return error;
}

/* ---- blocks ---- */

void scap_begin_block(struct scap_writer *writer, uint32_t type)
{
	buffer_clear(&writer->block);
	buffer_append_u32(&writer->block, type);
	buffer_append_u32(&writer->block, 0);
}

int scap_end_block(struct scap_writer *writer)
{
	struct buffer *block = &writer->block;

	buffer_align(block, 4);
	buffer_append_u32(block, 0);
	if (block->failed) {
		writer->fault = -ENOMEM;
		return writer->fault;
	}
	store_u32(block->bytes + 4, (uint32_t)block->length);
	store_u32(block->bytes + block->length - 4, (uint32_t)block->length);
	writer->fault = byte_sink_write(writer->sink, block->bytes, block->length);
	return writer->fault;
}

static int write_section_header(struct scap_writer *writer)
{
	scap_begin_block(writer, SCAP_BLOCK_SECTION_HEADER);
	buffer_append_u32(&writer->block, SCAP_BYTE_ORDER_MAGIC);
	buffer_append_u16(&writer->block, SCAP_MAJOR_VERSION);
	buffer_append_u16(&writer->block, SCAP_MINOR_VERSION);
	buffer_append_u64(&writer->block, UINT64_MAX); /* the section's length: not known */
	return scap_end_block(writer);
}

/* ---- events ---- */

static int write_event(struct scap_writer *writer, struct event *event, uint32_t flags)
{
	struct buffer *block = &writer->block;
	bool has_long_lengths = scap_event_has_long_lengths(event->type);
	size_t data_bytes = 0, event_bytes, flag_bytes = flags ? 4 : 0;
	bool is_large;

	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter *parameter = event_parameter(event, i);

		data_bytes += event_parameter_is_known(parameter) ? parameter->length : 0;
	}
	event_bytes = SCAP_EVENT_HEADER_V2_BYTES + event->parameter_count * (has_long_lengths ? 4u : 2u) + data_bytes;
	if (event_bytes > EVENT_BYTES_MAX)
		return writer->fault = -EFBIG;
	is_large = has_long_lengths || 2 + flag_bytes + event_bytes + 3 + 4 > SCAP_EVENT_BLOCK_BYTES_MAX;
	scap_begin_block(writer, is_large ? flags ? SCAP_BLOCK_EVENT_FLAGS_V2_LARGE : SCAP_BLOCK_EVENT_V2_LARGE
					  : flags ? SCAP_BLOCK_EVENT_FLAGS_V2 : SCAP_BLOCK_EVENT_V2);
	buffer_append_u16(block, event->cpu);
	if (flags)
		buffer_append_u32(block, flags);
	buffer_append_u64(block, event->timestamp_ns);
	buffer_append_u64(block, (uint64_t)event->thread_id);
	buffer_append_u32(block, (uint32_t)event_bytes);
	buffer_append_u16(block, event->type);
	buffer_append_u32(block, event->parameter_count);
	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter *parameter = &event->parameters[i];
		uint32_t length = event_parameter_is_known(parameter) ? parameter->length : 0;

		if (has_long_lengths)
			buffer_append_u32(block, length);
		else if (length <= UINT16_MAX)
			buffer_append_u16(block, (uint16_t)length);
		else
			return writer->fault = -EFBIG;
	}
	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter *parameter = &event->parameters[i];

		if (event_parameter_is_known(parameter))
			buffer_append(block, parameter->bytes, parameter->length);
	}
	return scap_end_block(writer);
}

/* ---- events of our own ---- */

static const uint8_t no_plugin[4];

static struct event state_event(const struct event *first, enum event_id type)
{
	return (struct event){
		.timestamp_ns = first->timestamp_ns,
		.thread_id = -1,
		.type = (uint16_t)type,
		.cpu = first->cpu,
		.parameter_count = (uint8_t)event_parameter_count(type),
	};
}

static void set_parameter(struct event *event, unsigned index, const void *bytes, size_t length)
{
	event->parameters[index] =
		(struct event_parameter){.bytes = bytes, .length = (uint32_t)length, .state = PARAMETER_PRESENT};
}

/* ---- what was looked up ---- */

static struct buffer *found_details(struct scap_writer *writer)
{
	if (writer->found.length == 0)
		scap_details_begin(&writer->found);
	return &writer->found;
}

void scap_writer_note_process(struct scap_writer *writer, const struct thread *thread)
{
	struct process_entry entry = thread_process_entry(thread);
	struct thread_details details;

	scap_details_process(found_details(writer), &entry);
	if (snapshot_thread_details(thread, &details))
		scap_details_thread(&writer->found, &details);
}

void scap_writer_note_descriptor(struct scap_writer *writer, const struct thread *owner, int64_t number,
				 const struct descriptor *descriptor)
{
	const struct snapshot_descriptor row = {number, descriptor};

	scap_details_descriptor(found_details(writer), owner->tid, &row);
}

static int write_found(struct scap_writer *writer, const struct event *needed_by)
{
	struct event event = state_event(needed_by, EVENT_ASYNCEVENT_E);
	int error;

	if (writer->found.length == 0)
		return 0;
	set_parameter(&event, PARAMETER_INDEX(ASYNCEVENT_E, plugin_id), no_plugin, sizeof no_plugin);
	set_parameter(&event, PARAMETER_INDEX(ASYNCEVENT_E, name), SCAP_DETAILS_EVENT_NAME, sizeof SCAP_DETAILS_EVENT_NAME);
	set_parameter(&event, PARAMETER_INDEX(ASYNCEVENT_E, data), writer->found.bytes, writer->found.length);
	error = writer->found.failed ? -ENOMEM : write_event(writer, &event, SCAP_EVENT_FLAG_STATE_ONLY);
	buffer_clear(&writer->found);
	return writer->fault = error;
}

int scap_writer_add(struct scap_writer *writer, struct event *event, enum scap_write_mode mode)
{
	bool is_state_only = event->is_state_only || (mode == SCAP_WRITE_STATE_ONLY && !event->is_leading);

	if (writer->fault || write_found(writer, event))
		return writer->fault;
	if (is_state_only && !event->changes_state) {
		writer->counters.left_out_events++;
		return 0;
	}
	writer->counters.events++;
	writer->counters.state_only_events += is_state_only;
	return write_event(writer, event, is_state_only ? SCAP_EVENT_FLAG_STATE_ONLY : 0);
}

/* ---- the start ---- */

/* The text and a NUL, in `memory`: parameters are built there one behind the other, and pointed to when it is complete. */
static size_t keep_string(struct buffer *memory, struct text t)
{
	buffer_append_text(memory, t);
	buffer_append_byte(memory, 0);
	return t.length + 1;
}

/* Users and groups of containers, which the user list does not hold. */
static int write_user(struct scap_writer *writer, const struct user_row *row, const struct event *first)
{
	struct event event = state_event(first, row->user ? EVENT_USER_ADDED_E : EVENT_GROUP_ADDED_E);
	struct buffer memory = BUFFER_INIT;
	size_t lengths[EVENT_PARAMETERS_MAX], count = 0, at = 0;
	int error;

	buffer_append_u32(&memory, row->number);
	lengths[count++] = 4;
	if (row->user) {
		buffer_append_u32(&memory, row->user->gid);
		lengths[count++] = 4;
		lengths[count++] = keep_string(&memory, shared_text_get(row->user->name));
		lengths[count++] = keep_string(&memory, shared_text_get(row->user->home));
		lengths[count++] = keep_string(&memory, shared_text_get(row->user->shell));
	} else {
		lengths[count++] = keep_string(&memory, shared_text_get(row->group->name));
	}
	lengths[count++] = keep_string(&memory, row->container_id);
	for (size_t i = 0; i < count && !memory.failed; i++) {
		set_parameter(&event, (unsigned)i, memory.bytes + at, lengths[i]);
		at += lengths[i];
	}
	error = memory.failed ? -ENOMEM : write_event(writer, &event, 0);
	buffer_release(&memory);
	return error;
}

static int write_container(struct scap_writer *writer, const struct container *container, const struct event *first)
{
	struct event event = state_event(first, EVENT_ASYNCEVENT_E);
	struct buffer json = BUFFER_INIT;
	int error;

	keep_string(&json, container->json);
	set_parameter(&event, PARAMETER_INDEX(ASYNCEVENT_E, plugin_id), no_plugin, sizeof no_plugin);
	set_parameter(&event, PARAMETER_INDEX(ASYNCEVENT_E, name), "container", sizeof "container");
	set_parameter(&event, PARAMETER_INDEX(ASYNCEVENT_E, data), json.bytes, json.length);
	error = json.failed ? -ENOMEM : write_event(writer, &event, 0);
	buffer_release(&json);
	return error;
}

/* Ends the run of state events at the start, which readers hide: what follows is shown though it may be one. */
static int write_separator(struct scap_writer *writer, const struct event *first)
{
	struct event event = state_event(first, EVENT_NOTIFICATION_E);

	set_parameter(&event, PARAMETER_INDEX(NOTIFICATION_E, id), "tercel", sizeof "tercel");
	set_parameter(&event, PARAMETER_INDEX(NOTIFICATION_E, desc), "the state so far", sizeof "the state so far");
	return write_event(writer, &event, SCAP_EVENT_FLAG_STATE_ONLY);
}

static bool needs_event(const struct user_row *row)
{
	const struct user *user = row->user;

	if (row->container_id.length > 0)
		return true;
	if (!user)
		return shared_text_get(row->group->name).length > USER_ENTRY_TEXT_BYTES_MAX;
	return shared_text_get(user->name).length > USER_ENTRY_TEXT_BYTES_MAX ||
	       shared_text_get(user->home).length > USER_ENTRY_TEXT_BYTES_MAX ||
	       shared_text_get(user->shell).length > USER_ENTRY_TEXT_BYTES_MAX;
}

int scap_writer_begin_section(struct scap_writer *writer, struct state *state, const struct event *first)
{
	struct snapshot snapshot;
	int error = writer->fault ? writer->fault : snapshot_take(state, &snapshot);

	if (error)
		return writer->fault = error;
	buffer_clear(&writer->found); /* it is in the lists */
	error = write_section_header(writer);
	if (!error)
		error = scap_write_lists(writer, state, &snapshot, first);
	for (size_t i = 0; i < snapshot.user_count && !error; i++) {
		if (needs_event(&snapshot.users[i]))
			error = write_user(writer, &snapshot.users[i], first);
	}
	for (size_t i = 0; i < snapshot.container_count && !error; i++)
		error = write_container(writer, snapshot.containers[i], first);
	if (!error && scap_is_state_event(first->type) && !first->is_leading)
		error = write_separator(writer, first);
	snapshot_release(&snapshot);
	writer->fault = error;
	return error;
}

/* ---- the end ---- */

int scap_writer_flush(struct scap_writer *writer)
{
	if (!writer->fault)
		writer->fault = byte_sink_flush(writer->sink);
	return writer->fault;
}

const struct scap_write_counters *scap_writer_counters(const struct scap_writer *writer)
{
	return &writer->counters;
}

int scap_writer_close(struct scap_writer *writer)
{
	int error = writer->fault;

	if (error) {
		scap_writer_discard(writer);
		return error;
	}
	error = byte_sink_close(writer->sink);
	buffer_release(&writer->block);
	buffer_release(&writer->found);
	free(writer);
	return error;
}

void scap_writer_discard(struct scap_writer *writer)
{
	if (!writer)
		return;
	byte_sink_discard(writer->sink);
	buffer_release(&writer->block);
	buffer_release(&writer->found);
	free(writer);
}
