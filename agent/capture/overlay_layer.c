#include "agent/capture/overlay_layer.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/vfs.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200 /* Linux 6.5: a handle that only tells files apart */
#endif

/* Handles of overlay files, as they are stored on disk too (fs/overlayfs/overlayfs.h, struct ovl_fh). */
#define OVERLAY_HANDLE_TYPE 0xf8
#define OVERLAY_HANDLE_MAGIC 0xfb
#define OVERLAY_HANDLE_UPPER 4
enum overlay_handle { HANDLE_VERSION = 3, HANDLE_MAGIC, HANDLE_LENGTH, HANDLE_FLAGS, HANDLE_FIXED_END };

static bool handle_is_upper(const char *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} buffer = {.handle.handle_bytes = MAX_HANDLE_SZ};
	const unsigned char *bytes = buffer.handle.f_handle;
	int mount;

	return name_to_handle_at(AT_FDCWD, path, &buffer.handle, &mount, AT_SYMLINK_FOLLOW | AT_HANDLE_FID) == 0 &&
	       buffer.handle.handle_type == OVERLAY_HANDLE_TYPE && buffer.handle.handle_bytes >= HANDLE_FIXED_END &&
	       bytes[HANDLE_VERSION] == 0 && bytes[HANDLE_MAGIC] == OVERLAY_HANDLE_MAGIC &&
	       (bytes[HANDLE_FLAGS] & OVERLAY_HANDLE_UPPER);
}

enum overlay_layer overlay_layer_of(const char *path, uint64_t changed_ns, uint64_t started_ns)
{
	struct statfs status;

	if (statfs(path, &status) < 0 || status.f_type != OVERLAYFS_SUPER_MAGIC)
		return OVERLAY_NONE;
	return changed_ns >= started_ns || handle_is_upper(path) ? OVERLAY_UPPER : OVERLAY_LOWER;
}
