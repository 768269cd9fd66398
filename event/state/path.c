#include "event/state/path.h"

/*
 * The usual path: nothing in it has to be removed. Components that begin with a dot are not looked at any closer.
 */
static bool is_normal(struct text path)
{
	const char *end = path.bytes + path.length;

	if (path.bytes[0] == '.')
		return false;
	for (const char *at = memchr(path.bytes, '/', path.length); at; at = memchr(at, '/', (size_t)(end - at))) {
		at++;
		if (at == end || *at == '/' || *at == '.')
			return false;
	}
	return true;
}

/* The end of the directory above the one that ends at `end`: behind its separator, or 0. */
static size_t parent_end(const char *buffer, size_t end)
{
	if (end > 0)
		end--;
	while (end > 0 && buffer[end - 1] != '/')
		end--;
	return end;
}

struct text path_join(struct text base, struct text path, char buffer[PATH_BYTES_MAX])
{
	size_t length = 0;
	size_t at = 0;

	if (path.length == 0)
		return TEXT_EMPTY;
	if (base.length > PATH_BYTES_MAX || path.length > PATH_BYTES_MAX ||
	    base.length + path.length + 1 > PATH_BYTES_MAX)
		return PATH_TOO_LONG;
	if (is_normal(path) && path.bytes[0] == '/')
		return path;
	if (path.bytes[0] != '/' && base.length > 0) {
		memcpy(buffer, base.bytes, base.length);
		length = base.length;
	}
	if (is_normal(path)) {
		memcpy(buffer + length, path.bytes, path.length);
		return text_of(buffer, length + path.length);
	}
	while (at < path.length) {
		struct text rest = text_slice(path, at, SIZE_MAX);
		size_t end = text_find_byte(rest, '/');
		struct text component = text_slice(rest, 0, end == SIZE_MAX ? rest.length : end);

		at += component.length;
		if (text_equal(component, TEXT("."))) {
			at += at < path.length;
		} else if (text_equal(component, TEXT(".."))) {
			size_t parent = parent_end(buffer, length);

			/* Not above the root. */
			if (parent > 0 || length == 0 || buffer[0] != '/')
				length = parent;
			at += at < path.length;
		} else {
			memcpy(buffer + length, component.bytes, component.length);
			length += component.length;
			if (at < path.length) {
				if (length == 0 || buffer[length - 1] != '/')
					buffer[length++] = '/';
				at++;
			}
		}
	}
	if (length > 1 && buffer[length - 1] == '/')
		length--;
	return text_of(buffer, length);
}

struct text path_collapse_separators(struct text path, char buffer[PATH_BYTES_MAX])
{
	size_t length = 0;

	if (path.length == 0 || (path.length <= PATH_BYTES_MAX && is_normal(path)))
		return path;
	for (size_t i = 0; i < path.length && length < PATH_BYTES_MAX; i++) {
		if (path.bytes[i] != '/' || length == 0 || buffer[length - 1] != '/')
			buffer[length++] = path.bytes[i];
	}
	return text_of(buffer, length);
}
