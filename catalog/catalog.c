#include "catalog/catalog.h"

#include <strings.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- types ---- */

static const struct {
	const char *name;
	uint8_t kind;
	uint8_t size_bytes;
} types[] = {
#define TYPE(constant, kind, size_bytes) {#constant, KIND_##kind, size_bytes},
#include "catalog/types.def"
#undef TYPE
};

const char *type_name(enum value_type type)
{
	return (unsigned)type < TYPE_COUNT ? types[type].name : "NONE";
}

enum value_kind type_kind(enum value_type type)
{
	return (unsigned)type < TYPE_COUNT ? (enum value_kind)types[type].kind : KIND_OPAQUE;
}

unsigned type_size_bytes(enum value_type type)
{
	return (unsigned)type < TYPE_COUNT ? types[type].size_bytes : 0;
}

/* ---- events ---- */

#define PLAIN -1, -1
#define FLAGS(table) FLAG_TABLE_##table, -1
#define VARIANT(table) FLAG_TABLE_##table, -1
#define RELATIVE(index) -1, index
#define KERNEL PARAMETER_SOURCE_KERNEL, 0
#define RESULT PARAMETER_SOURCE_RESULT, 0
#define REGISTER(argument) PARAMETER_SOURCE_REGISTER, argument
#define MEMORY(argument) PARAMETER_SOURCE_MEMORY, argument
#define PARAMETER_FIELDS(name, type, format, flag_table, directory, source, argument)                                  \
	{#name, TYPE_##type, FORMAT_##format, source, argument, flag_table, directory},
#define PARAMETER_EXPAND(...) PARAMETER_FIELDS(__VA_ARGS__)
static const struct event_parameter_info parameters[] = {
#define EVENT(id, constant, name, direction, category, event_class, flags, production, rebinds, predicts)
#define PARAMETER(event, name, type, format, meaning, source) PARAMETER_EXPAND(name, type, format, meaning, source)
#include "catalog/events.def"
#undef EVENT
#undef PARAMETER
};
#undef PLAIN
#undef FLAGS
#undef VARIANT
#undef RELATIVE
#undef KERNEL
#undef RESULT
#undef REGISTER
#undef MEMORY

static const struct event_info events[] = {
#define EVENT(id, constant, name, direction, category, event_class, flags, production, rebinds, predicts)                   \
	[id] = {name, #constant, direction, category, event_class, production, EVENT_PARAMETERS_##constant,                 \
		flags, rebinds, predicts},
#define PARAMETER(event, name, type, format, meaning, source)
#include "catalog/events.def"
#undef EVENT
#undef PARAMETER
};

_Static_assert(ARRAY_LENGTH(events) == EVENT_ID_COUNT, "a row per event id");
_Static_assert(ARRAY_LENGTH(parameters) == EVENT_PARAMETER_ROW_COUNT, "parameter rows and their enum agree");

const struct event_info *event_info(unsigned id)
{
	return id < EVENT_ID_COUNT ? &events[id] : NULL;
}

unsigned event_parameter_count(unsigned id)
{
	unsigned end;

	if (id >= EVENT_ID_COUNT)
		return 0;
	end = id + 1 < EVENT_ID_COUNT ? events[id + 1].first_parameter : EVENT_PARAMETER_ROW_COUNT;
	return end - events[id].first_parameter;
}

const struct event_parameter_info *event_parameter_info(unsigned id, unsigned index)
{
	return index < event_parameter_count(id) ? &parameters[events[id].first_parameter + index] : NULL;
}

int event_parameter_index(unsigned id, struct text name)
{
	unsigned count = event_parameter_count(id);

	for (unsigned i = 0; i < count; i++)
		if (text_is(name, parameters[events[id].first_parameter + i].name))
			return (int)i;
	return -1;
}

int event_next_by_name(struct text name, unsigned start)
{
	for (unsigned id = start; id < EVENT_ID_COUNT; id++)
		if (text_is(name, events[id].name))
			return (int)id;
	return -1;
}

bool event_name_exists(struct text name)
{
	return event_next_by_name(name, 0) >= 0;
}

/* ---- flags ---- */

enum {
#define FLAG_TABLE(table, style) FLAG_ROWS_##table, FLAG_ROWS_BASE_##table = FLAG_ROWS_##table - 1,
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
#define FLAG_TABLE(table, style)
#define FLAG(table, name, value, kernel_x86_64, kernel_aarch64)                                                        \
	{name, value, kernel_x86_64, kernel_aarch64, TYPE_NONE, FORMAT_NONE},
#define VARIANT(table, type, format, value)                                                                            \
	{#type, value, FLAG_NO_KERNEL_VALUE, FLAG_NO_KERNEL_VALUE, TYPE_##type, FORMAT_##format},
#include "catalog/flags.def"
#undef FLAG_TABLE
#undef FLAG
#undef VARIANT
};

static const struct {
	const char *name;
	uint16_t first_row;
	uint8_t style;
} flag_tables[] = {
#define FLAG_TABLE(table, style) {#table, FLAG_ROWS_##table, FLAG_STYLE_##style},
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

/* ---- system calls ---- */

static const struct syscall_info syscalls[] = {
#define SYSCALL(code, name, x86_64, aarch64, event_name, kind, category, exit_event, enter_event, pre_execution,       \
		state_keeping, ignored)                                                                                \
	{name,	   event_name, code,	    x86_64,	   aarch64,	  SYSCALL_##kind,                              \
	 category, exit_event, enter_event, pre_execution, state_keeping, ignored},
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

const struct syscall_info *syscall_by_code(unsigned code)
{
	for (size_t i = 0; i < ARRAY_LENGTH(syscalls); i++)
		if (syscalls[i].code == code)
			return &syscalls[i];
	return NULL;
}

const struct syscall_info *syscall_by_number_x86_64(int64_t number)
{
	for (size_t i = 0; number >= 0 && i < ARRAY_LENGTH(syscalls); i++)
		if (syscalls[i].number_x86_64 == number)
			return &syscalls[i];
	return NULL;
}

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

/* ---- fields ---- */

static const struct field_info fields[] = {
#define FIELD(constant, name, type, format, list, argument, flags, class, depends, value_bytes_max, meaning)           \
	{name, TYPE_##type, FORMAT_##format, list, ARGUMENT_##argument, flags, class, depends, value_bytes_max, meaning},
#include "catalog/fields.def"
#undef FIELD
};

const struct field_info *field_info(unsigned id)
{
	return id < FIELD_COUNT ? &fields[id] : NULL;
}

int field_by_name(struct text name)
{
	for (unsigned id = 0; id < FIELD_COUNT; id++)
		if (text_is(name, fields[id].name))
			return (int)id;
	return -1;
}

int field_by_prefix(struct text t, size_t *ret_length)
{
	size_t longest = 0;
	int found = -1;

	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		struct text name = text_from_string(fields[id].name);

		if (name.length > longest && text_starts_with(t, name)) {
			longest = name.length;
			found = (int)id;
		}
	}
	if (found >= 0)
		*ret_length = longest;
	return found;
}

/* ---- operators, transformers, ports, priorities ---- */

static const struct operator_info operators[] = {
#define OPERATOR(constant, name, kinds, list, modifier, meaning) {name, kinds, list, modifier, meaning},
#include "catalog/operators.def"
#undef OPERATOR
};

const struct operator_info *operator_info(unsigned id)
{
	return id < OPERATOR_COUNT ? &operators[id] : NULL;
}

int operator_by_name(struct text name)
{
	if (text_is(name, "=="))
		return OPERATOR_EQUAL;
	for (unsigned id = 0; id < OPERATOR_COUNT; id++)
		if (text_is(name, operators[id].name))
			return (int)id;
	return -1;
}

static const struct transformer_info transformers[] = {
#define TRANSFORMER(constant, name, arguments_min, arguments_max, meaning) {name, arguments_min, arguments_max, meaning},
#include "catalog/transformers.def"
#undef TRANSFORMER
};

const struct transformer_info *transformer_info(unsigned id)
{
	return id < TRANSFORMER_COUNT ? &transformers[id] : NULL;
}

int transformer_by_name(struct text name)
{
	for (unsigned id = 0; id < TRANSFORMER_COUNT; id++)
		if (text_is(name, transformers[id].name))
			return (int)id;
	return -1;
}

static const struct {
	const char *name;
	uint16_t port;
	bool tcp, udp;
} ports[] = {
#define PORT_NAME(name, port, tcp, udp) {name, port, tcp, udp},
#include "catalog/ports.def"
#undef PORT_NAME
};

int port_by_name(struct text name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++)
		if (text_is(name, ports[i].name))
			return ports[i].port;
	return -1;
}

const char *port_name(uint16_t port, bool is_udp)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++)
		if (ports[i].port == port && (is_udp ? ports[i].udp : ports[i].tcp))
			return ports[i].name;
	return NULL;
}

static const char *const priorities[PRIORITY_COUNT] = {"Emergency", "Alert",  "Critical",      "Error",
						       "Warning",   "Notice", "Informational", "Debug"};

const char *priority_name(enum priority priority)
{
	return (unsigned)priority < PRIORITY_COUNT ? priorities[priority] : "Unknown";
}

int priority_by_name(struct text name)
{
	for (int i = 0; i < PRIORITY_COUNT; i++)
		if (name.length == strlen(priorities[i]) && strncasecmp(name.bytes, priorities[i], name.length) == 0)
			return i;
	if (name.length == 4 && strncasecmp(name.bytes, "info", 4) == 0)
		return PRIORITY_INFORMATIONAL;
	return -1;
}
