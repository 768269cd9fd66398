/* Filters of the program's own: errno, trap, trace without a tracer, kill, a listener, strict on top of a filter. */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "workload.h"

static long install(unsigned flags, long number, unsigned action)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof instructions / sizeof instructions[0], instructions};

	require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static volatile sig_atomic_t trapped_number;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	trapped_number = info->si_syscall;
}

static void *answer_one(void *context)
{
	int listener = *(int *)context;
	struct seccomp_notif notification = {0};
	struct seccomp_notif_resp response = {0};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0)
		return NULL;
	response.id = notification.id;
	response.error = -EXDEV;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	return NULL;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
	pthread_t thread;
	int listener, status;
	pid_t pid;

	printf("errno filter: %s\n", outcome(install(0, SYS_mkdir, SECCOMP_RET_ERRNO | EBADMSG)));
	printf("mkdir: %s\n", outcome(mkdir("/nonexistent/x", 0700)));
	sigaction(SIGSYS, &action, NULL);
	install(0, SYS_rmdir, SECCOMP_RET_TRAP);
	rmdir("/nonexistent/x");
	printf("trapped: %s\n", trapped_number == SYS_rmdir ? "rmdir" : "nothing");
	install(0, SYS_symlink, SECCOMP_RET_TRACE | 1);
	printf("symlink, traced by nobody: %s\n", outcome(symlink("a", "/nonexistent/x")));
	install(0, SYS_getpgid, SECCOMP_RET_TRACE | 2);
	printf("getpgid, traced by nobody: %s\n", outcome(syscall(SYS_getpgid, 0)));
	printf("unlink, not filtered: %s\n", outcome(unlink("/nonexistent/x")));
	listener = (int)install(SECCOMP_FILTER_FLAG_NEW_LISTENER, SYS_link, SECCOMP_RET_USER_NOTIF);
	printf("listener: %s\n", outcome(listener));
	if (listener >= 0) {
		require(pthread_create(&thread, NULL, answer_one, &listener) == 0);
		printf("link, answered by ourselves: %s\n", outcome(link("/nonexistent/a", "/nonexistent/b")));
		pthread_join(thread, NULL);
	}
	pid = fork_flushed();
	if (pid == 0) {
		install(0, SYS_chroot, SECCOMP_RET_KILL_PROCESS);
		_exit(chroot("/nonexistent"));
	}
	require(waitpid(pid, &status, 0) == pid);
	print_wait_status("killed by its filter", status);
	return 0;
}
