/* Closes standard output and input, then lives on until SIGTERM: whoever is at their other ends sees it at once. */
#include "workload.h"

int main(void)
{
	puts("closing");
	fclose(stdout);
	close(STDIN_FILENO);
	for (int i = 3; i < 256; i++)
		close(i);
	for (;;)
		pause();
}
