/* A directory of a test's own under $TMPDIR or /tmp, removed with all that is in it. */
#ifndef TERCEL_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H
#define TERCEL_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct temporary_directory {
	char path[PATH_MAX / 2];
};

static inline void temporary_directory_make(struct temporary_directory *directory)
{
	const char *parent = getenv("TMPDIR");

	snprintf(directory->path, sizeof directory->path, "%s/tercel-test-XXXXXX", parent ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(directory->path));
}

static inline int temporary_directory_remove_one(const char *path, const struct stat *status, int kind,
						 struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline void temporary_directory_remove(struct temporary_directory *directory)
{
	nftw(directory->path, temporary_directory_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* `path` joined to the directory; `ret_path` is at least PATH_MAX bytes. */
static inline const char *temporary_directory_path(const struct temporary_directory *directory, const char *name,
						   char ret_path[static PATH_MAX])
{
	snprintf(ret_path, PATH_MAX, "%s/%s", directory->path, name);
	return ret_path;
}

#endif
