#include "event/sources/event_convert.h"

#include <errno.h>

#include "base/bytes.h"
#include "tests/support/capture_builder.h"
#include "tests/support/check_main.h"

/* An event with these parameters; it points into them. */
static struct event event_of(unsigned type, int64_t thread_id, const struct capture_parameter *parameters, unsigned count)
{
	struct event event = {.type = (uint16_t)type, .thread_id = thread_id, .parameter_count = (uint8_t)count};

	for (unsigned i = 0; i < count; i++) {
		const void *bytes = parameters[i].text.bytes ? parameters[i].text.bytes : (const char *)parameters[i].bytes;

		event.parameters[i] = (struct event_parameter){
			.bytes = bytes, .length = (uint32_t)parameters[i].length, .state = PARAMETER_PRESENT};
	}
	return event;
}

static int convert(struct event_converter *converter, struct event *event)
{
	const char *fault = NULL;
	int result = event_convert(converter, event, event->parameter_count, &fault);

	ck_assert_int_eq(result == -EBADMSG, fault != NULL);
	return result;
}

#define EVENT(name, thread_id, ...)                                                                                    \
	event_of(EVENT_##name, thread_id, (const struct capture_parameter[]){__VA_ARGS__},                            \
		 sizeof((const struct capture_parameter[]){__VA_ARGS__}) / sizeof(struct capture_parameter))
#define BARE_EVENT(name, thread_id) event_of(EVENT_##name, thread_id, NULL, 0)

/*
 * From every version in the table, a conversion ends: it keeps the event with the parameter count and the types' sizes of
 * today, remembers it, or says what is wrong. Enter events are given first where the exit event wants one.
 */
START_TEST(every_row_leads_to_the_current_schema)
{
	static const uint8_t zeros[16];
	struct rows {
		uint16_t event;
		uint8_t count;
	};
	static const struct rows rows[] = {
#define CONVERSION(event, count, action, result) {EVENT_##event, count},
#define SOURCE(event, count, name, origin, index, otherwise)
#include "event/sources/conversions.def"
#undef CONVERSION
#undef SOURCE
	};

	for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
		struct event_converter *converter = event_converter_new();
		struct event event = {.type = rows[row].event, .thread_id = 7, .parameter_count = rows[row].count};
		int result;

		ck_assert_uint_le(rows[row].count, event_parameter_count(event.type));
		for (unsigned i = 0; i < event.parameter_count; i++) {
			unsigned size_bytes = type_size_bytes(event_parameter_info(event.type, i)->type);

			event.parameters[i] = (struct event_parameter){
				.bytes = zeros, .length = size_bytes ? size_bytes : 9, .state = PARAMETER_PRESENT};
		}
		result = convert(converter, &event);
		ck_assert_msg(result == CONVERSION_KEEP || result == CONVERSION_DROP, "%s with %u parameters",
			      event_info(rows[row].event)->constant, rows[row].count);
		if (result == CONVERSION_KEEP) {
			ck_assert_msg(event.parameter_count == event_parameter_count(event.type), "%s with %u parameters",
				      event_info(rows[row].event)->constant, rows[row].count);
			for (unsigned i = 0; i < event.parameter_count; i++) {
				unsigned size_bytes = type_size_bytes(event_parameter_info(event.type, i)->type);

				ck_assert_msg(event.parameters[i].length == size_bytes || size_bytes == 0 ||
						      event.parameters[i].length == 0,
					      "%s with %u parameters: parameter %u",
					      event_info(rows[row].event)->constant, rows[row].count, i);
			}
		}
		event_converter_free(converter);
	}
}
END_TEST

/* The names that conversions.def gives as comments are those of the parameters that the rows make. */
START_TEST(rows_name_the_parameters_that_they_make)
{
	static const struct {
		uint16_t result;
		uint8_t first;
		const char *name; /* NULL: a conversion; else a parameter that it makes */
	} rows[] = {
#define FIRST_APPEND(count) count
#define FIRST_RETYPE(count) 0
#define FIRST_STORE(count) 0
#define FIRST_PASS(count) 0
#define FIRST_STORE_AND_PASS(count) 0
#define CONVERSION(event, count, action, result) {EVENT_##result, FIRST_##action(count), NULL},
#define SOURCE(event, count, name, origin, index, otherwise) {0, 0, #name},
#include "event/sources/conversions.def"
#undef CONVERSION
#undef SOURCE
	};
	unsigned result = 0, index = 0;

	for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
		if (rows[row].name) {
			ck_assert_str_eq(event_parameter_info(result, index)->name, rows[row].name);
			index++;
		} else {
			result = rows[row].result;
			index = rows[row].first;
		}
	}
}
END_TEST

