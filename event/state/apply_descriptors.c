/* Descriptors without a path, and copies of descriptors. */
#include <inttypes.h>
#include <stdio.h>

#include "event/state/apply.h"

#define UNSIGNED(constant, name) ((uint32_t)event_parameter_unsigned(event, PARAMETER_INDEX(constant, name), 0))
#define SIGNED(constant, name) (event_parameter_signed(event, PARAMETER_INDEX(constant, name), -1))

#define OWN_CLOSE_ON_EXEC 1 /* bit 0: flag tables epoll_create1_flags, memfd_create_flags */

/* The bpf commands that return a descriptor (flag table bpf_commands, the kernel's numbers). */
static bool bpf_makes_descriptor(struct event *event)
{
	enum {
		MAP_CREATE = 0,
		PROG_LOAD = 5,
		OBJ_GET = 7,
		PROG_GET_FD_BY_ID = 13,
		MAP_GET_FD_BY_ID = 14,
		RAW_TRACEPOINT_OPEN = 17,
		BTF_LOAD = 18,
		BTF_GET_FD_BY_ID = 19,
		LINK_CREATE = 28,
		LINK_GET_FD_BY_ID = 30,
		ENABLE_STATS = 32,
		ITER_CREATE = 33,
	};

	switch (event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_BPF_2_X, cmd), UINT32_MAX)) {
	case MAP_CREATE:
	case PROG_LOAD:
	case OBJ_GET:
	case PROG_GET_FD_BY_ID:
	case MAP_GET_FD_BY_ID:
	case RAW_TRACEPOINT_OPEN:
	case BTF_LOAD:
	case BTF_GET_FD_BY_ID:
	case LINK_CREATE:
	case LINK_GET_FD_BY_ID:
	case ENABLE_STATS:
	case ITER_CREATE:
		return true;
	default:
		return false;
	}
}

/* What the call makes. NULL: nothing, or no memory. */
static struct descriptor *new_anonymous(struct application *application)
{
	struct event *event = application->event;
	struct descriptor *made;
	enum descriptor_kind kind;
	struct text name = TEXT_EMPTY;
	char buffer[32];
	uint32_t flags = 0;
	bool close_on_exec = false;

	switch (event->type) {
	case EVENT_SYSCALL_PIPE_X:
		kind = DESCRIPTOR_PIPE;
		break;
	case EVENT_SYSCALL_PIPE2_X:
		kind = DESCRIPTOR_PIPE;
		flags = UNSIGNED(SYSCALL_PIPE2_X, flags);
		break;
	case EVENT_SYSCALL_EVENTFD_X:
		kind = DESCRIPTOR_EVENTFD;
		break;
	case EVENT_SYSCALL_EVENTFD2_X:
		kind = DESCRIPTOR_EVENTFD;
		flags = UNSIGNED(SYSCALL_EVENTFD2_X, flags);
		break;
	case EVENT_SYSCALL_SIGNALFD_X:
		kind = DESCRIPTOR_SIGNALFD;
		break;
	case EVENT_SYSCALL_SIGNALFD4_X:
		kind = DESCRIPTOR_SIGNALFD;
		flags = UNSIGNED(SYSCALL_SIGNALFD4_X, flags);
		break;
	case EVENT_SYSCALL_TIMERFD_CREATE_X:
		kind = DESCRIPTOR_TIMERFD;
		break;
	case EVENT_SYSCALL_INOTIFY_INIT_X:
		kind = DESCRIPTOR_INOTIFY;
		break;
	case EVENT_SYSCALL_INOTIFY_INIT1_X:
		kind = DESCRIPTOR_INOTIFY;
		flags = UNSIGNED(SYSCALL_INOTIFY_INIT1_X, flags);
		break;
	case EVENT_SYSCALL_EPOLL_CREATE_X:
		kind = DESCRIPTOR_EVENTPOLL;
		break;
	case EVENT_SYSCALL_EPOLL_CREATE1_X:
		kind = DESCRIPTOR_EVENTPOLL;
		close_on_exec = UNSIGNED(SYSCALL_EPOLL_CREATE1_X, flags) & OWN_CLOSE_ON_EXEC;
		break;
	case EVENT_SYSCALL_BPF_2_X:
		if (!bpf_makes_descriptor(event))
			return NULL;
		kind = DESCRIPTOR_BPF;
		break;
	case EVENT_SYSCALL_USERFAULTFD_X:
		kind = DESCRIPTOR_USERFAULTFD;
		break;
	case EVENT_SYSCALL_IO_URING_SETUP_X:
		kind = DESCRIPTOR_IO_URING;
		break;
	case EVENT_SYSCALL_MEMFD_CREATE_X:
		kind = DESCRIPTOR_MEMFD;
		close_on_exec = UNSIGNED(SYSCALL_MEMFD_CREATE_X, flags) & OWN_CLOSE_ON_EXEC;
		name = name_parameter(event, PARAMETER_INDEX(SYSCALL_MEMFD_CREATE_X, name));
		break;
	default: /* pidfd_open */
		kind = DESCRIPTOR_PIDFD;
		snprintf(buffer, sizeof buffer, "/proc/%" PRId64, SIGNED(SYSCALL_PIDFD_OPEN_X, pid));
		name = text_from_string(buffer);
		break;
	}
	made = descriptor_new(kind);
	if (!made) {
		application->state->counters.allocation_failures++;
		return NULL;
	}
	made->open_flags = flags;
	made->close_on_exec = close_on_exec || (flags & OPEN_CLOSE_ON_EXEC);
	if (kind == DESCRIPTOR_PIDFD)
		made->process_id = SIGNED(SYSCALL_PIDFD_OPEN_X, pid);
	state_set_text(application->state, &made->name, name);
	return made;
}

