/* The process and thread that made the event: proc.* and thread.* that look at no ancestor. */
#include "event/fields/prediction.h"

#include "event/fields/process_text.h"

/*
 * A field of the thread: `expression` may use `thread` and `context`. No value for events without a thread.
 */
#define THREAD_FIELD(constant, expression)                                                                             \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		struct thread *thread = context->event->thread;                                                        \
                                                                                                                       \
		return thread ? (expression) : value_absent();                                                         \
	}

#define NUMBER_FIELD(constant, type, number) THREAD_FIELD(constant, value_of_number(type, (uint64_t)(number)))
#define BOOLEAN_FIELD(constant, condition) THREAD_FIELD(constant, value_boolean(condition))
/* No value when the number is `none`. */
#define OPTIONAL_FIELD(constant, type, number, none)                                                                   \
	THREAD_FIELD(constant, (number) == (none) ? value_absent() : value_of_number(type, (uint64_t)(number)))

/* ---- program ---- */

/* exepath is not predicted: the kernel may find another file behind the name. */
THREAD_FIELD(PROC_EXE, value_string(context_program(context).exe))
THREAD_FIELD(PROC_EXEPATH, value_string(thread_exepath(thread)))
THREAD_FIELD(PROC_NAME, value_string(context_program(context).comm))

static struct value nth_argument(struct text arguments, int64_t index)
{
	struct text argument;
	size_t position = 0;

	for (int64_t i = 0; strings_next(arguments, &position, &argument); i++)
		if (i == index)
			return value_string(argument);
	return value_string(TEXT_EMPTY);
}

struct value field_PROC_ARGS(struct field_context *context)
{
	struct text arguments;

	if (!context->event->thread)
		return value_absent();
	arguments = context_program(context).arguments;
	if (context->request->has_argument)
		return nth_argument(arguments, context->request->argument_number);
	strings_join(context->work, arguments);
	return value_built(context);
}

struct value field_PROC_CMDLINE(struct field_context *context)
{
	struct thread *thread = context->event->thread;
	struct program program;

	if (!thread)
		return value_absent();
	program = context_program(context);
	if (!program.is_new)
		return value_string(thread_cmdline(thread));
	buffer_append_text(context->work, program.comm);
	if (program.arguments.length > 0)
		buffer_append_byte(context->work, ' ');
	strings_join(context->work, program.arguments);
	return value_built(context);
}

struct value field_PROC_EXELINE(struct field_context *context)
{
	struct program program;

	if (!context->event->thread)
		return value_absent();
	program = context_program(context);
	buffer_append_text(context->work, program.exe);
	buffer_append_byte(context->work, ' '); /* stays when there are no arguments */
	strings_join(context->work, program.arguments);
	return value_built(context);
}

static uint64_t count_arguments(struct text arguments, uint64_t *ret_bytes)
{
	struct text argument;
	size_t position = 0;
	uint64_t count = 0;

	*ret_bytes = 0;
	while (strings_next(arguments, &position, &argument)) {
		count++;
		*ret_bytes += argument.length;
	}
	return count;
}

struct value field_PROC_CMDNARGS(struct field_context *context)
{
	uint64_t bytes;

	if (!context->event->thread)
		return value_absent();
	return value_of_number(TYPE_UINT64, count_arguments(context_program(context).arguments, &bytes));
}

struct value field_PROC_CMDLENARGS(struct field_context *context)
{
	uint64_t bytes;

	if (!context->event->thread)
		return value_absent();
	count_arguments(context_program(context).arguments, &bytes);
	return value_of_number(TYPE_UINT64, bytes);
}

struct value field_PROC_ENV(struct field_context *context)
{
	struct text environment;

	if (!context->event->thread)
		return value_absent();
	environment = context_program(context).environment;
	if (context->request->has_argument)
		return value_string(environment_value(environment, context->request->argument));
	strings_join(context->work, environment);
	return value_built(context);
}

struct value field_PROC_CWD(struct field_context *context)
{
	char buffer[PATH_BYTES_MAX + 1];

	if (!context->event->thread)
		return value_absent();
	return value_copied(context, context_cwd(context, buffer));
}

/* ---- the executable file ---- */

