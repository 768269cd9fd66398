/* execve and execveat: the new program as the kernel has made it, or what was attempted. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/capture/decode_internal.h"
#include "agent/capture/proc_files.h"
#include "agent/capture/program_file.h"
#include "agent/capture/tracee_memory.h"
#include "event/state/descriptor.h"

#define STRINGS_BYTES_MAX ((size_t)4096) /* the drivers' limit for arguments and environment */
#define ENVIRONMENT_POINTERS_MAX 16384
#define AUXILIARY_PAIRS_MAX 64

/* execve(path, argv, envp); execveat(dirfd, path, argv, envp, flags) */
static uint64_t argument_after_path(const struct engine_call *call, unsigned n)
{
	return call->arguments[(call->number == SYS_execveat ? 1 : 0) + n];
}

static void keep_program_path(struct decoder *decoder, pid_t tid, struct text path)
{
	char *kept = text_duplicate(path);

	forget_program_path(decoder, tid);
	if (kept && number_table_set(decoder->program_paths, (uint64_t)tid, kept) < 0)
		free(kept);
}

void remember_program_path(struct decoder *decoder, const struct engine_call *call)
{
	char path[PARAMETER_STRING_BYTES_MAX + 1];
	ssize_t length = tracee_read_string(&decoder->memory, argument_after_path(call, 0), path, sizeof path);

	if (length >= 0)
		keep_program_path(decoder, call->tid, text_of(path, (size_t)length));
	else
		forget_program_path(decoder, call->tid);
}

/* argv or envp in the caller's memory; for argv the first string is exe. */
static struct text read_strings(struct decoder *decoder, uint64_t address)
{
	struct buffer strings = {.limit_bytes = STRINGS_BYTES_MAX};
	struct text copy = TEXT_EMPTY;

	if (tracee_read_strings(&decoder->memory, address, STRINGS_BYTES_MAX, &strings) < 0)
		decoder->unreadable++;
	else
		copy = arena_copy_text(decoder->scratch, buffer_text(&strings));
	buffer_release(&strings);
	return copy.bytes ? copy : TEXT_EMPTY;
}

static void set_arguments(struct decoder *decoder, struct event *event, struct text strings)
{
	size_t end = text_find_byte(strings, '\0');
	struct text rest = end == SIZE_MAX ? TEXT_EMPTY : text_slice(strings, end + 1, SIZE_MAX);

	set_text(decoder, event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, exe), text_slice(strings, 0, end));
	set_bytes(event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, args), rest.bytes, rest.length);
}

_Static_assert(PARAMETER_INDEX(SYSCALL_EXECVE_19_X, gid) == PARAMETER_INDEX(SYSCALL_EXECVEAT_X, gid),
	       "both events have the same parameters up to the file name");

/* Everything that is the process's own: after a success the new program's, after a failure the caller's. */
static void set_process(struct decoder *decoder, struct event *event, const struct process_entry *process)
{
#define SET(name, number) set_number(decoder, event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, name), (uint64_t)(number))
	SET(tid, process->tid);
	SET(pid, process->pid);
	SET(ptid, process->ptid);
	SET(fdlimit, process->fd_limit);
	SET(pgft_maj, process->page_faults_major);
	SET(pgft_min, process->page_faults_minor);
	SET(vm_size, process->vm_size_kb);
	SET(vm_rss, process->vm_rss_kb);
	SET(vm_swap, process->vm_swap_kb);
	set_text(decoder, event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, comm), process->comm);
	set_bytes(event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, cgroups), process->cgroups.bytes, process->cgroups.length);
	SET(tty, process->tty);
	SET(vpgid, process->vpgid);
	SET(loginuid, process->loginuid);
	SET(flags, process_entry_execve_flags(process));
	SET(cap_inheritable, process->cap_inheritable);
	SET(cap_permitted, process->cap_permitted);
	SET(cap_effective, process->cap_effective);
	SET(exe_ino, process->exe_inode);
	SET(exe_ino_ctime, process->exe_ctime_ns);
	SET(exe_ino_mtime, process->exe_mtime_ns);
	SET(uid, process->uid);
	set_text(decoder, event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, trusted_exepath), process->exepath);
	SET(pgid, process->pgid);
	SET(gid, process->gid);
#undef SET
}

static void set_file_name(struct decoder *decoder, pid_t tid, struct event *event)
{
	const char *path = number_table_get(decoder->program_paths, (uint64_t)tid);

	if (event->type == EVENT_SYSCALL_EXECVE_19_X && path)
		set_text(decoder, event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, filename), text_from_string(path));
}

/* Where the path that was kept begins: the working directory, or what execveat's descriptor is known to be. */
static struct text program_directory(const struct decoder *decoder, const struct engine_call *call)
{
	const struct descriptor *directory;

