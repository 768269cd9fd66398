#define ZLIB_CONST /* inputs are const */
#include "tests/support/memory_file.h"

#include <check.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file_io.h"

struct memory_file memory_file_new(const void *bytes, size_t length)
{
	struct memory_file file = {.descriptor = memfd_create("test", MFD_CLOEXEC)};

	ck_assert_int_ge(file.descriptor, 0);
	ck_assert_int_eq(write_all(file.descriptor, bytes, length), 0);
	snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.descriptor);
	return file;
}

void memory_file_close(struct memory_file *file)
{
	close(file->descriptor);
	file->descriptor = -1;
}

void gzip_append(struct buffer *buffer, const void *bytes, size_t length)
{
	z_stream deflater = {0};
	size_t room = length + length / 1000 + 200;

	ck_assert_int_eq(deflateInit2(&deflater, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert(buffer_reserve(buffer, room));
	deflater.next_in = (const Bytef *)bytes;
	deflater.avail_in = (uInt)length;
	deflater.next_out = buffer->bytes + buffer->length;
	deflater.avail_out = (uInt)room;
	ck_assert_int_eq(deflate(&deflater, Z_FINISH), Z_STREAM_END);
	buffer->length += deflater.total_out;
	deflateEnd(&deflater);
}
