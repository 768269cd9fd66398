#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/capture/proc_files.h"
#include "agent/capture/proc_status.h"
#include "agent/capture/program_file.h"
#include "tests/support/check_main.h"
#include "tests/support/temporary_directory.h"

/* Type bytes of fd lists (scap-format reference, section 8). */
enum { DIRECTORY = 2, IPV4, IPV6, IPV4_LISTENING, IPV6_LISTENING, PIPE, UNIX, EVENTFD, UNSUPPORTED, SIGNALFD, EVENTPOLL,
       INOTIFY, TIMERFD, NETLINK, FILE_WITH_FLAGS, MEMFD = 20, PIDFD };

static struct arena *arena;
static struct temporary_directory folder;

static void set_up(void)
{
	arena = arena_new((size_t)1 << 20);
	ck_assert_ptr_nonnull(arena);
	temporary_directory_make(&folder);
}

static void tear_down(void)
{
	temporary_directory_remove(&folder);
	arena_free(arena);
}

static struct descriptor_entry read_own(int number)
{
	struct descriptor_entry entry;

	ck_assert_int_ge(number, 0);
	ck_assert_int_eq(proc_read_descriptor(getpid(), number, arena, &entry), 0);
	ck_assert_int_eq(entry.number, number);
	return entry;
}

static uint64_t inode_of(int number)
{
	struct stat status;

	ck_assert_int_eq(fstat(number, &status), 0);
	return status.st_ino;
}

static bool text_equals(struct text t, const char *string)
{
	return text_equal(t, text_from_string(string));
}

/* ---- descriptors ---- */

START_TEST(files_and_directories)
{
	char path[PATH_MAX];
	struct descriptor_entry entry;
	int number;

	temporary_directory_path(&folder, "a file (deleted) [1]\n", path);
	number = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	entry = read_own(number);
	ck_assert_int_eq(entry.list_type, FILE_WITH_FLAGS);
	ck_assert(text_equals(entry.name, path));
	ck_assert_uint_eq(entry.inode, inode_of(number));
	ck_assert_uint_eq(entry.open_flags & ~2048u /* O_LARGEFILE */, 1 | 2 | 8 | 4096); /* read, write, append, cloexec */
	number = open(folder.path, O_RDONLY | O_DIRECTORY);
	entry = read_own(number);
	ck_assert_int_eq(entry.list_type, DIRECTORY);
	ck_assert(text_equals(entry.name, folder.path));
	ck_assert_int_eq(proc_read_descriptor(getpid(), 9999, arena, &entry), -EBADF);
	ck_assert_int_eq(proc_read_descriptor(getpid(), -100, arena, &entry), -EBADF);
	ck_assert_int_eq(proc_read_descriptor(getpid(), INT64_C(1) << 40, arena, &entry), -EBADF);
	ck_assert_int_eq(proc_read_descriptor(0x7ffffff0, 0, arena, &entry), -EBADF);
}
END_TEST

START_TEST(what_has_no_path)
{
	int ends[2], number;
	struct descriptor_entry entry;
	sigset_t set;

	ck_assert_int_eq(pipe(ends), 0);
	entry = read_own(ends[1]);
	ck_assert_int_eq(entry.list_type, PIPE);
	ck_assert_uint_eq(entry.inode, inode_of(ends[1]));
	number = memfd_create("some memory (deleted)", 0);
	entry = read_own(number);
	ck_assert_int_eq(entry.list_type, MEMFD);
	ck_assert(text_equals(entry.name, "some memory (deleted)"));
	ck_assert_int_eq(read_own(eventfd(0, 0)).list_type, EVENTFD);
	sigemptyset(&set);
	ck_assert_int_eq(read_own(signalfd(-1, &set, 0)).list_type, SIGNALFD);
	ck_assert_int_eq(read_own(epoll_create1(0)).list_type, EVENTPOLL);
	ck_assert_int_eq(read_own(inotify_init()).list_type, INOTIFY);
	ck_assert_int_eq(read_own(timerfd_create(CLOCK_MONOTONIC, 0)).list_type, TIMERFD);
	ck_assert_int_eq(read_own((int)syscall(SYS_pidfd_open, getpid(), 0)).list_type, PIDFD);
}
END_TEST

