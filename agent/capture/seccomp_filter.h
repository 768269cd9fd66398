/*
 * The seccomp filter that decides in the kernel which calls stop the workload. Calls of a foreign ABI (32-bit, x32) and
 * all calls that are not named pass.
 */
#ifndef TERCEL_AGENT_CAPTURE_SECCOMP_FILTER_H
#define TERCEL_AGENT_CAPTURE_SECCOMP_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

/*
 * Traps the call when (argument & mask) == value; with mask 0 always. Several rows for one call: any of them. Arguments
 * are compared as 64 bits; a mask within 32 bits ignores what the kernel ignores of an int.
 */
struct filter_row {
	int number;	  /* of the native ABI */
	uint8_t argument; /* 0-5 */
	uint64_t mask, value;
};

/* The data of our RET_TRACE. Other data at a stop: a filter of the workload's own has asked for it. */
#define FILTER_TRACE_DATA 0x7e5c

enum filter_action {
	FILTER_TRACE,  /* SECCOMP_RET_TRACE */
	FILTER_NOTIFY, /* SECCOMP_RET_USER_NOTIF */
};

struct seccomp_filter {
	struct sock_filter *instructions;
	unsigned short count;
};

/* 0; -ENOMEM, -EINVAL, -E2BIG (more instructions than the kernel takes). seccomp_filter_release() frees. */
int seccomp_filter_build(const struct filter_row *rows, size_t row_count, enum filter_action action,
			 struct seccomp_filter *ret_filter);
void seccomp_filter_release(struct seccomp_filter *filter);

/*
 * In the process that is to be filtered, which may have been forked from anything (async-signal-safe). Sets no_new_privs
 * unless the process may filter without it (CAP_SYS_ADMIN). 0 or a negative errno.
 */
int seccomp_filter_install(const struct seccomp_filter *filter);

#endif
