#include "event/sources/byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/*
 * The window is small enough for the second-level cache and large enough that copying its unread rest to the front, and
 * the 32 KiB of history that zlib keeps after every call, do not count.
 */
#define WINDOW_BYTES ((size_t)256 << 10)
#define INPUT_BYTES ((size_t)64 << 10)

struct byte_stream_source {
	int descriptor;
	bool owns_descriptor, is_gzip, has_inflater;
	bool inside_member; /* of gzip: its trailer has not been seen */
	int fault;	    /* what the next read beyond the window returns; 0: none so far */
	const char *explanation;
	uint8_t *window;
	size_t capacity_bytes;
	uint64_t read_bytes, total_bytes;
	z_stream inflater;
	uint8_t input[INPUT_BYTES]; /* compressed bytes; of a plain file only the first two */
};

/* One read(2) into `bytes`; the number of bytes, 0 at the end, or a negative errno. */
static ssize_t read_some(struct byte_stream_source *source, uint8_t *bytes, size_t length)
{
	ssize_t got;

	do
		got = read(source->descriptor, bytes, length);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	source->read_bytes += (uint64_t)got;
	return got;
}

static int set_fault(struct byte_stream_source *source, int fault, const char *explanation)
{
	source->fault = fault;
	source->explanation = explanation;
	return fault;
}

static int read_fault(struct byte_stream_source *source, ssize_t error)
{
	return set_fault(source, (int)error, strerrordesc_np((int)-error));
}

/* Refills the empty compressed input. 1, 0 at the end of the file, or a negative errno. */
static int refill_input(struct byte_stream_source *source)
{
	ssize_t got = read_some(source, source->input, INPUT_BYTES);

	if (got < 0)
		return read_fault(source, got);
	source->inflater.next_in = source->input;
	source->inflater.avail_in = (uInt)got;
	return got > 0;
}

/* After the end of a gzip member: another one, zeros up to the end of the file (tapes and disks pad so), or the end. */
static int next_member(struct byte_stream_source *source)
{
	z_stream *inflater = &source->inflater;

	for (;;) {
		int more = inflater->avail_in > 0 ? 1 : refill_input(source);

		if (more < 0)
			return more;
		if (more == 0)
			return set_fault(source, -ENODATA, NULL);
		if (*inflater->next_in != 0)
			break;
		inflater->next_in++;
		inflater->avail_in--;
	}
	if (*inflater->next_in != 0x1f)
		return set_fault(source, -EBADMSG, "what follows the compressed data is not gzip");
	inflateReset(inflater);
	source->inside_member = true;
	return 0;
}

/* Decompresses into the window's free end; at least one byte, or a fault. */
static int inflate_some(struct byte_stream_source *source, uint8_t *bytes, size_t room, size_t *ret_length)
{
	z_stream *inflater = &source->inflater;
	uInt room_now = room > UINT_MAX ? UINT_MAX : (uInt)room;

	inflater->next_out = bytes;
	inflater->avail_out = room_now;
	while (inflater->avail_out > 0 && !source->fault) {
		int status;

		if (!source->inside_member && next_member(source) < 0)
			break;
		if (inflater->avail_in == 0) {
			int more = refill_input(source);

			if (more == 0)
				set_fault(source, -EBADMSG, "the file ends inside the compressed data");
			if (more <= 0)
				break;
		}
		status = inflate(inflater, Z_NO_FLUSH);
		if (status == Z_STREAM_END)
			source->inside_member = false;
		else if (status == Z_MEM_ERROR)
			set_fault(source, -ENOMEM, "no memory");
		else if (status != Z_OK && status != Z_BUF_ERROR)
			set_fault(source, -EBADMSG, "the compressed data are damaged");
	}
	*ret_length = room_now - inflater->avail_out;
	return *ret_length > 0 ? 0 : source->fault;
}

static int read_plain(struct byte_stream_source *source, uint8_t *bytes, size_t room, size_t *ret_length)
{
	ssize_t got = read_some(source, bytes, room);

	if (got < 0)
		return read_fault(source, got);
	if (got == 0)
		return set_fault(source, -ENODATA, NULL);
	*ret_length = (size_t)got;
	return 0;
}

