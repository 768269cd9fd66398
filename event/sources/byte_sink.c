#define ZLIB_CONST /* inputs are const */
#include "event/sources/byte_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/file_io.h"

#define PIECE_BYTES_MAX ((size_t)256 << 10) /* what waits at most, unless one call brings more */
#define PIECE_BYTES_MIN ((size_t)4 << 10)
#define PIECES_TO_LIMIT 16 /* and so much of a limit, for what does not fit is lost as a whole piece */
#define COMPRESSED_BYTES ((size_t)64 << 10)
#define FILE_MODE 0600 /* captures hold what programs read, wrote and were called with */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEMORY_LEVEL 8

struct byte_sink {
	struct file_replacement file; /* of a file that grows only its descriptor is used */
	bool is_compressed, is_growing;
	int fault;
	size_t piece_bytes;	/* what waits at most */
	uint64_t limit_bytes;	/* 0: none */
	uint64_t written_bytes; /* in the file */
	z_stream deflater;
	struct buffer piece;	  /* what waits, not compressed yet */
	struct buffer compressed; /* a piece, compressed */
};

/* The speed counts while a workload waits, the size when a file is written once. */
static struct byte_sink *new_sink(bool is_compressed, bool is_growing)
{
	struct byte_sink *sink = calloc(1, sizeof *sink);

	if (!sink)
		return NULL;
	sink->is_compressed = is_compressed;
	sink->is_growing = is_growing;
	sink->piece_bytes = PIECE_BYTES_MAX;
	if (!buffer_reserve(&sink->piece, PIECE_BYTES_MAX) ||
	    (is_compressed && deflateInit2(&sink->deflater, is_growing ? Z_BEST_SPEED : Z_DEFAULT_COMPRESSION, Z_DEFLATED,
					   GZIP_WINDOW_BITS, GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)) {
		buffer_release(&sink->piece);
		free(sink);
		return NULL;
	}
	return sink;
}

static void free_sink(struct byte_sink *sink)
{
	buffer_release(&sink->piece);
	buffer_release(&sink->compressed);
	deflateEnd(&sink->deflater); /* which refuses one that was not begun */
	free(sink);
}

int byte_sink_open(const char *path, bool is_compressed, struct byte_sink **ret_sink)
{
	struct byte_sink *sink = new_sink(is_compressed, false);
	int error = sink ? file_replacement_begin(path, FILE_MODE, &sink->file) : -ENOMEM;

	if (error && sink)
		free_sink(sink);
	if (!error)
		*ret_sink = sink;
	return error;
}

int byte_sink_open_growing(int descriptor, bool is_compressed, uint64_t limit_bytes, struct byte_sink **ret_sink)
{
	struct byte_sink *sink = new_sink(is_compressed, true);

	if (!sink)
		return -ENOMEM;
	sink->file.descriptor = descriptor;
	sink->limit_bytes = limit_bytes;
	if (limit_bytes && limit_bytes / PIECES_TO_LIMIT < PIECE_BYTES_MAX)
		sink->piece_bytes = (size_t)(limit_bytes / PIECES_TO_LIMIT);
	if (sink->piece_bytes < PIECE_BYTES_MIN)
		sink->piece_bytes = PIECE_BYTES_MIN;
	*ret_sink = sink;
	return 0;
}

/* Appends the compressed bytes to sink->compressed. `mode` Z_FINISH: and ends the stream or member. */
static int deflate_piece(struct byte_sink *sink, struct text piece, int mode)
{
	z_stream *deflater = &sink->deflater;
	struct buffer *out = &sink->compressed;
	int status = Z_OK;

	deflater->next_in = (const uint8_t *)piece.bytes;
	deflater->avail_in = (uInt)piece.length;
	while (mode == Z_FINISH ? status != Z_STREAM_END : deflater->avail_in > 0) {
		if (!buffer_reserve(out, COMPRESSED_BYTES))
			return -ENOMEM;
		deflater->next_out = out->bytes + out->length;
		deflater->avail_out = (uInt)COMPRESSED_BYTES;
		status = deflate(deflater, mode);
		out->length += COMPRESSED_BYTES - deflater->avail_out;
	}
	if (mode == Z_FINISH)
		deflateReset(deflater);
	return 0;
}

/* All of it is in the file, or nothing. */
static int append_to_file(struct byte_sink *sink, struct text bytes)
{
	int error;

	if (sink->limit_bytes && bytes.length > sink->limit_bytes - sink->written_bytes)
		return -EFBIG;
	error = write_all(sink->file.descriptor, bytes.bytes, bytes.length);
	if (!error)
		sink->written_bytes += bytes.length;
	else if (sink->is_growing && ftruncate(sink->file.descriptor, (off_t)sink->written_bytes) < 0)
		return error; /* a device, or worse: what is written is written */
	return error;
}

/* What waits goes into the file. `mode` Z_FINISH: and with it a compressed stream or member ends. */
static int write_piece(struct byte_sink *sink, struct text piece, int mode)
{
	int error = 0;

	if (sink->is_compressed) {
		buffer_clear(&sink->compressed);
		error = deflate_piece(sink, piece, mode);
		piece = buffer_text(&sink->compressed);
	}
	return error ? error : append_to_file(sink, piece);
}

static int flush(struct byte_sink *sink, int mode)
{
	if (!sink->fault)
		sink->fault = write_piece(sink, buffer_text(&sink->piece), mode);
	buffer_clear(&sink->piece);
	return sink->fault;
}

int byte_sink_write(struct byte_sink *sink, const void *bytes, size_t length)
{
	int mode = sink->is_growing ? Z_FINISH : Z_NO_FLUSH;

	if (length > UINT32_MAX)
		return sink->fault = -EFBIG;
	if (sink->piece.length + length > sink->piece_bytes && sink->piece.length > 0)
		flush(sink, mode);
	if (sink->fault)
		return sink->fault;
	buffer_append(&sink->piece, bytes, length);
	if (sink->piece.failed)
		return sink->fault = -ENOMEM;
	return sink->piece.length >= sink->piece_bytes ? flush(sink, mode) : 0;
}

int byte_sink_flush(struct byte_sink *sink)
{
	return sink->piece.length > 0 ? flush(sink, Z_FINISH) : sink->fault;
}

int byte_sink_close(struct byte_sink *sink)
{
	int error = sink->is_growing ? byte_sink_flush(sink) : flush(sink, Z_FINISH);

	if (error) {
		byte_sink_discard(sink);
		return error;
	}
	if (sink->is_growing)
		error = close(sink->file.descriptor) < 0 ? -errno : 0;
	else
		error = file_replacement_commit(&sink->file);
	free_sink(sink);
	return error;
}

void byte_sink_discard(struct byte_sink *sink)
{
	if (!sink)
		return;
	if (sink->is_growing)
		close(sink->file.descriptor);
	else
		file_replacement_abort(&sink->file);
	free_sink(sink);
}
