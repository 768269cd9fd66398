/* The open family, close, and the copies of arguments that are made at entry. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/state/apply.h"

/* Flags at and above this bit are the kernel's answer, not the caller's wish. */
#define ANSWER_FLAGS (~(uint32_t)(OPEN_CREATED - 1))

static void remember_enter(struct application *application, int64_t directory, uint32_t flags, struct text bytes)
{
	struct thread *thread = application->thread;
	struct pending_enter *enter = thread->pending_enter;

	if (enter)
		enter->type = 0;
	if (bytes.length > STATE_ENTER_BYTES_MAX)
		return;
	if (!enter || enter->capacity < bytes.length) {
		enter = realloc(enter, sizeof *enter + bytes.length);
		if (!enter) {
			application->state->counters.allocation_failures++;
			return;
		}
		enter->capacity = (uint32_t)bytes.length;
		thread->pending_enter = enter;
	}
	enter->type = application->event->type;
	enter->directory = directory;
	enter->flags = flags;
	enter->length = (uint32_t)bytes.length;
	if (bytes.length > 0)
		memcpy(enter->bytes, bytes.bytes, bytes.length);
}

#define UNSIGNED(constant, name) ((uint32_t)event_parameter_unsigned(event, PARAMETER_INDEX(constant, name), 0))
#define SIGNED(constant, name, otherwise) (event_parameter_signed(event, PARAMETER_INDEX(constant, name), otherwise))
#define PATH(constant, name) (name_parameter(event, PARAMETER_INDEX(constant, name)))

void apply_enter(struct application *application)
{
	struct event *event = application->event;

	switch (event->type) {
	case EVENT_SYSCALL_OPEN_E:
		remember_enter(application, PATH_AT_FDCWD, UNSIGNED(SYSCALL_OPEN_E, flags), PATH(SYSCALL_OPEN_E, name));
		break;
	case EVENT_SYSCALL_CREAT_E:
		remember_enter(application, PATH_AT_FDCWD, 0, PATH(SYSCALL_CREAT_E, name));
		break;
	case EVENT_SYSCALL_OPENAT_2_E:
		remember_enter(application, SIGNED(SYSCALL_OPENAT_2_E, dirfd, -1), UNSIGNED(SYSCALL_OPENAT_2_E, flags),
			       PATH(SYSCALL_OPENAT_2_E, name));
		break;
	case EVENT_SYSCALL_OPENAT2_E:
		remember_enter(application, SIGNED(SYSCALL_OPENAT2_E, dirfd, -1), UNSIGNED(SYSCALL_OPENAT2_E, flags),
			       PATH(SYSCALL_OPENAT2_E, name));
		break;
	case EVENT_SYSCALL_EXECVE_19_E:
		remember_enter(application, PATH_AT_FDCWD, 0, PATH(SYSCALL_EXECVE_19_E, filename));
		break;
	case EVENT_SYSCALL_EXECVEAT_E:
		remember_enter(application, SIGNED(SYSCALL_EXECVEAT_E, dirfd, -1), UNSIGNED(SYSCALL_EXECVEAT_E, flags),
			       PATH(SYSCALL_EXECVEAT_E, pathname));
		break;
	default:
		remember_enter(application, 0, 0, bytes_parameter(event, PARAMETER_INDEX(SOCKET_CONNECT_E, addr)));
		break;
	}
}

const struct pending_enter *application_enter(const struct application *application, unsigned type)
{
	const struct pending_enter *enter = application->thread->pending_enter;

	return enter && enter->type == type ? enter : NULL;
}

/* ---- open family ---- */

struct opening {
	struct text path;
	/* Where a relative path begins. Nowhere: the kernel's path, or an old capture that lost its enter event. */
	enum { FROM_WORKING_DIRECTORY, FROM_DIRFD, FROM_NOWHERE } base;
	int64_t directory; /* dirfd */
	uint32_t flags, device;
	uint64_t inode;
};

