/* Each allocation in turn fails: everything is refused with no_memory, nothing leaks, nothing is half done. */
#include <errno.h>

#include "proto/bundle_policy.h"
#include "tests/proto/bundle_fixture.h"
#include "tests/support/check_main.h"
#include "tests/support/failing_allocator.h"
#include "tests/support/temporary_directory.h"

static struct bundle_fixture fixture;

static void setup(void)
{
	fixture_setup(&fixture);
}

static void teardown(void)
{
	fixture_teardown(&fixture);
}

START_TEST(sealing_and_opening)
{
	struct bundle_checks checks = {.trust = &fixture.trust};
	bool has_failed;
	size_t n = 0;

	do {
		struct buffer unsigned_bundle = BUFFER_INIT, bytes = BUFFER_INIT;
		struct bundle_refusal refusal;
		struct bundle *bundle = NULL;
		enum bundle_refusal_code code;

		failing_allocator_arm(++n);
		code = bundle_build(&fixture.manifest, TEXT(FIXTURE_PROGRAM), &unsigned_bundle, &refusal);
		if (!code)
			code = bundle_sign(buffer_text(&unsigned_bundle), &fixture.key, &bytes, &refusal);
		if (!code)
			code = bundle_open(buffer_text(&bytes), &checks, &bundle, &refusal);
		has_failed = failing_allocator_disarm();
		ck_assert_str_eq(bundle_refusal_name(code), has_failed ? "no_memory" : "none");
		ck_assert((bundle != NULL) == !has_failed);
		bundle_free(bundle);
		buffer_release(&bytes);
		buffer_release(&unsigned_bundle);
	} while (has_failed);
	ck_assert_uint_gt(n, 5);
}
END_TEST

START_TEST(remembering_versions)
{
	struct temporary_directory directory;
	struct buffer bytes = BUFFER_INIT;
	struct bundle *bundle = fixture_bundle_of_version(&fixture, 5, 0, &bytes);
	bool has_failed;
	size_t n = 0;
	struct bundle_policy *policy = bundle_policy_new();

	temporary_directory_make(&directory);
	ck_assert_int_eq(bundle_policy_record(policy, bundle), 0);
	ck_assert_int_eq(bundle_policy_save(policy, directory.path), 0);
	bundle_policy_free(policy);
	do {
		int error;

		policy = NULL;
		failing_allocator_arm(++n);
		error = bundle_policy_load(directory.path, &policy);
		if (!error)
			error = bundle_policy_record(policy, bundle);
		if (!error)
			error = bundle_policy_save(policy, directory.path);
		has_failed = failing_allocator_disarm();
		ck_assert_int_eq(error, has_failed ? -ENOMEM : 0);
		bundle_policy_free(policy);
	} while (has_failed);
	ck_assert_uint_gt(n, 5);
	bundle_free(bundle);
	buffer_release(&bytes);
	temporary_directory_remove(&directory);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("out_of_memory");
	TCase *t = tcase_create("out_of_memory");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, sealing_and_opening);
	tcase_add_test(t, remembering_versions);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
