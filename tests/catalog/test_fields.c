/* Fields, operators, transformers, ports: rows are sound and lookups find them. */
#include "catalog/phase.h"

#include <ctype.h>
#include <stdio.h>

#include "tests/support/check_main.h"

START_TEST(fields_are_found_by_name)
{
	for (unsigned id = 0; id < FIELD_COUNT; id++)
		ck_assert_int_eq(field_by_name(text_from_string(field_info(id)->name)), (int)id);
	ck_assert_int_eq(field_by_name(TEXT("proc.nam")), -1);
	ck_assert_int_eq(field_by_name(TEXT("proc.namee")), -1);
	ck_assert_int_eq(field_by_name(TEXT("aaa")), -1);
	ck_assert_int_eq(field_by_name(TEXT("zzz")), -1);
	ck_assert_int_eq(field_by_name(TEXT_EMPTY), -1);
	ck_assert_int_eq(field_by_name(TEXT("proc.name\0")), -1);
	ck_assert_ptr_null(field_info(FIELD_COUNT));
}
END_TEST

static int slow_by_prefix(struct text t, size_t *ret_length)
{
	int found = -1;

	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		struct text name = text_from_string(field_info(id)->name);

		if (text_starts_with(t, name) && (found < 0 || name.length > *ret_length)) {
			*ret_length = name.length;
			found = (int)id;
		}
	}
	return found;
}

static void prefixes_agree(const char *string)
{
	size_t fast_length = 4711, slow_length = 4711;
	int fast = field_by_prefix(text_from_string(string), &fast_length);
	int slow = slow_by_prefix(text_from_string(string), &slow_length);

	ck_assert_msg(fast == slow && fast_length == slow_length, "\"%s\": %d (%zu), not %d (%zu)", string, fast,
		      fast_length, slow, slow_length);
}

/* Against the plain search, for every field with all kinds of things behind it and cut at every place. */
START_TEST(the_longest_prefix_is_found)
{
	static const char *const tails[] = {"",  "[2]",  ".",    ".x", ".exe", ".name", "path", "!",
					    "~", " = 1", "\xff", "_x", "a",    "z",     "0"};
	char text[256];

	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		const char *name = field_info(id)->name;

		for (size_t length = 0; length <= strlen(name); length++) {
			for (size_t k = 0; k < sizeof(tails) / sizeof(tails[0]); k++) {
				snprintf(text, sizeof(text), "%.*s%s", (int)length, name, tails[k]);
				prefixes_agree(text);
			}
		}
	}
	prefixes_agree("");
	prefixes_agree("evt.rawarg.res");
	prefixes_agree("evt.type.is.openat");
}
END_TEST

START_TEST(names_are_lower_case_words)
{
	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		const char *name = field_info(id)->name;

		for (const char *c = name; *c; c++)
			ck_assert_msg(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '.' ||
					  *c == '_',
				      "%s", name);
		ck_assert_uint_gt(strlen(field_info(id)->meaning), 0);
		ck_assert_ptr_nonnull(strchr(name, '.'));
	}
}
END_TEST

START_TEST(arguments_agree_with_flags)
{
	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		const struct field_info *field = field_info(id);
		bool takes = field->flags & (FIELD_FLAG_ARG_REQUIRED | FIELD_FLAG_ARG_ALLOWED);

		ck_assert_msg(takes == (field->argument != ARGUMENT_NONE), "%s", field->name);
		ck_assert_msg(!(field->flags & FIELD_FLAG_ARG_REQUIRED) || !(field->flags & FIELD_FLAG_ARG_ALLOWED),
			      "%s", field->name);
		if (field->flags & (FIELD_FLAG_ARG_KEY | FIELD_FLAG_ARG_INDEX))
			ck_assert_msg(field->argument == ARGUMENT_KEY || field->argument == ARGUMENT_INDEX_OR_KEY, "%s",
				      field->name);
		if (field->flags & FIELD_FLAG_ANY_ANCESTOR)
			ck_assert_msg(field->depends & BINDING_ANCESTORS, "%s", field->name);
		if (field->flags & FIELD_FLAG_EITHER_END)
			ck_assert_msg(field->depends & BINDING_DESCRIPTOR, "%s", field->name);
	}
}
END_TEST

START_TEST(bounds_are_those_of_the_longest_text)
{
	size_t count, bytes = 0;
	const struct flag_info *rows = flag_table_rows(FLAG_TABLE_capabilities, &count);

	for (unsigned id = 0; id < FIELD_COUNT; id++) {
		const struct field_info *field = field_info(id);

		if (type_kind((enum value_type)field->type) != KIND_STRING &&
		    type_kind((enum value_type)field->type) != KIND_BYTES && field->type != TYPE_DYN)
			ck_assert_msg(field->value_bytes_max == 8 || field->value_bytes_max == 16, "%s", field->name);
		ck_assert_uint_le(field->value_bytes_max, 1 << 20);
		/* Fields that never have a value are the only ones without a length. */
		if (field->value_bytes_max == 0)
			ck_assert_msg(field->depends == 0, "%s", field->name);
	}
	for (size_t i = 0; i < count; i++)
		bytes += strlen(rows[i].name) + 1;
	ck_assert_uint_le(bytes, field_info(FIELD_THREAD_CAP_EFFECTIVE)->value_bytes_max);

	rows = flag_table_rows(FLAG_TABLE_errno_names, &count);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_le(strlen(rows[i].name), field_info(FIELD_EVT_RES)->value_bytes_max);

	for (unsigned port = 0; port < 65536; port++)
		for (unsigned udp = 0; udp < 2; udp++)
			if (port_name((uint16_t)port, udp))
				ck_assert_uint_le(strlen(port_name((uint16_t)port, udp)),
						  field_info(FIELD_FD_SPROTO)->value_bytes_max);
}
END_TEST

