#include "instrument/document/print_value.h"

#include <ctype.h>

#include "base/json_writer.h"

/* Words that some YAML reader takes for something else than a string. */
static bool is_reserved(struct text text)
{
	static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", NULL};

	for (size_t i = 0; words[i]; i++)
		if (text_equal_but_case(text, text_from_string(words[i])))
			return true;
	return false;
}

static bool is_plain_safe(struct text text)
{
	if (text.length == 0 || is_reserved(text))
		return false;
	if (!isalpha((unsigned char)text.bytes[0]) && text.bytes[0] != '/' && text.bytes[0] != '_')
		return false;
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.bytes[i];

		if (byte >= 0x80 || !(isalnum(byte) || memchr("_./-:@+=", byte, 8)))
			return false;
		/* "a: b" is a mapping, and some readers take "a:b" in brackets for one: only "://" and ARNs are common.
		 */
		if (byte == ':' && (i + 1 == text.length || text.bytes[i + 1] == ' '))
			return false;
	}
	return true;
}

void print_string(struct buffer *buffer, struct text text, bool is_yaml)
{
	struct json_writer writer;

	if (is_yaml && is_plain_safe(text)) {
		buffer_append_text(buffer, text);
		return;
	}
	/* JSON's escapes are a part of YAML's; the writer makes no surrogates, which YAML does not know. */
	json_writer_init(&writer, buffer);
	json_string(&writer, text);
}

static bool is_scalar(const struct node *node)
{
	return node->kind != NODE_ARRAY && node->kind != NODE_OBJECT;
}

/* Whether the value stays on one line in any layout. */
static bool is_short(const struct node *value)
{
	if (value->count == 0)
		return true;
	if (value->tag.length > 0)
		return true;
	if (value->kind == NODE_OBJECT)
		return false;
	for (const struct node *child = value->first; child; child = child->next)
		if (!is_scalar(child) && child->tag.length == 0 && child->kind == NODE_OBJECT)
			return false;
	return true;
}

static void print_scalar(struct buffer *buffer, const struct node *value, const struct layout *layout)
{
	if (value->kind == NODE_STRING)
		print_string(buffer, value->text, layout->is_yaml);
	else if (value->kind == NODE_NULL)
		buffer_append_string(buffer, "null");
	else
		buffer_append_text(buffer, value->text);
}

static void print_flow(struct buffer *buffer, const struct node *value, const struct layout *layout)
{
	bool is_object = value->kind == NODE_OBJECT;

	if (is_scalar(value)) {
		print_scalar(buffer, value, layout);
		return;
	}
	buffer_append_byte(buffer, is_object ? '{' : '[');
	for (const struct node *child = value->first; child; child = child->next) {
		if (child->previous) {
			buffer_append_byte(buffer, ',');
			buffer_append_text(buffer, layout->item_gap);
		}
		if (is_object)
			print_member(buffer, child, layout);
		else
			print_value(buffer, child, layout);
	}
	buffer_append_byte(buffer, is_object ? '}' : ']');
}

/* A layout one level deeper; its indentation is appended to `memory`. */
static struct layout deeper(const struct layout *layout, struct text unit, char *memory, size_t capacity)
{
	struct layout inner = *layout;
	size_t length = 0;

	for (size_t i = 0; i < layout->indent.length && length < capacity; i++)
		memory[length++] = layout->indent.bytes[i];
	for (size_t i = 0; i < unit.length && length < capacity; i++)
		memory[length++] = unit.bytes[i];
	inner.indent = text_of(memory, length);
	return inner;
}

#define INDENT_BYTES_MAX 512 /* deeper than that, lines stay where they are: still the same value */

static void print_json_lines(struct buffer *buffer, const struct node *value, const struct layout *layout)
{
	char memory[INDENT_BYTES_MAX];
	struct layout inner = deeper(layout, layout->unit, memory, sizeof memory);
	bool is_object = value->kind == NODE_OBJECT;

	buffer_append_byte(buffer, is_object ? '{' : '[');
	for (const struct node *child = value->first; child; child = child->next) {
		if (child->previous)
			buffer_append_byte(buffer, ',');
		buffer_append_text(buffer, layout->newline);
		buffer_append_text(buffer, inner.indent);
		if (is_object)
			print_member(buffer, child, &inner);
		else
			print_value(buffer, child, &inner);
	}
	buffer_append_text(buffer, layout->newline);
	buffer_append_text(buffer, layout->indent);
	buffer_append_byte(buffer, is_object ? '}' : ']');
}

/* The first line continues the line that is there (behind "- " or at the sibling's column). */
static void print_yaml_block(struct buffer *buffer, const struct node *value, const struct layout *layout)
{
	char memory[INDENT_BYTES_MAX];
	struct layout inner = deeper(layout, TEXT("  "), memory, sizeof memory);

	for (const struct node *child = value->first; child; child = child->next) {
		if (child->previous) {
			buffer_append_text(buffer, layout->newline);
			buffer_append_text(buffer, layout->indent);
		}
		if (value->kind == NODE_OBJECT) {
			print_member(buffer, child, layout);
		} else {
			buffer_append_string(buffer, "- ");
			print_value(buffer, child, &inner);
		}
	}
}

static void print_tagged(struct buffer *buffer, const struct node *value, const struct layout *layout)
{
	struct node plain = *value;
	struct layout flow = *layout;

	flow.is_flow = true;
	plain.tag = TEXT_EMPTY;
	buffer_append_byte(buffer, '!');
	buffer_append_text(buffer, value->tag);
	buffer_append_byte(buffer, ' ');
	print_value(buffer, &plain, &flow);
}

void print_value(struct buffer *buffer, const struct node *value, const struct layout *layout)
{
	if (value->verbatim.bytes)
		buffer_append_text(buffer, value->verbatim);
	else if (value->tag.length > 0)
		print_tagged(buffer, value, layout);
	else if (layout->is_flow || is_short(value))
		print_flow(buffer, value, layout);
	else if (layout->is_yaml)
		print_yaml_block(buffer, value, layout);
	else
		print_json_lines(buffer, value, layout);
}

void print_member(struct buffer *buffer, const struct node *member, const struct layout *layout)
{
	char memory[INDENT_BYTES_MAX];
	struct layout inner;
	struct text unit = TEXT("  ");

	print_string(buffer, member->key->text, layout->is_yaml);
	if (!layout->is_yaml || layout->is_flow || is_short(member)) {
		buffer_append_text(buffer, layout->colon);
		print_value(buffer, member, layout);
		return;
	}
	if (member->kind == NODE_ARRAY)
		unit = text_slice(unit, 0, layout->dash_offset);
	inner = deeper(layout, unit, memory, sizeof memory);
	buffer_append_byte(buffer, ':');
	buffer_append_text(buffer, layout->newline);
	buffer_append_text(buffer, inner.indent);
	print_value(buffer, member, &inner);
}

void print_compact(struct buffer *buffer, const struct node *value)
{
	struct layout layout = {.is_flow = true, .colon = TEXT(": "), .item_gap = TEXT(" ")};

	print_value(buffer, value, &layout);
}