/* Moves the unread bytes to the front, and doubles the window when they fill it. */
static int make_room(struct byte_stream *stream)
{
	struct byte_stream_source *source = stream->source;
	size_t unread = (size_t)(stream->end - stream->at);

	if (stream->at != source->window) {
		memmove(source->window, stream->at, unread);
	} else if (unread == source->capacity_bytes) {
		uint8_t *window = realloc(source->window, source->capacity_bytes * 2);

		if (!window)
			return -ENOMEM;
		source->window = window;
		source->capacity_bytes *= 2;
	}
	stream->at = source->window;
	stream->end = source->window + unread;
	return 0;
}

int byte_stream_fill(struct byte_stream *stream, size_t length)
{
	struct byte_stream_source *source = stream->source;

	if (length > BYTE_STREAM_NEED_MAX)
		return -EFBIG;
	while ((size_t)(stream->end - stream->at) < length) {
		size_t used, got = 0;
		int error;

		if (source->fault)
			return source->fault;
		error = make_room(stream);
		if (error)
			return error;
		used = (size_t)(stream->end - source->window);
		if (source->is_gzip)
			error = inflate_some(source, source->window + used, source->capacity_bytes - used, &got);
		else
			error = read_plain(source, source->window + used, source->capacity_bytes - used, &got);
		if (error)
			return error;
		stream->end += got;
		stream->end_offset += got;
	}
	return 0;
}

int byte_stream_skip(struct byte_stream *stream, uint64_t length)
{
	while (length > 0) {
		size_t available = (size_t)(stream->end - stream->at);

		if (available == 0) {
			int error = byte_stream_fill(stream, 1);

			if (error)
				return error;
			continue;
		}
		if (available > length)
			available = (size_t)length;
		stream->at += available;
		length -= available;
	}
	return 0;
}

/* Reads the first two bytes, which tell gzip from plain, to where the one or the other wants them. */
static int detect_format(struct byte_stream *stream)
{
	struct byte_stream_source *source = stream->source;
	size_t got = 0;

	while (got < 2) {
		ssize_t more = read_some(source, source->input + got, 2 - got);

		if (more < 0)
			return (int)more;
		if (more == 0)
			break;
		got += (size_t)more;
	}
	if (got == 2 && source->input[0] == 0x1f && source->input[1] == 0x8b) {
		if (inflateInit2(&source->inflater, 15 + 16) != Z_OK)
			return -ENOMEM;
		source->has_inflater = source->is_gzip = source->inside_member = true;
		source->inflater.next_in = source->input;
		source->inflater.avail_in = 2;
		return 0;
	}
	memcpy(source->window, source->input, got);
	stream->end += got;
	stream->end_offset = got;
	return 0;
}

int byte_stream_open(struct byte_stream *stream, const char *path)
{
	struct byte_stream_source *source = calloc(1, sizeof *source);
	struct stat status;
	int error;

	*stream = (struct byte_stream){.source = source};
	if (!source)
		return -ENOMEM;
	source->descriptor = -1;
	source->capacity_bytes = WINDOW_BYTES;
	source->window = malloc(source->capacity_bytes);
	stream->at = stream->end = source->window;
	if (!source->window) {
		error = -ENOMEM;
		goto failed;
	}
	if (strcmp(path, "-") == 0) {
		source->descriptor = STDIN_FILENO;
	} else {
		source->descriptor = open(path, O_RDONLY | O_CLOEXEC);
		source->owns_descriptor = true;
	}
	if (source->descriptor < 0) {
		error = -errno;
		goto failed;
	}
	if (fstat(source->descriptor, &status) == 0 && S_ISREG(status.st_mode))
		source->total_bytes = (uint64_t)status.st_size;
	error = detect_format(stream);
	if (error)
		goto failed;
	return 0;
failed:
	byte_stream_close(stream);
	return error;
}

void byte_stream_close(struct byte_stream *stream)
{
	struct byte_stream_source *source = stream->source;

	if (!source)
		return;
	if (source->has_inflater)
		inflateEnd(&source->inflater);
	if (source->owns_descriptor && source->descriptor >= 0)
		close(source->descriptor);
	free(source->window);
	free(source);
	*stream = (struct byte_stream){0};
}

const char *byte_stream_explain(const struct byte_stream *stream)
{
	return stream->source->explanation ? stream->source->explanation : "the file ends too early";
}

void byte_stream_progress(const struct byte_stream *stream, uint64_t *ret_done_bytes, uint64_t *ret_total_bytes)
{
	*ret_done_bytes = stream->source->read_bytes;
	*ret_total_bytes = stream->source->total_bytes;
}
