#include "event/sources/scap_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/sources/scap_read.h"
#include "event/state/snapshot.h"
#include "tests/support/capture_builder.h"
#include "tests/support/check_main.h"
#include "tests/support/memory_file.h"
#include "tests/support/temporary_directory.h"

#define PLACEHOLDER_TID 77
#define CONTAINER "{\"container\":{\"id\":\"0123456789ab\",\"name\":\"box\",\"unknown\":[1,2]}}"

#define OTHER_CONTAINER "{\"container\":{\"id\":\"ba9876543210\"}}"

static struct temporary_directory directory;
static char out[5000];
static char long_name[2000];

static void set_up(void)
{
	temporary_directory_make(&directory);
	snprintf(out, sizeof out, "%s/out.scap", directory.path);
	memset(long_name, 'n', sizeof long_name - 1);
}

static void tear_down(void)
{
	temporary_directory_remove(&directory);
}

static void async(struct buffer *capture, uint64_t time_ns, const char *data, size_t length)
{
	struct capture_parameter parameters[] = {capture_u32(0), capture_string("container"), capture_bytes(text_of(data, length))};

	capture_event(capture, EVENT_ASYNCEVENT_E, time_ns, -1, parameters, 3);
}

static void close_of(struct buffer *capture, uint64_t time_ns, int64_t tid)
{
	struct capture_parameter parameters[] = {capture_i64(0), capture_i64(3)};

	capture_event(capture, EVENT_SYSCALL_CLOSE_X, time_ns, tid, parameters, 2);
}

/*
 * 1 a user of a container, 2 a container (both at the start), 3 a close by a thread that nobody knows, 4 another
 * container, 5 the copy of an open's arguments, 6 a seek, which changes nothing, 7 a close.
 */
static void build(struct buffer *capture)
{
	struct capture_parameter user[] = {capture_u32(1000), capture_u32(100), capture_string("ann"), capture_string(long_name),
					   capture_string("/bin/sh"), capture_string("0123456789ab")};
	struct capture_parameter open[] = {capture_i64(-100), capture_string("/tmp/x"), capture_u32(1), capture_u32(0)};
	struct capture_parameter seek[] = {capture_i64(0), capture_i64(3), capture_i64(10), capture_u8(0)};

	capture_section_header(capture);
	capture_event(capture, EVENT_USER_ADDED_E, 1000, -1, user, 6);
	async(capture, 1001, CONTAINER, sizeof CONTAINER);
	close_of(capture, 1002, PLACEHOLDER_TID);
	async(capture, 1003, OTHER_CONTAINER, sizeof OTHER_CONTAINER);
	capture_event(capture, EVENT_SYSCALL_OPENAT_2_E, 1004, PLACEHOLDER_TID, open, 4);
	capture_event(capture, EVENT_SYSCALL_LSEEK_X, 1005, PLACEHOLDER_TID + 1, seek, 4);
	close_of(capture, 1006, PLACEHOLDER_TID);
}

/* Writes what comes from event `from` on, events above `shown_to` for their effect only. Counts what was written. */
static struct scap_write_counters write_from(const char *path, uint64_t from, uint64_t shown_to)
{
	const struct scap_write_options options = {.is_compressed = false};
	struct state *state = state_new(NULL, NULL);
	struct scap_write_counters counters;
	struct event_source *source;
	struct scap_writer *writer;
	struct event event;
	bool has_begun = false;

	ck_assert_int_eq(scap_source_open(path, &source), 0);
	ck_assert_int_eq(scap_writer_open(out, &options, &writer), 0);
	while (source->next(source, state, &event) == 1) {
		if (event.number >= from && !has_begun) {
			ck_assert_int_eq(scap_writer_begin_section(writer, state, &event), 0);
			has_begun = true;
		}
		state_apply(state, &event);
		if (has_begun)
			ck_assert_int_eq(scap_writer_add(writer, &event, event.number <= shown_to ? SCAP_WRITE_SHOWN
												: SCAP_WRITE_STATE_ONLY), 0);
	}
	counters = *scap_writer_counters(writer);
	ck_assert_int_eq(scap_writer_close(writer), 0);
	source->free(source);
	state_free(state);
	return counters;
}

static struct scap_write_counters write_built(uint64_t from, uint64_t shown_to)
{
	struct buffer capture = BUFFER_INIT;
	struct scap_write_counters counters;
	struct memory_file file;

