#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "agent/capture/capture_plan.h"
#include "agent/capture/seccomp_filter.h"
#include "catalog/catalog.h"
#include "tests/support/check_main.h"
#include "tests/support/random.h"

#define TRACED (SECCOMP_RET_TRACE | FILTER_TRACE_DATA)
#define X32_BIT 0x40000000

static unsigned longest; /* run, in instructions */

/* Runs a filter as the kernel does: the instructions that libseccomp makes. */
static uint32_t run(const struct seccomp_filter *filter, const struct seccomp_data *data)
{
	uint32_t accumulator = 0, steps = 0;

	for (size_t at = 0; at < filter->count; at++) {
		const struct sock_filter *instruction = &filter->instructions[at];
		uint32_t k = instruction->k;
		bool holds;

		if (++steps > longest)
			longest = steps;
		switch (instruction->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			ck_assert_uint_le(k, sizeof(*data) - 4);
			memcpy(&accumulator, (const char *)data + k, 4);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			accumulator &= k;
			continue;
		case BPF_RET | BPF_K:
			return k;
		case BPF_JMP | BPF_JA:
			at += k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			holds = accumulator == k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			holds = accumulator > k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			holds = accumulator >= k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			holds = accumulator & k;
			break;
		default:
			ck_abort_msg("instruction %x is not known here", instruction->code);
		}
		at += holds ? instruction->jt : instruction->jf;
	}
	ck_abort_msg("the filter runs out");
	return 0;
}

static bool traps(const struct seccomp_filter *filter, uint32_t architecture, uint32_t number, const uint64_t arguments[6])
{
	struct seccomp_data data = {.nr = (int)number, .arch = architecture};
	uint32_t action;

	memcpy(data.args, arguments, sizeof data.args);
	action = run(filter, &data);
	ck_assert_msg(action == TRACED || action == SECCOMP_RET_ALLOW, "call %u: action %x", number, action);
	return action == TRACED;
}

static const uint64_t zeros[6];

static struct seccomp_filter build(const struct filter_row *rows, size_t count)
{
	struct seccomp_filter filter;

	ck_assert_int_eq(seccomp_filter_build(rows, count, FILTER_TRACE, &filter), 0);
	return filter;
}

START_TEST(only_named_calls_of_the_native_abi_are_trapped)
{
	static const struct filter_row rows[] = {{.number = SYS_openat}, {.number = SYS_execve}, {.number = SYS_getpid},
						 {.number = SYS_openat} /* twice is once */, {.number = SYS_read}};
	struct seccomp_filter filter = build(rows, sizeof rows / sizeof rows[0]);

	for (uint32_t number = 0; number < 1024; number++) {
		bool is_named = number == SYS_openat || number == SYS_execve || number == SYS_getpid || number == SYS_read;

		ck_assert_int_eq(traps(&filter, AUDIT_ARCH_X86_64, number, zeros), is_named);
		ck_assert(!traps(&filter, AUDIT_ARCH_X86_64, number | X32_BIT, zeros));
		ck_assert(!traps(&filter, AUDIT_ARCH_I386, number, zeros));
		ck_assert(!traps(&filter, AUDIT_ARCH_AARCH64, number, zeros));
	}
	ck_assert(!traps(&filter, AUDIT_ARCH_X86_64, UINT32_MAX, zeros));
	seccomp_filter_release(&filter);
	ck_assert_ptr_null(filter.instructions);
}
END_TEST

static bool row_holds(const struct filter_row *row, uint32_t number, const uint64_t arguments[6])
{
	return (uint32_t)row->number == number && (arguments[row->argument] & row->mask) == row->value;
}

START_TEST(conditions_are_those_of_the_rows)
{
	static const struct filter_row rows[] = {
		{SYS_clone, 0, 0x00800000, 0x00800000},
		{SYS_prctl, 0, UINT32_MAX, 36},
		{SYS_prctl, 0, UINT32_MAX, 4},
		{SYS_openat, 2, 3, 1},
		{SYS_openat, 2, 3, 2},
		{SYS_mmap, 5, UINT64_C(0xffff000000000000), UINT64_C(0x1234000000000000)},
		{SYS_dup3, 1, UINT64_MAX, UINT64_C(0x100000002)},
		{SYS_socket, 1, 0xf, 0}, /* a bit that must not be set is a condition, too */
	};
	static const uint64_t values[] = {0, 1, 2, 3, 4, 36, 0xf, 0x10, 0x00800000, 0x00800011, UINT64_C(0x100000024),
					  UINT64_C(0x100000002), UINT64_C(0x1234000000000000), UINT64_C(0x1234000000000fff),
					  UINT64_MAX};
	size_t count = sizeof rows / sizeof rows[0];
	struct seccomp_filter filter = build(rows, count);
	struct random_source random = {7};

	for (unsigned round = 0; round < 20000; round++) {
		uint32_t number = (uint32_t)rows[random_below(&random, (uint32_t)count)].number;
		uint64_t arguments[6];
		bool expected = false;

		for (size_t i = 0; i < 6; i++)
			arguments[i] = random_below(&random, 4) ? values[random_below(&random, sizeof values / sizeof values[0])]
								: random_next(&random);
		for (size_t i = 0; i < count; i++)
			expected |= row_holds(&rows[i], number, arguments);
		ck_assert_int_eq(traps(&filter, AUDIT_ARCH_X86_64, number, arguments), expected);
		ck_assert(!traps(&filter, AUDIT_ARCH_I386, number, arguments));
	}
	seccomp_filter_release(&filter);
}
END_TEST

