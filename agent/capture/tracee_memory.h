/*
 * Reading the memory of a traced process. Every address and length comes from the tracee and may be anything; it may also
 * die, or change its memory, at any moment. Reads are bounded by the caller's buffer.
 */
#ifndef TERCEL_AGENT_CAPTURE_TRACEE_MEMORY_H
#define TERCEL_AGENT_CAPTURE_TRACEE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"

/*
 * As many of the bytes at `address` as are readable from the start on. The count, or a negative errno when there is none:
 * -EFAULT (not mapped), -ESRCH (gone), -EPERM. process_vm_readv(2), and /proc/PID/mem where that is refused.
 */
ssize_t tracee_read(pid_t tid, uint64_t address, void *bytes, size_t length);

/*
 * The string at `address`, up to its NUL or to `size_bytes` - 1 bytes, always terminated in `string`. Its length, or a
 * negative errno. A string that runs into unreadable memory is -EFAULT, as it is for the kernel.
 */
ssize_t tracee_read_string(pid_t tid, uint64_t address, char *string, size_t size_bytes);

/*
 * The strings of a NULL-terminated array of pointers (argv, envp), each with its NUL, appended until there are `limit_bytes`
 * of them. 0; a negative errno when not even the array can be read. Strings that cannot be read end the list.
 */
int tracee_read_strings(pid_t tid, uint64_t address, size_t limit_bytes, struct buffer *strings);

#endif
