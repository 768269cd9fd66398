#include "event/sources/scap_event.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "tests/support/capture_builder.h"
#include "tests/support/check_main.h"

static const struct capture_event_form forms[] = {
	{.block_type = 0x204, .version = 1},
	{.block_type = 0x208, .version = 1, .has_flags = true, .flags = 1},
	{.block_type = 0x216, .version = 2},
	{.block_type = 0x217, .version = 2, .has_flags = true, .flags = 3},
	{.block_type = 0x221, .version = 2},
	{.block_type = 0x222, .version = 2, .has_flags = true, .flags = 1},
};

struct decoded {
	int status;
	struct scap_event facts;
	struct event event;
	const char *fault;
};

/* Decodes the one block of `capture`, its body in memory of exactly its size so that a read beyond it is noticed. */
static struct decoded decode(struct capture_event_form form, const struct buffer *capture, uint8_t **ret_body)
{
	struct decoded decoded = {.fault = NULL};
	size_t length = capture->length - 12;

	*ret_body = malloc(length);
	memcpy(*ret_body, capture->bytes + 8, length);
	decoded.status = scap_event_decode((struct scap_event_block){form.version, form.has_flags}, *ret_body, length,
					   &decoded.facts, &decoded.event, &decoded.fault);
	ck_assert_int_eq(decoded.status == -EBADMSG, decoded.fault != NULL);
	return decoded;
}

START_TEST(every_form_of_block)
{
	struct capture_event_form form = forms[_i];
	struct capture_parameter parameters[] = {capture_i64(-2), capture_string("/x"), capture_u32(1), capture_empty()};
	struct buffer capture = BUFFER_INIT;
	struct decoded d;
	uint8_t *body;

	capture_event_as(&capture, form, EVENT_SYSCALL_OPEN_X, 123456789, 42, parameters, 4);
	d = decode(form, &capture, &body);
	ck_assert_int_eq(d.status, 0);
	ck_assert(d.facts.is_known);
	ck_assert_uint_eq(d.facts.flags, form.flags);
	ck_assert_uint_eq(d.facts.parameter_count, 4);
	ck_assert_uint_eq(d.event.timestamp_ns, 123456789);
	ck_assert_int_eq(d.event.thread_id, 42);
	ck_assert_uint_eq(d.event.cpu, 3);
	ck_assert_uint_eq(d.event.type, EVENT_SYSCALL_OPEN_X);
	ck_assert_uint_eq(d.event.parameter_count, 4);
	ck_assert_int_eq(event_parameter_signed(&d.event, 0, 0), -2);
	ck_assert(text_is(event_parameter_text(&d.event, 1), "/x"));
	ck_assert_uint_eq(d.event.parameters[3].length, 0);
	ck_assert_int_eq(d.event.parameters[3].state, PARAMETER_PRESENT);
	free(body);
	buffer_release(&capture);
}
END_TEST

/* Wherever the block is cut, and whichever byte is something else, nothing beyond the block is read. */
START_TEST(no_damage_reads_beyond_the_block)
{
	struct capture_event_form form = forms[_i];
	struct capture_parameter parameters[] = {capture_i64(-2), capture_string("/x"), capture_u32(1)};
	struct buffer capture = BUFFER_INIT;
	unsigned faults = 0;
	uint8_t *body;

	capture_event_as(&capture, form, EVENT_SYSCALL_OPEN_X, 123456789, 42, parameters, 3);
	for (size_t at = 8; at < capture.length - 4; at++) {
		uint8_t byte = capture.bytes[at];

		for (unsigned value = 0; value < 256; value++) {
			capture.bytes[at] = (uint8_t)value;
			faults += decode(form, &capture, &body).status != 0;
			free(body);
		}
		capture.bytes[at] = byte;
	}
	ck_assert_uint_gt(faults, 100);
	while (capture.length > 12) {
		capture.length--;
		decode(form, &capture, &body);
		free(body);
	}
	buffer_release(&capture);
}
END_TEST

