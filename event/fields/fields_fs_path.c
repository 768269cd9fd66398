/*
 * The paths that file calls act on: fs.path.* and evt.abspath. Which parameter holds the path, and what a relative one is
 * relative to, differs from call to call and between the two families (event-model reference, sections 8 and 12).
 */
#include "event/fields/prediction.h"

enum path_rule {
	PATH_NONE = 0,
	PATH_IN_CWD,		 /* relative to the working directory, even where the call has a dirfd */
	PATH_IN_DIRFD,		 /* relative to the directory of the operand's dirfd */
	PATH_IN_DIRECTORY_ENTRY, /* the same, but dirfd must have been opened as a directory */
	PATH_IN_UNKNOWN,	 /* "<UNKNOWN>" before a relative path */
	PATH_OF_NEW_DESCRIPTOR,	 /* a relative path: the name of the descriptor that was opened */
	PATH_OF_DESCRIPTOR,	 /* no path: the name of the descriptor that the call works on */
};

struct path_operand {
	uint8_t rule;	   /* enum path_rule */
	uint8_t parameter; /* with the path */
	uint8_t dirfd;	   /* parameter with the directory's descriptor */
};

struct path_call {
	struct path_operand name, source, target; /* fs.path.* */
	struct path_operand first, second;	  /* evt.abspath without argument and .src, .dst */
};

#define CWD(event, path) {PATH_IN_CWD, PARAMETER_INDEX(event, path), 0}
#define DIRFD(event, dirfd, path) {PATH_IN_DIRFD, PARAMETER_INDEX(event, path), PARAMETER_INDEX(event, dirfd)}
#define ENTRY(event, dirfd, path) {PATH_IN_DIRECTORY_ENTRY, PARAMETER_INDEX(event, path), PARAMETER_INDEX(event, dirfd)}
#define OPENED(event, path) {PATH_OF_NEW_DESCRIPTOR, PARAMETER_INDEX(event, path), 0}
#define NOWHERE(event, path) {PATH_IN_UNKNOWN, PARAMETER_INDEX(event, path), 0}
#define DESCRIPTOR {PATH_OF_DESCRIPTOR, 0, 0}

#define ONE_PATH(event, path) [EVENT_##event] = {.name = CWD(event, path)},
/* Calls with one path below a dirfd: evt.abspath does not look at its argument there. */
#define ONE_PATH_AT(event, dirfd_name, path)                                                                           \
	[EVENT_##event] = {.name = ENTRY(event, dirfd_name, path),                                                     \
			   .first = DIRFD(event, dirfd_name, path),                                                    \
			   .second = DIRFD(event, dirfd_name, path)},

