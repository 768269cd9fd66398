/* Programs as a whole: what was written is read back, the same program has the same bytes, the listing is the one kept. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file_io.h"
#include "tests/vm/vm_support.h"

#define GOLDEN TERCEL_TEST_FOLDER "/full_program.listing"

static bool text_matches(struct text t, const char *string)
{
	return text_is(t, string);
}

START_TEST(rules_and_outputs_are_read_back)
{
	struct program *program = load_written(write_full_program());
	struct program_rule rule = program_rule(program, 0);
	struct program_output_piece piece;
	struct program_output_field field;
	struct field_request request;
	unsigned plain_slots = 0;

	ck_assert_uint_eq(program_rule_count(program), 3);
	ck_assert(text_matches(rule.name, "Full rule") && text_matches(rule.description, "has everything"));
	ck_assert(text_matches(rule.source, "syscall") && rule.is_enabled && rule.priority == PRIORITY_WARNING);
	ck_assert_uint_eq(rule.tag_count, 3);
	ck_assert(text_matches(program_rule_tag(program, 0, 1), "mitre"));
	ck_assert(text_matches(program_rule_tag(program, 1, 0), "container"));
	ck_assert(!program_rule(program, 2).is_enabled);
	ck_assert_uint_eq(program_output_piece_count(program, 0), 4);
	ck_assert_uint_eq(program_output_piece_count(program, 2), 0);
	piece = program_output_piece(program, 1, 0);
	ck_assert(piece.is_literal && text_matches(piece.literal, "opened \""));
	piece = program_output_piece(program, 0, 3);
	ck_assert(!piece.is_literal && piece.width_bytes == 20);
	ck_assert(!program_slot_request(program, piece.slot, &request));
	field = program_output_field(program, 0, 1);
	ck_assert(text_matches(field.name, "proc.aname[2]"));
	ck_assert(program_slot_request(program, field.slot, &request));
	ck_assert(request.field == FIELD_PROC_ANAME && request.argument_is_number && request.argument_number == 2);
	ck_assert(text_matches(request.argument, "2"));
	for (uint32_t slot = 0; slot < program_slot_count(program); slot++)
		plain_slots += program_slot_request(program, slot, &request);
	ck_assert_uint_eq(plain_slots, 13);
	ck_assert_int_eq(program_rule_matching(program), RULE_MATCHING_UNSET);
	ck_assert_uint_eq(program_schema_id(program).length, 32);
	program_free(program);
}
END_TEST

START_TEST(equal_rows_are_written_once)
{
	struct program_writer *writer = program_writer_new();
	struct field_request count = {.field = FIELD_UTIL_CNT};
	uint32_t name = plain_slot(writer, FIELD_PROC_NAME), predicate, set;
	static const struct text members[] = {TEXT("b"), TEXT("a"), TEXT("b")};

	ck_assert_uint_eq(plain_slot(writer, FIELD_PROC_NAME), name);
	ck_assert_uint_ne(program_writer_field_slot(writer, &count, TYPE_UINT64, false),
			  program_writer_field_slot(writer, &count, TYPE_UINT64, false)); /* each use counts for itself */
	ck_assert_uint_eq(program_writer_list_slot(writer, &name, 1), program_writer_list_slot(writer, &name, 1));
	ck_assert_uint_eq(program_writer_constant_slot(writer, TEXT("x")), program_writer_constant_slot(writer, TEXT("x")));
	set = program_writer_bytes_set_operand(writer, members, 3).index;
	ck_assert_uint_eq(program_writer_bytes_set_operand(writer, members, 2).index, set);
	ck_assert_uint_ne(program_writer_bytes_set_operand(writer, members, 1).index, set);
	predicate = program_writer_predicate(writer, name, OPERATOR_IN, QUANTIFIER_SCALAR, MODIFIER_NONE,
					     program_writer_bytes_set_operand(writer, members, 2));
	ck_assert_uint_eq(program_writer_predicate(writer, name, OPERATOR_IN, QUANTIFIER_SCALAR, MODIFIER_NONE,
						   program_writer_bytes_set_operand(writer, members, 3)),
			  predicate);
	program_writer_free(writer);
}
END_TEST

START_TEST(the_same_program_has_the_same_bytes)
{
	struct buffer a = BUFFER_INIT, b = BUFFER_INIT;

	finish_written(write_full_program(), &a);
	buffer_append_string(&b, "before"); /* offsets are those of the program, not of the buffer */
	finish_written(write_full_program(), &b);
	ck_assert_uint_eq(a.length + 6, b.length);
	ck_assert_mem_eq(a.bytes, b.bytes + 6, a.length);
	buffer_release(&a);
	buffer_release(&b);
}
END_TEST

START_TEST(debug_rows_can_be_left_out)
{
	struct program_writer *writer = write_full_program();
	struct buffer listing = BUFFER_INIT;
	struct program *program;

	program_writer_keep_debug(writer, false);
	program = load_written(writer);
	program_disassemble(program, &listing);
	buffer_append_byte(&listing, 0);
	ck_assert_ptr_null(strstr((const char *)listing.bytes, "rules.yaml"));
	buffer_release(&listing);
	program_free(program);
}
END_TEST

START_TEST(a_loaded_program_cannot_be_written)
{
	struct program *program = load_written(write_full_program());
	const uint8_t *bytes;

	program_bytes(program, &bytes);
	/* pipe(2) would write there and must fail: the memory is read-only */
	ck_assert_int_eq(pipe((int *)(uintptr_t)bytes), -1);
	ck_assert_int_eq(pipe((int *)(uintptr_t)program->predicates), -1);
	program_free(program);
}
END_TEST

/* Compares with the kept listing; scripts/update_goldens writes it. */
START_TEST(the_listing_is_the_one_that_was_kept)
{
	struct program *program = load_written(write_full_program());
	struct buffer listing = BUFFER_INIT, golden = BUFFER_INIT;

	program_disassemble(program, &listing);
	ck_assert(!listing.failed);
	if (getenv("TERCEL_UPDATE_GOLDEN") != NULL)
		ck_assert_int_eq(file_write_atomic(GOLDEN, listing.bytes, listing.length, 0644), 0);
	ck_assert_int_eq(file_read(GOLDEN, 1 << 20, &golden), 0);
	if (!text_equal(buffer_text(&golden), buffer_text(&listing))) {
		fwrite(listing.bytes, 1, listing.length, stderr);
		ck_abort_msg("the listing above differs from " GOLDEN);
	}
	buffer_release(&listing);
	buffer_release(&golden);
	program_free(program);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("program");
	TCase *whole = tcase_create("whole");

	tcase_add_test(whole, rules_and_outputs_are_read_back);
	tcase_add_test(whole, equal_rows_are_written_once);
	tcase_add_test(whole, the_same_program_has_the_same_bytes);
	tcase_add_test(whole, debug_rows_can_be_left_out);
	tcase_add_test(whole, a_loaded_program_cannot_be_written);
	tcase_add_test(whole, the_listing_is_the_one_that_was_kept);
	suite_add_tcase(all, whole);
	return all;
}

CHECK_MAIN(suite)
