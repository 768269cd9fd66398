#include "agent/capture/workload_start.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void tell_failure_and_exit(int status_pipe, int error)
{
	ssize_t written = write(status_pipe, &error, sizeof error);

	(void)written; /* nobody left to tell */
	_exit(127);
}

/* In the child. Does not return. */
static void become_workload(const struct engine_workload *workload, const struct seccomp_filter *filter, int go_pipe,
			    int status_pipe)
{
	char go;
	int error = 0;

	if (read(go_pipe, &go, 1) != 1)
		_exit(127);
	if (workload->prepare)
		error = workload->prepare(workload->context);
	if (error == 0)
		error = seccomp_filter_install(filter);
	if (error < 0)
		tell_failure_and_exit(status_pipe, error);
	execvpe(workload->arguments[0], workload->arguments, workload->environment);
	tell_failure_and_exit(status_pipe, errno);
}

int workload_fork(const struct engine_workload *workload, const struct seccomp_filter *filter,
		  struct workload_start *ret_start)
{
	int go[2], status[2], error;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(status, O_CLOEXEC) < 0) {
		error = -errno;
		goto close_go;
	}
	pid = fork();
	if (pid < 0) {
		error = -errno;
		goto close_status;
	}
	if (pid == 0) {
		close(go[1]);
		become_workload(workload, filter, go[0], status[1]);
	}
	close(go[0]);
	close(status[1]);
	*ret_start = (struct workload_start){pid, go[1], status[0]};
	return 0;
close_status:
	close(status[0]);
	close(status[1]);
close_go:
	close(go[0]);
	close(go[1]);
	return error;
}

int workload_go(struct workload_start *start)
{
	int error = write(start->go_pipe, "g", 1) == 1 ? 0 : -errno;

	close(start->go_pipe);
	start->go_pipe = -1;
	return error;
}

int workload_start_error(struct workload_start *start)
{
	int error;

	return read(start->status_pipe, &error, sizeof error) == (ssize_t)sizeof error ? error : -ECHILD;
}

void workload_start_release(struct workload_start *start)
{
	if (start->go_pipe >= 0)
		close(start->go_pipe);
	if (start->status_pipe >= 0)
		close(start->status_pipe);
	*start = WORKLOAD_START_INIT;
}