static const struct path_call path_calls[EVENT_ID_COUNT] = {
	ONE_PATH(SYSCALL_MKDIR_2_X, path)
	ONE_PATH(SYSCALL_RMDIR_2_X, path)
	ONE_PATH(SYSCALL_UNLINK_2_X, path)
	ONE_PATH(SYSCALL_OPEN_X, name)
	ONE_PATH(SYSCALL_CHMOD_X, filename)
	ONE_PATH(SYSCALL_CHOWN_X, path)
	ONE_PATH(SYSCALL_LCHOWN_X, path)
	ONE_PATH(SYSCALL_QUOTACTL_X, special)
	ONE_PATH(SYSCALL_UMOUNT_X, name)
	ONE_PATH(SYSCALL_UMOUNT_1_X, name)
	ONE_PATH(SYSCALL_UMOUNT2_X, name)
	ONE_PATH_AT(SYSCALL_MKDIRAT_X, dirfd, path)
	ONE_PATH_AT(SYSCALL_UNLINKAT_2_X, dirfd, name)
	ONE_PATH_AT(SYSCALL_FCHMODAT_X, dirfd, filename)
	ONE_PATH_AT(SYSCALL_FCHOWNAT_X, dirfd, pathname)
	[EVENT_SYSCALL_FCHMOD_X] = {.name = DESCRIPTOR},
	[EVENT_SYSCALL_FCHOWN_X] = {.name = DESCRIPTOR},
	[EVENT_SYSCALL_OPENAT_2_X] = {.name = OPENED(SYSCALL_OPENAT_2_X, name),
				      .first = DIRFD(SYSCALL_OPENAT_2_X, dirfd, name),
				      .second = DIRFD(SYSCALL_OPENAT_2_X, dirfd, name)},
	[EVENT_SYSCALL_OPENAT2_X] = {.name = OPENED(SYSCALL_OPENAT2_X, name),
				     .first = DIRFD(SYSCALL_OPENAT2_X, dirfd, name),
				     .second = DIRFD(SYSCALL_OPENAT2_X, dirfd, name)},
	[EVENT_SYSCALL_RENAME_X] = {.source = CWD(SYSCALL_RENAME_X, oldpath), .target = CWD(SYSCALL_RENAME_X, newpath)},
	[EVENT_SYSCALL_RENAMEAT_X] = {.source = CWD(SYSCALL_RENAMEAT_X, oldpath),
				      .target = CWD(SYSCALL_RENAMEAT_X, newpath),
				      .first = DIRFD(SYSCALL_RENAMEAT_X, olddirfd, oldpath),
				      .second = DIRFD(SYSCALL_RENAMEAT_X, newdirfd, newpath)},
	[EVENT_SYSCALL_RENAMEAT2_X] = {.source = DIRFD(SYSCALL_RENAMEAT2_X, olddirfd, oldpath),
				       .target = DIRFD(SYSCALL_RENAMEAT2_X, newdirfd, newpath),
				       .first = DIRFD(SYSCALL_RENAMEAT2_X, olddirfd, oldpath),
				       .second = DIRFD(SYSCALL_RENAMEAT2_X, newdirfd, newpath)},
	/* Source and target of links are what upstream makes them: the new name, and what it points to. */
	[EVENT_SYSCALL_LINK_2_X] = {.source = CWD(SYSCALL_LINK_2_X, newpath), .target = CWD(SYSCALL_LINK_2_X, oldpath)},
	[EVENT_SYSCALL_LINKAT_2_X] = {.source = CWD(SYSCALL_LINKAT_2_X, newpath),
				      .target = CWD(SYSCALL_LINKAT_2_X, oldpath),
				      .first = DIRFD(SYSCALL_LINKAT_2_X, olddir, oldpath),
				      .second = DIRFD(SYSCALL_LINKAT_2_X, newdir, newpath)},
	[EVENT_SYSCALL_SYMLINK_X] = {.source = CWD(SYSCALL_SYMLINK_X, linkpath),
				     .target = CWD(SYSCALL_SYMLINK_X, target)},
	[EVENT_SYSCALL_SYMLINKAT_X] = {.source = ENTRY(SYSCALL_SYMLINKAT_X, linkdirfd, linkpath),
				       .target = NOWHERE(SYSCALL_SYMLINKAT_X, target),
				       .first = DIRFD(SYSCALL_SYMLINKAT_X, linkdirfd, linkpath),
				       .second = DIRFD(SYSCALL_SYMLINKAT_X, linkdirfd, linkpath)},
	[EVENT_SYSCALL_MOUNT_X] = {.source = CWD(SYSCALL_MOUNT_X, dev), .target = CWD(SYSCALL_MOUNT_X, dir)},
};

/* False: no fs.path.* for this outcome. A call whose outcome is not known yet is taken to succeed. */
static bool has_succeeded(struct field_context *context)
{
	int64_t result;

	if (!context_result_or_success(context, &result))
		return false;
	switch (context->event->type) {
	case EVENT_SYSCALL_OPEN_X:
	case EVENT_SYSCALL_OPENAT_2_X:
	case EVENT_SYSCALL_OPENAT2_X:
		/* Upstream compares with -1: of all failures only EPERM counts as one. */
		return result != -1;
	default:
		return result == 0;
	}
}

