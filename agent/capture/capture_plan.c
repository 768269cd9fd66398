#include "agent/capture/capture_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "catalog/catalog.h"

enum trap_class { CLASS_STATE, CLASS_RARE, CLASS_HOT };

static const struct {
	const char *name;
	uint8_t class, argument;
	uint64_t mask, value;
} trapped_calls[] = {
#define TRAPPED(name, class, argument, mask, value) {#name, CLASS_##class, argument, mask, value},
#include "agent/capture/trapped_calls.def"
#undef TRAPPED
};

/* Their events come from the engine, which is told of every new thread: a trap would bring them twice. */
static bool makes_threads(const struct syscall_info *syscall)
{
	return syscall->number_x86_64 == SYS_clone || syscall->number_x86_64 == SYS_clone3 ||
	       syscall->number_x86_64 == SYS_fork || syscall->number_x86_64 == SYS_vfork;
}

static bool program_wants(const struct program *program, const struct syscall_info *syscall)
{
	uint32_t flags;

	if (!program || makes_threads(syscall))
		return false;
	if (syscall->kind == SYSCALL_GENERIC)
		return program_captures_generic(program, syscall->code);
	if (syscall->exit_event < 0)
		return false;
	/* An execveat that succeeds is an execve event (event-model, section 1). */
	if (syscall->exit_event == EVENT_SYSCALL_EXECVEAT_X && program_captures(program, EVENT_SYSCALL_EXECVE_19_X, &flags))
		return true;
	return program_captures(program, (unsigned)syscall->exit_event, &flags);
}

static bool has_number(const struct syscall_info *syscall)
{
	return syscall->number_x86_64 >= 0 && syscall->number_x86_64 < CAPTURE_NUMBERS_MAX;
}

static void set_rules(struct capture_plan *plan, const struct program *program)
{
	for (size_t row = 0; row < syscall_count(); row++) {
		const struct syscall_info *syscall = syscall_at(row);

		if (has_number(syscall))
			plan->has_rules[syscall->number_x86_64] = program_wants(program, syscall);
	}
}

static void set_recorded(struct capture_plan *plan)
{
	for (size_t row = 0; row < syscall_count(); row++) {
		const struct syscall_info *syscall = syscall_at(row);

		if (has_number(syscall) && !makes_threads(syscall))
			plan->is_recorded[syscall->number_x86_64] =
				syscall->is_state_keeping || plan->has_rules[syscall->number_x86_64];
	}
}

int capture_plan_build(struct capture_plan *plan, const struct program *program, bool is_recording,
		       struct filter_row **ret_rows, size_t *ret_count)
{
	size_t listed = sizeof trapped_calls / sizeof trapped_calls[0], count = 0;
	bool is_trapped_anyhow[CAPTURE_NUMBERS_MAX] = {false};
	struct filter_row *rows = calloc(listed + CAPTURE_NUMBERS_MAX, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	*plan = (struct capture_plan){0};
	set_rules(plan, program);
	if (is_recording)
		set_recorded(plan);
	for (size_t i = 0; i < listed; i++) {
		const struct syscall_info *syscall = syscall_by_name(text_from_string(trapped_calls[i].name));
		int number = syscall && has_number(syscall) ? syscall->number_x86_64 : -1;

		if (number < 0)
			continue;
		if (trapped_calls[i].class == CLASS_STATE)
			plan->changes_state[number] = true;
		if (plan->has_rules[number] || plan->is_recorded[number] || (trapped_calls[i].class == CLASS_HOT && program))
			continue; /* without a condition, below; or not at all */
		rows[count++] = (struct filter_row){number, trapped_calls[i].argument, trapped_calls[i].mask,
						    trapped_calls[i].value};
		plan->is_trapped[number] |= trapped_calls[i].mask == 0;
		if (is_recording && !makes_threads(syscall))
			is_trapped_anyhow[number] = true;
	}
	for (int number = 0; number < CAPTURE_NUMBERS_MAX; number++) {
		if (plan->has_rules[number] || plan->is_recorded[number]) {
			rows[count++] = (struct filter_row){.number = number};
			plan->is_trapped[number] = true;
		}
		plan->is_recorded[number] |= is_trapped_anyhow[number];
	}
	*ret_rows = rows;
	*ret_count = count;
	return 0;
}

void capture_plan_change(struct capture_plan *plan, const struct program *program, struct buffer *blind_calls)
{
	set_rules(plan, program);
	for (int number = 0; number < CAPTURE_NUMBERS_MAX; number++) {
		const struct syscall_info *syscall;

		if (!plan->has_rules[number] || plan->is_trapped[number])
			continue;
		syscall = syscall_by_number_x86_64(number);
		if (blind_calls->length)
			buffer_append_byte(blind_calls, ' ');
		buffer_append_string(blind_calls, syscall ? syscall->name : "?");
	}
}
