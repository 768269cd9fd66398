#include "agent/capture/borrowed_descriptor.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/capture/proc_status.h"

static int open_process(pid_t tid)
{
	int descriptor = (int)syscall(SYS_pidfd_open, tid, 0);
	pid_t process, parent;

	/* Threads have descriptors of this kind only since Linux 6.9; their leader has the same files. */
	if (descriptor < 0 && (errno == EINVAL || errno == ENOENT) && proc_read_family(tid, &process, &parent) == 0)
		descriptor = (int)syscall(SYS_pidfd_open, process, 0);
	return descriptor < 0 ? -errno : descriptor;
}

int borrow_descriptor(pid_t tid, int64_t number)
{
	int process, copy;

	if (tid <= 0 || number < 0 || number > INT32_MAX)
		return -EBADF;
	process = open_process(tid);
	if (process < 0)
		return process;
	copy = (int)syscall(SYS_pidfd_getfd, process, (int)number, 0);
	if (copy < 0)
		copy = -errno;
	close(process);
	return copy;
}
