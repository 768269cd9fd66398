/*
 * Joining and normalising of paths as the rules see them (event-model reference, section 8): lexical only; symbolic
 * links and the root directory play no part.
 */
#ifndef TERCEL_EVENT_STATE_PATH_H
#define TERCEL_EVENT_STATE_PATH_H

#include <stdbool.h>

#include "base/text.h"

/* Room for any result of the functions below. */
#define PATH_BYTES_MAX 1024

/* What a path becomes when base and path together are too long. */
#define PATH_TOO_LONG TEXT("/DIR_TOO_LONG/FILENAME_TOO_LONG")

/* Stands for a directory whose descriptor is not known. */
#define PATH_UNKNOWN_DIRECTORY TEXT("<UNKNOWN>")

/* `dirfd` parameters hold this for "relative to the working directory". */
#define PATH_AT_FDCWD (-100)

static inline bool path_is_absolute(struct text path)
{
	return path.length > 0 && path.bytes[0] == '/';
}

/*
 * `path` seen from `base`: an absolute path replaces the base, an empty one gives an empty text. `base` must already end
 * in '/' when a separator is wanted; nothing is inserted. Only the part of `path` is normalised, ".." eats into the base.
 * PATH_TOO_LONG when base and path plus one exceed PATH_BYTES_MAX. The result lies in `buffer`, or is `path` itself or
 * PATH_TOO_LONG.
 */
struct text path_join(struct text base, struct text path, char buffer[PATH_BYTES_MAX]);

/*
 * `path` with runs of '/' made one, "." and ".." kept: fd.nameraw. Cut to the size of `buffer`, where the result lies unless
 * it is `path` itself.
 */
struct text path_collapse_separators(struct text path, char buffer[PATH_BYTES_MAX]);

#endif
