#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/capture/tracee_memory.h"
#include "tests/support/check_main.h"

#define PAGE ((size_t)4096)
#define PAGES ((size_t)6) /* the last one is not mapped */

/*
 * A child with the same memory as ours, but with its own last page unmapped: addresses are the same on both sides. It is
 * stopped by us, its tracer.
 */
struct subject {
	pid_t pid;
	char *memory;
	char **pointers; /* in it */
};

static char *memory;

static void fill(void)
{
	char **pointers;

	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	for (size_t i = 0; i < (PAGES - 1) * PAGE; i++)
		memory[i] = (char)('a' + i % 26);
	pointers = (char **)(void *)(memory + 3 * PAGE);
	strcpy(memory, "first");
	strcpy(memory + 100, "");
	strcpy(memory + PAGE - 3, "over a border");
	pointers[0] = memory;
	pointers[1] = memory + 100;
	pointers[2] = memory + PAGE - 3;
	pointers[3] = NULL;
}

/* `drop`: the child becomes another user; `is_dumpable`: but not one whose memory is closed to its tracer. */
static struct subject start(bool drop, bool is_dumpable)
{
	struct subject subject = {.memory = memory, .pointers = (char **)(void *)(memory + 3 * PAGE)};
	int status;

	subject.pid = fork();
	ck_assert_int_ge(subject.pid, 0);
	if (subject.pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		munmap(memory + (PAGES - 1) * PAGE, PAGE);
		raise(SIGSTOP);
		if (drop && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0))
			_exit(1);
		if (drop && is_dumpable)
			prctl(PR_SET_DUMPABLE, 1);
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(subject.pid, &status, 0), subject.pid);
	ck_assert(WIFSTOPPED(status));
	return subject;
}

