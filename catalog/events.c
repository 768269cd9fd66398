#include "catalog/catalog.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

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

#define PLAIN -1, -1
#define FLAGS(table) FLAG_TABLE_##table, -1
#define VARIANT(table) FLAG_TABLE_##table, -1
#define RELATIVE(index) -1, index
#define KERNEL PARAMETER_SOURCE_KERNEL, 0
#define RESULT PARAMETER_SOURCE_RESULT, 0
#define REGISTER(argument) PARAMETER_SOURCE_REGISTER, argument
#define MEMORY(argument) PARAMETER_SOURCE_MEMORY, argument
#define NUMBER PARAMETER_SOURCE_NUMBER, 0
#define CONSTANT PARAMETER_SOURCE_CONSTANT, 0
#define REGISTER_AND_KERNEL(argument) PARAMETER_SOURCE_REGISTER_AND_KERNEL, argument
#define MEMORY_AND_KERNEL(argument) PARAMETER_SOURCE_MEMORY_AND_KERNEL, argument
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
#undef NUMBER
#undef CONSTANT
#undef REGISTER_AND_KERNEL
#undef MEMORY_AND_KERNEL

static const struct event_info events[] = {
#define EVENT(id, constant, name, direction, category, event_class, flags, production, rebinds, predicts)                   \
	[id] = {name, #constant, direction, category, event_class, production, EVENT_PARAMETERS_##constant,                 \
		flags, predicts, rebinds},
#define PARAMETER(event, name, type, format, meaning, source)
#include "catalog/events.def"
#undef EVENT
#undef PARAMETER
};

_Static_assert(ARRAY_LENGTH(events) == EVENT_ID_COUNT, "a row per event id");
_Static_assert(ARRAY_LENGTH(parameters) == EVENT_PARAMETER_ROW_COUNT, "parameter rows and their enum agree");

static const char *const category_names[] = {
	[CATEGORY_UNKNOWN] = "unknown",	      [CATEGORY_OTHER] = "other",	  [CATEGORY_FILE] = "file",
	[CATEGORY_NET] = "net",		      [CATEGORY_IPC] = "IPC",		  [CATEGORY_MEMORY] = "memory",
	[CATEGORY_PROCESS] = "process",	      [CATEGORY_SLEEP] = "sleep",	  [CATEGORY_SYSTEM] = "system",
	[CATEGORY_SIGNAL] = "signal",	      [CATEGORY_USER] = "user",		  [CATEGORY_TIME] = "time",
	[CATEGORY_PROCESSING] = "processing", [CATEGORY_IO_READ] = "IO read",	  [CATEGORY_IO_WRITE] = "IO write",
	[CATEGORY_IO_OTHER] = "IO other",     [CATEGORY_WAIT] = "wait",		  [CATEGORY_SCHEDULER] = "scheduler",
	[CATEGORY_INTERNAL] = "internal",
};

const char *event_category_name(enum event_category category)
{
	return (unsigned)category < ARRAY_LENGTH(category_names) ? category_names[category] : "unknown";
}

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

/* Apart from the rows, so that a search by name touches few lines of cache. */
static const uint8_t name_lengths[EVENT_ID_COUNT] = {
#define EVENT(id, constant, name, direction, category, event_class, flags, production, rebinds, predicts)                   \
	[id] = sizeof(name) - 1,
#define PARAMETER(event, name, type, format, meaning, source)
#include "catalog/events.def"
#undef EVENT
#undef PARAMETER
};

int event_next_by_name(struct text name, unsigned start)
{
	for (unsigned id = start; id < EVENT_ID_COUNT; id++)
		if (name_lengths[id] == name.length && memcmp(events[id].name, name.bytes, name.length) == 0)
			return (int)id;
	return -1;
}

bool event_name_exists(struct text name)
{
	return event_next_by_name(name, 0) >= 0;
}

bool event_has_result(unsigned id)
{
	const struct event_parameter_info *first = event_parameter_info(id, 0);

	return first && first->source == PARAMETER_SOURCE_RESULT;
}

int event_descriptor_parameter(unsigned id)
{
	const struct event_info *event = event_info(id);
	unsigned count = event_parameter_count(id);

	if (!event || !(event->flags & (EVENT_FLAG_USES_FD | EVENT_FLAG_DESTROYS_FD)))
		return -1;
	if (id == EVENT_SYSCALL_SPLICE_X)
		return PARAMETER_INDEX(SYSCALL_SPLICE_X, fd_out);
	for (unsigned i = event_has_result(id) ? 1 : 0; i < count; i++)
		if (event_parameter_info(id, i)->type == TYPE_FD)
			return (int)i;
	return -1;
}

uint32_t event_parameter_bytes_max(unsigned id, unsigned index)
{
	const struct event_parameter_info *parameter = event_parameter_info(id, index);

	if (!parameter)
		return 0;
	if (types[parameter->type].size_bytes != 0)
		return types[parameter->type].size_bytes;
	if (events[id].flags & EVENT_FLAG_LARGE_PAYLOAD)
		return PARAMETER_LARGE_BYTES_MAX;
	switch (parameter->type) {
	case TYPE_CHARBUF:
	case TYPE_FSPATH:
	case TYPE_FSRELPATH:
		return PARAMETER_STRING_BYTES_MAX + 1; /* the NUL */
	case TYPE_SOCKADDR:
	case TYPE_SOCKTUPLE:
		return PARAMETER_SOCKET_BYTES_MAX;
	default:
		return PARAMETER_BYTES_MAX;
	}
}
