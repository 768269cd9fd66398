#include "event/state/snapshot.h"

#include <errno.h>
#include <stdlib.h>

#include "event/state/state_private.h"

/* ---- rows in order ---- */

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_threads(const void *a, const void *b)
{
	return compare_numbers((*(struct thread *const *)a)->tid, (*(struct thread *const *)b)->tid);
}

static int compare_users(const void *a, const void *b)
{
	const struct user_row *left = a, *right = b;
	int order = text_compare(left->container_id, right->container_id);

	if (order == 0)
		order = (left->user == NULL) - (right->user == NULL);
	return order ? order : compare_numbers(left->number, right->number);
}

static int compare_containers(const void *a, const void *b)
{
	return text_compare((*(const struct container *const *)a)->id, (*(const struct container *const *)b)->id);
}

static int compare_descriptors(const void *a, const void *b)
{
	return compare_numbers(((const struct snapshot_descriptor *)a)->number, ((const struct snapshot_descriptor *)b)->number);
}

static void fill(struct state *state, struct snapshot *snapshot)
{
	const struct container *container;
	struct user_row user;
	struct thread *thread;
	size_t position = 0;

	while (thread_next(state->threads, &position, &thread))
		snapshot->threads[snapshot->thread_count++] = thread;
	position = 0;
	while (user_table_next(state->users, &position, &user))
		snapshot->users[snapshot->user_count++] = user;
	position = 0;
	while (container_table_next(state->containers, &position, &container))
		snapshot->containers[snapshot->container_count++] = container;
}

int snapshot_take(struct state *state, struct snapshot *ret_snapshot)
{
	struct snapshot snapshot = {0};

	state_settle(state);
	snapshot.threads = calloc(thread_count(state->threads) + 1, sizeof *snapshot.threads);
	snapshot.users = calloc(user_table_count(state->users) + 1, sizeof *snapshot.users);
	snapshot.containers = calloc(container_table_count(state->containers) + 1, sizeof *snapshot.containers);
	if (!snapshot.threads || !snapshot.users || !snapshot.containers) {
		snapshot_release(&snapshot);
		return -ENOMEM;
	}
	fill(state, &snapshot);
	qsort(snapshot.threads, snapshot.thread_count, sizeof *snapshot.threads, compare_threads);
	qsort(snapshot.users, snapshot.user_count, sizeof *snapshot.users, compare_users);
	qsort(snapshot.containers, snapshot.container_count, sizeof *snapshot.containers, compare_containers);
	*ret_snapshot = snapshot;
	return 0;
}

void snapshot_release(struct snapshot *snapshot)
{
	free(snapshot->threads);
	free(snapshot->users);
	free(snapshot->containers);
	*snapshot = (struct snapshot){0};
}

/* ---- descriptors ---- */

int snapshot_descriptors(const struct thread *thread, struct snapshot_descriptor **ret_entries, size_t *ret_count)
{
	size_t count = 0, position = 0, room = descriptor_table_count(thread->own_descriptors);
	struct snapshot_descriptor *entries = calloc(room + 1, sizeof *entries);

	if (!entries)
		return -ENOMEM;
	while (descriptor_table_next(thread->own_descriptors, &position, &entries[count].number, &entries[count].descriptor))
		count++;
	qsort(entries, count, sizeof *entries, compare_descriptors);
	*ret_entries = entries;
	*ret_count = count;
	return 0;
}

struct descriptor_entry snapshot_descriptor_entry(const struct snapshot_descriptor *row)
{
	const struct descriptor *descriptor = row->descriptor;
	struct descriptor_entry entry = {
		.number = row->number,
		.list_type = (uint8_t)descriptor_list_type_of_kind((enum descriptor_kind)descriptor->kind),
		.protocol = descriptor->protocol,
		.open_flags = descriptor->open_flags,
		.device = descriptor->device,
		.inode = descriptor->inode,
		.name = descriptor_name(descriptor),
	};

	if (descriptor->kind == DESCRIPTOR_UNIX) {
		entry.source_pointer = descriptor->source_pointer;
		entry.destination_pointer = descriptor->destination_pointer;
	} else if (descriptor_is_ip(descriptor) || descriptor_is_listening(descriptor)) {
		bool is_server = descriptor->role == ROLE_SERVER && descriptor_is_ip(descriptor);

		entry.source = is_server ? descriptor->destination : descriptor->source;
		entry.destination = is_server ? descriptor->source : descriptor->destination;
	}
	return entry;
}

