/*
 * Fuzz target: any bytes as a capture file, written again as `replay --write` does it. The capture that is written is read
 * without a fault, shows the same events and leaves the same state; written once more it is the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/sources/scap_read.h"
#include "event/sources/scap_write.h"
#include "event/state/state.h"
#include "tests/support/fuzz_target.h"

/* Memory files, one for each part of a run: what is opened behind a path starts at 0 each time. */
enum { ORIGINAL, WRITTEN, AGAIN, END_OF_ORIGINAL, END_OF_WRITTEN, FILE_COUNT };

static int descriptors[FILE_COUNT];

static void open_files(void)
{
	for (unsigned i = 0; i < FILE_COUNT; i++) {
		if (descriptors[i] == 0)
			descriptors[i] = memfd_create("capture", MFD_CLOEXEC);
		require(descriptors[i] > 0 && ftruncate(descriptors[i], 0) == 0, "a memory file");
	}
}

static size_t size_of(unsigned file)
{
	off_t size = lseek(descriptors[file], 0, SEEK_END);

	require(size >= 0, "a memory file");
	return (size_t)size;
}

static bool are_equal(unsigned one, unsigned other)
{
	size_t size = size_of(one);
	void *left, *right;
	bool is_same;

	if (size != size_of(other))
		return false;
	if (size == 0)
		return true;
	left = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptors[one], 0);
	right = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptors[other], 0);
	require(left != MAP_FAILED && right != MAP_FAILED, "a memory file");
	is_same = memcmp(left, right, size) == 0;
	munmap(left, size);
	munmap(right, size);
	return is_same;
}

static struct scap_writer *open_writer(unsigned file)
{
	const struct scap_write_options options = {0};
	struct scap_writer *writer;
	int descriptor = dup(descriptors[file]);

	require(descriptor >= 0 && lseek(descriptor, 0, SEEK_SET) == 0, "a memory file");
	require(scap_writer_open_growing(descriptor, &options, &writer) == 0, "memory");
	return writer;
}

struct outcome {
	uint64_t hash, shown_count, event_count;
	int status;
};

static void note_event(struct outcome *outcome, const struct event *event)
{
	outcome->event_count++;
	if (event->is_hidden)
		return;
	outcome->shown_count++;
	outcome->hash = outcome->hash * 31 + event->type + (uint64_t)event->thread_id * 3 + event->timestamp_ns + event->cpu;
	for (unsigned i = 0; i < event->parameter_count; i++) {
		const struct event_parameter *parameter = &event->parameters[i];

		outcome->hash = text_hash(text_of((const char *)parameter->bytes, parameter->length), outcome->hash);
	}
}

/*
 * The state at the end, as the lists of a capture that would begin there; at the latest time, for threads that ended long
 * before the first event are not told, and would count again where later events claim to be earlier.
 */
static void write_state(struct state *state, const struct event *last, unsigned file)
{
	struct scap_writer *writer = open_writer(file);
	struct event event = *last;

	event.type = EVENT_SYSCALL_CLOSE_X;
	require(scap_writer_begin_section(writer, state, &event) == 0, "the state can be written");
	require(scap_writer_close(writer) == 0, "memory files have room");
}

/* Reads one file and writes another, and the state at the end where that is wanted (FILE_COUNT: it is not). */
static struct outcome copy(unsigned from, unsigned to, unsigned end_of)
{
	struct state *state = state_new(NULL, NULL);
	struct scap_writer *writer = open_writer(to);
	struct event_source *source = NULL;
	struct outcome outcome = {0};
	struct event event, last = {0};
	char path[40];

	snprintf(path, sizeof path, "/proc/self/fd/%d", descriptors[from]);
	require(state && scap_source_open(path, &source) == 0, "memory and the file are there");
	while ((outcome.status = source->next(source, state, &event)) == 1) {
		if (event.starts_section)
			require(scap_writer_begin_section(writer, state, &event) == 0, "the state can be written");
		state_apply(state, &event);
		note_event(&outcome, &event);
		require(scap_writer_add(writer, &event, SCAP_WRITE_SHOWN) == 0, "what was read can be written");
		if (event.timestamp_ns >= last.timestamp_ns)
			last = event;
	}
	if (outcome.event_count > 0 && end_of != FILE_COUNT)
		write_state(state, &last, end_of);
	require(scap_writer_close(writer) == 0, "memory files have room");
	source->free(source);
	state_free(state);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct outcome original, written;

	open_files();
	require(pwrite(descriptors[ORIGINAL], bytes, size, 0) == (ssize_t)size, "a memory file");
	original = copy(ORIGINAL, WRITTEN, END_OF_ORIGINAL);
	if (size_of(WRITTEN) == 0)
		return 0;
	written = copy(WRITTEN, AGAIN, END_OF_WRITTEN);
	require(written.status == 0, "what was written has no fault");
	require(original.shown_count == written.shown_count && original.hash == written.hash, "it shows the same events");
	/* A fault may come amid the lists of another capture behind this one. */
	require(original.status < 0 || are_equal(END_OF_ORIGINAL, END_OF_WRITTEN), "it leaves the same state");
	require(are_equal(WRITTEN, AGAIN), "written again it is the same");
	return 0;
}
