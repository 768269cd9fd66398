/* Bundles for tests: two signing keys, a trust set that holds the first, a manifest and a program. */
#ifndef TERCEL_TESTS_PROTO_BUNDLE_FIXTURE_H
#define TERCEL_TESTS_PROTO_BUNDLE_FIXTURE_H

#include <check.h>
#include <string.h>

#include "proto/bundle_seal.h"

#define FIXTURE_PROGRAM "TRCL and then some bytes that stand for a program"

struct bundle_fixture {
	struct signing_key key, other_key;
	struct trust_set trust;
	struct bundle_manifest manifest;
	struct buffer unsigned_bundle;
	struct buffer bundle; /* signed by `key` */
};

static inline void fixture_trust(struct trust_set *trust, const struct signing_key *key)
{
	trust->keys[trust->count++] = signing_key_public(key);
}

static inline void fixture_setup(struct bundle_fixture *fixture)
{
	struct bundle_refusal refusal;

	*fixture = (struct bundle_fixture){0};
	ck_assert_int_eq(signing_key_generate(&fixture->key), 0);
	ck_assert_int_eq(signing_key_generate(&fixture->other_key), 0);
	fixture_trust(&fixture->trust, &fixture->key);
	fixture->manifest = (struct bundle_manifest){
	    .name = TEXT("falco_rules"),
	    .channel = TEXT("stable"),
	    .version = 7,
	    .created_s = 1700000000,
	    .expires_s = 1800000000,
	    .compiler_version = TEXT("0.1.0"),
	    .minimum_agent_version = TEXT("0.1"),
	    .rollback_floor = 3,
	};
	memset(fixture->manifest.schema_id, 0x5a, sizeof fixture->manifest.schema_id);
	ck_assert_int_eq(bundle_build(&fixture->manifest, TEXT(FIXTURE_PROGRAM), &fixture->unsigned_bundle, &refusal),
			 BUNDLE_REFUSAL_NONE);
	ck_assert_int_eq(bundle_sign(buffer_text(&fixture->unsigned_bundle), &fixture->key, &fixture->bundle, &refusal),
			 BUNDLE_REFUSAL_NONE);
}

static inline void fixture_teardown(struct bundle_fixture *fixture)
{
	buffer_release(&fixture->bundle);
	buffer_release(&fixture->unsigned_bundle);
	signing_key_release(&fixture->key);
	signing_key_release(&fixture->other_key);
}

/* A bundle of the fixture's manifest with another version, signed, opened; `bytes` must outlive it. */
static inline struct bundle *fixture_bundle_of_version(struct bundle_fixture *fixture, uint64_t version,
						       uint64_t rollback_floor, struct buffer *bytes)
{
	struct bundle_checks checks = {.trust = &fixture->trust};
	struct buffer unsigned_bundle = BUFFER_INIT;
	struct bundle_refusal refusal;
	struct bundle *bundle = NULL;

	fixture->manifest.version = version;
	fixture->manifest.rollback_floor = rollback_floor;
	ck_assert_int_eq(bundle_build(&fixture->manifest, TEXT(FIXTURE_PROGRAM), &unsigned_bundle, &refusal), 0);
	ck_assert_int_eq(bundle_sign(buffer_text(&unsigned_bundle), &fixture->key, bytes, &refusal), 0);
	ck_assert_int_eq(bundle_open(buffer_text(bytes), &checks, &bundle, &refusal), 0);
	buffer_release(&unsigned_bundle);
	return bundle;
}

#endif
