/*
 * A workload for a root file system that is empty but for it: says what it was given, does what the test's rule looks
 * for, and ends as it is told. Usage: static_workload STATUS MARK [ARGUMENTS]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char path[256], folder[256];
	int made;

	if (argc < 3)
		return 99;
	for (int i = 0; i < argc; i++)
		printf("argument %s\n", argv[i]);
	for (char **entry = environ; *entry; entry++)
		printf("variable %s\n", *entry);
	printf("user %u %u, in %s\n", (unsigned)getuid(), (unsigned)getgid(), getcwd(folder, sizeof folder));
	snprintf(path, sizeof path, "/%s", argv[2]);
	errno = 0;
	made = mkdir(path, 0700);
	printf("mkdir %d: %s\n", made, strerror(errno));
	fprintf(stderr, "a line for standard error\n");
	return atoi(argv[1]);
}
