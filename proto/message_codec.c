#include "proto/message_codec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/utf8.h"

#define DEPTH_MAX 8
#define UNKNOWN_FIELDS_MAX 64
#define MEMORY_FACTOR 16
#define FIELDS_MAX 64 /* of one message type of ours */

enum wire_type { WIRE_VARINT = 0, WIRE_64_BIT = 1, WIRE_BYTES = 2, WIRE_32_BIT = 5 };

/* At most 10 bytes (protobuf encoding guide); sets reader->failed otherwise. */
static uint64_t read_varint(struct byte_reader *reader)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		uint8_t byte = byte_reader_u8(reader);

		if (reader->failed)
			return 0;
		number |= (uint64_t)(byte & 0x7f) << (shift < 64 ? shift : 63);
		if (!(byte & 0x80))
			return number;
	}
	reader->failed = true;
	return 0;
}

static int check_message(const ProtobufCMessageDescriptor *descriptor, struct text bytes,
			 const struct message_limits *limits, unsigned depth);

static int check_bytes_field(const ProtobufCFieldDescriptor *field, struct text value, const struct message_limits *limits,
			     unsigned depth)
{
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return check_message(field->descriptor, value, limits, depth + 1);
	if (field->type != PROTOBUF_C_TYPE_STRING)
		return 0;
	if (value.length > limits->string_bytes)
		return -E2BIG;
	return utf8_is_valid(value) && text_find_byte(value, '\0') == SIZE_MAX ? 0 : -EBADMSG;
}

static int check_message(const ProtobufCMessageDescriptor *descriptor, struct text bytes,
			 const struct message_limits *limits, unsigned depth)
{
	struct byte_reader reader = byte_reader_of(bytes.bytes, bytes.length);
	size_t counts[FIELDS_MAX] = {0}, unknown_count = 0;

	if (depth > DEPTH_MAX || descriptor->n_fields > FIELDS_MAX)
		return -E2BIG;
	while (byte_reader_left(&reader) > 0) {
		uint64_t tag = read_varint(&reader), length;
		const ProtobufCFieldDescriptor *field;
		struct text value = TEXT_EMPTY;
		int error;

		if (reader.failed || tag >> 3 == 0 || tag > UINT32_MAX)
			return -EBADMSG;
		field = protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3));
		switch (tag & 7) {
		case WIRE_VARINT:
			read_varint(&reader);
			break;
		case WIRE_64_BIT:
			byte_reader_take(&reader, 8);
			break;
		case WIRE_BYTES:
			length = read_varint(&reader);
			if (length > byte_reader_left(&reader))
				return -EBADMSG;
			value = byte_reader_text(&reader, length);
			break;
		case WIRE_32_BIT:
			byte_reader_take(&reader, 4);
			break;
		default:
			return -EBADMSG;
		}
		if (reader.failed)
			return -EBADMSG;
		if (!field) {
			if (++unknown_count > UNKNOWN_FIELDS_MAX)
				return -E2BIG;
			continue;
		}
		/* A field that is not repeated may come again (the last one counts), but not without end. */
		if (++counts[field - descriptor->fields] > limits->repeated_count)
			return -E2BIG;
		if ((tag & 7) == WIRE_BYTES) {
			error = check_bytes_field(field, value, limits, depth);
			if (error < 0)
				return error;
		}
	}
	return 0;
}

/* Every block remembers its size in front, so that the budget comes back when it is freed. */
struct budget {
	size_t left;
	int error; /* of the first allocation that failed */
};

struct block {
	size_t size;
	max_align_t bytes[];
};

static void *budget_allocate(void *context, size_t size)
{
	struct budget *budget = context;
	struct block *block;

	if (size > budget->left || size > SIZE_MAX - sizeof(*block)) {
		budget->error = -E2BIG;
		return NULL;
	}
	block = malloc(sizeof(*block) + size);
	if (!block) {
		budget->error = -ENOMEM;
		return NULL;
	}
	block->size = size;
	budget->left -= size;
	return block->bytes;
}

static void budget_free(void *context, void *bytes)
{
	struct budget *budget = context;
	struct block *block;

	if (!bytes)
		return;
	block = (struct block *)(void *)((char *)bytes - offsetof(struct block, bytes));
	budget->left += block->size;
	free(block);
}

int message_unpack(const ProtobufCMessageDescriptor *descriptor, struct text bytes, const struct message_limits *limits,
		   ProtobufCMessage **ret_message)
{
	struct budget budget = {limits->message_bytes * MEMORY_FACTOR, 0};
	ProtobufCAllocator allocator = {budget_allocate, budget_free, &budget};
	ProtobufCMessage *message;
	int error;

	if (bytes.length > limits->message_bytes)
		return -E2BIG;
	error = check_message(descriptor, bytes, limits, 0);
	if (error < 0)
		return error;
	message = protobuf_c_message_unpack(descriptor, &allocator, bytes.length, (const uint8_t *)bytes.bytes);
	if (!message)
		return budget.error ? budget.error : -EBADMSG;
	*ret_message = message;
	return 0;
}

void message_free(ProtobufCMessage *message)
{
	struct budget budget = {0};
	ProtobufCAllocator allocator = {budget_allocate, budget_free, &budget};

	if (message)
		protobuf_c_message_free_unpacked(message, &allocator);
}

int message_pack(const ProtobufCMessage *message, struct buffer *buffer)
{
	size_t size = protobuf_c_message_get_packed_size(message);

	if (!buffer_reserve(buffer, size))
		return -ENOMEM;
	protobuf_c_message_pack(message, buffer->bytes + buffer->length);
	buffer->length += size;
	return 0;
}
