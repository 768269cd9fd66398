#include "event/sources/scap_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "event/state/state.h"
#include "tests/support/capture_builder.h"
#include "tests/support/check_main.h"
#include "tests/support/memory_file.h"

/* What a capture gave when it was read to its end. */
struct reading {
	struct state *state;
	uint64_t event_count, shown_count, last_number;
	uint64_t numbers[64]; /* of the first events */
	uint16_t types[64];
	bool hidden[64], section_starts[64];
	int end;
	char error[256];
};

static struct reading read_bytes(const void *bytes, size_t length)
{
	struct reading reading = {.state = state_new(NULL, NULL)};
	struct memory_file file = memory_file_new(bytes, length);
	struct event_source *source;
	struct event event;

	ck_assert_ptr_nonnull(reading.state);
	ck_assert_int_eq(scap_source_open(file.path, &source), 0);
	while ((reading.end = source->next(source, reading.state, &event)) == 1) {
		if (reading.event_count < 64) {
			reading.numbers[reading.event_count] = event.number;
			reading.types[reading.event_count] = event.type;
			reading.hidden[reading.event_count] = event.is_hidden;
			reading.section_starts[reading.event_count] = event.starts_section;
		}
		reading.event_count++;
		reading.shown_count += !event.is_hidden;
		reading.last_number = event.number;
	}
	/* The end is the end, and a fault stays. */
	ck_assert_int_eq(source->next(source, reading.state, &event), reading.end);
	if (reading.end < 0) {
		snprintf(reading.error, sizeof reading.error, "%s", source->error(source));
		ck_assert_uint_gt(strlen(reading.error), 0);
	}
	source->free(source);
	memory_file_close(&file);
	return reading;
}

static struct reading read_capture(const struct buffer *capture)
{
	ck_assert(!capture->failed);
	return read_bytes(capture->bytes, capture->length);
}

static void close_event(struct buffer *capture, uint64_t timestamp_ns)
{
	struct capture_parameter parameters[] = {capture_i64(0), capture_i64(3)};

	capture_event(capture, EVENT_SYSCALL_CLOSE_X, timestamp_ns, 42, parameters, 2);
}

/* ---- lists ---- */

static const uint32_t process_list_ids[] = {0, 0x202, 0x207, 0x209, 0x210, 0x211, 0x212, 0x213, 0x214, 0x215};

/* A process as version `version` writes it; `tail_bytes` of the fields behind `root` in version 9. */
static void append_process(struct buffer *capture, unsigned version, int64_t tid, size_t tail_bytes)
{
	struct buffer tail = BUFFER_INIT;
	size_t entry = 0;

	if (version >= 9)
		entry = capture_begin_entry(capture);
	buffer_append_u64(capture, (uint64_t)tid);
	buffer_append_u64(capture, (uint64_t)tid);
	buffer_append_u64(capture, 1);
	if (version >= 6)
		buffer_append_u64(capture, 100);
	if (version >= 8)
		buffer_append_u64(capture, 101);
	capture_text(capture, TEXT("comm"));
	capture_text(capture, TEXT("exe"));
	if (version >= 7)
		capture_text(capture, TEXT("/bin/exe"));
	capture_text(capture, TEXT("-a\0b\0"));
	capture_text(capture, TEXT("/cwd/"));
	buffer_append_u64(capture, 1024);
	buffer_append_u32(capture, 0);
	buffer_append_u32(capture, 1000);
	buffer_append_u32(capture, 1001);
	if (version >= 2) {
		for (uint32_t i = 0; i < 3; i++)
			buffer_append_u32(capture, 200 + i);
		buffer_append_u64(capture, 300);
		buffer_append_u64(capture, 301);
	}
	if (version >= 3)
		capture_text(capture, TEXT("A=1\0B=2\0"));
	if (version >= 4) {
		buffer_append_u64(capture, 7);
		buffer_append_u64(capture, 8);
		capture_text(capture, TEXT("cpu=/a\0mem_cgroup=/b\0"));
	}
	if (version >= 5)
		capture_text(capture, TEXT("/root"));
	if (version < 9)
		return;
	buffer_append_u64(&tail, 5000); /* start of the pid namespace */
	buffer_append_u32(&tail, 34816);
	buffer_append_u32(&tail, 1002);
	buffer_append_byte(&tail, 1);
	for (uint64_t i = 0; i < 3; i++)
		buffer_append_u64(&tail, 400 + i);
	buffer_append_byte(&tail, 1);
	for (uint64_t i = 0; i < 3; i++)
		buffer_append_u64(&tail, 500 + i);
	buffer_append_byte(&tail, 1);
	buffer_append_byte(&tail, 1);
	buffer_append_u64(&tail, 102);
	buffer_append_u64(&tail, 0x1234); /* of a newer writer */
	buffer_append(capture, tail.bytes, tail_bytes < tail.length ? tail_bytes : tail.length);
	buffer_release(&tail);
	capture_end_entry(capture, entry, true);
}

