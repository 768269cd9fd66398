/*
 * Which versions may follow each other on one agent. Within a (name, channel):
 *
 *  - the newest version seen, or a newer one, is fine;
 *  - an older one only if it is not below the rollback floor of the newest, and only if this very bundle ran here
 *    before.
 *
 * So a rollout can be undone without a signing key, and nobody can bring back an old hole by replaying old bundles.
 * "Seen" means that it ran: a newer bundle that was refused does not count. A bundle of equal version but other content
 * is taken: both were signed, and neither is older.
 */
#ifndef TERCEL_PROTO_BUNDLE_POLICY_H
#define TERCEL_PROTO_BUNDLE_POLICY_H

#include "proto/bundle_seal.h"

#define BUNDLE_POLICY_LINES_MAX 64   /* pairs of (name, channel) */
#define BUNDLE_POLICY_DIGESTS_MAX 32 /* bundles remembered for each; the one that ran longest ago goes first */

struct bundle_policy;

struct bundle_policy *bundle_policy_new(void); /* NULL when there is no memory */
struct bundle_policy *bundle_policy_free(struct bundle_policy *policy);

/* Call after bundle_open() and before the program is loaded. OLDER, or NO_MEMORY when too many names are remembered. */
enum bundle_refusal_code bundle_policy_check(const struct bundle_policy *policy, const struct bundle *bundle,
					     struct bundle_refusal *ret_refusal);

/* Call when the bundle runs. 0 or -ENOSPC (never after a check that accepted it). */
int bundle_policy_record(struct bundle_policy *policy, const struct bundle *bundle);

/*
 * What is remembered, in the file "bundle-policy" of a state directory. Loading gives an empty policy when there is no
 * such file; -EBADMSG when it is damaged; otherwise file_io.h's errors.
 */
int bundle_policy_load(const char *directory, struct bundle_policy **ret_policy);
int bundle_policy_save(const struct bundle_policy *policy, const char *directory);

#endif
