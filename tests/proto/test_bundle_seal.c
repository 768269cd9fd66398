#include "proto/bundle_seal.h"

#include <stdlib.h>
#include <string.h>

#include "tests/proto/bundle_fixture.h"
#include "tests/support/check_main.h"

static struct bundle_fixture fixture;
static struct bundle_checks checks;
static struct buffer scratch;

static void setup(void)
{
	fixture_setup(&fixture);
	checks = (struct bundle_checks){&fixture.trust, false, 1750000000, "0.1.0"};
	scratch = BUFFER_INIT;
}

static void teardown(void)
{
	fixture_teardown(&fixture);
	buffer_release(&scratch);
}

static enum bundle_refusal_code open_code(struct text bytes)
{
	struct bundle *bundle = NULL;
	struct bundle_refusal refusal = {0};
	enum bundle_refusal_code code = bundle_open(bytes, &checks, &bundle, &refusal);

	ck_assert_int_eq(refusal.code, code);
	ck_assert((bundle == NULL) == (code != BUNDLE_REFUSAL_NONE));
	bundle_free(bundle);
	return code;
}

static void assert_refused(struct text bytes, enum bundle_refusal_code expected)
{
	ck_assert_str_eq(bundle_refusal_name(open_code(bytes)), bundle_refusal_name(expected));
}

/* A bundle of the fixture's manifest as it stands now, signed, in `scratch`. */
static struct text sealed(void)
{
	struct buffer unsigned_bundle = BUFFER_INIT;
	struct bundle_refusal refusal;

	buffer_clear(&scratch);
	ck_assert_int_eq(bundle_build(&fixture.manifest, TEXT(FIXTURE_PROGRAM), &unsigned_bundle, &refusal), 0);
	ck_assert_int_eq(bundle_sign(buffer_text(&unsigned_bundle), &fixture.key, &scratch, &refusal), 0);
	buffer_release(&unsigned_bundle);
	return buffer_text(&scratch);
}

/* `t` with the first occurrence of `from` replaced by `to`, of equal length, in `scratch`. */
static struct text replaced(struct text t, struct text from, struct text to)
{
	size_t at = text_find(t, from);

	ck_assert_uint_ne(at, SIZE_MAX);
	ck_assert_uint_eq(from.length, to.length);
	buffer_clear(&scratch);
	buffer_append_text(&scratch, t);
	memcpy(scratch.bytes + at, to.bytes, to.length);
	return buffer_text(&scratch);
}

START_TEST(what_was_sealed_comes_out)
{
	struct bundle *bundle;
	struct bundle_refusal refusal;
	const struct bundle_manifest *manifest;

	ck_assert_int_eq(bundle_open(buffer_text(&fixture.bundle), &checks, &bundle, &refusal), BUNDLE_REFUSAL_NONE);
	manifest = bundle_manifest(bundle);
	ck_assert(text_is(manifest->name, "falco_rules"));
	ck_assert(text_is(manifest->channel, "stable"));
	ck_assert_uint_eq(manifest->version, 7);
	ck_assert_uint_eq(manifest->created_s, 1700000000);
	ck_assert_uint_eq(manifest->expires_s, 1800000000);
	ck_assert(text_is(manifest->compiler_version, "0.1.0"));
	ck_assert(text_is(manifest->minimum_agent_version, "0.1"));
	ck_assert_uint_eq(manifest->rollback_floor, 3);
	ck_assert_mem_eq(manifest->schema_id, fixture.manifest.schema_id, BUNDLE_DIGEST_BYTES);
	ck_assert(text_is(bundle_program(bundle), FIXTURE_PROGRAM));
	ck_assert_uint_eq(bundle_signature_count(bundle), 1);
	ck_assert_mem_eq(bundle_signed_by(bundle), fixture.key.id, KEY_ID_BYTES);
	bundle_free(bundle);
}
END_TEST

START_TEST(building_and_signing_are_reproducible)
{
	struct text again = sealed();

	ck_assert(text_equal(again, buffer_text(&fixture.bundle)));
}
END_TEST

START_TEST(signing_again_replaces_and_other_keys_add)
{
	struct buffer twice = BUFFER_INIT, both = BUFFER_INIT;
	struct trust_set others = {0};
	struct bundle *bundle;
	struct bundle_refusal refusal;

	ck_assert_int_eq(bundle_sign(buffer_text(&fixture.bundle), &fixture.key, &twice, &refusal), 0);
	ck_assert(text_equal(buffer_text(&twice), buffer_text(&fixture.bundle)));
	ck_assert_int_eq(bundle_sign(buffer_text(&fixture.bundle), &fixture.other_key, &both, &refusal), 0);
	ck_assert_int_eq(bundle_open(buffer_text(&both), &checks, &bundle, &refusal), 0);
	ck_assert_uint_eq(bundle_signature_count(bundle), 2);
	ck_assert_mem_eq(bundle_signature_key_id(bundle, 1), fixture.other_key.id, KEY_ID_BYTES);
	bundle_free(bundle);
	fixture_trust(&others, &fixture.other_key);
	checks.trust = &others;
	assert_refused(buffer_text(&both), BUNDLE_REFUSAL_NONE);
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_UNKNOWN_KEY);
	buffer_release(&twice);
	buffer_release(&both);
}
END_TEST

