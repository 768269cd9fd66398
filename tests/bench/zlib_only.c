/* The lower bound of reading a capture: zlib decompressing the file, and nothing else. Prints the bytes. */
#include <stdio.h>
#include <zlib.h>

int main(int argc, char **argv)
{
	static char bytes[1 << 18];
	unsigned long long total = 0;
	gzFile file;
	int got;

	if (argc != 2 || !(file = gzopen(argv[1], "rb"))) {
		fprintf(stderr, "usage: zlib_only FILE\n");
		return 2;
	}
	gzbuffer(file, 1 << 18);
	while ((got = gzread(file, bytes, sizeof bytes)) > 0)
		total += (unsigned long long)got;
	printf("%llu\n", total);
	return gzclose(file) == Z_OK && got == 0 ? 0 : 3;
}