	build(&capture);
	file = memory_file_new(capture.bytes, capture.length);
	counters = write_from(file.path, from, shown_to);
	memory_file_close(&file);
	buffer_release(&capture);
	return counters;
}

struct reading {
	struct state *state;
	struct event_source *source;
	struct event event;
};

static struct reading open_written(void)
{
	struct reading reading = {.state = state_new(NULL, NULL)};

	ck_assert_int_eq(scap_source_open(out, &reading.source), 0);
	return reading;
}

/* The next event that rules see; its type, 0 at the end. */
static unsigned next_shown(struct reading *reading)
{
	int status;

	while ((status = reading->source->next(reading->source, reading->state, &reading->event)) == 1) {
		state_apply(reading->state, &reading->event);
		if (!reading->event.is_hidden)
			return reading->event.type;
	}
	ck_assert_int_eq(status, 0);
	return 0;
}

static void close_reading(struct reading *reading)
{
	reading->source->free(reading->source);
	state_free(reading->state);
}

START_TEST(users_and_containers_are_there_before_the_first_event)
{
	struct reading reading;
	const struct user *user;
	const struct container *container;

	write_built(3, UINT64_MAX);
	reading = open_written();
	ck_assert_uint_eq(next_shown(&reading), EVENT_SYSCALL_CLOSE_X);
	user = user_table_find(reading.state->users, TEXT("0123456789ab"), 1000);
	ck_assert_ptr_nonnull(user);
	ck_assert_uint_eq(user->gid, 100);
	ck_assert_uint_eq(shared_text_get(user->home).length, sizeof long_name - 1);
	container = container_find(reading.state->containers, TEXT("0123456789ab"));
	ck_assert_ptr_nonnull(container);
	ck_assert(text_is(container->json, CONTAINER)); /* what we do not know, others may */
	close_reading(&reading);
}
END_TEST

START_TEST(a_state_event_that_was_shown_is_shown_still)
{
	struct reading reading;

	write_built(4, UINT64_MAX);
	reading = open_written();
	ck_assert_uint_eq(next_shown(&reading), EVENT_ASYNCEVENT_E);
	ck_assert_uint_eq(next_shown(&reading), EVENT_SYSCALL_LSEEK_X);
	ck_assert_uint_eq(next_shown(&reading), EVENT_SYSCALL_CLOSE_X);
	ck_assert_uint_eq(next_shown(&reading), 0);
	close_reading(&reading);
}
END_TEST

START_TEST(unknown_threads_and_copied_arguments_are_kept)
{
	struct thread_details details;
	struct reading reading;
	const struct thread *thread;

	write_built(6, UINT64_MAX);
	reading = open_written();
	ck_assert_uint_eq(next_shown(&reading), EVENT_SYSCALL_LSEEK_X);
	thread = thread_find(reading.state->threads, PLACEHOLDER_TID);
	ck_assert_ptr_nonnull(thread);
	ck_assert(thread->is_placeholder);
	ck_assert(snapshot_thread_details(thread, &details));
	ck_assert_uint_eq(details.enter_type, EVENT_SYSCALL_OPENAT_2_E);
	ck_assert(text_is(details.enter_bytes, "/tmp/x"));
	close_reading(&reading);
}
END_TEST

START_TEST(what_is_only_for_the_state_is_hidden_and_without_effect_left_out)
{
	struct scap_write_counters counters = write_built(1, 3);
	struct reading reading = open_written();

	ck_assert_uint_eq(counters.left_out_events, 1);	 /* the seek */
	ck_assert_uint_eq(counters.state_only_events, 3); /* container, copy, close */
	ck_assert_uint_eq(counters.events, 6);
	ck_assert_uint_eq(next_shown(&reading), EVENT_SYSCALL_CLOSE_X);
	ck_assert_uint_eq(next_shown(&reading), 0);
	ck_assert_ptr_nonnull(container_find(reading.state->containers, TEXT("ba9876543210")));
	close_reading(&reading);
}
END_TEST

static char *large_json(size_t length)
{
	char *json = malloc(length);

	ck_assert_ptr_nonnull(json);
	memset(json, ' ', length);
	memcpy(json, CONTAINER, sizeof CONTAINER - 1);
	json[length - 1] = '\0';
	return json;
}

