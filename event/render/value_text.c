#include "event/render/value_text.h"

#include <arpa/inet.h>

/* Longest text of a list, as upstream cuts it. */
#define LIST_TEXT_MAX_BYTES 1023

static const char missing[] = "<NA>";

struct value_style value_style_of_field(unsigned field)
{
	const struct field_info *info = field_info(field);

	if (!info)
		return value_style_of_transformer();
	return (struct value_style){.field = (uint16_t)field, .format = info->format};
}

struct value_style value_style_of_transformer(void)
{
	return (struct value_style){.field = FIELD_COUNT, .format = FORMAT_DECIMAL};
}

static bool is_known(const struct value *value)
{
	return value->state == VALUE_PRESENT || value->state == VALUE_PREDICTED;
}

/* fd.ip, evt.around ... exist in conditions only. The networks among them print a constant text where they exist. */
static bool is_never_printed(struct value_style style)
{
	const struct field_info *info = field_info(style.field);

	return info && (info->flags & FIELD_FLAG_FILTER_ONLY) != 0 && info->type != TYPE_IPNET;
}

void printable_text_append(struct buffer *out, const uint8_t *bytes, size_t length)
{
	uint8_t *at;

	if (!buffer_reserve(out, length))
		return;
	at = out->bytes + out->length;
	for (size_t i = 0; i < length; i++)
		at[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.';
	out->length += length;
}

/* 4 or 16 bytes in network order. */
static void append_address(struct buffer *out, const uint8_t *address, size_t length)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(length == 4 ? AF_INET : AF_INET6, address, text, sizeof text))
		buffer_append_string(out, text);
}

/* The number as its type holds it: hexadecimal and octal show no more than that many bits. */
static uint64_t number_bits(const struct value *value)
{
	unsigned size = type_size_bytes((enum value_type)value->type);

	return size > 0 && size < 8 ? value->number & ((UINT64_C(1) << (8 * size)) - 1) : value->number;
}

static void append_number(struct buffer *out, const struct value *value, enum value_format format, bool is_signed)
{
	switch (format) {
	case FORMAT_HEXADECIMAL:
		buffer_printf(out, "%llX", (unsigned long long)number_bits(value));
		break;
	case FORMAT_OCTAL:
		buffer_printf(out, "%llo", (unsigned long long)number_bits(value));
		break;
	case FORMAT_PADDED_DECIMAL:
		buffer_printf(out, "%09llu", (unsigned long long)value->number);
		break;
	default:
		if (is_signed)
			buffer_append_signed(out, (int64_t)value->number);
		else
			buffer_append_decimal(out, value->number);
	}
}

static void append_scalar(struct buffer *out, const struct value *value, struct value_style style)
{
	enum value_kind kind = type_kind((enum value_type)value->type);

	switch (kind) {
	case KIND_SIGNED:
	case KIND_UNSIGNED:
		append_number(out, value, (enum value_format)style.format, kind == KIND_SIGNED);
		break;
	case KIND_REAL:
		buffer_printf(out, "%.1f", value->real);
		break;
	case KIND_BOOLEAN:
		buffer_append_string(out, value->number ? "true" : "false");
		break;
	case KIND_STRING:
		buffer_append(out, value->bytes, value->length);
		break;
	case KIND_BYTES:
		/* An empty data parameter prints like every other empty parameter of its type. */
		if (value->length == 0 && style.field == FIELD_EVT_BUFFER)
			buffer_append_string(out, "NULL");
		else
			printable_text_append(out, value->bytes, value->length);
		break;
	case KIND_ADDRESS:
		append_address(out, value->bytes, value->length);
		break;
	case KIND_NETWORK:
		buffer_append_string(out, "<IPNET>");
		break;
	case KIND_OPAQUE:
		buffer_append_string(out, missing);
		break;
	}
}

static void append_list(struct buffer *out, const struct value *value, struct value_style style)
{
	size_t start = out->length;

	buffer_append_byte(out, '(');
	for (uint32_t i = 0; i < value->length && out->length - start <= LIST_TEXT_MAX_BYTES; i++) {
		if (i > 0)
			buffer_append_byte(out, ',');
		append_scalar(out, &value->elements[i], style);
	}
	buffer_append_byte(out, ')');
	if (out->length - start > LIST_TEXT_MAX_BYTES)
		out->length = start + LIST_TEXT_MAX_BYTES;
}

void value_text_append(struct buffer *out, const struct value *value, struct value_style style)
{
	if (!is_known(value) || is_never_printed(style))
		buffer_append_string(out, missing);
	else if (value->is_list)
		append_list(out, value, style);
	else
		append_scalar(out, value, style);
}

static enum value_json_kind number_json_kind(enum value_format format, bool is_signed)
{
	switch (format) {
	case FORMAT_NONE: /* upstream's fall-through case for what it has no number format for */
	case FORMAT_HEXADECIMAL:
	case FORMAT_OCTAL:
		return VALUE_JSON_STRING;
	default:
		return is_signed ? VALUE_JSON_SIGNED : VALUE_JSON_UNSIGNED;
	}
}

enum value_json_kind value_json_kind(const struct value *value, struct value_style style)
{
	if (!is_known(value) || is_never_printed(style))
		return VALUE_JSON_NULL;
	if (value->is_list)
		return VALUE_JSON_ARRAY;

	switch (style.field) {
	case FIELD_EVT_TIME:
	case FIELD_EVT_TIME_S:
	case FIELD_EVT_TIME_ISO8601:
	case FIELD_EVT_DATETIME:
	case FIELD_EVT_DATETIME_S:
	case FIELD_EVT_OUTPUTTIME:
		return VALUE_JSON_TIMESTAMP;
	default:
		break;
	}

	switch (type_kind((enum value_type)value->type)) {
	case KIND_SIGNED:
		return number_json_kind((enum value_format)style.format, true);
	case KIND_UNSIGNED:
		return number_json_kind((enum value_format)style.format, false);
	case KIND_REAL:
		return VALUE_JSON_REAL;
	case KIND_BOOLEAN:
		return VALUE_JSON_BOOLEAN;
	case KIND_STRING:
	case KIND_BYTES:
	case KIND_ADDRESS:
	case KIND_NETWORK:
		return VALUE_JSON_STRING;
	case KIND_OPAQUE:
		break;
	}
	return VALUE_JSON_NULL;
}
