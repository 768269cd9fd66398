#include "base/text.h"

#include <stdlib.h>
#include <limits.h>
#include <stdlib.h>

#include "tests/support/check_main.h"

START_TEST(slices_are_cut_to_what_is_there)
{
	ck_assert(text_is(text_slice(TEXT("abcdef"), 2, 3), "cde"));
	ck_assert(text_is(text_slice(TEXT("abcdef"), 4, SIZE_MAX), "ef"));
	ck_assert(text_is(text_slice(TEXT("abcdef"), 7, 1), ""));
	ck_assert(text_is(text_slice(TEXT("abcdef"), SIZE_MAX, SIZE_MAX), ""));
	ck_assert_uint_eq(text_slice((struct text){NULL, 0}, 1, 1).length, 0);
}
END_TEST

START_TEST(a_duplicate_ends_where_the_text_does)
{
	char *copy = text_duplicate(text_slice(TEXT("abcdef"), 1, 3)), *empty = text_duplicate((struct text){NULL, 0});

	ck_assert_str_eq(copy, "bcd");
	ck_assert_str_eq(empty, "");
	free(copy);
	free(empty);
}
END_TEST

START_TEST(trim_takes_both_ends_only)
{
	ck_assert(text_is(text_trim(TEXT(" \ta b\n "), " \t\n"), "a b"));
	ck_assert(text_is(text_trim(TEXT("   "), " "), ""));
	ck_assert(text_is(text_trim(TEXT("abc"), ""), "abc"));
	ck_assert(text_equal(text_trim(TEXT("\0a\0"), " "), TEXT("\0a\0")));
}
END_TEST

START_TEST(a_duplicate_holds_all_bytes_and_ends)
{
	static const char unterminated[3] = {'a', '\0', 'b'};
	char *copy = text_duplicate(text_of(unterminated, sizeof unterminated));

	ck_assert_ptr_nonnull(copy);
	ck_assert_mem_eq(copy, "a\0b", 4);
	free(copy);
	copy = text_duplicate((struct text){NULL, 0});
	ck_assert_ptr_nonnull(copy);
	ck_assert_str_eq(copy, "");
	free(copy);
}
END_TEST

START_TEST(the_order_is_by_unsigned_bytes_then_length)
{
	ck_assert(text_equal_but_case(TEXT("aZ[{@`1"), TEXT("Az[{@`1")));
	ck_assert(!text_equal_but_case(TEXT("["), TEXT("{"))); /* one bit apart, as letters are */
	ck_assert(!text_equal_but_case(TEXT("@"), TEXT("`")));
	ck_assert(!text_equal_but_case(TEXT("a"), TEXT("ab")));
	ck_assert(text_equal_but_case(TEXT_EMPTY, (struct text){NULL, 0}));
	ck_assert_int_lt(text_compare(TEXT("a"), TEXT("b")), 0);
	ck_assert_int_lt(text_compare(TEXT("z"), TEXT("\xff")), 0);
	ck_assert_int_lt(text_compare(TEXT("a"), TEXT("aa")), 0);
	ck_assert_int_gt(text_compare(TEXT("a"), TEXT_EMPTY), 0);
	ck_assert_int_eq(text_compare(TEXT("a\0b"), TEXT("a\0b")), 0);
	ck_assert_int_eq(text_compare((struct text){NULL, 0}, TEXT_EMPTY), 0);
}
END_TEST

START_TEST(find_sees_past_nul_bytes)
{
	ck_assert_uint_eq(text_find(TEXT("a\0bcbc"), TEXT("bc")), 2);
	ck_assert_uint_eq(text_find(TEXT("abc"), TEXT("abcd")), SIZE_MAX);
	ck_assert_uint_eq(text_find(TEXT("abc"), TEXT_EMPTY), 0);
	ck_assert_uint_eq(text_find_byte(TEXT("a\0b"), 'b'), 2);
	ck_assert_uint_eq(text_find_byte(TEXT("a\0b"), 'c'), SIZE_MAX);
	ck_assert_uint_eq(text_find_last_byte(TEXT("/a/b"), '/'), 2);
	ck_assert_uint_eq(text_find_last_byte(TEXT_EMPTY, '/'), SIZE_MAX);
}
END_TEST

START_TEST(prefixes_and_suffixes)
{
	ck_assert(text_starts_with(TEXT("/etc/x"), TEXT("/etc")));
	ck_assert(!text_starts_with(TEXT("/et"), TEXT("/etc")));
	ck_assert(text_ends_with(TEXT("a.so"), TEXT(".so")));
	ck_assert(!text_ends_with(TEXT("so"), TEXT(".so")));
	ck_assert(text_starts_with(TEXT_EMPTY, TEXT_EMPTY));
}
END_TEST

START_TEST(numbers_are_whole_decimal_and_fit)
{
	uint64_t number = 7;

	ck_assert(!text_to_u64(TEXT(""), &number));
	ck_assert(!text_to_u64(TEXT("-1"), &number));
	ck_assert(!text_to_u64(TEXT("+1"), &number));
	ck_assert(!text_to_u64(TEXT("1 "), &number));
	ck_assert(!text_to_u64(TEXT("0x1"), &number));
	ck_assert(!text_to_u64(TEXT("18446744073709551616"), &number));
	ck_assert(!text_to_u64(TEXT("99999999999999999999999"), &number));
	ck_assert_uint_eq(number, 7);
	ck_assert(text_to_u64(TEXT("18446744073709551615"), &number));
	ck_assert_uint_eq(number, UINT64_MAX);
	ck_assert(text_to_u64(TEXT("007"), &number));
	ck_assert_uint_eq(number, 7);
}
END_TEST

START_TEST(hash_depends_on_every_byte_the_length_and_the_seed)
{
	char bytes[40] = {0};
	uint64_t plain = text_hash(text_of(bytes, sizeof bytes), 1);

	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = 1;
		ck_assert_uint_ne(text_hash(text_of(bytes, sizeof bytes), 1), plain);
		bytes[i] = 0;
		ck_assert_uint_ne(text_hash(text_of(bytes, i), 1), plain);
	}
	ck_assert_uint_ne(text_hash(text_of(bytes, sizeof bytes), 2), plain);
	ck_assert_uint_eq(text_hash(text_of(bytes, sizeof bytes), 1), plain);
}
END_TEST

START_TEST(format_lengths_are_cut)
{
	ck_assert_int_eq(text_format_length(TEXT("abc")), 3);
	ck_assert_int_eq(text_format_length((struct text){"", SIZE_MAX}), INT_MAX);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	tcase_add_test(t, slices_are_cut_to_what_is_there);
	tcase_add_test(t, a_duplicate_ends_where_the_text_does);
	tcase_add_test(t, trim_takes_both_ends_only);
	tcase_add_test(t, a_duplicate_holds_all_bytes_and_ends);
	tcase_add_test(t, the_order_is_by_unsigned_bytes_then_length);
	tcase_add_test(t, find_sees_past_nul_bytes);
	tcase_add_test(t, prefixes_and_suffixes);
	tcase_add_test(t, numbers_are_whole_decimal_and_fit);
	tcase_add_test(t, hash_depends_on_every_byte_the_length_and_the_seed);
	tcase_add_test(t, format_lengths_are_cut);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
