#include "compiler/listings/list_catalog.h"

#include <errno.h>
#include <stdio.h>

#include "catalog/catalog.h"
#include "tests/support/check_main.h"

static size_t rows_of(const char *kind, const char *search, enum list_format format, struct buffer *output)
{
	size_t rows = 4711;

	buffer_clear(output);
	ck_assert_int_eq(list_catalog(text_from_string(kind), text_from_string(search), format, output, &rows), 0);
	ck_assert(!output->failed);
	return rows;
}

static size_t line_count(const struct buffer *output)
{
	size_t lines = 0;

	for (size_t i = 0; i < output->length; i++)
		lines += output->bytes[i] == '\n';
	return lines;
}

START_TEST(everything_is_listed_once)
{
	struct buffer output = BUFFER_INIT;

	ck_assert_uint_eq(rows_of("fields", "", LIST_FORMAT_TEXT, &output), FIELD_COUNT);
	ck_assert_uint_eq(line_count(&output), FIELD_COUNT);
	ck_assert_uint_eq(rows_of("operators", "", LIST_FORMAT_TEXT, &output), OPERATOR_COUNT);
	ck_assert_uint_eq(line_count(&output), OPERATOR_COUNT);
	ck_assert_uint_eq(rows_of("transformers", "", LIST_FORMAT_TEXT, &output), TRANSFORMER_COUNT);
	ck_assert_uint_eq(rows_of("syscalls", "", LIST_FORMAT_TEXT, &output), syscall_count());
	ck_assert_uint_eq(line_count(&output), syscall_count() + 1); /* a head */
	ck_assert_uint_eq(rows_of("events", "", LIST_FORMAT_JSON, &output), EVENT_ID_COUNT);
	/* People see the events of today only. */
	ck_assert_uint_lt(rows_of("events", "", LIST_FORMAT_TEXT, &output), EVENT_ID_COUNT / 2);
	buffer_release(&output);
}
END_TEST

START_TEST(a_word_is_searched_in_names_and_descriptions)
{
	struct buffer output = BUFFER_INIT;

	ck_assert_uint_eq(rows_of("fields", "proc.vmsize", LIST_FORMAT_TEXT, &output), 1);
	ck_assert(text_starts_with(buffer_text(&output), TEXT("proc.vmsize  ")));
	ck_assert_uint_eq(rows_of("fields", "PROC.VMSIZE", LIST_FORMAT_TEXT, &output), 1);
	ck_assert_uint_ge(rows_of("fields", "Ancestor", LIST_FORMAT_TEXT, &output), 7); /* only meanings say it */
	ck_assert_uint_eq(rows_of("fields", "no such thing", LIST_FORMAT_TEXT, &output), 0);
	ck_assert_uint_eq(output.length, 0);
	ck_assert_uint_eq(rows_of("events", "newdirfd", LIST_FORMAT_TEXT, &output),
			  2); /* a parameter of renameat, renameat2 */
	ck_assert_uint_eq(rows_of("flags", "O_TMPFILE", LIST_FORMAT_TEXT, &output), 1);
	ck_assert_uint_eq(rows_of("syscalls", "openat2", LIST_FORMAT_JSON, &output), 1);
	ck_assert(text_starts_with(buffer_text(&output), TEXT("{\"syscalls\":[{\"name\":\"openat2\",")));
	ck_assert_uint_eq(rows_of("operators", "\xff\0", LIST_FORMAT_TEXT, &output), 0);
	buffer_release(&output);
}
END_TEST

START_TEST(long_lines_are_wrapped)
{
	struct buffer output = BUFFER_INIT;
	size_t column = 0;

	rows_of("events", "", LIST_FORMAT_TEXT, &output);
	for (size_t i = 0; i < output.length; i++) {
		column = output.bytes[i] == '\n' ? 0 : column + 1;
		ck_assert_uint_le(column, 100);
	}
	buffer_release(&output);
}
END_TEST

START_TEST(bars_do_not_end_table_cells)
{
	struct buffer output = BUFFER_INIT;
	struct text page;
	unsigned bars = 0;

	rows_of("fields", "proc.tty", LIST_FORMAT_MARKDOWN, &output);
	page = buffer_text(&output);
	page = text_slice(page, text_find(page, TEXT("| `proc.tty`")), SIZE_MAX);
	for (size_t i = 0; i < page.length && page.bytes[i] != '\n'; i++)
		bars += page.bytes[i] == '|' && (i == 0 || page.bytes[i - 1] != '\\');
	ck_assert_uint_eq(bars, 5);
	buffer_release(&output);
}
END_TEST

START_TEST(other_kinds_are_refused)
{
	struct buffer output = BUFFER_INIT;
	size_t rows = 4711;

	ck_assert_int_eq(list_catalog(TEXT("field"), TEXT_EMPTY, LIST_FORMAT_TEXT, &output, &rows), -ENOENT);
	ck_assert_int_eq(list_catalog(TEXT_EMPTY, TEXT_EMPTY, LIST_FORMAT_TEXT, &output, &rows), -ENOENT);
	ck_assert_uint_eq(rows, 4711);
	ck_assert_uint_eq(output.length, 0);
	ck_assert_str_eq(list_kind_name(0), "fields");
	for (size_t i = 0; list_kind_name(i); i++)
		ck_assert_int_eq(
		    list_catalog(text_from_string(list_kind_name(i)), TEXT_EMPTY, LIST_FORMAT_MARKDOWN, &output, &rows),
		    0);
	buffer_release(&output);
}
END_TEST

START_TEST(status_of_fields)
{
	struct buffer output = BUFFER_INIT;
	size_t rows, without_value = 0;
	char summary[128];

	for (unsigned id = 0; id < FIELD_COUNT; id++)
		without_value += field_without_value(id) != NULL;
	ck_assert_uint_eq(rows_of("fields", "", LIST_FORMAT_STATUS, &output), FIELD_COUNT);
	ck_assert_uint_eq(line_count(&output), FIELD_COUNT + 1);
	snprintf(summary, sizeof summary, "\n%u fields: %zu implemented, %zu never have a value\n", FIELD_COUNT,
		 FIELD_COUNT - without_value, without_value);
	ck_assert(text_ends_with(buffer_text(&output), text_from_string(summary)));
	rows_of("fields", "k8s.rc.id", LIST_FORMAT_STATUS, &output);
	ck_assert(text_find(buffer_text(&output), TEXT("  never a value: only the Kubernetes API has it\n")) != SIZE_MAX);
	rows_of("fields", "fd.name", LIST_FORMAT_JSON, &output);
	ck_assert(text_find(buffer_text(&output), TEXT("\"status\":\"implemented\",\"without_value\":null")) != SIZE_MAX);
	ck_assert_int_eq(list_catalog(TEXT("events"), TEXT_EMPTY, LIST_FORMAT_STATUS, &output, &rows), -EINVAL);
	buffer_release(&output);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("list_catalog");
	TCase *tests = tcase_create("list_catalog");

	tcase_add_test(tests, everything_is_listed_once);
	tcase_add_test(tests, a_word_is_searched_in_names_and_descriptions);
	tcase_add_test(tests, long_lines_are_wrapped);
	tcase_add_test(tests, bars_do_not_end_table_cells);
	tcase_add_test(tests, status_of_fields);
	tcase_add_test(tests, other_kinds_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
