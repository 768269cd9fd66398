#include "agent/capture/decode.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/capture/decode_internal.h"
#include "agent/capture/tracee_memory.h"
#include "base/bytes.h"
#include "base/clock.h"

#define SCRATCH_BYTES_MAX ((size_t)4 << 20)
#define PROGRAM_PATHS_MAX 65536
#define MEMORY_FILES_MAX 512

/* ---- writing parameters ---- */

static struct event_parameter *parameter_at(struct event *event, unsigned index)
{
	return &event->parameters[index];
}

void set_bytes(struct event *event, unsigned index, const void *bytes, size_t length)
{
	*parameter_at(event, index) =
		(struct event_parameter){.bytes = bytes, .length = (uint32_t)length, .state = PARAMETER_PRESENT};
}

void set_empty(struct event *event, unsigned index)
{
	set_bytes(event, index, NULL, 0);
}

void set_unknown(struct event *event, unsigned index)
{
	*parameter_at(event, index) = (struct event_parameter){.state = PARAMETER_UNKNOWN};
}

void set_number(struct decoder *decoder, struct event *event, unsigned index, uint64_t number)
{
	const struct event_parameter_info *info = event_parameter_info(event->type, index);
	unsigned size = type_size_bytes(info->type);
	uint8_t *bytes = size ? arena_allocate(decoder->scratch, sizeof number) : NULL;

	if (!bytes) {
		set_empty(event, index);
		return;
	}
	store_u64(bytes, number); /* little-endian: the low bytes come first */
	set_bytes(event, index, bytes, size);
}

void set_text(struct decoder *decoder, struct event *event, unsigned index, struct text text)
{
	char *copy = arena_copy_string(decoder->scratch, text);

	if (copy)
		set_bytes(event, index, copy, text.length + 1);
	else
		set_empty(event, index);
}

void set_string_at(struct decoder *decoder, struct event *event, unsigned index, uint64_t address)
{
	char string[PARAMETER_STRING_BYTES_MAX + 1];
	ssize_t length = tracee_read_string(&decoder->memory, address, string, sizeof string);

	if (length < 0) {
		decoder->unreadable++;
		set_empty(event, index);
	} else {
		set_text(decoder, event, index, text_of(string, (size_t)length));
	}
}

void set_data_at(struct decoder *decoder, struct event *event, unsigned index, uint64_t address, uint64_t length)
{
	size_t wanted = length < DATA_BYTES_MAX ? (size_t)length : DATA_BYTES_MAX;
	char *bytes = wanted ? arena_allocate(decoder->scratch, wanted) : NULL;
	ssize_t got = bytes ? tracee_read(&decoder->memory, address, bytes, wanted) : 0;

	if (got < 0)
		decoder->unreadable++;
	set_bytes(event, index, got > 0 ? bytes : NULL, got > 0 ? (size_t)got : 0);
}

/* ---- what the schema's rows say ---- */

/* A register as the kernel takes it for that type: an int is 32 bits, whatever stands above. */
static uint64_t register_value(const struct event_parameter_info *info, uint64_t value)
{
	switch (info->type) {
	case TYPE_FD:
	case TYPE_PID:
	case TYPE_FD32:
	case TYPE_PID32:
	case TYPE_ERRNO:
		return (uint64_t)(int64_t)(int32_t)value;
	default:
		break;
	}
	/* Calls that open by a path have decoders of their own; others know these two flags alone. */
	if (info->flag_table == FLAG_TABLE_file_flags)
		return descriptor_flags_from_kernel(value & UINT32_MAX, ARCHITECTURE_X86_64);
	if (info->flag_table >= 0 && info->type != TYPE_DYN)
		return flags_from_kernel((enum flag_table)info->flag_table, value & UINT32_MAX, ARCHITECTURE_X86_64);
	return value;
}

static void set_generic(struct decoder *decoder, const struct engine_call *call, const struct syscall_info *syscall,
			struct event *event, unsigned index)
{
	const struct event_parameter_info *info = event_parameter_info(event->type, index);
	bool is_string = type_kind(info->type) == KIND_STRING;

