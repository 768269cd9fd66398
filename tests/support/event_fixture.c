#include "tests/support/event_fixture.h"

#include <string.h>

#include "base/bytes.h"

void fixture_open(struct event_fixture *fixture)
{
	*fixture = (struct event_fixture){.memory = arena_new(0)};
	fixture->state = state_new(NULL, NULL);
	ck_assert_ptr_nonnull(fixture->memory);
	ck_assert_ptr_nonnull(fixture->state);
	fixture->reader = field_reader_new(fixture->state, FIXTURE_SLOTS);
	ck_assert_ptr_nonnull(fixture->reader);
}

void fixture_close(struct event_fixture *fixture)
{
	field_reader_free(fixture->reader);
	state_free(fixture->state);
	arena_free(fixture->memory);
	buffer_release(&fixture->text);
}

struct process_entry fixture_process(int64_t pid, int64_t ppid, const char *comm)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	entry.tid = entry.pid = entry.vtid = entry.vpid = pid;
	entry.ptid = ppid;
	entry.sid = entry.vpgid = entry.pgid = 50;
	entry.comm = entry.exe = text_from_string(comm);
	entry.cwd = TEXT("/");
	entry.root = TEXT("/");
	entry.uid = entry.gid = 0;
	return entry;
}

void fixture_add_processes(struct event_fixture *fixture)
{
	struct process_entry init = fixture_process(1, 0, "init");
	struct process_entry bash = fixture_process(50, 1, "bash");
	struct process_entry cat = fixture_process(100, 50, "cat");

	init.sid = init.vpgid = init.pgid = 1;
	bash.exe = TEXT("/bin/bash");
	bash.exepath = TEXT("/usr/bin/bash");
	bash.arguments = TEXT("--login\0");
	bash.environment = TEXT("HOME=/home/ann\0TERM=xterm\0");
	cat.exe = TEXT("/bin/cat");
	cat.exepath = TEXT("/usr/bin/cat");
	cat.arguments = TEXT("-n\0a b\0c\0");
	cat.environment = TEXT("PATH=/bin\0PADDED=  x  \0EMPTY=\0");
	cat.cwd = TEXT("/home/ann/");
	cat.cgroups = TEXT("cpu=/a\0memory=/b\0");
	cat.uid = 1000;
	cat.gid = 1001;
	cat.tty = 34816;
	cat.fd_limit = 200;
	ck_assert_int_eq(state_add_process(fixture->state, &init), 0);
	ck_assert_int_eq(state_add_process(fixture->state, &bash), 0);
	ck_assert_int_eq(state_add_process(fixture->state, &cat), 0);
}

void fixture_add_descriptor(struct event_fixture *fixture, int64_t tid, int64_t number, unsigned list_type, const char *name)
{
	struct descriptor_entry entry = {
		.number = number, .list_type = (uint8_t)list_type, .name = text_from_string(name)};

	ck_assert_int_eq(state_add_descriptor(fixture->state, tid, &entry), 0);
}

static unsigned parameter_index(const struct event_fixture *fixture, const char *parameter)
{
	int index = event_parameter_index(fixture->event.type, text_from_string(parameter));

	ck_assert_msg(index >= 0, "no parameter %s", parameter);
	return (unsigned)index;
}

void fixture_bytes(struct event_fixture *fixture, const char *parameter, const void *bytes, size_t length)
{
	/* Of the exact size, so that the sanitizer sees a read beyond it. */
	uint8_t *copy = arena_allocate(fixture->memory, length > 0 ? length : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, length);
	fixture->event.parameters[parameter_index(fixture, parameter)] =
		(struct event_parameter){.bytes = copy, .length = (uint32_t)length, .state = PARAMETER_PRESENT};
}

void fixture_text(struct event_fixture *fixture, const char *parameter, const char *text)
{
	fixture_bytes(fixture, parameter, text, strlen(text) + 1);
}

void fixture_number(struct event_fixture *fixture, const char *parameter, int64_t number)
{
	unsigned index = parameter_index(fixture, parameter);
	uint8_t bytes[16] = {0}; /* an IPv6 address is the largest */

	store_u64(bytes, (uint64_t)number);
	fixture_bytes(fixture, parameter, bytes,
		      type_size_bytes((enum value_type)event_parameter_info(fixture->event.type, index)->type));
}

void fixture_parameter_state(struct event_fixture *fixture, const char *parameter, enum parameter_state state)
{
	fixture->event.parameters[parameter_index(fixture, parameter)].state = (uint8_t)state;
}

void fixture_start(struct event_fixture *fixture, unsigned type, int64_t tid)
{
	unsigned count = event_parameter_count(type);

	fixture->event = (struct event){.number = ++fixture->event_number,
					.timestamp_ns = UINT64_C(1566230400010000000) + fixture->event_number,
					.thread_id = tid,
					.type = (uint16_t)type,
					.parameter_count = (uint8_t)count,
					.descriptor_number = -1};
	for (unsigned i = 0; i < count; i++) {
		const struct event_parameter_info *info = event_parameter_info(type, i);

		if (type_size_bytes((enum value_type)info->type) > 0)
			fixture_number(fixture, info->name, 0);
		else
			fixture_bytes(fixture, info->name, "", 0);
	}
}

void fixture_apply(struct event_fixture *fixture)
{
	state_apply(fixture->state, &fixture->event);
	field_reader_begin(fixture->reader, &fixture->event);
}

struct field_request *fixture_request(struct event_fixture *fixture, const char *name)
{
	struct field_request *request = arena_allocate(fixture->memory, sizeof *request);
	struct text text = arena_copy_text(fixture->memory, text_from_string(name)), argument;
	bool is_negative;
	uint64_t number;
	size_t length;
	int field;

	ck_assert_ptr_nonnull(request);
	field = field_by_prefix(text, &length);
	ck_assert_msg(field >= 0, "no field %s", name);
	request->field = (uint16_t)field;
	argument = text_slice(text, length, SIZE_MAX);
	if (argument.length == 0)
		return request;
	request->has_argument = true;
	request->argument = argument.bytes[0] == '[' ? text_slice(argument, 1, argument.length - 2)
						     : text_slice(argument, 1, SIZE_MAX);
	is_negative = text_starts_with(request->argument, TEXT("-"));
	if (text_to_u64(is_negative ? text_slice(request->argument, 1, SIZE_MAX) : request->argument, &number)) {
		request->argument_is_number = true;
		request->argument_number = is_negative ? -(int64_t)number : (int64_t)number;
	}
	return request;
}

/* No slot: what a use of a field keeps is tested with slots of its own. */
struct value fixture_get(struct event_fixture *fixture, const char *name)
{
	struct value value;

	field_get(fixture->reader, UINT32_MAX, fixture_request(fixture, name), &value);
	return value;
}

struct value fixture_get_each(struct event_fixture *fixture, const char *name)
{
	struct field_request *request = fixture_request(fixture, name);
	struct value value;

	request->flags = SLOT_FLAG_EACH;
	field_get(fixture->reader, UINT32_MAX, request, &value);
	return value;
}

const char *fixture_print(struct event_fixture *fixture, const char *name)
{
	struct field_request *request = fixture_request(fixture, name);
	struct value value;

	field_get(fixture->reader, UINT32_MAX, request, &value);
	buffer_clear(&fixture->text);
	value_text_append(&fixture->text, &value, field_style(fixture->reader, UINT32_MAX, request));
	buffer_append_byte(&fixture->text, 0);
	ck_assert(!fixture->text.failed);
	return (const char *)fixture->text.bytes;
}
