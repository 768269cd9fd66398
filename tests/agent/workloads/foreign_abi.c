/* System calls of the 32-bit ABI (int 0x80) and of x32, from a 64-bit program: numbers that mean something else here. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "workload.h"

static long call_32(long number, long first, long second, long third)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory", "r8", "r9",
			 "r10", "r11");
	return result;
}

int main(void)
{
	char *low = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0);
	long file;

	require(low != MAP_FAILED);
	printf("getpid: %s\n", call_32(20, 0, 0, 0) == getpid() ? "right" : "wrong or not there");
	strcpy(low, "/dev/null");
	file = call_32(5, (long)low, O_RDONLY, 0); /* open */
	printf("open: %s, close: %ld\n", file >= 0 ? "ok" : "fails", call_32(6, file, 0, 0));
	/* 59 here is execve; there it is oldolduname. 41 is socket; there dup. 39 is getpid; there mkdir. */
	printf("oldolduname: %ld, dup: %s\n", call_32(59, (long)low, 0, 0), call_32(41, 1, 0, 0) >= 0 ? "ok" : "fails");
	strcpy(low, "/nonexistent/x");
	printf("mkdir: %ld, execve: %ld, chdir: %ld\n", call_32(39, (long)low, 0, 0), call_32(11, (long)low, 0, 0),
	       call_32(12, (long)low, 0, 0));
	printf("x32 getpid: %s\n", syscall(0x40000000 + SYS_getpid) == getpid() ? "right" : strerrorname_np(errno));
	printf("x32 execve: %s\n", outcome(syscall(0x40000000 + 520, low, NULL, NULL)));
	printf("no such call: %s, %s\n", outcome(syscall(-1)), strerrorname_np(syscall(5000) < 0 ? errno : 0));
	return 0;
}