static void go_on(const struct subject *subject)
{
	int status;

	ck_assert_int_eq(ptrace(PTRACE_CONT, subject->pid, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(subject->pid, &status, 0), subject->pid);
	ck_assert(WIFSTOPPED(status));
}

static void end(const struct subject *subject)
{
	kill(subject->pid, SIGKILL);
	waitpid(subject->pid, NULL, 0);
}

static uint64_t address_of(const void *at)
{
	return (uint64_t)(uintptr_t)at;
}

/* What every way of reading must give. */
static void check_reads(const struct subject *subject, const struct tracee_memory *how)
{
	char bytes[8 * PAGE], string[64];
	const char *edge = subject->memory + (PAGES - 1) * PAGE;
	struct buffer strings = BUFFER_INIT;

	memset(bytes, 0, sizeof bytes);
	ck_assert_int_eq(tracee_read(how, address_of(subject->memory), bytes, 6), 6);
	ck_assert_str_eq(bytes, "first");
	/* Odd places and lengths, over several pages. */
	ck_assert_int_eq(tracee_read(how, address_of(subject->memory + 13), bytes, 3 * PAGE + 5), 3 * (int)PAGE + 5);
	ck_assert_int_eq(memcmp(bytes, subject->memory + 13, 3 * PAGE + 5), 0);
	/* As far as there is something. */
	ck_assert_int_eq(tracee_read(how, address_of(edge - 7), bytes, sizeof bytes), 7);
	ck_assert_int_eq(memcmp(bytes, edge - 7, 7), 0);
	ck_assert_int_eq(tracee_read(how, address_of(edge - PAGE - 7), bytes, sizeof bytes), (int)PAGE + 7);
	ck_assert_int_eq(tracee_read(how, address_of(edge), bytes, 1), -EFAULT);
	ck_assert_int_eq(tracee_read(how, address_of(edge), bytes, sizeof bytes), -EFAULT);
	ck_assert_int_eq(tracee_read(how, 0, bytes, 8), -EFAULT);
	ck_assert_int_eq(tracee_read(how, 1, bytes, 8), -EFAULT);
	ck_assert_int_eq(tracee_read(how, UINT64_MAX, bytes, 8), -EFAULT);
	ck_assert_int_eq(tracee_read(how, UINT64_MAX - 3, bytes, 3), -EFAULT);
	ck_assert_int_eq(tracee_read(how, UINT64_C(0xffffffff81000000), bytes, 8), -EFAULT);
	ck_assert_int_eq(tracee_read(how, UINT64_C(0x7ffffffff000), bytes, 8), -EFAULT);
	ck_assert_int_eq(tracee_read(how, address_of(subject->memory), bytes, 0), 0);

	ck_assert_int_eq(tracee_read_string(how, address_of(subject->memory), string, sizeof string), 5);
	ck_assert_str_eq(string, "first");
	ck_assert_int_eq(tracee_read_string(how, address_of(subject->memory + 100), string, sizeof string), 0);
	ck_assert_int_eq(tracee_read_string(how, address_of(subject->memory + PAGE - 3), string, sizeof string), 13);
	ck_assert_str_eq(string, "over a border");
	/* Cut, and terminated. */
	ck_assert_int_eq(tracee_read_string(how, address_of(subject->memory), string, 3), 2);
	ck_assert_str_eq(string, "fi");
	ck_assert_int_eq(tracee_read_string(how, address_of(subject->memory), string, 1), 0);
	ck_assert_str_eq(string, "");
	/* Up to the edge it fits; beyond, it is as for the kernel. */
	ck_assert_int_eq(tracee_read_string(how, address_of(edge - 63), string, sizeof string), 63);
	ck_assert_int_eq(tracee_read_string(how, address_of(edge - 62), string, sizeof string), -EFAULT);
	ck_assert_str_eq(string, "");
	ck_assert_int_eq(tracee_read_string(how, 0, string, sizeof string), -EFAULT);

	ck_assert_int_eq(tracee_read_strings(how, address_of(subject->pointers), 4096, &strings), 0);
	ck_assert_uint_eq(strings.length, 6 + 1 + 14);
	ck_assert_int_eq(memcmp(strings.bytes, "first\0\0over a border", 21), 0);
	buffer_clear(&strings);
	ck_assert_int_eq(tracee_read_strings(how, address_of(subject->pointers), 8, &strings), 0);
	ck_assert_uint_eq(strings.length, 8);
	ck_assert_int_eq(memcmp(strings.bytes, "first\0\0", 8), 0);
	buffer_clear(&strings);
	ck_assert_int_eq(tracee_read_strings(how, 0, 4096, &strings), -EFAULT);
	ck_assert_int_eq(tracee_read_strings(how, address_of(edge - 4), 4096, &strings), -EFAULT);
	ck_assert_int_eq(tracee_read_strings(how, address_of(edge), 4096, &strings), -EFAULT);
	buffer_release(&strings);
}

START_TEST(reads_what_is_there)
{
	struct subject subject;

	fill();
	subject = start(false, true);
	check_reads(&subject, &TRACEE_MEMORY(subject.pid));
	end(&subject);
}
END_TEST

START_TEST(a_list_that_never_ends_is_cut)
{
	struct subject subject;
	struct buffer strings = {.limit_bytes = 4096};
	char **pointers;

	fill();
	pointers = (char **)(void *)(memory + 2 * PAGE);
	/* Two pages full of pointers to an empty string, then to a long one; no NULL. */
	for (size_t i = 0; i < 2 * PAGE / sizeof(char *); i++)
		pointers[i] = memory + 100;
	subject = start(false, true);
	ck_assert_int_eq(tracee_read_strings(&TRACEE_MEMORY(subject.pid), address_of(pointers), 4096, &strings), 0);
	ck_assert_uint_ge(strings.length, 2 * PAGE / sizeof(char *));
	ck_assert_uint_le(strings.length, 4096);
	ck_assert(!strings.failed);
	buffer_clear(&strings);
	for (size_t i = 0; i < 2 * PAGE / sizeof(char *); i++)
		pointers[i] = memory + PAGE + 20; /* runs on until the next page's first NUL */
	ck_assert_int_eq(tracee_read_strings(&TRACEE_MEMORY(subject.pid), address_of(pointers), 4096, &strings), 0);
	ck_assert_uint_le(strings.length, 4096);
	ck_assert(!strings.failed);
	buffer_release(&strings);
	end(&subject);
}
END_TEST

START_TEST(the_dead_have_no_memory)
{
	struct subject subject;
	char byte;

	fill();
	subject = start(false, true);
	end(&subject);
	ck_assert_int_eq(tracee_read(&TRACEE_MEMORY(subject.pid), address_of(memory), &byte, 1), -ESRCH);
	ck_assert_int_eq(tracee_read_string(&TRACEE_MEMORY(subject.pid), address_of(memory), &byte, 1), 0);
	ck_assert_int_eq(tracee_memory_open(subject.pid), -ESRCH);
}
END_TEST

static void give_up_tracing_rights(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	ck_assert_int_eq((int)syscall(SYS_capget, &header, sets), 0);
	sets[0].effective &= ~(1u << CAP_SYS_PTRACE);
	sets[0].permitted &= ~(1u << CAP_SYS_PTRACE);
	ck_assert_int_eq((int)syscall(SYS_capset, &header, sets), 0);
}

static bool is_refused(pid_t pid)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {memory, 1};

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) < 0 && errno == EPERM;
}

START_TEST(another_users_memory_is_read_by_its_tracer)
{
	struct subject subject;

	if (geteuid() != 0)
		return;
	fill();
	give_up_tracing_rights(); /* those of the moment of tracing count */
	subject = start(true, true);
	go_on(&subject);
	ck_assert(is_refused(subject.pid));
	check_reads(&subject, &TRACEE_MEMORY(subject.pid));
	end(&subject);
}
END_TEST

START_TEST(closed_memory_is_read_through_a_file_opened_before)
{
	struct subject subject;
	struct tracee_memory how;
	char byte;

	if (geteuid() != 0)
		return;
	fill();
	give_up_tracing_rights(); /* those of the moment of tracing count */
	subject = start(true, false);
	how = (struct tracee_memory){subject.pid, tracee_memory_open(subject.pid)};
	ck_assert_int_ge(how.file, 0);
	go_on(&subject);
	ck_assert(is_refused(subject.pid));
	ck_assert_int_lt(tracee_read(&TRACEE_MEMORY(subject.pid), address_of(memory), &byte, 1), 0);
	check_reads(&subject, &how);
	close(how.file);
	end(&subject);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("tracee_memory");
	TCase *tests = tcase_create("reading");

	tcase_add_test(tests, reads_what_is_there);
	tcase_add_test(tests, a_list_that_never_ends_is_cut);
	tcase_add_test(tests, the_dead_have_no_memory);
	tcase_add_test(tests, another_users_memory_is_read_by_its_tracer);
	tcase_add_test(tests, closed_memory_is_read_through_a_file_opened_before);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
