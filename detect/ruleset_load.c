#include "detect/ruleset_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The program of an opened bundle: verified, and made for the catalogue of this agent. */
static enum bundle_refusal_code load_program(struct ruleset *ruleset, struct bundle_refusal *ret_refusal)
{
	struct text program = bundle_program(ruleset->bundle);
	struct program_refusal reason;
	struct text schema;
	int error = program_load(program.bytes, program.length, &ruleset->program, &reason);

	if (error == -ENOMEM)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "loading the program");
	if (error && program_refusal_is_schema(reason.code))
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_WRONG_SCHEMA, "%s", reason.message);
	if (error)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NOT_VERIFIABLE, "%s", reason.message);
	schema = program_schema_id(ruleset->program);
	if (schema.length != BUNDLE_DIGEST_BYTES ||
	    memcmp(schema.bytes, bundle_manifest(ruleset->bundle)->schema_id, BUNDLE_DIGEST_BYTES) != 0)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_WRONG_SCHEMA, "the manifest names another schema than the program");
	return BUNDLE_REFUSAL_NONE;
}

enum bundle_refusal_code ruleset_load(struct text bytes, const struct bundle_checks *checks, const struct bundle_policy *policy,
			       struct ruleset **ret_ruleset, struct bundle_refusal *ret_refusal)
{
	struct ruleset *ruleset = calloc(1, sizeof *ruleset);
	enum bundle_refusal_code code = BUNDLE_REFUSAL_NONE;

	if (!ruleset)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "the bundle");
	buffer_append_text(&ruleset->bytes, bytes);
	if (ruleset->bytes.failed)
		code = bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "the bundle");
	if (code == BUNDLE_REFUSAL_NONE)
		code = bundle_open(buffer_text(&ruleset->bytes), checks, &ruleset->bundle, ret_refusal);
	if (code == BUNDLE_REFUSAL_NONE && policy)
		code = bundle_policy_check(policy, ruleset->bundle, ret_refusal);
	if (code == BUNDLE_REFUSAL_NONE)
		code = load_program(ruleset, ret_refusal);
	if (code != BUNDLE_REFUSAL_NONE) {
		ruleset_free(ruleset);
		return code;
	}
	*ret_ruleset = ruleset;
	return BUNDLE_REFUSAL_NONE;
}

struct ruleset *ruleset_free(struct ruleset *ruleset)
{
	if (!ruleset)
		return NULL;
	program_free(ruleset->program);
	bundle_free(ruleset->bundle);
	buffer_release(&ruleset->bytes);
	free(ruleset);
	return NULL;
}
