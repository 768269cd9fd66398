/* Images in the file system: OCI image layouts, and archives of `docker save`. */
#ifndef TERCEL_INSTRUMENT_IMAGES_IMAGE_FILES_H
#define TERCEL_INSTRUMENT_IMAGES_IMAGE_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "instrument/images/image_lookup.h"

/* By what one of several images in a place is chosen. */
enum image_choice {
	CHOOSE_BY_NAME,       /* the whole name, or the digest */
	CHOOSE_BY_SHORT_NAME, /* the tag where there is no more, else the last part of the name and the tag */
	CHOOSE_ONLY,          /* the only one that there is */
};

/* What was chosen. */
struct image_entry {
	struct text id;   /* in its place */
	struct text name; /* that it has there: a whole name, or a tag; empty: none */
};

/* IMAGE_UNKNOWN, with a reason, when the place has no such image. */
enum image_result image_from_layout(const char *directory, struct text image, struct text architecture,
				    enum image_choice choice, struct arena *arena, struct image_config *ret_config,
				    struct image_entry *ret_entry, struct text *ret_reason);
enum image_result image_from_archive(const char *path, struct text image, enum image_choice choice, struct arena *arena,
				     struct image_config *ret_config, struct image_entry *ret_entry,
				     struct text *ret_reason);

#endif
