#include "base/utf8.h"

#include "tests/support/check_main.h"

/* Encodes by the definition, without regard to what is allowed. */
static size_t encode(uint32_t point, uint8_t bytes[static 4])
{
	if (point < 0x80) {
		bytes[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		bytes[0] = (uint8_t)(0xc0 | point >> 6);
		bytes[1] = (uint8_t)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		bytes[0] = (uint8_t)(0xe0 | point >> 12);
		bytes[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		bytes[2] = (uint8_t)(0x80 | (point & 0x3f));
		return 3;
	}
	bytes[0] = (uint8_t)(0xf0 | point >> 18);
	bytes[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
	bytes[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
	bytes[3] = (uint8_t)(0x80 | (point & 0x3f));
	return 4;
}

START_TEST(all_code_points_but_surrogates_are_well_formed)
{
	uint8_t bytes[4];
	unsigned wrong = 0;

	for (uint32_t point = 0; point < 0x200000; point++) {
		size_t length = encode(point, bytes);
		bool is_scalar = point < 0xd800 || (point > 0xdfff && point < 0x110000);

		wrong += (utf8_sequence(bytes, length) == (int)length) != is_scalar;
		if (is_scalar && length > 1)
			wrong += utf8_sequence(bytes, length - 1) != -(int)(length - 1);
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(overlong_forms_are_ill_formed_at_once)
{
	ck_assert_int_eq(utf8_sequence((const uint8_t *)"\xc1\xbf", 2), -1);
	ck_assert_int_eq(utf8_sequence((const uint8_t *)"\xe0\x9f\xbf", 3), -1);
	ck_assert_int_eq(utf8_sequence((const uint8_t *)"\xf0\x8f\xbf\xbf", 4), -1);
	ck_assert_int_eq(utf8_sequence((const uint8_t *)"\x80", 1), -1);
}
END_TEST

START_TEST(printable_means_no_control_characters)
{
	ck_assert(utf8_is_valid(TEXT("a\0\n\xc3\xa9")));
	ck_assert(!utf8_is_valid(TEXT("a\xc3")));
	ck_assert(utf8_is_printable(TEXT("my rules \xc3\xa9")));
	ck_assert(utf8_is_printable(TEXT_EMPTY));
	ck_assert(!utf8_is_printable(TEXT("a\nb")));
	ck_assert(!utf8_is_printable(TEXT("a\0")));
	ck_assert(!utf8_is_printable(TEXT("a\x7f")));
	ck_assert(!utf8_is_printable(TEXT("a\xff")));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("utf8");
	TCase *t = tcase_create("utf8");

	tcase_add_test(t, all_code_points_but_surrogates_are_well_formed);
	tcase_add_test(t, overlong_forms_are_ill_formed_at_once);
	tcase_add_test(t, printable_means_no_control_characters);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
