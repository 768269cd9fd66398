#include "event/state/state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/bytes.h"
#include "event/state/apply.h"
#include "event/state/snapshot.h"

#define THREADS_DEFAULT 262144
#define DESCRIPTORS_DEFAULT 65536
#define CONTAINERS_DEFAULT 4096
#define USERS_DEFAULT 65536

/* ---- what an event does: apply.def as a table ---- */

enum thread_mode { THREAD_MADE, THREAD_EXISTING, THREAD_OPTIONAL, THREAD_NONE };

struct effect {
	apply_function *apply;	   /* NULL: nothing */
	predict_function *predict; /* NULL: nothing */
	uint8_t thread_mode;	   /* enum thread_mode */
	uint8_t descriptor;	   /* index of the parameter plus 1; 0: none */
};

static const struct effect effects[EVENT_ID_COUNT] = {
#define THREAD(event, mode) [EVENT_##event].thread_mode = THREAD_##mode,
#define DESCRIPTOR(event, parameter) [EVENT_##event].descriptor = PARAMETER_INDEX(event, parameter) + 1,
#define APPLY(event, function) [EVENT_##event].apply = apply_##function,
#define PREDICT(event, function) [EVENT_##event].predict = predict_##function,
#include "event/state/apply.def"
#undef THREAD
#undef DESCRIPTOR
#undef APPLY
#undef PREDICT
};

/* ---- life ---- */

struct state *state_new(const struct state_limits *limits, const struct state_lookup *lookup)
{
	struct state *state = calloc(1, sizeof *state);
	struct state_limits *own;

	if (!state)
		return NULL;
	state->private = calloc(1, sizeof *state->private);
	if (!state->private)
		return state_free(state);
	own = &state->private->limits;
	if (limits)
		*own = *limits;
	own->threads = own->threads ? own->threads : THREADS_DEFAULT;
	own->descriptors_per_process = own->descriptors_per_process ? own->descriptors_per_process : DESCRIPTORS_DEFAULT;
	own->containers = own->containers ? own->containers : CONTAINERS_DEFAULT;
	own->users = own->users ? own->users : USERS_DEFAULT;
	state->private->lookup = lookup;
	/* A weak seed only makes descriptor tables slower for who knows it. */
	if (getrandom(&state->private->seed, sizeof state->private->seed, GRND_NONBLOCK) < 0)
		state->private->seed = UINT64_C(0x9e3779b97f4a7c15);
	state->threads = thread_table_new(own->threads);
	state->users = user_table_new(own->users);
	state->containers = container_table_new(own->containers);
	return state->threads && state->users && state->containers ? state : state_free(state);
}

static void forget_private(struct state_private *private)
{
	shared_text_release(&private->removed_container_id);
	descriptor_release(private->prediction);
	private->prediction = NULL;
	private->event_container = NULL;
	private->has_closed = private->has_ended = private->lists_are_new = false;
	memset(private->recent_exits, 0, sizeof private->recent_exits);
	memset(private->server_ports, 0, sizeof private->server_ports);
}

struct state *state_free(struct state *state)
{
	if (!state)
		return NULL;
	thread_table_free(state->threads);
	user_table_free(state->users);
	container_table_free(state->containers);
	interface_list_release(&state->interfaces);
	if (state->private) {
		forget_private(state->private);
		shared_text_release(&state->private->fixed_container_id);
	}
	free(state->private);
	free(state);
	return NULL;
}

void state_reset(struct state *state)
{
	thread_table_clear(state->threads);
	user_table_clear(state->users);
	container_table_clear(state->containers);
	interface_list_release(&state->interfaces);
	memset(&state->machine, 0, sizeof state->machine);
	forget_private(state->private);
	shared_text_release(&state->private->fixed_container_id);
	state->private->container_is_fixed = false;
}

void state_set_observer(struct state *state, struct state_observer *observer)
{
	state->private->observer = observer;
}

int state_fix_container(struct state *state, struct text id)
{
	int error = shared_text_set(&state->private->fixed_container_id, id);

	if (!error)
		state->private->container_is_fixed = true;
	return error;
}

bool state_container_is_fixed(const struct state *state, struct text *ret_id)
{
	*ret_id = shared_text_get(state->private->fixed_container_id);
	return state->private->container_is_fixed;
}

/* ---- small things that the apply_*.c share ---- */

void state_count_error(struct state *state, int error)
{
	if (error == -ENOSPC)
		state->counters.descriptors_dropped++;
	else if (error)
		state->counters.allocation_failures++;
}

void state_set_text(struct state *state, struct shared_text **slot, struct text t)
{
	if (shared_text_set(slot, text_slice(t, 0, STATE_TEXT_BYTES_MAX)))
		state->counters.allocation_failures++;
}

