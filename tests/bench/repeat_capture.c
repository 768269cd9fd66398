/*
 * Writes a long capture to standard output: the blocks before the first event of a recorded one, then its events over and
 * over, at least once, each time later by the length of the recording and a second. Plain, as a pipe takes it.
 *
 *	repeat_capture CAPTURE BYTES
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file_io.h"
#include "event/sources/byte_stream.h"

#define FRAME_BYTES 12u
#define PAUSE_NS NS_PER_S

static void fail(const char *what)
{
	fprintf(stderr, "repeat_capture: %s\n", what);
	exit(EXIT_FAILURE);
}

static bool is_event(uint32_t type)
{
	return type == 0x204 || type == 0x208 || type == 0x216 || type == 0x217 || type == 0x221 || type == 0x222;
}

/* Where the time stamp of an event block stands, behind the processor and, in some, a word of flags. */
static size_t time_offset(uint32_t type)
{
	return type == 0x208 || type == 0x217 || type == 0x222 ? 14 : 10;
}

/* The block at `offset`: its length. */
static size_t block_bytes(const uint8_t *bytes, size_t length, size_t offset)
{
	size_t block = length - offset >= FRAME_BYTES ? load_u32(bytes + offset + 4) : 0;

	if (block < FRAME_BYTES || block > length - offset)
		fail("the capture is damaged");
	return block;
}

/* Puts all events later by `shift_ns`. *ret_first_ns, *ret_last_ns: the least and greatest time before. */
static void shift(uint8_t *bytes, size_t length, size_t start, uint64_t shift_ns, uint64_t *ret_first_ns, uint64_t *ret_last_ns)
{
	*ret_first_ns = UINT64_MAX;
	*ret_last_ns = 0;
	for (size_t at = start; at < length; at += block_bytes(bytes, length, at)) {
		uint8_t *time = bytes + at + time_offset(load_u32(bytes + at));
		uint64_t time_ns;

		if (!is_event(load_u32(bytes + at)))
			fail("a block among the events is none");
		time_ns = load_u64(time);
		*ret_first_ns = time_ns < *ret_first_ns ? time_ns : *ret_first_ns;
		*ret_last_ns = time_ns > *ret_last_ns ? time_ns : *ret_last_ns;
		store_u64(time, time_ns + shift_ns);
	}
}

int main(int argc, char **argv)
{
	struct byte_stream stream;
	uint64_t wanted_bytes, written, first_ns, last_ns, shift_ns = 0;
	size_t length, start = 0;
	uint8_t *bytes;

	if (argc != 3 || !text_to_u64(text_from_string(argv[2]), &wanted_bytes))
		fail("usage: repeat_capture CAPTURE BYTES");
	if (byte_stream_open(&stream, argv[1]) || byte_stream_need(&stream, BYTE_STREAM_NEED_MAX) != -ENODATA)
		fail("cannot read the capture, or it is too large");
	length = (size_t)(stream.end - stream.at);
	bytes = malloc(length);
	if (!bytes)
		fail("no memory");
	memcpy(bytes, stream.at, length);
	byte_stream_close(&stream);
	while (start < length && !is_event(load_u32(bytes + start)))
		start += block_bytes(bytes, length, start);
	if (start == length || write_all(STDOUT_FILENO, bytes, start))
		fail("no events, or cannot write");
	written = start;
	do {
		shift(bytes, length, start, shift_ns, &first_ns, &last_ns);
		shift_ns = last_ns - first_ns + PAUSE_NS;
		if (write_all(STDOUT_FILENO, bytes + start, length - start))
			fail("cannot write");
		written += length - start;
	} while (written < wanted_bytes);
	free(bytes);
	return EXIT_SUCCESS;
}