START_TEST(current_events_are_left_alone)
{
	struct event_converter *converter = event_converter_new();
	struct event event = EVENT(SYSCALL_CLOSE_X, 7, capture_i64(0), capture_i64(5));
	const char *fault = NULL;

	ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
	ck_assert_int_eq(event_parameter_signed(&event, 1, -1), 5);
	/* Surplus parameters: an error where versions are told apart by their number, else cut off. */
	event = EVENT(SYSCALL_CLOSE_X, 7, capture_i64(0), capture_i64(5), capture_i64(6));
	ck_assert_int_eq(convert(converter, &event), -EBADMSG);
	event = EVENT(PROCEXIT_1_E, 7, capture_i64(0), capture_i64(0), capture_u8(0), capture_u8(0), capture_i64(1));
	ck_assert_int_eq(event_convert(converter, &event, 9, &fault), CONVERSION_KEEP);
	ck_assert_uint_eq(event.parameter_count, 5);
	event_converter_free(converter);
}
END_TEST

START_TEST(unused_and_unmanaged_enter_events_are_dropped)
{
	struct event_converter *converter = event_converter_new();
	unsigned dropped = 0;

	for (unsigned type = 0; type < EVENT_ID_COUNT; type++) {
		const struct event_info *info = event_info(type);
		struct event event = event_of(type, 7, NULL, 0);
		bool is_old_enter = (info->flags & EVENT_FLAG_OLD_VERSION) && info->direction == DIRECTION_ENTER &&
				    !(info->flags & EVENT_FLAG_CONVERTER_MANAGED);

		if (!(info->flags & EVENT_FLAG_UNUSED) && !is_old_enter)
			continue;
		ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
		dropped++;
	}
	ck_assert_uint_gt(dropped, 10);
	event_converter_free(converter);
}
END_TEST

START_TEST(a_pair_becomes_one_event)
{
	struct event_converter *converter = event_converter_new();
	struct event enter = EVENT(SYSCALL_READ_E, 7, capture_i64(5), capture_u32(4096));
	struct event exit = EVENT(SYSCALL_READ_X, 7, capture_i64(3), capture_string("ab"));

	ck_assert_int_eq(convert(converter, &enter), CONVERSION_DROP);
	ck_assert_int_eq(convert(converter, &exit), CONVERSION_KEEP);
	ck_assert_uint_eq(exit.type, EVENT_SYSCALL_READ_X);
	ck_assert_uint_eq(exit.parameter_count, 4);
	ck_assert_int_eq(event_parameter_signed(&exit, 0, -1), 3);
	ck_assert(text_is(event_parameter_text(&exit, 1), "ab"));
	ck_assert_int_eq(event_parameter_signed(&exit, 2, -1), 5);
	ck_assert_uint_eq(event_parameter_unsigned(&exit, 3, 0), 4096);

	/* It was used up: the next exit finds none, and takes what stands for a missing one. */
	exit = EVENT(SYSCALL_READ_X, 7, capture_i64(3), capture_string("ab"));
	ck_assert_int_eq(convert(converter, &exit), CONVERSION_KEEP);
	ck_assert_int_eq(event_parameter_signed(&exit, 2, -1), 0);
	ck_assert_uint_eq(event_parameter_unsigned(&exit, 3, 1), 0);
	event_converter_free(converter);
}
END_TEST

START_TEST(every_thread_has_its_own_enter_event)
{
	struct event_converter *converter = event_converter_new();
	struct event event;

	for (int64_t thread = -1; thread < 300; thread++) {
		event = EVENT(SYSCALL_CLOSE_E, thread, capture_i64(thread + 1000));
		ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
	}
	for (int64_t thread = 299; thread >= -1; thread--) {
		event = EVENT(SYSCALL_CLOSE_X, thread, capture_i64(0));
		ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
		ck_assert_int_eq(event_parameter_signed(&event, 1, -1), thread + 1000);
	}
	/* Overwritten, by a larger one too. */
	event = EVENT(SYSCALL_CLOSE_E, 1, capture_i64(1));
	ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
	event = EVENT(SYSCALL_OPENAT_E, 1, capture_i64(-100), capture_string("/a/long/name"), capture_u32(1), capture_u32(0));
	ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
	event = EVENT(SYSCALL_OPENAT_X, 1, capture_i64(9));
	ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
	ck_assert_uint_eq(event.type, EVENT_SYSCALL_OPENAT_2_X);
	ck_assert_int_eq(event_parameter_signed(&event, PARAMETER_INDEX(SYSCALL_OPENAT_2_X, dirfd), 0), -100);
	ck_assert(text_is(event_parameter_text(&event, PARAMETER_INDEX(SYSCALL_OPENAT_2_X, name)), "/a/long/name"));
	ck_assert_uint_eq(event.parameters[PARAMETER_INDEX(SYSCALL_OPENAT_2_X, ino)].length, 0);

	event = EVENT(SYSCALL_CLOSE_E, 1, capture_i64(1));
	ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
	event_converter_forget(converter);
	event = EVENT(SYSCALL_CLOSE_X, 1, capture_i64(0));
	ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
	ck_assert_int_eq(event_parameter_signed(&event, 1, -1), 0);
	event_converter_free(converter);
}
END_TEST

