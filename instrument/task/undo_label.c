/* The docker label that says how to undo: "1 ep=task cmd=image n=8 made=mountPoints,dependsOn was=command:null vol=1".
 */
#include "instrument/task/plan.h"

#include <stdio.h>
#include <string.h>

#include "instrument/document/json_scan.h"
#include "instrument/document/yaml_scan.h"

#define LABEL_VERSION "1"
#define WRITTEN_BYTES_MAX 1000 /* longer ones are written the usual way again */

/* ---- what stood for nothing ---- */

static bool is_plain(unsigned char byte)
{
	return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* An empty line has no indentation to keep. */
static bool is_line_empty(struct text line)
{
	return line.length == 0 || text_starts_with(line, TEXT("\n")) || text_starts_with(line, TEXT("\r\n"));
}

/* False when a line has less indentation than the first one. */
static bool encode(struct buffer *buffer, struct text written, struct text indent)
{
	for (size_t i = 0; i < written.length; i++) {
		unsigned char byte = (unsigned char)written.bytes[i];
		struct text rest = text_slice(written, i + 1, SIZE_MAX);

		if (is_plain(byte))
			buffer_append_byte(buffer, byte);
		else
			buffer_printf(buffer, "%%%02X", byte);
		if (byte != '\n' || is_line_empty(rest))
			continue;
		if (!text_starts_with(rest, indent))
			return false;
		i += indent.length;
	}
	return written.length <= WRITTEN_BYTES_MAX;
}

static int hex_digit(char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *found = byte ? strchr(digits, byte) : NULL;

	return found ? (int)(found - digits) : -1;
}

static bool is_encoded_line_empty(struct text line)
{
	return line.length == 0 || text_starts_with(line, TEXT("%0A")) || text_starts_with(line, TEXT("%0D%0A"));
}

static bool decode(struct buffer *buffer, struct text encoded, struct text indent)
{
	for (size_t i = 0; i < encoded.length; i++) {
		int high, low;

		if (encoded.bytes[i] != '%') {
			buffer_append_byte(buffer, (unsigned char)encoded.bytes[i]);
			continue;
		}
		if (i + 2 >= encoded.length)
			return false;
		high = hex_digit(encoded.bytes[i + 1]);
		low = hex_digit(encoded.bytes[i + 2]);
		if (high < 0 || low < 0)
			return false;
		i += 2;
		buffer_append_byte(buffer, (unsigned char)(high * 16 + low));
		if (high * 16 + low == '\n' && !is_encoded_line_empty(text_slice(encoded, i + 1, SIZE_MAX)))
			buffer_append_text(buffer, indent);
	}
	return !buffer->failed;
}

static struct text kind_of(const struct node *nothing)
{
	if (nothing->kind == NODE_NULL)
		return TEXT("null");
	return nothing->kind == NODE_ARRAY && nothing->tag.length == 0 ? TEXT("empty") : TEXT("novalue");
}

static struct text usual_text(const struct task *task, struct text kind)
{
	if (text_is(kind, "null"))
		return TEXT("null");
	if (text_is(kind, "empty"))
		return TEXT("[]");
	return task->editor->is_yaml && !task->editor->has_long_tags ? TEXT("!Ref AWS::NoValue")
								     : TEXT("{\"Ref\": \"AWS::NoValue\"}");
}

struct text undo_written_name(const struct task *task, struct text kind, const struct node *value)
{
	struct text source = task->editor->source, name = kind;
	struct text written = text_slice(source, value->start, editor_written_end(source, value) - value->start);
	struct buffer buffer = BUFFER_INIT;

	if (text_is(written, "\"\""))
		return kind;
	buffer_append_text(&buffer, kind);
	buffer_append_byte(&buffer, '~');
	if (encode(&buffer, written, editor_line_indent(source, value->start)))
		name = arena_copy_text(task->arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return name.bytes ? name : kind;
}

struct text undo_nothing_name(const struct task *task, const struct node *nothing)
{
	struct text written = node_source(task->editor->source, nothing);
	struct text kind = kind_of(nothing);

	return text_equal(written, usual_text(task, kind)) ? kind : undo_written_name(task, kind, nothing);
}

/* Somebody may have changed the label: only a text that is this value is written. */
static bool set_verbatim(struct task *task, struct node *node, struct text text)
{
	struct text document = arena_format(task->arena, TEXT_FORMAT "\n", TEXT_ARGUMENTS(text));
	struct report ignored = report_of(task->arena, document);
	const struct node *value = NULL;

	if (task->editor->is_yaml && text.length == 0 && text.bytes && node->kind == NODE_NULL) {
		node->verbatim = text;
		return true;
	}
	if (text.length > 0 && document.bytes)
		value = task->editor->is_yaml ? yaml_scan(document, task->arena, &ignored)
					      : json_scan(document, task->arena, &ignored);
	if (!value || (!node_equal(value, node) && (!ecs_is_no_value(task->spelling, value) ||
						    !ecs_is_no_value(task->spelling, node))))
		return false;
	/* The tree must be what is written: a short tag, or a mapping. */
	if (!node_equal(value, node))
		node_become(node, node_copy(task->arena, value));
	node->verbatim = text;
	return true;
}

bool undo_written(struct task *task, struct text name, struct node *node, const struct node *place)
{
	size_t tilde = text_find_byte(name, '~');
	struct buffer buffer = BUFFER_INIT;
	bool good = tilde != SIZE_MAX && decode(&buffer, text_slice(name, tilde + 1, SIZE_MAX),
						editor_line_indent(task->editor->source, place->start));

	good = good && set_verbatim(task, node, arena_copy_text(task->arena, buffer_text(&buffer)));
	buffer_release(&buffer);
	return good;
}

struct node *undo_nothing(struct task *task, struct text name, const struct node *place)
{
	size_t tilde = text_find_byte(name, '~');
	struct text kind = text_slice(name, 0, tilde);
	struct node *node;

	if (text_is(kind, "null"))
		node = node_new(task->arena, NODE_NULL);
	else if (text_is(kind, "empty"))
		node = node_new(task->arena, NODE_ARRAY);
	else
		node = words_no_value(task);
	if (node && tilde == SIZE_MAX)
		node->verbatim = usual_text(task, kind);
	else if (node)
		undo_written(task, name, node, place);
	return node;
}

/* ---- the label ---- */

static struct text *field_of(struct undo_label *label, struct text name)
{
	const struct {
		const char *name;
		struct text *field;
	} fields[] = {
	    {"ep", &label->entry_point},  {"cmd", &label->command},    {"made", &label->made},
	    {"was", &label->was},         {"vol", &label->volume},     {"pid", &label->process_mode},
	    {"name", &label->prefix},     {"meta", &label->metadata},  {"tag", &label->tag},
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (text_is(name, fields[i].name))
			return fields[i].field;
	return NULL;
}

struct text undo_next_piece(struct text *rest, char separator)
{
	size_t end = text_find_byte(*rest, separator);
	struct text piece = text_slice(*rest, 0, end);

	*rest = end == SIZE_MAX ? TEXT_EMPTY : text_slice(*rest, end + 1, SIZE_MAX);
	return piece;
}

struct text undo_metadata_name(const struct task *task, const struct plan *plan)
{
	const struct node *name = ecs_member(task->spelling, plan->container, "name");
	bool is_clear = plan->name.length > 0 && name && name->kind == NODE_STRING && name->tag.length == 0;

	for (const struct plan *other = task->first_plan; other; other = other->next)
		is_clear &= other == plan || !text_equal(other->name, plan->name);
	return is_clear ? plan->name : arena_format(task->arena, "#%zu", plan->index + 1);
}

struct text undo_label_text(const struct task *task, const struct plan *plan)
{
	struct text text = container_label(task, plan->container, TERCEL_LABEL);
	const struct node *labels = node_member(node_member(task->resource_node, "Metadata"), METADATA_MEMBER);

	if (text.length > 0 || !labels)
		return text;
	return node_string(node_member_named(labels, undo_metadata_name(task, plan)));
}

/* What follows "branch:LIST:" in a piece of the label. */
static struct text branches_in(struct text piece, const char *list)
{
	if (!text_is(undo_next_piece(&piece, ':'), UNDO_BRANCH) || !text_is(undo_next_piece(&piece, ':'), list))
		return TEXT_EMPTY;
	return piece;
}

static bool is_nothing_name(struct text name)
{
	struct text kind = text_slice(name, 0, text_find_byte(name, '~'));

	return text_is(kind, "null") || text_is(kind, "empty") || text_is(kind, "novalue");
}

bool undo_label_parse(struct text text, struct undo_label *ret_label)
{
	struct undo_label label = {0};

	if (!text_is(undo_next_piece(&text, ' '), LABEL_VERSION))
		return false;
	while (text.length > 0) {
		struct text value = undo_next_piece(&text, ' '), name = undo_next_piece(&value, '=');
		struct text *field = field_of(&label, name);
		uint64_t count;

		if (field) {
			*field = value;
		} else if (text_is(name, "n") && text_to_u64(value, &count) && count < DOCUMENT_BYTES_MAX) {
			label.word_count = (size_t)count;
		} else {
			return false;
		}
	}
	if (label.volume.length > 0 && !text_is(label.volume, "0") && !text_is(label.volume, "1") &&
	    branches_in(label.volume, "volumes").length == 0 && !is_nothing_name(label.volume))
		return false;
	if (label.entry_point.length == 0 || label.command.length == 0 || label.word_count == 0)
		return false;
	*ret_label = label;
	return true;
}

static void append_field(struct buffer *buffer, const char *name, struct text value)
{
	if (value.length > 0)
		buffer_printf(buffer, " %s=" TEXT_FORMAT, name, TEXT_ARGUMENTS(value));
}

struct text undo_label_format(struct arena *arena, const struct undo_label *label)
{
	struct buffer buffer = BUFFER_INIT;
	struct text text = {0};

	buffer_append_string(&buffer, LABEL_VERSION);
	append_field(&buffer, "ep", label->entry_point);
	append_field(&buffer, "cmd", label->command);
	buffer_printf(&buffer, " n=%zu", label->word_count);
	append_field(&buffer, "made", label->made);
	append_field(&buffer, "was", label->was);
	append_field(&buffer, "vol", label->volume);
	append_field(&buffer, "pid", label->process_mode);
	append_field(&buffer, "name", label->prefix);
	append_field(&buffer, "meta", label->metadata);
	append_field(&buffer, "tag", label->tag);
	if (!buffer.failed)
		text = arena_copy_text(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text;
}

bool undo_list_has(struct text list, const char *name, struct text *ret_value)
{
	while (list.length > 0) {
		struct text value = undo_next_piece(&list, ','), piece = undo_next_piece(&value, ':');

		if (!text_is(piece, name))
			continue;
		if (ret_value)
			*ret_value = value;
		return true;
	}
	return false;
}

struct text undo_branches(const struct undo_label *label, const char *list)
{
	struct text made = label->made, branches = branches_in(label->volume, list);

	while (branches.length == 0 && made.length > 0)
		branches = branches_in(undo_next_piece(&made, ','), list);
	return branches;
}
