#include "agent/capture/tracee_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE_BYTES ((uint64_t)4096) /* reads are cut at these borders: what lies behind one may not be mapped */
#define POINTERS_PER_READ 64
#define STRING_PIECE_BYTES 256
#define POINTERS_MAX 4096

int tracee_memory_open(pid_t tid)
{
	char path[32];
	int descriptor;

	snprintf(path, sizeof path, "/proc/%d/mem", tid);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	return descriptor < 0 ? (errno == ENOENT ? -ESRCH : -errno) : descriptor;
}

static ssize_t read_file(int file, uint64_t address, void *bytes, size_t length)
{
	ssize_t got = pread(file, bytes, length, (off_t)address);

	if (got > 0)
		return got;
	return got < 0 && errno != EIO ? -errno : -EFAULT;
}

/* For its tracer, in a stop. As much as is readable from the start on. */
static ssize_t read_words(pid_t tid, uint64_t address, char *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		uint64_t at = address + done, offset = at % sizeof(long);
		size_t piece = sizeof(long) - offset;
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, tid, at - offset, NULL);
		if (errno)
			return done > 0 ? (ssize_t)done : errno == ESRCH ? -EPERM : -EFAULT;
		if (piece > length - done)
			piece = length - done;
		memcpy(bytes + done, (const char *)&word + offset, piece);
		done += piece;
	}
	return (ssize_t)done;
}

/* Where process_vm_readv(2) is refused: by the kernel, a seccomp profile, Yama. */
static ssize_t read_otherwise(const struct tracee_memory *memory, uint64_t address, void *bytes, size_t length)
{
	ssize_t got;
	int file;

	if (memory->file >= 0)
		return read_file(memory->file, address, bytes, length);
	got = read_words(memory->tid, address, bytes, length);
	if (got != -EPERM)
		return got;
	file = tracee_memory_open(memory->tid);
	if (file < 0)
		return file;
	got = read_file(file, address, bytes, length);
	close(file);
	return got;
}

/* One piece that does not cross a page border. */
static ssize_t read_piece(const struct tracee_memory *memory, uint64_t address, void *bytes, size_t length)
{
	struct iovec local = {bytes, length};
	struct iovec remote;
	ssize_t got;

	remote.iov_len = length;
	memcpy(&remote.iov_base, &address, sizeof remote.iov_base); /* an address of another process, never followed here */
	got = process_vm_readv(memory->tid, &local, 1, &remote, 1, 0);
	if (got > 0)
		return got;
	if (got < 0 && (errno == EPERM || errno == ENOSYS))
		return read_otherwise(memory, address, bytes, length);
	return got < 0 ? -errno : -EFAULT;
}

ssize_t tracee_read(const struct tracee_memory *memory, uint64_t address, void *bytes, size_t length)
{
	size_t done = 0;

	if (length == 0)
		return 0;
	if (address + length < address || address + length > (uint64_t)INT64_MAX)
		return -EFAULT;
	/* All at once is the usual case; piece by piece only to find out how much is there. */
	if (length <= PAGE_BYTES - address % PAGE_BYTES)
		return read_piece(memory, address, bytes, length);
	{
		ssize_t got = read_piece(memory, address, bytes, length);

		if (got == (ssize_t)length || got == -ESRCH || got == -EPERM)
			return got;
	}
	while (done < length) {
		size_t piece = (size_t)(PAGE_BYTES - (address + done) % PAGE_BYTES);
		ssize_t got;

		if (piece > length - done)
			piece = length - done;
		got = read_piece(memory, address + done, (char *)bytes + done, piece);
		if (got < 0)
			return done > 0 ? (ssize_t)done : got;
		done += (size_t)got;
		if ((size_t)got < piece)
			break;
	}
	return (ssize_t)done;
}

ssize_t tracee_read_string(const struct tracee_memory *memory, uint64_t address, char *string, size_t size_bytes)
{
	size_t length = 0;

	string[0] = '\0';
	if (address == 0)
		return -EFAULT;
	while (length + 1 < size_bytes) {
		size_t piece = (size_t)(PAGE_BYTES - (address + length) % PAGE_BYTES);
		const char *end;
		ssize_t got;

		/* Most strings are short: the first piece is small, later ones whole pages. */
		if (length == 0 && piece > STRING_PIECE_BYTES)
			piece = STRING_PIECE_BYTES;
		if (piece > size_bytes - 1 - length)
			piece = size_bytes - 1 - length;
		got = tracee_read(memory, address + length, string + length, piece);
		if (got < 0) {
			string[0] = '\0';
			return got;
		}
		end = memchr(string + length, '\0', (size_t)got);
		if (end)
			return end - string;
		length += (size_t)got;
	}
	string[length] = '\0';
	return (ssize_t)length;
}

int tracee_read_strings(const struct tracee_memory *memory, uint64_t address, size_t limit_bytes, struct buffer *strings)
{
	uint64_t pointers[POINTERS_PER_READ];
	size_t start = strings->length;
	char string[PAGE_BYTES];

	if (address == 0)
		return -EFAULT;
	for (size_t total = 0; total < POINTERS_MAX;) {
		ssize_t got = tracee_read(memory, address + total * sizeof pointers[0], pointers, sizeof pointers);

		if (got < (ssize_t)sizeof pointers[0])
			return total > 0 ? 0 : got < 0 ? (int)got : -EFAULT;
		for (size_t i = 0; i < (size_t)got / sizeof pointers[0]; i++, total++) {
			size_t left = limit_bytes - (strings->length - start);
			ssize_t length;

			if (pointers[i] == 0 || left == 0)
				return 0;
			length = tracee_read_string(memory, pointers[i], string, left < sizeof string ? left : sizeof string);
			if (length < 0)
				return 0;
			buffer_append(strings, string, (size_t)length + 1);
		}
	}
	return 0;
}
