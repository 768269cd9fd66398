/* From checked rules to the bytes of a bundle. Nothing is read or written; the same input gives the same bytes. */
#ifndef TERCEL_COMPILER_EMIT_BUILD_BUNDLE_H
#define TERCEL_COMPILER_EMIT_BUILD_BUNDLE_H

#include "base/buffer.h"
#include "compiler/emit/emit_program.h"
#include "proto/bundle_seal.h"

struct build_options {
	struct text name;    /* of the bundle */
	struct text channel;
	uint64_t created_s;
	uint64_t version;
	uint64_t rollback_floor;
	uint64_t expires_s; /* 0: never */
	struct emit_options emit;
	const struct signing_key *key; /* NULL: unsigned */
};

/*
 * Appends the bundle. TOO_LARGE also stands for texts that an envelope does not take; the message says which.
 */
struct emit_result build_bundle(const struct rule *rules, uint32_t rule_count, const struct build_options *options,
				struct buffer *bundle);

#endif
