#include "catalog/catalog.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define SYSCALL(code, name, x86_64, aarch64, event_name, kind, category, exit_event, enter_event, pre_execution,       \
		state_keeping, ignored)                                                                                \
	{name,	   event_name, code,	    x86_64,	   aarch64,	  SYSCALL_##kind,                              \
	 category, exit_event, enter_event, pre_execution, state_keeping, ignored},
static const struct syscall_info syscalls[] = {
#include "catalog/syscalls.def"
};
#undef SYSCALL

/* Positions in the table, named by code. */
enum {
#define SYSCALL(code, ...) SYSCALL_ROW_##code,
#include "catalog/syscalls.def"
#undef SYSCALL
};

/*
 * Row + 1 by code and by number; 0: none. A call without a number gets a place of its own above all numbers, so that no
 * element is initialised twice.
 */
#define NUMBERS_MAX 512
#define PLACE(number, code) ((number) < 0 ? NUMBERS_MAX + (code) : (number))

static const uint16_t rows_by_code[] = {
#define SYSCALL(code, ...) [code] = SYSCALL_ROW_##code + 1,
#include "catalog/syscalls.def"
#undef SYSCALL
};

static const uint16_t rows_by_number_x86_64[] = {
#define SYSCALL(code, name, x86_64, ...) [PLACE(x86_64, code)] = SYSCALL_ROW_##code + 1,
#include "catalog/syscalls.def"
#undef SYSCALL
};

static const uint16_t rows_by_number_aarch64[] = {
#define SYSCALL(code, name, x86_64, aarch64, ...) [PLACE(aarch64, code)] = SYSCALL_ROW_##code + 1,
#include "catalog/syscalls.def"
#undef SYSCALL
};

size_t syscall_count(void)
{
	return ARRAY_LENGTH(syscalls);
}

const struct syscall_info *syscall_at(size_t row)
{
	return row < ARRAY_LENGTH(syscalls) ? &syscalls[row] : NULL;
}

static const struct syscall_info *find(const uint16_t *rows, size_t count, uint64_t index)
{
	return index < count && rows[index] != 0 ? &syscalls[rows[index] - 1] : NULL;
}

const struct syscall_info *syscall_by_code(unsigned code)
{
	return find(rows_by_code, ARRAY_LENGTH(rows_by_code), code);
}

const struct syscall_info *syscall_by_number(enum architecture architecture, int64_t number)
{
	if (number < 0 || number >= NUMBERS_MAX)
		return NULL;
	if (architecture == ARCHITECTURE_AARCH64)
		return find(rows_by_number_aarch64, ARRAY_LENGTH(rows_by_number_aarch64), (uint64_t)number);
	return find(rows_by_number_x86_64, ARRAY_LENGTH(rows_by_number_x86_64), (uint64_t)number);
}

const struct syscall_info *syscall_by_number_x86_64(int64_t number)
{
	return syscall_by_number(ARCHITECTURE_X86_64, number);
}

/* Names are looked up when rules are compiled; that is no place for tables. */
const struct syscall_info *syscall_by_name(struct text name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(syscalls); i++)
		if (text_is(name, syscalls[i].name))
			return &syscalls[i];
	return NULL;
}

bool syscall_is_generic_name(struct text name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(syscalls); i++)
		if (syscalls[i].kind == SYSCALL_GENERIC && text_is(name, syscalls[i].event_name))
			return true;
	return false;
}
