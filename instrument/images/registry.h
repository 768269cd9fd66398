/* Image configurations from registries: the distribution specification's pull, of manifests and configurations only. */
#ifndef TERCEL_INSTRUMENT_IMAGES_REGISTRY_H
#define TERCEL_INSTRUMENT_IMAGES_REGISTRY_H

#include <stdbool.h>

#include "instrument/images/image_lookup.h"

/*
 * What has a digest is read from the directory lookup->cache if that is given and has it, and kept there; the digest is
 * checked either way. False with a reason.
 */
bool image_from_registry(struct image_lookup *lookup, struct text image, struct text architecture,
			 struct image_config *ret_config, struct text *ret_reason);

/* The same, but only if the cache has all of it. */
bool image_from_cache(struct image_lookup *lookup, struct text image, struct text architecture,
		      struct image_config *ret_config, struct text *ret_reason);

#endif
