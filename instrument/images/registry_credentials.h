/*
 * What a registry that wants credentials is given, from the first of: Docker's configuration; for ECR's private
 * registries their own token; REGISTRY_TOKEN, but not to Docker Hub and ECR Public, which are asked anonymously.
 */
#ifndef TERCEL_INSTRUMENT_IMAGES_REGISTRY_CREDENTIALS_H
#define TERCEL_INSTRUMENT_IMAGES_REGISTRY_CREDENTIALS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* What was found, or why not, for each registry that was asked in this run. */
struct registry_login {
	struct text registry;
	bool good;
	struct text authorization, reason;
	struct registry_login *next;
};

/*
 * The value of an Authorization header ("Basic ...", "Bearer ..."), empty when there is none. False with a reason when
 * what there is cannot be read. *logins keeps it, in the arena.
 */
bool registry_credentials(struct registry_login **logins, struct text registry, struct arena *arena,
			  struct text *ret_authorization, struct text *ret_reason);

#endif
