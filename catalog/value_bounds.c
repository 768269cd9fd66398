#include "catalog/value_bounds.h"

#include "catalog/phase.h"

#define DECIMAL_BYTES_MAX 20
#define CALL_NAME_BYTES_MAX 64
#define ERRNO_NAME_BYTES_MAX 24
#define FD_LIST_ENTRY_BYTES 10          /* number, events */
#define FD_LIST_ENTRY_TEXT_BYTES_MAX 27 /* 20 digits, colon, letter, 4 hex digits, space */
#define SOCKET_TEXT_BYTES_MAX 128 /* two IPv6 addresses with ports, or two pointers, and "->"; a path comes on top */

static uint32_t names_bytes_max(enum flag_table table)
{
	size_t count;
	const struct flag_info *rows = flag_table_rows(table, &count);
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(rows[i].name) + 1;
	return (uint32_t)bytes;
}

static uint32_t text_bytes_max(unsigned event, unsigned index)
{
	const struct event_parameter_info *parameter = event_parameter_info(event, index);
	uint32_t bytes = event_parameter_bytes_max(event, index);
	uint32_t names;

	switch (parameter->type) {
	case TYPE_FD:
		return PARAMETER_STRING_BYTES_MAX + 4; /* the type's letters and brackets */
	case TYPE_PID:
	case TYPE_UID:
	case TYPE_GID:
		return PARAMETER_STRING_BYTES_MAX;
	case TYPE_ERRNO:
	case TYPE_SIGTYPE:
		return ERRNO_NAME_BYTES_MAX;
	case TYPE_SYSCALLID:
		return CALL_NAME_BYTES_MAX;
	case TYPE_SIGSET:
		return names_bytes_max(FLAG_TABLE_signal_names);
	case TYPE_FDLIST:
		return bytes / FD_LIST_ENTRY_BYTES * FD_LIST_ENTRY_TEXT_BYTES_MAX;
	case TYPE_SOCKADDR:
	case TYPE_SOCKTUPLE:
		return bytes + SOCKET_TEXT_BYTES_MAX;
	case TYPE_DYN:
		return bytes + DECIMAL_BYTES_MAX;
	case TYPE_CHARBUF:
	case TYPE_FSPATH:
	case TYPE_FSRELPATH:
	case TYPE_BYTEBUF:
		return bytes;
	default:
		if (parameter->flag_table < 0)
			return 32; /* numbers, times */
		names = names_bytes_max((enum flag_table)parameter->flag_table);
		return names > DECIMAL_BYTES_MAX ? names : DECIMAL_BYTES_MAX;
	}
}

/* name=raw(resolved) of every parameter, joined by spaces. */
static uint32_t arguments_bytes_max(unsigned event)
{
	unsigned count = event_parameter_count(event);
	uint64_t bytes = 0;

	for (unsigned i = 0; i < count; i++) {
		uint32_t text = text_bytes_max(event, i);

		bytes += strlen(event_parameter_info(event, i)->name) + 4 + text +
			 (text > DECIMAL_BYTES_MAX ? text : DECIMAL_BYTES_MAX);
	}
	return bytes < PARAMETER_LARGE_BYTES_MAX ? (uint32_t)bytes : PARAMETER_LARGE_BYTES_MAX;
}

uint32_t field_bytes_max(const struct field_request *request, unsigned event)
{
	const struct field_info *field = field_info(request->field);
	uint64_t parameters;
	uint32_t most = 0;

	if (!field || !event_info(event))
		return PARAMETER_LARGE_BYTES_MAX;
	switch (request->field) {
	case FIELD_EVT_ARGS:
	case FIELD_EVT_INFO:
		return arguments_bytes_max(event);
	case FIELD_EVT_ARG:
	case FIELD_EVT_RAWARG:
	case FIELD_EVT_BUFFER:
		break;
	case FIELD_EVT_TYPE:
	case FIELD_SYSCALL_TYPE:
		if (event == EVENT_ASYNCEVENT_E)
			return field->value_bytes_max;
		return event_has_result(event) ? (uint32_t)strlen(event_info(event)->name) : CALL_NAME_BYTES_MAX;
	default:
		return field->value_bytes_max;
	}

	parameters = field_parameters(request, event);
	for (unsigned i = 0; i < EVENT_PARAMETERS_MAX; i++) {
		uint32_t bytes;

		if (!(parameters >> i & 1))
			continue;
		bytes =
		    request->field == FIELD_EVT_ARG ? text_bytes_max(event, i) : event_parameter_bytes_max(event, i);
		most = bytes > most ? bytes : most;
	}
	return most;
}
