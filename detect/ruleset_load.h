/*
 * From the bytes of a bundle to a program that can run: envelope and signatures, version policy, verification, schema, in
 * this order. Either everything holds and there is a ruleset, or there is a refusal and whatever ran before goes on.
 */
#ifndef TERCEL_DETECT_RULESET_LOAD_H
#define TERCEL_DETECT_RULESET_LOAD_H

#include "base/text.h"
#include "proto/bundle_policy.h"
#include "proto/bundle_seal.h"
#include "vm/program.h"

/* A loaded bundle. It is constant and may be shared by any number of runners. */
struct ruleset {
	struct bundle *bundle;	 /* name, channel, version, digest: bundle_manifest(), bundle_digest() */
	struct program *program;
	struct buffer bytes;	 /* the bundle, which the manifest's texts point into */
};

/*
 * Takes a copy of `bytes`. `policy` NULL: any version (replay). On refusal *ret_ruleset is untouched and *ret_refusal
 * filled. The caller records the bundle in the policy when it runs.
 */
enum bundle_refusal_code ruleset_load(struct text bytes, const struct bundle_checks *checks, const struct bundle_policy *policy,
			       struct ruleset **ret_ruleset, struct bundle_refusal *ret_refusal);
struct ruleset *ruleset_free(struct ruleset *ruleset); /* returns NULL; accepts NULL */

#endif
