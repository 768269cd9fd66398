/* `tercel-agent install`: copies the agent into a volume, which images without a shell can do no other way. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/baked_in.h"
#include "agent/commands.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "base/text.h"
#include "proto/bundle_seal.h"

#define PROGRAM_BYTES_MAX ((size_t)64 << 20)
#define KEY_BYTES_MAX ((size_t)64 << 10)
#define PROGRAM_MODE 0755
#define DATA_MODE 0644

static int failed(const char *what, const char *path, int error)
{
	log_error("cannot %s %s: %s", what, path, strerror(-error));
	return EXIT_STATUS_IO;
}

static int join_path(char *path, size_t path_bytes, const char *directory, const char *name)
{
	int length = snprintf(path, path_bytes, "%s/%s", directory, name);

	return length < 0 || (size_t)length >= path_bytes ? -ENAMETOOLONG : 0;
}

/* The old file or the whole new one is there at any moment, for workloads that start meanwhile. */
static int copy_file(const char *from, size_t bytes_max, const char *directory, const char *name, mode_t mode)
{
	struct buffer contents = BUFFER_INIT;
	char to[PATH_MAX];
	int error = join_path(to, sizeof to, directory, name), status = EXIT_STATUS_OK;

	if (error < 0)
		return failed("write", name, error);
	error = file_read(from, bytes_max, &contents);
	if (error < 0)
		status = failed("read", from, error);
	if (error == 0) {
		error = file_write_atomic(to, contents.bytes, contents.length, mode);
		if (error < 0)
			status = failed("write", to, error);
	}
	buffer_release(&contents);
	return status;
}

static bool is_data(const char *name)
{
	struct text t = text_from_string(name);

	return name[0] != '.' && (text_ends_with(t, TEXT(".tcb")) || text_ends_with(t, TEXT(".pub")));
}

/* Bundles and keys that lie beside the program. */
static int copy_data(const char *source, const char *target)
{
	DIR *directory = opendir(source);
	const struct dirent *entry;
	int status = EXIT_STATUS_OK;
	char from[PATH_MAX];

	if (!directory)
		return failed("read", source, -errno);
	while (status == EXIT_STATUS_OK && (entry = readdir(directory))) {
		struct stat file;
		int error;

		if (!is_data(entry->d_name))
			continue;
		error = join_path(from, sizeof from, source, entry->d_name);
		if (error == 0 && stat(from, &file) < 0)
			error = -errno;
		if (error < 0)
			status = failed("read", entry->d_name, error);
		else if (S_ISREG(file.st_mode))
			status = copy_file(from, text_ends_with(text_from_string(from), TEXT(".tcb")) ? BUNDLE_BYTES_MAX
												      : KEY_BYTES_MAX,
					   target, entry->d_name, DATA_MODE);
	}
	closedir(directory);
	return status;
}

/*
 * Rules and keys that `run` would use unasked are exactly those of this image: what an older one has left there, a key
 * that is no longer to be trusted perhaps, goes. Other files are somebody else's.
 */
static int remove_older(const char *target)
{
	static const char *const names[] = {BAKED_IN_BUNDLE, BAKED_IN_TRUST};
	char path[PATH_MAX], ours[PATH_MAX];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		int error = baked_in_file(names[i], ours, sizeof ours);

		if (error == 0)
			continue;
		if (error != -ENOENT)
			return failed("read", names[i], error);
		error = join_path(path, sizeof path, target, names[i]);
		if (error == 0 && unlink(path) < 0 && errno != ENOENT)
			error = -errno;
		if (error < 0)
			return failed("remove", path, error);
	}
	return EXIT_STATUS_OK;
}

static void warn_of_obstacles(const char *target)
{
	struct statvfs mount;
	struct stat directory;

	if (stat(target, &directory) == 0 && (directory.st_mode & S_IXOTH) == 0)
		log_warning("%s: other users may not enter: only its owner's workloads can start the agent", target);
	if (statvfs(target, &mount) == 0 && (mount.f_flag & ST_NOEXEC))
		log_warning("%s is mounted noexec: nothing can be started from there", target);
}

static int run_install(int count, char **arguments, void *context)
{
	const char *target = arguments[0];
	char source[PATH_MAX];
	int status, error;

	(void)count;
	(void)context;
#ifndef TERCEL_IS_STATIC
	log_warning("this agent is dynamically linked: it starts only where its libraries are");
#endif
	umask(022); /* the files are for workloads of any user */
	error = baked_in_directory(source, sizeof source);
	if (error < 0)
		return failed("find", "this program", error);
	if (mkdir(target, PROGRAM_MODE) < 0 && errno != EEXIST)
		return failed("make", target, -errno);
	/* The program last: where it is, the rest is too. */
	status = copy_data(source, target);
	if (status == EXIT_STATUS_OK)
		status = remove_older(target);
	if (status == EXIT_STATUS_OK)
		status = copy_file("/proc/self/exe", PROGRAM_BYTES_MAX, target, BAKED_IN_PROGRAM, PROGRAM_MODE);
	if (status == EXIT_STATUS_OK)
		warn_of_obstacles(target);
	return status;
}

struct command command_install(void)
{
	return (struct command){
		.name = "install",
		.arguments = "DIR",
		.help = "copy this program, and the bundles (*.tcb) and keys (*.pub) that lie beside it, to a folder",
		.positional_min = 1,
		.positional_max = 1,
		.run = run_install,
	};
}
