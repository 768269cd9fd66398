#include "event/sources/byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/check_main.h"
#include "tests/support/memory_file.h"

/* Larger than the window, and no run of bytes in it repeats at a power of two. */
#define LONG_BYTES ((size_t)3 << 20)

static uint8_t byte_at(size_t offset)
{
	return (uint8_t)(offset * 2654435761u >> 24);
}

static struct buffer long_bytes(void)
{
	struct buffer buffer = BUFFER_INIT;

	ck_assert(buffer_reserve(&buffer, LONG_BYTES));
	for (size_t i = 0; i < LONG_BYTES; i++)
		buffer.bytes[i] = byte_at(i);
	buffer.length = LONG_BYTES;
	return buffer;
}

static struct byte_stream open_bytes(struct memory_file *ret_file, const void *bytes, size_t length)
{
	struct byte_stream stream;

	*ret_file = memory_file_new(bytes, length);
	ck_assert_int_eq(byte_stream_open(&stream, ret_file->path), 0);
	return stream;
}

/* Reads to the end in steps of odd sizes; the number of bytes, and *ret_end what the end is. */
static size_t read_all(struct byte_stream *stream, int *ret_end)
{
	static const size_t steps[] = {1, 8, 100, 4093, 17, 300000, 3};
	size_t total = 0;

	for (size_t i = 0;; i++) {
		size_t step = steps[i % (sizeof steps / sizeof steps[0])];
		int error = byte_stream_need(stream, step);

		ck_assert_uint_eq(byte_stream_offset(stream), total);
		if (error) {
			step = (size_t)(stream->end - stream->at);
			*ret_end = error;
		}
		for (size_t k = 0; k < step; k++) {
			if (stream->at[k] != byte_at(total + k))
				ck_abort_msg("wrong byte at %zu", total + k);
		}
		byte_stream_take(stream, step);
		total += step;
		if (error)
			return total;
	}
}

START_TEST(plain_and_gzip_are_the_same)
{
	struct buffer bytes = long_bytes(), packed = BUFFER_INIT;
	struct memory_file file;
	struct byte_stream stream;
	uint64_t done, total;
	int end = 0;

	stream = open_bytes(&file, bytes.bytes, bytes.length);
	ck_assert_uint_eq(read_all(&stream, &end), LONG_BYTES);
	ck_assert_int_eq(end, -ENODATA);
	byte_stream_progress(&stream, &done, &total);
	ck_assert_uint_eq(done, LONG_BYTES);
	ck_assert_uint_eq(total, LONG_BYTES);
	byte_stream_close(&stream);
	memory_file_close(&file);

	/* Two members and the padding of a tape. */
	gzip_append(&packed, bytes.bytes, 1000);
	gzip_append(&packed, bytes.bytes + 1000, LONG_BYTES - 1000);
	buffer_append_zeros(&packed, 700);
	stream = open_bytes(&file, packed.bytes, packed.length);
	ck_assert_uint_eq(read_all(&stream, &end), LONG_BYTES);
	ck_assert_int_eq(end, -ENODATA);
	byte_stream_close(&stream);
	memory_file_close(&file);
	buffer_release(&bytes);
	buffer_release(&packed);
}
END_TEST

START_TEST(short_files_are_plain)
{
	for (size_t length = 0; length < 3; length++) {
		struct memory_file file;
		struct byte_stream stream = open_bytes(&file, "\x1f!", length);

		ck_assert_int_eq(byte_stream_need(&stream, 3), -ENODATA);
		ck_assert_uint_eq((size_t)(stream.end - stream.at), length);
		ck_assert_int_eq(byte_stream_need(&stream, length), 0);
		byte_stream_close(&stream);
		memory_file_close(&file);
	}
}
END_TEST

