/*
 * The file that an execve has mapped, found as the kernel finds it: links resolved, `#!` lines followed. For processes
 * whose /proc/TID/exe may not be read (those of another user, without CAP_SYS_PTRACE). Somebody may have changed the files
 * since; it is the best that can be had.
 */
#ifndef TERCEL_AGENT_CAPTURE_PROGRAM_FILE_H
#define TERCEL_AGENT_CAPTURE_PROGRAM_FILE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "base/text.h"

struct program_file {
	struct text path;  /* in the arena */
	char opened[32];   /* the same file by a path of ours, while `descriptor` is open */
	int descriptor;
	struct stat status;
};

/*
 * `path` as it was given to the kernel; `directory` is where relative ones begin, `root` the root of the process. 0 and
 * *ret_file, whose descriptor the caller closes; a negative errno.
 */
int program_file_open(struct text path, struct text directory, struct text root, struct arena *arena,
		      struct program_file *ret_file);

#endif
