/* Flag tables, and the kernel's values turned into those of events. Constants are taken from the kernel's headers. */
#include "catalog/catalog.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/check_main.h"

#define ON_X86(table, value) flags_from_kernel(FLAG_TABLE_##table, value, ARCHITECTURE_X86_64)

/* What the kernel calls O_LARGEFILE, O_DIRECTORY ... on x86-64; the C library's own values differ elsewhere. */
#define X86_O_DIRECTORY 0200000u
#define X86_O_TMPFILE 020200000u
#define X86_O_DSYNC 010000u
#define X86_O_SYNC 04010000u
#define X86_O_CLOEXEC 02000000u

START_TEST(rows_of_a_table_are_distinct)
{
	for (unsigned table = 0; table < FLAG_TABLE_COUNT; table++) {
		size_t count;
		const struct flag_info *rows = flag_table_rows((enum flag_table)table, &count);

		ck_assert_uint_gt(count, 0);
		for (size_t a = 0; a < count; a++) {
			ck_assert_uint_gt(strlen(rows[a].name), 0);
			if (flag_table_style((enum flag_table)table) == FLAG_STYLE_BITS)
				for (size_t b = a + 1; b < count; b++)
					ck_assert_msg(rows[a].value != rows[b].value, "%s: %s",
						      flag_table_name((enum flag_table)table), rows[a].name);
			if (flag_table_style((enum flag_table)table) == FLAG_STYLE_VARIANT)
				ck_assert(rows[a].value == a && rows[a].type != TYPE_NONE);
			else
				ck_assert_uint_eq(rows[a].type, TYPE_NONE);
		}
	}
}
END_TEST

/* Turning a single kernel value around gives the row it stands in, whatever else its bits touch. */
START_TEST(every_row_with_a_kernel_value_can_be_made)
{
	for (unsigned table = 0; table < FLAG_TABLE_COUNT; table++) {
		size_t count;
		const struct flag_info *rows = flag_table_rows((enum flag_table)table, &count);

		for (size_t i = 0; i < count; i++) {
			int64_t kernels[] = {rows[i].kernel_x86_64, rows[i].kernel_aarch64};

			for (unsigned k = 0; k < 2; k++) {
				uint64_t made;

				if (kernels[k] == FLAG_NO_KERNEL_VALUE ||
				    (kernels[k] == 0 && rows[i].value != 0 &&
				     flag_table_style((enum flag_table)table) == FLAG_STYLE_BITS))
					continue;
				made = flags_from_kernel((enum flag_table)table, (uint64_t)kernels[k],
							 (enum architecture)k);
				if (flag_table_style((enum flag_table)table) == FLAG_STYLE_ENUM &&
				    text_starts_with(text_from_string(rows[i].name), TEXT("F_")) &&
				    table == FLAG_TABLE_fcntl_commands)
					continue; /* F_GETLK64 and F_GETLK are one number: see below */
				ck_assert_msg((made & rows[i].value) == rows[i].value, "%s: %s",
					      flag_table_name((enum flag_table)table), rows[i].name);
			}
		}
	}
}
END_TEST

START_TEST(access_modes_of_opens)
{
	ck_assert_uint_eq(ON_X86(file_flags, O_RDONLY), 1);
	ck_assert_uint_eq(ON_X86(file_flags, O_WRONLY), 2);
	ck_assert_uint_eq(ON_X86(file_flags, O_RDWR), 3);
	ck_assert_uint_eq(ON_X86(file_flags, 3), 1); /* no such mode */
	ck_assert_uint_eq(ON_X86(file_flags, O_WRONLY | O_CREAT | O_TRUNC), 2 | 4 | 256);
	ck_assert_uint_eq(ON_X86(file_flags, O_RDONLY | X86_O_CLOEXEC), 1 | 4096);
	ck_assert_uint_eq(ON_X86(file_flags, O_RDWR | O_APPEND | O_EXCL | O_NONBLOCK), 3 | 8 | 32 | 64);
	ck_assert_uint_eq(ON_X86(file_flags, 0x40000000), 1); /* unknown bits are dropped */
}
END_TEST

