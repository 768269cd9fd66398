/* Names of images: [REGISTRY/]REPOSITORY[:TAG][@DIGEST], by the rules of Docker's reference grammar. */
#ifndef TERCEL_INSTRUMENT_IMAGES_IMAGE_REFERENCE_H
#define TERCEL_INSTRUMENT_IMAGES_IMAGE_REFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct image_reference {
	struct text registry;   /* host and port: "registry-1.docker.io" when none is named */
	struct text repository; /* "library/nginx" */
	struct text name;       /* the digest, else the tag, else "latest" */
	bool is_local;          /* a registry on this machine, which speaks HTTP */
};

/* False when it is none. Texts are in `image` or the arena. */
bool image_reference_parse(struct arena *arena, struct text image, struct image_reference *ret_reference);

#endif
