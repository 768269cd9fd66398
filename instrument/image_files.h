/* Images in the file system: OCI image layouts, and archives of `docker save`. */
#ifndef TERCEL_INSTRUMENT_IMAGE_FILES_H
#define TERCEL_INSTRUMENT_IMAGE_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "instrument/image_lookup.h"

/*
 * `image` chooses among several in one place, by its whole name or its tag. False with a reason.
 */
bool image_from_layout(const char *directory, struct text image, struct text architecture, struct arena *arena,
		       struct image_config *ret_config, struct text *ret_reason);
bool image_from_archive(const char *path, struct text image, struct arena *arena, struct image_config *ret_config,
			struct text *ret_reason);

#endif
