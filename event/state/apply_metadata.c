/* Users, groups and containers: events that belong to no thread (event-model reference, sections 13 and 14). */
#include <errno.h>

#include "event/state/apply.h"

#define UNSIGNED(constant, name)                                                                                       \
	((uint32_t)event_parameter_unsigned(event, PARAMETER_INDEX(constant, name), THREAD_ID_NONE))
#define TEXT_OF(constant, name) (event_parameter_text(event, PARAMETER_INDEX(constant, name)))

static void count_user_error(struct state *state, int error)
{
	if (error == -ENOSPC)
		state->counters.users_dropped++;
	else if (error)
		state->counters.allocation_failures++;
}

void apply_user_added(struct application *application)
{
	struct event *event = application->event;

	count_user_error(application->state,
			 user_table_add(application->state->users, TEXT_OF(USER_ADDED_E, container_id),
					UNSIGNED(USER_ADDED_E, uid), UNSIGNED(USER_ADDED_E, gid),
					TEXT_OF(USER_ADDED_E, name), TEXT_OF(USER_ADDED_E, home),
					TEXT_OF(USER_ADDED_E, shell)));
}

void apply_user_deleted(struct application *application)
{
	struct event *event = application->event;

	user_table_remove(application->state->users, TEXT_OF(USER_DELETED_E, container_id), UNSIGNED(USER_DELETED_E, uid));
}

void apply_group_added(struct application *application)
{
	struct event *event = application->event;

	count_user_error(application->state,
			 user_table_add_group(application->state->users, TEXT_OF(GROUP_ADDED_E, container_id),
					      UNSIGNED(GROUP_ADDED_E, gid), TEXT_OF(GROUP_ADDED_E, name)));
}

void apply_group_deleted(struct application *application)
{
	struct event *event = application->event;

	user_table_remove_group(application->state->users, TEXT_OF(GROUP_DELETED_E, container_id),
				UNSIGNED(GROUP_DELETED_E, gid));
}

/* In the event itself container.* speak of that container. */
static const struct container *add_container(struct state *state, struct text json)
{
	const struct container *container;
	int error = container_table_add_json(state->containers, json, &container);

	if (error == -ENOSPC)
		state->counters.containers_dropped++;
	else if (error == -ENOMEM)
		state->counters.allocation_failures++;
	else if (error)
		state->counters.malformed_parameters++;
	if (error)
		return NULL;
	state->private->event_container = container;
	return container;
}

void apply_container(struct application *application)
{
	struct event *event = application->event;

	add_container(application->state, TEXT_OF(CONTAINER_JSON_2_E, json));
}

void apply_async(struct application *application)
{
	struct event *event = application->event;
	struct state *state = application->state;
	struct text name = TEXT_OF(ASYNCEVENT_E, name);
	const struct container *container;

	if (text_equal(name, TEXT("container"))) {
		add_container(state, TEXT_OF(ASYNCEVENT_E, data));
	} else if (text_equal(name, TEXT("container_removed"))) {
		container = add_container(state, TEXT_OF(ASYNCEVENT_E, data));
		if (container)
			state_set_text(state, &state->private->removed_container_id, container->id);
	}
}
