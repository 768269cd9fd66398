/* Ids of the thread and the names that its container, or the host, has for them: user.*, group.* */
#include "event/fields/prediction.h"

enum user_attribute { USER_ATTRIBUTE_NAME, USER_ATTRIBUTE_HOME, USER_ATTRIBUTE_SHELL };

/* What is shown for ids that no table has; 0 is root everywhere. */
static const char *default_text(enum user_attribute attribute, uint32_t id)
{
	if (id != 0 || attribute == USER_ATTRIBUTE_SHELL)
		return "<NA>";
	return attribute == USER_ATTRIBUTE_HOME ? "/root" : "root";
}

static struct value user_text(struct field_context *context, uint32_t uid, enum user_attribute attribute)
{
	const struct user *user = state_user(context->state, context->event->thread, uid);

	if (!user)
		return value_of_string(default_text(attribute, uid));
	switch (attribute) {
	case USER_ATTRIBUTE_HOME:
		return value_string(shared_text_get(user->home));
	case USER_ATTRIBUTE_SHELL:
		return value_string(shared_text_get(user->shell));
	default:
		return value_string(shared_text_get(user->name));
	}
}

struct value field_USER_UID(struct field_context *context)
{
	return context->event->thread ? value_of_number(TYPE_UINT32, context_uid(context)) : value_absent();
}

#define USER_FIELD(constant, attribute)                                                                                \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		if (!context->event->thread)                                                                           \
			return value_absent();                                                                         \
		return user_text(context, context_uid(context), attribute);                                            \
	}

USER_FIELD(USER_NAME, USER_ATTRIBUTE_NAME)
USER_FIELD(USER_HOMEDIR, USER_ATTRIBUTE_HOME)
USER_FIELD(USER_SHELL, USER_ATTRIBUTE_SHELL)

struct value field_USER_LOGINUID(struct field_context *context)
{
	const struct thread *thread = context->event->thread;

	if (!thread)
		return value_absent();
	return value_of_number(TYPE_INT64, thread->loginuid == THREAD_ID_NONE ? UINT64_MAX : thread->loginuid);
}

struct value field_USER_LOGINNAME(struct field_context *context)
{
	const struct thread *thread = context->event->thread;

	if (!thread)
		return value_absent();
	if (thread->loginuid == THREAD_ID_NONE)
		return value_of_string("<NA>");
	return user_text(context, thread->loginuid, USER_ATTRIBUTE_NAME);
}

struct value field_GROUP_GID(struct field_context *context)
{
	return context->event->thread ? value_of_number(TYPE_UINT32, context_gid(context)) : value_absent();
}

struct value field_GROUP_NAME(struct field_context *context)
{
	const struct group *group;
	uint32_t gid;

	if (!context->event->thread)
		return value_absent();
	gid = context_gid(context);
	group = state_group(context->state, context->event->thread, gid);
	return group ? value_string(shared_text_get(group->name))
		     : value_of_string(default_text(USER_ATTRIBUTE_NAME, gid));
}
