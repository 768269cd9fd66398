/* Our keys in minisign's hands, and the other way round. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/file_io.h"
#include "proto/bundle_seal.h"
#include "tests/proto/bundle_fixture.h"
#include "tests/support/temporary_directory.h"

static struct temporary_directory directory;
static struct bundle_fixture fixture;

static void setup(void)
{
	temporary_directory_make(&directory);
	fixture_setup(&fixture);
}

static void teardown(void)
{
	fixture_teardown(&fixture);
	temporary_directory_remove(&directory);
}

/* Runs `command` in the directory; its exit status. */
static int shell(const char *command)
{
	char line[PATH_MAX + 512];

	snprintf(line, sizeof line, "cd '%s' && { %s; } >/dev/null 2>&1 </dev/null", directory.path, command);
	return system(line);
}

START_TEST(minisign_signs_and_verifies_with_our_pair)
{
	char path[PATH_MAX];

	ck_assert_int_eq(key_pair_write(&fixture.key, temporary_directory_path(&directory, "ours", path)), 0);
	ck_assert_int_eq(shell("echo text >file && minisign -S -s ours.key -m file"), 0);
	ck_assert_int_eq(shell("minisign -V -p ours.pub -m file"), 0);
	ck_assert_int_eq(shell("echo more >>file; minisign -V -p ours.pub -m file"), 1 << 8);
	/* The public key that minisign derives from our secret one is the one that we wrote. */
	ck_assert_int_eq(shell("minisign -R -s ours.key -p again.pub"), 0);
	ck_assert_int_eq(shell("test \"$(tail -n 1 ours.pub)\" = \"$(tail -n 1 again.pub)\""), 0);
}
END_TEST

START_TEST(a_pair_of_minisign_seals_a_bundle)
{
	char path[PATH_MAX];
	struct signing_key key;
	struct trust_set trust = {0};
	struct bundle_checks checks = {.trust = &trust};
	struct buffer output = BUFFER_INIT;
	struct bundle *bundle;
	struct bundle_refusal refusal;

	ck_assert_int_eq(shell("minisign -G -W -p theirs.pub -s theirs.key"), 0);
	ck_assert_int_eq(signing_key_read(temporary_directory_path(&directory, "theirs.key", path), &key), 0);
	ck_assert_int_eq(trust_set_add_file(&trust, temporary_directory_path(&directory, "theirs.pub", path)), 0);
	ck_assert_int_eq(bundle_sign(buffer_text(&fixture.unsigned_bundle), &key, &output, &refusal),
			 BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(bundle_open(buffer_text(&output), &checks, &bundle, &refusal), BUNDLE_REFUSAL_NONE);
	bundle_free(bundle);
	buffer_release(&output);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("minisign");
	TCase *t = tcase_create("minisign");
	SRunner *runner;
	int failed;

	if (system("minisign -v >/dev/null 2>&1") != 0) {
		puts("1..0 # SKIP minisign is not installed");
		return EXIT_SUCCESS;
	}
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, minisign_signs_and_verifies_with_our_pair);
	tcase_add_test(t, a_pair_of_minisign_seals_a_bundle);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
