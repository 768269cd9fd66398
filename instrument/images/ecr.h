/* AWS's Elastic Container Registry: its private registries' names, and the token that they take. */
#ifndef TERCEL_INSTRUMENT_IMAGES_ECR_H
#define TERCEL_INSTRUMENT_IMAGES_ECR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* What a registry's name says. */
struct ecr_registry {
	struct text region;           /* lower-case letters, digits and hyphens */
	const char *api, *api_domain; /* its API is at API.REGION.API_DOMAIN */
};

/* False when it is no private registry of ECR's. */
bool ecr_registry_parse(struct text name, struct ecr_registry *ret_registry);

/*
 * The value of an Authorization header ("Basic ...") for the registry: GetAuthorizationToken with the credentials that
 * there are for AWS. False with a reason, in which there are no secrets.
 */
bool ecr_authorization(const struct ecr_registry *registry, struct arena *arena, struct text *ret_basic,
		       struct text *ret_reason);

#endif