START_TEST(large_events_are_written)
{
	struct buffer capture = BUFFER_INIT;
	struct memory_file file;
	struct reading reading;
	char *json = large_json(200000);

	capture_section_header(&capture);
	close_of(&capture, 999, PLACEHOLDER_TID);
	async(&capture, 1000, json, 200000);
	file = memory_file_new(capture.bytes, capture.length);
	write_from(file.path, 1, UINT64_MAX);
	reading = open_written();
	ck_assert_uint_eq(next_shown(&reading), EVENT_SYSCALL_CLOSE_X);
	ck_assert_uint_eq(next_shown(&reading), EVENT_ASYNCEVENT_E);
	ck_assert_uint_eq(event_parameter(&reading.event, PARAMETER_INDEX(ASYNCEVENT_E, data))->length, 200000);
	close_reading(&reading);
	memory_file_close(&file);
	buffer_release(&capture);
	free(json);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_thrown_away)
{
	const struct scap_write_options options = {.is_compressed = _i == 1};
	struct state *state = state_new(NULL, NULL);
	struct event event = {.type = EVENT_SYSCALL_CLOSE_X, .thread_id = 1};
	struct scap_writer *writer;

	ck_assert_int_eq(scap_writer_open("/nowhere/out.scap", &options, &writer), -ENOENT);
	ck_assert_int_eq(scap_writer_open("/dev/full", &options, &writer), 0);
	ck_assert_int_eq(scap_writer_begin_section(writer, state, &event), 0);
	/* It waits in memory until there is much of it. */
	ck_assert_int_eq(scap_writer_close(writer), -ENOSPC);
	ck_assert_int_eq(scap_writer_open(out, &options, &writer), 0);
	scap_writer_discard(writer);
	ck_assert_int_ne(access(out, F_OK), 0);
	state_free(state);
}
END_TEST

/* ---- recordings ---- */

static struct scap_writer *open_recording(bool is_compressed, uint64_t limit_bytes)
{
	const struct scap_write_options options = {.is_compressed = is_compressed, .limit_bytes = limit_bytes};
	struct scap_writer *writer;
	int descriptor = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(descriptor, 0);
	ck_assert_int_eq(scap_writer_open_growing(descriptor, &options, &writer), 0);
	return writer;
}

/* Applies a close and adds it, whatever comes of that. */
static int record_close(struct scap_writer *writer, struct state *state, int64_t tid, int64_t number, uint64_t time_ns)
{
	uint8_t parameters[2][8];
	struct event event = {.type = EVENT_SYSCALL_CLOSE_X, .thread_id = tid, .timestamp_ns = time_ns, .parameter_count = 2};

	store_u64(parameters[0], 0);
	store_u64(parameters[1], (uint64_t)number);
	for (unsigned i = 0; i < 2; i++)
		event.parameters[i] = (struct event_parameter){parameters[i], 8, PARAMETER_PRESENT};
	if (scap_writer_counters(writer)->events == 0)
		ck_assert_int_eq(scap_writer_begin_section(writer, state, &event), 0);
	state_apply(state, &event);
	return scap_writer_add(writer, &event, SCAP_WRITE_SHOWN);
}

static unsigned shown_in_file(void)
{
	struct reading reading = open_written();
	unsigned count = 0;

	while (next_shown(&reading))
		count++;
	close_reading(&reading);
	return count;
}

START_TEST(a_recording_is_a_capture_after_every_flush)
{
	struct state *state = state_new(NULL, NULL);
	struct scap_writer *writer = open_recording(_i == 1, 0);

	for (unsigned i = 1; i <= 300; i++) {
		ck_assert_int_eq(record_close(writer, state, 1, 3, i), 0);
		if (i % 100 != 0)
			continue;
		if (i > 100) /* what was added meanwhile still waits */
			ck_assert_uint_eq(shown_in_file(), i - 100);
		ck_assert_int_eq(scap_writer_flush(writer), 0);
		ck_assert_int_eq(scap_writer_flush(writer), 0);
		ck_assert_uint_eq(shown_in_file(), i);
	}
	ck_assert_int_eq(record_close(writer, state, 1, 3, 301), 0);
	scap_writer_discard(writer); /* as a process that is killed */
	ck_assert_uint_eq(shown_in_file(), 300);
	state_free(state);
}
END_TEST

