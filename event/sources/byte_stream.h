/*
 * Reads a file forward through one growing window, decompressing gzip on the way: plain or gzip is told from the first
 * two bytes, and several gzip members behind each other (`cat a.gz b.gz`) are one stream.
 *
 * What was read stays where it is in the window until the next byte_stream_need(): callers parse in place. The window
 * grows only as data really arrive, never because a length field claims so.
 */
#ifndef TERCEL_EVENT_SOURCES_BYTE_STREAM_H
#define TERCEL_EVENT_SOURCES_BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest run of bytes that can be asked for at once. */
#define BYTE_STREAM_NEED_MAX ((size_t)16 << 20)

struct byte_stream_source;

struct byte_stream {
	const uint8_t *at;  /* the unread bytes of the window ... */
	const uint8_t *end; /* ... end here */
	uint64_t end_offset; /* of `end`, from the start of the uncompressed stream */
	struct byte_stream_source *source;
};

/* `path` "-": standard input. 0 or a negative errno of open(2) and the first read(2), or -ENOMEM. */
int byte_stream_open(struct byte_stream *stream, const char *path);
void byte_stream_close(struct byte_stream *stream);

int byte_stream_fill(struct byte_stream *stream, size_t length);

/*
 * Makes at least `length` bytes available at stream->at. 0; -ENODATA when the stream ends before that (what there is can
 * be read still); -EFBIG for more than BYTE_STREAM_NEED_MAX; -ENOMEM; -EBADMSG when the compressed data are damaged or cut
 * off; a negative errno of read(2). byte_stream_explain() puts the last two into words.
 */
static inline int byte_stream_need(struct byte_stream *stream, size_t length)
{
	return (size_t)(stream->end - stream->at) >= length ? 0 : byte_stream_fill(stream, length);
}

/* Passes over `length` bytes, at most what byte_stream_need() made available. */
static inline void byte_stream_take(struct byte_stream *stream, size_t length)
{
	stream->at += length;
}

/* Passes over any number of bytes; returns as byte_stream_need(). */
int byte_stream_skip(struct byte_stream *stream, uint64_t length);

/* The place of stream->at in the uncompressed stream. */
static inline uint64_t byte_stream_offset(const struct byte_stream *stream)
{
	return stream->end_offset - (uint64_t)(stream->end - stream->at);
}

/* What went wrong with the file itself; "the file ends too early" when nothing else did. */
const char *byte_stream_explain(const struct byte_stream *stream);

/* How far the file has been read, in bytes as they are on disk; *ret_total_bytes is 0 for a pipe. */
void byte_stream_progress(const struct byte_stream *stream, uint64_t *ret_done_bytes, uint64_t *ret_total_bytes);

#endif