bool snapshot_needs_details(const struct descriptor *descriptor)
{
	bool closes_on_exec = descriptor->kind == DESCRIPTOR_FILE && descriptor->open_flags & OPEN_CLOSE_ON_EXEC;

	return (descriptor_is_socket(descriptor) && descriptor->kind != DESCRIPTOR_NETLINK) || descriptor->kind == DESCRIPTOR_PIDFD ||
	       descriptor_list_type_of_kind((enum descriptor_kind)descriptor->kind) == LIST_TYPE_UNSUPPORTED ||
	       descriptor->raw_name || descriptor->role != ROLE_NONE || descriptor->protocol != PROTOCOL_UNKNOWN || descriptor->is_connected || descriptor->is_upper_layer ||
	       descriptor->is_lower_layer || descriptor->close_on_exec != closes_on_exec ||
	       descriptor_name(descriptor).length > DESCRIPTOR_ENTRY_NAME_BYTES_MAX ||
	       (descriptor->kind != DESCRIPTOR_FILE && (descriptor->open_flags || descriptor->device));
}

int state_add_descriptor_details(struct state *state, int64_t tid, int64_t number, const struct descriptor *descriptor,
				 struct text name, struct text raw_name)
{
	struct thread *thread;
	struct descriptor *own;
	int error;

	if (descriptor->kind >= DESCRIPTOR_KIND_COUNT || descriptor->role > ROLE_SERVER || descriptor->protocol > PROTOCOL_RAW)
		return -EINVAL;
	state_settle(state);
	thread = thread_find(state->threads, tid);
	if (!thread)
		return -ESRCH;
	own = descriptor_copy(descriptor);
	if (!own)
		return -ENOMEM;
	own->name = own->raw_name = NULL;
	state_set_text(state, &own->name, name);
	state_set_text(state, &own->raw_name, raw_name);
	error = descriptor_table_set(&thread->own_descriptors, number, own, state->private->limits.descriptors_per_process,
				     state->private->seed);
	state_count_error(state, error);
	return error;
}

/* ---- threads ---- */

static struct shared_text **thread_text_slot(struct thread *thread, enum thread_text text)
{
	switch (text) {
	case THREAD_TEXT_COMM:
		return &thread->comm;
	case THREAD_TEXT_EXE:
		return &thread->exe;
	case THREAD_TEXT_EXEPATH:
		return &thread->exepath;
	case THREAD_TEXT_ROOT:
		return &thread->root;
	case THREAD_TEXT_CGROUPS:
		return &thread->cgroups;
	case THREAD_TEXT_CMDLINE:
		return &thread->cmdline;
	case THREAD_TEXT_CWD:
		return &thread->own_cwd;
	default:
		return &thread->container_id;
	}
}

/* Whether a built command line is what would be built now. */
static bool cmdline_is_current(const struct thread *thread)
{
	struct text line = shared_text_get(thread->cmdline), argument;
	size_t position = 0, at = thread_comm(thread).length;

	if (!thread->cmdline)
		return true;
	if (!text_starts_with(line, thread_comm(thread)))
		return false;
	while (strings_next(thread_arguments(thread), &position, &argument)) {
		if (at >= line.length || line.bytes[at] != ' ' ||
		    !text_equal(text_slice(line, at + 1, argument.length), argument))
			return false;
		at += 1 + argument.length;
	}
	return at == line.length;
}

static bool are_cgroups_told_by_list(const struct thread *thread)
{
	return thread_cgroups(thread).length <= PROCESS_ENTRY_LIST_BYTES_MAX && thread_cgroups_are_settled(thread);
}

/* Others become one that ends in '/'. */
static bool is_cwd_told_by_list(struct text cwd)
{
	char buffer[CWD_BYTES_MAX];

	return cwd.length <= PROCESS_ENTRY_NAME_BYTES_MAX && text_equal(state_cwd_text(TEXT_EMPTY, cwd, buffer), cwd);
}

static bool is_text_told_by_list(const struct thread *thread, enum thread_text text, struct text value)
{
	switch (text) {
	case THREAD_TEXT_CGROUPS:
		return are_cgroups_told_by_list(thread);
	case THREAD_TEXT_CMDLINE:
		return cmdline_is_current(thread);
	case THREAD_TEXT_CONTAINER_ID:
		return are_cgroups_told_by_list(thread) &&
		       text_equal(value, container_id_from_cgroups(thread_cgroups(thread)));
	case THREAD_TEXT_CWD: /* that of other threads is not used */
		return !thread_is_leader(thread) || is_cwd_told_by_list(value);
	default:
		return value.length <= PROCESS_ENTRY_NAME_BYTES_MAX;
	}
}