static int bound_socket(int type, struct sockaddr_in *address)
{
	int number = socket(AF_INET, type, 0);
	socklen_t length = sizeof *address;

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	ck_assert_int_eq(bind(number, (struct sockaddr *)address, length), 0);
	ck_assert_int_eq(getsockname(number, (struct sockaddr *)address, &length), 0);
	return number;
}

START_TEST(ip_sockets)
{
	static const uint8_t loopback[4] = {127, 0, 0, 1};
	struct sockaddr_in address;
	struct descriptor_entry entry;
	int listener = bound_socket(SOCK_STREAM, &address), client = socket(AF_INET, SOCK_STREAM, 0), server, datagrams;

	entry = read_own(client);
	ck_assert_int_eq(entry.list_type, IPV4);
	ck_assert_int_eq(entry.protocol, PROTOCOL_TCP);
	ck_assert(entry.is_unconnected);
	ck_assert_uint_eq(entry.inode, inode_of(client));
	ck_assert_int_eq(listen(listener, 5), 0);
	entry = read_own(listener);
	ck_assert_int_eq(entry.list_type, IPV4_LISTENING);
	ck_assert_uint_eq(entry.source.port, ntohs(address.sin_port));
	ck_assert(!entry.is_unconnected);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof address), 0);
	server = accept(listener, NULL, NULL);
	entry = read_own(client);
	ck_assert_int_eq(entry.list_type, IPV4);
	ck_assert(!entry.is_unconnected && !entry.is_server);
	ck_assert_uint_eq(entry.destination.port, ntohs(address.sin_port));
	ck_assert_int_eq(memcmp(entry.destination.address, loopback, 4), 0);
	entry = read_own(server);
	ck_assert(entry.is_server);
	ck_assert_uint_eq(entry.source.port, ntohs(address.sin_port));
	datagrams = bound_socket(SOCK_DGRAM, &address);
	entry = read_own(datagrams);
	ck_assert_int_eq(entry.list_type, IPV4);
	ck_assert_int_eq(entry.protocol, PROTOCOL_UDP);
	entry = read_own(socket(AF_INET6, SOCK_DGRAM, 0));
	ck_assert_int_eq(entry.list_type, IPV6);
	ck_assert(entry.is_unconnected);
}
END_TEST

START_TEST(other_sockets)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct descriptor_entry entry;
	int pair[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);
	char path[PATH_MAX];

	temporary_directory_path(&folder, "s", path);
	ck_assert_int_lt((int)strlen(path), (int)sizeof address.sun_path);
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	entry = read_own(listener);
	ck_assert_int_eq(entry.list_type, UNIX);
	ck_assert(text_equals(entry.name, path));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	entry = read_own(pair[0]);
	ck_assert_int_eq(entry.list_type, UNIX);
	ck_assert_uint_eq(entry.name.length, 0);
	ck_assert_int_eq(read_own(socket(AF_NETLINK, SOCK_RAW, 0)).list_type, NETLINK);
}
END_TEST

START_TEST(identities)
{
	struct descriptor_identity identity;
	int file = open(folder.path, O_RDONLY), pair[2];
	struct stat status;

	ck_assert(proc_read_descriptor_identity(getpid(), file, &identity));
	ck_assert_int_eq(fstat(file, &status), 0);
	ck_assert_uint_eq(identity.inode, status.st_ino);
	ck_assert_uint_eq(identity.device, (uint32_t)status.st_dev);
	ck_assert(!identity.is_socket);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert(proc_read_descriptor_identity(getpid(), pair[0], &identity));
	ck_assert_uint_eq(identity.inode, inode_of(pair[0]));
	ck_assert(identity.is_socket);
	close(file);
	ck_assert(proc_read_descriptor_identity(getpid(), file, &identity));
	ck_assert_uint_eq(identity.inode, 0);
}
END_TEST

/* ---- processes ---- */