START_TEST(a_call_without_condition_covers_its_conditions)
{
	static const struct filter_row rows[] = {
		{SYS_openat, 2, 3, 1}, {.number = SYS_openat}, {SYS_openat, 2, 3, 2}};
	struct seccomp_filter filter = build(rows, 3);

	ck_assert(traps(&filter, AUDIT_ARCH_X86_64, SYS_openat, zeros));
	seccomp_filter_release(&filter);
}
END_TEST

START_TEST(the_plan_without_a_bundle_is_what_the_filter_does)
{
	struct capture_plan plan;
	struct filter_row *rows;
	struct seccomp_filter filter;
	size_t count, trapped = 0;
	uint64_t untraced_clone[6] = {0x00800000}, subreaper[6] = {36};

	ck_assert_int_eq(capture_plan_build(&plan, NULL, false, &rows, &count), 0);
	filter = build(rows, count);
	longest = 0;
	for (uint32_t number = 0; number < CAPTURE_NUMBERS_MAX; number++) {
		ck_assert_int_eq(traps(&filter, AUDIT_ARCH_X86_64, number, zeros), plan.is_trapped[number]);
		trapped += plan.is_trapped[number];
		ck_assert(!plan.has_rules[number]);
	}
	/* As short as a tree makes it; a list would be as long as the plan. */
	ck_assert_uint_gt(trapped, 50);
	ck_assert_uint_lt(longest, 30);
	ck_assert(traps(&filter, AUDIT_ARCH_X86_64, SYS_execve, zeros));
	ck_assert(!traps(&filter, AUDIT_ARCH_X86_64, SYS_clone, zeros));
	ck_assert(traps(&filter, AUDIT_ARCH_X86_64, SYS_clone, untraced_clone));
	ck_assert(!traps(&filter, AUDIT_ARCH_X86_64, SYS_prctl, zeros));
	ck_assert(traps(&filter, AUDIT_ARCH_X86_64, SYS_prctl, subreaper));
	ck_assert(!traps(&filter, AUDIT_ARCH_X86_64, SYS_read, zeros));
	ck_assert(!traps(&filter, AUDIT_ARCH_X86_64, SYS_futex, zeros));
	free(rows);
	seccomp_filter_release(&filter);
}
END_TEST

START_TEST(a_recording_has_what_the_state_needs_and_what_is_trapped_anyhow)
{
	static const uint32_t recorded[] = {SYS_close,	 SYS_openat, SYS_recvmsg, SYS_fcntl, SYS_prctl,
					    SYS_execve, SYS_setuid, SYS_unlink,  SYS_ptrace, SYS_unshare};
	static const uint32_t others[] = {SYS_read, SYS_write, SYS_mmap, SYS_futex, SYS_newfstatat};
	static const uint32_t makers[] = {SYS_clone, SYS_clone3, SYS_fork, SYS_vfork}; /* the engine tells of their threads */
	struct capture_plan plan;
	struct filter_row *rows;
	struct seccomp_filter filter;
	size_t count;

	ck_assert_int_eq(capture_plan_build(&plan, NULL, true, &rows, &count), 0);
	filter = build(rows, count);
	for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
		ck_assert_msg(plan.is_recorded[recorded[i]], "%u", recorded[i]);
		ck_assert(traps(&filter, AUDIT_ARCH_X86_64, recorded[i], zeros));
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		ck_assert_msg(!plan.is_recorded[others[i]], "%u", others[i]);
		ck_assert(!traps(&filter, AUDIT_ARCH_X86_64, others[i], zeros));
	}
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
		ck_assert_msg(!plan.is_recorded[makers[i]], "%u", makers[i]);
	free(rows);
	seccomp_filter_release(&filter);
	ck_assert_int_eq(capture_plan_build(&plan, NULL, false, &rows, &count), 0);
	for (size_t number = 0; number < CAPTURE_NUMBERS_MAX; number++)
		ck_assert(!plan.is_recorded[number]);
	free(rows);
}
END_TEST

START_TEST(every_call_at_once_still_fits)
{
	struct filter_row rows[CAPTURE_NUMBERS_MAX];
	struct seccomp_filter filter;
	size_t count = 0;

	for (size_t i = 0; i < syscall_count(); i++)
		if (syscall_at(i)->number_x86_64 >= 0)
			rows[count++] = (struct filter_row){.number = syscall_at(i)->number_x86_64};
	filter = build(rows, count);
	ck_assert_uint_lt(filter.count, BPF_MAXINSNS);
	for (size_t i = 0; i < count; i++)
		ck_assert(traps(&filter, AUDIT_ARCH_X86_64, (uint32_t)rows[i].number, zeros));
	seccomp_filter_release(&filter);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("seccomp_filter");
	TCase *tests = tcase_create("filter");

	tcase_add_test(tests, only_named_calls_of_the_native_abi_are_trapped);
	tcase_add_test(tests, conditions_are_those_of_the_rows);
	tcase_add_test(tests, a_call_without_condition_covers_its_conditions);
	tcase_add_test(tests, the_plan_without_a_bundle_is_what_the_filter_does);
	tcase_add_test(tests, a_recording_has_what_the_state_needs_and_what_is_trapped_anyhow);
	tcase_add_test(tests, every_call_at_once_still_fits);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
