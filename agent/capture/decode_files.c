/* Files, pipes, limits, capabilities: what the rows of the schema leave open. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/capture/decode_internal.h"
#include "agent/capture/tracee_memory.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "event/state/descriptor.h"

/* ---- the open family ---- */

/* dev as the drivers deliver it: new_encode_dev(). */
static uint64_t encode_device(unsigned int major_number, unsigned int minor_number)
{
	return (minor_number & 0xff) | (uint64_t)(major_number & 0xfff) << 8 | (uint64_t)(minor_number & ~0xffu) << 12;
}

struct opened_file {
	uint64_t device, inode;
	bool is_created; /* by this very call */
};

static bool stat_opened(const struct engine_call *call, struct opened_file *ret_file)
{
	struct statx status;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%lld", call->tid, (long long)call->result);
	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &status) < 0)
		return false;
	ret_file->device = encode_device(status.stx_dev_major, status.stx_dev_minor);
	ret_file->inode = status.stx_ino;
	/* File times come from the coarse clock, as entered_ns does: not older than the call means made by it. */
	ret_file->is_created = (status.stx_mask & STATX_BTIME) &&
			       (uint64_t)status.stx_btime.tv_sec * NS_PER_S + status.stx_btime.tv_nsec >= call->entered_ns;
	return true;
}

/* The mode counts only with O_CREAT or any bit of O_TMPFILE, O_DIRECTORY among them (event-model, section 11). */
static uint64_t open_mode(uint64_t kernel_flags, uint64_t mode)
{
	return kernel_flags & (O_CREAT | __O_TMPFILE | O_DIRECTORY) ? mode : 0;
}

static void finish_open(struct decoder *decoder, const struct engine_call *call, struct event *event, uint64_t kernel_flags,
			unsigned flags_index, unsigned device_index)
{
	uint64_t flags = flags_from_kernel(FLAG_TABLE_file_flags, kernel_flags, ARCHITECTURE_X86_64);
	struct opened_file file = {0};

	if (succeeded(call) && stat_opened(call, &file)) {
		set_number(decoder, event, device_index, file.device);
		set_number(decoder, event, device_index + 1, file.inode);
	} else if (call->has_result) {
		set_number(decoder, event, device_index, 0);
		set_number(decoder, event, device_index + 1, 0);
	}
	if (succeeded(call) && (kernel_flags & O_CREAT) && (file.is_created || (kernel_flags & O_EXCL)))
		flags |= OPEN_CREATED;
	set_number(decoder, event, flags_index, flags);
	if (!call->has_result)
		event->parameters[flags_index].state = PARAMETER_PREDICTED;
}

void decode_open(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	bool is_openat = event->type == EVENT_SYSCALL_OPENAT_2_X;
	unsigned first = is_openat ? 2 : 1; /* the argument with the flags */
	unsigned flags_index = is_openat ? PARAMETER_INDEX(SYSCALL_OPENAT_2_X, flags) : PARAMETER_INDEX(SYSCALL_OPEN_X, flags);
	unsigned device_index = is_openat ? PARAMETER_INDEX(SYSCALL_OPENAT_2_X, dev) : PARAMETER_INDEX(SYSCALL_OPEN_X, dev);
	uint64_t kernel_flags = call->arguments[first] & UINT32_MAX;

	set_number(decoder, event, flags_index + 1, open_mode(kernel_flags, call->arguments[first + 1] & 07777));
	finish_open(decoder, call, event, kernel_flags, flags_index, device_index);
}

void decode_openat2(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	uint64_t how[3] = {0}; /* struct open_how: flags, mode, resolve */
	size_t size = call->arguments[3] < sizeof how ? (size_t)call->arguments[3] : sizeof how;

	if (tracee_read(&decoder->memory, call->arguments[2], how, size) < 0)
		decoder->unreadable++;
	set_number(decoder, event, PARAMETER_INDEX(SYSCALL_OPENAT2_X, mode), open_mode(how[0], how[1] & 07777));
	set_number(decoder, event, PARAMETER_INDEX(SYSCALL_OPENAT2_X, resolve),
		   flags_from_kernel(FLAG_TABLE_openat2_flags, how[2], ARCHITECTURE_X86_64));
	finish_open(decoder, call, event, how[0], PARAMETER_INDEX(SYSCALL_OPENAT2_X, flags),
		    PARAMETER_INDEX(SYSCALL_OPENAT2_X, dev));
}

