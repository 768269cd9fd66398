#include "catalog/catalog.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum {
#define FLAG_TABLE(table, style, conversion) FLAG_ROWS_##table, FLAG_ROWS_BASE_##table = FLAG_ROWS_##table - 1,
#define FLAG(table, name, value, kernel_x86_64, kernel_aarch64) FLAG_ROW(__COUNTER__),
#define VARIANT(table, type, format, value) FLAG_ROW(__COUNTER__),
#define FLAG_ROW_NAME(number) FLAG_ROW_##number
#define FLAG_ROW(number) FLAG_ROW_NAME(number)
#include "catalog/flags.def"
#undef FLAG_TABLE
#undef FLAG
#undef VARIANT
	FLAG_ROW_COUNT,
};

static const struct flag_info flags[] = {
#define FLAG_TABLE(table, style, conversion)
#define FLAG(table, name, value, kernel_x86_64, kernel_aarch64)                                                        \
	{name, value, kernel_x86_64, kernel_aarch64, TYPE_NONE, FORMAT_NONE},
#define VARIANT(table, type, format, value)                                                                            \
	{#type, value, FLAG_NO_KERNEL_VALUE, FLAG_NO_KERNEL_VALUE, TYPE_##type, FORMAT_##format},
#include "catalog/flags.def"
#undef FLAG_TABLE
#undef FLAG
#undef VARIANT
};

enum conversion {
	CONVERSION_UNCHANGED,
	CONVERSION_ANY_BIT,
	CONVERSION_EQUAL,
	CONVERSION_OPEN_FLAGS,
	CONVERSION_MOUNT_FLAGS,
	CONVERSION_NOT_MADE,
};

static const struct {
	const char *name;
	uint16_t first_row;
	uint8_t style, conversion;
} flag_tables[] = {
#define FLAG_TABLE(table, style, conversion) {#table, FLAG_ROWS_##table, FLAG_STYLE_##style, CONVERSION_##conversion},
#define FLAG(table, name, value, kernel_x86_64, kernel_aarch64)
#define VARIANT(table, type, format, value)
#include "catalog/flags.def"
#undef FLAG_TABLE
#undef FLAG
#undef VARIANT
};

_Static_assert(ARRAY_LENGTH(flags) == FLAG_ROW_COUNT, "flag rows and their enum agree");

enum flag_style flag_table_style(enum flag_table table)
{
	return flag_tables[table].style;
}

const char *flag_table_name(enum flag_table table)
{
	return flag_tables[table].name;
}

const struct flag_info *flag_table_rows(enum flag_table table, size_t *ret_count)
{
	size_t end = (size_t)table + 1 < FLAG_TABLE_COUNT ? flag_tables[table + 1].first_row : FLAG_ROW_COUNT;

	*ret_count = end - flag_tables[table].first_row;
	return &flags[flag_tables[table].first_row];
}

static int64_t kernel_value_of(const struct flag_info *row, enum architecture architecture)
{
	return architecture == ARCHITECTURE_AARCH64 ? row->kernel_aarch64 : row->kernel_x86_64;
}

static uint64_t any_bit(enum flag_table table, uint64_t kernel_value, enum architecture architecture)
{
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t kernel = kernel_value_of(&rows[i], architecture);

		if (kernel != FLAG_NO_KERNEL_VALUE && (kernel_value & (uint64_t)kernel))
			value |= rows[i].value;
	}
	return value;
}

/* Of rows with the same kernel value the last counts: F_GETLK64 stands before F_GETLK, which 64-bit calls mean. */
static uint64_t equal_row(enum flag_table table, uint64_t kernel_value, enum architecture architecture)
{
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);
	uint64_t otherwise = 0;

	for (size_t i = count; i-- > 0;) {
		int64_t kernel = kernel_value_of(&rows[i], architecture);

		if (kernel != FLAG_NO_KERNEL_VALUE && (uint64_t)kernel == kernel_value)
			return rows[i].value;
		if (rows[i].kernel_x86_64 == FLAG_NO_KERNEL_VALUE && rows[i].kernel_aarch64 == FLAG_NO_KERNEL_VALUE)
			otherwise = rows[i].value;
	}
	return otherwise;
}

#define KERNEL_ACCESS_MODE 3u
#define KERNEL_WRONLY 1u
#define KERNEL_RDWR 2u
#define FILE_RDONLY 1u
#define FILE_WRONLY 2u
#define FILE_RDWR (FILE_RDONLY | FILE_WRONLY)

uint64_t descriptor_flags_from_kernel(uint64_t kernel_value, enum architecture architecture)
{
	return any_bit(FLAG_TABLE_file_flags, kernel_value & ~(uint64_t)KERNEL_ACCESS_MODE, architecture);
}

static uint64_t open_flags(uint64_t kernel_value, enum architecture architecture)
{
	uint64_t value = descriptor_flags_from_kernel(kernel_value, architecture);

	switch (kernel_value & KERNEL_ACCESS_MODE) {
	case KERNEL_WRONLY:
		return value | FILE_WRONLY;
	case KERNEL_RDWR:
		return value | FILE_RDWR;
	default:
		return value | FILE_RDONLY;
	}
}

#define MOUNT_MAGIC_MASK 0xffff0000u
#define MOUNT_MAGIC 0xc0ed0000u

uint64_t flags_from_kernel(enum flag_table table, uint64_t kernel_value, enum architecture architecture)
{
	switch ((enum conversion)flag_tables[table].conversion) {
	case CONVERSION_UNCHANGED:
		return kernel_value;
	case CONVERSION_ANY_BIT:
		return any_bit(table, kernel_value, architecture);
	case CONVERSION_EQUAL:
		return equal_row(table, kernel_value, architecture);
	case CONVERSION_OPEN_FLAGS:
		return open_flags(kernel_value, architecture);
	case CONVERSION_MOUNT_FLAGS:
		if ((kernel_value & MOUNT_MAGIC_MASK) == MOUNT_MAGIC)
			kernel_value &= ~(uint64_t)MOUNT_MAGIC_MASK;
		return kernel_value;
	case CONVERSION_NOT_MADE:
		break;
	}
	return 0;
}

static const char *flag_name(enum flag_table table, uint64_t value)
{
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].value == value)
			return rows[i].name;
	return NULL;
}

const char *errno_name(int64_t number)
{
	return number > 0 ? flag_name(FLAG_TABLE_errno_names, (uint64_t)number) : NULL;
}

const char *signal_name(unsigned number)
{
	return flag_name(FLAG_TABLE_signal_names, number);
}
