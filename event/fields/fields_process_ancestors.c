/*
 * Parents and ancestors of the process, and the leaders of its session and group.
 *
 * Fields over all ancestors come in three forms: with an index, as a list for comparisons (SLOT_FLAG_EACH: parent first,
 * the process itself not among them), and as the text that prints.
 */
#include "event/fields/prediction.h"

#include "event/fields/process_text.h"

/* Broken or hostile tables aside no chain comes near; the walk itself ends at loops. */
#define ANCESTORS_MAX 4096
/* How far up proc.aenv[NAME] looks. */
#define ENVIRONMENT_ANCESTORS_MAX 20

/* What a field shows of one process. */
typedef struct value ancestor_attribute(struct field_context *context, struct thread *process);

static struct value attribute_comm(struct field_context *context, struct thread *process)
{
	(void)context;
	return value_string(thread_comm(process));
}

static struct value attribute_exe(struct field_context *context, struct thread *process)
{
	(void)context;
	return value_string(thread_exe(process));
}

static struct value attribute_exepath(struct field_context *context, struct thread *process)
{
	(void)context;
	return value_string(thread_exepath(process));
}

static struct value attribute_cmdline(struct field_context *context, struct thread *process)
{
	(void)context;
	return value_string(thread_cmdline(process));
}

static struct value attribute_pid(struct field_context *context, struct thread *process)
{
	(void)context;
	return value_of_number(TYPE_INT64, (uint64_t)process->pid);
}

static struct value joined(struct field_context *context, struct text strings)
{
	buffer_clear(context->work);
	strings_join(context->work, strings);
	return value_built(context);
}

static struct value attribute_arguments(struct field_context *context, struct thread *process)
{
	return joined(context, thread_arguments(process));
}

static struct value attribute_environment(struct field_context *context, struct thread *process)
{
	return joined(context, thread_environment(process));
}

/* ---- one ancestor ---- */

/* 0: the process itself. */
static struct value of_ancestor(struct field_context *context, int64_t distance, ancestor_attribute *attribute)
{
	struct thread *process;

	if (!context->event->thread || distance < 0)
		return value_absent();
	process = thread_ancestor(context->event->thread, (uint64_t)distance);
	return process ? attribute(context, process) : value_absent();
}

/* ---- all of them ---- */

static struct value of_each_ancestor(struct field_context *context, enum value_type type, ancestor_attribute *attribute)
{
	struct ancestor_walk walk;
	struct value *elements;
	struct thread *process;
	size_t count = 0, filled = 0;

	if (!context->event->thread)
		return value_absent();
	walk = ancestor_walk_of(context->event->thread);
	while (count < ANCESTORS_MAX && ancestor_walk_next(&walk))
		count++;
	if (count == 0)
		return value_absent();
	elements = value_elements(context, count);
	if (!elements)
		return value_absent();
	walk = ancestor_walk_of(context->event->thread);
	while (filled < count && (process = ancestor_walk_next(&walk)) != NULL) {
		struct value value = attribute(context, process);

		if (value.state == VALUE_PRESENT)
			elements[filled++] = value_bounded(context, value_without_nul(value));
	}
	return value_list(type, elements, filled);
}

/* Parent first, joined by blanks; no blank while the text is still empty, no value when it stays so. */
static struct value of_ancestors_as_text(struct field_context *context, ancestor_attribute *attribute)
{
	struct buffer *text = context->whole;
	struct ancestor_walk walk;
	struct thread *process;
	struct value value;

	if (!context->event->thread)
		return value_absent();
	buffer_clear(text);
	walk = ancestor_walk_of(context->event->thread);
	for (unsigned i = 0; i < ANCESTORS_MAX && (process = ancestor_walk_next(&walk)) != NULL; i++) {
		value = attribute(context, process);
		if (text->length > 0)
			buffer_append_byte(text, ' ');
		if (value.state == VALUE_PRESENT)
			buffer_append(text, value.bytes, value.length);
	}
	if (text->failed)
		context->counters.memory_failures++;
	return text->length > 0 && !text->failed ? value_copied(context, buffer_text(text)) : value_absent();
}

static struct value ancestor_text(struct field_context *context, ancestor_attribute *attribute)
{
	if (context->request->has_argument)
		return of_ancestor(context, context->request->argument_number, attribute);
	if (context->request->flags & SLOT_FLAG_EACH)
		return of_each_ancestor(context, TYPE_CHARBUF, attribute);
	return of_ancestors_as_text(context, attribute);
}

struct value field_PROC_ANAME(struct field_context *context)
{
	return ancestor_text(context, attribute_comm);
}

struct value field_PROC_AEXE(struct field_context *context)
{
	return ancestor_text(context, attribute_exe);
}

struct value field_PROC_AEXEPATH(struct field_context *context)
{
	return ancestor_text(context, attribute_exepath);
}

struct value field_PROC_ACMDLINE(struct field_context *context)
{
	return ancestor_text(context, attribute_cmdline);
}

/* Not special in comparisons: one text. */
struct value field_PROC_AARGS(struct field_context *context)
{
	if (context->request->has_argument)
		return of_ancestor(context, context->request->argument_number, attribute_arguments);
	return of_ancestors_as_text(context, attribute_arguments);
}

struct value field_PROC_APID(struct field_context *context)
{
	if (context->request->has_argument)
		return of_ancestor(context, context->request->argument_number, attribute_pid);
	if (context->request->flags & SLOT_FLAG_EACH)
		return of_each_ancestor(context, TYPE_INT64, attribute_pid);
	return of_ancestor(context, 0, attribute_pid);
}