void decode_creat(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	struct opened_file file = {0};

	if (!call->has_result)
		return;
	if (succeeded(call))
		stat_opened(call, &file);
	set_number(decoder, event, PARAMETER_INDEX(SYSCALL_CREAT_X, dev), file.device);
	set_number(decoder, event, PARAMETER_INDEX(SYSCALL_CREAT_X, ino), file.inode);
	set_number(decoder, event, PARAMETER_INDEX(SYSCALL_CREAT_X, creat_flags), 0);
}

void decode_open_by_handle(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	char path[64], target[PATH_MAX];
	ssize_t length;

	finish_open(decoder, call, event, call->arguments[2] & UINT32_MAX,
		    PARAMETER_INDEX(SYSCALL_OPEN_BY_HANDLE_AT_X, flags), PARAMETER_INDEX(SYSCALL_OPEN_BY_HANDLE_AT_X, dev));
	if (!succeeded(call))
		return;
	snprintf(path, sizeof path, "/proc/%d/fd/%lld", call->tid, (long long)call->result);
	length = readlink(path, target, sizeof target);
	if (length > 0)
		set_text(decoder, event, PARAMETER_INDEX(SYSCALL_OPEN_BY_HANDLE_AT_X, path),
			 text_of(target, (size_t)length));
}

/* ---- pipes, data, directories ---- */

static void set_pair(struct decoder *decoder, const struct engine_call *call, struct event *event, uint64_t address,
		     unsigned first_index)
{
	int32_t numbers[2] = {-1, -1};

	if (!call->has_result)
		return;
	if (succeeded(call) && tracee_read(&decoder->memory, address, numbers, sizeof numbers) != (ssize_t)sizeof numbers)
		decoder->unreadable++;
	set_number(decoder, event, first_index, (uint64_t)(int64_t)numbers[0]);
	set_number(decoder, event, first_index + 1, (uint64_t)(int64_t)numbers[1]);
}

static void set_pipe_inode(struct decoder *decoder, const struct engine_call *call, struct event *event, unsigned index)
{
	int64_t number = event_parameter_signed(event, index - 2, -1);
	struct stat status;
	char path[64];

	if (!call->has_result)
		return;
	snprintf(path, sizeof path, "/proc/%d/fd/%lld", call->tid, (long long)number);
	set_number(decoder, event, index, succeeded(call) && stat(path, &status) == 0 ? status.st_ino : 0);
}

void decode_pipe(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	set_pair(decoder, call, event, call->arguments[0], PARAMETER_INDEX(SYSCALL_PIPE_X, fd1));
	set_pipe_inode(decoder, call, event, PARAMETER_INDEX(SYSCALL_PIPE_X, ino));
}

void decode_pipe2(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	set_pair(decoder, call, event, call->arguments[0], PARAMETER_INDEX(SYSCALL_PIPE2_X, fd1));
	set_pipe_inode(decoder, call, event, PARAMETER_INDEX(SYSCALL_PIPE2_X, ino));
}

void decode_socketpair(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	set_pair(decoder, call, event, call->arguments[3], PARAMETER_INDEX(SOCKET_SOCKETPAIR_X, fd1));
	if (!call->has_result)
		return;
	/* Kernel addresses: nobody without the kernel's help can know them. */
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_SOCKETPAIR_X, source), 0);
	set_number(decoder, event, PARAMETER_INDEX(SOCKET_SOCKETPAIR_X, peer), 0);
}

void decode_getcwd(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	if (succeeded(call))
		set_string_at(decoder, event, PARAMETER_INDEX(SYSCALL_GETCWD_X, path), call->arguments[0]);
}

void decode_write(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	uint64_t length = succeeded(call) ? (uint64_t)call->result : call->arguments[2];

	set_data_at(decoder, event, PARAMETER_INDEX(SYSCALL_WRITE_X, data), call->arguments[1], length);
}

void decode_read(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	if (succeeded(call))
		set_data_at(decoder, event, PARAMETER_INDEX(SYSCALL_READ_X, data), call->arguments[1],
			    (uint64_t)call->result);
}

void decode_fcntl(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	/* The result is a descriptor only for F_DUPFD and its kin, but the schema has one type for all. */
	if (call->has_result)
		set_number(decoder, event, PARAMETER_INDEX(SYSCALL_FCNTL_X, res), (uint64_t)call->result);
}