/* A prediction speaks of fields that hang on something that the event rebinds. */
START_TEST(predictions_have_a_cause)
{
	for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
		const struct event_info *event = event_info(id);
		bool predicts_something = false;

		for (unsigned field = 0; field < FIELD_COUNT; field++) {
			struct field_request request = {.field = (uint16_t)field};
			struct field_phase phase = phase_of(&request, id);

			predicts_something |= phase.is_predicted && (field_info(field)->depends & event->rebinds);
		}
		ck_assert_msg(predicts_something == (event->predicts != 0), "%s", event->constant);
	}
}
END_TEST

START_TEST(operators_and_transformers_are_found_by_name)
{
	for (unsigned id = 0; id < OPERATOR_COUNT; id++) {
		ck_assert_int_eq(operator_by_name(text_from_string(operator_info(id)->name)), (int)id);
		ck_assert_uint_ne(operator_info(id)->kinds, 0);
	}
	ck_assert_int_eq(operator_by_name(TEXT("==")), OPERATOR_EQUAL);
	ck_assert_int_eq(operator_by_name(TEXT("===")), -1);
	ck_assert_int_eq(operator_by_name(TEXT_EMPTY), -1);
	ck_assert_ptr_null(operator_info(OPERATOR_COUNT));
	for (unsigned id = 0; id < TRANSFORMER_COUNT; id++) {
		ck_assert_int_eq(transformer_by_name(text_from_string(transformer_info(id)->name)), (int)id);
		ck_assert_uint_le(transformer_info(id)->arguments_min, transformer_info(id)->arguments_max);
	}
	ck_assert_int_eq(transformer_by_name(TEXT("val")), -1);
	ck_assert_ptr_null(transformer_info(TRANSFORMER_COUNT));
}
END_TEST

START_TEST(ports_have_names)
{
	ck_assert_int_eq(port_by_name(TEXT("ssh")), 22);
	ck_assert_int_eq(port_by_name(TEXT("https")), 443);
	ck_assert_int_eq(port_by_name(TEXT("echo")), 7); /* 4 is AppleTalk's */
	ck_assert_int_eq(port_by_name(TEXT("dicom")), 104);
	ck_assert_int_eq(port_by_name(TEXT("zip")), 6);
	ck_assert_int_eq(port_by_name(TEXT("SSH")), -1);
	ck_assert_int_eq(port_by_name(TEXT_EMPTY), -1);
	ck_assert_str_eq(port_name(22, false), "ssh");
	ck_assert_str_eq(port_name(80, false), "http"); /* not its alias www */
	ck_assert_str_eq(port_name(514, true), "syslog");
	ck_assert_str_eq(port_name(514, false), "shell");
	ck_assert_str_eq(port_name(60179, false), "fido");
	ck_assert_ptr_null(port_name(22, true));
	ck_assert_ptr_null(port_name(4, false));
	ck_assert_ptr_null(port_name(0, false));
	ck_assert_ptr_null(port_name(65535, true));
	for (unsigned port = 0; port < 65536; port++)
		if (port_name((uint16_t)port, false) && strcmp(port_name((uint16_t)port, false), "dicom") != 0)
			ck_assert_int_eq(port_by_name(text_from_string(port_name((uint16_t)port, false))), (int)port);
}
END_TEST

START_TEST(priorities_in_any_case)
{
	for (int priority = 0; priority < PRIORITY_COUNT; priority++)
		ck_assert_int_eq(priority_by_name(text_from_string(priority_name((enum priority)priority))), priority);
	ck_assert_int_eq(priority_by_name(TEXT("cRiTiCaL")), PRIORITY_CRITICAL);
	ck_assert_int_eq(priority_by_name(TEXT("info")), PRIORITY_INFORMATIONAL);
	ck_assert_int_eq(priority_by_name(TEXT("warn")), -1);
	ck_assert_int_eq(priority_by_name(TEXT_EMPTY), -1);
}
END_TEST

START_TEST(types_have_names_and_kinds)
{
	for (unsigned type = 0; type < TYPE_COUNT; type++)
		ck_assert_str_ne(type_name((enum value_type)type), "NONE");
	ck_assert_str_eq(type_name(TYPE_NONE), "NONE");
	ck_assert_int_eq(type_kind(TYPE_MODE), KIND_UNSIGNED);
	ck_assert_int_eq(type_kind(TYPE_NONE), KIND_OPAQUE);
	ck_assert_uint_eq(type_size_bytes(TYPE_BOOL), 4);
	ck_assert_uint_eq(type_size_bytes(TYPE_CHARBUF), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("fields");
	TCase *tests = tcase_create("fields");

	tcase_add_test(tests, fields_are_found_by_name);
	tcase_add_test(tests, the_longest_prefix_is_found);
	tcase_add_test(tests, names_are_lower_case_words);
	tcase_add_test(tests, arguments_agree_with_flags);
	tcase_add_test(tests, bounds_are_those_of_the_longest_text);
	tcase_add_test(tests, predictions_have_a_cause);
	tcase_add_test(tests, operators_and_transformers_are_found_by_name);
	tcase_add_test(tests, ports_have_names);
	tcase_add_test(tests, priorities_in_any_case);
	tcase_add_test(tests, types_have_names_and_kinds);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
