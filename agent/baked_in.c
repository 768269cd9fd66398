#include "agent/baked_in.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int baked_in_directory(char *path, size_t path_bytes)
{
	ssize_t length = readlink("/proc/self/exe", path, path_bytes);
	char *slash;

	if (length < 0)
		return -errno;
	if ((size_t)length >= path_bytes)
		return -ENAMETOOLONG;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return -ENOENT; /* a memory file, or a program whose mount is gone */
	slash[slash == path ? 1 : 0] = '\0';
	return 0;
}

int baked_in_file(const char *name, char *path, size_t path_bytes)
{
	char directory[PATH_MAX];
	int error = baked_in_directory(directory, sizeof directory);

	if (error < 0)
		return error;
	if (snprintf(path, path_bytes, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, name) >= (int)path_bytes)
		return -ENAMETOOLONG;
	return access(path, F_OK) == 0 ? 0 : -errno;
}
