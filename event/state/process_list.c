/* Processes and descriptors from lists: the start of a capture, the start-up scan, and what is looked up later. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/state/snapshot.h"
#include "event/state/state_private.h"

static struct thread *thread_of_entry(struct state *state, const struct process_entry *entry)
{
	struct thread *thread = state_new_thread(state, entry->tid);

	if (!thread)
		return NULL;
	thread->pid = entry->pid;
	thread->ptid = entry->ptid;
	thread->sid = entry->sid;
	thread->vpgid = entry->vpgid;
	thread->pgid = entry->pgid;
	thread->vtid = entry->vtid;
	thread->vpid = entry->vpid;
	thread->flags = entry->flags;
	thread->fd_limit = entry->fd_limit;
	thread->uid = entry->uid;
	thread->gid = entry->gid;
	thread->loginuid = entry->loginuid;
	thread->tty = entry->tty;
	thread->vm_size_kb = entry->vm_size_kb;
	thread->vm_rss_kb = entry->vm_rss_kb;
	thread->vm_swap_kb = entry->vm_swap_kb;
	thread->page_faults_major = entry->page_faults_major;
	thread->page_faults_minor = entry->page_faults_minor;
	thread->clone_time_ns = entry->clone_time_ns;
	thread->pidns_init_start_ns = entry->pidns_init_start_ns;
	thread->cap_inheritable = entry->cap_inheritable;
	thread->cap_permitted = entry->cap_permitted;
	thread->cap_effective = entry->cap_effective;
	thread->exe_is_writable = entry->exe_is_writable;
	thread->exe_is_upper_layer = entry->exe_is_upper_layer;
	thread->exe_is_lower_layer = entry->exe_is_lower_layer;
	thread->exe_is_from_memfd = entry->exe_is_from_memfd;
	thread->exe_inode = entry->exe_inode;
	thread->exe_ctime_ns = entry->exe_ctime_ns;
	thread->exe_mtime_ns = entry->exe_mtime_ns;
	state_set_text(state, &thread->comm, entry->comm);
	state_set_text(state, &thread->exe, entry->exe);
	state_set_text(state, &thread->exepath, entry->exepath);
	state_set_text(state, &thread->arguments, entry->arguments);
	state_set_text(state, &thread->root, entry->root);
	state_set_cgroups(state, thread, entry->cgroups);
	if (thread_is_leader(thread)) {
		state_set_text(state, &thread->own_environment, entry->environment);
		state_set_cwd(state, thread, TEXT_EMPTY, entry->cwd);
	}
	return thread;
}

int state_add_process(struct state *state, const struct process_entry *entry)
{
	struct thread *older = thread_find(state->threads, entry->tid);
	struct thread *thread;
	int error;

	if (older) {
		/* An older leader that threads hold on to stays, so it must leave its id first. */
		thread_table_remove(state->threads, older);
		if (thread_find(state->threads, entry->tid))
			return -EEXIST;
	}
	thread = thread_of_entry(state, entry);
	error = thread ? state_add_thread(state, thread) : -ENOMEM;
	if (error)
		return error;
	state->private->lists_are_new = true;
	return 0;
}

/* ---- descriptors ---- */

static void name_by_tuple(struct state *state, struct descriptor *descriptor)
{
	struct socket_tuple tuple = {.family = (uint8_t)descriptor_family(descriptor),
				     .source = descriptor->source,
				     .destination = descriptor->destination};
	struct socket_address address = {.family = tuple.family, .end = descriptor->source};
	char buffer[SOCKET_TEXT_BYTES_MAX];

	if (descriptor_is_listening(descriptor))
		state_set_text(state, &descriptor->name, socket_address_text(&address, buffer));
	else
		state_set_text(state, &descriptor->name, socket_tuple_text(&tuple, buffer));
}

static void fill_ip(struct state *state, struct descriptor *descriptor, const struct descriptor_entry *entry)
{
	struct socket_tuple tuple = {.family = (uint8_t)descriptor_family(descriptor),
				     .source = entry->source,
				     .destination = entry->destination};

	if (!descriptor_is_listening(descriptor)) {
		if (socket_tuple_unmap(&tuple))
			descriptor->kind = DESCRIPTOR_IPV4;
		if (descriptor->kind == DESCRIPTOR_IPV4)
			interface_list_replace_wildcard(&state->interfaces, &tuple);
		descriptor->is_connected = entry->protocol == PROTOCOL_TCP;
	} else {
		state->private->server_ports[entry->source.port / 8] |= (uint8_t)(1 << entry->source.port % 8);
	}
	descriptor->source = tuple.source;
	descriptor->destination = tuple.destination;
	name_by_tuple(state, descriptor);
	if (descriptor->kind == DESCRIPTOR_IPV4 && entry->is_server) {
		descriptor->role = ROLE_SERVER;
		descriptor_swap_ends(descriptor);
		name_by_tuple(state, descriptor);
	}
}

void state_direct_socket(struct state *state, struct descriptor *descriptor)
{
	uint16_t port = descriptor->source.port;

	if (descriptor->kind != DESCRIPTOR_IPV4 || descriptor->role != ROLE_NONE)
		return;
	if (!(state->private->server_ports[port / 8] & (1 << port % 8))) {
		descriptor->role = ROLE_CLIENT;
		return;
	}
	descriptor->role = ROLE_SERVER;
	descriptor_swap_ends(descriptor);
	name_by_tuple(state, descriptor);
}

static struct descriptor *descriptor_of_entry(struct state *state, const struct descriptor_entry *entry)
{
	struct descriptor *descriptor = descriptor_new(descriptor_kind_of_list_type(entry->list_type));