	switch ((enum parameter_source)info->source) {
	case PARAMETER_SOURCE_RESULT:
		if (call->has_result)
			set_number(decoder, event, index, (uint64_t)call->result);
		else
			set_unknown(event, index);
		break;
	case PARAMETER_SOURCE_NUMBER:
		set_number(decoder, event, index, info->type == TYPE_SYSCALLID ? syscall->code : (uint64_t)call->number);
		break;
	case PARAMETER_SOURCE_CONSTANT:
		if (type_size_bytes(info->type))
			set_number(decoder, event, index, 0);
		else
			set_empty(event, index);
		break;
	case PARAMETER_SOURCE_REGISTER:
	case PARAMETER_SOURCE_REGISTER_AND_KERNEL:
		set_number(decoder, event, index, register_value(info, call->arguments[info->argument]));
		break;
	case PARAMETER_SOURCE_MEMORY:
	case PARAMETER_SOURCE_MEMORY_AND_KERNEL:
		if (is_string)
			set_string_at(decoder, event, index, call->arguments[info->argument]);
		else
			set_empty(event, index);
		break;
	case PARAMETER_SOURCE_KERNEL:
		if (call->has_result)
			set_empty(event, index);
		else
			set_unknown(event, index);
		break;
	}
	if (!call->has_result && parameter_at(event, index)->state == PARAMETER_PRESENT &&
	    (info->source == PARAMETER_SOURCE_REGISTER_AND_KERNEL || info->source == PARAMETER_SOURCE_MEMORY_AND_KERNEL))
		parameter_at(event, index)->state = PARAMETER_PREDICTED;
}

static special_decoder *find_special(unsigned event)
{
	switch (event) {
#define SPECIAL(event, function)                                                                                       \
	case EVENT_##event:                                                                                            \
		return function;
#include "agent/capture/decode_special.def"
#undef SPECIAL
	default:
		return NULL;
	}
}

static void begin_event(struct decoder *decoder, unsigned type, enum event_stage stage, pid_t tid, struct event *event)
{
	arena_reset(decoder->scratch);
	*event = (struct event){.type = (uint16_t)type,
				.stage = (uint8_t)stage,
				.thread_id = tid,
				.timestamp_ns = clock_realtime_ns(),
				.descriptor_number = -1,
				.parameter_count = (uint8_t)event_parameter_count(type)};
}

/* ---- whose memory ---- */

static pid_t process_of_call(const struct decoder *decoder, const struct engine_call *call)
{
	return decoder->thread && decoder->thread->pid > 0 ? (pid_t)decoder->thread->pid : call->tid;
}

static void close_memory_file(struct decoder *decoder, pid_t process)
{
	void *kept = number_table_remove(decoder->memory_files, (uint64_t)process);

	if (kept)
		close((int)(intptr_t)kept - 1);
}

static void choose_memory(struct decoder *decoder, const struct engine_call *call)
{
	void *kept;

	decoder->memory = TRACEE_MEMORY(call->tid);
	if (number_table_count(decoder->memory_files) == 0)
		return;
	if (is_execve(call) && succeeded(call))
		close_memory_file(decoder, process_of_call(decoder, call)); /* that memory is gone */
	kept = number_table_get(decoder->memory_files, (uint64_t)process_of_call(decoder, call));
	if (kept)
		decoder->memory.file = (int)(intptr_t)kept - 1;
}

static bool changes_user(int64_t number)
{
	return number == SYS_setuid || number == SYS_setreuid || number == SYS_setresuid || number == SYS_setgid ||
	       number == SYS_setregid || number == SYS_setresgid;
}

static void keep_memory_file(struct decoder *decoder, const struct engine_call *call)
{
	pid_t process = process_of_call(decoder, call);
	int file;

	if (decoder->may_read_all || number_table_get(decoder->memory_files, (uint64_t)process))
		return;
	file = tracee_memory_open(call->tid);
	if (file >= 0 && number_table_set(decoder->memory_files, (uint64_t)process, (void *)((intptr_t)file + 1)) < 0)
		close(file);
}

void decode_keep(struct decoder *decoder, const struct engine_call *call)
{
	choose_memory(decoder, call);
	if (is_execve(call))
		remember_program_path(decoder, call);
	else if (changes_user(call->number))
		keep_memory_file(decoder, call);
}

int decode_call(struct decoder *decoder, const struct engine_call *call, enum event_stage stage, struct event *ret_event)
{
	const struct syscall_info *syscall = syscall_by_number(ARCHITECTURE_X86_64, call->number);
	special_decoder *special;
	int type;

	if (!syscall || syscall->exit_event < 0)
		return -ENOENT;
	type = syscall->exit_event;
	/* An execveat that succeeds is an execve (event-model, section 1). */
	if (type == EVENT_SYSCALL_EXECVEAT_X && succeeded(call))
		type = EVENT_SYSCALL_EXECVE_19_X;
	choose_memory(decoder, call);
	begin_event(decoder, (unsigned)type, stage, call->tid, ret_event);
	for (unsigned i = 0; i < ret_event->parameter_count; i++)
		set_generic(decoder, call, syscall, ret_event, i);
	special = find_special((unsigned)type);
	if (special)
		special(decoder, call, ret_event);
	return 0;
}

