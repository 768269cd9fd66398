#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/check_main.h"

static bool all_are_zero(const char *bytes, size_t length)
{
	while (length > 0 && bytes[length - 1] == 0)
		length--;
	return length == 0;
}

START_TEST(allocations_are_aligned_zeroed_and_apart)
{
	struct arena *arena = arena_new(0);
	char *previous = NULL;

	ck_assert_ptr_nonnull(arena);
	for (size_t size = 0; size < 3000; size += 7) {
		char *bytes = arena_allocate(arena, size);

		ck_assert_ptr_nonnull(bytes);
		ck_assert_uint_eq((uintptr_t)bytes % 16, 0);
		ck_assert(all_are_zero(bytes, size));
		memset(bytes, 0xaa, size);
		if (previous && size > 7)
			ck_assert_int_eq((unsigned char)previous[0], 0xaa);
		previous = size ? bytes : NULL;
	}
	ck_assert(!arena_is_exhausted(arena));
	ck_assert_ptr_null(arena_free(arena));
}
END_TEST

START_TEST(the_limit_holds_and_the_exhaustion_stays)
{
	struct arena *arena = arena_new(64);

	ck_assert_ptr_nonnull(arena_allocate(arena, 48));
	ck_assert_ptr_null(arena_allocate(arena, 32));
	ck_assert(arena_is_exhausted(arena));
	ck_assert_ptr_nonnull(arena_allocate(arena, 16));
	ck_assert(arena_is_exhausted(arena));
	ck_assert_uint_eq(arena_used_bytes(arena), 64);
	arena_reset(arena);
	ck_assert(!arena_is_exhausted(arena));
	ck_assert_uint_eq(arena_used_bytes(arena), 0);
	ck_assert_ptr_nonnull(arena_allocate(arena, 64));
	arena_free(arena);
}
END_TEST

START_TEST(an_arena_within_another_counts_there_while_it_lives)
{
	struct arena *outer = arena_new(256), *inner = arena_new_within(outer);

	ck_assert_ptr_nonnull(arena_allocate(outer, 64));
	ck_assert_ptr_nonnull(arena_allocate(inner, 128));
	ck_assert_uint_eq(arena_used_bytes(outer), 192);
	ck_assert_ptr_null(arena_allocate(outer, 128));
	ck_assert(arena_is_exhausted(outer) && !arena_is_exhausted(inner));
	arena_reset(inner);
	ck_assert_uint_eq(arena_used_bytes(outer), 64);
	arena_free(inner);
	arena_free(outer);
}
END_TEST

START_TEST(an_arena_within_another_exhausts_both)
{
	struct arena *outer = arena_new(64), *inner = arena_new_within(outer);

	ck_assert_ptr_null(arena_allocate(inner, 128));
	ck_assert(arena_is_exhausted(outer) && arena_is_exhausted(inner));
	ck_assert_ptr_nonnull(arena_allocate(inner, 48));
	arena_free(inner);
	ck_assert_uint_eq(arena_used_bytes(outer), 0);
	arena_free(outer);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
	struct arena *arena = arena_new(0);

	ck_assert_ptr_null(arena_allocate(arena, SIZE_MAX));
	ck_assert_ptr_null(arena_allocate_array(arena, SIZE_MAX / 2, 3));
	ck_assert(arena_is_exhausted(arena));
	arena_free(arena);
}
END_TEST

START_TEST(memory_is_zeroed_again_after_a_reset)
{
	struct arena *arena = arena_new(0);

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 100; i++) {
			char *bytes = arena_allocate(arena, 700);

			ck_assert(all_are_zero(bytes, 700));
			memset(bytes, 0xff, 700);
		}
		arena_reset(arena);
	}
	arena_free(arena);
}
END_TEST

START_TEST(copies_are_terminated_and_keep_nul_bytes)
{
	struct arena *arena = arena_new(0);
	struct text copy = arena_copy_text(arena, TEXT("a\0b"));
	struct text formatted;

	ck_assert_uint_eq(copy.length, 3);
	ck_assert_mem_eq(copy.bytes, "a\0b", 4);
	ck_assert_str_eq(arena_copy_string(arena, TEXT_EMPTY), "");
	ck_assert_str_eq(arena_copy_string(arena, (struct text){NULL, 0}), "");
	formatted = arena_format(arena, "%d-%s", 42, "x");
	ck_assert(text_is(formatted, "42-x"));
	ck_assert_str_eq(formatted.bytes, "42-x");
	arena_free(arena);

	arena = arena_new(16);
	ck_assert_ptr_null(arena_copy_text(arena, TEXT("sixteen bytes...")).bytes);
	ck_assert_ptr_null(arena_format(arena, "%100d", 1).bytes);
	arena_free(arena);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("arena");
	TCase *t = tcase_create("arena");

	tcase_add_test(t, allocations_are_aligned_zeroed_and_apart);
	tcase_add_test(t, the_limit_holds_and_the_exhaustion_stays);
	tcase_add_test(t, an_arena_within_another_counts_there_while_it_lives);
	tcase_add_test(t, an_arena_within_another_exhausts_both);
	tcase_add_test(t, sizes_that_overflow_are_refused);
	tcase_add_test(t, memory_is_zeroed_again_after_a_reset);
	tcase_add_test(t, copies_are_terminated_and_keep_nul_bytes);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
