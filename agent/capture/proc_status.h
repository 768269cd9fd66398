/* /proc/TID/status and files like it: lines "Name:\tvalue", numbers in them. */
#ifndef TERCEL_AGENT_CAPTURE_PROC_STATUS_H
#define TERCEL_AGENT_CAPTURE_PROC_STATUS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"

/* The rest of the line "NAME:\tvalue"; empty when there is none. */
struct text proc_status_line(struct text status, const char *name);

/*
 * The n-th number (from 0) of a list of them, `otherwise` when there are not so many. The text must be part of one that ends
 * in a NUL.
 */
int64_t proc_number_at(struct text list, unsigned n, int base, int64_t otherwise);

/* Its leader, and its parent process. 0 or -ESRCH. */
int proc_read_family(pid_t tid, pid_t *ret_process, pid_t *ret_parent);

/* Who traces it; 0: nobody, or it is gone. */
pid_t proc_read_tracer(pid_t tid);

#endif
