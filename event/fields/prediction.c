#include "event/fields/prediction.h"

#include <string.h>

static bool is_enter(const struct field_context *context)
{
	return context->event->stage == STAGE_ENTER;
}

/* True at the stage of entry when the event's success changes what hangs on `binding`. */
static bool will_change(const struct field_context *context, enum binding binding)
{
	return is_enter(context) && (context_event_info(context)->rebinds & (uint32_t)binding) != 0;
}

/* ---- descriptors ---- */

/* NULL: it cannot be told. */
static const struct descriptor *predicted_descriptor(struct field_context *context)
{
	if (!context->has_prediction) {
		context->has_prediction = true;
		context->predicted_number = -1;
		context->prediction =
			state_predict_descriptor(context->state, context->event, &context->predicted_number);
	}
	if (context->prediction)
		context->is_predicted = true;
	else
		context->is_unknown = true;
	return context->prediction;
}

const struct descriptor *context_descriptor(struct field_context *context)
{
	return will_change(context, BINDING_DESCRIPTOR) ? predicted_descriptor(context) : context->event->descriptor;
}

int64_t context_descriptor_number(struct field_context *context)
{
	if (!will_change(context, BINDING_DESCRIPTOR_NUMBER))
		return context->event->descriptor_number;
	if (!predicted_descriptor(context) || context->predicted_number < 0)
		context->is_unknown = true;
	return context->predicted_number;
}

/* ---- ids ---- */

/* The parameter with the effective id after success; -1: the event sets none. */
static int uid_parameter(unsigned event_type)
{
	switch (event_type) {
	case EVENT_SYSCALL_SETUID_X:
		return PARAMETER_INDEX(SYSCALL_SETUID_X, uid);
	case EVENT_SYSCALL_SETREUID_X:
		return PARAMETER_INDEX(SYSCALL_SETREUID_X, euid);
	case EVENT_SYSCALL_SETRESUID_X:
		return PARAMETER_INDEX(SYSCALL_SETRESUID_X, euid);
	default:
		return -1;
	}
}

static int gid_parameter(unsigned event_type)
{
	switch (event_type) {
	case EVENT_SYSCALL_SETGID_X:
		return PARAMETER_INDEX(SYSCALL_SETGID_X, gid);
	case EVENT_SYSCALL_SETREGID_X:
		return PARAMETER_INDEX(SYSCALL_SETREGID_X, egid);
	case EVENT_SYSCALL_SETRESGID_X:
		return PARAMETER_INDEX(SYSCALL_SETRESGID_X, egid);
	default:
		return -1;
	}
}

static uint32_t id_after(struct field_context *context, enum binding binding, int parameter, uint32_t id_before)
{
	if (!will_change(context, binding))
		return id_before;
	if (parameter < 0) {
		context->is_unknown = true;
		return id_before;
	}
	context->is_predicted = true;
	return (uint32_t)context_unsigned(context, (unsigned)parameter, id_before);
}

uint32_t context_uid(struct field_context *context)
{
	return id_after(context, BINDING_USER_ID, uid_parameter(context->event->type), context->event->thread->uid);
}

uint32_t context_gid(struct field_context *context)
{
	return id_after(context, BINDING_GROUP_ID, gid_parameter(context->event->type), context->event->thread->gid);
}

/* ---- capabilities ---- */

struct capabilities context_capabilities(struct field_context *context)
{
	const struct thread *thread = context->event->thread;
	struct capabilities now = {thread->cap_inheritable, thread->cap_permitted, thread->cap_effective};

	if (!will_change(context, BINDING_CAPABILITIES))
		return now;
	if (context->event->type != EVENT_SYSCALL_CAPSET_X) {
		context->is_unknown = true;
		return now;
	}
	context->is_predicted = true;
	now.inheritable = context_unsigned(context, PARAMETER_INDEX(SYSCALL_CAPSET_X, cap_inheritable), now.inheritable);
	now.permitted = context_unsigned(context, PARAMETER_INDEX(SYSCALL_CAPSET_X, cap_permitted), now.permitted);
	now.effective = context_unsigned(context, PARAMETER_INDEX(SYSCALL_CAPSET_X, cap_effective), now.effective);
	return now;
}

/* ---- working directory ---- */

static struct text as_directory(struct text path, char buffer[PATH_BYTES_MAX + 1])
{
	if (path.length > PATH_BYTES_MAX)
		path.length = PATH_BYTES_MAX;
	if (path.bytes != buffer)
		memmove(buffer, path.bytes, path.length);
	if (path.length == 0 || buffer[path.length - 1] != '/')
		buffer[path.length++] = '/';
	return text_of(buffer, path.length);
}

struct text context_cwd(struct field_context *context, char buffer[PATH_BYTES_MAX + 1])
{
	const struct thread *thread = context->event->thread;
	struct text path;

	if (!will_change(context, BINDING_CWD))
		return thread_cwd(thread);
	context->is_predicted = true;
	switch (context->event->type) {
	case EVENT_SYSCALL_CHDIR_X:
		path = context_text(context, PARAMETER_INDEX(SYSCALL_CHDIR_X, path));
		return as_directory(path_join(thread_cwd(thread), path, buffer), buffer);
	case EVENT_SYSCALL_FCHDIR_X:
		if (context->event->descriptor)
			return as_directory(descriptor_name(context->event->descriptor), buffer);
		break;
	default:
		break;
	}
	context->is_unknown = true;
	return thread_cwd(thread);
}

/* ---- program ---- */

static struct text parameter_bytes(struct field_context *context, unsigned index)
{
	const struct event_parameter *parameter = context_parameter(context, index);

	return parameter ? text_of((const char *)parameter->bytes, parameter->length) : TEXT_EMPTY;
}

struct program context_program(struct field_context *context)
{
	const struct thread *thread = context->event->thread;
	struct program program;

	if (!will_change(context, BINDING_IMAGE))
		return (struct program){.comm = thread_comm(thread),
					.exe = thread_exe(thread),
					.arguments = thread_arguments(thread),
					.environment = thread_environment(thread)};
	context->is_predicted = true;
	program.is_new = true;
	switch (context->event->type) {
	case EVENT_SYSCALL_EXECVE_19_X:
		program.comm = context_text(context, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, comm));
		program.exe = context_text(context, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, exe));
		program.arguments = parameter_bytes(context, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, args));
		program.environment = parameter_bytes(context, PARAMETER_INDEX(SYSCALL_EXECVE_19_X, env));
		return program;
	case EVENT_SYSCALL_EXECVEAT_X:
		program.comm = context_text(context, PARAMETER_INDEX(SYSCALL_EXECVEAT_X, comm));
		program.exe = context_text(context, PARAMETER_INDEX(SYSCALL_EXECVEAT_X, exe));
		program.arguments = parameter_bytes(context, PARAMETER_INDEX(SYSCALL_EXECVEAT_X, args));
		program.environment = parameter_bytes(context, PARAMETER_INDEX(SYSCALL_EXECVEAT_X, env));
		return program;
	default:
		context->is_unknown = true;
		return (struct program){.comm = TEXT_EMPTY, .exe = TEXT_EMPTY, .arguments = TEXT_EMPTY, .environment = TEXT_EMPTY};
	}
}