/* A child that sleeps under an odd name; the test ends it. */
static pid_t odd_child(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a) S 1 2 (\n\xff");
		if (chdir(folder.path) < 0 || setpgid(0, 0) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq((int)read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

START_TEST(processes_with_odd_names)
{
	struct proc_view view = {0};
	struct process_entry entry;
	struct rlimit limit;
	pid_t pid = odd_child(), process, parent;
	char path[PATH_MAX];

	ck_assert_int_eq(proc_read_process(&view, pid, arena, &entry), 0);
	ck_assert(text_equals(entry.comm, "a) S 1 2 (\n\xff"));
	ck_assert_int_eq(entry.tid, pid);
	ck_assert_int_eq(entry.pid, pid);
	ck_assert_int_eq(entry.ptid, getpid());
	ck_assert_int_eq(entry.pgid, pid);
	ck_assert_int_eq(entry.sid, getsid(0));
	ck_assert_uint_eq(entry.uid, geteuid());
	ck_assert(text_equals(entry.cwd, folder.path));
	ck_assert_uint_gt(entry.vm_size_kb, 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_int_eq(entry.fd_limit, (int64_t)limit.rlim_cur);
	ck_assert_int_gt((int)readlink("/proc/self/exe", path, sizeof path), 0);
	ck_assert_int_eq(memcmp(entry.exepath.bytes, path, entry.exepath.length), 0);
	ck_assert_uint_ne(entry.exe_inode, 0);
	ck_assert_uint_ne(entry.exe_mtime_ns, 0);
	ck_assert_int_eq(proc_read_family(pid, &process, &parent), 0);
	ck_assert_int_eq(process, pid);
	ck_assert_int_eq(parent, getpid());
	ck_assert_int_eq(proc_read_tracer(pid), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(proc_read_process(&view, pid, arena, &entry), -ESRCH);
	ck_assert_int_eq(proc_read_program(&view, pid, arena, &entry), -ESRCH);
	ck_assert_int_eq(proc_read_family(pid, &process, &parent), -ESRCH);
	ck_assert_int_eq(proc_read_tracer(pid), 0);
}
END_TEST

START_TEST(the_agent_is_not_there)
{
	pid_t first = odd_child();
	struct proc_view view = {.first = first, .agents = {getpid(), 0x7ffffff0}};
	struct proc_lookup lookup;
	struct process_entry entry;

	ck_assert_int_eq(proc_lookup_init(&lookup, &view), 0);
	/* We are its parent, and the agent: it has none. */
	ck_assert_int_eq(lookup.base.find_process(&lookup.base, first, &entry), 0);
	ck_assert_int_eq(entry.ptid, 0);
	ck_assert_int_eq(entry.vpid, 1);
	ck_assert_int_eq(entry.vtid, 1);
	ck_assert_int_eq(lookup.base.find_process(&lookup.base, getpid(), &entry), -ESRCH);
	/* An orphan that init has adopted is the first process's. */
	view.first = getppid();
	ck_assert_int_eq(lookup.base.find_process(&lookup.base, first, &entry), 0);
	ck_assert_int_eq(entry.ptid, getppid());
	ck_assert_int_eq(entry.vpid, first);
	ck_assert_int_eq(lookup.base.find_process(&lookup.base, -1, &entry), -ESRCH);
	ck_assert_int_eq(lookup.base.find_process(&lookup.base, INT64_C(1) << 40, &entry), -ESRCH);
	proc_lookup_release(&lookup);
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
}
END_TEST

START_TEST(lines_of_a_status_file)
{
	struct text status = TEXT("Name:\ta\nTgid:\t12\nPPid: 7\nUid:\t1\t2\t3\t4\nNSpid:\t12\t3\nCapEff:\t000001ffffffffff\nLast:");

	ck_assert(text_equals(proc_status_line(status, "Name"), "a"));
	ck_assert_int_eq(proc_number_at(proc_status_line(status, "Uid"), 1, 10, -1), 2);
	ck_assert_int_eq(proc_number_at(proc_status_line(status, "Uid"), 4, 10, -1), -1);
	ck_assert_int_eq(proc_number_at(proc_status_line(status, "PPid"), 0, 10, -1), 7);
	ck_assert_int_eq(proc_number_at(proc_status_line(status, "CapEff"), 0, 16, -1), INT64_C(0x1ffffffffff));
	ck_assert_int_eq(proc_number_at(proc_status_line(status, "Name"), 0, 10, -5), -5);
	ck_assert_int_eq(proc_number_at(proc_status_line(status, "Last"), 0, 10, -5), -5);
	ck_assert_uint_eq(proc_status_line(status, "gid").length, 0);
	ck_assert_uint_eq(proc_status_line(status, "Missing").length, 0);
	ck_assert_uint_eq(proc_status_line(TEXT_EMPTY, "Name").length, 0);
}
END_TEST

/* ---- programs by their names ---- */

static void write_script(const char *name, const char *first_line)
{
	char path[PATH_MAX];
	FILE *stream = fopen(temporary_directory_path(&folder, name, path), "w");

	ck_assert_ptr_nonnull(stream);
	fputs(first_line, stream);
	fclose(stream);
	chmod(path, 0755);
}

static int find(const char *path, const char *directory, const char *root, struct program_file *file)
{
	return program_file_open(text_from_string(path), text_from_string(directory), text_from_string(root), arena, file);
}

START_TEST(programs_are_found_as_the_kernel_finds_them)
{
	struct program_file file;
	struct stat status;
	char below[PATH_MAX + 1], shell[PATH_MAX], path[PATH_MAX];
	ssize_t length;

	snprintf(below, sizeof below, "%s/", folder.path);
	ck_assert_ptr_nonnull(realpath("/bin/sh", shell));
	write_script("script", "#! \t/bin/sh -e -x\nexit\n");
	write_script("nested", "#!./script\n");
	write_script("loop", "#!./loop\n");
	write_script("nothing", "#!\n");
	write_script("plain", "no program");
	ck_assert_int_eq(symlink("script", temporary_directory_path(&folder, "link", path)), 0);

	ck_assert_int_eq(find("/bin/sh", "/", "/", &file), 0);
	ck_assert(text_equals(file.path, shell));
	ck_assert_int_eq(stat("/bin/sh", &status), 0);
	ck_assert_uint_eq(file.status.st_ino, status.st_ino);
	ck_assert_int_gt((int)(length = readlink(file.opened, path, sizeof path)), 0);
	ck_assert_int_eq(memcmp(path, shell, (size_t)length), 0);
	close(file.descriptor);

	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = {"script", "nested", "./link"};

		ck_assert_int_eq(find(names[i], below, "/", &file), 0);
		ck_assert(text_equals(file.path, shell));
		close(file.descriptor);
	}
	ck_assert_int_eq(find("plain", below, "/", &file), 0); /* executed it was: so it is what it is */
	close(file.descriptor);
	ck_assert_int_eq(find("loop", below, "/", &file), -ELOOP);
	ck_assert_int_eq(find("missing", below, "/", &file), -ENOENT);
	ck_assert_int_eq(find("", below, "/", &file), -ENOENT);
	ck_assert_int_eq(find(".", below, "/", &file), -EACCES);
	/* What is "self" for it is not for us. */
	ck_assert_int_eq(find("/proc/self/exe", below, "/", &file), -ENOENT);
	/* In a root of its own. */
	ck_assert_int_eq(find("/plain", "/", folder.path, &file), 0);
	ck_assert(text_equals(file.path, "/plain"));
	close(file.descriptor);
	ck_assert_int_eq(find("/bin/sh", "/", folder.path, &file), -ENOENT);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("proc_files");
	TCase *tests = tcase_create("proc");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, files_and_directories);
	tcase_add_test(tests, what_has_no_path);
	tcase_add_test(tests, ip_sockets);
	tcase_add_test(tests, other_sockets);
	tcase_add_test(tests, identities);
	tcase_add_test(tests, processes_with_odd_names);
	tcase_add_test(tests, the_agent_is_not_there);
	tcase_add_test(tests, lines_of_a_status_file);
	tcase_add_test(tests, programs_are_found_as_the_kernel_finds_them);
	suite_add_tcase(suite, tests);
	return suite;
}

CHECK_MAIN(suite)