START_TEST(a_wrong_enter_event_is_an_error)
{
	struct event_converter *converter = event_converter_new();
	struct event event = EVENT(SYSCALL_READ_E, 7, capture_i64(5), capture_u32(4096));

	ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
	event = EVENT(SYSCALL_CLOSE_X, 7, capture_i64(0));
	ck_assert_int_eq(convert(converter, &event), -EBADMSG);
	event_converter_free(converter);
}
END_TEST

START_TEST(execve_climbs_from_its_first_form)
{
	struct event_converter *converter = event_converter_new();
	struct event event = BARE_EVENT(SYSCALL_EXECVE_8_E, 7);

	ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
	ck_assert_uint_eq(event.type, EVENT_SYSCALL_EXECVE_19_E);
	ck_assert_uint_eq(event.parameter_count, 1);
	event = EVENT(SYSCALL_EXECVE_8_X, 7, capture_i64(0), capture_string("/bin/ls"), capture_string("-l"), capture_i64(7),
		      capture_i64(8), capture_i64(1), capture_string("/"), capture_u32(1024));
	ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
	ck_assert_uint_eq(event.type, EVENT_SYSCALL_EXECVE_19_X);
	ck_assert_uint_eq(event.parameter_count, event_parameter_count(EVENT_SYSCALL_EXECVE_19_X));
	ck_assert(text_is(event_parameter_text(&event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, exe)), "/bin/ls"));
	ck_assert_int_eq(event_parameter_signed(&event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, pid), 0), 8);
	ck_assert_uint_eq(event.parameters[PARAMETER_INDEX(SYSCALL_EXECVE_19_X, env)].length, 0);
	event_converter_free(converter);
}
END_TEST

START_TEST(an_old_container_becomes_json)
{
	struct event_converter *converter = event_converter_new();
	struct event event = EVENT(CONTAINER_E, -1, capture_string("3ad7b26ded6d"), capture_u32(0), capture_string("a\"b"),
				   capture_string("busybox"));

	ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
	ck_assert_uint_eq(event.type, EVENT_CONTAINER_JSON_2_E);
	ck_assert(text_is(event_parameter_text(&event, 0),
			  "{\"container\":{\"id\":\"3ad7b26ded6d\",\"type\":0,\"name\":\"a\\\"b\",\"image\":\"busybox\"}}"));
	event_converter_free(converter);
}
END_TEST

START_TEST(values_are_cut_to_their_type_and_large_events_refused)
{
	static char large[70000];
	struct event_converter *converter = event_converter_new();
	struct event event = EVENT(SYSCALL_CLOSE_E, 7, capture_bytes(TEXT("\5\0\0\0\0\0\0\0surplus")));

	ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
	event = EVENT(SYSCALL_CLOSE_X, 7, capture_i64(0));
	ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
	ck_assert_int_eq(event_parameter_signed(&event, 1, -1), 5);

	event = EVENT(SYSCALL_READ_X, 7, capture_i64(3), capture_bytes(text_of(large, sizeof large)));
	ck_assert_int_eq(convert(converter, &event), -EBADMSG);
	event_converter_free(converter);
}
END_TEST

/* 2000 threads with 60 KB each are more than is kept: the oldest are gone, the newest are there. */
START_TEST(what_is_remembered_is_bounded)
{
	static char large[60000];
	struct event_converter *converter = event_converter_new();
	struct event event;
	unsigned forgotten = 0;

	for (int64_t thread = 0; thread < 2000; thread++) {
		event = EVENT(SYSCALL_OPENAT_E, thread, capture_i64(-100), capture_bytes(text_of(large, sizeof large)),
			      capture_u32(1), capture_u32(0));
		ck_assert_int_eq(convert(converter, &event), CONVERSION_DROP);
	}
	for (int64_t thread = 0; thread < 2000; thread++) {
		event = EVENT(SYSCALL_OPENAT_X, thread, capture_i64(9));
		ck_assert_int_eq(convert(converter, &event), CONVERSION_KEEP);
		if (event.parameters[PARAMETER_INDEX(SYSCALL_OPENAT_2_X, name)].length == 0)
			forgotten++;
		else
			ck_assert_int_gt(thread, 800);
	}
	ck_assert_uint_gt(forgotten, 800);
	ck_assert_uint_lt(forgotten, 1000);
	event_converter_free(converter);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("event_convert");
	TCase *c = tcase_create("event_convert");

	tcase_add_test(c, every_row_leads_to_the_current_schema);
	tcase_add_test(c, rows_name_the_parameters_that_they_make);
	tcase_add_test(c, current_events_are_left_alone);
	tcase_add_test(c, unused_and_unmanaged_enter_events_are_dropped);
	tcase_add_test(c, a_pair_becomes_one_event);
	tcase_add_test(c, every_thread_has_its_own_enter_event);
	tcase_add_test(c, a_wrong_enter_event_is_an_error);
	tcase_add_test(c, execve_climbs_from_its_first_form);
	tcase_add_test(c, an_old_container_becomes_json);
	tcase_add_test(c, values_are_cut_to_their_type_and_large_events_refused);
	tcase_add_test(c, what_is_remembered_is_bounded);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