START_TEST(a_wrong_signature_does_no_harm_beside_a_right_one)
{
	struct buffer both = BUFFER_INIT;
	struct bundle_refusal refusal;
	struct text bytes;
	size_t at;

	ck_assert_int_eq(bundle_sign(buffer_text(&fixture.bundle), &fixture.other_key, &both, &refusal), 0);
	at = text_find(buffer_text(&both), text_of((const char *)fixture.key.id, KEY_ID_BYTES));
	ck_assert_uint_ne(at, SIZE_MAX);
	both.bytes[at + KEY_ID_BYTES + 2] ^= 1;
	bytes = buffer_text(&both);
	assert_refused(bytes, BUNDLE_REFUSAL_BAD_SIGNATURE);
	fixture_trust(&fixture.trust, &fixture.other_key);
	assert_refused(bytes, BUNDLE_REFUSAL_NONE);
	buffer_release(&both);
}
END_TEST

START_TEST(signatures_have_a_limit)
{
	struct buffer bundles[2] = {BUFFER_INIT, BUFFER_INIT};
	struct signing_key key;
	struct bundle_refusal refusal;
	unsigned last = 0;

	buffer_append_text(&bundles[0], buffer_text(&fixture.bundle));
	for (size_t i = 1; i < BUNDLE_SIGNATURES_MAX; i++, last ^= 1) {
		ck_assert_int_eq(signing_key_generate(&key), 0);
		buffer_clear(&bundles[last ^ 1]);
		ck_assert_int_eq(bundle_sign(buffer_text(&bundles[last]), &key, &bundles[last ^ 1], &refusal), 0);
	}
	assert_refused(buffer_text(&bundles[last]), BUNDLE_REFUSAL_NONE);
	buffer_clear(&scratch);
	ck_assert_int_eq(bundle_sign(buffer_text(&bundles[last]), &key, &scratch, &refusal), 0);
	ck_assert_int_eq(bundle_sign(buffer_text(&bundles[last]), &fixture.other_key, &scratch, &refusal),
			 BUNDLE_REFUSAL_TOO_LARGE);
	buffer_release(&bundles[0]);
	buffer_release(&bundles[1]);
}
END_TEST

START_TEST(refused_too_large)
{
	static const char *const headers[] = {
	    "\x0a\x81\x20",             /* a manifest of 4,097 bytes */
	    "\x0a\xff\xff\xff\xff\x0f", /* of 4 GiB */
	};
	char *large = calloc(1, BUNDLE_BYTES_MAX + 1);

	ck_assert_ptr_nonnull(large);
	assert_refused(text_of(large, BUNDLE_BYTES_MAX + 1), BUNDLE_REFUSAL_TOO_LARGE);
	free(large);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		assert_refused(text_from_string(headers[i]), BUNDLE_REFUSAL_TOO_LARGE);
}
END_TEST

START_TEST(refused_truncated)
{
	for (size_t length = 0; length < fixture.bundle.length; length++)
		assert_refused(text_of((const char *)fixture.bundle.bytes, length), BUNDLE_REFUSAL_TRUNCATED);
	for (size_t length = 0; length < fixture.unsigned_bundle.length; length++)
		assert_refused(text_of((const char *)fixture.unsigned_bundle.bytes, length), BUNDLE_REFUSAL_TRUNCATED);
}
END_TEST

