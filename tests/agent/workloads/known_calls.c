/*
 * known_calls FOLDER: calls with arguments that are known beforehand, for check_decode.py, which compares what the agent
 * makes of them with a list. Everything happens below FOLDER; descriptors get the numbers that the list expects.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "workload.h"

static void files(void)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH};
	int folder = open(".", O_RDONLY | O_DIRECTORY), file;
	char bytes[16];

	require(folder == 3);
	file = (int)syscall(SYS_open, "new", O_RDWR | O_CREAT | O_EXCL, 0640);
	write(file, "hello, world", 12);
	pread(file, bytes, 5, 0);
	close(file);
	close((int)syscall(SYS_open, "new", O_WRONLY | O_APPEND | O_NONBLOCK, 0));
	close((int)syscall(SYS_creat, "made", 0600));
	close(openat(folder, "new", O_RDONLY));
	close(openat(folder, "new", O_WRONLY | O_TRUNC | O_SYNC));
	openat(AT_FDCWD, "/nonexistent/../x", O_RDONLY);
	openat(999, "relative", O_RDONLY);
	close((int)syscall(SYS_openat2, folder, "new", &how, sizeof how));
	syscall(SYS_openat2, folder, "../new", &how, sizeof how);
	syscall(SYS_openat2, folder, "new", NULL, sizeof how);
	mkdir("directory", 0751);
	mkdirat(folder, "another", 0700);
	rename("another", "renamed");
	renameat(folder, "renamed", AT_FDCWD, "again");
	syscall(SYS_renameat2, folder, "again", folder, "directory", RENAME_NOREPLACE);
	link("new", "linked");
	linkat(folder, "new", folder, "linked too", AT_SYMLINK_FOLLOW);
	symlink("/etc/target", "link");
	symlinkat("target", folder, "another link");
	chmod("new", 04755);
	fchmod(folder, 0700);
	fchmodat(folder, "new", 0644, 0);
	chown("new", 12, 34);
	lchown("link", (uid_t)-1, 34);
	fchown(folder, 0, (gid_t)-1);
	fchownat(folder, "link", 0, 0, AT_SYMLINK_NOFOLLOW);
	mknod("fifo", S_IFIFO | 0600, 0);
	unlink("linked");
	unlinkat(folder, "linked too", 0);
	unlinkat(folder, "again", AT_REMOVEDIR);
	rmdir("directory");
	chdir("/");
	fchdir(folder);
	getcwd(bytes, 3);
	chroot("/nonexistent");
	mount("source", "/nonexistent/target", "none", MS_RDONLY | MS_NOSUID, NULL);
	umount2("/nonexistent/target", MNT_DETACH);
}

static void descriptors(void)
{
	int ends[2];

	pipe(ends);
	close(ends[0]);
	close(ends[1]);
	pipe2(ends, O_CLOEXEC | O_NONBLOCK);
	dup(ends[0]);
	dup2(ends[0], 20);
	dup3(ends[1], 21, O_CLOEXEC);
	dup2(999, 20);
	fcntl(ends[0], F_DUPFD, 30);
	fcntl(ends[0], F_DUPFD_CLOEXEC, 40);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	eventfd(1, EFD_CLOEXEC);
	memfd_create("some memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	syscall(SYS_close_range, 4, 100, 0);
}

static void sockets(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "socket"};
	struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0hidden"};
	socklen_t length = sizeof in;
	char bytes[32];
	struct iovec parts[2] = {{"some ", 5}, {"parts", 5}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP), client, server, datagrams, pair[2];

	require(listener == 4);
	bind(listener, (struct sockaddr *)&in, sizeof in);
	listen(listener, 5);
	getsockname(listener, (struct sockaddr *)&in, &length);
	client = socket(AF_INET, SOCK_STREAM, 0);
	connect(client, (struct sockaddr *)&in, sizeof in);
	server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	send(client, "over tcp", 8, 0);
	recv(server, bytes, sizeof bytes, 0);
	close(server);
	close(client);
	close(listener);
	datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	in.sin_port = htons(0);
	bind(datagrams, (struct sockaddr *)&in, sizeof in);
	length = sizeof in;
	getsockname(datagrams, (struct sockaddr *)&in, &length);
	sendto(datagrams, "to myself", 9, 0, (struct sockaddr *)&in, sizeof in);
	recvfrom(datagrams, bytes, sizeof bytes, 0, (struct sockaddr *)&in, &length);
	message.msg_name = &in;
	message.msg_namelen = sizeof in;
	sendmsg(datagrams, &message, 0);
	parts[0] = (struct iovec){bytes, 5};
	parts[1] = (struct iovec){bytes + 5, 5};
	recvmsg(datagrams, &message, 0);
	in.sin_port = htons(53);
	connect(datagrams, (struct sockaddr *)&in, sizeof in);
	close(datagrams);
	datagrams = socket(AF_INET6, SOCK_DGRAM, 0);
	in6.sin6_port = htons(53);
	connect(datagrams, (struct sockaddr *)&in6, sizeof in6);
	close(datagrams);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(listener, (struct sockaddr *)&path, sizeof path);
	listen(listener, 1);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	connect(client, (struct sockaddr *)&path, sizeof path);
	server = accept(listener, NULL, NULL);
	close(server);
	close(client);
	close(listener);
	listener = socket(AF_UNIX, SOCK_DGRAM, 0);
	bind(listener, (struct sockaddr *)&abstract, offsetof(struct sockaddr_un, sun_path) + 7);
	close(listener);
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	close(pair[0]);
	close(pair[1]);
	connect(999, (struct sockaddr *)&in, sizeof in);
	socket(AF_PACKET, SOCK_RAW, 0x300);
	socket(AF_NETLINK, SOCK_RAW, 0);
	socket(12345, 1, 2);
	syscall(SYS_close_range, 4, 100, 0);
}

static void processes(void)
{
	struct rlimit limit = {100, 200};
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{1u << CAP_CHOWN, 1u << CAP_CHOWN | 1u << CAP_KILL, 0}};
	char *const arguments[] = {"zero", "one", "two words", NULL}, *const environment[] = {"A=b", NULL};

	prctl(PR_SET_NAME, "known_calls");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_GET_DUMPABLE);
	setrlimit(RLIMIT_NOFILE, &limit);
	prlimit(0, RLIMIT_NOFILE, NULL, &limit);
	ptrace(PTRACE_PEEKDATA, 1, (void *)0x1000, NULL);
	ptrace(PTRACE_CONT, 1, NULL, (void *)15);
	setgid(getgid());
	setuid(getuid());
	setreuid((uid_t)-1, getuid());
	setresgid(getgid(), (gid_t)-1, getgid());
	setpgid(0, 0);
	setsid();
	unshare(CLONE_FS);
	setns(999, CLONE_NEWNET);
	kill(getpid(), 0);
	syscall(SYS_bpf, 5, NULL, 0);
	syscall(SYS_init_module, NULL, 0, "x=1");
	syscall(SYS_io_uring_setup, 0, NULL);
	mprotect(NULL, 4096, PROT_EXEC | PROT_READ);
	syscall(SYS_capset, &header, sets);
	execve("/nonexistent/program", arguments, environment);
	syscall(SYS_execveat, AT_FDCWD, "", arguments, environment, AT_EMPTY_PATH);
}

int main(int count, char **arguments)
{
	require(count > 1 && chdir(arguments[1]) == 0);
	umask(0);
	files();
	descriptors();
	sockets();
	processes();
	return 0;
}