START_TEST(process_lists_of_every_version)
{
	unsigned version = (unsigned)_i;
	struct buffer capture = BUFFER_INIT;
	struct reading r;
	const struct thread *thread;
	size_t block;

	capture_section_header(&capture);
	block = capture_begin_block(&capture, process_list_ids[version]);
	append_process(&capture, version, 42, SIZE_MAX);
	append_process(&capture, version, 43, SIZE_MAX);
	capture_end_block(&capture, block);
	close_event(&capture, 1);
	r = read_capture(&capture);
	ck_assert_msg(r.end == 0, "%s", r.error);
	ck_assert_uint_eq(thread_count(r.state->threads), 2);
	thread = thread_find(r.state->threads, 43);
	ck_assert_ptr_nonnull(thread);
	ck_assert_int_eq(thread->pid, 43);
	ck_assert_int_eq(thread->ptid, 1);
	ck_assert_int_eq(thread->sid, version >= 6 ? 100 : -1);
	ck_assert_int_eq(thread->vpgid, version >= 8 ? 101 : -1);
	ck_assert(text_is(thread_comm(thread), "comm"));
	ck_assert(text_is(thread_exe(thread), "exe"));
	ck_assert(text_is(thread_exepath(thread), version >= 7 ? "/bin/exe" : ""));
	ck_assert(text_starts_with(thread_arguments(thread), TEXT("-a\0b")));
	ck_assert_int_eq(thread->fd_limit, 1024);
	ck_assert_uint_eq(thread->uid, 1000);
	ck_assert_uint_eq(thread->gid, 1001);
	ck_assert_uint_eq(thread->vm_size_kb, version >= 2 ? 200 : 0);
	ck_assert_uint_eq(thread->vm_swap_kb, version >= 2 ? 202 : 0);
	ck_assert_uint_eq(thread->page_faults_minor, version >= 2 ? 301 : 0);
	ck_assert_int_eq(thread->vtid, version >= 4 ? 7 : -1);
	ck_assert_int_eq(thread->vpid, version >= 4 ? 8 : -1);
	ck_assert(text_is(thread_root(thread), version >= 5 ? "/root" : ""));
	ck_assert_int_eq(thread->pgid, version >= 9 ? 102 : -1);
	ck_assert_uint_eq(thread->tty, version >= 9 ? 34816 : 0);
	ck_assert_uint_eq(thread->loginuid, version >= 9 ? 1002 : THREAD_ID_NONE);
	ck_assert_uint_eq(thread->cap_effective, version >= 9 ? 402 : 0);
	ck_assert_uint_eq(thread->exe_inode, version >= 9 ? 500 : 0);
	ck_assert(thread->exe_is_lower_layer == (version >= 9));
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

/* Version 9 grew at its end; its first writer left out two fields at the start of that end. */
START_TEST(tails_of_process_entries)
{
	for (size_t tail_bytes = 0; tail_bytes <= 100; tail_bytes++) {
		struct buffer capture = BUFFER_INIT;
		const struct thread *thread;
		struct reading r;
		size_t block;

		capture_section_header(&capture);
		block = capture_begin_block(&capture, 0x215);
		append_process(&capture, 9, 42, tail_bytes);
		append_process(&capture, 9, 43, 0);
		capture_end_block(&capture, block);
		close_event(&capture, 1);
		r = read_capture(&capture);
		ck_assert_msg(r.end == 0, "%s", r.error);
		ck_assert_ptr_nonnull(thread_find(r.state->threads, 43));
		thread = thread_find(r.state->threads, 42);
		ck_assert_ptr_nonnull(thread);
		if (tail_bytes <= 29) {
			ck_assert_uint_eq(thread->tty, 0);
			/* What was written as the start of the pid namespace stands where the login uid is read. */
			ck_assert_uint_eq(thread->loginuid, tail_bytes >= 4 ? 5000 : THREAD_ID_NONE);
		} else {
			ck_assert_uint_eq(thread->tty, 34816);
			ck_assert_uint_eq(thread->loginuid, 1002);
			ck_assert_uint_eq(thread->cap_effective, tail_bytes >= 41 ? 402 : 0);
			ck_assert_uint_eq(thread->exe_mtime_ns, tail_bytes >= 66 ? 502 : 0);
			ck_assert_int_eq(thread->pgid, tail_bytes >= 76 ? 102 : -1);
		}
		state_free(r.state);
		buffer_release(&capture);
	}
}
END_TEST

static void append_fd(struct buffer *capture, unsigned version, int64_t number, uint8_t type, struct text rest)
{
	size_t entry = 0;

	if (version >= 2)
		entry = capture_begin_entry(capture);
	buffer_append_u64(capture, (uint64_t)number);
	buffer_append_u64(capture, (uint64_t)number + 1000);
	buffer_append_byte(capture, type);
	buffer_append_text(capture, rest);
	if (version >= 2)
		capture_end_entry(capture, entry, true);
}

START_TEST(fd_lists_of_every_version)
{
	static const uint8_t named_types[] = {0, 1, 2, 7, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21};
	unsigned version = (unsigned)_i;
	struct buffer capture = BUFFER_INIT;
	const struct descriptor *d;
	const struct thread *thread;
	struct reading r;
	size_t block;

	capture_section_header(&capture);
	block = capture_begin_block(&capture, 0x202);
	append_process(&capture, 1, 42, 0);
	capture_end_block(&capture, block);
	block = capture_begin_block(&capture, version == 1 ? 0x203 : 0x218);
	buffer_append_u64(&capture, 42);
	for (size_t i = 0; i < sizeof named_types; i++)
		append_fd(&capture, version, 100 + named_types[i], named_types[i], TEXT("\4\0name"));
	append_fd(&capture, version, 3, 3, TEXT("\x0a\0\0\1\x0a\0\0\2\x34\x12\x78\x56\2"));
	append_fd(&capture, version, 4, 4,
		  TEXT("\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\2\1\0\2\0\3"));
	append_fd(&capture, version, 5, 5, TEXT("\0\0\0\0\x50\0\2"));
	append_fd(&capture, version, 6, 6, TEXT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x50\0\2"));
	append_fd(&capture, version, 8, 8, TEXT("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\5\0/sock"));
	append_fd(&capture, version, 16, 16, version == 1 ? TEXT("\1\x10\0\0\2\0/x") : TEXT("\1\x10\0\0\2\0/x\x11\0\0\0"));
	append_fd(&capture, version, 17, 16, TEXT("\1\0\0\0\2\0/y"));
	if (version >= 2)
		append_fd(&capture, version, 200, 77, TEXT("anything"));
	capture_end_block(&capture, block);
	close_event(&capture, 1);
	r = read_capture(&capture);
	ck_assert_msg(r.end == 0, "%s", r.error);
	thread = thread_find(r.state->threads, 42);
	for (size_t i = 0; i < sizeof named_types; i++) {
		d = thread_descriptor(thread, 100 + named_types[i]);
		ck_assert_ptr_nonnull(d);
		ck_assert(text_is(descriptor_name(d), "name"));
		ck_assert_uint_eq(d->inode, 1100u + named_types[i]);
	}
	ck_assert_int_eq(thread_descriptor(thread, 107)->kind, DESCRIPTOR_PIPE);
	ck_assert_int_eq(thread_descriptor(thread, 121)->kind, DESCRIPTOR_PIDFD);
	d = thread_descriptor(thread, 3);
	ck_assert_int_eq(d->kind, DESCRIPTOR_IPV4);
	ck_assert_mem_eq(d->source.address, "\x0a\0\0\1", 4);
	ck_assert_mem_eq(d->destination.address, "\x0a\0\0\2", 4);
	ck_assert_uint_eq(d->source.port, 0x1234);
	ck_assert_uint_eq(d->destination.port, 0x5678);
	ck_assert_int_eq(d->protocol, PROTOCOL_TCP);
	d = thread_descriptor(thread, 4);
	ck_assert_int_eq(d->kind, DESCRIPTOR_IPV6);
	ck_assert_uint_eq(d->destination.address[15], 2);
	ck_assert_uint_eq(d->destination.port, 2);
	d = thread_descriptor(thread, 5);
	ck_assert_int_eq(d->kind, DESCRIPTOR_IPV4_LISTENING);
	ck_assert_uint_eq(d->source.port, 80);
	d = thread_descriptor(thread, 6);
	ck_assert(descriptor_is_listening(d));
	ck_assert_uint_eq(d->source.port, 80);
	d = thread_descriptor(thread, 8);
	ck_assert_int_eq(d->kind, DESCRIPTOR_UNIX);
	ck_assert_uint_eq(d->source_pointer, 1);
	ck_assert_uint_eq(d->destination_pointer, 2);
	d = thread_descriptor(thread, 16);
	ck_assert_int_eq(d->kind, DESCRIPTOR_FILE);
	ck_assert_uint_eq(d->open_flags, 0x1001);
	ck_assert_uint_eq(d->device, version == 1 ? 0 : 17);
	ck_assert(d->close_on_exec);
	ck_assert_uint_eq(thread_descriptor(thread, 17)->device, 0);
	if (version >= 2)
		ck_assert(text_is(descriptor_name(thread_descriptor(thread, 200)), "unknown-type:[77]"));
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

static void append_interface(struct buffer *capture, unsigned version, uint16_t type, uint8_t last_byte)
{
	size_t entry = 0, address_bytes = type % 2 ? 4 : 16;

	if (version >= 2)
		entry = capture_begin_entry(capture);
	buffer_append_u16(capture, type);
	buffer_append_u16(capture, 4);
	for (unsigned i = 0; i < 3; i++) {
		buffer_append_zeros(capture, address_bytes - 1);
		buffer_append_byte(capture, last_byte);
	}
	if (type <= 2)
		buffer_append_u64(capture, 1000);
	buffer_append_string(capture, "eth0");
	if (version >= 2) {
		buffer_append_string(capture, "newer");
		capture_end_entry(capture, entry, false);
	}
}

START_TEST(interface_lists_of_every_version)
{
	unsigned version = (unsigned)_i;
	struct buffer capture = BUFFER_INIT;
	struct reading r;
	size_t block;

	capture_section_header(&capture);
	block = capture_begin_block(&capture, version == 1 ? 0x205 : 0x219);
	for (uint16_t type = 1; type <= 4; type++)
		append_interface(&capture, version, type, (uint8_t)type);
	if (version >= 2)
		append_interface(&capture, version, 9, 0);
	capture_end_block(&capture, block);
	close_event(&capture, 1);
	r = read_capture(&capture);
	ck_assert_msg(r.end == 0, "%s", r.error);
	ck_assert_uint_eq(r.state->interfaces.count, 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct interface *interface = &r.state->interfaces.interfaces[i];

		ck_assert_int_eq(interface->family, i % 2 ? SOCKET_FAMILY_IPV6 : SOCKET_FAMILY_IPV4);
		ck_assert_uint_eq(interface->address[i % 2 ? 15 : 3], i + 1);
	}
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

static void append_user(struct buffer *capture, unsigned version, bool is_group, uint32_t id, struct text name)
{
	size_t entry = 0;

	if (version >= 2)
		entry = capture_begin_entry(capture);
	buffer_append_byte(capture, is_group);
	buffer_append_u32(capture, id);
	if (!is_group)
		buffer_append_u32(capture, id + 1);
	capture_text(capture, name);
	if (!is_group) {
		capture_text(capture, TEXT("/home"));
		capture_text(capture, TEXT("/bin/sh"));
	}
	if (version >= 2)
		capture_end_entry(capture, entry, true);
}

START_TEST(user_lists_of_every_version)
{
	unsigned version = (unsigned)_i;
	struct buffer capture = BUFFER_INIT;
	const struct group *group;
	const struct user *user;
	struct reading r;
	size_t block;

	capture_section_header(&capture);
	block = capture_begin_block(&capture, version == 1 ? 0x206 : 0x220);
	append_user(&capture, version, false, 1000, TEXT("alice"));
	append_user(&capture, version, true, 2000, TEXT("staff"));
	append_user(&capture, version, false, 1001, TEXT(""));
	capture_end_block(&capture, block);
	close_event(&capture, 1);
	r = read_capture(&capture);
	ck_assert_msg(r.end == 0, "%s", r.error);
	user = user_table_find(r.state->users, TEXT_EMPTY, 1000);
	ck_assert_ptr_nonnull(user);
	ck_assert_uint_eq(user->gid, 1001);
	ck_assert(text_is(shared_text_get(user->name), "alice"));
	ck_assert(text_is(shared_text_get(user->home), "/home"));
	ck_assert(text_is(shared_text_get(user->shell), "/bin/sh"));
	group = user_table_find_group(r.state->users, TEXT_EMPTY, 2000);
	ck_assert_ptr_nonnull(group);
	ck_assert(text_is(shared_text_get(group->name), "staff"));
	ck_assert_ptr_nonnull(user_table_find(r.state->users, TEXT_EMPTY, 1001));
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

START_TEST(machine_info)
{
	struct buffer capture = BUFFER_INIT;
	struct reading r;

	capture_section_header(&capture);
	capture_machine_info(&capture, "some-host", 16);
	close_event(&capture, 1);
	r = read_capture(&capture);
	ck_assert_int_eq(r.end, 0);
	ck_assert_str_eq(r.state->machine.host_name, "some-host");
	ck_assert_uint_eq(r.state->machine.cpu_count, 16);
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

/* The ids that blocks had before, of writers up to 2018, and a type that nobody knows. */
START_TEST(former_and_unknown_block_types)
{
	struct buffer capture = BUFFER_INIT;
	struct capture_event_form form = {.block_type = 0x8010ABCD, .version = 1};
	struct capture_parameter parameters[] = {capture_i64(0), capture_i64(3)};
	struct reading r;
	size_t block;

	capture_section_header(&capture);
	block = capture_begin_block(&capture, 0x8014ABCD);
	append_process(&capture, 3, 42, 0);
	capture_end_block(&capture, block);
	block = capture_begin_block(&capture, 0x7777);
	buffer_append_zeros(&capture, 300000);
	capture_end_block(&capture, block);
	capture_event_as(&capture, form, EVENT_SYSCALL_CLOSE_X, 1, 42, parameters, 2);
	r = read_capture(&capture);
	ck_assert_msg(r.end == 0, "%s", r.error);
	ck_assert_uint_eq(r.event_count, 1);
	ck_assert_ptr_nonnull(thread_find(r.state->threads, 42));
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

/* ---- numbers, sections, hidden events ---- */

static void user_event(struct buffer *capture)
{
	struct capture_parameter parameters[] = {capture_u32(1), capture_u32(1), capture_string("u"), capture_string("/"),
						 capture_string("/bin/sh"), capture_string("")};

	capture_event(capture, EVENT_USER_ADDED_E, 1, -1, parameters, 6);
}

static void open_copy(struct buffer *capture)
{
	struct capture_parameter parameters[] = {capture_string("/x"), capture_u32(1), capture_u32(0)};

	capture_event(capture, EVENT_SYSCALL_OPEN_E, 1, 42, parameters, 3);
}

static void close_pair_of_old_schema(struct buffer *capture)
{
	struct capture_parameter enter[] = {capture_i64(3)}, exit[] = {capture_i64(0)};

	capture_event(capture, EVENT_SYSCALL_CLOSE_E, 1, 42, enter, 1);
	capture_event(capture, EVENT_SYSCALL_CLOSE_X, 2, 42, exit, 1);
}

static void state_only_event(struct buffer *capture)
{
	struct capture_parameter parameters[] = {capture_i64(0), capture_i64(3)};
	struct capture_event_form form = {.block_type = 0x217, .version = 2, .has_flags = true, .flags = 1};

	capture_event_as(capture, form, EVENT_SYSCALL_CLOSE_X, 1, 42, parameters, 2);
}

START_TEST(what_is_hidden_and_what_is_counted)
{
	struct buffer capture = BUFFER_INIT;
	struct reading r;
	struct {
		uint16_t type;
		bool is_hidden, starts_section;
		uint64_t number;
	} expected[] = {
		{EVENT_USER_ADDED_E, true, true, 1},
		{EVENT_USER_ADDED_E, true, false, 2},
		{EVENT_SYSCALL_OPEN_E, true, false, 3},	 /* a copy made before the call */
		{EVENT_SYSCALL_CLOSE_X, false, false, 4}, /* its enter event is swallowed */
		{EVENT_USER_ADDED_E, false, false, 5},	 /* no longer at the start */
		{EVENT_SYSCALL_CLOSE_X, true, false, 6}, /* marked by the writer */
		{EVENT_SYSCALL_CLOSE_X, false, false, 7},
		/* The appended capture. */
		{EVENT_USER_ADDED_E, true, true, 7},
		{EVENT_SYSCALL_CLOSE_X, false, false, 8},
		{EVENT_USER_ADDED_E, false, false, 9},
	};
	size_t block;

	capture_section_header(&capture);
	block = capture_begin_block(&capture, 0x202);
	append_process(&capture, 1, 41, 0);
	capture_end_block(&capture, block);
	user_event(&capture);
	user_event(&capture);
	open_copy(&capture);
	close_pair_of_old_schema(&capture);
	user_event(&capture);
	state_only_event(&capture);
	close_event(&capture, 3);
	/* Of a newer schema: passed over, not counted. */
	capture_event_as(&capture, (struct capture_event_form){.block_type = 0x216, .version = 2}, EVENT_ID_COUNT, 1, 1, NULL,
			 0);

	capture_section_header(&capture);
	block = capture_begin_block(&capture, 0x202);
	append_process(&capture, 1, 43, 0);
	capture_end_block(&capture, block);
	user_event(&capture);
	close_event(&capture, 4);
	user_event(&capture);

	r = read_capture(&capture);
	ck_assert_msg(r.end == 0, "%s", r.error);
	ck_assert_uint_eq(r.event_count, sizeof expected / sizeof expected[0]);
	for (size_t i = 0; i < r.event_count; i++) {
		ck_assert_uint_eq(r.types[i], expected[i].type);
		ck_assert_uint_eq(r.numbers[i], expected[i].number);
		ck_assert_int_eq(r.hidden[i], expected[i].is_hidden);
		ck_assert_int_eq(r.section_starts[i], expected[i].starts_section);
	}
	/* Nothing of the first section is left. */
	ck_assert_ptr_null(thread_find(r.state->threads, 41));
	ck_assert_ptr_nonnull(thread_find(r.state->threads, 43));
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

/* An enter event that was remembered in one section is not the one of a call in the next. */
START_TEST(sections_do_not_share_enter_events)
{
	struct capture_parameter enter[] = {capture_i64(3), capture_u32(9)}, exit[] = {capture_i64(0)};
	struct buffer capture = BUFFER_INIT;
	struct reading r;

	capture_section_header(&capture);
	close_event(&capture, 1);
	capture_event(&capture, EVENT_SYSCALL_READ_E, 1, 42, enter, 2);
	capture_section_header(&capture);
	capture_event(&capture, EVENT_SYSCALL_CLOSE_X, 2, 42, exit, 1); /* a read before it would be an error */
	r = read_capture(&capture);
	ck_assert_msg(r.end == 0, "%s", r.error);
	ck_assert_uint_eq(r.event_count, 2);
	state_free(r.state);
	buffer_release(&capture);
}
END_TEST

/* ---- damage ---- */

static struct buffer small_capture(size_t *ret_event_offsets, size_t event_count)
{
	struct buffer capture = BUFFER_INIT;
	size_t block;

	capture_section_header(&capture);
	capture_machine_info(&capture, "h", 1);
	block = capture_begin_block(&capture, 0x219);
	append_interface(&capture, 2, 1, 1);
	capture_end_block(&capture, block);
	block = capture_begin_block(&capture, 0x220);
	append_user(&capture, 2, false, 0, TEXT("root"));
	append_user(&capture, 2, true, 0, TEXT("root"));
	capture_end_block(&capture, block);
	block = capture_begin_block(&capture, 0x215);
	append_process(&capture, 9, 42, SIZE_MAX);
	capture_end_block(&capture, block);
	block = capture_begin_block(&capture, 0x218);
	buffer_append_u64(&capture, 42);
	append_fd(&capture, 2, 3, 16, TEXT("\1\x10\0\0\2\0/x\x11\0\0\0"));
	capture_end_block(&capture, block);
	for (size_t i = 0; i < event_count; i++) {
		ret_event_offsets[i] = capture.length;
		close_event(&capture, i);
	}
	return capture;
}

#define SMALL_EVENTS 4

/* Cut at every byte: the events whose blocks are whole, then the fault, unless the cut is between two events. */
START_TEST(truncation_at_every_byte)
{
	size_t offsets[SMALL_EVENTS + 1];
	struct buffer capture = small_capture(offsets, SMALL_EVENTS);

	offsets[SMALL_EVENTS] = capture.length;
	for (size_t length = 0; length < capture.length; length++) {
		struct reading r = read_bytes(capture.bytes, length);
		size_t whole = 0;

		while (whole < SMALL_EVENTS && offsets[whole + 1] <= length)
			whole++;
		ck_assert_uint_eq(r.event_count, whole);
		if (whole > 0 && length == offsets[whole])
			ck_assert_int_eq(r.end, 0);
		else
			ck_assert_int_eq(r.end, -EBADMSG);
		state_free(r.state);
	}
	buffer_release(&capture);
}
END_TEST

/* The same in the compressed file: at least the beginning is given, and the end is always a fault. */
START_TEST(truncation_of_the_compressed_file)
{
	size_t offsets[SMALL_EVENTS];
	struct buffer capture = small_capture(offsets, SMALL_EVENTS), packed = BUFFER_INIT;
	uint64_t most = 0;

	gzip_append(&packed, capture.bytes, capture.length);
	for (size_t length = 2; length < packed.length; length++) {
		struct reading r = read_bytes(packed.bytes, length);

		ck_assert_int_eq(r.end, -EBADMSG);
		if (r.event_count > most)
			most = r.event_count;
		state_free(r.state);
	}
	ck_assert_uint_eq(most, SMALL_EVENTS);
	buffer_release(&capture);
	buffer_release(&packed);
}
END_TEST

/*
 * Every byte changed in several ways: whatever comes of it, it ends, and events before the damage are given. The sanitizers
 * watch the rest.
 */
START_TEST(damage_at_every_byte)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};
	size_t offsets[SMALL_EVENTS];
	struct buffer capture = small_capture(offsets, SMALL_EVENTS);
	unsigned faults = 0;

	for (size_t at = 0; at < capture.length; at++) {
		for (size_t i = 0; i < sizeof masks; i++) {
			size_t whole = 0;
			struct reading r;

			while (whole + 1 < SMALL_EVENTS && offsets[whole + 1] <= at)
				whole++;
			capture.bytes[at] ^= masks[i];
			r = read_capture(&capture);
			capture.bytes[at] ^= masks[i];
			if (at >= offsets[0])
				ck_assert_uint_ge(r.event_count, whole);
			faults += r.end < 0;
			state_free(r.state);
		}
	}
	ck_assert_uint_gt(faults, 300);
	buffer_release(&capture);
}
END_TEST

static void assert_fault(const struct buffer *capture, uint64_t events, const char *error)
{
	struct reading r = read_capture(capture);

	ck_assert_int_eq(r.end, -EBADMSG);
	ck_assert_uint_eq(r.event_count, events);
	ck_assert_str_eq(r.error, error);
	state_free(r.state);
}

START_TEST(faults_say_what_is_wrong_and_where)
{
	struct capture_parameter surplus[] = {capture_i64(0), capture_i64(3), capture_i64(0)};
	size_t offsets[1], block;
	struct buffer capture;
	char expected[256];

	capture = small_capture(offsets, 1);
	store_u32(capture.bytes + 8, 0x4D3C2B1A);
	assert_fault(&capture, 0,
		     "offset 0, section header block (0xa0d0d0a): written on a machine with the other byte order");
	store_u32(capture.bytes + 8, 0x1A2B3C4D);
	store_u16(capture.bytes + 12, 2);
	assert_fault(&capture, 0, "offset 0, section header block (0xa0d0d0a): version 2 is newer than 1");
	store_u16(capture.bytes + 12, 1);
	store_u32(capture.bytes + 24, 32);
	assert_fault(&capture, 0, "offset 0, section header block (0xa0d0d0a): length 28 at its start, 32 at its end");
	store_u32(capture.bytes + 24, 28);
	store_u32(capture.bytes + 32, 8);
	assert_fault(&capture, 0, "offset 28, machine info block (0x201): length 8 is less than that of an empty block");
	store_u32(capture.bytes + 32, 192);
	store_u32(capture.bytes, 0x216);
	assert_fault(&capture, 0, "offset 0, event block (0x216): not a capture: it does not begin with a section header");
	store_u32(capture.bytes, 0x0A0D0D0A);

	/* A length of almost 4 GiB is not believed, let alone allocated. */
	store_u32(capture.bytes + offsets[0] + 4, 0xfffffff0);
	snprintf(expected, sizeof expected, "offset %zu, event block (0x216): longer than 65536 bytes", offsets[0]);
	assert_fault(&capture, 0, expected);
	store_u32(capture.bytes + offsets[0], 0x221);
	snprintf(expected, sizeof expected, "offset %zu, event block (0x221): larger than 16777216 bytes", offsets[0]);
	assert_fault(&capture, 0, expected);
	buffer_release(&capture);

	capture = small_capture(offsets, 0);
	snprintf(expected, sizeof expected, "offset %zu: the capture has no events", capture.length);
	assert_fault(&capture, 0, expected);
	block = capture_begin_block(&capture, 0x215);
	buffer_append_u32(&capture, 3);
	capture_end_block(&capture, block);
	snprintf(expected, sizeof expected, "offset %zu, process list block (0x215): an entry is shorter than its length field",
		 block);
	assert_fault(&capture, 0, expected);
	buffer_release(&capture);

	capture = small_capture(offsets, 1);
	block = capture.length;
	capture_event(&capture, EVENT_SYSCALL_CLOSE_X, 1, 42, surplus, 3);
	snprintf(expected, sizeof expected,
		 "offset %zu, event block (0x216): no version of the event has this number of parameters (event type 5)",
		 block);
	assert_fault(&capture, 1, expected);
	capture.length = block;
	capture_machine_info(&capture, "h", 1);
	snprintf(expected, sizeof expected,
		 "offset %zu, machine info block (0x201): neither an event nor another capture's section header", block);
	assert_fault(&capture, 1, expected);
	buffer_release(&capture);

	capture = BUFFER_INIT;
	assert_fault(&capture, 0, "offset 0: the file is empty");
	buffer_append_string(&capture, "#!/bin/sh\necho\n");
	assert_fault(&capture, 0,
		     "offset 0, unknown block (0x622f2123): not a capture: it does not begin with a section header");
	buffer_release(&capture);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("scap_read");
	TCase *c = tcase_create("scap_read");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, process_lists_of_every_version, 1, 10);
	tcase_add_test(c, tails_of_process_entries);
	tcase_add_loop_test(c, fd_lists_of_every_version, 1, 3);
	tcase_add_loop_test(c, interface_lists_of_every_version, 1, 3);
	tcase_add_loop_test(c, user_lists_of_every_version, 1, 3);
	tcase_add_test(c, machine_info);
	tcase_add_test(c, former_and_unknown_block_types);
	tcase_add_test(c, what_is_hidden_and_what_is_counted);
	tcase_add_test(c, sections_do_not_share_enter_events);
	tcase_add_test(c, truncation_at_every_byte);
	tcase_add_test(c, truncation_of_the_compressed_file);
	tcase_add_test(c, damage_at_every_byte);
	tcase_add_test(c, faults_say_what_is_wrong_and_where);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
