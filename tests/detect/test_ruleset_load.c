#include "detect/ruleset_load.h"

#include <stdlib.h>

#include "tests/support/check_main.h"
#include "tests/support/small_program.h"

static struct bundle_manifest manifest_of(const struct buffer *program)
{
	struct bundle_manifest manifest = {.name = TEXT("test"), .channel = TEXT("stable"), .version = 7, .created_s = 7};
	struct program_refusal refusal;
	struct program *loaded;

	ck_assert_msg(program_load(program->bytes, program->length, &loaded, &refusal) == 0, "%s", refusal.message);
	memcpy(manifest.schema_id, program_schema_id(loaded).bytes, sizeof manifest.schema_id);
	program_free(loaded);
	return manifest;
}

static void build(struct buffer *bundle, struct bundle_manifest manifest, const struct buffer *program)
{
	struct bundle_refusal refusal;

	ck_assert_int_eq(bundle_build(&manifest, buffer_text(program), bundle, &refusal), BUNDLE_REFUSAL_NONE);
}

static enum bundle_refusal_code load(const struct buffer *bundle, const struct bundle_checks *checks,
			      const struct bundle_policy *policy)
{
	/* In memory of its own, of exactly its size, freed before the ruleset is looked at. */
	char *bytes = malloc(bundle->length ? bundle->length : 1);
	struct ruleset *ruleset = NULL;
	struct bundle_refusal refusal;
	enum bundle_refusal_code code;

	memcpy(bytes, bundle->bytes, bundle->length);
	code = ruleset_load(text_of(bytes, bundle->length), checks, policy, &ruleset, &refusal);
	free(bytes);
	ck_assert_int_eq(code == BUNDLE_REFUSAL_NONE, ruleset != NULL);
	if (code != BUNDLE_REFUSAL_NONE) {
		ck_assert_int_eq(refusal.code, code);
	} else {
		ck_assert(text_is(bundle_manifest(ruleset->bundle)->name, "test"));
		ck_assert_uint_eq(program_rule_count(ruleset->program), SMALL_PROGRAM_RULES);
	}
	ruleset_free(ruleset);
	return code;
}

static const struct bundle_checks lenient = {.accept_unsigned = true};

START_TEST(an_unsigned_bundle_is_taken_where_that_is_allowed)
{
	struct buffer program = BUFFER_INIT, bundle = BUFFER_INIT, signed_bundle = BUFFER_INIT;
	struct bundle_checks strict = {0};
	struct trust_set trust = {0};
	struct signing_key key;
	struct bundle_refusal refusal;

	small_program_build(&program);
	build(&bundle, manifest_of(&program), &program);
	ck_assert_int_eq(load(&bundle, &lenient, NULL), BUNDLE_REFUSAL_NONE);

	strict.trust = &trust;
	ck_assert_int_eq(load(&bundle, &strict, NULL), BUNDLE_REFUSAL_UNSIGNED);
	ck_assert_int_eq(signing_key_generate(&key), 0);
	ck_assert_int_eq(bundle_sign(buffer_text(&bundle), &key, &signed_bundle, &refusal), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(load(&signed_bundle, &strict, NULL), BUNDLE_REFUSAL_UNKNOWN_KEY);
	trust.keys[0] = signing_key_public(&key);
	trust.count = 1;
	ck_assert_int_eq(load(&signed_bundle, &strict, NULL), BUNDLE_REFUSAL_NONE);
	signing_key_release(&key);
	buffer_release(&program);
	buffer_release(&bundle);
	buffer_release(&signed_bundle);
}
END_TEST

START_TEST(what_is_cut_or_no_program_is_refused)
{
	struct buffer program = BUFFER_INIT, bundle = BUFFER_INIT;
	struct bundle_manifest manifest;
	size_t length;

	small_program_build(&program);
	manifest = manifest_of(&program);
	build(&bundle, manifest, &program);
	length = bundle.length;
	for (bundle.length = 0; bundle.length < length; bundle.length++)
		ck_assert_int_ne(load(&bundle, &lenient, NULL), BUNDLE_REFUSAL_NONE);
	buffer_clear(&bundle);

	program.length -= 4;
	build(&bundle, manifest, &program);
	ck_assert_int_eq(load(&bundle, &lenient, NULL), BUNDLE_REFUSAL_NOT_VERIFIABLE);
	buffer_release(&program);
	buffer_release(&bundle);
}
END_TEST

START_TEST(another_schema_is_refused)
{
	struct buffer program = BUFFER_INIT, bundle = BUFFER_INIT;
	struct bundle_manifest manifest;

	small_program_build(&program);
	manifest = manifest_of(&program);
	manifest.schema_id[0] ^= 1;
	build(&bundle, manifest, &program);
	ck_assert_int_eq(load(&bundle, &lenient, NULL), BUNDLE_REFUSAL_WRONG_SCHEMA);
	buffer_release(&program);
	buffer_release(&bundle);
}
END_TEST

START_TEST(an_older_version_is_refused_by_the_policy)
{
	struct buffer program = BUFFER_INIT, newer = BUFFER_INIT, older = BUFFER_INIT;
	struct bundle_policy *policy = bundle_policy_new();
	struct bundle_manifest manifest;
	struct ruleset *ruleset;
	struct bundle_refusal refusal;

	small_program_build(&program);
	manifest = manifest_of(&program);
	build(&newer, manifest, &program);
	manifest.version--;
	build(&older, manifest, &program);
	ck_assert_int_eq(ruleset_load(buffer_text(&newer), &lenient, policy, &ruleset, &refusal), BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(bundle_policy_record(policy, ruleset->bundle), 0);
	ruleset_free(ruleset);
	ck_assert_int_eq(load(&older, &lenient, policy), BUNDLE_REFUSAL_OLDER);
	ck_assert_int_eq(load(&older, &lenient, NULL), BUNDLE_REFUSAL_NONE);
	bundle_policy_free(policy);
	buffer_release(&program);
	buffer_release(&newer);
	buffer_release(&older);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ruleset_load");
	TCase *c = tcase_create("ruleset_load");

	tcase_add_test(c, an_unsigned_bundle_is_taken_where_that_is_allowed);
	tcase_add_test(c, what_is_cut_or_no_program_is_refused);
	tcase_add_test(c, another_schema_is_refused);
	tcase_add_test(c, an_older_version_is_refused_by_the_policy);
	suite_add_tcase(s, c);
	return s;
}

CHECK_MAIN(suite)
