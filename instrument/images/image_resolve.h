/*
 * From an image's name to its configuration: manifest, or index and manifest of a platform, then configuration, each
 * checked against its digest (OCI image specification 1.1, Docker's manifest schema 2).
 */
#ifndef TERCEL_INSTRUMENT_IMAGES_IMAGE_RESOLVE_H
#define TERCEL_INSTRUMENT_IMAGES_IMAGE_RESOLVE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "instrument/images/image_lookup.h"

enum blob_kind {
	BLOB_MANIFEST, /* an index or a manifest; the only kind that may be named by a tag */
	BLOB_CONFIG,
};

/* Where manifests and configurations come from. */
struct blob_source {
	/* The bytes of `name` (a digest, or a tag) in the arena; false with a reason. Digests are checked by the
	 * caller. */
	bool (*read)(struct blob_source *source, struct text name, enum blob_kind kind, struct arena *arena,
		     struct text *ret_bytes, struct text *ret_reason);
};

/* "sha256:" and 64 hexadecimal digits. */
bool is_digest(struct text name);
bool digest_matches(struct text digest, struct text bytes);

/* `name` is a tag or a digest. False with a reason. */
bool image_resolve(struct blob_source *source, struct text name, struct text architecture, struct arena *arena,
		   struct image_config *ret_config, struct text *ret_reason);

#endif
