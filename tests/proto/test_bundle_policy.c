#include "proto/bundle_policy.h"

#include <errno.h>
#include <stdio.h>

#include "base/file_io.h"
#include "tests/proto/bundle_fixture.h"
#include "tests/support/check_main.h"
#include "tests/support/temporary_directory.h"

static struct bundle_fixture fixture;
static struct bundle_policy *policy;

static void setup(void)
{
	fixture_setup(&fixture);
	policy = bundle_policy_new();
	ck_assert_ptr_nonnull(policy);
}

static void teardown(void)
{
	bundle_policy_free(policy);
	fixture_teardown(&fixture);
}

/* What the policy says of a version; records it when it is accepted and `runs`. */
static enum bundle_refusal_code offer(uint64_t version, uint64_t floor, bool runs)
{
	struct buffer bytes = BUFFER_INIT;
	struct bundle *bundle = fixture_bundle_of_version(&fixture, version, floor, &bytes);
	struct bundle_refusal refusal;
	enum bundle_refusal_code code = bundle_policy_check(policy, bundle, &refusal);

	if (!code && runs)
		ck_assert_int_eq(bundle_policy_record(policy, bundle), 0);
	bundle_free(bundle);
	buffer_release(&bytes);
	return code;
}

START_TEST(versions_go_up)
{
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(4, 0, true), BUNDLE_REFUSAL_OLDER);
	ck_assert_int_eq(offer(6, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(UINT64_MAX, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(7, 0, true), BUNDLE_REFUSAL_OLDER);
}
END_TEST

START_TEST(one_returns_only_to_what_ran_here)
{
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(9, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(7, 0, true), BUNDLE_REFUSAL_OLDER);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	/* 9 remains the newest: 7 is still an older one that never ran. */
	ck_assert_int_eq(offer(7, 0, true), BUNDLE_REFUSAL_OLDER);
	ck_assert_int_eq(offer(9, 0, true), BUNDLE_REFUSAL_NONE);
}
END_TEST

START_TEST(the_floor_of_the_newest_counts)
{
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(6, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(9, 6, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_OLDER);
	ck_assert_int_eq(offer(6, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_OLDER);
	ck_assert_int_eq(offer(10, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
}
END_TEST

START_TEST(what_did_not_run_was_not_seen)
{
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(9, 9, false), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(6, 0, true), BUNDLE_REFUSAL_NONE);
}
END_TEST

START_TEST(names_and_channels_are_apart)
{
	ck_assert_int_eq(offer(9, 0, true), BUNDLE_REFUSAL_NONE);
	fixture.manifest.channel = TEXT("canary");
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	fixture.manifest.name = TEXT("other");
	ck_assert_int_eq(offer(4, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(3, 0, true), BUNDLE_REFUSAL_OLDER);
}
END_TEST

START_TEST(memory_is_bounded)
{
	char name[32];

	for (uint64_t version = 1; version <= BUNDLE_POLICY_DIGESTS_MAX + 1; version++)
		ck_assert_int_eq(offer(version, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(1, 0, true), BUNDLE_REFUSAL_OLDER); /* forgotten */
	ck_assert_int_eq(offer(2, 0, true), BUNDLE_REFUSAL_NONE);
	for (int i = 1; i <= BUNDLE_POLICY_LINES_MAX; i++) {
		snprintf(name, sizeof name, "bundle-%d", i);
		fixture.manifest.name = text_from_string(name);
		ck_assert_int_eq(offer(1, 0, true),
				 i < BUNDLE_POLICY_LINES_MAX ? BUNDLE_REFUSAL_NONE : BUNDLE_REFUSAL_NO_MEMORY);
	}
}
END_TEST

START_TEST(a_restart_forgets_nothing)
{
	struct temporary_directory directory;
	char path[PATH_MAX];

	temporary_directory_make(&directory);
	bundle_policy_free(policy);
	ck_assert_int_eq(bundle_policy_load(directory.path, &policy), 0);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(9, 4, true), BUNDLE_REFUSAL_NONE);
	fixture.manifest.channel = TEXT("canary");
	ck_assert_int_eq(offer(2, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(bundle_policy_save(policy, directory.path), 0);

	policy = bundle_policy_free(policy);
	ck_assert_int_eq(bundle_policy_load(directory.path, &policy), 0);
	ck_assert_int_eq(offer(1, 0, true), BUNDLE_REFUSAL_OLDER);
	fixture.manifest.channel = TEXT("stable");
	ck_assert_int_eq(offer(7, 0, true), BUNDLE_REFUSAL_OLDER);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);

	temporary_directory_path(&directory, "bundle-policy", path);
	ck_assert_int_eq(file_write_atomic(path, "\x0a\x02zz", 4, 0600), 0);
	ck_assert_int_eq(bundle_policy_load(directory.path, &policy), -EBADMSG);
	temporary_directory_remove(&directory);
	ck_assert_int_eq(bundle_policy_save(policy, directory.path), -ENOENT);
}
END_TEST

/* Whatever a damaged file says: loaded or refused, never a crash. */
START_TEST(damaged_memory_is_survived)
{
	struct temporary_directory directory;
	struct buffer contents = BUFFER_INIT;
	struct bundle_policy *loaded;
	char path[PATH_MAX];

	temporary_directory_make(&directory);
	temporary_directory_path(&directory, "bundle-policy", path);
	ck_assert_int_eq(offer(5, 0, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(offer(9, 4, true), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(bundle_policy_save(policy, directory.path), 0);
	ck_assert_int_eq(file_read(path, 100000, &contents), 0);
	for (size_t at = 0; at < contents.length; at++) {
		contents.bytes[at] ^= 0x41;
		ck_assert_int_eq(file_write_atomic(path, contents.bytes, contents.length, 0600), 0);
		if (bundle_policy_load(directory.path, &loaded) == 0)
			bundle_policy_free(loaded);
		contents.bytes[at] ^= 0x41;
	}
	for (size_t length = 1; length < contents.length; length += 3) {
		ck_assert_int_eq(file_write_atomic(path, contents.bytes, length, 0600), 0);
		ck_assert_int_eq(bundle_policy_load(directory.path, &loaded), -EBADMSG);
	}
	buffer_release(&contents);
	temporary_directory_remove(&directory);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("bundle_policy");
	TCase *t = tcase_create("bundle_policy");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, versions_go_up);
	tcase_add_test(t, one_returns_only_to_what_ran_here);
	tcase_add_test(t, the_floor_of_the_newest_counts);
	tcase_add_test(t, what_did_not_run_was_not_seen);
	tcase_add_test(t, names_and_channels_are_apart);
	tcase_add_test(t, memory_is_bounded);
	tcase_add_test(t, a_restart_forgets_nothing);
	tcase_add_test(t, damaged_memory_is_survived);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
