/* Credentials for registries, where Docker keeps them: config.json in $DOCKER_CONFIG or ~/.docker, and its helpers. */
#ifndef TERCEL_INSTRUMENT_IMAGES_DOCKER_CREDENTIALS_H
#define TERCEL_INSTRUMENT_IMAGES_DOCKER_CREDENTIALS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * The value of an Authorization header ("Basic ...") for the registry, empty when there is none. False with a reason
 * when what there is cannot be read.
 */
bool docker_credentials(struct text registry, struct arena *arena, struct text *ret_basic, struct text *ret_reason);

#endif
