#include "agent/capture/seccomp_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPTIMIZE_BINARY_TREE 2

static int add_row(scmp_filter_ctx context, uint32_t action, const struct filter_row *row)
{
	if (row->mask == 0)
		return seccomp_rule_add(context, action, row->number, 0);
	return seccomp_rule_add(context, action, row->number, 1,
				SCMP_CMP(row->argument, SCMP_CMP_MASKED_EQ, row->mask, row->value));
}

/* libseccomp writes the program to a descriptor only. */
static int export_instructions(scmp_filter_ctx context, struct seccomp_filter *ret_filter)
{
	int descriptor = memfd_create("filter", MFD_CLOEXEC), error;
	struct stat status;
	struct sock_filter *instructions = NULL;

	if (descriptor < 0)
		return -errno;
	error = seccomp_export_bpf(context, descriptor);
	if (error == 0 && fstat(descriptor, &status) < 0)
		error = -errno;
	if (error == 0 && (status.st_size == 0 || status.st_size / (off_t)sizeof(*instructions) > BPF_MAXINSNS))
		error = -E2BIG;
	if (error == 0 && !(instructions = malloc((size_t)status.st_size)))
		error = -ENOMEM;
	if (error == 0 && pread(descriptor, instructions, (size_t)status.st_size, 0) != status.st_size)
		error = -EIO;
	close(descriptor);
	if (error < 0) {
		free(instructions);
		return error;
	}
	ret_filter->instructions = instructions;
	ret_filter->count = (unsigned short)((size_t)status.st_size / sizeof(*instructions));
	return 0;
}

int seccomp_filter_build(const struct filter_row *rows, size_t row_count, enum filter_action action,
			 struct seccomp_filter *ret_filter)
{
	uint32_t seccomp_action = action == FILTER_TRACE ? SCMP_ACT_TRACE(FILTER_TRACE_DATA) : SCMP_ACT_NOTIFY;
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	int error;

	if (!context)
		return -ENOMEM;
	/* Foreign calls go on working: their numbers mean something else and are not ours to judge. */
	error = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	if (error == 0)
		seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_BINARY_TREE);
	for (size_t i = 0; error == 0 && i < row_count; i++) {
		error = add_row(context, seccomp_action, &rows[i]);
		if (error == -EEXIST) /* the same row twice, or covered by an unconditional one */
			error = 0;
	}
	if (error == 0)
		error = export_instructions(context, ret_filter);
	seccomp_release(context);
	return error;
}

void seccomp_filter_release(struct seccomp_filter *filter)
{
	free(filter->instructions);
	*filter = (struct seccomp_filter){0};
}

int seccomp_filter_install(const struct seccomp_filter *filter)
{
	struct sock_fprog program = {filter->count, filter->instructions};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return 0;
	if (errno != EACCES)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : -errno;
}