START_TEST(refused_malformed)
{
	struct bundle_refusal refusal;

	assert_refused(TEXT("rules:\n- rule: x\n"), BUNDLE_REFUSAL_MALFORMED);
	assert_refused(TEXT("\x0a\x80\x00"), BUNDLE_REFUSAL_MALFORMED);
	assert_refused(TEXT("\x0a\xff\xff\xff\xff\xff\xff"), BUNDLE_REFUSAL_MALFORMED);
	buffer_append_text(&scratch, buffer_text(&fixture.bundle));
	buffer_append_byte(&scratch, 0);
	assert_refused(buffer_text(&scratch), BUNDLE_REFUSAL_MALFORMED);

	/* In the manifest, behind no signature. */
	checks.accept_unsigned = true;
	assert_refused(replaced(buffer_text(&fixture.unsigned_bundle), TEXT("falco_rules"), TEXT("falco\0rules")),
		       BUNDLE_REFUSAL_MALFORMED);
	assert_refused(replaced(buffer_text(&fixture.unsigned_bundle), TEXT("falco_rules"), TEXT("falco\nrules")),
		       BUNDLE_REFUSAL_MALFORMED);
	assert_refused(replaced(buffer_text(&fixture.unsigned_bundle), TEXT("falco_rules"), TEXT("falco\xffrules")),
		       BUNDLE_REFUSAL_MALFORMED);
	fixture.manifest.rollback_floor = 8;
	ck_assert_int_eq(bundle_build(&fixture.manifest, TEXT("p"), &scratch, &refusal), BUNDLE_REFUSAL_MALFORMED);
	fixture.manifest.rollback_floor = 7;
	fixture.manifest.name = TEXT_EMPTY;
	ck_assert_int_eq(bundle_build(&fixture.manifest, TEXT("p"), &scratch, &refusal), BUNDLE_REFUSAL_MALFORMED);
	fixture.manifest.name = TEXT("a");
	ck_assert_int_eq(bundle_build(&fixture.manifest, TEXT_EMPTY, &scratch, &refusal), BUNDLE_REFUSAL_MALFORMED);
	fixture.manifest.minimum_agent_version = TEXT("1.x");
	ck_assert_int_eq(bundle_build(&fixture.manifest, TEXT("p"), &scratch, &refusal), BUNDLE_REFUSAL_MALFORMED);
}
END_TEST

START_TEST(refused_unsigned)
{
	assert_refused(buffer_text(&fixture.unsigned_bundle), BUNDLE_REFUSAL_UNSIGNED);
	checks.accept_unsigned = true;
	assert_refused(buffer_text(&fixture.unsigned_bundle), BUNDLE_REFUSAL_NONE);
	checks = (struct bundle_checks){0};
	assert_refused(buffer_text(&fixture.unsigned_bundle), BUNDLE_REFUSAL_NONE);
}
END_TEST

START_TEST(refused_unknown_key)
{
	struct trust_set others = {0};

	checks.trust = &others;
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_UNKNOWN_KEY);
	checks.accept_unsigned = true;
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_UNKNOWN_KEY);
	fixture_trust(&others, &fixture.other_key);
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_UNKNOWN_KEY);
	checks.trust = NULL;
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_NONE);
}
END_TEST

START_TEST(refused_bad_signature)
{
	assert_refused(replaced(buffer_text(&fixture.bundle), TEXT("falco_rules"), TEXT("falco_Rules")),
		       BUNDLE_REFUSAL_BAD_SIGNATURE);
	/* Even a manifest that cannot be read is not looked at before its signature. */
	assert_refused(replaced(buffer_text(&fixture.bundle), TEXT("falco_rules"), TEXT("falco\0rules")),
		       BUNDLE_REFUSAL_BAD_SIGNATURE);
	/* The key number of a trusted key on the signature of another. */
	fixture_trust(&fixture.trust, &fixture.other_key);
	assert_refused(replaced(buffer_text(&fixture.bundle), text_of((const char *)fixture.key.id, KEY_ID_BYTES),
				text_of((const char *)fixture.other_key.id, KEY_ID_BYTES)),
		       BUNDLE_REFUSAL_BAD_SIGNATURE);
}
END_TEST

START_TEST(refused_wrong_program)
{
	assert_refused(replaced(buffer_text(&fixture.bundle), TEXT("then some"), TEXT("then none")),
		       BUNDLE_REFUSAL_WRONG_PROGRAM);
	checks = (struct bundle_checks){0};
	assert_refused(replaced(buffer_text(&fixture.unsigned_bundle), TEXT("then some"), TEXT("then none")),
		       BUNDLE_REFUSAL_WRONG_PROGRAM);
}
END_TEST

START_TEST(refused_agent_too_old)
{
	static const struct {
		const char *needed, *present;
		enum bundle_refusal_code code;
	} cases[] = {
	    {"0.1", "0.1.0", BUNDLE_REFUSAL_NONE},
	    {"0.1.0.1", "0.1.0", BUNDLE_REFUSAL_AGENT_TOO_OLD},
	    {"0.2", "0.1.9", BUNDLE_REFUSAL_AGENT_TOO_OLD},
	    {"0.10", "0.9", BUNDLE_REFUSAL_AGENT_TOO_OLD},
	    {"1.2.3", "1.2.4", BUNDLE_REFUSAL_NONE},
	    {"1.2.3", "2", BUNDLE_REFUSAL_NONE},
	    {"", "0.0.1", BUNDLE_REFUSAL_NONE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fixture.manifest.minimum_agent_version = text_from_string(cases[i].needed);
		checks.agent_version = cases[i].present;
		assert_refused(sealed(), cases[i].code);
	}
}
END_TEST

START_TEST(refused_expired)
{
	checks.now_s = 1799999999;
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_NONE);
	checks.now_s = 1800000000;
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_EXPIRED);
	checks.now_s = 0;
	assert_refused(buffer_text(&fixture.bundle), BUNDLE_REFUSAL_NONE);
	checks.now_s = UINT64_MAX;
	fixture.manifest.expires_s = 0;
	assert_refused(sealed(), BUNDLE_REFUSAL_NONE);
}
END_TEST

