/* The blocks before the events: what the capture reader reads in scap_machine.c, scap_processes.c, scap_descriptors.c. */
#include <errno.h>
#include <stdlib.h>

#include "event/sources/scap_details.h"
#include "event/sources/scap_format.h"
#include "event/sources/scap_writer.h"

#define LIST_BLOCK_BYTES ((size_t)1 << 20) /* a list goes on in another block beyond this: memory */

/* ---- entries ---- */

/* Of strings that end in NUL, the whole ones that fit. */
static void append_strings(struct buffer *block, struct text strings)
{
	if (strings.length > PROCESS_ENTRY_LIST_BYTES_MAX) {
		size_t last = text_find_last_byte(text_slice(strings, 0, PROCESS_ENTRY_LIST_BYTES_MAX), '\0');

		strings = text_slice(strings, 0, last == SIZE_MAX ? 0 : last + 1);
	}
	scap_append_text(block, strings, PROCESS_ENTRY_LIST_BYTES_MAX);
}

/* A full block is written, and another one of its type begun. */
static int continue_list(struct scap_writer *writer, uint32_t type)
{
	int error;

	if (writer->block.length < LIST_BLOCK_BYTES && !writer->block.failed)
		return 0;
	error = scap_end_block(writer);
	scap_begin_block(writer, type);
	return error;
}

/* ---- the machine ---- */

static int write_machine(struct scap_writer *writer, const struct state_machine *machine)
{
	struct buffer *block = &writer->block;

	scap_begin_block(writer, SCAP_BLOCK_MACHINE_INFO);
	buffer_append_u32(block, machine->cpu_count);
	buffer_append_u64(block, machine->memory_bytes);
	buffer_append_u64(block, machine->highest_pid);
	buffer_append(block, machine->host_name, SCAP_HOST_NAME_BYTES);
	buffer_append_u64(block, machine->boot_time_ns ? machine->boot_time_ns : machine->recorded_boot_time_ns);
	buffer_append_zeros(block, 3 * sizeof(uint64_t)); /* flags, reserved */
	return scap_end_block(writer);
}

/* Without names and broadcast addresses, which nobody asks for. */
static int write_interfaces(struct scap_writer *writer, const struct interface_list *interfaces)
{
	struct buffer *block = &writer->block;

	if (interfaces->count == 0)
		return 0;
	scap_begin_block(writer, SCAP_BLOCK_INTERFACE_LIST_V2);
	for (size_t i = 0; i < interfaces->count; i++) {
		const struct interface *interface = &interfaces->interfaces[i];
		bool is_ipv4 = interface->family == SOCKET_FAMILY_IPV4;
		size_t address_bytes = is_ipv4 ? 4 : 16, start = scap_begin_entry(block);

		buffer_append_u16(block, is_ipv4 ? SCAP_INTERFACE_IPV4_NO_SPEED : SCAP_INTERFACE_IPV6_NO_SPEED);
		buffer_append_u16(block, 0);
		buffer_append(block, interface->address, address_bytes);
		buffer_append(block, interface->netmask, address_bytes);
		buffer_append_zeros(block, address_bytes);
		scap_end_entry(block, start, false);
	}
	return scap_end_block(writer);
}

static int write_users(struct scap_writer *writer, const struct snapshot *snapshot)
{
	struct buffer *block = &writer->block;
	int error = 0;

	/* By container: those of the host come first. */
	if (snapshot->user_count == 0 || snapshot->users[0].container_id.length > 0)
		return 0;
	scap_begin_block(writer, SCAP_BLOCK_USER_LIST_V2);
	for (size_t i = 0; i < snapshot->user_count && snapshot->users[i].container_id.length == 0 && !error; i++) {
		const struct user_row *row = &snapshot->users[i];
		size_t start = scap_begin_entry(block);

		buffer_append_byte(block, row->user ? SCAP_USER : SCAP_GROUP);
		buffer_append_u32(block, row->number);
		if (row->user) {
			buffer_append_u32(block, row->user->gid);
			scap_append_text(block, shared_text_get(row->user->name), USER_ENTRY_TEXT_BYTES_MAX);
			scap_append_text(block, shared_text_get(row->user->home), USER_ENTRY_TEXT_BYTES_MAX);
			scap_append_text(block, shared_text_get(row->user->shell), USER_ENTRY_TEXT_BYTES_MAX);
		} else {
			scap_append_text(block, shared_text_get(row->group->name), USER_ENTRY_TEXT_BYTES_MAX);
		}
		scap_end_entry(block, start, true);
		error = continue_list(writer, SCAP_BLOCK_USER_LIST_V2);
	}
	return error ? error : scap_end_block(writer);
}