struct text state_cwd_text(struct text base, struct text path, char buffer[static CWD_BYTES_MAX])
{
	char joined[PATH_BYTES_MAX];
	struct text cwd = path_join(base, path, joined);

	if (cwd.length > 0)
		memcpy(buffer, cwd.bytes, cwd.length);
	if (text_ends_with(cwd, TEXT("/")))
		return text_of(buffer, cwd.length);
	buffer[cwd.length] = '/';
	return text_of(buffer, cwd.length + 1);
}

void state_set_cwd(struct state *state, struct thread *owner, struct text base, struct text path)
{
	char buffer[CWD_BYTES_MAX];

	state_set_text(state, &owner->own_cwd, state_cwd_text(base, path, buffer));
}

void state_set_cgroups(struct state *state, struct thread *thread, struct text cgroups)
{
	struct shared_text *before = thread->cgroups;
	int error = thread_set_cgroups(thread, cgroups);

	if (error == -ENOMEM)
		state->counters.allocation_failures++;
	else if (error)
		state->counters.malformed_parameters++;
	/* The same text is the same object. */
	if (thread->cgroups != before && !state->private->container_is_fixed)
		state_set_text(state, &thread->container_id, container_id_from_cgroups(thread_cgroups(thread)));
}

struct thread *state_new_thread(struct state *state, int64_t tid)
{
	struct thread *thread = thread_new(tid);

	if (thread)
		shared_text_assign(&thread->container_id, state->private->fixed_container_id);
	else
		state->counters.allocation_failures++;
	return thread;
}

int state_add_thread(struct state *state, struct thread *thread)
{
	int error = thread_table_add(state->threads, thread);

	if (error == -ENOSPC)
		state->counters.threads_dropped++;
	else if (error)
		state->counters.allocation_failures++;
	else
		state->counters.threads_added++;
	return error;
}

/* ---- one event ---- */

static void clean_up(struct state *state)
{
	struct state_private *private = state->private;
	struct descriptor_table **slot;
	struct thread *thread;

	private->event_container = NULL;
	if (private->has_closed) {
		private->has_closed = false;
		thread = thread_find(state->threads, private->closed_tid);
		slot = thread ? thread_descriptor_slot(thread) : NULL;
		if (slot)
			state_count_error(state, descriptor_table_remove(slot, private->closed_number));
	}
	if (private->has_ended) {
		private->has_ended = false;
		thread = thread_find(state->threads, private->ended_tid);
		if (thread) {
			thread_table_remove(state->threads, thread);
			state->counters.threads_removed++;
		}
	}
	if (private->removed_container_id) {
		container_table_remove(state->containers, shared_text_get(private->removed_container_id));
		shared_text_release(&private->removed_container_id);
	}
}

/* Groups and parents of listed processes, and the direction of their sockets. */
static void connect_lists(struct state *state)
{
	struct thread *thread;
	size_t position = 0;

	state->private->lists_are_new = false;
	if (thread_table_connect_all(state->threads))
		state->counters.allocation_failures++;
	while (thread_next(state->threads, &position, &thread)) {
		const struct descriptor *found;
		size_t at = 0;
		int64_t number;

		while (descriptor_table_next(thread->own_descriptors, &at, &number, &found)) {
			struct descriptor *descriptor;

			if (found->kind != DESCRIPTOR_IPV4 || found->role != ROLE_NONE)
				continue;
			/* Lists fill tables that nobody shares yet, so they are not copied under the iteration. */
			descriptor = descriptor_table_edit(&thread->own_descriptors, number);
			if (descriptor)
				state_direct_socket(state, descriptor);
		}
	}
}

void state_settle(struct state *state)
{
	clean_up(state);
	if (state->private->lists_are_new)
		connect_lists(state);
}

static void find_thread_and_descriptor(struct state *state, struct event *event, const struct effect *effect)
{
	event->thread = NULL;
	event->descriptor = NULL;
	event->descriptor_number = -1;
	event->descriptor_name_changed = false;
	event->changes_state = false;
	if (effect->thread_mode == THREAD_MADE)
		event->thread = event->thread_id < 0 ? NULL : state_make_thread(state, event->thread_id);
	else if (effect->thread_mode != THREAD_NONE)
		event->thread = thread_find(state->threads, event->thread_id);
	if (!effect->descriptor)
		return;
	event->descriptor_number = event_parameter_signed(event, effect->descriptor - 1u, -1);
	if (event->thread)
		event->descriptor = state_find_descriptor(state, event->thread, event->descriptor_number);
}

/* What the call returned: the first parameter of every event that is applied by its result. */
static int64_t result_of(struct event *event)
{
	const struct event_parameter *result = event_parameter(event, 0);

	return result->state == PARAMETER_PRESENT && result->length == sizeof(int64_t) ? (int64_t)load_u64(result->bytes) :
										       INT64_MIN;
}

