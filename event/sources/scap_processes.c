/*
 * Process lists. One entry a thread; every version added fields in the middle of the entry, and from version 9 on an
 * entry says how long it is, so that fields can be added at its end.
 */
#include <errno.h>

#include "event/sources/scap_reader.h"
#include "event/state/state.h"

#define NAME_BYTES_MAX PROCESS_ENTRY_NAME_BYTES_MAX
#define LIST_BYTES_MAX PROCESS_ENTRY_LIST_BYTES_MAX

/* Above the longest entry of versions 1 to 8: five names, three lists and less than 200 bytes of numbers. */
#define ENTRY_V8_BYTES_MAX (5 * (NAME_BYTES_MAX + 2) + 3 * (LIST_BYTES_MAX + 2) + 200)

/* What remained for the tail in files of the first version 9 writer, which did not have its first two fields. */
#define EARLY_TAIL_BYTES_MAX 29u

/* Fields that are read only where they fit: the last ones of an entry. False: this one and all behind it are not there. */
static bool has_bytes(struct byte_reader *bytes, size_t length)
{
	if (byte_reader_left(bytes) >= length)
		return true;
	bytes->at = bytes->end;
	return false;
}

static void read_tail(struct byte_reader *bytes, struct process_entry *entry)
{
	if (byte_reader_left(bytes) > EARLY_TAIL_BYTES_MAX) {
		entry->pidns_init_start_ns = byte_reader_u64(bytes);
		entry->tty = byte_reader_u32(bytes);
	}
	if (has_bytes(bytes, 4))
		entry->loginuid = byte_reader_u32(bytes);
	if (has_bytes(bytes, 1))
		entry->exe_is_writable = byte_reader_u8(bytes) != 0;
	if (has_bytes(bytes, 8))
		entry->cap_inheritable = byte_reader_u64(bytes);
	if (has_bytes(bytes, 8))
		entry->cap_permitted = byte_reader_u64(bytes);
	if (has_bytes(bytes, 8))
		entry->cap_effective = byte_reader_u64(bytes);
	if (has_bytes(bytes, 1))
		entry->exe_is_upper_layer = byte_reader_u8(bytes) != 0;
	if (has_bytes(bytes, 8))
		entry->exe_inode = byte_reader_u64(bytes);
	if (has_bytes(bytes, 8))
		entry->exe_ctime_ns = byte_reader_u64(bytes);
	if (has_bytes(bytes, 8))
		entry->exe_mtime_ns = byte_reader_u64(bytes);
	if (has_bytes(bytes, 1))
		entry->exe_is_from_memfd = byte_reader_u8(bytes) != 0;
	if (has_bytes(bytes, 1))
		entry->exe_is_lower_layer = byte_reader_u8(bytes) != 0;
	if (has_bytes(bytes, 8))
		entry->pgid = (int64_t)byte_reader_u64(bytes);
}

struct process_entry scap_process_entry(struct byte_reader *bytes, unsigned version)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	entry.tid = (int64_t)byte_reader_u64(bytes);
	entry.pid = (int64_t)byte_reader_u64(bytes);
	entry.ptid = (int64_t)byte_reader_u64(bytes);
	if (version >= 6)
		entry.sid = (int64_t)byte_reader_u64(bytes);
	if (version >= 8)
		entry.vpgid = (int64_t)byte_reader_u64(bytes);
	entry.comm = scap_text(bytes, NAME_BYTES_MAX);
	entry.exe = scap_text(bytes, NAME_BYTES_MAX);
	if (version >= 7)
		entry.exepath = scap_text(bytes, NAME_BYTES_MAX);
	entry.arguments = scap_text(bytes, LIST_BYTES_MAX);
	entry.cwd = scap_text(bytes, NAME_BYTES_MAX);
	entry.fd_limit = (int64_t)byte_reader_u64(bytes);
	entry.flags = byte_reader_u32(bytes);
	entry.uid = byte_reader_u32(bytes);
	entry.gid = byte_reader_u32(bytes);
	if (version >= 2) {
		entry.vm_size_kb = byte_reader_u32(bytes);
		entry.vm_rss_kb = byte_reader_u32(bytes);
		entry.vm_swap_kb = byte_reader_u32(bytes);
		entry.page_faults_major = byte_reader_u64(bytes);
		entry.page_faults_minor = byte_reader_u64(bytes);
	}
	if (version >= 3)
		entry.environment = scap_text(bytes, LIST_BYTES_MAX);
	if (version >= 4) {
		entry.vtid = (int64_t)byte_reader_u64(bytes);
		entry.vpid = (int64_t)byte_reader_u64(bytes);
		entry.cgroups = scap_text(bytes, LIST_BYTES_MAX);
	}
	if (version >= 5)
		entry.root = scap_text(bytes, NAME_BYTES_MAX);
	if (version >= 9 && !bytes->failed)
		read_tail(bytes, &entry);
	return entry;
}

int scap_read_process_list(struct scap_reader *reader, struct state *state)
{
	unsigned version = reader->block.info->version;

	while (scap_block_has_entry(reader)) {
		struct process_entry entry;
		struct byte_reader bytes;
		const uint8_t *start;
		int error;

		if (version >= 9)
			error = scap_block_entry(reader, true, &bytes);
		else
			error = scap_block_peek(reader, ENTRY_V8_BYTES_MAX, &bytes);
		if (error)
			return error;
		start = bytes.at;
		entry = scap_process_entry(&bytes, version);
		if (bytes.failed)
			return scap_fault(reader, -EBADMSG, "a process does not fit or has a text that is too long");
		error = state_add_process(state, &entry);
		if (error == -ENOMEM)
			return scap_fault(reader, error, "no memory for the processes");
		scap_block_take(reader, version >= 9 ? (size_t)(bytes.end - start) : (size_t)(bytes.at - start));
	}
	return 0;
}
