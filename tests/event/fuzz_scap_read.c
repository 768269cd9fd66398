/*
 * Fuzz target: any bytes as a capture file. It is read to its end or its fault, every event is applied to the state, every
 * byte of every parameter is looked at. Compressed, the same bytes give the same events and the same fault.
 */
#define ZLIB_CONST /* inputs are const */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buffer.h"
#include "event/sources/scap_read.h"
#include "event/state/state.h"
#include "tests/support/fuzz_target.h"

#define COMPRESSED_BYTES_MAX (64u << 10) /* larger inputs are only read as they are: speed */

struct outcome {
	uint64_t hash, event_count;
	int status;
	char error[300];
};

static uint64_t hash_event(const struct event *event, uint64_t hash)
{
	hash = text_hash(text_of((const char *)&event->timestamp_ns, sizeof event->timestamp_ns), hash);
	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter *parameter = &event->parameters[i];

		hash = text_hash(text_of((const char *)parameter->bytes, parameter->length), hash + parameter->state);
	}
	return hash + event->number + event->is_hidden + event->type;
}

static struct outcome read_all(const char *path)
{
	struct state *state = state_new(NULL, NULL);
	struct outcome outcome = {0};
	struct event_source *source = NULL;
	struct event event;
	uint64_t last_number = 0;

	require(state && scap_source_open(path, &source) == 0, "memory and the file are there");
	while ((outcome.status = source->next(source, state, &event)) == 1) {
		require(event.type < EVENT_ID_COUNT, "events are of known types");
		require(event.parameter_count <= event_parameter_count(event.type), "parameters are those of the schema");
		require(event.number >= last_number, "numbers do not fall");
		last_number = event.number;
		outcome.hash = hash_event(&event, outcome.hash);
		outcome.event_count++;
		state_apply(state, &event);
	}
	if (outcome.status < 0) {
		require(outcome.status == -EBADMSG, "damage is what is wrong with it");
		snprintf(outcome.error, sizeof outcome.error, "%s", source->error(source));
		require(strncmp(outcome.error, "offset ", 7) == 0, "a fault says where it is");
		require(source->next(source, state, &event) == outcome.status, "a fault stays");
	}
	require(state->counters.allocation_failures == 0, "no allocation is out of bounds");
	source->free(source);
	state_free(state);
	return outcome;
}

static void compress_to(struct buffer *packed, const uint8_t *bytes, size_t size)
{
	z_stream deflater = {0};

	require(deflateInit2(&deflater, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "memory");
	buffer_clear(packed);
	require(buffer_reserve(packed, deflateBound(&deflater, size)), "memory");
	deflater.next_in = bytes;
	deflater.avail_in = (uInt)size;
	deflater.next_out = packed->bytes;
	deflater.avail_out = (uInt)packed->capacity;
	require(deflate(&deflater, Z_FINISH) == Z_STREAM_END, "zlib compresses");
	packed->length = deflater.total_out;
	deflateEnd(&deflater);
}

/* One memory file for all inputs: what is opened behind its path starts at 0 each time. */
static struct outcome read_bytes(const void *bytes, size_t size)
{
	static int descriptor = -1;
	char path[40];

	if (descriptor < 0)
		descriptor = memfd_create("capture", MFD_CLOEXEC);
	require(descriptor >= 0 && ftruncate(descriptor, 0) == 0, "a memory file");
	require(pwrite(descriptor, bytes, size, 0) == (ssize_t)size, "a memory file");
	snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
	return read_all(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct buffer packed;
	struct outcome plain = read_bytes(bytes, size), unpacked;

	if (size > COMPRESSED_BYTES_MAX || (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b))
		return 0;
	compress_to(&packed, bytes, size);
	unpacked = read_bytes(packed.bytes, packed.length);
	require(plain.event_count == unpacked.event_count && plain.hash == unpacked.hash, "compressed, the events are the same");
	require(plain.status == unpacked.status && strcmp(plain.error, unpacked.error) == 0, "compressed, the fault is the same");
	return 0;
}
