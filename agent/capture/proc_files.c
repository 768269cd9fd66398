#include "agent/capture/proc_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "agent/capture/overlay_layer.h"
#include "agent/capture/proc_status.h"
#include "base/buffer.h"
#include "base/clock.h"

#define LINK_BYTES 4096
#define TEXT_FILE_BYTES ((size_t)16 << 10) /* status, stat, cgroup */
#define STRINGS_BYTES ((size_t)4096)	   /* cmdline, environ: the drivers' limit (event-model, section 4) */
#define DELETED TEXT(" (deleted)")

/* ---- small readers ---- */

/* Up to `limit` bytes of /proc/TID/name into the arena; empty when it cannot be read. */
static struct text read_file(pid_t tid, const char *name, size_t limit, struct arena *arena)
{
	char path[64], *bytes;
	size_t length = 0;
	int descriptor;

	snprintf(path, sizeof path, "/proc/%d/%s", tid, name);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return TEXT_EMPTY;
	bytes = arena_allocate(arena, limit + 1);
	while (bytes && length < limit) {
		ssize_t got = read(descriptor, bytes + length, limit - length);

		if (got <= 0)
			break;
		length += (size_t)got;
	}
	close(descriptor);
	if (!bytes)
		return TEXT_EMPTY;
	bytes[length] = '\0';
	return text_of(bytes, length);
}

static struct text read_link(pid_t tid, const char *name, struct arena *arena)
{
	char path[64], target[LINK_BYTES];
	struct text copy;
	ssize_t length;

	snprintf(path, sizeof path, "/proc/%d/%s", tid, name);
	length = readlink(path, target, sizeof target);
	if (length < 0)
		return TEXT_EMPTY;
	copy = arena_copy_text(arena, text_of(target, (size_t)length));
	return copy.bytes ? copy : TEXT_EMPTY;
}

/* The last number of a list: the id in the innermost namespace. */
static int64_t last_number(struct text list, int64_t otherwise)
{
	int64_t number = otherwise;

	for (unsigned n = 0; n < 32; n++) {
		int64_t next = proc_number_at(list, n, 10, INT64_MIN);

		if (next == INT64_MIN)
			break;
		number = next;
	}
	return number;
}

/* ---- processes ---- */

/* stat: "pid (comm) state ppid pgrp session tty_nr tpgid flags minflt cminflt majflt ...": comm may hold anything. */
static void read_stat(pid_t tid, struct arena *arena, struct process_entry *entry)
{
	struct text stat = read_file(tid, "stat", TEXT_FILE_BYTES, arena);
	size_t open_parenthesis = text_find_byte(stat, '('), close_parenthesis = text_find_last_byte(stat, ')');
	struct text rest;

	if (open_parenthesis == SIZE_MAX || close_parenthesis == SIZE_MAX || close_parenthesis < open_parenthesis)
		return;
	entry->comm = text_slice(stat, open_parenthesis + 1, close_parenthesis - open_parenthesis - 1);
	rest = text_slice(stat, close_parenthesis + 1, SIZE_MAX);
	rest = text_slice(rest, 3, SIZE_MAX); /* " S " */
	entry->pgid = proc_number_at(rest, 1, 10, -1);
	entry->sid = proc_number_at(rest, 2, 10, -1);
	entry->tty = (uint32_t)proc_number_at(rest, 3, 10, 0);
	entry->page_faults_minor = (uint64_t)proc_number_at(rest, 6, 10, 0);
	entry->page_faults_major = (uint64_t)proc_number_at(rest, 8, 10, 0);
}

static void read_status(pid_t tid, struct arena *arena, struct process_entry *entry)
{
	struct text status = read_file(tid, "status", TEXT_FILE_BYTES, arena);
	int64_t vpgid;

	entry->pid = proc_number_at(proc_status_line(status, "Tgid"), 0, 10, tid);
	entry->ptid = proc_number_at(proc_status_line(status, "PPid"), 0, 10, -1);
	entry->uid = (uint32_t)proc_number_at(proc_status_line(status, "Uid"), 1, 10, THREAD_ID_NONE);
	entry->gid = (uint32_t)proc_number_at(proc_status_line(status, "Gid"), 1, 10, THREAD_ID_NONE);
	entry->vtid = last_number(proc_status_line(status, "NSpid"), tid);
	entry->vpid = last_number(proc_status_line(status, "NStgid"), entry->pid);
	vpgid = last_number(proc_status_line(status, "NSpgid"), -1);
	entry->vpgid = vpgid;
	entry->cap_inheritable = (uint64_t)proc_number_at(proc_status_line(status, "CapInh"), 0, 16, 0);
	entry->cap_permitted = (uint64_t)proc_number_at(proc_status_line(status, "CapPrm"), 0, 16, 0);
	entry->cap_effective = (uint64_t)proc_number_at(proc_status_line(status, "CapEff"), 0, 16, 0);
	entry->vm_size_kb = (uint32_t)proc_number_at(proc_status_line(status, "VmSize"), 0, 10, 0);
	entry->vm_rss_kb = (uint32_t)proc_number_at(proc_status_line(status, "VmRSS"), 0, 10, 0);
	entry->vm_swap_kb = (uint32_t)proc_number_at(proc_status_line(status, "VmSwap"), 0, 10, 0);
}

