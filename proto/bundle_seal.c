#include "proto/bundle_seal.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "bundle.pb-c.h"
#include "proto/bundle_envelope.h"
#include "proto/message_codec.h"

_Static_assert(BUNDLE_DIGEST_BYTES == crypto_hash_sha256_BYTES, "sha256");

struct bundle {
	struct bundle_envelope envelope;
	struct bundle_manifest manifest;
	ProtobufCMessage *unpacked; /* holds the manifest's texts */
	uint8_t digest[BUNDLE_DIGEST_BYTES];
	const uint8_t *signed_by; /* a key id in the envelope */
};

struct text bundle_default_name(const char *rule_file)
{
	struct text name = text_from_string(rule_file);
	size_t slash = text_find_last_byte(name, '/');

	if (slash != SIZE_MAX)
		name = text_slice(name, slash + 1, SIZE_MAX);
	if (text_ends_with(name, TEXT(".yaml")))
		name.length -= 5;
	else if (text_ends_with(name, TEXT(".yml")))
		name.length -= 4;
	name = text_slice(name, 0, BUNDLE_STRING_BYTES_MAX);
	return name.length && !text_is(name, "-") && utf8_is_printable(name) ? name : TEXT("rules");
}

/* The numbers of "1.2.3", missing ones 0. False when it is anything else. */
static bool parse_version(struct text version, uint64_t ret_numbers[static 4])
{
	for (size_t i = 0; i < 4; i++)
		ret_numbers[i] = 0;
	for (size_t i = 0; i < 4; i++) {
		size_t dot = text_find_byte(version, '.');

		if (!text_to_u64(text_slice(version, 0, dot), &ret_numbers[i]))
			return false;
		if (dot == SIZE_MAX)
			return true;
		version = text_slice(version, dot + 1, SIZE_MAX);
	}
	return false;
}

static enum bundle_refusal_code check_string(struct text value, const char *what, bool may_be_empty,
					     struct bundle_refusal *ret_refusal)
{
	if (value.length == 0 && !may_be_empty)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "the %s is empty", what);
	if (value.length > BUNDLE_STRING_BYTES_MAX)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "the %s is longer than %zu bytes", what,
				     BUNDLE_STRING_BYTES_MAX);
	if (!utf8_is_printable(value))
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "the %s is not printable UTF-8", what);
	return BUNDLE_REFUSAL_NONE;
}

static enum bundle_refusal_code check_manifest(const struct bundle_manifest *manifest,
					       struct bundle_refusal *ret_refusal)
{
	uint64_t numbers[4];
	enum bundle_refusal_code code = check_string(manifest->name, "name", false, ret_refusal);

	if (!code)
		code = check_string(manifest->channel, "channel", false, ret_refusal);
	if (!code)
		code = check_string(manifest->compiler_version, "compiler version", true, ret_refusal);
	if (!code)
		code = check_string(manifest->minimum_agent_version, "minimum agent version", true, ret_refusal);
	if (code)
		return code;
	if (manifest->minimum_agent_version.length && !parse_version(manifest->minimum_agent_version, numbers))
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED,
				     "the minimum agent version is not of the form 1.2.3");
	if (manifest->rollback_floor > manifest->version)
		return bundle_refuse(
		    ret_refusal, BUNDLE_REFUSAL_MALFORMED, "the rollback floor %llu is above the version %llu",
		    (unsigned long long)manifest->rollback_floor, (unsigned long long)manifest->version);
	if (manifest->program_bytes == 0)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "there is no program in it");
	return BUNDLE_REFUSAL_NONE;
}

static ProtobufCBinaryData binary_of(struct text t)
{
	return (ProtobufCBinaryData){t.length, (uint8_t *)(uintptr_t)t.bytes};
}

static ProtobufCBinaryData digest_of(const uint8_t *bytes)
{
	return (ProtobufCBinaryData){BUNDLE_DIGEST_BYTES, (uint8_t *)(uintptr_t)bytes};
}