/* Everything before the fault is given, and the fault is told apart from an end. */
START_TEST(damaged_gzip_gives_what_is_before_the_damage)
{
	struct buffer bytes = long_bytes(), packed = BUFFER_INIT;
	struct memory_file file;
	struct byte_stream stream;
	int end = 0;

	gzip_append(&packed, bytes.bytes, LONG_BYTES);
	stream = open_bytes(&file, packed.bytes, packed.length / 2);
	ck_assert_uint_gt(read_all(&stream, &end), LONG_BYTES / 3);
	ck_assert_int_eq(end, -EBADMSG);
	ck_assert_str_eq(byte_stream_explain(&stream), "the file ends inside the compressed data");
	ck_assert_int_eq(byte_stream_need(&stream, 1), -EBADMSG);
	byte_stream_close(&stream);
	memory_file_close(&file);

	packed.bytes[packed.length - 6] ^= 1; /* the check sum */
	stream = open_bytes(&file, packed.bytes, packed.length);
	ck_assert_uint_eq(read_all(&stream, &end), LONG_BYTES);
	ck_assert_int_eq(end, -EBADMSG);
	ck_assert_str_eq(byte_stream_explain(&stream), "the compressed data are damaged");
	byte_stream_close(&stream);
	memory_file_close(&file);
	packed.bytes[packed.length - 6] ^= 1;

	buffer_append_string(&packed, "no gzip");
	stream = open_bytes(&file, packed.bytes, packed.length);
	ck_assert_uint_eq(read_all(&stream, &end), LONG_BYTES);
	ck_assert_int_eq(end, -EBADMSG);
	ck_assert_str_eq(byte_stream_explain(&stream), "what follows the compressed data is not gzip");
	byte_stream_close(&stream);
	memory_file_close(&file);
	buffer_release(&bytes);
	buffer_release(&packed);
}
END_TEST

START_TEST(need_is_bounded_and_skip_is_not)
{
	struct buffer bytes = BUFFER_INIT, packed = BUFFER_INIT;
	struct memory_file file;
	struct byte_stream stream;

	buffer_append_zeros(&bytes, BYTE_STREAM_NEED_MAX + 1000);
	gzip_append(&packed, bytes.bytes, bytes.length);
	stream = open_bytes(&file, packed.bytes, packed.length);
	ck_assert_int_eq(byte_stream_need(&stream, BYTE_STREAM_NEED_MAX + 1), -EFBIG);
	ck_assert_int_eq(byte_stream_need(&stream, BYTE_STREAM_NEED_MAX), 0);
	ck_assert_int_eq(byte_stream_skip(&stream, BYTE_STREAM_NEED_MAX + 900), 0);
	ck_assert_uint_eq(byte_stream_offset(&stream), BYTE_STREAM_NEED_MAX + 900);
	ck_assert_int_eq(byte_stream_skip(&stream, 101), -ENODATA);
	byte_stream_close(&stream);
	memory_file_close(&file);
	buffer_release(&bytes);
	buffer_release(&packed);
}
END_TEST

START_TEST(what_cannot_be_opened_or_read_is_an_errno)
{
	struct byte_stream stream;

	ck_assert_int_eq(byte_stream_open(&stream, "/nonexistent/file"), -ENOENT);
	ck_assert_int_eq(byte_stream_open(&stream, "/"), -EISDIR);
}
END_TEST

/* A pipe gives its bytes in pieces, and has no size. */
START_TEST(standard_input_is_read_in_pieces)
{
	struct byte_stream stream;
	uint64_t done, total;
	int pipe_ends[2];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(dup2(pipe_ends[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(write(pipe_ends[1], "a", 1), 1);
	ck_assert_int_eq(write(pipe_ends[1], "bc", 2), 2);
	ck_assert_int_eq(byte_stream_open(&stream, "-"), 0);
	ck_assert_int_eq(byte_stream_need(&stream, 3), 0);
	ck_assert_mem_eq(stream.at, "abc", 3);
	byte_stream_take(&stream, 3);
	ck_assert_int_eq(write(pipe_ends[1], "d", 1), 1);
	ck_assert_int_eq(byte_stream_need(&stream, 1), 0);
	close(pipe_ends[1]);
	ck_assert_int_eq(byte_stream_need(&stream, 2), -ENODATA);
	ck_assert_int_eq(*stream.at, 'd');
	byte_stream_progress(&stream, &done, &total);
	ck_assert_uint_eq(done, 4);
	ck_assert_uint_eq(total, 0);
	byte_stream_close(&stream);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("byte_stream");
	TCase *c = tcase_create("byte_stream");

	tcase_add_test(c, plain_and_gzip_are_the_same);
	tcase_add_test(c, short_files_are_plain);
	tcase_add_test(c, damaged_gzip_gives_what_is_before_the_damage);
	tcase_add_test(c, need_is_bounded_and_skip_is_not);
	tcase_add_test(c, what_cannot_be_opened_or_read_is_an_errno);
	tcase_add_test(c, standard_input_is_read_in_pieces);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