	if (!descriptor)
		return NULL;
	descriptor->inode = entry->inode;
	descriptor->protocol = entry->protocol <= PROTOCOL_RAW ? entry->protocol : PROTOCOL_UNKNOWN;
	switch (descriptor->kind) {
	case DESCRIPTOR_IPV4:
	case DESCRIPTOR_IPV6:
	case DESCRIPTOR_IPV4_LISTENING:
	case DESCRIPTOR_IPV6_LISTENING:
		if (!entry->is_unconnected)
			fill_ip(state, descriptor, entry);
		return descriptor;
	case DESCRIPTOR_UNIX:
		descriptor->source_pointer = entry->source_pointer;
		descriptor->destination_pointer = entry->destination_pointer;
		descriptor->role = entry->name.length > 0 ? ROLE_SERVER : ROLE_CLIENT;
		break;
	case DESCRIPTOR_FILE:
		descriptor->open_flags = entry->open_flags;
		descriptor->close_on_exec = entry->open_flags & OPEN_CLOSE_ON_EXEC;
		descriptor->device = entry->device;
		break;
	default:
		break;
	}
	state_set_text(state, &descriptor->name, entry->name);
	return descriptor;
}

int state_add_descriptor(struct state *state, int64_t tid, const struct descriptor_entry *entry)
{
	struct thread *thread = thread_find(state->threads, tid);
	struct descriptor *descriptor;
	int error;

	if (!thread)
		return -ESRCH;
	descriptor = descriptor_of_entry(state, entry);
	if (!descriptor) {
		state->counters.allocation_failures++;
		return -ENOMEM;
	}
	/* Its own table, whatever its flags: as lists are written per thread. */
	error = descriptor_table_set(&thread->own_descriptors, entry->number, descriptor,
				     state->private->limits.descriptors_per_process, state->private->seed);
	state_count_error(state, error);
	return error;
}

/* ---- what is looked up while events come ---- */

/* Connects it as it is: what else lists have brought waits for the next event. */
static int add_connected(struct state *state, const struct process_entry *entry)
{
	bool lists_were_new = state->private->lists_are_new;
	int error = state_add_process(state, entry);

	if (error)
		return error;
	state->private->lists_are_new = lists_were_new;
	if (thread_table_connect(state->threads, thread_find(state->threads, entry->tid)))
		state->counters.allocation_failures++;
	return 0;
}

int state_add_found_process(struct state *state, const struct process_entry *entry)
{
	state_settle(state);
	return add_connected(state, entry);
}

static struct thread *look_up_thread(struct state *state, int64_t tid)
{
	const struct state_lookup *lookup = state->private->lookup;
	struct process_entry entry = PROCESS_ENTRY_INIT;
	struct thread *thread;

	state->counters.lookups++;
	if (lookup->find_process(lookup, tid, &entry) || entry.tid != tid) {
		state->counters.lookups_failed++;
		return NULL;
	}
	if (add_connected(state, &entry))
		return NULL;
	thread = thread_find(state->threads, tid);
	if (state->private->observer)
		state->private->observer->process_found(state->private->observer, thread);
	return thread;
}

struct thread *state_find_thread(struct state *state, int64_t tid)
{
	struct thread *thread = thread_find(state->threads, tid);
	const struct state_lookup *lookup = state->private->lookup;

	return thread || !lookup || !lookup->find_process ? thread : look_up_thread(state, tid);
}

struct thread *state_make_thread(struct state *state, int64_t tid)
{
	struct thread *thread = state_find_thread(state, tid);

	if (thread)
		return thread;
	thread = state_new_thread(state, tid);
	if (!thread)
		return NULL;
	thread->is_placeholder = true;
	state_set_text(state, &thread->comm, TEXT("<NA>"));
	shared_text_assign(&thread->exe, thread->comm);
	shared_text_assign(&thread->cmdline, thread->comm);
	if (state_add_thread(state, thread))
		return NULL;
	state->counters.placeholders_made++;
	return thread;
}

static const struct descriptor *look_up_descriptor(struct state *state, struct thread *thread, int64_t number)
{
	const struct state_lookup *lookup = state->private->lookup;
	struct descriptor_entry entry = {.number = number, .name = TEXT_EMPTY};
	const struct thread *owner = thread_descriptor_owner(thread);
	const struct descriptor *stored;
	struct descriptor *descriptor;

	state->counters.lookups++;
	if (lookup->find_descriptor(lookup, thread, number, &entry)) {
		state->counters.lookups_failed++;
		return NULL;
	}
	descriptor = descriptor_of_entry(state, &entry);
	if (!descriptor) {
		state->counters.allocation_failures++;
		return NULL;
	}
	if (!entry.is_unconnected)
		state_direct_socket(state, descriptor);
	stored = state_put_descriptor(state, thread, number, descriptor);
	if (stored && state->private->observer)
		state->private->observer->descriptor_found(state->private->observer, owner, number, stored);
	return stored;
}

const struct descriptor *state_find_descriptor(struct state *state, struct thread *thread, int64_t number)
{
	const struct descriptor *found = thread_descriptor(thread, number);
	const struct state_lookup *lookup = state->private->lookup;

	if (found || number < 0)
		return found;
	state->counters.descriptors_unknown++;
	return lookup && lookup->find_descriptor ? look_up_descriptor(state, thread, number) : NULL;
}

const struct descriptor *state_put_descriptor(struct state *state, struct thread *thread, int64_t number,
					      struct descriptor *descriptor)
{
	struct descriptor_table **slot = thread_descriptor_slot(thread);
	int error;

	if (!slot) {
		descriptor_release(descriptor);
		return NULL;
	}
	error = descriptor_table_set(slot, number, descriptor, state->private->limits.descriptors_per_process,
				     state->private->seed);
	state_count_error(state, error);
	return error ? NULL : descriptor;
}