BOOLEAN_FIELD(PROC_IS_EXE_WRITABLE, thread->exe_is_writable)
BOOLEAN_FIELD(PROC_IS_EXE_UPPER_LAYER, thread->exe_is_upper_layer)
BOOLEAN_FIELD(PROC_IS_EXE_LOWER_LAYER, thread->exe_is_lower_layer)
BOOLEAN_FIELD(PROC_IS_EXE_FROM_MEMFD, thread->exe_is_from_memfd)
OPTIONAL_FIELD(PROC_EXE_INO, TYPE_INT64, thread->exe_inode, 0)
OPTIONAL_FIELD(PROC_EXE_INO_CTIME, TYPE_ABSTIME, thread->exe_ctime_ns, 0)
OPTIONAL_FIELD(PROC_EXE_INO_MTIME, TYPE_ABSTIME, thread->exe_mtime_ns, 0)
OPTIONAL_FIELD(PROC_EXE_INO_CTIME_DURATION_PROC_START, TYPE_ABSTIME, thread->exe_ctime_to_clone_ns, 0)
OPTIONAL_FIELD(PROC_EXE_INO_CTIME_DURATION_PIDNS_START, TYPE_ABSTIME, thread->pidns_start_to_exe_ctime_ns, 0)

/* ---- ids ---- */

NUMBER_FIELD(PROC_PID, TYPE_INT64, thread->pid)
OPTIONAL_FIELD(PROC_VPID, TYPE_INT64, thread->vpid, -1)
NUMBER_FIELD(PROC_SID, TYPE_INT64, thread->sid)
NUMBER_FIELD(PROC_VPGID, TYPE_INT64, thread->vpgid)
NUMBER_FIELD(PROC_PGID, TYPE_INT64, thread->pgid)
NUMBER_FIELD(PROC_TTY, TYPE_UINT32, thread->tty)
BOOLEAN_FIELD(PROC_IS_SID_LEADER, thread->sid == thread->vpid)
BOOLEAN_FIELD(PROC_IS_VPGID_LEADER, thread->vpgid == thread->vpid)
BOOLEAN_FIELD(PROC_IS_PGID_LEADER, thread->pgid == thread->pid)
BOOLEAN_FIELD(THREAD_ISMAIN, thread_is_leader(thread))
OPTIONAL_FIELD(THREAD_VTID, TYPE_INT64, thread->vtid, -1)

struct value field_THREAD_TID(struct field_context *context)
{
	return value_of_number(TYPE_INT64, (uint64_t)context->event->thread_id);
}

struct value field_THREAD_NAMETID(struct field_context *context)
{
	if (!context->event->thread)
		return value_absent();
	buffer_append_text(context->work, context_program(context).comm);
	buffer_append_signed(context->work, context->event->thread_id);
	return value_built(context);
}

/* ---- times ---- */

OPTIONAL_FIELD(PROC_PID_TS, TYPE_RELTIME, thread->clone_time_ns, 0)
THREAD_FIELD(PROC_DURATION, thread->clone_time_ns == 0
				    ? value_absent()
				    : value_of_number(TYPE_RELTIME, context->event->timestamp_ns - thread->clone_time_ns))
OPTIONAL_FIELD(PROC_PIDNS_INIT_START_TS, TYPE_UINT64, thread->pidns_init_start_ns, 0)

/* ---- credentials ---- */

static struct value capability_names(struct field_context *context, uint64_t mask)
{
	const struct flag_info *rows;
	size_t count;

	rows = flag_table_rows(FLAG_TABLE_capabilities, &count);
	for (size_t i = 0; i < count; i++) {
		if ((mask & rows[i].value) == 0)
			continue;
		if (context->work->length > 0)
			buffer_append_byte(context->work, ' ');
		buffer_append_string(context->work, rows[i].name);
	}
	return value_built(context);
}

THREAD_FIELD(THREAD_CAP_INHERITABLE, capability_names(context, context_capabilities(context).inheritable))
THREAD_FIELD(THREAD_CAP_PERMITTED, capability_names(context, context_capabilities(context).permitted))
THREAD_FIELD(THREAD_CAP_EFFECTIVE, capability_names(context, context_capabilities(context).effective))

/* ---- resources ---- */

