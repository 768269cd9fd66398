#include "base/given_value.h"

#include <errno.h>
#include <string.h>

#include "base/environment.h"
#include "base/file_io.h"
#include "base/text.h"

#define WHITE_SPACE " \t\r\n"

bool given_value_is_there(const struct given_value *given)
{
	return given->file || given->variable;
}

int given_value_read(const struct given_value *given, size_t bytes_max, struct buffer *value)
{
	size_t before = value->length;
	struct text trimmed;
	int error;

	if (!given_value_is_there(given))
		return 0;
	error = given->file ? file_read(given->file, bytes_max, value) : environment_take(given->variable, value);
	if (error == 0 && value->length - before > bytes_max)
		error = -EFBIG;
	if (error < 0) {
		value->length = before;
		return error;
	}
	if (value->length == before)
		return -ENODATA;
	trimmed = text_trim(text_slice(buffer_text(value), before, SIZE_MAX), WHITE_SPACE);
	memmove(value->bytes + before, trimmed.bytes, trimmed.length);
	value->length = before + trimmed.length;
	return trimmed.length > 0 ? 0 : -ENODATA;
}

const char *given_value_kind(const struct given_value *given)
{
	return given->file ? "the file" : "the environment variable";
}

const char *given_value_name(const struct given_value *given)
{
	return given->file ? given->file : given->variable;
}

const char *given_value_fault(const struct given_value *given, int error)
{
	if (!given->file && error == -ENOENT)
		return "it is not set";
	if (!given->file && error == -EINVAL)
		return "no variable can have this name";
	return error == -EFBIG ? "it is too long" : error == -ENODATA ? "it is empty" : strerror(-error);
}
