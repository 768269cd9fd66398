/* Each allocation in turn fails while a program is written and loaded: an error comes out, nothing leaks or crashes. */
#include "tests/support/check_main.h"

#include <errno.h>

#include "tests/support/failing_allocator.h"
#include "tests/vm/vm_support.h"

START_TEST(each_allocation_fails_once)
{
	struct buffer whole = BUFFER_INIT;
	unsigned failures = 0;
	bool failed = true;

	finish_written(write_full_program(), &whole);
	for (size_t n = 1; failed; n++) {
		struct buffer bytes = BUFFER_INIT;
		struct buffer listing = BUFFER_INIT;
		struct program *program = NULL;
		struct program_refusal refusal = {.code = -1};
		struct program_writer *writer;
		int result = -ENOMEM;

		failing_allocator_arm(n);
		writer = write_full_program();
		if (writer != NULL)
			result = program_writer_finish(writer, &bytes);
		if (result == 0)
			result = program_load(bytes.bytes, bytes.length, &program, &refusal);
		if (result == 0)
			program_disassemble(program, &listing);
		failed = failing_allocator_disarm();
		failures += failed;
		ck_assert_msg(result == 0 || failed, "allocation %zu: %d %s", n, result, refusal.message);
		/* The only thing that may go unnoticed is a DFA that the test itself could not make. */
		ck_assert_msg(result == 0 || result == -ENOMEM || result == -EINVAL, "allocation %zu: %d", n, result);
		if (!failed)
			ck_assert(text_equal(buffer_text(&bytes), buffer_text(&whole)));
		program_free(program);
		program_writer_free(writer);
		buffer_release(&bytes);
		buffer_release(&listing);
	}
	ck_assert_uint_gt(failures, 100);
	buffer_release(&whole);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("memory");
	TCase *failures = tcase_create("failures");

	tcase_set_timeout(failures, 60);
	tcase_add_test(failures, each_allocation_fails_once);
	suite_add_tcase(all, failures);
	return all;
}

CHECK_MAIN(suite)