/* protobuf-c wants NUL-terminated strings; they are limited already. */
static char *terminated(struct text t, char room[static BUNDLE_STRING_BYTES_MAX + 1])
{
	if (t.length > 0)
		memcpy(room, t.bytes, t.length);
	room[t.length] = '\0';
	return room;
}

static int pack_manifest(const struct bundle_manifest *manifest, struct buffer *output)
{
	char rooms[4][BUNDLE_STRING_BYTES_MAX + 1];
	Tercel__Bundle__Manifest message;

	tercel__bundle__manifest__init(&message);
	message.name = terminated(manifest->name, rooms[0]);
	message.channel = terminated(manifest->channel, rooms[1]);
	message.version = manifest->version;
	message.created_s = manifest->created_s;
	message.expires_s = manifest->expires_s;
	message.compiler_version = terminated(manifest->compiler_version, rooms[2]);
	message.schema_id = digest_of(manifest->schema_id);
	message.program_sha256 = digest_of(manifest->program_sha256);
	message.program_bytes = manifest->program_bytes;
	message.minimum_agent_version = terminated(manifest->minimum_agent_version, rooms[3]);
	message.rollback_floor = manifest->rollback_floor;
	return message_pack(&message.base, output);
}

static int pack_envelope(const struct bundle_envelope *envelope, struct buffer *output)
{
	Tercel__Bundle__Bundle message;
	Tercel__Bundle__Signature signatures[BUNDLE_SIGNATURES_MAX], *pointers[BUNDLE_SIGNATURES_MAX];

	tercel__bundle__bundle__init(&message);
	for (size_t i = 0; i < envelope->signature_count; i++) {
		tercel__bundle__signature__init(&signatures[i]);
		signatures[i].key_id =
		    (ProtobufCBinaryData){KEY_ID_BYTES, (uint8_t *)(uintptr_t)envelope->signatures[i].key_id};
		signatures[i].signature =
		    (ProtobufCBinaryData){SIGNATURE_BYTES, (uint8_t *)(uintptr_t)envelope->signatures[i].bytes};
		pointers[i] = &signatures[i];
	}
	message.manifest = binary_of(envelope->manifest);
	message.n_signatures = envelope->signature_count;
	message.signatures = pointers;
	message.program = binary_of(envelope->program);
	return message_pack(&message.base, output);
}

enum bundle_refusal_code bundle_build(const struct bundle_manifest *given, struct text program, struct buffer *output,
				      struct bundle_refusal *ret_refusal)
{
	struct bundle_manifest manifest = *given;
	struct bundle_envelope envelope = {.program = program};
	struct buffer manifest_bytes = BUFFER_INIT;
	enum bundle_refusal_code code;

	if (program.length > BUNDLE_PROGRAM_BYTES_MAX)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TOO_LARGE,
				     "the program has %zu bytes, the limit is %zu", program.length,
				     BUNDLE_PROGRAM_BYTES_MAX);
	manifest.program_bytes = program.length;
	crypto_hash_sha256(manifest.program_sha256, (const uint8_t *)program.bytes, program.length);
	code = check_manifest(&manifest, ret_refusal);
	if (code)
		return code;
	if (pack_manifest(&manifest, &manifest_bytes) == 0) {
		envelope.manifest = buffer_text(&manifest_bytes);
		pack_envelope(&envelope, output);
	} else {
		output->failed = true;
	}
	buffer_release(&manifest_bytes);
	return output->failed ? bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "%s", "") : BUNDLE_REFUSAL_NONE;
}

/* A wrong signature by a trusted key does no harm beside a right one by another. */
static enum bundle_refusal_code check_signatures(struct bundle *bundle, const struct bundle_checks *checks,
						 struct bundle_refusal *ret_refusal)
{
	const struct bundle_envelope *envelope = &bundle->envelope;
	const uint8_t *wrong = NULL;
	char id[KEY_ID_TEXT_BYTES];

