#include "agent/capture/proc_status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct text proc_status_line(struct text status, const char *name)
{
	size_t length = strlen(name);

	while (status.length > 0) {
		size_t end = text_find_byte(status, '\n');
		struct text line = text_slice(status, 0, end);

		if (line.length > length && line.bytes[length] == ':' && memcmp(line.bytes, name, length) == 0)
			return text_trim(text_slice(line, length + 1, SIZE_MAX), " \t");
		if (end == SIZE_MAX)
			break;
		status = text_slice(status, end + 1, SIZE_MAX);
	}
	return TEXT_EMPTY;
}

int64_t proc_number_at(struct text list, unsigned n, int base, int64_t otherwise)
{
	const char *at = list.bytes, *end = at + list.length;

	for (;;) {
		char *after;
		int64_t number;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at >= end)
			return otherwise;
		errno = 0;
		/* The arena's texts end in a NUL, so that this stops. */
		number = base == 16 ? (int64_t)strtoull(at, &after, 16) : strtoll(at, &after, base);
		if (after == at || errno)
			return otherwise;
		if (n-- == 0)
			return number;
		at = after;
	}
}

/* Without an arena: the lines that are asked for are among the first. */
static struct text read_status_start(pid_t tid, char *bytes, size_t size)
{
	char path[64];
	int descriptor;
	ssize_t got;

	snprintf(path, sizeof path, "/proc/%d/status", tid);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return TEXT_EMPTY;
	got = read(descriptor, bytes, size - 1);
	close(descriptor);
	bytes[got > 0 ? got : 0] = '\0';
	return text_of(bytes, got > 0 ? (size_t)got : 0);
}

int proc_read_family(pid_t tid, pid_t *ret_process, pid_t *ret_parent)
{
	char bytes[1024];
	struct text status = read_status_start(tid, bytes, sizeof bytes);
	int64_t process = proc_number_at(proc_status_line(status, "Tgid"), 0, 10, -1);
	int64_t parent = proc_number_at(proc_status_line(status, "PPid"), 0, 10, -1);

	if (process <= 0 || parent < 0)
		return -ESRCH;
	*ret_process = (pid_t)process;
	*ret_parent = (pid_t)parent;
	return 0;
}

pid_t proc_read_tracer(pid_t tid)
{
	char bytes[1024];

	return (pid_t)proc_number_at(proc_status_line(read_status_start(tid, bytes, sizeof bytes), "TracerPid"), 0, 10, 0);
}