/* In blocks of version 1 the number of parameters follows from the lengths. */
START_TEST(parameters_are_counted_by_their_lengths)
{
	struct capture_event_form form = forms[0];
	struct capture_parameter parameters[EVENT_PARAMETERS_MAX];
	uint8_t *body;

	for (unsigned count = 0; count <= event_parameter_count(EVENT_SYSCALL_EXECVE_16_X); count++) {
		struct buffer capture = BUFFER_INIT;
		struct decoded d;

		for (unsigned i = 0; i < count; i++)
			parameters[i] = i % 3 ? capture_i64(0x0102030405060708) : capture_empty();
		capture_event_as(&capture, form, EVENT_SYSCALL_EXECVE_16_X, 1, 1, parameters, count);
		d = decode(form, &capture, &body);
		ck_assert_int_eq(d.status, 0);
		ck_assert_uint_eq(d.facts.parameter_count, count);
		free(body);
		/* One byte more or less adds up to no number of parameters. */
		store_u32(capture.bytes + 10 + 16, load_u32(capture.bytes + 10 + 16) - 1);
		ck_assert_int_eq(decode(form, &capture, &body).status, -EBADMSG);
		free(body);
		buffer_release(&capture);
	}
}
END_TEST

START_TEST(notifications_of_version_1_are_three_bytes_too_long)
{
	static const unsigned types[] = {EVENT_NOTIFICATION_E, EVENT_INFRASTRUCTURE_EVENT_E};

	for (size_t i = 0; i < 2; i++) {
		unsigned count = event_parameter_count(types[i]);
		struct capture_parameter parameters[] = {capture_string("a"), capture_string("b"), capture_string("c"),
							 capture_string("d")};
		struct buffer capture = BUFFER_INIT;
		struct decoded d;
		uint8_t *body;

		capture_event_as(&capture, forms[0], types[i], 1, 1, parameters, count);
		/* The three bytes are there, in the padding or behind it. */
		buffer_append_zeros(&capture, 4);
		store_u32(capture.bytes + 10 + 16, load_u32(capture.bytes + 10 + 16) + 3);
		d = decode(forms[0], &capture, &body);
		ck_assert_int_eq(d.status, 0);
		ck_assert_uint_eq(d.facts.parameter_count, count);
		ck_assert(text_is(event_parameter_text(&d.event, 1), "b"));
		free(body);
		buffer_release(&capture);
	}
}
END_TEST

START_TEST(large_types_have_long_lengths)
{
	static char text[100000];
	struct capture_event_form form = {.block_type = 0x221, .version = 2, .has_long_lengths = true};
	struct capture_parameter parameters[] = {capture_u32(0), capture_string("container"),
						 capture_bytes(text_of(text, sizeof text))};
	struct buffer capture = BUFFER_INIT;
	struct decoded d;
	uint8_t *body;

	capture_event_as(&capture, form, EVENT_ASYNCEVENT_E, 1, -1, parameters, 3);
	d = decode(form, &capture, &body);
	ck_assert_int_eq(d.status, 0);
	ck_assert_int_eq(d.event.thread_id, -1);
	ck_assert_uint_eq(d.event.parameters[2].length, sizeof text);
	free(body);
	buffer_release(&capture);
}
END_TEST

START_TEST(newer_types_and_surplus_parameters)
{
	struct capture_parameter parameters[60];
	struct buffer capture = BUFFER_INIT;
	struct decoded d;
	uint8_t *body;

	for (size_t i = 0; i < 60; i++)
		parameters[i] = capture_u8((uint8_t)i);
	capture_event_as(&capture, forms[2], EVENT_ID_COUNT, 1, 1, parameters, 60);
	d = decode(forms[2], &capture, &body);
	ck_assert_int_eq(d.status, 0);
	ck_assert(!d.facts.is_known);
	free(body);
	buffer_clear(&capture);

	capture_event_as(&capture, forms[2], EVENT_PROCEXIT_1_E, 1, 1, parameters, 60);
	d = decode(forms[2], &capture, &body);
	ck_assert_int_eq(d.status, 0);
	ck_assert_uint_eq(d.facts.parameter_count, 60);
	ck_assert_uint_eq(d.event.parameter_count, EVENT_PARAMETERS_MAX);
	free(body);
	buffer_release(&capture);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("scap_event");
	TCase *c = tcase_create("scap_event");
	int form_count = sizeof forms / sizeof forms[0];

	tcase_add_loop_test(c, every_form_of_block, 0, form_count);
	tcase_add_loop_test(c, no_damage_reads_beyond_the_block, 0, form_count);
	tcase_add_test(c, parameters_are_counted_by_their_lengths);
	tcase_add_test(c, notifications_of_version_1_are_three_bytes_too_long);
	tcase_add_test(c, large_types_have_long_lengths);
	tcase_add_test(c, newer_types_and_surplus_parameters);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
