/* The docker label that says how to undo: "1 ep=task cmd=image n=8 made=mountPoints,dependsOn was=command:null vol=1".
 */
#include "instrument/plan.h"

#include <stdio.h>

#define LABEL_VERSION "1"

static struct text *field_of(struct undo_label *label, struct text name)
{
	const struct {
		const char *name;
		struct text *field;
	} fields[] = {
	    {"ep", &label->entry_point}, {"cmd", &label->command},   {"made", &label->made},
	    {"was", &label->was},        {"vol", &label->volume},    {"pid", &label->process_mode},
	    {"name", &label->prefix},    {"meta", &label->metadata}, {"tag", &label->tag},
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (text_is(name, fields[i].name))
			return fields[i].field;
	return NULL;
}

static struct text next_piece(struct text *rest, char separator)
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
	char *name;

	if (text.length > 0 || !labels)
		return text;
	name = arena_copy_string(task->arena, undo_metadata_name(task, plan));
	return name ? node_member_text(labels, name) : TEXT_EMPTY;
}

bool undo_label_parse(struct text text, struct undo_label *ret_label)
{
	struct undo_label label = {0};

	if (!text_is(next_piece(&text, ' '), LABEL_VERSION))
		return false;
	while (text.length > 0) {
		struct text value = next_piece(&text, ' '), name = next_piece(&value, '=');
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
		struct text value = next_piece(&list, ','), piece = next_piece(&value, ':');

		if (!text_is(piece, name))
			continue;
		if (ret_value)
			*ret_value = value;
		return true;
	}
	return false;
}