/* creat tells the layers in a parameter of their own. */
static uint32_t flags_of_creat(uint32_t creat_flags)
{
	if (creat_flags & 1)
		return OPEN_UPPER_LAYER;
	return creat_flags & 2 ? OPEN_LOWER_LAYER : 0;
}

static void read_dirfd(struct event *event, unsigned index, struct opening *opening)
{
	opening->base = has_value(event, index) ? FROM_DIRFD : FROM_NOWHERE;
	opening->directory = event_parameter_signed(event, index, -1);
}

static struct opening read_opening(struct event *event)
{
	struct opening opening = {.base = FROM_WORKING_DIRECTORY};

	switch (event->type) {
	case EVENT_SYSCALL_OPEN_X:
		opening.path = PATH(SYSCALL_OPEN_X, name);
		opening.flags = UNSIGNED(SYSCALL_OPEN_X, flags);
		opening.device = UNSIGNED(SYSCALL_OPEN_X, dev);
		opening.inode = event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_OPEN_X, ino), 0);
		break;
	case EVENT_SYSCALL_CREAT_X:
		opening.path = PATH(SYSCALL_CREAT_X, name);
		opening.flags = flags_of_creat(UNSIGNED(SYSCALL_CREAT_X, creat_flags));
		opening.device = UNSIGNED(SYSCALL_CREAT_X, dev);
		opening.inode = event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_CREAT_X, ino), 0);
		break;
	case EVENT_SYSCALL_OPENAT_2_X:
		read_dirfd(event, PARAMETER_INDEX(SYSCALL_OPENAT_2_X, dirfd), &opening);
		opening.path = PATH(SYSCALL_OPENAT_2_X, name);
		opening.flags = UNSIGNED(SYSCALL_OPENAT_2_X, flags);
		opening.device = UNSIGNED(SYSCALL_OPENAT_2_X, dev);
		opening.inode = event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_OPENAT_2_X, ino), 0);
		break;
	case EVENT_SYSCALL_OPENAT2_X:
		read_dirfd(event, PARAMETER_INDEX(SYSCALL_OPENAT2_X, dirfd), &opening);
		opening.path = PATH(SYSCALL_OPENAT2_X, name);
		opening.flags = UNSIGNED(SYSCALL_OPENAT2_X, flags);
		opening.device = UNSIGNED(SYSCALL_OPENAT2_X, dev);
		opening.inode = event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_OPENAT2_X, ino), 0);
		break;
	default: /* open_by_handle_at: the path is the kernel's, absolute */
		opening.base = FROM_NOWHERE;
		opening.path = PATH(SYSCALL_OPEN_BY_HANDLE_AT_X, path);
		opening.flags = UNSIGNED(SYSCALL_OPEN_BY_HANDLE_AT_X, flags);
		opening.device = UNSIGNED(SYSCALL_OPEN_BY_HANDLE_AT_X, dev);
		opening.inode = event_parameter_unsigned(event, PARAMETER_INDEX(SYSCALL_OPEN_BY_HANDLE_AT_X, ino), 0);
		break;
	}
	return opening;
}

/* The copy from the entry is what the kernel was asked for, whatever was written there meanwhile. */
static void prefer_enter(struct application *application, struct opening *opening)
{
	const struct pending_enter *enter = application_enter(application, application->event->type - 1u);

	if (!enter || text_equal(pending_enter_text(enter), TEXT("<NA>")))
		return;
	opening->path = pending_enter_text(enter);
	if (opening->base == FROM_NOWHERE)
		opening->base = FROM_DIRFD;
	opening->directory = enter->directory;
	opening->flags = enter->flags | (opening->flags & ANSWER_FLAGS);
}

/* An absolute path replaces its base, which yet counts for what is too long; that of dirfd is then ".". */
static struct text opened_name(const struct thread *thread, const struct opening *opening, char buffer[PATH_BYTES_MAX])
{
	if (opening->base == FROM_NOWHERE)
		return path_join(TEXT_EMPTY, opening->path, buffer);
	if (opening->base == FROM_WORKING_DIRECTORY)
		return path_join(thread_cwd(thread), opening->path, buffer);
	if (path_is_absolute(opening->path))
		return path_join(TEXT("."), opening->path, buffer);
	return state_resolve_path(thread, PATH_BASE_DIRFD, opening->directory, opening->path, buffer);
}