	if (call->number == SYS_execve || (int32_t)call->arguments[0] == AT_FDCWD)
		return thread_cwd(decoder->thread);
	directory = thread_descriptor(decoder->thread, (int32_t)call->arguments[0]);
	return directory ? descriptor_name(directory) : TEXT_EMPTY;
}

/*
 * The stack of a new program: argument count, arguments, NULL, environment, NULL, auxiliary vector (pairs). From there come
 * the environment, and the path when it could not be read at enter.
 */
static void read_new_stack(struct decoder *decoder, const struct engine_call *call, struct process_entry *process)
{
	uint64_t address = call->stack_pointer, word = 0, pair[2];
	char path[PARAMETER_STRING_BYTES_MAX + 1];

	if (address == 0 || tracee_read(&decoder->memory, address, &word, sizeof word) != (ssize_t)sizeof word)
		return;
	address += 8 * (word + 2);
	process->environment = read_strings(decoder, address);
	if (number_table_get(decoder->program_paths, (uint64_t)call->entered_tid))
		return;
	for (unsigned i = 0; i < ENVIRONMENT_POINTERS_MAX; i++, address += sizeof word)
		if (tracee_read(&decoder->memory, address, &word, sizeof word) != (ssize_t)sizeof word || word == 0)
			break;
	for (unsigned i = 0; i < AUXILIARY_PAIRS_MAX; i++) {
		address += i == 0 ? sizeof word : sizeof pair;
		if (tracee_read(&decoder->memory, address, pair, sizeof pair) != (ssize_t)sizeof pair || pair[0] == AT_NULL)
			return;
		if (pair[0] == AT_EXECFN) {
			ssize_t length = tracee_read_string(&decoder->memory, pair[1], path, sizeof path);

			if (length >= 0)
				keep_program_path(decoder, call->entered_tid, text_of(path, (size_t)length));
			return;
		}
	}
}

/* Without the right to read /proc/TID/exe: the file by its name. */
static void find_program(struct decoder *decoder, const struct engine_call *call, struct process_entry *process)
{
	const char *kept;
	struct program_file file;

	read_new_stack(decoder, call, process);
	kept = number_table_get(decoder->program_paths, (uint64_t)call->entered_tid);
	if (!kept || program_file_open(text_from_string(kept), program_directory(decoder, call),
				       thread_root(decoder->thread), decoder->scratch, &file) < 0)
		return;
	process->exepath = file.path;
	proc_read_executable_file(decoder->view, file.opened, process);
	close(file.descriptor);
}

/*
 * The process after the call: from /proc what an execve changes, from the state what it inherits. A thread that is not
 * known yet is read whole.
 */
static int read_process(struct decoder *decoder, const struct engine_call *call, struct process_entry *ret_process)
{
	const struct thread *thread = decoder->thread;
	int error;

	if (!thread || thread->is_placeholder)
		return proc_read_process(decoder->view, call->tid, decoder->scratch, ret_process);
	if (!succeeded(call)) {
		*ret_process = thread_process_entry(thread); /* nothing has changed: all of it is known */
		return 0;
	}
	error = proc_read_program(decoder->view, call->tid, decoder->scratch, ret_process);
	if (error == 0) {
		if (ret_process->exepath.length == 0)
			find_program(decoder, call, ret_process);
		ret_process->cgroups = thread_cgroups(thread);
		ret_process->fd_limit = thread->fd_limit;
		ret_process->loginuid = thread->loginuid;
	}
	return error;
}

void decode_execve(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct process_entry process;
	struct text strings;

	if (!call->has_result) {
		remember_program_path(decoder, call);
		set_arguments(decoder, event, read_strings(decoder, argument_after_path(call, 1)));
		event->parameters[PARAMETER_INDEX(SYSCALL_EXECVE_19_X, exe)].state = PARAMETER_PREDICTED;
		event->parameters[PARAMETER_INDEX(SYSCALL_EXECVE_19_X, args)].state = PARAMETER_PREDICTED;
		strings = read_strings(decoder, argument_after_path(call, 2));
		set_bytes(event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, env), strings.bytes, strings.length);
		return;
	}
	if (read_process(decoder, call, &process) < 0)
		return; /* gone meanwhile: what was set before stands, and the end comes next */
	set_process(decoder, event, &process);
	if (succeeded(call)) {
		set_text(decoder, event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, exe), process.exe);
		set_bytes(event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, args), process.arguments.bytes,
			  process.arguments.length);
		set_bytes(event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, env), process.environment.bytes,
			  process.environment.length);
	} else {
		set_arguments(decoder, event, read_strings(decoder, argument_after_path(call, 1)));
		strings = read_strings(decoder, argument_after_path(call, 2));
		set_bytes(event, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, env), strings.bytes, strings.length);
	}
	set_file_name(decoder, call->entered_tid, event);
	forget_program_path(decoder, call->entered_tid);
}