	if (!checks->trust)
		return BUNDLE_REFUSAL_NONE;
	if (envelope->signature_count == 0)
		return checks->accept_unsigned ? BUNDLE_REFUSAL_NONE
					       : bundle_refuse(ret_refusal, BUNDLE_REFUSAL_UNSIGNED, "%s", "");
	for (size_t i = 0; i < envelope->signature_count; i++) {
		const struct envelope_signature *signature = &envelope->signatures[i];
		const struct public_key *key = trust_set_find(checks->trust, signature->key_id);

		if (!key)
			continue;
		if (crypto_sign_verify_detached(signature->bytes, (const uint8_t *)envelope->manifest.bytes,
						envelope->manifest.length, key->bytes) == 0) {
			bundle->signed_by = signature->key_id;
			return BUNDLE_REFUSAL_NONE;
		}
		wrong = signature->key_id;
	}
	if (wrong)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_BAD_SIGNATURE, "signature of key %s",
				     key_id_format(wrong, id));
	return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_UNKNOWN_KEY, "it is signed by key %s%s",
			     key_id_format(envelope->signatures[0].key_id, id),
			     envelope->signature_count > 1 ? " and others" : "");
}

static enum bundle_refusal_code unpack_manifest(struct bundle *bundle, struct bundle_refusal *ret_refusal)
{
	static const struct message_limits limits = {BUNDLE_MANIFEST_BYTES_MAX, BUNDLE_STRING_BYTES_MAX, 1};
	const Tercel__Bundle__Manifest *message;
	int error = message_unpack(&tercel__bundle__manifest__descriptor, bundle->envelope.manifest, &limits,
				   &bundle->unpacked);

	if (error == -ENOMEM)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "%s", "");
	if (error)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED, "the manifest cannot be read");
	message = (const Tercel__Bundle__Manifest *)bundle->unpacked;
	if (message->schema_id.len != BUNDLE_DIGEST_BYTES || message->program_sha256.len != BUNDLE_DIGEST_BYTES)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_MALFORMED,
				     "a hash in the manifest has the wrong length");
	bundle->manifest = (struct bundle_manifest){
	    .name = text_from_string(message->name),
	    .channel = text_from_string(message->channel),
	    .version = message->version,
	    .created_s = message->created_s,
	    .expires_s = message->expires_s,
	    .compiler_version = text_from_string(message->compiler_version),
	    .minimum_agent_version = text_from_string(message->minimum_agent_version),
	    .rollback_floor = message->rollback_floor,
	    .program_bytes = message->program_bytes,
	};
	memcpy(bundle->manifest.schema_id, message->schema_id.data, BUNDLE_DIGEST_BYTES);
	memcpy(bundle->manifest.program_sha256, message->program_sha256.data, BUNDLE_DIGEST_BYTES);
	return check_manifest(&bundle->manifest, ret_refusal);
}

static enum bundle_refusal_code check_program(const struct bundle *bundle, struct bundle_refusal *ret_refusal)
{
	struct text program = bundle->envelope.program;
	uint8_t digest[BUNDLE_DIGEST_BYTES];

	if (program.length != bundle->manifest.program_bytes)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_WRONG_PROGRAM, "it has %zu bytes instead of %llu",
				     program.length, (unsigned long long)bundle->manifest.program_bytes);
	crypto_hash_sha256(digest, (const uint8_t *)program.bytes, program.length);
	if (memcmp(digest, bundle->manifest.program_sha256, sizeof digest) != 0)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_WRONG_PROGRAM, "its sha256 is another one");
	return BUNDLE_REFUSAL_NONE;
}

static enum bundle_refusal_code check_agent_and_time(const struct bundle_manifest *manifest,
						     const struct bundle_checks *checks,
						     struct bundle_refusal *ret_refusal)
{
	uint64_t needed[4], present[4];
	char expires[TIME_FORMAT_UTC_BYTES];

