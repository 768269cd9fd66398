/* Writes until the reader is gone: SIGPIPE, or EPIPE when it is ignored. */
#include "workload.h"

int main(void)
{
	char bytes[4096] = {0};

	while (write(STDOUT_FILENO, bytes, sizeof bytes) > 0)
		continue;
	fprintf(stderr, "write: %s\n", strerrorname_np(errno));
	return 4;
}