static struct value resolved(struct field_context *context, enum path_base base, uint8_t dirfd_parameter, struct text path)
{
	int64_t dirfd = base == PATH_BASE_CWD ? PATH_AT_FDCWD : context_signed(context, dirfd_parameter, -1);
	char joined[PATH_BYTES_MAX];

	if (path_is_absolute(path))
		return value_copied(context, path_join(TEXT_EMPTY, path, joined));
	if (!context->event->thread)
		return value_absent();
	return value_copied(context, state_resolve_path(context->event->thread, base, dirfd, path, joined));
}

static struct value fs_path(struct field_context *context, const struct path_operand *operand, bool is_raw)
{
	const struct descriptor *descriptor;
	struct text path;

	if (operand->rule == PATH_NONE || !has_succeeded(context))
		return value_absent();

	if (operand->rule == PATH_OF_DESCRIPTOR) {
		descriptor = context_descriptor(context);
		path = descriptor ? descriptor_name(descriptor) : TEXT_EMPTY;
	} else if (!context_parameter(context, operand->parameter)) {
		return value_absent();
	} else {
		path = context_path(context, operand->parameter);
	}
	if (is_raw)
		return value_copied(context, path);

	switch (operand->rule) {
	case PATH_IN_DIRFD:
		return resolved(context, PATH_BASE_DIRFD, operand->dirfd, path);
	case PATH_IN_DIRECTORY_ENTRY:
		return resolved(context, PATH_BASE_DIRECTORY_ENTRY, operand->dirfd, path);
	case PATH_IN_UNKNOWN:
		if (path_is_absolute(path) || path.length == 0)
			break;
		buffer_append_text(context->work, PATH_UNKNOWN_DIRECTORY);
		buffer_append_text(context->work, path);
		return value_built(context);
	case PATH_OF_NEW_DESCRIPTOR:
		if (path_is_absolute(path))
			break;
		descriptor = context_descriptor(context);
		return value_string(descriptor ? descriptor_name(descriptor) : PATH_UNKNOWN_DIRECTORY);
	default:
		break;
	}
	return resolved(context, PATH_BASE_CWD, 0, path);
}

#define FS_PATH_FIELDS(constant, operand)                                                                              \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return fs_path(context, &path_calls[context->event->type].operand, false);                             \
	}                                                                                                              \
                                                                                                                       \
	struct value field_##constant##RAW(struct field_context *context)                                              \
	{                                                                                                              \
		return fs_path(context, &path_calls[context->event->type].operand, true);                              \
	}

FS_PATH_FIELDS(FS_PATH_NAME, name)
FS_PATH_FIELDS(FS_PATH_SOURCE, source)
FS_PATH_FIELDS(FS_PATH_TARGET, target)

/* Not there, or of length 0: an unreadable pointer, or an old capture that lost the enter event. */
static bool is_empty(struct field_context *context, unsigned index)
{
	const struct event_parameter *parameter = context_parameter(context, index);

	return !parameter || parameter->length == 0;
}

struct value field_EVT_ABSPATH(struct field_context *context)
{
	const struct path_call *call = &path_calls[context->event->type];
	const struct path_operand *operand = &call->first;
	int64_t result;

	if (context->event->type == EVENT_SYSCALL_OPEN_BY_HANDLE_AT_X) {
		if (!context_result(context, &result) || result <= 0)
			return value_absent();
		return value_string(context_path(context, PARAMETER_INDEX(SYSCALL_OPEN_BY_HANDLE_AT_X, path)));
	}
	if (context->request->has_argument && text_is(context->request->argument, "dst"))
		operand = &call->second;
	if (operand->rule == PATH_NONE || is_empty(context, operand->parameter) || is_empty(context, operand->dirfd))
		return value_absent();
	return resolved(context, PATH_BASE_DIRFD_ABSPATH, operand->dirfd, context_path(context, operand->parameter));
}
