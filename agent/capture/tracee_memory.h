/*
 * Reading the memory of a traced process. Every address and length comes from the tracee and may be anything; it may also
 * die, or change its memory, at any moment. Reads are bounded by the caller's buffer.
 *
 * Without CAP_SYS_PTRACE the kernel lets nobody but the tracer, word by word, read a process that runs as another user, and
 * nobody at all one that has just changed its user. A file that was opened before stays readable.
 */
#ifndef TERCEL_AGENT_CAPTURE_TRACEE_MEMORY_H
#define TERCEL_AGENT_CAPTURE_TRACEE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"

struct tracee_memory {
	pid_t tid; /* stopped */
	int file;  /* its /proc/TID/mem, opened earlier; -1: none */
};

#define TRACEE_MEMORY(tid) ((struct tracee_memory){tid, -1})

/* Opens /proc/TID/mem. A descriptor or a negative errno. */
int tracee_memory_open(pid_t tid);

/*
 * As many of the bytes at `address` as are readable from the start on. The count, or a negative errno when there is none:
 * -EFAULT (not mapped), -ESRCH (gone), -EPERM. process_vm_readv(2), and where that is refused the file, or ptrace(2).
 */
ssize_t tracee_read(const struct tracee_memory *memory, uint64_t address, void *bytes, size_t length);

/*
 * The string at `address`, up to its NUL or to `size_bytes` - 1 bytes, always terminated in `string`. Its length, or a
 * negative errno. A string that runs into unreadable memory is -EFAULT, as it is for the kernel.
 */
ssize_t tracee_read_string(const struct tracee_memory *memory, uint64_t address, char *string, size_t size_bytes);

/*
 * The strings of a NULL-terminated array of pointers (argv, envp), each with its NUL, appended until there are `limit_bytes`
 * of them. 0; a negative errno when not even the array can be read. Strings that cannot be read end the list.
 */
int tracee_read_strings(const struct tracee_memory *memory, uint64_t address, size_t limit_bytes, struct buffer *strings);

#endif
