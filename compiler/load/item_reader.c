#include "compiler/load/item_reader.h"

#include <stdarg.h>
#include <stdio.h>

struct diagnostic *item_error(struct item_reader *reader, enum diagnostic_id id, struct source_range range,
			      const char *format, ...)
{
	char message[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	reader->has_error = true;
	return diagnostics_add_at(reader->diagnostics, id, range, "%s", message);
}

bool item_has(const struct item_reader *reader, const char *key)
{
	return document_node_get(reader->item, key) != NULL;
}

/* The place of a null is where its value should be. */
static struct source_range place_of(const struct document_node *node)
{
	return scalar_range(node);
}

const struct document_node *item_scalar(struct item_reader *reader, const char *key, enum requirement requirement)
{
	const struct document_node *node = document_node_get(reader->item, key);

	if (!node) {
		if (requirement == KEY_REQUIRED)
			item_error(reader, DIAGNOSTIC_MISSING_KEY, reader->place, "Item has no mapping for key '%s'",
				   key);
		return NULL;
	}
	switch (node->kind) {
	case NODE_NULL:
		item_error(reader, DIAGNOSTIC_NULL_VALUE, place_of(node), "Mapping for key '%s' is empty", key);
		return NULL;
	case NODE_SEQUENCE:
	case NODE_MAPPING:
		item_error(reader, DIAGNOSTIC_NOT_SCALAR, place_of(node), "Value is not a scalar value");
		return NULL;
	case NODE_SCALAR:
		break;
	}
	if (node->value.length == 0) {
		item_error(reader, DIAGNOSTIC_EMPTY_STRING, place_of(node), "Value must be non-empty");
		return NULL;
	}
	return node;
}

bool item_string(struct item_reader *reader, const char *key, enum requirement requirement, struct text *ret_value)
{
	const struct document_node *node = item_scalar(reader, key, requirement);

	return node && item_keep_value(reader, node, ret_value);
}

bool item_keep_value(struct item_reader *reader, const struct document_node *node, struct text *ret_value)
{
	struct text copy = arena_copy_text(reader->arena, node->value);

	reader->has_memory_error |= !copy.bytes;
	if (copy.bytes)
		*ret_value = copy;
	return copy.bytes != NULL;
}

bool item_text(struct item_reader *reader, const char *key, enum requirement requirement,
	       const struct mapped_text **ret_value)
{
	const struct document_node *node = item_scalar(reader, key, requirement);
	const struct mapped_text *text = node ? scalar_text(reader->arena, node) : NULL;

	if (node && !text)
		reader->has_memory_error = true;
	if (!text)
		return false;
	*ret_value = text;
	return true;
}

/* One of four words in lower case, upper case or capitalised. */
static bool is_word_of(struct text value, const char *const words[4])
{
	for (unsigned i = 0; i < 4; i++) {
		size_t length = strlen(words[i]), upper = 0;
		bool same = value.length == length;

		for (size_t k = 0; same && k < length; k++) {
			same = (value.bytes[k] | 0x20) == words[i][k];
			upper += value.bytes[k] >= 'A' && value.bytes[k] <= 'Z';
		}
		if (same && (upper == 0 || upper == length || (upper == 1 && value.bytes[0] <= 'Z')))
			return true;
	}
	return false;
}

bool item_bool(struct item_reader *reader, const char *key, enum requirement requirement, bool *ret_value)
{
	static const char *const yes[] = {"true", "yes", "y", "on"}, *const no[] = {"false", "no", "n", "off"};
	const struct document_node *node = item_scalar(reader, key, requirement);
	struct diagnostic *diagnostic;

	if (!node)
		return false;
	if (is_word_of(node->value, yes) || is_word_of(node->value, no)) {
		*ret_value = is_word_of(node->value, yes);
		return true;
	}
	diagnostic = item_error(reader, DIAGNOSTIC_BAD_SCALAR, place_of(node), "Can't decode YAML scalar value");
	diagnostic_set_hint(reader->diagnostics, diagnostic, "'%s' is true or false", key);
	return false;
}

bool parse_yaml_u32(struct text text, uint32_t *ret_value)
{
	uint64_t value = 0;
	size_t at = 0, digits = 0;
	unsigned base = 10;

	if (at < text.length && text.bytes[at] == '+')
		at++;
	if (at + 1 < text.length && text.bytes[at] == '0') {
		bool is_hex = (text.bytes[at + 1] | 0x20) == 'x';

		base = is_hex ? 16 : 8;
		at += is_hex ? 2 : 0;
	}
	for (; at < text.length; at++, digits++) {
		char byte = text.bytes[at];
		unsigned digit = byte >= '0' && byte <= '9'                     ? (unsigned)(byte - '0')
				 : (byte | 0x20) >= 'a' && (byte | 0x20) <= 'f' ? (unsigned)((byte | 0x20) - 'a') + 10
										: 99;

		if (digit >= base)
			break;
		value = value * base + digit;
		if (value > UINT32_MAX)
			return false;
	}
	if (digits == 0)
		return false;
	while (at < text.length && strchr(" \t\n\v\f\r", text.bytes[at]) && text.bytes[at])
		at++;
	if (at != text.length)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

bool item_u32(struct item_reader *reader, const char *key, enum requirement requirement, uint32_t *ret_value)
{
	const struct document_node *node = item_scalar(reader, key, requirement);
	struct diagnostic *diagnostic;

	if (!node)
		return false;
	if (parse_yaml_u32(node->value, ret_value))
		return true;
	diagnostic = item_error(reader, DIAGNOSTIC_BAD_SCALAR, place_of(node), "Can't decode YAML scalar value");
	diagnostic_set_hint(reader->diagnostics, diagnostic, "'%s' is a number from 0 to 4294967295", key);
	return false;
}

const struct document_node *item_sequence(struct item_reader *reader, const char *key, enum requirement requirement)
{
	const struct document_node *node = document_node_get(reader->item, key);
	bool is_good = true;

	if (!node) {
		if (requirement == KEY_REQUIRED)
			item_error(reader, DIAGNOSTIC_MISSING_KEY, reader->place, "Item has no mapping for key '%s'",
				   key);
		return NULL;
	}
	if (node->kind != NODE_SEQUENCE) {
		item_error(reader, DIAGNOSTIC_NOT_SEQUENCE, place_of(node), "Value is not a sequence");
		return NULL;
	}
	for (uint32_t i = 0; i < node->count; i++) {
		if (node->items[i]->kind == NODE_SCALAR)
			continue;
		item_error(reader, DIAGNOSTIC_SEQUENCE_VALUE, place_of(node->items[i]), "sequence value is not scalar");
		is_good = false;
	}
	return is_good ? node : NULL;
}

bool parse_version(struct text text, uint32_t ret_version[3])
{
	uint32_t version[3];
	size_t at = 0;

	for (unsigned i = 0; i < 3; i++) {
		size_t start = at;
		uint64_t number;

		while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
			at++;
		if (!text_to_u64(text_slice(text, start, at - start), &number) || number > UINT32_MAX)
			return false;
		version[i] = (uint32_t)number;
		if (i < 2 && (at >= text.length || text.bytes[at++] != '.'))
			return false;
	}
	memcpy(ret_version, version, sizeof version);
	return true;
}