void decode_end(struct decoder *decoder, pid_t tid, int wait_status, struct event *ret_event)
{
	bool is_signal = WIFSIGNALED(wait_status);

	begin_event(decoder, EVENT_PROCEXIT_1_E, STAGE_EXIT, tid, ret_event);
	set_number(decoder, ret_event, PARAMETER_INDEX(PROCEXIT_1_E, status), (uint64_t)wait_status);
	set_number(decoder, ret_event, PARAMETER_INDEX(PROCEXIT_1_E, ret),
		   WIFEXITED(wait_status) ? (uint64_t)WEXITSTATUS(wait_status) : 0);
	set_number(decoder, ret_event, PARAMETER_INDEX(PROCEXIT_1_E, sig), is_signal ? (uint64_t)WTERMSIG(wait_status) : 0);
	set_number(decoder, ret_event, PARAMETER_INDEX(PROCEXIT_1_E, core), is_signal && WCOREDUMP(wait_status));
	set_number(decoder, ret_event, PARAMETER_INDEX(PROCEXIT_1_E, reaper_tid), 0);
}

/* ---- clone ---- */

int decode_clone(struct decoder *decoder, const struct thread *parent, pid_t child, uint64_t clone_flags, bool as_child,
		 struct event *ret_event)
{
	bool is_thread = clone_flags & 0x10000; /* CLONE_THREAD */
	int64_t child_pid = is_thread ? parent->pid : child;
	int64_t child_parent = is_thread ? parent->ptid : parent->pid;
	struct event *event = ret_event;

#define SET(name, number) set_number(decoder, event, PARAMETER_INDEX(SYSCALL_CLONE_20_X, name), (uint64_t)(number))
	begin_event(decoder, EVENT_SYSCALL_CLONE_20_X, STAGE_EXIT, as_child ? child : (pid_t)parent->tid, event);
	for (unsigned i = 0; i < event->parameter_count; i++)
		set_empty(event, i);
	SET(res, as_child ? 0 : child);
	set_text(decoder, event, PARAMETER_INDEX(SYSCALL_CLONE_20_X, exe), thread_exe(parent));
	set_bytes(event, PARAMETER_INDEX(SYSCALL_CLONE_20_X, args), thread_arguments(parent).bytes,
		  thread_arguments(parent).length);
	SET(tid, as_child ? child : parent->tid);
	SET(pid, as_child ? child_pid : parent->pid);
	SET(ptid, as_child ? child_parent : parent->ptid);
	SET(fdlimit, parent->fd_limit);
	SET(pgft_maj, parent->page_faults_major);
	SET(pgft_min, parent->page_faults_minor);
	SET(vm_size, parent->vm_size_kb);
	SET(vm_rss, parent->vm_rss_kb);
	SET(vm_swap, parent->vm_swap_kb);
	set_text(decoder, event, PARAMETER_INDEX(SYSCALL_CLONE_20_X, comm), thread_comm(parent));
	set_bytes(event, PARAMETER_INDEX(SYSCALL_CLONE_20_X, cgroups), thread_cgroups(parent).bytes,
		  thread_cgroups(parent).length);
	SET(flags, flags_from_kernel(FLAG_TABLE_clone_flags, clone_flags & ~UINT64_C(0xff), ARCHITECTURE_X86_64));
	SET(uid, parent->uid);
	SET(gid, parent->gid);
	SET(vtid, as_child ? child : parent->vtid);
	SET(vpid, as_child ? (is_thread ? parent->vpid : child) : parent->vpid);
	SET(pidns_init_start_ts, 0);
#undef SET
	return 0;
}

/* ---- opening and closing ---- */

static bool has_ptrace_capability(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

	return syscall(SYS_capget, &header, sets) == 0 && (sets[0].effective & (1u << CAP_SYS_PTRACE));
}

int decoder_init(struct decoder *decoder, const struct proc_view *view)
{
	*decoder = (struct decoder){.scratch = arena_new(SCRATCH_BYTES_MAX),
				    .program_paths = number_table_new(PROGRAM_PATHS_MAX),
				    .view = view,
				    .memory_files = number_table_new(MEMORY_FILES_MAX),
				    .may_read_all = has_ptrace_capability()};
	if (!decoder->scratch || !decoder->program_paths || !decoder->memory_files) {
		decoder_release(decoder);
		return -ENOMEM;
	}
	return 0;
}

void forget_program_path(struct decoder *decoder, pid_t tid)
{
	free(number_table_remove(decoder->program_paths, (uint64_t)tid));
}

void decoder_forget(struct decoder *decoder, pid_t tid)
{
	forget_program_path(decoder, tid);
	close_memory_file(decoder, tid); /* of the process that it led */
}

void decoder_release(struct decoder *decoder)
{
	size_t position = 0;
	uint64_t tid;
	void *kept;

	while (decoder->program_paths && number_table_next(decoder->program_paths, &position, &tid, &kept))
		free(kept);
	position = 0;
	while (decoder->memory_files && number_table_next(decoder->memory_files, &position, &tid, &kept))
		close((int)(intptr_t)kept - 1);
	number_table_free(decoder->program_paths);
	number_table_free(decoder->memory_files);
	arena_free(decoder->scratch);
	*decoder = (struct decoder){0};
}