/* ---- processes ---- */

void scap_append_process(struct buffer *block, const struct process_entry *entry)
{
	buffer_append_u64(block, (uint64_t)entry->tid);
	buffer_append_u64(block, (uint64_t)entry->pid);
	buffer_append_u64(block, (uint64_t)entry->ptid);
	buffer_append_u64(block, (uint64_t)entry->sid);
	buffer_append_u64(block, (uint64_t)entry->vpgid);
	scap_append_text(block, entry->comm, PROCESS_ENTRY_NAME_BYTES_MAX);
	scap_append_text(block, entry->exe, PROCESS_ENTRY_NAME_BYTES_MAX);
	scap_append_text(block, entry->exepath, PROCESS_ENTRY_NAME_BYTES_MAX);
	append_strings(block, entry->arguments);
	scap_append_text(block, entry->cwd, PROCESS_ENTRY_NAME_BYTES_MAX);
	buffer_append_u64(block, (uint64_t)entry->fd_limit);
	buffer_append_u32(block, entry->flags);
	buffer_append_u32(block, entry->uid);
	buffer_append_u32(block, entry->gid);
	buffer_append_u32(block, entry->vm_size_kb);
	buffer_append_u32(block, entry->vm_rss_kb);
	buffer_append_u32(block, entry->vm_swap_kb);
	buffer_append_u64(block, entry->page_faults_major);
	buffer_append_u64(block, entry->page_faults_minor);
	append_strings(block, entry->environment);
	buffer_append_u64(block, (uint64_t)entry->vtid);
	buffer_append_u64(block, (uint64_t)entry->vpid);
	append_strings(block, entry->cgroups);
	scap_append_text(block, entry->root, PROCESS_ENTRY_NAME_BYTES_MAX);
	buffer_append_u64(block, entry->pidns_init_start_ns);
	buffer_append_u32(block, entry->tty);
	buffer_append_u32(block, entry->loginuid);
	buffer_append_byte(block, entry->exe_is_writable);
	buffer_append_u64(block, entry->cap_inheritable);
	buffer_append_u64(block, entry->cap_permitted);
	buffer_append_u64(block, entry->cap_effective);
	buffer_append_byte(block, entry->exe_is_upper_layer);
	buffer_append_u64(block, entry->exe_inode);
	buffer_append_u64(block, entry->exe_ctime_ns);
	buffer_append_u64(block, entry->exe_mtime_ns);
	buffer_append_byte(block, entry->exe_is_from_memfd);
	buffer_append_byte(block, entry->exe_is_lower_layer);
	buffer_append_u64(block, (uint64_t)entry->pgid);
}

static int write_processes(struct scap_writer *writer, const struct snapshot *snapshot)
{
	int error = 0;

	scap_begin_block(writer, SCAP_BLOCK_PROCESS_LIST_V9);
	for (size_t i = 0; i < snapshot->thread_count && !error; i++) {
		struct process_entry entry = thread_process_entry(snapshot->threads[i]);
		size_t start = scap_begin_entry(&writer->block);

		scap_append_process(&writer->block, &entry);
		scap_end_entry(&writer->block, start, true);
		error = continue_list(writer, SCAP_BLOCK_PROCESS_LIST_V9);
	}
	return error ? error : scap_end_block(writer);
}

/* ---- descriptors ---- */

static void append_ends(struct buffer *block, const struct descriptor_entry *entry, size_t address_bytes)
{
	buffer_append(block, entry->source.address, address_bytes);
	buffer_append(block, entry->destination.address, address_bytes);
	buffer_append_u16(block, entry->source.port);
	buffer_append_u16(block, entry->destination.port);
	buffer_append_byte(block, entry->protocol);
}

static void append_listening(struct buffer *block, const struct descriptor_entry *entry, size_t address_bytes)
{
	buffer_append(block, entry->source.address, address_bytes);
	buffer_append_u16(block, entry->source.port);
	buffer_append_byte(block, entry->protocol);
}

