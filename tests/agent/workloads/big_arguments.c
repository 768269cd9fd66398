/* Executes itself with a megabyte of arguments and half a megabyte of environment: every byte arrives. */
#include "workload.h"

#define STRINGS 200
#define STRING_BYTES 5000

extern char **environ;

static unsigned long sum_of(char **strings, unsigned long *ret_bytes)
{
	unsigned long sum = 0;

	for (; *strings; strings++)
		for (const char *at = *strings; *at; at++, (*ret_bytes)++)
			sum = sum * 31 + (unsigned char)*at;
	return sum;
}

static char **make(int count, char *first, const char *prefix)
{
	char **strings = calloc((size_t)count + 2, sizeof(char *));
	int used = 0;

	if (first)
		strings[used++] = first;
	for (int i = 0; i < count; i++) {
		strings[used] = malloc(STRING_BYTES + 1);
		memset(strings[used], 'a' + i % 26, STRING_BYTES);
		strings[used][STRING_BYTES] = '\0';
		memcpy(strings[used], prefix, strlen(prefix));
		used++;
	}
	return strings;
}

int main(int count, char **arguments)
{
	unsigned long bytes = 0, sum;

	if (count > 1) {
		sum = sum_of(arguments + 1, &bytes);
		printf("%d arguments, %lu bytes, sum %lx\n", count, bytes, sum);
		bytes = 0;
		sum = sum_of(environ, &bytes);
		printf("environment: %lu bytes, sum %lx\n", bytes, sum);
		return 0;
	}
	execve("/proc/self/exe", make(STRINGS, arguments[0], "ARG"), make(STRINGS / 2, NULL, "NAME="));
	printf("exec: %s\n", strerrorname_np(errno));
	return 1;
}