START_TEST(every_directory_open_looks_like_a_temporary_file)
{
	ck_assert_uint_eq(ON_X86(file_flags, X86_O_DIRECTORY), 1 | 1024 | 8192);
	ck_assert_uint_eq(ON_X86(file_flags, X86_O_TMPFILE | O_RDWR), 3 | 1024 | 8192);
	ck_assert_uint_eq(flags_from_kernel(FLAG_TABLE_file_flags, 040000, ARCHITECTURE_AARCH64), 1 | 1024 | 8192);
	/* 040000 is O_DIRECT on x86-64. */
	ck_assert_uint_eq(ON_X86(file_flags, 040000), 1 | 512);
	ck_assert_uint_eq(flags_from_kernel(FLAG_TABLE_file_flags, 0200000, ARCHITECTURE_AARCH64), 1 | 512);
}
END_TEST

START_TEST(data_sync_alone_looks_like_full_sync)
{
	ck_assert_uint_eq(ON_X86(file_flags, X86_O_DSYNC), 1 | 16 | 128);
	ck_assert_uint_eq(ON_X86(file_flags, X86_O_SYNC), 1 | 16 | 128);
}
END_TEST

START_TEST(descriptors_have_no_access_mode)
{
	ck_assert_uint_eq(descriptor_flags_from_kernel(0, ARCHITECTURE_X86_64), 0);
	ck_assert_uint_eq(descriptor_flags_from_kernel(X86_O_CLOEXEC, ARCHITECTURE_X86_64), 4096);
	ck_assert_uint_eq(descriptor_flags_from_kernel(X86_O_CLOEXEC | O_NONBLOCK, ARCHITECTURE_X86_64), 4096 | 64);
#ifdef __x86_64__
	ck_assert_uint_eq(descriptor_flags_from_kernel(SOCK_STREAM | SOCK_CLOEXEC, ARCHITECTURE_X86_64), 4096);
	ck_assert_uint_eq(descriptor_flags_from_kernel(SOCK_DGRAM | SOCK_NONBLOCK, ARCHITECTURE_X86_64), 64);
#endif
}
END_TEST

START_TEST(numbers_that_are_translated_one_by_one)
{
	ck_assert_uint_eq(ON_X86(fcntl_commands, F_DUPFD), 1);
	ck_assert_uint_eq(ON_X86(fcntl_commands, F_SETFD), 3);
	ck_assert_uint_eq(ON_X86(fcntl_commands, F_DUPFD_CLOEXEC), 26);
	ck_assert_uint_eq(ON_X86(fcntl_commands, 5), 6);    /* F_GETLK */
	ck_assert_uint_eq(ON_X86(fcntl_commands, 7), 9);    /* F_SETLKW */
	ck_assert_uint_eq(ON_X86(fcntl_commands, 4711), 0); /* UNKNOWN */
	ck_assert_uint_eq(ON_X86(rlimit_resources, RLIMIT_NOFILE), 7);
	ck_assert_uint_eq(ON_X86(rlimit_resources, 99), 255);
	ck_assert_uint_eq(ON_X86(shutdown_how, SHUT_RDWR), 2);
	ck_assert_uint_eq(ON_X86(shutdown_how, 7), 65535);
	ck_assert_uint_eq(ON_X86(sockopt_levels, SOL_SOCKET), 1);
	ck_assert_uint_eq(ON_X86(sockopt_levels, 6), 2); /* SOL_TCP */
	ck_assert_uint_eq(ON_X86(sockopt_levels, 41), 0);
	ck_assert_uint_eq(ON_X86(ptrace_requests, PTRACE_TRACEME), 1);
	ck_assert_uint_eq(ON_X86(ptrace_requests, PTRACE_ATTACH), 11);
	ck_assert_uint_eq(ON_X86(ptrace_requests, PTRACE_SEIZE), 20);
	ck_assert_uint_eq(ON_X86(ptrace_requests, 12345), 0);
	ck_assert_uint_eq(ON_X86(quotactl_cmds, 0x800002), 1); /* Q_QUOTAON */
	ck_assert_uint_eq(ON_X86(quotactl_types, 1), 2);
	ck_assert_uint_eq(ON_X86(quotactl_quota_fmts, 77), 1); /* QFMT_NOT_USED */
	ck_assert_uint_eq(ON_X86(semctl_commands, 16), 4096);  /* SETVAL */
	ck_assert_uint_eq(ON_X86(semctl_commands, 500), 0);
	ck_assert_uint_eq(ON_X86(lseek_whence, SEEK_END), 2);
	ck_assert_uint_eq(ON_X86(lseek_whence, 9), 0);
}
END_TEST

