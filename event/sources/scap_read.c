#include "event/sources/scap_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/sources/scap_event.h"
#include "event/sources/scap_format.h"
#include "event/sources/scap_reader.h"
#include "event/state/state.h"

#define LIST_ENTRY_BYTES_MAX (1u << 20)

#define BYTE_ORDER_MAGIC_SWAPPED 0x4D3C2B1Au

static const struct scap_block_info block_infos[] = {
#define BLOCK(constant, id, former_id, kind, version, large, flags)                                                    \
	{id, former_id, BLOCK_KIND_##kind, version, large, flags, #constant},
#include "event/sources/scap_blocks.def"
#undef BLOCK
};

static const char *const kind_names[] = {
	[BLOCK_KIND_SECTION_HEADER] = "section header", [BLOCK_KIND_MACHINE_INFO] = "machine info",
	[BLOCK_KIND_PROCESS_LIST] = "process list",	[BLOCK_KIND_FD_LIST] = "fd list",
	[BLOCK_KIND_EVENT] = "event",			[BLOCK_KIND_INTERFACE_LIST] = "interface list",
	[BLOCK_KIND_USER_LIST] = "user list",		[BLOCK_KIND_DETAILS] = "details",
};

/* Blocks of one type come in runs, of events above all: the last answer is tried first. */
static const struct scap_block_info *find_block_info(const struct scap_block_info *last, uint32_t id)
{
	if (last && last->id == id)
		return last;
	for (size_t i = 0; i < sizeof block_infos / sizeof block_infos[0]; i++) {
		if (block_infos[i].id == id || (block_infos[i].former_id == id && id != 0))
			return &block_infos[i];
	}
	return NULL;
}

/* ---- faults ---- */

int scap_fault(struct scap_reader *reader, int error, const char *format, ...)
{
	const struct scap_block *block = &reader->block;
	va_list arguments;
	int length;

	length = snprintf(reader->error, sizeof reader->error, "offset %" PRIu64 ", %s block (0x%" PRIx32 "): ",
			  block->offset, block->info ? kind_names[block->info->kind] : "unknown", block->id);
	va_start(arguments, format);
	vsnprintf(reader->error + length, sizeof reader->error - (size_t)length, format, arguments);
	va_end(arguments);
	return error;
}

int scap_stream_fault(struct scap_reader *reader, int error)
{
	switch (error) {
	case -EFBIG:
		return scap_fault(reader, -EBADMSG, "larger than %zu bytes", BYTE_STREAM_NEED_MAX);
	case -ENOMEM:
		return scap_fault(reader, error, "no memory");
	case -ENODATA:
		return scap_fault(reader, -EBADMSG, "the file ends inside the block");
	default:
		return scap_fault(reader, error, "%s", byte_stream_explain(&reader->stream));
	}
}

/* Between blocks there is none to name. */
static int fault_between_blocks(struct scap_reader *reader, int error, const char *text)
{
	snprintf(reader->error, sizeof reader->error, "offset %" PRIu64 ": %s", byte_stream_offset(&reader->stream), text);
	return error;
}

/* ---- bodies of blocks that hold lists ---- */

int scap_block_peek(struct scap_reader *reader, uint64_t length, struct byte_reader *ret_bytes)
{
	int error;

	if (length > reader->block.body_bytes_left)
		length = reader->block.body_bytes_left;
	error = byte_stream_need(&reader->stream, (size_t)length);
	if (error)
		return scap_stream_fault(reader, error);
	*ret_bytes = byte_reader_of(reader->stream.at, (size_t)length);
	return 0;
}

void scap_block_take(struct scap_reader *reader, size_t length)
{
	byte_stream_take(&reader->stream, length);
	reader->block.body_bytes_left -= length;
}

int scap_block_entry(struct scap_reader *reader, bool length_includes_itself, struct byte_reader *ret_bytes)
{
	struct byte_reader bytes;
	uint32_t length;
	int error = scap_block_peek(reader, 4, &bytes);

	if (error)
		return error;
	length = byte_reader_u32(&bytes);
	if (length_includes_itself) {
		if (length < 4)
			return scap_fault(reader, -EBADMSG, "an entry is shorter than its length field");
		length -= 4;
	}
	scap_block_take(reader, 4);
	if (length > reader->block.body_bytes_left)
		return scap_fault(reader, -EBADMSG, "an entry is longer than the block");
	if (length > LIST_ENTRY_BYTES_MAX)
		return scap_fault(reader, -EBADMSG, "an entry is longer than %u bytes", LIST_ENTRY_BYTES_MAX);
	return scap_block_peek(reader, length, ret_bytes);
}

struct text scap_text(struct byte_reader *bytes, size_t limit_bytes)
{
	uint16_t length = byte_reader_u16(bytes);

	if (length > limit_bytes) {
		bytes->failed = true;
		return TEXT_EMPTY;
	}
	return byte_reader_text(bytes, length);
}

/* ---- blocks ---- */

/* The header of the next block. 1, 0 at the end of the file, or a fault. */
static int begin_block(struct scap_reader *reader)
{
	struct scap_block *block = &reader->block;
	struct byte_stream *stream = &reader->stream;
	uint32_t total_bytes;
	int error = byte_stream_need(stream, SCAP_BLOCK_HEADER_BYTES);

	if (error == -ENODATA && stream->at == stream->end)
		return 0;
	if (error == -ENODATA)
		return fault_between_blocks(reader, -EBADMSG, "the file ends inside the header of a block");
	if (error)
		return fault_between_blocks(reader, error, byte_stream_explain(stream));
	block->offset = byte_stream_offset(stream);
	block->id = load_u32(stream->at);
	block->info = find_block_info(block->info, block->id);
	total_bytes = load_u32(stream->at + 4);
	if (total_bytes < SCAP_BLOCK_FRAME_BYTES)
		return scap_fault(reader, -EBADMSG, "length %" PRIu32 " is less than that of an empty block", total_bytes);
	block->body_bytes_left = total_bytes - SCAP_BLOCK_FRAME_BYTES;
	byte_stream_take(stream, SCAP_BLOCK_HEADER_BYTES);
	return 1;
}

/* What is left of the body, and the length behind it, which must be that of the header. */
static int end_block(struct scap_reader *reader, uint64_t body_bytes)
{
	struct byte_stream *stream = &reader->stream;
	uint32_t trailer;
	int error = byte_stream_skip(stream, reader->block.body_bytes_left);

	reader->block.body_bytes_left = 0;
	if (!error)
		error = byte_stream_need(stream, 4);
	if (error)
		return scap_stream_fault(reader, error);
	trailer = load_u32(stream->at);
	if (trailer != body_bytes + SCAP_BLOCK_FRAME_BYTES)
		return scap_fault(reader, -EBADMSG, "length %" PRIu64 " at its start, %" PRIu32 " at its end",
				  body_bytes + SCAP_BLOCK_FRAME_BYTES, trailer);
	byte_stream_take(stream, 4);
	return 0;
}

static int read_section_header(struct scap_reader *reader)
{
	struct byte_reader bytes;
	uint32_t magic;
	uint16_t major;
	int error = scap_block_peek(reader, SCAP_SECTION_HEADER_BYTES, &bytes);

	if (error)
		return error;
	magic = byte_reader_u32(&bytes);
	major = byte_reader_u16(&bytes);
	if (byte_reader_left(&bytes) < SCAP_SECTION_HEADER_BYTES - 6)
		return scap_fault(reader, -EBADMSG, "the block is too short");
	if (magic == BYTE_ORDER_MAGIC_SWAPPED)
		return scap_fault(reader, -EBADMSG, "written on a machine with the other byte order");
	if (magic != SCAP_BYTE_ORDER_MAGIC)
		return scap_fault(reader, -EBADMSG, "wrong magic number 0x%" PRIx32, magic);
	if (major > SCAP_MAJOR_VERSION)
		return scap_fault(reader, -EBADMSG, "version %u is newer than %u", major, SCAP_MAJOR_VERSION);
	return 0;
}

/* A block other than an event. */
static int read_list_block(struct scap_reader *reader, struct state *state)
{
	uint64_t body_bytes = reader->block.body_bytes_left;
	int error = 0;

	if (!reader->block.info) {
		reader->counters.blocks_unknown++;
	} else {
		switch ((enum scap_block_kind)reader->block.info->kind) {
		case BLOCK_KIND_SECTION_HEADER:
			error = read_section_header(reader);
			break;
		case BLOCK_KIND_MACHINE_INFO:
			error = scap_read_machine_info(reader, state);
			break;
		case BLOCK_KIND_PROCESS_LIST:
			error = scap_read_process_list(reader, state);
			break;
		case BLOCK_KIND_FD_LIST:
			error = scap_read_fd_list(reader, state);
			break;
		case BLOCK_KIND_INTERFACE_LIST:
			error = scap_read_interface_list(reader, state);
			break;
		case BLOCK_KIND_USER_LIST:
			error = scap_read_user_list(reader, state);
			break;
		case BLOCK_KIND_DETAILS:
			error = scap_read_details(reader, state);
			break;
		case BLOCK_KIND_EVENT:
			break;
		}
	}
	return error ? error : end_block(reader, body_bytes);
}

static int begin_section(struct scap_reader *reader, struct state *state)
{
	const struct scap_block_info *info = reader->block.info;

	if (!info || info->kind != BLOCK_KIND_SECTION_HEADER) {
		if (reader->counters.sections == 0)
			return scap_fault(reader, -EBADMSG, "not a capture: it does not begin with a section header");
		return scap_fault(reader, -EBADMSG, "neither an event nor another capture's section header");
	}
	if (reader->counters.sections > 0) {
		state_reset(state);
		event_converter_forget(reader->converter);
	}
	reader->counters.sections++;
	reader->place = PLACE_LISTS;
	reader->is_section_start = true;
	reader->is_leading = true;
	return read_list_block(reader, state);
}

/* ---- events ---- */

/*
 * Numbers the event and decides whether rules see it. Not shown: what the writer marked so; enter events, which are copies
 * made before the call ran; the entries of start-up scans; and state events at the very start of a section, which in an
 * appended section are not counted either.
 */
static void number_event(struct scap_reader *reader, const struct scap_event *facts, struct event *event)
{
	const struct event_info *info = event_info(event->type);
	bool is_counted = true;

	event->is_state_only = facts->flags & SCAP_EVENT_FLAG_STATE_ONLY;
	event->is_hidden = event->is_state_only || info->event_class == EVENT_CLASS_ITER ||
			   (info->event_class == EVENT_CLASS_SYSCALL && info->direction == DIRECTION_ENTER);
	if (reader->is_leading) {
		if (scap_is_state_event(event->type)) {
			event->is_hidden = true;
			is_counted = reader->counters.sections == 1;
		} else {
			reader->is_leading = false;
		}
	}
	if (is_counted)
		reader->event_number++;
	event->number = reader->event_number;
	event->is_leading = reader->is_leading;
	event->starts_section = reader->is_section_start;
	reader->is_section_start = false;
}

/* 1: an event, 0: a block whose event is not wanted, or a fault. */
static int read_event_block(struct scap_reader *reader, struct state *state, struct event *event)
{
	struct scap_block *block = &reader->block;
	struct byte_stream *stream = &reader->stream;
	size_t body_bytes = (size_t)block->body_bytes_left;
	struct scap_event facts;
	const char *fault = "";
	const uint8_t *body;
	int status;

	if (!block->info->is_large && body_bytes + 4 > SCAP_EVENT_BLOCK_BYTES_MAX)
		return scap_fault(reader, -EBADMSG, "longer than %u bytes", SCAP_EVENT_BLOCK_BYTES_MAX);
	status = byte_stream_need(stream, body_bytes + 4);
	if (status)
		return scap_stream_fault(reader, status);
	body = stream->at;
	byte_stream_take(stream, body_bytes + 4);
	status = scap_event_decode((struct scap_event_block){block->info->version, block->info->has_flags}, body,
				   body_bytes, &facts, event, &fault);
	if (!status && !facts.is_known) {
		reader->counters.events_unknown++;
		return 0;
	}
	if (!status)
		status = event_convert(reader->converter, event, facts.parameter_count, &fault);
	if (status == -ENOMEM)
		return scap_fault(reader, status, "no memory");
	if (status < 0)
		return scap_fault(reader, status, "%s (event type %u)", fault, event->type);
	if (status == CONVERSION_DROP) {
		reader->counters.events_dropped++;
		return 0;
	}
	number_event(reader, &facts, event);
	if (scap_is_details_event(event)) {
		event->is_hidden = true;
		status = scap_read_details_event(reader, state, event);
	}
	return status < 0 ? status : 1;
}

static int read_next(struct scap_reader *reader, struct state *state, struct event *event)
{
	for (;;) {
		int status = begin_block(reader);
		bool is_event;

		if (status < 0)
			return status;
		if (status == 0) {
			if (reader->counters.sections == 0)
				return fault_between_blocks(reader, -EBADMSG, "the file is empty");
			if (reader->place == PLACE_LISTS)
				return fault_between_blocks(reader, -EBADMSG, "the capture has no events");
			return 0;
		}
		is_event = reader->block.info && reader->block.info->kind == BLOCK_KIND_EVENT;
		if (reader->place == PLACE_LISTS && is_event)
			reader->place = PLACE_EVENTS;
		if (reader->place == PLACE_EVENTS && is_event) {
			status = read_event_block(reader, state, event);
			if (status != 0)
				return status;
		} else if (reader->place == PLACE_LISTS) {
			status = read_list_block(reader, state);
			if (status < 0)
				return status;
		} else {
			status = begin_section(reader, state);
			if (status < 0)
				return status;
		}
	}
}

/* ---- the source ---- */

static struct scap_reader *reader_of(struct event_source *source)
{
	return (struct scap_reader *)source; /* `source` is its first member */
}

const struct scap_read_counters *scap_source_counters(const struct event_source *source)
{
	struct scap_reader *reader = (struct scap_reader *)(uintptr_t)source;

	reader->counters.enters_forgotten = event_converter_forgotten(reader->converter);
	return &reader->counters;
}

static int scap_next(struct event_source *source, struct state *state, struct event *ret_event)
{
	struct scap_reader *reader = reader_of(source);
	int status;

	if (reader->fault)
		return reader->fault;
	ret_event->stage = STAGE_EXIT;
	ret_event->fetcher = NULL;
	ret_event->thread = NULL;
	ret_event->descriptor = NULL;
	ret_event->descriptor_number = -1;
	ret_event->descriptor_name_changed = false;
	status = read_next(reader, state, ret_event);
	if (status < 0)
		reader->fault = status;
	return status;
}

static const char *scap_error(const struct event_source *source)
{
	return ((const struct scap_reader *)source)->error;
}

static struct event_source *scap_free(struct event_source *source)
{
	struct scap_reader *reader = reader_of(source);

	byte_stream_close(&reader->stream);
	event_converter_free(reader->converter);
	free(reader);
	return NULL;
}

int scap_source_open(const char *path, struct event_source **ret_source)
{
	struct scap_reader *reader = calloc(1, sizeof *reader);
	int error;

	if (!reader)
		return -ENOMEM;
	reader->source = (struct event_source){.next = scap_next, .error = scap_error, .free = scap_free};
	reader->converter = event_converter_new();
	error = reader->converter ? byte_stream_open(&reader->stream, path) : -ENOMEM;
	if (error) {
		scap_free(&reader->source);
		return error;
	}
	*ret_source = &reader->source;
	return 0;
}

void scap_source_progress(const struct event_source *source, uint64_t *ret_done_bytes, uint64_t *ret_total_bytes)
{
	byte_stream_progress(&((const struct scap_reader *)source)->stream, ret_done_bytes, ret_total_bytes);
}