START_TEST(every_refusal_has_a_name_and_a_sentence_of_its_own)
{
	for (int a = BUNDLE_REFUSAL_NONE; a < BUNDLE_REFUSAL_CODE_COUNT; a++) {
		ck_assert_uint_gt(strlen(bundle_refusal_sentence((enum bundle_refusal_code)a)), 10);
		for (int b = a + 1; b < BUNDLE_REFUSAL_CODE_COUNT; b++)
			ck_assert_str_ne(bundle_refusal_name((enum bundle_refusal_code)a),
					 bundle_refusal_name((enum bundle_refusal_code)b));
	}
}
END_TEST

/*
 * Every single bit of a signed bundle, flipped: never a crash, and what is accepted has the same manifest and program.
 * Nothing of it may be accepted here: with one signature, every byte matters.
 */
START_TEST(no_flipped_bit_is_accepted)
{
	struct buffer *bundle = &fixture.bundle;

	for (size_t at = 0; at < bundle->length; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t *copy = malloc(bundle->length); /* exactly: the sanitizer sees every overrun */

			ck_assert_ptr_nonnull(copy);
			memcpy(copy, bundle->bytes, bundle->length);
			copy[at] ^= (uint8_t)(1u << bit);
			ck_assert_int_ne(open_code(text_of((const char *)copy, bundle->length)), BUNDLE_REFUSAL_NONE);
			free(copy);
		}
	}
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Without signatures the manifest's decoder meets the damage itself. */
START_TEST(random_damage_never_changes_what_an_accepted_bundle_holds)
{
	struct buffer *bundle = &fixture.unsigned_bundle;
	uint64_t state = 88172645463325252;
	unsigned accepted = 0;

	checks = (struct bundle_checks){0};
	for (int round = 0; round < 20000; round++) {
		size_t length = bundle->length - (next_random(&state) % 4 ? 0 : next_random(&state) % 16);
		uint8_t *copy = malloc(length);
		struct bundle *opened;
		struct bundle_refusal refusal;

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, bundle->bytes, length);
		for (uint64_t changes = 1 + next_random(&state) % 4; changes > 0; changes--)
			copy[next_random(&state) % length] = (uint8_t)next_random(&state);
		if (!bundle_open(text_of((const char *)copy, length), &checks, &opened, &refusal)) {
			/* An unsigned manifest may say something else, but its program is the one that it describes. */
			ck_assert(text_is(bundle_program(opened), FIXTURE_PROGRAM));
			accepted++;
			bundle_free(opened);
		}
		free(copy);
	}
	ck_assert_uint_gt(accepted, 0);
}
END_TEST

START_TEST(default_names)
{
	ck_assert(text_is(bundle_default_name("/etc/falco/falco_rules.yaml"), "falco_rules"));
	ck_assert(text_is(bundle_default_name("my rules.yml"), "my rules"));
	ck_assert(text_is(bundle_default_name("rules.d/local"), "local"));
	ck_assert(text_is(bundle_default_name("-"), "rules"));
	ck_assert(text_is(bundle_default_name("x/.yaml"), "rules"));
	ck_assert(text_is(bundle_default_name("a\nb.yaml"), "rules"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("bundle_seal");
	TCase *t = tcase_create("bundle_seal");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_sealed_comes_out);
	tcase_add_test(t, building_and_signing_are_reproducible);
	tcase_add_test(t, signing_again_replaces_and_other_keys_add);
	tcase_add_test(t, a_wrong_signature_does_no_harm_beside_a_right_one);
	tcase_add_test(t, signatures_have_a_limit);
	tcase_add_test(t, refused_too_large);
	tcase_add_test(t, refused_truncated);
	tcase_add_test(t, refused_malformed);
	tcase_add_test(t, refused_unsigned);
	tcase_add_test(t, refused_unknown_key);
	tcase_add_test(t, refused_bad_signature);
	tcase_add_test(t, refused_wrong_program);
	tcase_add_test(t, refused_agent_too_old);
	tcase_add_test(t, refused_expired);
	tcase_add_test(t, every_refusal_has_a_name_and_a_sentence_of_its_own);
	tcase_add_test(t, no_flipped_bit_is_accepted);
	tcase_add_test(t, random_damage_never_changes_what_an_accepted_bundle_holds);
	tcase_add_test(t, default_names);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
