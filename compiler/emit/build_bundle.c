#include "compiler/emit/build_bundle.h"

#include <stdio.h>

static void seal(struct text program, const struct build_options *options, struct buffer *bundle, struct emit_result *result)
{
	struct bundle_manifest manifest = {
		.name = options->name,
		.channel = options->channel,
		.version = options->version,
		.created_s = options->created_s,
		.expires_s = options->expires_s,
		.compiler_version = TEXT(TERCEL_VERSION),
		.minimum_agent_version = TEXT_EMPTY,
		.rollback_floor = options->rollback_floor,
	};
	struct buffer unsigned_bundle = BUFFER_INIT;
	struct bundle_refusal refusal;
	enum bundle_refusal_code code;

	memcpy(manifest.schema_id, result->schema_id, sizeof manifest.schema_id);
	code = bundle_build(&manifest, program, options->key ? &unsigned_bundle : bundle, &refusal);
	if (!code && options->key)
		code = bundle_sign(buffer_text(&unsigned_bundle), options->key, bundle, &refusal);
	buffer_release(&unsigned_bundle);
	if (!code)
		return;
	result->status = code == BUNDLE_REFUSAL_NO_MEMORY ? EMIT_NO_MEMORY : EMIT_TOO_LARGE;
	snprintf(result->message, sizeof result->message, "%s", refusal.detail);
}

struct emit_result build_bundle(const struct rule *rules, uint32_t rule_count, const struct build_options *options,
				struct buffer *bundle)
{
	struct buffer program = BUFFER_INIT;
	struct emit_result result = emit_program(rules, rule_count, &options->emit, &program);

	if (result.status == EMIT_OK)
		seal(buffer_text(&program), options, bundle, &result);
	buffer_release(&program);
	return result;
}
