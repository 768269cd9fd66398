/* Lists of open descriptors: one block a process. */
#include <errno.h>
#include <stdio.h>

#include "event/sources/scap_reader.h"
#include "event/state/state.h"

#define NAME_BYTES_MAX DESCRIPTOR_ENTRY_NAME_BYTES_MAX

/* Above the longest entry without a length: number, inode, type, two pointers and a name. */
#define ENTRY_V1_BYTES_MAX (NAME_BYTES_MAX + 200)

static void read_address(struct byte_reader *bytes, size_t address_bytes, struct socket_end *end)
{
	const uint8_t *address = byte_reader_take(bytes, address_bytes);

	if (address)
		memcpy(end->address, address, address_bytes);
}

/* Two addresses, then two ports. */
static void read_ends(struct byte_reader *bytes, size_t address_bytes, struct descriptor_entry *entry)
{
	read_address(bytes, address_bytes, &entry->source);
	read_address(bytes, address_bytes, &entry->destination);
	entry->source.port = byte_reader_u16(bytes);
	entry->destination.port = byte_reader_u16(bytes);
	entry->protocol = byte_reader_u8(bytes);
}

static void read_listening(struct byte_reader *bytes, size_t address_bytes, struct descriptor_entry *entry)
{
	read_address(bytes, address_bytes, &entry->source);
	entry->source.port = byte_reader_u16(bytes);
	entry->protocol = byte_reader_u8(bytes);
}

/* False for a type that is not known: only number and inode are filled. */
static bool read_entry(struct byte_reader *bytes, unsigned version, struct descriptor_entry *entry)
{
	*entry = (struct descriptor_entry){.name = TEXT_EMPTY};
	entry->number = (int64_t)byte_reader_u64(bytes);
	entry->inode = byte_reader_u64(bytes);
	entry->list_type = byte_reader_u8(bytes);
	if (entry->list_type >= LIST_TYPE_COUNT)
		return false;
	switch (entry->list_type) {
	case LIST_TYPE_IPV4:
		read_ends(bytes, 4, entry);
		break;
	case LIST_TYPE_IPV6:
		read_ends(bytes, 16, entry);
		break;
	case LIST_TYPE_IPV4_LISTENING:
		read_listening(bytes, 4, entry);
		break;
	case LIST_TYPE_IPV6_LISTENING:
		read_listening(bytes, 16, entry);
		break;
	case LIST_TYPE_UNIX:
		entry->source_pointer = byte_reader_u64(bytes);
		entry->destination_pointer = byte_reader_u64(bytes);
		entry->name = scap_text(bytes, NAME_BYTES_MAX);
		break;
	case LIST_TYPE_FILE_WITH_FLAGS:
		entry->open_flags = byte_reader_u32(bytes);
		entry->name = scap_text(bytes, NAME_BYTES_MAX);
		if (version >= 2 && byte_reader_left(bytes) >= 4)
			entry->device = byte_reader_u32(bytes);
		break;
	default:
		entry->name = scap_text(bytes, NAME_BYTES_MAX);
		break;
	}
	return true;
}

int scap_read_fd_list(struct scap_reader *reader, struct state *state)
{
	unsigned version = reader->block.info->version;
	struct byte_reader bytes;
	int64_t thread_id;
	int error;

	error = scap_block_peek(reader, 8, &bytes);
	if (error)
		return error;
	thread_id = (int64_t)byte_reader_u64(&bytes);
	if (bytes.failed)
		return scap_fault(reader, -EBADMSG, "the block is too short for a thread id");
	scap_block_take(reader, 8);

	while (scap_block_has_entry(reader)) {
		struct descriptor_entry entry;
		const uint8_t *start;
		char name[32];
		bool is_known;

		if (version >= 2)
			error = scap_block_entry(reader, true, &bytes);
		else
			error = scap_block_peek(reader, ENTRY_V1_BYTES_MAX, &bytes);
		if (error)
			return error;
		start = bytes.at;
		is_known = read_entry(&bytes, version, &entry);
		if (bytes.failed)
			return scap_fault(reader, -EBADMSG, "a descriptor does not fit or has a name that is too long");
		if (!is_known) {
			if (version < 2)
				return scap_fault(reader, -EBADMSG, "a descriptor has the unknown type %u",
						  entry.list_type);
			snprintf(name, sizeof name, "unknown-type:[%u]", entry.list_type);
			entry.list_type = LIST_TYPE_UNSUPPORTED;
			entry.name = text_from_string(name);
		}
		error = state_add_descriptor(state, thread_id, &entry);
		if (error == -ENOMEM)
			return scap_fault(reader, error, "no memory for the descriptors");
		scap_block_take(reader, version >= 2 ? (size_t)(bytes.end - start) : (size_t)(bytes.at - start));
	}
	return 0;
}
