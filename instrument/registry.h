/* Image configurations from registries: the distribution specification's pull, of manifests and configurations only. */
#ifndef TERCEL_INSTRUMENT_REGISTRY_H
#define TERCEL_INSTRUMENT_REGISTRY_H

#include <stdbool.h>

#include "base/arena.h"
#include "instrument/image_lookup.h"

/*
 * `cache` is a directory, or NULL: what has a digest is read from there if it is there, and kept there; the digest is
 * checked either way. False with a reason.
 */
bool image_from_registry(struct text image, struct text architecture, const char *cache, struct arena *arena,
			 struct image_config *ret_config, struct text *ret_reason);

/* The same, but only if the cache has all of it. */
bool image_from_cache(struct text image, struct text architecture, const char *cache, struct arena *arena,
		      struct image_config *ret_config, struct text *ret_reason);

#endif
