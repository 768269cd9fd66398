/*
 * main() of a fuzz target as an ordinary test: runs it once on every file that is named, and on every file of the
 * folders that are named. TAP, one line per file; a crash is what fails.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file_io.h"

#define INPUT_BYTES_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int count;

static void run_file(const char *path)
{
	struct buffer input = BUFFER_INIT;
	int status = file_read(path, INPUT_BYTES_MAX, &input);

	/* The line first: after a crash it says which file it was. */
	printf("ok %d - %s\n", ++count, path);
	fflush(stdout);
	if (status) {
		printf("Bail out! cannot read %s: %s\n", path, strerror(-status));
		exit(EXIT_FAILURE);
	}
	LLVMFuzzerTestOneInput(input.bytes ? input.bytes : (const uint8_t *)"", input.length);
	buffer_release(&input);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void run_folder(const char *path)
{
	struct dirent **entries;
	int entry_count = scandir(path, &entries, is_visible, alphasort);

	if (entry_count < 0) {
		printf("Bail out! cannot read folder %s\n", path);
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < entry_count; i++) {
		char *full = NULL;

		if (asprintf(&full, "%s/%s", path, entries[i]->d_name) < 0)
			exit(EXIT_FAILURE);
		run_file(full);
		free(full);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat info;

		if (stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode))
			run_folder(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("1..%d\n", count);
	return EXIT_SUCCESS;
}
