/* What a capture says of the machine: its description, its interfaces, its users and groups. */
#include <errno.h>

#include "event/sources/scap_format.h"
#include "event/sources/scap_reader.h"
#include "event/state/state.h"

#define USER_TEXT_BYTES_MAX USER_ENTRY_TEXT_BYTES_MAX

/* Above the longest entries without a length. */
#define INTERFACE_ENTRY_BYTES_MAX (65535u + 100)
#define USER_ENTRY_BYTES_MAX (3 * (USER_TEXT_BYTES_MAX + 2) + 20)

int scap_read_machine_info(struct scap_reader *reader, struct state *state)
{
	struct state_machine *machine = &state->machine;
	struct byte_reader bytes;
	const uint8_t *name;
	int error = scap_block_peek(reader, SCAP_MACHINE_INFO_BYTES, &bytes);

	if (error)
		return error;
	if (byte_reader_left(&bytes) < SCAP_MACHINE_INFO_BYTES)
		return scap_fault(reader, -EBADMSG, "the block is too short");
	machine->cpu_count = byte_reader_u32(&bytes);
	machine->memory_bytes = byte_reader_u64(&bytes);
	machine->highest_pid = byte_reader_u64(&bytes);
	name = byte_reader_take(&bytes, SCAP_HOST_NAME_BYTES);
	memcpy(machine->host_name, name, SCAP_HOST_NAME_BYTES);
	machine->host_name[SCAP_HOST_NAME_BYTES] = 0;
	machine->recorded_boot_time_ns = byte_reader_u64(&bytes);
	/*
	 * The boot time of the state stays unset: Falco takes it as 0 on replay, and what is computed from it (start of pid namespaces)
	 * would differ.
	 */
	return 0;
}

int scap_read_interface_list(struct scap_reader *reader, struct state *state)
{
	unsigned version = reader->block.info->version;

	while (scap_block_has_entry(reader)) {
		const uint8_t *start, *address, *netmask;
		struct byte_reader bytes;
		uint16_t type, name_bytes;
		bool is_ipv4;
		size_t address_bytes;
		int error;

		if (version >= 2)
			error = scap_block_entry(reader, false, &bytes);
		else
			error = scap_block_peek(reader, INTERFACE_ENTRY_BYTES_MAX, &bytes);
		if (error)
			return error;
		start = bytes.at;
		type = byte_reader_u16(&bytes);
		name_bytes = byte_reader_u16(&bytes);
		is_ipv4 = type == SCAP_INTERFACE_IPV4 || type == SCAP_INTERFACE_IPV4_NO_SPEED;
		if (type < SCAP_INTERFACE_IPV4 || type > SCAP_INTERFACE_IPV6_NO_SPEED) {
			if (version < 2)
				return scap_fault(reader, -EBADMSG, "an interface has the unknown type %u", type);
			scap_block_take(reader, (size_t)(bytes.end - start));
			continue;
		}
		address_bytes = is_ipv4 ? 4 : 16;
		address = byte_reader_take(&bytes, address_bytes);
		netmask = byte_reader_take(&bytes, address_bytes);
		byte_reader_take(&bytes, address_bytes); /* broadcast */
		if (type == SCAP_INTERFACE_IPV4 || type == SCAP_INTERFACE_IPV6)
			byte_reader_u64(&bytes); /* speed */
		byte_reader_take(&bytes, name_bytes);
		if (bytes.failed)
			return scap_fault(reader, -EBADMSG, "an interface does not fit");
		error = interface_list_add(&state->interfaces, is_ipv4 ? SOCKET_FAMILY_IPV4 : SOCKET_FAMILY_IPV6, address,
					   netmask);
		if (error == -ENOMEM)
			return scap_fault(reader, error, "no memory for the interfaces");
		scap_block_take(reader, version >= 2 ? (size_t)(bytes.end - start) : (size_t)(bytes.at - start));
	}
	return 0;
}

static int read_user(struct byte_reader *bytes, struct user_table *users)
{
	uint32_t uid = byte_reader_u32(bytes);
	uint32_t gid = byte_reader_u32(bytes);
	struct text name = scap_text(bytes, USER_TEXT_BYTES_MAX);
	struct text home = scap_text(bytes, USER_TEXT_BYTES_MAX);
	struct text shell = scap_text(bytes, USER_TEXT_BYTES_MAX);

	return bytes->failed ? -EBADMSG : user_table_add(users, TEXT_EMPTY, uid, gid, name, home, shell);
}

static int read_group(struct byte_reader *bytes, struct user_table *users)
{
	uint32_t gid = byte_reader_u32(bytes);
	struct text name = scap_text(bytes, USER_TEXT_BYTES_MAX);

	return bytes->failed ? -EBADMSG : user_table_add_group(users, TEXT_EMPTY, gid, name);
}

int scap_read_user_list(struct scap_reader *reader, struct state *state)
{
	unsigned version = reader->block.info->version;

	while (scap_block_has_entry(reader)) {
		struct byte_reader bytes;
		const uint8_t *start;
		uint8_t kind;
		int error;

		if (version >= 2)
			error = scap_block_entry(reader, true, &bytes);
		else
			error = scap_block_peek(reader, USER_ENTRY_BYTES_MAX, &bytes);
		if (error)
			return error;
		start = bytes.at;
		kind = byte_reader_u8(&bytes);
		if (kind == SCAP_USER)
			error = read_user(&bytes, state->users);
		else if (kind == SCAP_GROUP)
			error = read_group(&bytes, state->users);
		else if (version < 2)
			return scap_fault(reader, -EBADMSG, "a user has the unknown kind %u", kind);
		if (error == -EBADMSG)
			return scap_fault(reader, error, "a user or group does not fit or has a text that is too long");
		if (error == -ENOMEM)
			return scap_fault(reader, error, "no memory for the users");
		scap_block_take(reader, version >= 2 ? (size_t)(bytes.end - start) : (size_t)(bytes.at - start));
	}
	return 0;
}
