/*
 * Copies of a tracee's descriptors (pidfd_getfd(2): with the same rights as ptrace, but some seccomp profiles refuse it):
 * what the kernel tells of a socket only to whoever has it open.
 */
#ifndef TERCEL_AGENT_CAPTURE_BORROWED_DESCRIPTOR_H
#define TERCEL_AGENT_CAPTURE_BORROWED_DESCRIPTOR_H

#include <stdint.h>
#include <sys/types.h>

/* A copy, which the caller closes, of a thread's descriptor; a negative errno. */
int borrow_descriptor(pid_t tid, int64_t number);

#endif
