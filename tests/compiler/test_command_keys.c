/* keygen, sign and verify as whole commands: what they write, print and exit with. TERCELC is the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "tests/proto/bundle_fixture.h"
#include "tests/support/check_main.h"
#include "tests/support/temporary_directory.h"
#include "vm/program_writer.h"

static struct temporary_directory directory;
static struct bundle_fixture fixture;
static struct buffer output, written_program;

/* A program with one rule that never matches, and its schema in the fixture's manifest. */
static void write_program(void)
{
	struct program_rule_description rule = {.name = TEXT("r"), .source = TEXT("syscall")};
	struct program_writer *writer = program_writer_new();
	struct program_refusal refusal;
	struct program *program;

	ck_assert_ptr_nonnull(writer);
	program_writer_rule(writer, &rule);
	ck_assert_int_eq(program_writer_finish(writer, &written_program), 0);
	program_writer_free(writer);
	ck_assert_int_eq(program_load(written_program.bytes, written_program.length, &program, &refusal), 0);
	memcpy(fixture.manifest.schema_id, program_schema_id(program).bytes, BUNDLE_DIGEST_BYTES);
	program_free(program);
}

static void write_bundle(const char *name, uint64_t expires_s)
{
	struct buffer bundle = BUFFER_INIT;
	struct bundle_refusal refusal;
	char path[PATH_MAX];

	fixture.manifest.expires_s = expires_s;
	ck_assert_int_eq(bundle_build(&fixture.manifest, buffer_text(&written_program), &bundle, &refusal), 0);
	temporary_directory_path(&directory, name, path);
	ck_assert_int_eq(file_write_atomic(path, bundle.bytes, bundle.length, 0644), 0);
	buffer_release(&bundle);
}

static void setup(void)
{
	ck_assert_msg(getenv("TERCELC") != NULL, "TERCELC must name the program");
	temporary_directory_make(&directory);
	fixture_setup(&fixture);
	output = BUFFER_INIT;
	written_program = BUFFER_INIT;
	write_program();
	write_bundle("b.tcb", 0);
}

static void teardown(void)
{
	buffer_release(&output);
	buffer_release(&written_program);
	fixture_teardown(&fixture);
	temporary_directory_remove(&directory);
}