/* cmdline: argv[0], then the others, each with its NUL. */
static void read_command_line(pid_t tid, struct arena *arena, struct process_entry *entry)
{
	struct text line = read_file(tid, "cmdline", STRINGS_BYTES, arena);
	size_t end = text_find_byte(line, '\0');

	entry->exe = text_slice(line, 0, end);
	if (end != SIZE_MAX)
		entry->arguments = text_slice(line, end + 1, SIZE_MAX);
}

/* "0::/a" and "3:cpu,cpuacct:/a" as "subsystem=path", NUL-separated; the unified hierarchy has no subsystem. */
static void read_cgroups(pid_t tid, struct arena *arena, struct process_entry *entry)
{
	struct text file = read_file(tid, "cgroup", TEXT_FILE_BYTES, arena);
	struct buffer list = {.limit_bytes = TEXT_FILE_BYTES};
	struct text copy;

	while (file.length > 0) {
		size_t end = text_find_byte(file, '\n'), first, second;
		struct text line = text_slice(file, 0, end), names, path;

		first = text_find_byte(line, ':');
		second = first == SIZE_MAX ? SIZE_MAX : text_find_byte(text_slice(line, first + 1, SIZE_MAX), ':');
		if (second != SIZE_MAX) {
			names = text_slice(line, first + 1, second);
			path = text_slice(line, first + second + 2, SIZE_MAX);
			for (;;) {
				size_t comma = text_find_byte(names, ',');

				buffer_append_text(&list, text_slice(names, 0, comma));
				buffer_append_byte(&list, '=');
				buffer_append_text(&list, path);
				buffer_append_byte(&list, '\0');
				if (comma == SIZE_MAX)
					break;
				names = text_slice(names, comma + 1, SIZE_MAX);
			}
		}
		if (end == SIZE_MAX)
			break;
		file = text_slice(file, end + 1, SIZE_MAX);
	}
	copy = arena_copy_text(arena, buffer_text(&list));
	if (copy.bytes)
		entry->cgroups = copy;
	buffer_release(&list);
}

/* As the drivers name it: memory files by the name alone, " (deleted)" taken off. */
static struct text executable_path(struct text link, bool *ret_is_memfd)
{
	struct text path = link;

	if (text_ends_with(path, DELETED))
		path = text_slice(path, 0, path.length - DELETED.length);
	*ret_is_memfd = text_starts_with(path, TEXT("/memfd:"));
	return *ret_is_memfd ? text_slice(path, 1, SIZE_MAX) : path;
}

static bool is_writable_for(const struct stat *status, const struct process_entry *entry)
{
	if (entry->uid == 0 || entry->uid == status->st_uid)
		return true;
	if (entry->gid == status->st_gid)
		return (status->st_mode & S_IWGRP) != 0;
	return (status->st_mode & S_IWOTH) != 0;
}