struct descriptor *predict_anonymous(struct application *application)
{
	return new_anonymous(application);
}

void apply_anonymous(struct application *application)
{
	struct descriptor *made = has_succeeded(application) ? new_anonymous(application) : NULL;

	if (made)
		application_put(application, application->result, made);
}

void apply_pipe(struct application *application)
{
	struct event *event = application->event;
	bool is_pipe2 = event->type == EVENT_SYSCALL_PIPE2_X;
	struct descriptor *first, *second;

	if (!has_succeeded(application))
		return;
	first = new_anonymous(application);
	if (!first)
		return;
	first->inode = event_parameter_unsigned(event, is_pipe2 ? PARAMETER_INDEX(SYSCALL_PIPE2_X, ino) :
								   PARAMETER_INDEX(SYSCALL_PIPE_X, ino), 0);
	second = descriptor_copy(first);
	application_put(application, is_pipe2 ? SIGNED(SYSCALL_PIPE2_X, fd1) : SIGNED(SYSCALL_PIPE_X, fd1), first);
	application_put(application, is_pipe2 ? SIGNED(SYSCALL_PIPE2_X, fd2) : SIGNED(SYSCALL_PIPE_X, fd2), second);
}

/* ---- copies ---- */

/* The event then speaks of the copy; a copy does not count as renamed. */
static void put_copy(struct application *application, const struct descriptor *source, bool close_on_exec)
{
	struct descriptor *copy = descriptor_copy(source);

	if (copy)
		copy->close_on_exec = close_on_exec;
	application_put(application, application->result, copy);
	application->event->descriptor_name_changed = false;
}

static bool dup_closes_on_exec(struct event *event)
{
	return event->type == EVENT_SYSCALL_DUP3_X && (UNSIGNED(SYSCALL_DUP3_X, flags) & OPEN_CLOSE_ON_EXEC);
}

void apply_dup(struct application *application)
{
	if (!has_succeeded(application))
		return;
	if (application->result == 0)
		application->thread->pipeline |= PIPELINE_RECEIVER;
	if (application->result == 1)
		application->thread->pipeline |= PIPELINE_SENDER;
	if (application->event->descriptor)
		put_copy(application, application->event->descriptor, dup_closes_on_exec(application->event));
}

struct descriptor *predict_dup(struct application *application)
{
	const struct descriptor *source = application->event->descriptor;
	struct descriptor *copy = source ? descriptor_copy(source) : NULL;

	if (copy)
		copy->close_on_exec = dup_closes_on_exec(application->event);
	return copy;
}

enum fcntl_command { FCNTL_DUPFD = 1, FCNTL_SETFD = 3, FCNTL_DUPFD_CLOEXEC = 26 }; /* flag table fcntl_commands */

void apply_fcntl(struct application *application)
{
	struct event *event = application->event;
	uint32_t command = UNSIGNED(SYSCALL_FCNTL_X, cmd);
	struct descriptor *descriptor;

	if (!has_succeeded(application) || !event->descriptor)
		return;
	if (command == FCNTL_DUPFD || command == FCNTL_DUPFD_CLOEXEC) {
		put_copy(application, event->descriptor, command == FCNTL_DUPFD_CLOEXEC);
	} else if (command == FCNTL_SETFD) {
		bool close_on_exec = UNSIGNED(SYSCALL_FCNTL_X, arg) & 1; /* FD_CLOEXEC */

		if (event->descriptor->close_on_exec == close_on_exec)
			return;
		descriptor = application_edit(application);
		if (descriptor)
			descriptor->close_on_exec = close_on_exec;
	}
}

struct descriptor *predict_fcntl(struct application *application)
{
	const struct descriptor *source = application->event->descriptor;

	return source ? descriptor_copy(source) : NULL;
}

/* The entry of another process that a pidfd gives access to. */
static const struct descriptor *find_foreign(struct application *application)
{
	struct event *event = application->event;
	const struct descriptor *pidfd = thread_descriptor(application->thread, SIGNED(SYSCALL_PIDFD_GETFD_X, pid_fd));
	struct thread *other;

	if (!pidfd || pidfd->kind != DESCRIPTOR_PIDFD)
		return NULL;
	other = thread_find(application->state->threads, pidfd->process_id);
	return other ? thread_descriptor(other, SIGNED(SYSCALL_PIDFD_GETFD_X, target_fd)) : NULL;
}

void apply_pidfd_getfd(struct application *application)
{
	const struct descriptor *foreign = has_succeeded(application) ? find_foreign(application) : NULL;

	if (foreign)
		put_copy(application, foreign, true);
}

struct descriptor *predict_pidfd_getfd(struct application *application)
{
	const struct descriptor *foreign = find_foreign(application);

	return foreign ? descriptor_copy(foreign) : NULL;
}
