#include "agent/capture/program_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INTERPRETERS_MAX 5  /* BINPRM: deeper ones fail with ELOOP */
#define FIRST_LINE_BYTES 256 /* BINPRM_BUF_SIZE */

/* The interpreter of a script, in `line`; empty when it is none. */
static struct text read_interpreter(const char *path, char line[FIRST_LINE_BYTES])
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got;
	struct text first;

	if (descriptor < 0)
		return TEXT_EMPTY;
	got = read(descriptor, line, FIRST_LINE_BYTES);
	close(descriptor);
	first = text_of(line, got > 0 ? (size_t)got : 0);
	if (!text_starts_with(first, TEXT("#!")))
		return TEXT_EMPTY;
	first = text_slice(first, 2, SIZE_MAX);
	first = text_slice(first, 0, text_find_byte(first, '\n'));
	first = text_trim(first, " \t");
	for (size_t i = 0; i < first.length; i++)
		if (first.bytes[i] == ' ' || first.bytes[i] == '\t' || first.bytes[i] == '\0')
			return text_slice(first, 0, i);
	return first;
}

static int open_in_root(struct text path, struct text directory, struct text root)
{
	char full[2 * PATH_MAX];
	int length, descriptor;

	if (path.length == 0)
		return -ENOENT;
	if (path.bytes[0] == '/')
		directory = TEXT_EMPTY;
	if (text_is(root, "/"))
		root = TEXT_EMPTY;
	length = snprintf(full, sizeof full, TEXT_FORMAT TEXT_FORMAT TEXT_FORMAT, TEXT_ARGUMENTS(root),
			  TEXT_ARGUMENTS(directory), TEXT_ARGUMENTS(path));
	if (length < 0 || (size_t)length >= sizeof full)
		return -ENAMETOOLONG;
	/* What /proc says of "self" it would say of us. */
	if (strstr(full, "/proc/self") || strstr(full, "/proc/thread-self") || strstr(full, "/dev/fd/"))
		return -ENOENT;
	descriptor = open(full, O_PATH | O_CLOEXEC);
	return descriptor < 0 ? -errno : descriptor;
}

static int finish(struct program_file *file, struct text root, struct arena *arena)
{
	char target[PATH_MAX];
	ssize_t length = readlink(file->opened, target, sizeof target);
	struct text path;

	if (length < 0)
		return -errno;
	path = text_of(target, (size_t)length);
	if (!text_is(root, "/") && text_starts_with(path, root))
		path = text_slice(path, root.length, SIZE_MAX);
	file->path = arena_copy_text(arena, path);
	return file->path.bytes ? 0 : -ENOMEM;
}

int program_file_open(struct text path, struct text directory, struct text root, struct arena *arena,
		      struct program_file *ret_file)
{
	struct program_file file;
	char line[FIRST_LINE_BYTES];
	int error = -ELOOP;

	for (int depth = 0; depth < INTERPRETERS_MAX; depth++) {
		struct text interpreter;

		file.descriptor = open_in_root(path, directory, root);
		if (file.descriptor < 0)
			return file.descriptor;
		snprintf(file.opened, sizeof file.opened, "/proc/self/fd/%d", file.descriptor);
		if (fstat(file.descriptor, &file.status) < 0 || !S_ISREG(file.status.st_mode)) {
			close(file.descriptor);
			return -EACCES;
		}
		interpreter = read_interpreter(file.opened, line);
		if (interpreter.length == 0) {
			error = finish(&file, root, arena);
			if (error == 0)
				*ret_file = file;
			else
				close(file.descriptor);
			return error;
		}
		close(file.descriptor);
		path = interpreter;
	}
	return error;
}
