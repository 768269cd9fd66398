#include "base/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define LEAST_READ_BYTES ((size_t)16 * 1024)
#define NAME_ATTEMPTS 100
#define WRITE_STALL_NS (10 * NS_PER_S)

static int read_all(int descriptor, size_t limit_bytes, struct buffer *buffer)
{
	size_t start = buffer->length;

	for (;;) {
		size_t room, left = limit_bytes - (buffer->length - start);
		ssize_t got;

		/* One byte above the limit is asked for: it tells a file of exactly that size from a larger one. */
		room = buffer->capacity - buffer->length;
		if (room < LEAST_READ_BYTES) {
			if (!buffer_reserve(buffer, LEAST_READ_BYTES))
				return -ENOMEM;
			room = buffer->capacity - buffer->length;
		}
		if (left < SIZE_MAX && room > left + 1)
			room = left + 1;
		got = read(descriptor, buffer->bytes + buffer->length, room);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		if ((size_t)got > left)
			return -EFBIG;
		buffer->length += (size_t)got;
	}
}

int file_read(const char *path, size_t limit_bytes, struct buffer *buffer)
{
	bool is_standard_input = strcmp(path, "-") == 0;
	size_t start = buffer->length;
	struct stat status;
	int descriptor, result;

	descriptor = is_standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (descriptor < 0)
		return -errno;
	if (fstat(descriptor, &status) < 0) {
		result = -errno;
	} else if (S_ISDIR(status.st_mode)) {
		result = -EISDIR;
	} else if (S_ISREG(status.st_mode) && !is_standard_input && (uint64_t)status.st_size > limit_bytes) {
		result = -EFBIG;
	} else {
		/* The whole file in one read, and the one that returns 0, without growing again. */
		if (S_ISREG(status.st_mode) && status.st_size > 0)
			buffer_reserve(buffer, (size_t)status.st_size + LEAST_READ_BYTES);
		result = buffer->failed ? -ENOMEM : read_all(descriptor, limit_bytes, buffer);
	}
	if (!is_standard_input)
		close(descriptor);
	if (result)
		buffer->length = start;
	return result;
}

/* False when the time is over. Signals do not make it longer. */
static bool wait_until_writable(int descriptor)
{
	struct pollfd polled = {descriptor, POLLOUT, 0};
	uint64_t deadline_ns = clock_monotonic_ns() + WRITE_STALL_NS, now_ns;

	while ((now_ns = clock_monotonic_ns()) < deadline_ns)
		if (poll(&polled, 1, (int)((deadline_ns - now_ns) / NS_PER_MS) + 1) > 0)
			return true;
	return false;
}

int write_all(int descriptor, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t written = write(descriptor, at, length);

		if (written < 0 && (errno == EINTR || (errno == EAGAIN && wait_until_writable(descriptor))))
			continue;
		if (written < 0)
			return -errno;
		if (written == 0)
			return -EIO;
		at += written;
		length -= (size_t)written;
	}
	return 0;
}

static int open_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	size_t length;
	int descriptor;

	if (!slash) {
		descriptor = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return descriptor < 0 ? -errno : descriptor;
	}
	length = slash == path ? 1 : (size_t)(slash - path);
	if (length >= sizeof directory)
		return -ENAMETOOLONG;
	memcpy(directory, path, length);
	directory[length] = '\0';
	descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return descriptor < 0 ? -errno : descriptor;
}

/* File systems that cannot sync a directory say EINVAL; there is nothing more to be done on them. */
static int sync_and_close(int descriptor, bool is_directory)
{
	int result = 0;

	if (fsync(descriptor) < 0 && !(is_directory && (errno == EINVAL || errno == EROFS)))
		result = -errno;
	if (close(descriptor) < 0 && !result)
		result = -errno;
	return result;
}

static int write_and_sync(int descriptor, const void *bytes, size_t length)
{
	int result = write_all(descriptor, bytes, length);
	int closed = sync_and_close(descriptor, false);

	return result ? result : closed;
}

static int create_temporary(int directory, const char *name, mode_t mode, char temporary[static NAME_MAX + 1])
{
	for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
		uint32_t random = (uint32_t)attempt;
		int descriptor, length;

		if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
			random = (uint32_t)getpid() * 131 + (uint32_t)attempt;
		length = snprintf(temporary, NAME_MAX + 1, ".%.200s.%08x", name, random);
		if (length < 0 || length > NAME_MAX)
			return -ENAMETOOLONG;
		descriptor = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (descriptor >= 0)
			return descriptor;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static bool is_device_or_pipe(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode));
}

int file_replacement_begin(const char *path, mode_t mode, struct file_replacement *ret_replacement)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct file_replacement replacement = {.directory = -1};

	if (is_device_or_pipe(path)) {
		replacement.descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (replacement.descriptor < 0)
			return -errno;
		*ret_replacement = replacement;
		return 0;
	}
	if (!*name)
		return -EISDIR;
	if (strlen(name) >= sizeof replacement.name)
		return -ENAMETOOLONG;
	strcpy(replacement.name, name);
	replacement.directory = open_directory_of(path);
	if (replacement.directory < 0)
		return replacement.directory;
	replacement.descriptor = create_temporary(replacement.directory, name, mode, replacement.temporary);
	if (replacement.descriptor < 0) {
		close(replacement.directory);
		return replacement.descriptor;
	}
	*ret_replacement = replacement;
	return 0;
}

int file_replacement_commit(struct file_replacement *replacement)
{
	int result;

	if (replacement->directory < 0)
		return close(replacement->descriptor) < 0 ? -errno : 0;
	result = sync_and_close(replacement->descriptor, false);
	if (!result && renameat(replacement->directory, replacement->temporary, replacement->directory, replacement->name) < 0)
		result = -errno;
	if (result) {
		unlinkat(replacement->directory, replacement->temporary, 0);
		close(replacement->directory);
		return result;
	}
	return sync_and_close(replacement->directory, true);
}

void file_replacement_abort(struct file_replacement *replacement)
{
	close(replacement->descriptor);
	if (replacement->directory < 0)
		return;
	unlinkat(replacement->directory, replacement->temporary, 0);
	close(replacement->directory);
}

int file_write_atomic(const char *path, const void *bytes, size_t length, mode_t mode)
{
	struct file_replacement replacement;
	int result = file_replacement_begin(path, mode, &replacement);

	if (result)
		return result;
	result = write_all(replacement.descriptor, bytes, length);
	if (result) {
		file_replacement_abort(&replacement);
		return result;
	}
	return file_replacement_commit(&replacement);
}

int file_write_new(const char *path, const void *bytes, size_t length, mode_t mode)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int directory, result;

	if (descriptor < 0)
		return -errno;
	result = write_and_sync(descriptor, bytes, length);
	if (result) {
		unlink(path); /* ours: O_EXCL created it */
		return result;
	}
	directory = open_directory_of(path);
	return directory < 0 ? directory : sync_and_close(directory, true);
}
