#include "base/buffer.h"

#include "base/bytes.h"
#include "tests/support/check_main.h"

START_TEST(everything_is_appended_in_order)
{
	struct buffer buffer = BUFFER_INIT;

	buffer_append(&buffer, "ab", 2);
	buffer_append(&buffer, NULL, 0);
	buffer_append_text(&buffer, TEXT("c\0d"));
	buffer_append_string(&buffer, "e");
	buffer_append_byte(&buffer, 'f');
	buffer_append_zeros(&buffer, 2);
	ck_assert(text_equal(buffer_text(&buffer), TEXT("abc\0def\0\0")));
	ck_assert(!buffer.failed);
	buffer_release(&buffer);
	ck_assert(text_equal(buffer_text(&buffer), TEXT_EMPTY));
}
END_TEST

START_TEST(integers_are_little_endian)
{
	struct buffer buffer = BUFFER_INIT;
	struct byte_reader reader;

	buffer_append_u16(&buffer, 0x0102);
	buffer_append_u32(&buffer, 0x03040506);
	buffer_append_u64(&buffer, UINT64_C(0x0708090a0b0c0d0e));
	ck_assert_mem_eq(buffer.bytes, "\x02\x01\x06\x05\x04\x03\x0e\x0d\x0c\x0b\x0a\x09\x08\x07", 14);
	reader = byte_reader_of(buffer.bytes, buffer.length);
	ck_assert_uint_eq(byte_reader_u16(&reader), 0x0102);
	ck_assert_uint_eq(byte_reader_u32(&reader), 0x03040506);
	ck_assert_uint_eq(byte_reader_u64(&reader), UINT64_C(0x0708090a0b0c0d0e));
	ck_assert(!reader.failed);
	ck_assert_uint_eq(byte_reader_u8(&reader), 0);
	ck_assert(reader.failed);
	buffer_release(&buffer);
}
END_TEST

START_TEST(numbers_print_over_their_whole_range)
{
	struct buffer buffer = BUFFER_INIT;

	buffer_append_decimal(&buffer, 0);
	buffer_append_byte(&buffer, ' ');
	buffer_append_decimal(&buffer, UINT64_MAX);
	buffer_append_byte(&buffer, ' ');
	buffer_append_signed(&buffer, INT64_MIN);
	buffer_append_byte(&buffer, ' ');
	buffer_append_signed(&buffer, INT64_MAX);
	ck_assert(text_is(buffer_text(&buffer), "0 18446744073709551615 -9223372036854775808 9223372036854775807"));
	buffer_release(&buffer);
}
END_TEST

START_TEST(after_a_failed_append_nothing_more_is_taken)
{
	struct buffer buffer = BUFFER_INIT;

	buffer.limit_bytes = 4;
	buffer_append_string(&buffer, "abcd");
	ck_assert(!buffer.failed);
	buffer_append_byte(&buffer, 'e');
	ck_assert(buffer.failed);
	ck_assert(text_is(buffer_text(&buffer), "abcd"));
	buffer_clear(&buffer);
	ck_assert(!buffer.failed);
	buffer_append(&buffer, "x", 1);
	ck_assert(text_is(buffer_text(&buffer), "x"));
	ck_assert(!buffer_reserve(&buffer, SIZE_MAX));
	buffer_append(&buffer, "y", 1);
	ck_assert(text_is(buffer_text(&buffer), "x"));
	buffer_release(&buffer);
}
END_TEST

START_TEST(printf_fits_the_limit_exactly)
{
	struct buffer buffer = BUFFER_INIT;

	buffer.limit_bytes = 5;
	buffer_printf(&buffer, "%s-%d", "ab", 17);
	ck_assert(!buffer.failed);
	ck_assert(text_is(buffer_text(&buffer), "ab-17"));
	ck_assert_uint_eq(buffer.limit_bytes, 5);
	buffer_printf(&buffer, "%s", "");
	ck_assert(!buffer.failed);
	buffer_append_byte(&buffer, 'x');
	ck_assert(buffer.failed);
	buffer_clear(&buffer);
	buffer_printf(&buffer, "%s", "abcdef");
	ck_assert(buffer.failed);
	buffer_release(&buffer);

	buffer = BUFFER_INIT;
	for (int i = 0; i < 1000; i++)
		buffer_printf(&buffer, "%04d", i);
	ck_assert_uint_eq(buffer.length, 4000);
	ck_assert_mem_eq(buffer.bytes + 3996, "0999", 4);
	buffer_release(&buffer);
}
END_TEST

START_TEST(alignment_pads_with_zeros)
{
	struct buffer buffer = BUFFER_INIT;

	buffer_align(&buffer, 8);
	ck_assert_uint_eq(buffer.length, 0);
	buffer_append_byte(&buffer, 1);
	buffer_align(&buffer, 8);
	ck_assert(text_equal(buffer_text(&buffer), TEXT("\1\0\0\0\0\0\0\0")));
	buffer_align(&buffer, 8);
	ck_assert_uint_eq(buffer.length, 8);
	buffer_release(&buffer);
}
END_TEST

START_TEST(a_reader_never_passes_its_end)
{
	struct byte_reader reader = byte_reader_of("\1\2\3", 3);

	ck_assert_uint_eq(byte_reader_u32(&reader), 0);
	ck_assert(reader.failed);
	ck_assert_uint_eq(byte_reader_left(&reader), 3);
	ck_assert_uint_eq(byte_reader_u8(&reader), 0);
	reader.failed = false;
	ck_assert(text_equal(byte_reader_text(&reader, 2), TEXT("\1\2")));
	ck_assert_ptr_null(byte_reader_take(&reader, SIZE_MAX));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("buffer");
	TCase *t = tcase_create("buffer");

	tcase_add_test(t, everything_is_appended_in_order);
	tcase_add_test(t, integers_are_little_endian);
	tcase_add_test(t, numbers_print_over_their_whole_range);
	tcase_add_test(t, after_a_failed_append_nothing_more_is_taken);
	tcase_add_test(t, printf_fits_the_limit_exactly);
	tcase_add_test(t, alignment_pads_with_zeros);
	tcase_add_test(t, a_reader_never_passes_its_end);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
