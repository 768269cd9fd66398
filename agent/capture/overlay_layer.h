/*
 * Which layer of an overlay file system a file comes from: the image's (lower), or what the container has written (upper).
 * The kernel tells nobody outside of it directly; the layers' own paths are not visible in a container.
 */
#ifndef TERCEL_AGENT_CAPTURE_OVERLAY_LAYER_H
#define TERCEL_AGENT_CAPTURE_OVERLAY_LAYER_H

#include <stdint.h>

enum overlay_layer { OVERLAY_NONE, OVERLAY_LOWER, OVERLAY_UPPER };

/*
 * Of the file at `path` (links are followed), whose inode changed last at changed_ns. Upper, when its file handle says so
 * (Linux 6.6 and later), or when it changed after started_ns, the start of the container: the image's files are older,
 * and any change copies them up. What earlier runs of the same container have copied up passes for lower.
 */
enum overlay_layer overlay_layer_of(const char *path, uint64_t changed_ns, uint64_t started_ns);

#endif
