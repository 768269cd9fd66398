/*
 * bundle.tcb: the envelope around a program (bundle.proto). Building, signing and opening.
 *
 * Nothing in an envelope is believed before it is checked: sizes before anything is allocated, signatures before the
 * manifest is looked into, the program's hash before the program is handed out. What needs the program itself (schema,
 * verification) is detect/'s work; what needs memory of earlier bundles is bundle_policy.h's.
 */
#ifndef TERCEL_PROTO_BUNDLE_SEAL_H
#define TERCEL_PROTO_BUNDLE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "proto/key_file.h"
#include "proto/bundle_refusal.h"

#define BUNDLE_PROGRAM_BYTES_MAX ((size_t)64 << 20) /* vm's PROGRAM_BYTES_MAX */
#define BUNDLE_MANIFEST_BYTES_MAX ((size_t)4096)
#define BUNDLE_SIGNATURES_MAX ((size_t)16)
#define BUNDLE_BYTES_MAX (BUNDLE_PROGRAM_BYTES_MAX + 16384)
#define BUNDLE_STRING_BYTES_MAX ((size_t)128)
#define BUNDLE_DIGEST_BYTES 32
#define BUNDLE_DEFAULT_CHANNEL "stable"

/* Strings are valid UTF-8 without control characters, at most BUNDLE_STRING_BYTES_MAX long. */
struct bundle_manifest {
	struct text name;    /* not empty */
	struct text channel; /* not empty */
	uint64_t version;
	uint64_t created_s; /* since the epoch */
	uint64_t expires_s; /* since the epoch; 0: never */
	struct text compiler_version;
	struct text minimum_agent_version; /* numbers and dots; empty: any */
	uint64_t rollback_floor;           /* lowest version to which one may return from this one */
	uint8_t schema_id[BUNDLE_DIGEST_BYTES];
	uint8_t program_sha256[BUNDLE_DIGEST_BYTES]; /* filled in by bundle_build() */
	uint64_t program_bytes;                      /* filled in by bundle_build() */
};

/* "local" for "/etc/falco/local.yaml": the file's name without folders and .yaml or .yml; "rules" if nothing is left.
 */
struct text bundle_default_name(const char *rule_file);

/* Appends an unsigned bundle to `output`. Refused with MALFORMED (the detail says what), TOO_LARGE or NO_MEMORY. */
enum bundle_refusal_code bundle_build(const struct bundle_manifest *manifest, struct text program,
				      struct buffer *output, struct bundle_refusal *ret_refusal);

/*
 * Appends the bundle with a signature by `key` to `output`; an earlier signature of the same key is replaced, others
 * stay. Refused when `bundle` is not a whole and well-formed bundle, or has BUNDLE_SIGNATURES_MAX others already
 * (TOO_LARGE).
 */
enum bundle_refusal_code bundle_sign(struct text bundle, const struct signing_key *key, struct buffer *output,
				     struct bundle_refusal *ret_refusal);

struct bundle_checks {
	/* Whose signatures count. NULL: signatures are not looked at (listing, signing). */
	const struct trust_set *trust;
	bool accept_unsigned;      /* no signature at all is fine; a wrong or unknown one is not */
	uint64_t now_s;            /* 0: expiry is not checked */
	const char *agent_version; /* NULL: the minimum is not checked */
};

struct bundle;

/* `bytes` must stay as they are until bundle_free(). On refusal *ret_bundle is untouched and *ret_refusal filled. */
enum bundle_refusal_code bundle_open(struct text bytes, const struct bundle_checks *checks, struct bundle **ret_bundle,
				     struct bundle_refusal *ret_refusal);
struct bundle *bundle_free(struct bundle *bundle); /* returns NULL; accepts NULL */

/* Its texts live in the bundle. */
const struct bundle_manifest *bundle_manifest(const struct bundle *bundle);
struct text bundle_program(const struct bundle *bundle); /* lies in the bytes given to bundle_open() */
/* sha256 of a bundle's file: its identity on the way from orchestrator to agent. */
void bundle_file_digest(struct text bytes, uint8_t ret_digest[BUNDLE_DIGEST_BYTES]);
/* sha256 of the manifest's bytes: the bundle's identity, signed or not. */
const uint8_t *bundle_digest(const struct bundle *bundle);
size_t bundle_signature_count(const struct bundle *bundle);
const uint8_t *bundle_signature_key_id(const struct bundle *bundle, size_t i);
/* The trusted key whose signature was found right; NULL when none was looked for. */
const uint8_t *bundle_signed_by(const struct bundle *bundle);

#endif