bool snapshot_thread_details(const struct thread *thread, struct thread_details *ret_details)
{
	const struct pending_enter *enter = thread->pending_enter;
	struct thread_details details = {
		.tid = thread->tid,
		.is_placeholder = thread->is_placeholder,
		.is_dead = thread->is_dead,
		.is_reaper = thread->group && thread->group->leader == thread && thread->group->is_reaper,
		.pipeline = thread->pipeline,
		.clone_time_ns = thread->clone_time_ns,
		.exe_ctime_to_clone_ns = thread->exe_ctime_to_clone_ns,
		.pidns_start_to_exe_ctime_ns = thread->pidns_start_to_exe_ctime_ns,
		.enter_bytes = TEXT_EMPTY,
	};

	for (unsigned text = 0; text < THREAD_TEXT_COUNT; text++) {
		/* Only read through the slot. */
		struct shared_text *const *slot = thread_text_slot((struct thread *)(uintptr_t)thread, (enum thread_text)text);

		details.texts[text] = shared_text_get(*slot);
		if (!is_text_told_by_list(thread, (enum thread_text)text, details.texts[text]))
			details.text_mask |= (uint8_t)(1u << text);
	}
	if (enter && enter->type != 0) {
		details.enter_type = enter->type;
		details.enter_directory = enter->directory;
		details.enter_flags = enter->flags;
		details.enter_bytes = text_of((const char *)enter->bytes, enter->length);
	}
	*ret_details = details;
	return details.is_placeholder || details.is_dead || details.is_reaper || details.pipeline || details.clone_time_ns ||
	       details.exe_ctime_to_clone_ns || details.pidns_start_to_exe_ctime_ns || details.text_mask || details.enter_type;
}

static int set_pending_enter(struct thread *thread, const struct thread_details *details)
{
	size_t length = details->enter_bytes.length;
	struct pending_enter *enter = malloc(sizeof *enter + length);

	if (!enter)
		return -ENOMEM;
	*enter = (struct pending_enter){
		.type = details->enter_type,
		.directory = details->enter_directory,
		.flags = details->enter_flags,
		.length = (uint32_t)length,
		.capacity = (uint32_t)length,
	};
	if (length > 0)
		memcpy(enter->bytes, details->enter_bytes.bytes, length);
	free(thread->pending_enter);
	thread->pending_enter = enter;
	return 0;
}

int state_add_thread_details(struct state *state, const struct thread_details *details)
{
	struct thread *thread;

	state_settle(state);
	thread = thread_find(state->threads, details->tid);
	if (!thread)
		return -ESRCH;
	/* Placeholders are in no group; who has ended was in one. */
	if ((details->is_placeholder && thread->group) || (details->is_dead && (!thread->group || thread->is_dead)) ||
	    details->enter_bytes.length > STATE_ENTER_BYTES_MAX)
		return -EINVAL;
	thread->is_placeholder = details->is_placeholder;
	if (details->is_dead) {
		thread->is_dead = true;
		thread->group->alive_count--;
	}
	if (thread->group && thread->group->leader == thread)
		thread->group->is_reaper = details->is_reaper;
	thread->pipeline = details->pipeline;
	thread->clone_time_ns = details->clone_time_ns;
	thread->exe_ctime_to_clone_ns = details->exe_ctime_to_clone_ns;
	thread->pidns_start_to_exe_ctime_ns = details->pidns_start_to_exe_ctime_ns;
	for (unsigned text = 0; text < THREAD_TEXT_COUNT; text++) {
		if (details->text_mask & 1u << text &&
		    shared_text_set(thread_text_slot(thread, (enum thread_text)text), details->texts[text]))
			return -ENOMEM;
	}
	return details->enter_type ? set_pending_enter(thread, details) : 0;
}

/* ---- recent exits ---- */

bool snapshot_next_exit(const struct state *state, uint64_t now_ns, size_t *position, struct recent_exit_row *ret_row)
{
	while (*position < RECENT_EXITS) {
		const struct recent_exit *exit = &state->private->recent_exits[(*position)++];

		/* The slot of tid 0 is empty when it names no thread. */
		if (exit->time_ns == 0 || (int64_t)(now_ns - exit->time_ns) >= (int64_t)REUSE_AFTER_NS)
			continue;
		*ret_row = (struct recent_exit_row){exit->tid, exit->ptid, exit->time_ns};
		return true;
	}
	return false;
}

void state_add_recent_exit(struct state *state, const struct recent_exit_row *row)
{
	state->private->recent_exits[(uint64_t)row->tid % RECENT_EXITS] =
		(struct recent_exit){.tid = row->tid, .ptid = row->ptid, .time_ns = row->time_ns};
}