NUMBER_FIELD(PROC_FDOPENCOUNT, TYPE_UINT64, descriptor_table_count(thread_leader_descriptors(thread)))
NUMBER_FIELD(PROC_FDLIMIT, TYPE_INT64, thread_leader_fd_limit(thread))

struct value field_PROC_FDUSAGE(struct field_context *context)
{
	const struct thread *thread = context->event->thread;
	double percent = 0;
	int64_t limit;
	size_t count;

	if (!thread)
		return value_absent();
	limit = thread_leader_fd_limit(thread);
	count = descriptor_table_count(thread_leader_descriptors(thread));
	/* The limit can be lowered below what is open. */
	if (limit > 0)
		percent = count < (uint64_t)limit ? (double)count * 100 / (double)limit : 100;
	return (struct value){.state = VALUE_PRESENT, .type = TYPE_DOUBLE, .real = percent};
}

NUMBER_FIELD(PROC_VMSIZE, TYPE_UINT64, thread->vm_size_kb)
NUMBER_FIELD(PROC_VMRSS, TYPE_UINT64, thread->vm_rss_kb)
NUMBER_FIELD(PROC_VMSWAP, TYPE_UINT64, thread->vm_swap_kb)
/* Memory belongs to the process: shown once, at its main thread. */
#define OF_LEADER(kilobytes) (thread_is_leader(thread) ? (uint64_t)(kilobytes) : 0)
NUMBER_FIELD(THREAD_VMSIZE, TYPE_UINT64, OF_LEADER(thread->vm_size_kb))
NUMBER_FIELD(THREAD_VMRSS, TYPE_UINT64, OF_LEADER(thread->vm_rss_kb))
NUMBER_FIELD(THREAD_VMSIZE_B, TYPE_UINT64, OF_LEADER(thread->vm_size_kb) * 1024)
NUMBER_FIELD(THREAD_VMRSS_B, TYPE_UINT64, OF_LEADER(thread->vm_rss_kb) * 1024)
NUMBER_FIELD(THREAD_PFMAJOR, TYPE_UINT64, thread->page_faults_major)
NUMBER_FIELD(THREAD_PFMINOR, TYPE_UINT64, thread->page_faults_minor)
NUMBER_FIELD(PROC_NTHREADS, TYPE_UINT64, thread_live_threads(thread))
NUMBER_FIELD(PROC_NCHILDS, TYPE_UINT64, thread_live_children(thread))

/* ---- cgroups ---- */

struct value field_THREAD_CGROUPS(struct field_context *context)
{
	struct text cgroups = context->event->thread ? thread_cgroups(context->event->thread) : TEXT_EMPTY;

	if (cgroups.length == 0)
		return value_absent();
	strings_join(context->work, cgroups);
	return value_built(context);
}

struct value field_THREAD_CGROUP(struct field_context *context)
{
	struct text path;

	if (!context->event->thread || !thread_cgroup(context->event->thread, context->request->argument, &path))
		return value_absent();
	return value_string(path);
}

/* ---- standard streams ---- */

static struct value stream_type(const struct field_context *context, int64_t number)
{
	const struct thread *thread = context->event->thread;
	const struct descriptor *descriptor = thread ? thread_descriptor(thread, number) : NULL;

	if (!descriptor)
		return value_absent();
	return value_of_string(descriptor_type_name((enum descriptor_kind)descriptor->kind));
}

static struct value stream_name(const struct field_context *context, int64_t number)
{
	const struct thread *thread = context->event->thread;
	const struct descriptor *descriptor = thread ? thread_descriptor(thread, number) : NULL;

	return descriptor ? value_string(descriptor_name(descriptor)) : value_absent();
}

#define STREAM_FIELDS(constant, number)                                                                                \
	struct value field_PROC_##constant##_TYPE(struct field_context *context)                                       \
	{                                                                                                              \
		return stream_type(context, number);                                                                   \
	}                                                                                                              \
                                                                                                                       \
	struct value field_PROC_##constant##_NAME(struct field_context *context)                                       \
	{                                                                                                              \
		return stream_name(context, number);                                                                   \
	}

STREAM_FIELDS(STDIN, 0)
STREAM_FIELDS(STDOUT, 1)
STREAM_FIELDS(STDERR, 2)