/* The nearest ancestor where the variable is not empty. */
static struct value ancestor_variable(struct field_context *context, struct text name)
{
	struct ancestor_walk walk;
	struct thread *process;
	struct text value;

	if (!context->event->thread)
		return value_absent();
	walk = ancestor_walk_of(context->event->thread);
	for (unsigned i = 0; i < ENVIRONMENT_ANCESTORS_MAX && (process = ancestor_walk_next(&walk)) != NULL; i++) {
		value = environment_value(thread_environment(process), name);
		if (value.length > 0)
			return value_string(value);
	}
	return value_string(TEXT_EMPTY);
}

struct value field_PROC_AENV(struct field_context *context)
{
	const struct field_request *request = context->request;

	if (request->has_argument && request->argument_is_number)
		return of_ancestor(context, request->argument_number, attribute_environment);
	if (request->has_argument)
		return ancestor_variable(context, request->argument);
	if (request->flags & SLOT_FLAG_EACH)
		return of_each_ancestor(context, TYPE_CHARBUF, attribute_environment);
	return context->event->thread ? attribute_environment(context, context->event->thread) : value_absent();
}

/* ---- the parent ---- */

static struct value of_parent(struct field_context *context, ancestor_attribute *attribute)
{
	struct thread *parent = NULL;

	if (context->event->thread)
		parent = thread_parent(context->event->thread);
	return parent ? attribute(context, parent) : value_absent();
}

static struct value attribute_vpid(struct field_context *context, struct thread *process)
{
	(void)context;
	return value_of_number(TYPE_INT64, (uint64_t)process->vpid);
}

#define PARENT_FIELD(constant, attribute)                                                                              \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return of_parent(context, attribute);                                                                  \
	}

PARENT_FIELD(PROC_PEXE, attribute_exe)
PARENT_FIELD(PROC_PEXEPATH, attribute_exepath)
PARENT_FIELD(PROC_PNAME, attribute_comm)
PARENT_FIELD(PROC_PCMDLINE, attribute_cmdline)
PARENT_FIELD(PROC_PPID, attribute_pid)
PARENT_FIELD(PROC_PVPID, attribute_vpid)

/* The thread that made this one, which need not be a leader. NULL: not in the table. */
static const struct thread *maker(const struct field_context *context)
{
	const struct thread *thread = context->event->thread;

	return thread ? thread_find(context->state->threads, thread->ptid) : NULL;
}

struct value field_PROC_PPID_TS(struct field_context *context)
{
	const struct thread *parent = maker(context);

	return parent ? value_of_number(TYPE_RELTIME, parent->clone_time_ns) : value_absent();
}

struct value field_PROC_PPID_DURATION(struct field_context *context)
{
	const struct thread *parent = maker(context);

	if (!parent)
		return value_absent();
	if (parent->clone_time_ns != 0)
		return value_of_number(TYPE_RELTIME, context->event->timestamp_ns - parent->clone_time_ns);
	/* Upstream falls into the case of the next field: the number of open descriptors of the process. */
	return value_of_number(TYPE_RELTIME, descriptor_table_count(thread_leader_descriptors(context->event->thread)));
}

/* ---- leaders ---- */

static struct value of_leader(struct field_context *context,
			      struct thread *(*find)(const struct thread_table *, const struct thread *),
			      struct text (*attribute)(const struct thread *))
{
	const struct thread *thread = context->event->thread, *leader;

	if (!thread)
		return value_absent();
	leader = find(context->state->threads, thread);
	return value_string(leader ? attribute(leader) : TEXT_EMPTY);
}

#define LEADER_FIELD(constant, find, attribute)                                                                        \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		return of_leader(context, find, attribute);                                                            \
	}

LEADER_FIELD(PROC_SNAME, thread_session_leader, thread_comm)
LEADER_FIELD(PROC_SID_EXE, thread_session_leader, thread_exe)
LEADER_FIELD(PROC_SID_EXEPATH, thread_session_leader, thread_exepath)
LEADER_FIELD(PROC_VPGID_NAME, thread_vpgid_leader, thread_comm)
LEADER_FIELD(PROC_VPGID_EXE, thread_vpgid_leader, thread_exe)
LEADER_FIELD(PROC_VPGID_EXEPATH, thread_vpgid_leader, thread_exepath)
LEADER_FIELD(PROC_PGID_NAME, thread_pgid_leader, thread_comm)
LEADER_FIELD(PROC_PGID_EXE, thread_pgid_leader, thread_exe)
LEADER_FIELD(PROC_PGID_EXEPATH, thread_pgid_leader, thread_exepath)

/* The oldest of the process and its ancestors whose name ends in "sh". */
struct value field_PROC_LOGINSHELLID(struct field_context *context)
{
	struct ancestor_walk walk;
	struct thread *process;
	struct value oldest = value_absent();

	if (!context->event->thread)
		return oldest;
	process = thread_ancestor(context->event->thread, 0);
	walk = ancestor_walk_of(context->event->thread);
	for (unsigned i = 0; i < ANCESTORS_MAX && process; i++, process = ancestor_walk_next(&walk))
		if (text_ends_with(thread_comm(process), TEXT("sh")))
			oldest = value_of_number(TYPE_INT64, (uint64_t)process->pid);
	return oldest;
}
