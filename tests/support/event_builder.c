#include "tests/support/event_builder.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "base/bytes.h"

static struct event_parameter put_bytes(struct event_builder *builder, const void *bytes, size_t length)
{
	struct event_parameter parameter = {
		.bytes = builder->bytes + builder->used, .length = (uint32_t)length, .state = PARAMETER_PRESENT};

	assert(builder->used + length <= sizeof builder->bytes);
	if (length > 0)
		memcpy(builder->bytes + builder->used, bytes, length);
	builder->used += length;
	return parameter;
}

static struct event_parameter put_value(struct event_builder *builder, unsigned type, const struct parameter_value *value)
{
	uint8_t number[8];
	struct event_parameter parameter;

	switch (value->kind) {
	case PARAMETER_NUMBER:
		store_u64(number, (uint64_t)value->number);
		return put_bytes(builder, number, type_size_bytes(type));
	case PARAMETER_STRING:
		parameter = put_bytes(builder, value->text.bytes, value->text.length);
		put_bytes(builder, "", 1);
		parameter.length++;
		return parameter;
	case PARAMETER_BYTES:
		return put_bytes(builder, value->text.bytes, value->text.length);
	default:
		return put_bytes(builder, "", 0);
	}
}

struct event *event_build(struct event_builder *builder, unsigned type, int64_t tid, const struct parameter_value *values,
			  size_t count)
{
	struct event *event = &builder->event;

	builder->used = 0;
	if (builder->last_timestamp_ns == 0)
		builder->last_timestamp_ns = UINT64_C(1700000000000000000);
	builder->last_timestamp_ns += 1000000;
	*event = (struct event){
		.number = ++builder->last_number,
		.timestamp_ns = builder->last_timestamp_ns,
		.thread_id = tid,
		.type = (uint16_t)type,
		.parameter_count = (uint8_t)event_parameter_count(type),
	};
	assert(count <= event->parameter_count);
	for (unsigned i = 0; i < event->parameter_count; i++) {
		static const struct parameter_value empty = {PARAMETER_EMPTY, 0, {"", 0}};

		event->parameters[i] =
			put_value(builder, event_parameter_info(type, i)->type, i < count ? &values[i] : &empty);
	}
	return event;
}

static size_t put_end(char *buffer, const char *ip, uint16_t port)
{
	size_t length = strchr(ip, ':') ? 16 : 4;
	int is_address = inet_pton(length == 16 ? AF_INET6 : AF_INET, ip, buffer);

	assert(is_address == 1);
	(void)is_address;
	store_u16(buffer + length, port);
	return length + 2;
}

struct parameter_value address_value(char buffer[128], const char *ip, uint16_t port)
{
	buffer[0] = strchr(ip, ':') ? 10 : 2;
	return BYTES(buffer, 1 + put_end(buffer + 1, ip, port));
}

struct parameter_value unix_address_value(char buffer[128], const char *path)
{
	buffer[0] = 1;
	strcpy(buffer + 1, path);
	return BYTES(buffer, strlen(path) + 2);
}

struct parameter_value tuple_value(char buffer[128], const char *source, uint16_t source_port, const char *destination,
				   uint16_t destination_port)
{
	size_t length;

	buffer[0] = strchr(source, ':') ? 10 : 2;
	length = 1 + put_end(buffer + 1, source, source_port);
	return BYTES(buffer, length + put_end(buffer + length, destination, destination_port));
}

struct parameter_value unix_tuple_value(char buffer[128], uint64_t source, uint64_t destination, const char *path)
{
	buffer[0] = 1;
	store_u64(buffer + 1, source);
	store_u64(buffer + 9, destination);
	strcpy(buffer + 17, path);
	return BYTES(buffer, strlen(path) + 18);
}