static void append_descriptor(struct buffer *block, const struct descriptor_entry *entry)
{
	size_t start = scap_begin_entry(block);

	buffer_append_u64(block, (uint64_t)entry->number);
	buffer_append_u64(block, entry->inode);
	buffer_append_byte(block, entry->list_type);
	switch (entry->list_type) {
	case LIST_TYPE_IPV4:
		append_ends(block, entry, 4);
		break;
	case LIST_TYPE_IPV6:
		append_ends(block, entry, 16);
		break;
	case LIST_TYPE_IPV4_LISTENING:
		append_listening(block, entry, 4);
		break;
	case LIST_TYPE_IPV6_LISTENING:
		append_listening(block, entry, 16);
		break;
	case LIST_TYPE_UNIX:
		buffer_append_u64(block, entry->source_pointer);
		buffer_append_u64(block, entry->destination_pointer);
		scap_append_text(block, entry->name, DESCRIPTOR_ENTRY_NAME_BYTES_MAX);
		break;
	case LIST_TYPE_FILE_WITH_FLAGS:
		buffer_append_u32(block, entry->open_flags);
		scap_append_text(block, entry->name, DESCRIPTOR_ENTRY_NAME_BYTES_MAX);
		buffer_append_u32(block, entry->device);
		break;
	default:
		scap_append_text(block, entry->name, DESCRIPTOR_ENTRY_NAME_BYTES_MAX);
		break;
	}
	scap_end_entry(block, start, true);
}

static void begin_fd_list(struct scap_writer *writer, int64_t tid)
{
	scap_begin_block(writer, SCAP_BLOCK_FD_LIST_V2);
	buffer_append_u64(&writer->block, (uint64_t)tid);
}

static int write_descriptors(struct scap_writer *writer, const struct thread *thread)
{
	struct snapshot_descriptor *rows;
	size_t count;
	int error = snapshot_descriptors(thread, &rows, &count);

	if (error)
		return error;
	begin_fd_list(writer, thread->tid);
	for (size_t i = 0; i < count && !error; i++) {
		struct descriptor_entry entry = snapshot_descriptor_entry(&rows[i]);

		append_descriptor(&writer->block, &entry);
		if (writer->block.length >= LIST_BLOCK_BYTES) {
			error = scap_end_block(writer);
			begin_fd_list(writer, thread->tid);
		}
	}
	free(rows);
	return error ? error : scap_end_block(writer);
}

/* ---- details ---- */

static void begin_details(struct scap_writer *writer)
{
	scap_begin_block(writer, SCAP_BLOCK_DETAILS);
	scap_details_begin(&writer->block);
}

static int continue_details(struct scap_writer *writer)
{
	int error;

	if (writer->block.length < LIST_BLOCK_BYTES && !writer->block.failed)
		return 0;
	error = scap_end_block(writer);
	begin_details(writer);
	return error;
}

static int write_thread_details(struct scap_writer *writer, const struct thread *thread)
{
	struct thread_details details;
	struct snapshot_descriptor *rows;
	size_t count;
	int error;

	if (snapshot_thread_details(thread, &details))
		scap_details_thread(&writer->block, &details);
	error = snapshot_descriptors(thread, &rows, &count);
	if (error)
		return error;
	for (size_t i = 0; i < count && !error; i++) {
		if (snapshot_needs_details(rows[i].descriptor))
			scap_details_descriptor(&writer->block, thread->tid, &rows[i]);
		error = continue_details(writer);
	}
	free(rows);
	return error ? error : continue_details(writer);
}

static int write_details(struct scap_writer *writer, const struct state *state, const struct snapshot *snapshot,
			 uint64_t now_ns)
{
	struct text container_id;
	struct recent_exit_row exit;
	size_t position = 0;
	int error = 0;

	begin_details(writer);
	if (state_container_is_fixed(state, &container_id))
		scap_details_container(&writer->block, container_id);
	for (size_t i = 0; i < snapshot->thread_count && !error; i++)
		error = write_thread_details(writer, snapshot->threads[i]);
	while (!error && snapshot_next_exit(state, now_ns, &position, &exit))
		scap_details_exit(&writer->block, &exit);
	return error ? error : scap_end_block(writer);
}

int scap_write_lists(struct scap_writer *writer, struct state *state, const struct snapshot *snapshot,
		     const struct event *first)
{
	int error = write_machine(writer, &state->machine);

	if (!error)
		error = write_interfaces(writer, &state->interfaces);
	if (!error)
		error = write_users(writer, snapshot);
	if (!error)
		error = write_processes(writer, snapshot);
	for (size_t i = 0; i < snapshot->thread_count && !error; i++) {
		if (descriptor_table_count(snapshot->threads[i]->own_descriptors) > 0)
			error = write_descriptors(writer, snapshot->threads[i]);
	}
	return error ? error : write_details(writer, state, snapshot, first->timestamp_ns);
}
