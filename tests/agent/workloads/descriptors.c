/* descriptors FILE: which descriptors are open, with which flags, of which kind; what the next one is called. */
#include <fcntl.h>
#include <sys/stat.h>

#include "workload.h"

int main(int count, char **arguments)
{
	int next = open("/dev/null", O_RDONLY), file;
	FILE *out;

	require(count > 1);
	file = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	out = fdopen(dup(file), "w");
	require(out);
	for (int i = 0; i < 1024; i++) {
		struct stat status;

		if (fstat(i, &status) < 0 || i == file || i == fileno(out))
			continue;
		fprintf(out, "%d: kind %o, flags %x, status %x\n", i, status.st_mode & S_IFMT, fcntl(i, F_GETFD),
			fcntl(i, F_GETFL));
	}
	fprintf(out, "next is %d\n", next);
	return fclose(out);
}
