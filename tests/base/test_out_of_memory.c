/* Each allocation in turn fails: containers say so, keep what they had, and leak nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/hash_table.h"
#include "tests/support/check_main.h"
#include "tests/support/failing_allocator.h"

enum { KEYS = 100 };

START_TEST(hash_tables)
{
	static char names[KEYS][12];
	bool has_failed;
	size_t n = 0;

	for (int i = 0; i < KEYS; i++)
		snprintf(names[i], sizeof names[i], "%d", i);
	do {
		struct hash_table *table;
		int added = 0, error = 0;

		failing_allocator_arm(++n);
		table = hash_table_new(0);
		while (table && !error && added < KEYS) {
			error = hash_table_set(table, text_from_string(names[added]), names[added]);
			added += !error;
		}
		has_failed = failing_allocator_disarm();
		ck_assert(has_failed == (table == NULL || error == -ENOMEM));
		for (int i = 0; table && i < KEYS; i++)
			ck_assert_ptr_eq(hash_table_get(table, text_from_string(names[i])),
					 i < added ? names[i] : NULL);
		hash_table_free(table);
	} while (has_failed);
	ck_assert_uint_gt(n, 8);
}
END_TEST

START_TEST(number_tables)
{
	static char values[KEYS];
	bool has_failed;
	size_t n = 0;

	do {
		struct number_table *table;
		uint64_t added = 0;
		int error = 0;

		failing_allocator_arm(++n);
		table = number_table_new(0);
		while (table && !error && added < KEYS) {
			error = number_table_set(table, added, &values[added]);
			added += !error;
		}
		has_failed = failing_allocator_disarm();
		ck_assert(has_failed == (table == NULL || error == -ENOMEM));
		for (uint64_t i = 0; table && i < KEYS; i++)
			ck_assert_ptr_eq(number_table_get(table, i), i < added ? &values[i] : NULL);
		number_table_free(table);
	} while (has_failed);
	ck_assert_uint_gt(n, 5);
}
END_TEST

START_TEST(arenas_and_buffers)
{
	bool has_failed;
	size_t n = 0;

	do {
		struct buffer buffer = BUFFER_INIT;
		struct arena *arena;

		failing_allocator_arm(++n);
		arena = arena_new(0);
		for (int i = 0; arena && i < 20; i++) {
			char *bytes = arena_allocate(arena, 1000);

			if (bytes)
				memset(bytes, 1, 1000);
		}
		for (int i = 0; i < 100; i++)
			buffer_printf(&buffer, "%03d", i);
		has_failed = failing_allocator_disarm();
		ck_assert(has_failed == (arena == NULL || arena_is_exhausted(arena) || buffer.failed));
		ck_assert_uint_eq(buffer.length % 3, 0);
		ck_assert(buffer.failed || buffer.length == 300);
		arena_free(arena);
		buffer_release(&buffer);
	} while (has_failed);
	ck_assert_uint_gt(n, 4);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("out_of_memory");
	TCase *t = tcase_create("out_of_memory");

	tcase_add_test(t, hash_tables);
	tcase_add_test(t, number_tables);
	tcase_add_test(t, arenas_and_buffers);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