/* Runs tercelc in the directory; its exit status, and what it printed on both streams in `output`. */
static int tercelc(const char *arguments)
{
	char line[2 * PATH_MAX], path[PATH_MAX];
	int status;

	snprintf(line, sizeof line, "cd '%s' && '%s' %s >output 2>&1 </dev/null", directory.path, getenv("TERCELC"),
		 arguments);
	status = system(line);
	buffer_clear(&output);
	ck_assert_int_eq(file_read(temporary_directory_path(&directory, "output", path), 100000, &output), 0);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_printed(const char *part)
{
	ck_assert_msg(text_find(buffer_text(&output), text_from_string(part)) != SIZE_MAX, "no \"%s\" in: " TEXT_FORMAT,
		      part, TEXT_ARGUMENTS(buffer_text(&output)));
}

START_TEST(a_bundle_is_signed_and_verified)
{
	ck_assert_int_eq(tercelc("keygen -o ci"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("verify --trust ci.pub b.tcb"), EXIT_STATUS_FINDINGS);
	assert_printed("refused (unsigned)");
	ck_assert_int_eq(tercelc("sign --key ci.key b.tcb"), EXIT_STATUS_OK);
	ck_assert_uint_eq(output.length, 0);
	ck_assert_int_eq(tercelc("verify --trust ci.pub b.tcb"), EXIT_STATUS_OK);
	assert_printed("name              falco_rules\n");
	assert_printed("expires           never\n");
	ck_assert_int_eq(tercelc("verify --format json --trust ci.pub b.tcb"), EXIT_STATUS_OK);
	assert_printed("{\"name\":\"falco_rules\",\"channel\":\"stable\",\"version\":7,");
}
END_TEST

START_TEST(any_of_several_keys_is_enough)
{
	ck_assert_int_eq(tercelc("keygen -o one"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("keygen -o two"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("sign --key one.key -o signed.tcb b.tcb"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("verify --trust one.pub b.tcb"), EXIT_STATUS_FINDINGS);
	ck_assert_int_eq(tercelc("verify --trust two.pub signed.tcb"), EXIT_STATUS_FINDINGS);
	assert_printed("refused (unknown_key)");
	ck_assert_int_eq(tercelc("verify --trust two.pub --trust one.pub signed.tcb"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("sign --key two.key signed.tcb"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("verify --trust two.pub signed.tcb"), EXIT_STATUS_OK);
}
END_TEST

START_TEST(expiry_is_seen)
{
	ck_assert_int_eq(tercelc("keygen -o ci"), EXIT_STATUS_OK);
	write_bundle("b.tcb", clock_realtime_ns() / NS_PER_S - 10);
	ck_assert_int_eq(tercelc("sign --key ci.key b.tcb"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("verify --trust ci.pub b.tcb"), EXIT_STATUS_FINDINGS);
	assert_printed("refused (expired)");
	write_bundle("b.tcb", clock_realtime_ns() / NS_PER_S + 3600);
	ck_assert_int_eq(tercelc("sign --key ci.key b.tcb"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("verify --trust ci.pub b.tcb"), EXIT_STATUS_OK);
}
END_TEST

START_TEST(the_program_is_verified)
{
	ck_assert_int_eq(tercelc("keygen -o ci"), EXIT_STATUS_OK);
	fixture.manifest.schema_id[0] ^= 1;
	write_bundle("b.tcb", 0);
	ck_assert_int_eq(tercelc("sign --key ci.key b.tcb"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("verify --trust ci.pub b.tcb"), EXIT_STATUS_FINDINGS);
	assert_printed("refused (wrong_schema)");
	fixture.manifest.schema_id[0] ^= 1;
	written_program.length -= 1;
	write_bundle("b.tcb", 0);
	ck_assert_int_eq(tercelc("sign --key ci.key b.tcb"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("verify --trust ci.pub b.tcb"), EXIT_STATUS_FINDINGS);
	assert_printed("refused (not_verifiable)");
}
END_TEST

START_TEST(mistakes_have_their_exit_status)
{
	ck_assert_int_eq(tercelc("keygen"), EXIT_STATUS_USAGE);
	ck_assert_int_eq(tercelc("keygen -o nowhere/ci"), EXIT_STATUS_IO);
	ck_assert_int_eq(tercelc("keygen -o ci"), EXIT_STATUS_OK);
	ck_assert_int_eq(tercelc("keygen -o ci"), EXIT_STATUS_IO);
	assert_printed("never overwritten");
	ck_assert_int_eq(tercelc("sign b.tcb"), EXIT_STATUS_USAGE);
	ck_assert_int_eq(tercelc("sign --key ci.pub b.tcb"), EXIT_STATUS_IO);
	ck_assert_int_eq(tercelc("sign --key ci.key"), EXIT_STATUS_USAGE);
	ck_assert_int_eq(tercelc("sign --key ci.key missing.tcb"), EXIT_STATUS_IO);
	ck_assert_int_eq(tercelc("sign --key ci.key ci.pub"), EXIT_STATUS_FINDINGS);
	assert_printed("refused (malformed)");
	ck_assert_int_eq(tercelc("verify b.tcb"), EXIT_STATUS_USAGE);
	ck_assert_int_eq(tercelc("verify --trust ci.key b.tcb"), EXIT_STATUS_IO);
	ck_assert_int_eq(tercelc("verify --trust ci.pub missing.tcb"), EXIT_STATUS_IO);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("command_keys");
	TCase *t = tcase_create("command_keys");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_bundle_is_signed_and_verified);
	tcase_add_test(t, any_of_several_keys_is_enough);
	tcase_add_test(t, expiry_is_seen);
	tcase_add_test(t, the_program_is_verified);
	tcase_add_test(t, mistakes_have_their_exit_status);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
