/*
 * Every pointer argument of the calls that agents look at, wild: null, unmapped, not readable, beyond the address space, a
 * string that runs out of its mapping, one without an end, paths that are no UTF-8 or too long. Prints what each call gives.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define PAGE 4096

enum { POINTERS = 10 };

static const struct {
	const char *name;
	long number;
	unsigned pointers; /* mask of the arguments that are pointers */
	long others[6];
} calls[] = {
	{"open", SYS_open, 1, {0, O_RDONLY, 0}},
	{"openat", SYS_openat, 2, {AT_FDCWD, 0, O_RDONLY, 0}},
	{"openat relative to nothing", SYS_openat, 2, {999, 0, O_RDONLY, 0}},
	{"openat2", SYS_openat2, 2 | 4, {AT_FDCWD, 0, 0, sizeof(struct open_how)}},
	{"creat", SYS_creat, 1, {0, 0}},
	{"execve", SYS_execve, 1 | 2 | 4, {0}},
	{"execveat", SYS_execveat, 2 | 4 | 8, {AT_FDCWD, 0, 0, 0, 0}},
	{"connect", SYS_connect, 2, {-1, 0, 110}},
	{"bind", SYS_bind, 2, {-1, 0, 110}},
	{"accept4", SYS_accept4, 2 | 4, {-1, 0, 0, 0}},
	{"sendto", SYS_sendto, 2 | 16, {-1, 0, 1 << 20, 0, 0, 110}},
	{"sendmsg", SYS_sendmsg, 2, {-1, 0, 0}},
	{"symlink", SYS_symlink, 1 | 2, {0}},
	{"linkat", SYS_linkat, 2 | 8, {AT_FDCWD, 0, AT_FDCWD, 0, 0}},
	{"renameat2", SYS_renameat2, 2 | 8, {AT_FDCWD, 0, AT_FDCWD, 0, 0}},
	{"unlink", SYS_unlink, 1, {0}},
	{"unlinkat", SYS_unlinkat, 2, {AT_FDCWD, 0, 0}},
	{"mkdirat", SYS_mkdirat, 2, {AT_FDCWD, 0, 0}},
	{"chmod", SYS_chmod, 1, {0, 0}},
	{"fchownat", SYS_fchownat, 2, {AT_FDCWD, 0, -1, -1, 0}},
	{"chdir", SYS_chdir, 1, {0}},
	{"capset", SYS_capset, 1 | 2, {0}},
	{"memfd_create", SYS_memfd_create, 1, {0, -1}},
	{"prctl name", SYS_prctl, 2, {15, 0, 0, 0, 0}},
	{"mount", SYS_mount, 1 | 2 | 4 | 16, {0, 0, 0, -1, 0}},
};

static char *mapping(size_t bytes, int protection)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(at != MAP_FAILED);
	memset(at, 'x', bytes);
	require(mprotect(at, bytes, protection) == 0);
	return at;
}

int main(void)
{
	static char bad_utf8[] = "no-such-\xff\xfe\xc3(-\xed\xa0\x80", newline[] = "no-such-\n-\t-\"-\\";
	char folder[] = "/tmp/wild-pointers-XXXXXX";
	char *gone = mapping(PAGE, PROT_NONE), *edge = mapping(2 * PAGE, PROT_READ), *endless = mapping(64 * PAGE, PROT_READ);
	long pointers[POINTERS];

	require(mkdtemp(folder) && chdir(folder) == 0);
	require(munmap(edge + PAGE, PAGE) == 0);
	pointers[0] = 0;
	pointers[1] = 1;
	pointers[2] = -1;
	pointers[3] = (long)gone;
	pointers[4] = (long)(edge + PAGE - 5); /* runs out of its mapping */
	pointers[5] = (long)endless;	       /* longer than any path */
	pointers[6] = (long)(0x7fffffffffffUL - 3);
	pointers[7] = (long)0xffffffff81000000UL; /* the kernel's */
	pointers[8] = (long)bad_utf8;
	pointers[9] = (long)newline;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		for (int p = 0; p < POINTERS; p++) {
			long arguments[6];
			long result;

			for (int a = 0; a < 6; a++)
				arguments[a] = calls[i].pointers >> a & 1 ? pointers[p] : calls[i].others[a];
			if (calls[i].number == SYS_memfd_create && p >= 8)
				continue;
			result = syscall(calls[i].number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
					 arguments[5]);
			printf("%s with pointer %d: %s\n", calls[i].name, p, outcome(result));
			/* What it may have made must not be there for the next. */
			for (int name = 8; p >= 8 && name < POINTERS; name++) {
				unlink((const char *)pointers[name]);
				rmdir((const char *)pointers[name]);
			}
		}
	}
	require(rmdir(folder) == 0);
	return 0;
}