START_TEST(a_recording_ends_at_its_limit)
{
	struct state *state = state_new(NULL, NULL);
	struct scap_writer *writer = open_recording(_i == 1, 20000);
	struct stat status;
	unsigned count = 0;
	int error;

	while ((error = record_close(writer, state, 1, 3, ++count)) == 0)
		ck_assert_uint_lt(count, 100000);
	ck_assert_int_eq(error, -EFBIG);
	ck_assert_int_eq(scap_writer_flush(writer), -EFBIG);
	ck_assert_int_eq(scap_writer_close(writer), -EFBIG);
	ck_assert_int_eq(stat(out, &status), 0);
	ck_assert_int_le(status.st_size, 20000);
	ck_assert_int_ge(status.st_size, 14000);
	ck_assert_uint_gt(shown_in_file(), 100);
	state_free(state);
}
END_TEST

static int find_process(const struct state_lookup *lookup, int64_t tid, struct process_entry *ret_entry)
{
	(void)lookup;
	ret_entry->tid = ret_entry->pid = tid;
	ret_entry->comm = TEXT("found");
	ret_entry->cwd = TEXT("/somewhere");
	ret_entry->clone_time_ns = 77;
	return 0;
}

static int find_descriptor(const struct state_lookup *lookup, const struct thread *thread, int64_t number,
			   struct descriptor_entry *ret_entry)
{
	(void)lookup;
	(void)thread;
	ret_entry->number = number;
	ret_entry->list_type = LIST_TYPE_PIPE;
	ret_entry->name = TEXT("looked up");
	return 0;
}

struct noting_observer {
	struct state_observer base;
	struct scap_writer *writer;
};

static void note_process(struct state_observer *observer, const struct thread *thread)
{
	scap_writer_note_process(((struct noting_observer *)(void *)observer)->writer, thread);
}

static void note_descriptor(struct state_observer *observer, const struct thread *owner, int64_t number,
			    const struct descriptor *descriptor)
{
	scap_writer_note_descriptor(((struct noting_observer *)(void *)observer)->writer, owner, number, descriptor);
}

START_TEST(what_was_looked_up_is_there_in_the_replay)
{
	const struct state_lookup lookup = {find_process, find_descriptor};
	struct state *state = state_new(NULL, &lookup);
	struct noting_observer observer = {{note_process, note_descriptor}, open_recording(false, 0)};
	struct reading reading;

	ck_assert_int_eq(state_fix_container(state, TEXT("0123456789ab")), 0);
	state_set_observer(state, &observer.base);
	for (int64_t tid = 50; tid <= 51; tid++)
		ck_assert_int_eq(record_close(observer.writer, state, tid, 7, (uint64_t)tid), 0);
	ck_assert_int_eq(scap_writer_close(observer.writer), 0);
	state_free(state);

	reading = open_written();
	for (int64_t tid = 50; tid <= 51; tid++) {
		ck_assert_uint_eq(next_shown(&reading), EVENT_SYSCALL_CLOSE_X);
		ck_assert(text_is(thread_comm(reading.event.thread), "found"));
		ck_assert(text_is(thread_cwd(reading.event.thread), "/somewhere/"));
		ck_assert(text_is(thread_container_id(reading.event.thread), "0123456789ab"));
		ck_assert_uint_eq(reading.event.thread->clone_time_ns, 77);
		ck_assert_ptr_nonnull(reading.event.descriptor);
		ck_assert(text_is(descriptor_name(reading.event.descriptor), "looked up"));
	}
	ck_assert_uint_eq(reading.state->counters.placeholders_made, 0);
	ck_assert_uint_eq(next_shown(&reading), 0);
	close_reading(&reading);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("scap_write");
	TCase *c = tcase_create("scap_write");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, users_and_containers_are_there_before_the_first_event);
	tcase_add_test(c, a_state_event_that_was_shown_is_shown_still);
	tcase_add_test(c, unknown_threads_and_copied_arguments_are_kept);
	tcase_add_test(c, what_is_only_for_the_state_is_hidden_and_without_effect_left_out);
	tcase_add_test(c, large_events_are_written);
	tcase_add_loop_test(c, a_recording_is_a_capture_after_every_flush, 0, 2);
	tcase_add_loop_test(c, a_recording_ends_at_its_limit, 0, 2);
	tcase_add_test(c, what_was_looked_up_is_there_in_the_replay);
	tcase_add_loop_test(c, a_file_that_cannot_be_written_is_thrown_away, 0, 2);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