/* ---- limits and capabilities ---- */

static uint64_t limit_value(uint64_t value)
{
	return value == RLIM_INFINITY ? UINT64_MAX : value;
}

static void set_limits(struct decoder *decoder, struct event *event, uint64_t address, unsigned index)
{
	uint64_t limits[2] = {UINT64_MAX, UINT64_MAX};

	if (address != 0 && tracee_read(&decoder->memory, address, limits, sizeof limits) != (ssize_t)sizeof limits) {
		decoder->unreadable++;
		limits[0] = limits[1] = UINT64_MAX;
	}
	set_number(decoder, event, index, limit_value(limits[0]));
	set_number(decoder, event, index + 1, limit_value(limits[1]));
}

void decode_setrlimit(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	set_limits(decoder, event, call->arguments[1], PARAMETER_INDEX(SYSCALL_SETRLIMIT_X, cur));
}

void decode_prlimit(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	set_limits(decoder, event, call->arguments[2], PARAMETER_INDEX(SYSCALL_PRLIMIT_X, newcur));
	if (call->has_result)
		set_limits(decoder, event, succeeded(call) ? call->arguments[3] : 0,
			   PARAMETER_INDEX(SYSCALL_PRLIMIT_X, oldcur));
}

void decode_capset(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	uint32_t sets[2][3] = {{0}}; /* effective, permitted, inheritable; low words, then high words */
	static const unsigned order[3] = {PARAMETER_INDEX(SYSCALL_CAPSET_X, cap_effective),
					  PARAMETER_INDEX(SYSCALL_CAPSET_X, cap_permitted),
					  PARAMETER_INDEX(SYSCALL_CAPSET_X, cap_inheritable)};

	if (tracee_read(&decoder->memory, call->arguments[1], sets, sizeof sets) < (ssize_t)sizeof sets[0])
		decoder->unreadable++;
	for (size_t i = 0; i < 3; i++)
		set_number(decoder, event, order[i],
			   flags_from_kernel(FLAG_TABLE_capabilities, sets[0][i] | (uint64_t)sets[1][i] << 32,
					     ARCHITECTURE_X86_64));
}

/* ---- ptrace, prctl ---- */

static void set_variant(struct decoder *decoder, struct event *event, unsigned index, uint8_t variant, const void *value,
			size_t length)
{
	uint8_t *bytes = arena_allocate(decoder->scratch, 1 + length);

	if (!bytes) {
		set_empty(event, index);
		return;
	}
	bytes[0] = variant;
	memcpy(bytes + 1, value, length);
	set_bytes(event, index, bytes, 1 + length);
}

/* addr and data: numbers, but for the signal that a resumed tracee gets (variant 1). */
void decode_ptrace(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	uint64_t request = call->arguments[0];
	bool takes_signal = request == PTRACE_CONT || request == PTRACE_SYSCALL || request == PTRACE_SINGLESTEP ||
			    request == PTRACE_DETACH;
	uint8_t signal = (uint8_t)call->arguments[3];
	uint64_t address = call->arguments[2], data = call->arguments[3];

	set_variant(decoder, event, PARAMETER_INDEX(SYSCALL_PTRACE_X, addr), 0, &address, sizeof address);
	if (takes_signal)
		set_variant(decoder, event, PARAMETER_INDEX(SYSCALL_PTRACE_X, data), 1, &signal, sizeof signal);
	else
		set_variant(decoder, event, PARAMETER_INDEX(SYSCALL_PTRACE_X, data), 0, &data, sizeof data);
}

#define PR_SET_NAME_OPTION 15

void decode_prctl(struct decoder *decoder, const struct engine_call *call, struct event *event)
{
	bool is_name = call->arguments[0] == PR_SET_NAME_OPTION;

	if (is_name) {
		set_string_at(decoder, event, PARAMETER_INDEX(SYSCALL_PRCTL_X, arg2_str), call->arguments[1]);
		set_number(decoder, event, PARAMETER_INDEX(SYSCALL_PRCTL_X, arg2_int), 0);
	} else {
		set_empty(event, PARAMETER_INDEX(SYSCALL_PRCTL_X, arg2_str));
		set_number(decoder, event, PARAMETER_INDEX(SYSCALL_PRCTL_X, arg2_int), call->arguments[1]);
	}
}