void state_apply(struct state *state, struct event *event)
{
	const struct effect *effect = &effects[event->type < EVENT_ID_COUNT ? event->type : 0];
	struct application application = {.state = state, .event = event, .result = INT64_MIN};

	state_settle(state);
	find_thread_and_descriptor(state, event, effect);
	if (event->stage == STAGE_ENTER)
		return;
	application.thread = event->thread;
	if (effect->apply && (event->thread || effect->thread_mode >= THREAD_OPTIONAL)) {
		application.result = result_of(event);
		event->changes_state = true;
		effect->apply(&application);
	}
	if (application.thread && application.thread->pending_enter && application.thread->pending_enter->type != 0 &&
	    effect->apply != apply_enter) {
		application.thread->pending_enter->type = 0;
		event->changes_state = true;
	}
}

/* Anonymous files of all kinds share one inode; an entry without one cannot be recognised, unless it is a socket. */
static bool is_still_there(const struct descriptor *descriptor, const struct descriptor_identity *identity)
{
	if (identity->is_socket != descriptor_is_socket(descriptor) || identity->inode == 0)
		return false;
	if (identity->is_socket)
		return descriptor->inode == 0 || descriptor->inode == identity->inode;
	switch (descriptor->kind) {
	case DESCRIPTOR_FILE:
	case DESCRIPTOR_DIRECTORY:
	case DESCRIPTOR_PIPE:
	case DESCRIPTOR_MEMFD:
		return descriptor->inode == identity->inode &&
		       (descriptor->device == 0 || descriptor->device == identity->device);
	default:
		return false;
	}
}

void state_check_descriptor(struct state *state, int64_t tid, int64_t number, const struct descriptor_identity *identity)
{
	struct thread *thread;
	struct descriptor_table **slot;
	const struct descriptor *found;
	struct descriptor *edited;

	/* What the last event closed must not take away what is found now. */
	clean_up(state);
	thread = state_make_thread(state, tid);
	slot = thread ? thread_descriptor_slot(thread) : NULL;
	if (!slot)
		return;
	found = thread_descriptor(thread, number);
	if (found && is_still_there(found, identity)) {
		edited = found->inode == 0 ? descriptor_table_edit(slot, number) : NULL;
		if (edited)
			edited->inode = identity->inode;
		return;
	}
	if (found)
		state_count_error(state, descriptor_table_remove(slot, number));
	state_find_descriptor(state, thread, number);
}

const struct descriptor *state_predict_descriptor(struct state *state, struct event *event, int64_t *ret_number)
{
	const struct effect *effect = &effects[event->type < EVENT_ID_COUNT ? event->type : 0];
	struct application application = {.state = state, .event = event, .thread = event->thread, .result = INT64_MIN};

	*ret_number = -1;
	descriptor_release(state->private->prediction);
	state->private->prediction = NULL;
	if (!effect->predict || !event->thread)
		return NULL;
	state->private->prediction = effect->predict(&application);
	if (event->type == EVENT_SYSCALL_DUP2_X)
		*ret_number = event_parameter_signed(event, PARAMETER_INDEX(SYSCALL_DUP2_X, newfd), -1);
	else if (event->type == EVENT_SYSCALL_DUP3_X)
		*ret_number = event_parameter_signed(event, PARAMETER_INDEX(SYSCALL_DUP3_X, newfd), -1);
	else if (effect->descriptor && effect->apply != apply_dup && effect->apply != apply_fcntl)
		*ret_number = event->descriptor_number;
	return state->private->prediction;
}

void application_put(struct application *application, int64_t number, struct descriptor *descriptor)
{
	struct event *event = application->event;

	event->descriptor_number = number;
	event->descriptor = NULL;
	if (!descriptor) {
		application->state->counters.allocation_failures++;
		return;
	}
	event->descriptor_name_changed = descriptor_name(descriptor).length > 0;
	event->descriptor = state_put_descriptor(application->state, application->thread, number, descriptor);
}

struct descriptor *application_edit(struct application *application)
{
	struct descriptor_table **slot;
	struct descriptor *descriptor;

	if (!application->event->descriptor)
		return NULL;
	slot = thread_descriptor_slot(application->thread);
	descriptor = slot ? descriptor_table_edit(slot, application->event->descriptor_number) : NULL;
	if (descriptor)
		application->event->descriptor = descriptor;
	else
		application->state->counters.allocation_failures++;
	return descriptor;
}

void application_rename(struct application *application, struct descriptor *descriptor, struct text name)
{
	if (text_equal(descriptor_name(descriptor), name))
		return;
	application->event->descriptor_name_changed = true;
	state_set_text(application->state, &descriptor->name, name);
}
