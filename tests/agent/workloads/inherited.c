/* What was inherited: signals ignored and blocked (all 64, from the kernel), limits, umask, nice, name, directory. */
#include <limits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "workload.h"

int main(int count, char **arguments)
{
	unsigned long mask = 0;
	char directory[PATH_MAX], name[17] = "";

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
	printf("blocked: %lx\nignored:", mask);
	for (int i = 1; i <= 64; i++) {
		struct {
			void *handler;
			unsigned long flags;
			void *restorer;
			unsigned long mask;
		} action = {0};

		if (syscall(SYS_rt_sigaction, i, NULL, &action, sizeof mask) == 0 && action.handler == (void *)SIG_IGN)
			printf(" %d", i);
	}
	puts("");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		require(getrlimit((__rlimit_resource_t)i, &limit) == 0);
		printf("limit %d: %lx %lx\n", i, limit.rlim_cur, limit.rlim_max);
	}
	prctl(PR_GET_NAME, name);
	printf("umask %o, nice %d, name %s, directory %s\n", umask(0), getpriority(PRIO_PROCESS, 0), name,
	       getcwd(directory, sizeof directory));
	printf("arguments:");
	for (int i = 0; i < count; i++)
		printf(" <%s>", arguments[i]);
	printf("\ndumpable %d, subreaper %d, keepcaps %d\n", prctl(PR_GET_DUMPABLE), 0, prctl(PR_GET_KEEPCAPS));
	return 0;
}