	if (checks->agent_version && parse_version(manifest->minimum_agent_version, needed) &&
	    parse_version(text_from_string(checks->agent_version), present)) {
		for (size_t i = 0; i < 4 && needed[i] >= present[i]; i++) {
			if (needed[i] > present[i])
				return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_AGENT_TOO_OLD, "%s, not " TEXT_FORMAT,
						     checks->agent_version,
						     TEXT_ARGUMENTS(manifest->minimum_agent_version));
		}
	}
	if (checks->now_s && manifest->expires_s && manifest->expires_s <= checks->now_s)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_EXPIRED, "at %s",
				     time_format_utc(manifest->expires_s, expires));
	return BUNDLE_REFUSAL_NONE;
}

enum bundle_refusal_code bundle_open(struct text bytes, const struct bundle_checks *checks, struct bundle **ret_bundle,
				     struct bundle_refusal *ret_refusal)
{
	struct bundle *bundle = calloc(1, sizeof *bundle);
	enum bundle_refusal_code code;

	if (!bundle || sodium_init() < 0) {
		free(bundle);
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "%s", "");
	}
	code = bundle_envelope_read(bytes, &bundle->envelope, ret_refusal);
	if (!code)
		code = check_signatures(bundle, checks, ret_refusal);
	if (!code)
		code = unpack_manifest(bundle, ret_refusal);
	if (!code)
		code = check_program(bundle, ret_refusal);
	if (!code)
		code = check_agent_and_time(&bundle->manifest, checks, ret_refusal);
	if (code) {
		bundle_free(bundle);
		return code;
	}
	crypto_hash_sha256(bundle->digest, (const uint8_t *)bundle->envelope.manifest.bytes,
			   bundle->envelope.manifest.length);
	*ret_bundle = bundle;
	return BUNDLE_REFUSAL_NONE;
}

struct bundle *bundle_free(struct bundle *bundle)
{
	if (bundle)
		message_free(bundle->unpacked);
	free(bundle);
	return NULL;
}

enum bundle_refusal_code bundle_sign(struct text bytes, const struct signing_key *key, struct buffer *output,
				     struct bundle_refusal *ret_refusal)
{
	static const struct bundle_checks checks = {0};
	struct bundle_envelope envelope;
	struct bundle *bundle;
	uint8_t signature[SIGNATURE_BYTES];
	enum bundle_refusal_code code = bundle_open(bytes, &checks, &bundle, ret_refusal);
	size_t kept = 0;

	if (code)
		return code;
	envelope = bundle->envelope;
	for (size_t i = 0; i < envelope.signature_count; i++) {
		if (memcmp(envelope.signatures[i].key_id, key->id, KEY_ID_BYTES) != 0)
			envelope.signatures[kept++] = envelope.signatures[i];
	}
	if (kept < BUNDLE_SIGNATURES_MAX) {
		crypto_sign_detached(signature, NULL, (const uint8_t *)envelope.manifest.bytes,
				     envelope.manifest.length, key->bytes);
		envelope.signatures[kept++] = (struct envelope_signature){key->id, signature};
		envelope.signature_count = kept;
		if (pack_envelope(&envelope, output) < 0)
			code = bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "%s", "");
	} else {
		code = bundle_refuse(ret_refusal, BUNDLE_REFUSAL_TOO_LARGE, "it has %zu signatures already", kept);
	}
	bundle_free(bundle);
	return code;
}

const struct bundle_manifest *bundle_manifest(const struct bundle *bundle)
{
	return &bundle->manifest;
}

struct text bundle_program(const struct bundle *bundle)
{
	return bundle->envelope.program;
}

void bundle_file_digest(struct text bytes, uint8_t ret_digest[BUNDLE_DIGEST_BYTES])
{
	crypto_hash_sha256(ret_digest, (const uint8_t *)bytes.bytes, bytes.length);
}

const uint8_t *bundle_digest(const struct bundle *bundle)
{
	return bundle->digest;
}

size_t bundle_signature_count(const struct bundle *bundle)
{
	return bundle->envelope.signature_count;
}

const uint8_t *bundle_signature_key_id(const struct bundle *bundle, size_t i)
{
	return bundle->envelope.signatures[i].key_id;
}

const uint8_t *bundle_signed_by(const struct bundle *bundle)
{
	return bundle->signed_by;
}
