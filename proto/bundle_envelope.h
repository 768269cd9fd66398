/*
 * The outermost message of a bundle, found in place: nothing is copied and nothing allocated. Only the one encoding
 * that our writer makes is accepted (bundle.proto); any other is malformed.
 */
#ifndef TERCEL_PROTO_BUNDLE_ENVELOPE_H
#define TERCEL_PROTO_BUNDLE_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "proto/bundle_seal.h"

struct envelope_signature {
	const uint8_t *key_id; /* KEY_ID_BYTES */
	const uint8_t *bytes;  /* SIGNATURE_BYTES */
};

/* All pointers lie in the bytes that were read. */
struct bundle_envelope {
	struct text manifest;
	struct text program;
	struct envelope_signature signatures[BUNDLE_SIGNATURES_MAX];
	size_t signature_count;
};

/* TOO_LARGE, TRUNCATED or MALFORMED; then *ret_envelope is in no defined state. */
enum bundle_refusal_code bundle_envelope_read(struct text bytes, struct bundle_envelope *ret_envelope,
					      struct bundle_refusal *ret_refusal);

#endif
