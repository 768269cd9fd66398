#include "tests/support/capture_builder.h"

#include "base/bytes.h"
#include "catalog/catalog.h"

size_t capture_begin_block(struct buffer *capture, uint32_t type)
{
	size_t block = capture->length;

	buffer_append_u32(capture, type);
	buffer_append_u32(capture, 0);
	return block;
}

void capture_end_block(struct buffer *capture, size_t block)
{
	while ((capture->length - block) % 4 != 0)
		buffer_append_byte(capture, 0);
	buffer_append_u32(capture, (uint32_t)(capture->length - block + 4));
	store_u32(capture->bytes + block + 4, (uint32_t)(capture->length - block));
}

void capture_section_header(struct buffer *capture)
{
	size_t block = capture_begin_block(capture, 0x0A0D0D0A);

	buffer_append_u32(capture, 0x1A2B3C4D);
	buffer_append_u16(capture, 1);
	buffer_append_u16(capture, 2);
	buffer_append_u64(capture, UINT64_MAX);
	capture_end_block(capture, block);
}

void capture_machine_info(struct buffer *capture, const char *host_name, uint32_t cpu_count)
{
	size_t block = capture_begin_block(capture, 0x201);

	buffer_append_u32(capture, cpu_count);
	buffer_append_u64(capture, UINT64_C(8) << 30);
	buffer_append_u64(capture, 4194304);
	buffer_append_string(capture, host_name);
	buffer_append_zeros(capture, 128 - strlen(host_name));
	buffer_append_u64(capture, UINT64_C(1700000000000000000));
	buffer_append_zeros(capture, 24);
	capture_end_block(capture, block);
}

void capture_text(struct buffer *capture, struct text t)
{
	buffer_append_u16(capture, (uint16_t)t.length);
	buffer_append_text(capture, t);
}

size_t capture_begin_entry(struct buffer *capture)
{
	size_t entry = capture->length;

	buffer_append_u32(capture, 0);
	return entry;
}

void capture_end_entry(struct buffer *capture, size_t entry, bool length_includes_itself)
{
	store_u32(capture->bytes + entry, (uint32_t)(capture->length - entry - (length_includes_itself ? 0 : 4)));
}

struct capture_parameter capture_u8(uint8_t number)
{
	return (struct capture_parameter){.bytes = {number}, .length = 1};
}

struct capture_parameter capture_u16(uint16_t number)
{
	struct capture_parameter parameter = {.length = 2};

	store_u16(parameter.bytes, number);
	return parameter;
}

struct capture_parameter capture_u32(uint32_t number)
{
	struct capture_parameter parameter = {.length = 4};

	store_u32(parameter.bytes, number);
	return parameter;
}

struct capture_parameter capture_i64(int64_t number)
{
	struct capture_parameter parameter = {.length = 8};

	store_u64(parameter.bytes, (uint64_t)number);
	return parameter;
}

struct capture_parameter capture_bytes(struct text bytes)
{
	return (struct capture_parameter){.length = bytes.length, .text = bytes};
}

struct capture_parameter capture_string(const char *string)
{
	return capture_bytes(text_of(string, strlen(string) + 1));
}

struct capture_parameter capture_empty(void)
{
	return (struct capture_parameter){0};
}

void capture_event_as(struct buffer *capture, struct capture_event_form form, unsigned type, uint64_t timestamp_ns,
		      int64_t thread_id, const struct capture_parameter *parameters, size_t count)
{
	size_t block = capture_begin_block(capture, form.block_type), event;

	buffer_append_u16(capture, 3); /* cpu */
	if (form.has_flags)
		buffer_append_u32(capture, form.flags);
	event = capture->length;
	buffer_append_u64(capture, timestamp_ns);
	buffer_append_u64(capture, (uint64_t)thread_id);
	buffer_append_u32(capture, 0);
	buffer_append_u16(capture, (uint16_t)type);
	if (form.version > 1)
		buffer_append_u32(capture, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		if (form.has_long_lengths)
			buffer_append_u32(capture, (uint32_t)parameters[i].length);
		else
			buffer_append_u16(capture, (uint16_t)parameters[i].length);
	}
	for (size_t i = 0; i < count; i++)
		buffer_append(capture, parameters[i].text.bytes ? parameters[i].text.bytes : (const char *)parameters[i].bytes,
			      parameters[i].length);
	store_u32(capture->bytes + event + 16, (uint32_t)(capture->length - event));
	capture_end_block(capture, block);
}

void capture_event(struct buffer *capture, unsigned type, uint64_t timestamp_ns, int64_t thread_id,
		   const struct capture_parameter *parameters, size_t count)
{
	bool is_large = event_info(type)->flags & EVENT_FLAG_LARGE_PAYLOAD;
	struct capture_event_form form = {
		.block_type = is_large ? 0x221 : 0x216, .version = 2, .has_long_lengths = is_large};

	capture_event_as(capture, form, type, timestamp_ns, thread_id, parameters, count);
}
