#include "base/hash_table.h"

#include <errno.h>
#include <stdio.h>

#include "tests/support/check_main.h"

enum { KEYS = 5000 };

static char names[KEYS][16];
static int values[KEYS];

static struct text name_of(int i)
{
	snprintf(names[i], sizeof names[i], "key-%d", i);
	return text_from_string(names[i]);
}

START_TEST(texts_are_found_replaced_and_listed_in_order)
{
	struct hash_table *table = hash_table_new(0);
	size_t position = 0;
	struct text key;
	void *value;

	for (int i = 0; i < KEYS; i++)
		ck_assert_int_eq(hash_table_set(table, name_of(i), &values[i]), 0);
	ck_assert_int_eq(hash_table_set(table, TEXT("key-7"), &values[8]), 0);
	ck_assert_uint_eq(hash_table_count(table), KEYS);
	ck_assert_ptr_eq(hash_table_get(table, TEXT("key-7")), &values[8]);
	ck_assert_ptr_eq(hash_table_get(table, TEXT("key-4999")), &values[4999]);
	ck_assert_ptr_null(hash_table_get(table, TEXT("key-5000")));
	ck_assert_ptr_null(hash_table_get(table, TEXT("key-7\0")));
	for (int i = 0; i < KEYS; i++) {
		ck_assert(hash_table_next(table, &position, &key, &value));
		ck_assert(text_is(key, names[i]));
	}
	ck_assert(!hash_table_next(table, &position, &key, &value));
	ck_assert_ptr_null(hash_table_free(table));
}
END_TEST

START_TEST(removed_texts_are_gone_even_while_iterating)
{
	struct hash_table *table = hash_table_new(0);
	size_t position = 0, seen = 0;
	struct text key;
	void *value;

	ck_assert_ptr_null(hash_table_remove(table, TEXT("nothing")));
	for (int i = 0; i < KEYS; i++)
		ck_assert_int_eq(hash_table_set(table, name_of(i), &values[i]), 0);
	while (hash_table_next(table, &position, &key, &value)) {
		seen++;
		if ((int *)value - values >= 10)
			ck_assert_ptr_eq(hash_table_remove(table, key), value);
	}
	ck_assert_uint_eq(seen, KEYS);
	ck_assert_uint_eq(hash_table_count(table), 10);
	for (int i = 0; i < KEYS; i++)
		ck_assert_ptr_eq(hash_table_get(table, name_of(i)), i < 10 ? &values[i] : NULL);
	for (int round = 0; round < 100000; round++) {
		ck_assert_int_eq(hash_table_set(table, TEXT("again"), &values[0]), 0);
		ck_assert_ptr_eq(hash_table_remove(table, TEXT("again")), &values[0]);
	}
	hash_table_clear(table);
	ck_assert_uint_eq(hash_table_count(table), 0);
	ck_assert_ptr_null(hash_table_get(table, TEXT("key-1")));
	ck_assert_int_eq(hash_table_set(table, TEXT("key-1"), &values[1]), 0);
	hash_table_free(table);
}
END_TEST

START_TEST(limits_refuse_new_keys_only)
{
	struct hash_table *table = hash_table_new(2);
	struct number_table *numbers = number_table_new(2);

	ck_assert_int_eq(hash_table_set(table, TEXT("a"), &values[0]), 0);
	ck_assert_int_eq(hash_table_set(table, TEXT("b"), &values[1]), 0);
	ck_assert_int_eq(hash_table_set(table, TEXT("c"), &values[2]), -ENOSPC);
	ck_assert_int_eq(hash_table_set(table, TEXT("b"), &values[3]), 0);
	ck_assert_int_eq(number_table_set(numbers, 0, &values[0]), 0);
	ck_assert_int_eq(number_table_set(numbers, UINT64_MAX, &values[1]), 0);
	ck_assert_int_eq(number_table_set(numbers, 1, &values[2]), -ENOSPC);
	ck_assert_ptr_eq(number_table_remove(numbers, 0), &values[0]);
	ck_assert_int_eq(number_table_set(numbers, 1, &values[2]), 0);
	hash_table_free(table);
	number_table_free(numbers);
}
END_TEST

START_TEST(numbers_survive_a_long_mixed_life)
{
	struct number_table *table = number_table_new(0);
	void *expected[512] = {0};
	uint64_t state = 88172645463325252;
	size_t live = 0, position = 0, seen = 0;
	uint64_t key;
	void *value;

	for (int step = 0; step < 400000; step++) {
		size_t at;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		at = state % 512;
		if (state >> 32 & 1) {
			live += expected[at] == NULL;
			expected[at] = &values[at];
			ck_assert_int_eq(number_table_set(table, at << 12, expected[at]), 0);
		} else {
			live -= expected[at] != NULL;
			ck_assert_ptr_eq(number_table_remove(table, at << 12), expected[at]);
			expected[at] = NULL;
		}
	}
	ck_assert_uint_eq(number_table_count(table), live);
	for (size_t i = 0; i < 512; i++)
		ck_assert_ptr_eq(number_table_get(table, i << 12), expected[i]);
	while (number_table_next(table, &position, &key, &value)) {
		ck_assert_ptr_eq(value, expected[key >> 12]);
		ck_assert_ptr_eq(number_table_remove(table, key), value);
		seen++;
	}
	ck_assert_uint_eq(seen, live);
	ck_assert_uint_eq(number_table_count(table), 0);
	number_table_clear(table);
	ck_assert_int_eq(number_table_set(table, 5, &values[5]), 0);
	ck_assert_ptr_null(number_table_free(table));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hash_table");
	TCase *t = tcase_create("hash_table");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, texts_are_found_replaced_and_listed_in_order);
	tcase_add_test(t, removed_texts_are_gone_even_while_iterating);
	tcase_add_test(t, limits_refuse_new_keys_only);
	tcase_add_test(t, numbers_survive_a_long_mixed_life);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
