#define ZLIB_CONST /* inputs are const */
#include "event/sources/byte_sink.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file_io.h"

#define OUTPUT_BYTES ((size_t)256 << 10)
#define FILE_MODE 0600 /* captures hold what programs read, wrote and were called with */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEMORY_LEVEL 8

struct byte_sink {
	struct file_replacement file;
	bool is_compressed;
	int fault;
	z_stream deflater;
	size_t length; /* of what waits in `output` */
	uint8_t output[OUTPUT_BYTES];
};

int byte_sink_open(const char *path, bool is_compressed, struct byte_sink **ret_sink)
{
	struct byte_sink *sink = malloc(sizeof *sink);
	int error;

	if (!sink)
		return -ENOMEM;
	sink->is_compressed = is_compressed;
	sink->fault = 0;
	sink->length = 0;
	memset(&sink->deflater, 0, sizeof sink->deflater);
	if (is_compressed && deflateInit2(&sink->deflater, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS,
					  GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(sink);
		return -ENOMEM;
	}
	error = file_replacement_begin(path, FILE_MODE, &sink->file);
	if (error) {
		deflateEnd(&sink->deflater);
		free(sink);
		return error;
	}
	*ret_sink = sink;
	return 0;
}

static int flush(struct byte_sink *sink)
{
	int error = write_all(sink->file.descriptor, sink->output, sink->length);

	sink->length = 0;
	return error;
}

/* Compresses `length` bytes into the output; `mode` Z_FINISH: and ends the stream. */
static int deflate_all(struct byte_sink *sink, const uint8_t *bytes, size_t length, int mode)
{
	z_stream *deflater = &sink->deflater;
	int status = Z_OK, error = 0;

	deflater->next_in = bytes;
	deflater->avail_in = (uInt)length;
	while (!error && (mode == Z_FINISH ? status != Z_STREAM_END : deflater->avail_in > 0)) {
		deflater->next_out = sink->output + sink->length;
		deflater->avail_out = (uInt)(OUTPUT_BYTES - sink->length);
		status = deflate(deflater, mode);
		sink->length = OUTPUT_BYTES - deflater->avail_out;
		if (sink->length == OUTPUT_BYTES)
			error = flush(sink);
	}
	return error;
}

static int store(struct byte_sink *sink, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		size_t room = OUTPUT_BYTES - sink->length;
		size_t part = length < room ? length : room;
		int error;

		memcpy(sink->output + sink->length, bytes, part);
		sink->length += part;
		bytes += part;
		length -= part;
		error = sink->length == OUTPUT_BYTES ? flush(sink) : 0;
		if (error)
			return error;
	}
	return 0;
}

int byte_sink_write(struct byte_sink *sink, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	while (length > 0 && !sink->fault) {
		size_t part = length < UINT32_MAX ? length : UINT32_MAX;

		sink->fault = sink->is_compressed ? deflate_all(sink, at, part, Z_NO_FLUSH) : store(sink, at, part);
		at += part;
		length -= part;
	}
	return sink->fault;
}

int byte_sink_close(struct byte_sink *sink)
{
	int error = sink->fault;

	if (!error && sink->is_compressed)
		error = deflate_all(sink, NULL, 0, Z_FINISH);
	if (!error)
		error = flush(sink);
	if (error) {
		byte_sink_discard(sink);
		return error;
	}
	error = file_replacement_commit(&sink->file);
	deflateEnd(&sink->deflater);
	free(sink);
	return error;
}

void byte_sink_discard(struct byte_sink *sink)
{
	if (!sink)
		return;
	file_replacement_abort(&sink->file);
	deflateEnd(&sink->deflater);
	free(sink);
}