static struct descriptor *new_file(struct application *application, const struct opening *opening)
{
	struct state *state = application->state;
	struct descriptor *file;
	char buffer[PATH_BYTES_MAX];
	struct text name;

	file = descriptor_new(opening->flags & OPEN_DIRECTORY ? DESCRIPTOR_DIRECTORY : DESCRIPTOR_FILE);
	if (!file)
		return NULL;
	file->open_flags = opening->flags;
	file->close_on_exec = opening->flags & OPEN_CLOSE_ON_EXEC;
	file->is_upper_layer = opening->flags & OPEN_UPPER_LAYER;
	file->is_lower_layer = opening->flags & OPEN_LOWER_LAYER;
	file->device = opening->device;
	file->inode = opening->inode;
	name = opened_name(application->thread, opening, buffer);
	state_set_text(state, &file->name, name);
	/* Usually the path was absolute and normal, and both are the same text. */
	if (name.bytes == opening->path.bytes)
		shared_text_assign(&file->raw_name, file->name);
	else
		state_set_text(state, &file->raw_name, path_collapse_separators(opening->path, buffer));
	return file;
}

void apply_open(struct application *application)
{
	struct opening opening;

	if (!has_succeeded(application))
		return;
	opening = read_opening(application->event);
	if (application->event->type != EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X)
		prefer_enter(application, &opening);
	application_put(application, application->result, new_file(application, &opening));
}

struct descriptor *predict_open(struct application *application)
{
	struct opening opening = read_opening(application->event);

	return new_file(application, &opening);
}

/* ---- close ---- */

void apply_close(struct application *application)
{
	struct state_private *private = application->state->private;

	if (!has_succeeded(application) || !application->event->descriptor)
		return;
	private->has_closed = true;
	private->closed_tid = application->thread->tid;
	private->closed_number = application->event->descriptor_number;
}

struct range {
	uint32_t first, last;
};

static bool is_in_range(int64_t number, const struct descriptor *descriptor, const void *context)
{
	const struct range *range = context;

	(void)descriptor;
	return number >= range->first && number <= range->last;
}

/* Marks them all: the numbers are collected first, as marking may replace the table. */
static void set_close_on_exec(struct application *application, struct descriptor_table **slot, const struct range *range)
{
	struct descriptor_table *table = descriptor_table_share(*slot);
	const struct descriptor *found;
	size_t position = 0;
	int64_t number;

	while (descriptor_table_next(table, &position, &number, &found)) {
		struct descriptor *descriptor;

		if (!is_in_range(number, found, range) || found->close_on_exec)
			continue;
		descriptor = descriptor_table_edit(slot, number);
		if (descriptor)
			descriptor->close_on_exec = true;
		else
			application->state->counters.allocation_failures++;
	}
	descriptor_table_release(&table);
}

#define CLOSE_RANGE_CLOSE_ON_EXEC 4 /* flag table close_range_flags */

void apply_close_range(struct application *application)
{
	struct event *event = application->event;
	struct descriptor_table **slot = thread_descriptor_slot(application->thread);
	struct range range = {UNSIGNED(SYSCALL_CLOSE_RANGE_X, first), UNSIGNED(SYSCALL_CLOSE_RANGE_X, last)};

	if (!has_succeeded(application) || !slot || !has_value(event, PARAMETER_INDEX(SYSCALL_CLOSE_RANGE_X, last)))
		return;
	if (UNSIGNED(SYSCALL_CLOSE_RANGE_X, flags) & CLOSE_RANGE_CLOSE_ON_EXEC)
		set_close_on_exec(application, slot, &range);
	else
		state_count_error(application->state, descriptor_table_remove_if(slot, is_in_range, &range));
}
