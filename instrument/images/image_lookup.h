/* What an image runs by itself: the ENTRYPOINT and CMD of its configuration, wherever that can be had. */
#ifndef TERCEL_INSTRUMENT_IMAGES_IMAGE_LOOKUP_H
#define TERCEL_INSTRUMENT_IMAGES_IMAGE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/option_table.h"
#include "base/text.h"

struct image_claim;
struct node;
struct registry_login;

#define IMAGE_CONFIG_BYTES_MAX ((size_t)1 << 20) /* of a configuration, and of a manifest */

struct word_list {
	struct text *words;
	size_t count;
};

struct image_config {
	struct word_list entry_point, command; /* empty: the image has none */
	struct word_list shell;                /* what Docker runs texts of later builds with; empty: /bin/sh -c */
	struct text digest;                    /* of the configuration; empty when it came from a file */
	struct text manifest;                  /* digest of what its name stands for; empty when that is not known */
	struct text warning;                   /* about where it was found; empty: none */
};

/* Where to look, in this order. */
struct image_lookup {
	struct arena *arena;
	const struct node *configurations; /* an object: CONTAINER-OR-IMAGE to configuration; NULL: none */
	struct option_list files;          /* CONTAINER-OR-IMAGE=FILE: configurations */
	struct option_list layouts;        /* ...=DIR, or DIR for the images that it has: OCI image layouts */
	struct option_list archives;       /* ...=FILE, or FILE: what `docker save` writes */
	bool offline;                      /* not in registries */
	const char *cache;                 /* a directory for what registries answered; NULL: none */
	struct registry_login *logins;     /* of registries that were asked in this run; NULL at first */
	struct image_claim *claims;        /* what was taken from layouts and archives without a name; NULL at first */
};

enum image_result {
	IMAGE_FOUND,
	IMAGE_UNKNOWN, /* nothing says what this image is */
	IMAGE_FAILED,  /* a source exists but could not be read */
};

/* Whether a file, layout or archive is given for this name. */
bool image_lookup_names(const struct image_lookup *lookup, struct text name);
/*
 * `image` may be empty when it is not known. `architecture` is Go's name: "amd64", "arm64". Unless the result is
 * IMAGE_FOUND, *ret_reason is set to a sentence.
 */
enum image_result image_lookup(struct image_lookup *lookup, struct text container, struct text image,
			       struct text architecture, struct image_config *ret_config, struct text *ret_reason);

/*
 * Reads a configuration from JSON: `docker inspect`'s list, `skopeo inspect --config`, an OCI image configuration, or
 * {"entrypoint": [...], "cmd": [...]}. False with a reason when it is none of them.
 */
bool image_config_parse(struct arena *arena, struct text json, struct image_config *ret_config,
			struct text *ret_reason);
/* The same from a tree. */
bool image_config_read(struct arena *arena, const struct node *root, struct image_config *ret_config,
		       struct text *ret_reason);

#endif
