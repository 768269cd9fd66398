#include "base/source_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file_io.h"

static bool is_line_end(struct text bytes, size_t at)
{
	if (bytes.bytes[at] == '\n')
		return true;
	return bytes.bytes[at] == '\r' && (at + 1 == bytes.length || bytes.bytes[at + 1] != '\n');
}

int source_file_new(struct arena *arena, struct text name, struct text bytes, const struct source_file **ret_file)
{
	struct source_file *file = arena_allocate(arena, sizeof *file);
	uint32_t *starts, count = 1;

	if (bytes.length > SOURCE_FILE_BYTES_MAX)
		return -EFBIG;
	if (text_starts_with(bytes, TEXT("\xef\xbb\xbf")))
		bytes = text_slice(bytes, 3, bytes.length);
	for (size_t i = 0; i < bytes.length; i++)
		count += is_line_end(bytes, i);
	starts = arena_allocate_array(arena, count, sizeof *starts);
	if (!file || !starts)
		return -ENOMEM;
	file->name = arena_copy_text(arena, name);
	file->bytes = arena_copy_text(arena, bytes);
	if (!file->name.bytes || !file->bytes.bytes)
		return -ENOMEM;
	file->line_count = count;
	count = 1;
	for (size_t i = 0; i < bytes.length; i++)
		if (is_line_end(bytes, i))
			starts[count++] = (uint32_t)(i + 1);
	file->line_starts = starts;
	*ret_file = file;
	return 0;
}

int source_file_load(struct arena *arena, const char *path, const struct source_file **ret_file)
{
	struct buffer buffer = BUFFER_INIT;
	int status = file_read(path, SOURCE_FILE_BYTES_MAX, &buffer);

	if (status == 0)
		status = source_file_new(arena, text_from_string(path), buffer_text(&buffer), ret_file);
	buffer_release(&buffer);
	return status;
}

struct source_position source_file_position(const struct source_file *file, uint32_t offset)
{
	uint32_t low = 0, high = file->line_count, column = 1;

	if (offset > file->bytes.length)
		offset = (uint32_t)file->bytes.length;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (file->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	for (uint32_t i = file->line_starts[low]; i < offset; i++)
		column += ((unsigned char)file->bytes.bytes[i] & 0xc0) != 0x80;
	return (struct source_position){low + 1, column};
}

uint32_t source_file_line_start(const struct source_file *file, uint32_t line)
{
	if (line == 0 || line > file->line_count)
		return (uint32_t)file->bytes.length;
	return file->line_starts[line - 1];
}

struct text source_file_line(const struct source_file *file, uint32_t line)
{
	uint32_t start = source_file_line_start(file, line);
	uint32_t end = source_file_line_start(file, line + 1);

	if (line == 0 || line > file->line_count)
		return TEXT_EMPTY;
	while (end > start && (file->bytes.bytes[end - 1] == '\n' || file->bytes.bytes[end - 1] == '\r'))
		end--;
	return text_slice(file->bytes, start, end - start);
}