static uint64_t time_ns(struct timespec time)
{
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

bool proc_read_executable_file(const struct proc_view *view, const char *path, struct process_entry *entry)
{
	struct stat status;
	enum overlay_layer layer;

	if (stat(path, &status) < 0)
		return false;
	entry->exe_inode = status.st_ino;
	entry->exe_ctime_ns = time_ns(status.st_ctim);
	entry->exe_mtime_ns = time_ns(status.st_mtim);
	entry->exe_is_writable = is_writable_for(&status, entry);
	layer = overlay_layer_of(path, entry->exe_ctime_ns, view->started_ns);
	entry->exe_is_upper_layer = layer == OVERLAY_UPPER;
	entry->exe_is_lower_layer = layer == OVERLAY_LOWER;
	return true;
}

static void read_executable(const struct proc_view *view, pid_t tid, struct arena *arena, struct process_entry *entry)
{
	char path[64];

	entry->exepath = executable_path(read_link(tid, "exe", arena), &entry->exe_is_from_memfd);
	snprintf(path, sizeof path, "/proc/%d/exe", tid);
	proc_read_executable_file(view, path, entry);
}

/* limits: "Max open files            1024                 1048576              files" */
static void read_descriptor_limit(pid_t tid, struct arena *arena, struct process_entry *entry)
{
	struct text limits = read_file(tid, "limits", TEXT_FILE_BYTES, arena);
	size_t at = text_find(limits, TEXT("Max open files"));

	if (at != SIZE_MAX)
		entry->fd_limit = proc_number_at(text_slice(limits, at + sizeof "Max open files" - 1, SIZE_MAX), 0, 10, 0);
}

static bool is_agent(const struct proc_view *view, int64_t pid)
{
	return pid > 0 && (pid == view->agents[0] || pid == view->agents[1]);
}

static void apply_view(const struct proc_view *view, struct process_entry *entry)
{
	if (view->first == 0)
		return;
	if (is_agent(view, entry->ptid))
		entry->ptid = entry->pid == view->first ? 0 : view->first;
	if (entry->pid == view->first)
		entry->vpid = 1;
	if (entry->tid == view->first)
		entry->vtid = 1;
}

int proc_read_program(const struct proc_view *view, pid_t tid, struct arena *arena, struct process_entry *ret_entry)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	entry.tid = tid;
	read_status(tid, arena, &entry);
	if (entry.ptid < 0)
		return -ESRCH;
	apply_view(view, &entry);
	read_stat(tid, arena, &entry);
	read_command_line(tid, arena, &entry);
	read_executable(view, tid, arena, &entry);
	entry.environment = read_file(tid, "environ", STRINGS_BYTES, arena);
	if (arena_is_exhausted(arena))
		return -ENOMEM;
	*ret_entry = entry;
	return 0;
}

int proc_read_process(const struct proc_view *view, pid_t tid, struct arena *arena, struct process_entry *ret_entry)
{
	struct process_entry entry;
	char path[64];
	struct stat status;
	struct text login;
	int error = proc_read_program(view, tid, arena, &entry);

	if (error < 0)
		return error;
	snprintf(path, sizeof path, "/proc/%d", tid);
	if (stat(path, &status) < 0)
		return -ESRCH;
	entry.clone_time_ns = time_ns(status.st_ctim);
	read_cgroups(tid, arena, &entry);
	read_descriptor_limit(tid, arena, &entry);
	entry.cwd = read_link(tid, "cwd", arena);
	entry.root = read_link(tid, "root", arena);
	login = read_file(tid, "loginuid", 32, arena);
	entry.loginuid = (uint32_t)proc_number_at(text_trim(login, "\n"), 0, 10, THREAD_ID_NONE);
	if (entry.pid != tid)
		entry.flags = CLONE_FLAG_THREAD | CLONE_FLAG_FILES;
	if (arena_is_exhausted(arena))
		return -ENOMEM;
	*ret_entry = entry;
	return 0;
}

void proc_read_machine(struct state_machine *machine)
{
	long cpu_count = sysconf(_SC_NPROCESSORS_CONF), pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
	struct timespec since_boot;

	gethostname(machine->host_name, sizeof machine->host_name - 1);
	machine->cpu_count = cpu_count > 0 ? (uint32_t)cpu_count : 0;
	machine->memory_bytes = pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : 0;
	if (clock_gettime(CLOCK_BOOTTIME, &since_boot) == 0)
		machine->recorded_boot_time_ns = clock_realtime_ns() - time_ns(since_boot);
}

/* ---- the state's lookup ---- */

static struct proc_lookup *lookup_of(const struct state_lookup *base)
{
	return (struct proc_lookup *)(uintptr_t)base;
}

static int find_process(const struct state_lookup *base, int64_t tid, struct process_entry *ret_entry)
{
	struct proc_lookup *lookup = lookup_of(base);

	if (tid <= 0 || tid > INT32_MAX || is_agent(lookup->view, tid))
		return -ESRCH;
	arena_reset(lookup->arena);
	return proc_read_process(lookup->view, (pid_t)tid, lookup->arena, ret_entry);
}

static int find_descriptor(const struct state_lookup *base, const struct thread *thread, int64_t number,
			   struct descriptor_entry *ret_entry)
{
	struct proc_lookup *lookup = lookup_of(base);

	arena_reset(lookup->arena);
	return proc_read_descriptor((pid_t)thread->tid, number, lookup->arena, ret_entry);
}

int proc_lookup_init(struct proc_lookup *lookup, const struct proc_view *view)
{
	lookup->base = (struct state_lookup){.find_process = find_process, .find_descriptor = find_descriptor};
	lookup->view = view;
	lookup->arena = arena_new((size_t)1 << 20);
	return lookup->arena ? 0 : -ENOMEM;
}

void proc_lookup_release(struct proc_lookup *lookup)
{
	lookup->arena = arena_free(lookup->arena);
}