START_TEST(numbers_that_stay)
{
	ck_assert_uint_eq(ON_X86(socket_families, AF_INET6), 10);
	ck_assert_uint_eq(ON_X86(socket_families, 45), 45);
	ck_assert_uint_eq(ON_X86(prctl_options, 59), 59);
	ck_assert_uint_eq(ON_X86(keyctl_operations, 100), 100);
	ck_assert_uint_eq(ON_X86(bpf_commands, 36), 36);
	ck_assert_uint_eq(ON_X86(chmod_mode, 06755), 06755);
	ck_assert_uint_eq(ON_X86(mknod_mode, 0100644), 0100644);
	ck_assert_uint_eq(ON_X86(futex_operations, 128 | 9), 128 | 9);
	ck_assert_uint_eq(ON_X86(umount_flags, 8 | 2), 8 | 2);
	ck_assert_uint_eq(ON_X86(mount_flags, MS_BIND | MS_REC), MS_BIND | MS_REC);
	ck_assert_uint_eq(ON_X86(mount_flags, 0xc0ed0000u | MS_RDONLY), MS_RDONLY);
}
END_TEST

START_TEST(masks)
{
	ck_assert_uint_eq(ON_X86(mmap_flags, MAP_PRIVATE | MAP_ANONYMOUS), 2 | 8);
	ck_assert_uint_eq(ON_X86(prot_flags, PROT_READ | PROT_EXEC), 1 | 4);
	ck_assert_uint_eq(ON_X86(prot_flags, PROT_NONE), 0);
	ck_assert_uint_eq(ON_X86(clone_flags, CLONE_NEWUSER), 1048576);
	ck_assert_uint_eq(ON_X86(clone_flags, CLONE_THREAD | CLONE_FILES | CLONE_FS), 8192 | 1 | 2);
	ck_assert_uint_eq(ON_X86(epoll_create1_flags, EPOLL_CLOEXEC), 1);
	ck_assert_uint_eq(ON_X86(openat2_flags, 0x08 | 0x02), 1 | 4);
	ck_assert_uint_eq(ON_X86(access_flags, R_OK | X_OK), 4 | 1);
	ck_assert_uint_eq(ON_X86(memfd_create_flags, MFD_CLOEXEC), 1);
	ck_assert_uint_eq(ON_X86(unlinkat_flags, AT_REMOVEDIR), 512);
	ck_assert_uint_eq(ON_X86(poll_flags, 0x2000), 8); /* POLLRDHUP */
	/* What no call delivers stays nothing. */
	ck_assert_uint_eq(ON_X86(execve_flags, UINT64_MAX), 0);
	ck_assert_uint_eq(ON_X86(sockopt_dynamic_param, 1), 0);
}
END_TEST

START_TEST(names_of_errors_and_signals)
{
	ck_assert_str_eq(errno_name(2), "ENOENT");
	ck_assert_str_eq(errno_name(512), "ERESTARTSYS");
	ck_assert_ptr_null(errno_name(0));
	ck_assert_ptr_null(errno_name(-2));
	ck_assert_ptr_null(errno_name(INT64_MIN));
	ck_assert_str_eq(signal_name(9), "SIGKILL");
	ck_assert_ptr_null(signal_name(0));
	ck_assert_ptr_null(signal_name(64));
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("flags");
	TCase *tests = tcase_create("flags");

	tcase_add_test(tests, rows_of_a_table_are_distinct);
	tcase_add_test(tests, every_row_with_a_kernel_value_can_be_made);
	tcase_add_test(tests, access_modes_of_opens);
	tcase_add_test(tests, every_directory_open_looks_like_a_temporary_file);
	tcase_add_test(tests, data_sync_alone_looks_like_full_sync);
	tcase_add_test(tests, descriptors_have_no_access_mode);
	tcase_add_test(tests, numbers_that_are_translated_one_by_one);
	tcase_add_test(tests, numbers_that_stay);
	tcase_add_test(tests, masks);
	tcase_add_test(tests, names_of_errors_and_signals);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
